"""Specs: what keys there are, what each can be for, and how the bytes of a new one are drawn.

AWS KMS API reference, "CreateKey", KeySpec and KeyUsage; Developer Guide, "Key spec reference".
"""

import os
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from msgspec import Struct

from lenticular.primitives.keys.errors import InputInvalid, SpecUnsupported

SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
"""AES-256-GCM: one material encrypts and decrypts."""

ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
SIGN_VERIFY = "SIGN_VERIFY"
GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_EXPONENT = 65_537


class Spec(Struct, frozen=True):
    """One kind of key."""

    algorithms: Mapping[str, tuple[str, ...]]
    """By usage: what can be done with a key that is for it."""
    draw: Callable[[], bytes]
    """Returns the bytes of a new key: a private key as PKCS #8, any other as it is."""

    @property
    def is_asymmetric(self) -> bool:
        """Whether a key has a public half."""
        return SIGN_VERIFY in self.algorithms


def _serialised(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _symmetric() -> Spec:
    return Spec({ENCRYPT_DECRYPT: (SYMMETRIC_DEFAULT,)}, lambda: os.urandom(32))


def _rsa(bits: int) -> Spec:
    return Spec(
        {
            ENCRYPT_DECRYPT: ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"),
            SIGN_VERIFY: (
                "RSASSA_PKCS1_V1_5_SHA_256",
                "RSASSA_PKCS1_V1_5_SHA_384",
                "RSASSA_PKCS1_V1_5_SHA_512",
                "RSASSA_PSS_SHA_256",
                "RSASSA_PSS_SHA_384",
                "RSASSA_PSS_SHA_512",
            ),
        },
        lambda: _serialised(rsa.generate_private_key(_EXPONENT, bits)),
    )


def _elliptic(curve: ec.EllipticCurve, algorithm: str) -> Spec:
    return Spec({SIGN_VERIFY: (algorithm,)}, lambda: _serialised(ec.generate_private_key(curve)))


def _hmac(bits: int) -> Spec:
    return Spec({GENERATE_VERIFY_MAC: (f"HMAC_SHA_{bits}",)}, lambda: os.urandom(bits // 8))


SPECS: Mapping[str, Spec] = {
    SYMMETRIC_DEFAULT: _symmetric(),
    "RSA_2048": _rsa(2048),
    "RSA_3072": _rsa(3072),
    "RSA_4096": _rsa(4096),
    "ECC_NIST_P256": _elliptic(ec.SECP256R1(), "ECDSA_SHA_256"),
    "ECC_NIST_P384": _elliptic(ec.SECP384R1(), "ECDSA_SHA_384"),
    "ECC_NIST_P521": _elliptic(ec.SECP521R1(), "ECDSA_SHA_512"),
    "ECC_SECG_P256K1": _elliptic(ec.SECP256K1(), "ECDSA_SHA_256"),
    "ECC_NIST_EDWARDS25519": Spec(
        {SIGN_VERIFY: ("ED25519_SHA_512",)},
        lambda: _serialised(ed25519.Ed25519PrivateKey.generate()),
    ),
    "HMAC_224": _hmac(224),
    "HMAC_256": _hmac(256),
    "HMAC_384": _hmac(384),
    "HMAC_512": _hmac(512),
}


def public_bytes(key: PublicKeyTypes) -> bytes:
    """Return a public key as SubjectPublicKeyInfo (RFC 5280), in DER."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def spec_named(name: str) -> Spec:
    """Return a spec. Raises `SpecUnsupported` for one that this cloud does not make."""
    spec = SPECS.get(name)
    if spec is None:
        raise SpecUnsupported(f"Keys of the spec {name} are not made here: expected {_among()}")
    return spec


def check_usage(name: str, usage: str) -> None:
    """Raise `SpecUnsupported`, or `InputInvalid` unless a key of a spec can be for this."""
    if usage not in spec_named(name).algorithms:
        raise InputInvalid(f"KeyUsage {usage} is not compatible with KeySpec {name}")


def _among() -> str:
    return ", ".join(SPECS)
