"""Passphrases: what the owner of an encrypted repository knows opens the repository's key.

The key is random and wrapped under a key derived from the passphrase by Argon2id (RFC 9106,
its second recommended option: 64 MiB, three passes, four lanes).
"""

import os

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from lenticular.primitives.backups.errors import RepositoryUnsuitable
from lenticular.primitives.backups.frames import KEY_SIZE

MEMORY, PASSES, LANES = 64 * 1024, 3, 4
"""Of new repositories; memory in KiB."""

_SALT = 16
_NONCE = 12
_MOST_MEMORY = 1024 * 1024  # KiB: whoever writes to a repository must not fill this machine's
_MOST_PASSES = 64
_MOST_LANES = 64


class WrappedKey(Struct, frozen=True, kw_only=True):
    """The key of a repository, as it lies there."""

    salt: bytes
    nonce: bytes
    wrapped: bytes
    """The key by AES-256-GCM."""
    memory: int
    """Argon2id's, in KiB."""
    passes: int
    lanes: int


def wrap_new_key(passphrase: str) -> WrappedKey:
    """Return a new key, wrapped."""
    empty = WrappedKey(
        salt=os.urandom(_SALT),
        nonce=os.urandom(_NONCE),
        wrapped=b"",
        memory=MEMORY,
        passes=PASSES,
        lanes=LANES,
    )
    wrapped = _cipher(empty, passphrase).encrypt(empty.nonce, os.urandom(KEY_SIZE), None)
    return msgspec.structs.replace(empty, wrapped=wrapped)


def unwrap(wrapped: WrappedKey, passphrase: str) -> bytes:
    """Return the key. Raises `RepositoryUnsuitable` for another passphrase."""
    if (
        wrapped.memory > _MOST_MEMORY
        or wrapped.passes > _MOST_PASSES
        or wrapped.lanes > _MOST_LANES
    ):
        raise RepositoryUnsuitable("the passphrase of the repository asks for too much memory")
    try:
        return _cipher(wrapped, passphrase).decrypt(wrapped.nonce, wrapped.wrapped, None)
    except InvalidTag:
        raise RepositoryUnsuitable("this is not the passphrase of the repository") from None


def _cipher(wrapped: WrappedKey, passphrase: str) -> AESGCM:
    return AESGCM(
        hash_secret_raw(
            passphrase.encode(),
            wrapped.salt,
            time_cost=wrapped.passes,
            memory_cost=wrapped.memory,
            parallelism=wrapped.lanes,
            hash_len=KEY_SIZE,
            type=Type.ID,
        )
    )
