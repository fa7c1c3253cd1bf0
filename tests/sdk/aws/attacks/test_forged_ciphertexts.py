"""Ciphertexts and keys in the wrong hands: changed, moved, of other accounts, read from disk."""

import json
import uuid

import boto3
import httpx
import pytest

from lenticular.testing.cloud import running_cloud

from ..statements import document, unique

SECRET = b"the position of the wreck"


@pytest.fixture(scope="module")
def kms(aws):
    return aws("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]


def test_a_tampered_blob_does_not_open(kms, key, refused):
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=SECRET)["CiphertextBlob"]
    for at in (*range(0, len(sealed), 7), len(sealed) - 1):
        changed = sealed[:at] + bytes([sealed[at] ^ 0x80]) + sealed[at + 1 :]
        code, _ = refused(kms.decrypt, CiphertextBlob=changed)
        # One that names another key, which nobody has, is refused as that of another account is.
        is_of_key = 4 <= at < 20
        assert code == ("AccessDeniedException" if is_of_key else "InvalidCiphertextException")
    for cut in (sealed[:-1], sealed[:30], b"x", bytes(80)):
        assert refused(kms.decrypt, CiphertextBlob=cut)[0] == "InvalidCiphertextException"


def test_a_blob_that_is_moved_to_another_key_does_not_open(kms, key, refused):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=SECRET)["CiphertextBlob"]
    moved = sealed.replace(uuid.UUID(key["KeyId"]).bytes, uuid.UUID(other).bytes)
    assert moved != sealed
    assert refused(kms.decrypt, CiphertextBlob=moved)[0] == "InvalidCiphertextException"


def test_a_blob_that_is_moved_to_another_context_does_not_open(kms, key, refused):
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=SECRET, EncryptionContext={"patient": "1"})[
        "CiphertextBlob"
    ]
    moved = {"CiphertextBlob": sealed, "EncryptionContext": {"patient": "2"}}
    assert refused(kms.decrypt, **moved)[0] == "InvalidCiphertextException"


def test_the_key_of_another_account_opens_nothing_for_us(aws, kms, key, other, refused):
    theirs = aws("kms", other)
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=SECRET)["CiphertextBlob"]
    code, there = refused(theirs.decrypt, CiphertextBlob=sealed)
    assert code == "AccessDeniedException"
    nowhere = sealed.replace(uuid.UUID(key["KeyId"]).bytes, uuid.uuid4().bytes)
    code, missing = refused(theirs.decrypt, CiphertextBlob=nowhere)
    assert (code, missing) == ("AccessDeniedException", there), "nothing is given away"
    for name in (key["KeyId"], key["Arn"]):
        code, _ = refused(theirs.encrypt, KeyId=name, Plaintext=b"x")
        assert code == ("NotFoundException" if name == key["KeyId"] else "AccessDeniedException")


def test_a_key_whose_policy_names_everybody_is_not_for_strangers(cloud, kms, key):
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=key["KeyId"], Policy=json.dumps(document(everybody)))
    for operation, more in (("DescribeKey", {}), ("Encrypt", {"Plaintext": "eA=="})):
        answer = httpx.post(
            cloud.configuration.url("aws"),
            headers={
                "content-type": "application/x-amz-json-1.1",
                "x-amz-target": f"TrentService.{operation}",
            },
            content=json.dumps({"KeyId": key["Arn"], **more}),
        )
        assert answer.status_code == 400
        assert "MissingAuthenticationToken" in answer.text


def test_a_grant_token_cannot_be_made_for_another_grant(kms, key, refused):
    root = f"arn:aws:iam::{key['AWSAccountId']}:root"
    give = {"KeyId": key["KeyId"], "GranteePrincipal": root, "Operations": ["Decrypt"]}
    one, other = kms.create_grant(**give)["GrantToken"], kms.create_grant(**give)["GrantToken"]
    forged = one[:20] + other[20:]
    assert refused(kms.retire_grant, GrantToken=forged)[0] == "InvalidGrantTokenException"


def test_keys_outlast_a_restart_and_nothing_plain_is_on_disk(tmp_path):
    alias = f"alias/{unique('durable')}"
    with running_cloud(tmp_path / "cloud") as cloud:
        kms = boto3.client("kms", **cloud.boto3())
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key_id)
        sealed = [kms.encrypt(KeyId=alias, Plaintext=SECRET)["CiphertextBlob"]]
        kms.rotate_key_on_demand(KeyId=key_id)
        sealed.append(kms.encrypt(KeyId=alias, Plaintext=SECRET)["CiphertextBlob"])
        drawn = kms.generate_data_key(KeyId=alias, KeySpec="AES_256")
        signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        named = {"KeyId": signing["KeyId"], "SigningAlgorithm": "ECDSA_SHA_256", "Message": SECRET}
        signature = kms.sign(**named)["Signature"]
        found = cloud.run(_materials(cloud, key_id, signing["KeyId"]))
        kms.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cloud").rglob("*") if path.is_file())
    assert key_id.encode() in kept
    assert len(found) == 3
    for secret in (*found, SECRET, drawn["Plaintext"]):
        assert secret not in kept
    with running_cloud(tmp_path / "cloud") as cloud:
        kms = boto3.client("kms", **cloud.boto3())
        for each in sealed:
            assert kms.decrypt(CiphertextBlob=each, KeyId=alias)["Plaintext"] == SECRET
        opened = kms.decrypt(CiphertextBlob=drawn["CiphertextBlob"])["Plaintext"]
        assert opened == drawn["Plaintext"]
        assert kms.verify(**named, Signature=signature)["SignatureValid"] is True
        kms.close()


async def _materials(cloud, *key_ids):
    """Return the materials of keys as nobody outside ever sees them."""
    from lenticular.primitives.keys.records import key_at

    def read(reader):
        return [
            cloud.engines.vault.open(each.sealed, f"key {key_id} material {each.number}")
            for key_id in key_ids
            for each in key_at(reader, key_id).materials
        ]

    return await cloud.engines.store.read(read)
