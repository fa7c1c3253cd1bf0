"""Customers' keys: a key comes with every request, seals an object, and is not kept.

Of the key and a random salt follow (RFC 5869, HKDF-Expand) the object's data key and a verifier.
Salt and verifier are kept: they tell whether a later key is the same, and nothing of the key.
"""

import hashlib
import hmac
import os
from base64 import b64encode

from lenticular.primitives.objects.errors import (
    CustomerKeyMissing,
    CustomerKeyUnwanted,
    CustomerKeyWrong,
)
from lenticular.primitives.objects.records import CUSTOMER, Encryption

KEY_SIZE = 32
"""Bytes of a customer's key."""

_SALT_SIZE = 16
_DATA_KEY = b"lenticular data key of a customer"
_VERIFIER = b"lenticular verifier of a customer's key"


def encryption_with(customer_key: bytes) -> tuple[bytes, Encryption]:
    """Return the data key of a new object, and what is to be remembered of it."""
    salt = os.urandom(_SALT_SIZE)
    encryption = Encryption(
        CUSTOMER,
        wrapped=salt,
        key_md5=md5_of(customer_key),
        verifier=_derived(customer_key, _VERIFIER, salt),
    )
    return _derived(customer_key, _DATA_KEY, salt), encryption


def data_key_of(encryption: Encryption, customer_key: bytes) -> bytes:
    """Return an object's data key. Raises `CustomerKeyMissing` and `CustomerKeyWrong`."""
    if not customer_key:
        raise CustomerKeyMissing
    salt = encryption.wrapped
    if not hmac.compare_digest(_derived(customer_key, _VERIFIER, salt), encryption.verifier):
        raise CustomerKeyWrong
    return _derived(customer_key, _DATA_KEY, salt)


def require_key(encryption: Encryption | None, customer_key: bytes) -> None:
    """Raise unless the customer's key is the object's, or there is none on either side.

    `CustomerKeyMissing`, `CustomerKeyWrong` or `CustomerKeyUnwanted`.
    """
    if encryption is not None and encryption.method == CUSTOMER:
        data_key_of(encryption, customer_key)
    elif customer_key:
        raise CustomerKeyUnwanted


def md5_of(customer_key: bytes) -> str:
    """Return the digest by which a key is shown."""
    return b64encode(hashlib.md5(customer_key, usedforsecurity=False).digest()).decode()


def _derived(customer_key: bytes, label: bytes, salt: bytes) -> bytes:
    return hmac.digest(customer_key, label + salt + b"\x01", "sha256")
