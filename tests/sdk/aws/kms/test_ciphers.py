"""Encrypt, Decrypt, ReEncrypt, data keys and random bytes."""

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)

from ..statements import allow

CONTEXT = {"project": "reef", "sample": "7"}


def test_what_is_encrypted_is_decrypted(kms, key_id, key, alias):
    for name in (key_id, key["Arn"], alias):
        made = kms.encrypt(KeyId=name, Plaintext=b"secret", EncryptionContext=CONTEXT)
        assert (made["KeyId"], made["EncryptionAlgorithm"]) == (key["Arn"], "SYMMETRIC_DEFAULT")
        assert b"secret" not in made["CiphertextBlob"]
        for more in ({}, {"KeyId": name}):
            found = kms.decrypt(
                CiphertextBlob=made["CiphertextBlob"],
                EncryptionContext=dict(reversed(CONTEXT.items())),
                **more,
            )
            assert (found["Plaintext"], found["KeyId"]) == (b"secret", key["Arn"])


def test_another_context_decrypts_nothing(kms, key_id, refused):
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext=CONTEXT)["CiphertextBlob"]
    for context in ({}, {"project": "reef"}, CONTEXT | {"sample": "8"}, CONTEXT | {"more": "1"}):
        refused(
            "InvalidCiphertextException",
            kms.decrypt,
            CiphertextBlob=sealed,
            EncryptionContext=context,
        )


def test_a_context_has_each_name_once_in_any_case(kms, key_id, refused):
    refused(
        "ValidationException",
        kms.encrypt,
        KeyId=key_id,
        Plaintext=b"x",
        EncryptionContext={"Project": "a", "project": "b"},
    )


def test_a_ciphertext_is_of_the_key_that_is_named(kms, key_id, refused):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=sealed, KeyId=other)


def test_4096_bytes_are_the_most(kms, key_id, refused):
    most = bytes(4096)
    sealed = kms.encrypt(KeyId=key_id, Plaintext=most)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == most
    refused("ValidationException", kms.encrypt, KeyId=key_id, Plaintext=bytes(4097))


def test_a_ciphertext_is_moved_to_another_key_and_context(kms, key_id, key, refused):
    other = kms.create_key()["KeyMetadata"]
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext=CONTEXT)["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=sealed,
        SourceEncryptionContext=CONTEXT,
        SourceKeyId=key_id,
        DestinationKeyId=other["KeyId"],
        DestinationEncryptionContext={"project": "atoll"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key["Arn"], other["Arn"])
    found = kms.decrypt(
        CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"project": "atoll"}
    )
    assert (found["Plaintext"], found["KeyId"]) == (b"x", other["Arn"])
    refused(
        "InvalidCiphertextException",
        kms.re_encrypt,
        CiphertextBlob=sealed,
        DestinationKeyId=other["KeyId"],
    )


def test_moving_needs_both_permissions(kms, key, user, refused):
    other = kms.create_key()["KeyMetadata"]
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    source = allow("kms:ReEncryptFrom", resource=key["Arn"])
    target = allow("kms:ReEncryptTo", resource=other["Arn"])
    same = allow(
        "kms:ReEncrypt*", Condition={"Bool": {"kms:ReEncryptOnSameKey": "true"}}, resource="*"
    )
    move = {"CiphertextBlob": sealed, "DestinationKeyId": other["Arn"]}
    for statement in (source, target, same):
        refused("AccessDeniedException", user(statement).re_encrypt, **move)
    user(source, target).re_encrypt(**move)
    user(same).re_encrypt(CiphertextBlob=sealed, DestinationKeyId=key["Arn"])


@pytest.mark.parametrize(
    ("size", "expected"),
    [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 100}, 100)],
)
def test_data_keys_have_the_size_that_is_asked_for(kms, key_id, key, size, expected):
    made = kms.generate_data_key(KeyId=key_id, EncryptionContext=CONTEXT, **size)
    assert (len(made["Plaintext"]), made["KeyId"]) == (expected, key["Arn"])
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == made["Plaintext"]
    without = kms.generate_data_key_without_plaintext(KeyId=key_id, **size)
    assert "Plaintext" not in without
    assert len(kms.decrypt(CiphertextBlob=without["CiphertextBlob"])["Plaintext"]) == expected


def test_a_data_key_has_one_size(kms, key_id, refused):
    both = {"KeySpec": "AES_256", "NumberOfBytes": 32}
    for size in ({}, both):
        refused("ValidationException", kms.generate_data_key, KeyId=key_id, **size)


def test_a_pair_of_data_keys_fits(kms, key_id, refused):
    made = kms.generate_data_key_pair(KeyId=key_id, KeyPairSpec="ECC_NIST_P256")
    private = load_der_private_key(made["PrivateKeyPlaintext"], None)
    assert private.public_key() == load_der_public_key(made["PublicKey"])
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]
    without = kms.generate_data_key_pair_without_plaintext(KeyId=key_id, KeyPairSpec="RSA_2048")
    assert "PrivateKeyPlaintext" not in without
    assert load_der_public_key(without["PublicKey"]).key_size == 2048
    refused(
        "UnsupportedOperationException",
        kms.generate_data_key_pair,
        KeyId=key_id,
        KeyPairSpec="SM2",
    )


def test_random_bytes_are_drawn(kms, user, refused):
    drawn = {kms.generate_random(NumberOfBytes=24)["Plaintext"] for _ in range(3)}
    assert {len(each) for each in drawn} == {24}
    assert len(drawn) == 3
    refused("ValidationException", kms.generate_random)
    refused("AccessDeniedException", user().generate_random, NumberOfBytes=8)
    refused(
        "CustomKeyStoreNotFoundException",
        kms.generate_random,
        NumberOfBytes=8,
        CustomKeyStoreId="cks-1",
    )


def test_a_dry_run_does_nothing(kms, key_id, refused, user):
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    dry = {"DryRun": True}
    named = {"KeyId": key_id} | dry
    for call, more in (
        (kms.encrypt, named | {"Plaintext": b"x"}),
        (kms.decrypt, dry | {"CiphertextBlob": sealed}),
        (kms.re_encrypt, dry | {"CiphertextBlob": sealed, "DestinationKeyId": key_id}),
        (kms.generate_data_key, named | {"KeySpec": "AES_256"}),
    ):
        refused("DryRunOperationException", call, **more)
    refused("AccessDeniedException", user().encrypt, **named, Plaintext=b"x")


def test_rsa_keys_encrypt_for_who_has_the_public_half(kms, refused):
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    named = {"KeyId": made["KeyId"], "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    sealed = kms.encrypt(**named, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(**named, CiphertextBlob=sealed)["Plaintext"] == b"x"
    public = load_der_public_key(kms.get_public_key(KeyId=made["KeyId"])["PublicKey"])
    digest = SHA256()
    own = public.encrypt(b"y", padding.OAEP(padding.MGF1(digest), digest, None))
    assert kms.decrypt(**named, CiphertextBlob=own)["Plaintext"] == b"y"
    refused("InvalidCiphertextException", kms.decrypt, **named, CiphertextBlob=bytes(256))
    refused("ValidationException", kms.encrypt, **named, Plaintext=bytes(191))
    refused("InvalidKeyUsageException", kms.encrypt, KeyId=made["KeyId"], Plaintext=b"x")
    symmetric = kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], Plaintext=b"x")
    forged = symmetric["CiphertextBlob"].replace(
        UUID(symmetric["KeyId"][-36:]).bytes, UUID(made["KeyId"]).bytes
    )
    refused("InvalidKeyUsageException", kms.decrypt, CiphertextBlob=forged)
    refused(
        "InvalidKeyUsageException", kms.generate_data_key, KeyId=made["KeyId"], KeySpec="AES_256"
    )
    refused(
        "ValidationException",
        kms.encrypt,
        **named,
        Plaintext=b"x",
        EncryptionContext={"a": "b"},
    )
