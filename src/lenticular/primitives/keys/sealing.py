"""What keys encrypt and decrypt, for those who may: plain functions for a read or a transaction."""

import os
from typing import NamedTuple

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.keys import ciphertexts, names
from lenticular.primitives.keys.errors import (
    KeyDiffers,
    KeyDisabled,
    KeyStateInvalid,
    KeyUsageInvalid,
)
from lenticular.primitives.keys.materials import Materials
from lenticular.primitives.keys.records import DISABLED, ENABLED, Key, find_key
from lenticular.primitives.keys.rights import KeyRequest, admit, check_signed, require
from lenticular.primitives.keys.specs import ENCRYPT_DECRYPT, SYMMETRIC_DEFAULT

DATA_KEY_SIZE = 32
"""Bytes of a data key, if nobody says otherwise."""

_REFERS_TO_NONE = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access."
)


class DataKey(NamedTuple):
    """A key that its holder encrypts with, and the same sealed by the key that it is of."""

    key_arn: str
    plaintext: bytes
    wrapped: bytes


def check_enabled(key: Key) -> None:
    """Raise `KeyDisabled` or `KeyStateInvalid` for a key that cannot be used now."""
    if key.state == DISABLED:
        raise KeyDisabled(key.arn)
    if key.state != ENABLED:
        raise KeyStateInvalid(key.arn, key.state)


def check_usage(key: Key, usage: str) -> None:
    """Raise `KeyUsageInvalid` for a key that is for something else."""
    if key.usage != usage:
        raise KeyUsageInvalid(f"{key.arn} key usage is {key.usage} which is not valid for {usage}.")


def check_symmetric(key: Key) -> None:
    """Raise `KeyUsageInvalid` for a key that does not encrypt with one material for both ways."""
    check_usage(key, ENCRYPT_DECRYPT)
    if key.spec != SYMMETRIC_DEFAULT:
        raise KeyUsageInvalid(
            f"{key.arn} is {key.spec}, which is not valid for this: expected {SYMMETRIC_DEFAULT}"
        )


def seal_with(materials: Materials, key: Key, plaintext: bytes, asked: KeyRequest) -> bytes:
    """Return what a symmetric key makes of a plaintext."""
    material = key.material
    opened = materials.open(key)
    return ciphertexts.seal(opened, key.id, material.number, plaintext, asked.context)


def ready(reader: Reader, asked: KeyRequest) -> Key:
    """Return the key that data keys are to be of. Raises as `data_key`."""
    key = admit(reader, asked)
    check_enabled(key)
    check_symmetric(key)
    return key


def data_key(
    reader: Reader, materials: Materials, asked: KeyRequest, size: int = DATA_KEY_SIZE
) -> DataKey:
    """Make a data key of `size` bytes.

    Raises `AccessDenied`, `KeyNotFound`, `KeyDisabled`, `KeyStateInvalid` and `KeyUsageInvalid`.
    """
    key = ready(reader, asked)
    plaintext = os.urandom(size)
    return DataKey(key.arn, plaintext, seal_with(materials, key, plaintext, asked))


def open_sealed(
    reader: Reader, materials: Materials, asked: KeyRequest, data: bytes
) -> tuple[Key, bytes]:
    """Return the plaintext of a ciphertext, and the key that it names.

    With a key in `asked` it must be that one. Raises `CiphertextInvalid`, `KeyDiffers`, and as
    `data_key`; of a key that is not there, or that is another account's, only that one may not
    use it.
    """
    ciphertext = ciphertexts.parse(data)
    if asked.key:
        key = admit(reader, asked)
        if key.id != ciphertext.key_id:
            raise KeyDiffers
    else:
        key = _admit_to(reader, asked, ciphertext.key_id)
    check_enabled(key)
    check_symmetric(key)
    material = materials.open(key, ciphertext.number)
    return key, ciphertexts.unseal(material, ciphertext, asked.context)


def _admit_to(reader: Reader, asked: KeyRequest, key_id: str) -> Key:
    """Return the key that a ciphertext names, once the caller is found to be allowed."""
    check_signed(asked)
    key = find_key(reader, key_id)
    if key is None:
        raise AccessDenied(_REFERS_TO_NONE)
    try:
        require(reader, asked, key)
    except AccessDenied as error:
        if asked.principal.account_id != key.account_id:
            raise AccessDenied(_REFERS_TO_NONE) from error
        raise
    return key


def in_region_of(asked: KeyRequest) -> KeyRequest:
    """Return a request of a service, which looks for bare names where the service is."""
    parts = asked.via.split(".")
    return replace(asked, region=parts[1]) if len(parts) == 4 else asked


def is_for_s3(asked: KeyRequest) -> bool:
    """Tell whether S3 asks for the key that it makes on first use."""
    return asked.via.startswith("s3.") and asked.name().alias == names.S3_ALIAS
