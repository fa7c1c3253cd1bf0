"""Sign, Verify, GetPublicKey, GenerateMac, VerifyMac."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


@pytest.mark.parametrize(
    ("spec", "algorithm", "digest"),
    [
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", "sha256"),
        ("RSA_2048", "RSASSA_PSS_SHA_512", "sha512"),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "sha256"),
        ("ECC_NIST_P384", "ECDSA_SHA_384", "sha384"),
        ("ECC_NIST_P521", "ECDSA_SHA_512", "sha512"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", ""),
    ],
)
def test_a_signature_is_of_its_key_and_message(kms, refused, spec, algorithm, digest):
    made = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert algorithm in made["SigningAlgorithms"]
    named = {"KeyId": made["KeyId"], "SigningAlgorithm": algorithm}
    signed = kms.sign(**named, Message=b"m")
    assert (signed["KeyId"], signed["SigningAlgorithm"]) == (made["Arn"], algorithm)
    signature = signed["Signature"]
    assert kms.verify(**named, Message=b"m", Signature=signature)["SignatureValid"] is True
    wrong = "KMSInvalidSignatureException"
    refused(wrong, kms.verify, **named, Message=b"n", Signature=signature)
    altered = signature[:-1] + bytes([signature[-1] ^ 1])
    refused(wrong, kms.verify, **named, Message=b"m", Signature=altered)
    as_digest = named | {"MessageType": "DIGEST"}
    refused("ValidationException", kms.sign, **as_digest, Message=b"m")
    if digest:
        hashed = hashlib.new(digest, b"m").digest()
        assert kms.verify(**as_digest, Message=hashed, Signature=signature)["SignatureValid"]
        other = kms.sign(**as_digest, Message=hashed)["Signature"]
        assert kms.verify(**named, Message=b"m", Signature=other)["SignatureValid"]


def test_others_check_signatures_with_the_public_half(kms, refused, key_id):
    rsa = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    told = kms.get_public_key(KeyId=rsa)
    assert (told["KeySpec"], told["KeyUsage"]) == ("RSA_2048", "SIGN_VERIFY")
    signature = kms.sign(KeyId=rsa, Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_256")
    pss = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
    load_der_public_key(told["PublicKey"]).verify(signature["Signature"], b"m", pss, SHA256())
    curve = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public = load_der_public_key(kms.get_public_key(KeyId=curve)["PublicKey"])
    signature = kms.sign(KeyId=curve, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    public.verify(signature["Signature"], b"m", ec.ECDSA(SHA256()))
    refused("UnsupportedOperationException", kms.get_public_key, KeyId=key_id)


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_an_authentication_code_is_of_its_key_and_message(kms, refused, bits):
    made = kms.create_key(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    named = {"KeyId": made["KeyId"], "MacAlgorithm": f"HMAC_SHA_{bits}"}
    assert made["MacAlgorithms"] == [named["MacAlgorithm"]]
    mac = kms.generate_mac(**named, Message=b"m")["Mac"]
    assert len(mac) == bits // 8 == hmac.new(b"", b"", f"sha{bits}").digest_size
    assert kms.verify_mac(**named, Message=b"m", Mac=mac)["MacValid"] is True
    refused("KMSInvalidMacException", kms.verify_mac, **named, Message=b"n", Mac=mac)
    refused("KMSInvalidMacException", kms.verify_mac, **named, Message=b"m", Mac=mac[:-1])


def test_a_key_is_for_one_thing(kms, key_id, refused):
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    wrong = "InvalidKeyUsageException"
    refused(wrong, kms.encrypt, KeyId=mac, Plaintext=b"x")
    refused(wrong, kms.sign, KeyId=key_id, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    refused(wrong, kms.generate_mac, KeyId=mac, Message=b"m", MacAlgorithm="HMAC_SHA_512")
    refused(wrong, kms.generate_mac, KeyId=key_id, Message=b"m", MacAlgorithm="HMAC_SHA_256")
