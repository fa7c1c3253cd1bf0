"""Encryption: the cloud's own key-encryption keys, under which primitives keep their data keys."""

from lenticular.primitives.encryption.errors import EncryptionError, KeyUnknown
from lenticular.primitives.encryption.keyring import EncryptionKey, Keyring
from lenticular.primitives.encryption.rotation import Rotation, WrappedKeys

__all__ = [
    "EncryptionError",
    "EncryptionKey",
    "KeyUnknown",
    "Keyring",
    "Rotation",
    "WrappedKeys",
]
