"""SSH public keys of users."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
    load_ssh_public_key,
)


def openssh(private):
    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.fixture(scope="module")
def private():
    return rsa.generate_private_key(65537, 2048)


def test_a_key_is_kept_told_switched_off_and_deleted(root, private, refused):
    root.create_user(UserName="ada")
    made = root.upload_ssh_public_key(
        UserName="ada", SSHPublicKeyBody=f"{openssh(private)} ada@laptop\n"
    )["SSHPublicKey"]
    named = {"UserName": "ada", "SSHPublicKeyId": made["SSHPublicKeyId"]}
    assert made["SSHPublicKeyId"].startswith("APKA")
    assert made["SSHPublicKeyBody"] == openssh(private)
    assert len(bytes.fromhex(made["Fingerprint"].replace(":", ""))) == 16
    for encoding, load in (("SSH", load_ssh_public_key), ("PEM", load_pem_public_key)):
        told = root.get_ssh_public_key(**named, Encoding=encoding)["SSHPublicKey"]
        assert load(told["SSHPublicKeyBody"].encode()) == private.public_key()
    with refused("DuplicateSSHPublicKey", 400):
        root.upload_ssh_public_key(UserName="ada", SSHPublicKeyBody=told["SSHPublicKeyBody"])
    root.update_ssh_public_key(**named, Status="Inactive")
    [listed] = root.list_ssh_public_keys(UserName="ada")["SSHPublicKeys"]
    assert (listed["SSHPublicKeyId"], listed["Status"]) == (made["SSHPublicKeyId"], "Inactive")
    with refused("DeleteConflict", 409, "must delete SSH public keys first"):
        root.delete_user(UserName="ada")
    root.create_user(UserName="bob")
    with refused("NoSuchEntity", 404, "The Public Key with id"):
        root.delete_ssh_public_key(**named | {"UserName": "bob"})
    root.delete_ssh_public_key(**named)
    assert root.list_ssh_public_keys(UserName="ada")["SSHPublicKeys"] == []


def test_what_is_no_rsa_key_is_refused(root, refused):
    root.create_user(UserName="ada")
    for body in (
        "ssh-rsa AAAA",
        "hello",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        openssh(ec.generate_private_key(ec.SECP256R1())),
    ):
        with refused("InvalidPublicKey", 400):
            root.upload_ssh_public_key(UserName="ada", SSHPublicKeyBody=body)
