"""The keyring: the key-encryption keys of a cloud, and what they wrap.

The hierarchy has three steps: the master key of the vault seals key-encryption keys, these wrap
data keys, and a data key seals the bytes of one thing. A data key is wrapped by AES-SIV (RFC
5297), which is made for it: without a nonce there is none that could come twice, however many keys
are wrapped. What is wrapped opens with the id of its key, so that a new key can take over
(`rotate`) while the older ones still open what they have wrapped.
"""

import os
import time
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.encryption.errors import DataKeyDamaged, KeyUnknown
from lenticular.primitives.vault import Vault

_KEY = Subspace("encryption", "key")  # (id) -> _Record
_CURRENT = Subspace("encryption").pack("current")  # the id of the key that wraps

_KEY_SIZE = 64
"""Bytes of a key-encryption key: AES-SIV with AES-256 takes two keys."""

_ID_SIZE = 4
_REMEMBERED = 64


class _Record(Struct, array_like=True, frozen=True):
    created: int
    """Milliseconds since the epoch."""
    sealed: bytes


class EncryptionKey(Struct, frozen=True):
    """A key-encryption key as its owner may see it."""

    id: int
    created: int
    """Milliseconds since the epoch."""
    is_current: bool
    """Whether it wraps new data keys; the others only open what they have wrapped."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Record).decode


class Keyring:
    """Wraps data keys. Its methods run within the caller's read or transaction."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._cipher = lru_cache(maxsize=_REMEMBERED)(self._opened)

    def wrap(self, tx: Transaction, data_key: bytes) -> bytes:
        """Return a data key wrapped by the current key, which is made on first use."""
        data = tx.get(_CURRENT)
        key_id = int.from_bytes(data, "big") if data is not None else self.rotate(tx).id
        header = key_id.to_bytes(_ID_SIZE, "big")
        return header + self._find(tx, key_id).encrypt(data_key, [header])

    def unwrap(self, reader: Reader, wrapped: bytes) -> bytes:
        """Return a data key that was wrapped. Raises `KeyUnknown` and `DataKeyDamaged`."""
        key_id = id_of(wrapped)
        try:
            return self._find(reader, key_id).decrypt(wrapped[_ID_SIZE:], [wrapped[:_ID_SIZE]])
        except InvalidTag:
            raise DataKeyDamaged(key_id) from None

    def rotate(self, tx: Transaction) -> EncryptionKey:
        """Make a new key, which wraps from now on, and return it."""
        last = tx.range(*_KEY.range(), limit=1, reverse=True)
        key_id = 1 + (_KEY.unpack(last[0][0])[0] if last else 0)
        created = int(time.time() * 1000)
        sealed = self._vault.seal(os.urandom(_KEY_SIZE), _context(key_id))
        tx.set(_KEY.pack(key_id), _encode(_Record(created, sealed)))
        tx.set(_CURRENT, key_id.to_bytes(_ID_SIZE, "big"))
        return EncryptionKey(key_id, created, is_current=True)

    def destroy(self, tx: Transaction, key_id: int) -> None:
        """Remove a key: what it has wrapped is lost. Raises ValueError for the current one."""
        if tx.get(_CURRENT) == key_id.to_bytes(_ID_SIZE, "big"):
            raise ValueError(f"encryption key {key_id} is in use: rotate first")
        tx.delete(_KEY.pack(key_id))

    def all(self, reader: Reader) -> list[EncryptionKey]:
        """Return the keys, the oldest first."""
        current = reader.get(_CURRENT)
        keys = []
        for row, data in reader.range(*_KEY.range()):
            key_id = _KEY.unpack(row)[0]
            is_current = current == key_id.to_bytes(_ID_SIZE, "big")
            keys.append(EncryptionKey(key_id, _decode(data).created, is_current))
        return keys

    def _find(self, reader: Reader, key_id: int) -> AESSIV:
        data = reader.get(_KEY.pack(key_id))
        if data is None:
            raise KeyUnknown(key_id)
        return self._cipher(data, key_id)

    def _opened(self, data: bytes, key_id: int) -> AESSIV:
        return AESSIV(self._vault.open(_decode(data).sealed, _context(key_id)))


def id_of(wrapped: bytes) -> int:
    """Return the id of the key by which a data key was wrapped."""
    return int.from_bytes(wrapped[:_ID_SIZE], "big")


def _context(key_id: int) -> str:
    return f"encryption key {key_id}"
