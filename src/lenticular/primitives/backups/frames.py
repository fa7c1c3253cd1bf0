"""Frames: how the bytes of one file of a repository are compressed, sealed and checked.

A frame is named by its content: by the SHA-256 of the bytes in it or, where the repository is
encrypted, by their HMAC-SHA256, which tells nobody what they may be. Layout (version 1):

======  ====================================================================
bytes
======  ====================================================================
4       ``LNTB``
1       version: 1
1       flags: 1 compressed (RFC 1950, zlib), 2 sealed
12      where sealed: the nonce
...     the payload; where sealed: AES-256-GCM with all before it and the name
        as associated data, so that no frame can stand in for another
8       CRC-64/NVME of all before, big-endian
======  ====================================================================
"""

import hashlib
import hmac
import os
import zlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lenticular.engines.blobs.digests import Digests

NAME_SIZE: Final = 32
KEY_SIZE: Final = 32

_MAGIC = b"LNTB\x01"
_COMPRESSED, _SEALED = 1, 2
_HEADER = len(_MAGIC) + 1
_NONCE = 12
_CHECK = "crc64nvme"
_CHECK_SIZE = 8

_SAMPLE = 16 * 1024
"""Bytes that are compressed first, to see whether the rest is worth the time."""
_WORTH = 0.9
_LEVEL = 3


class FrameDamaged(ValueError):
    """The bytes are not a frame of this name; the message says what is wrong, as a predicate."""


class Frames:
    """Makes the frames of one repository, and opens them. Safe on several threads at once."""

    def __init__(self, key: bytes | None = None) -> None:
        """Seal with `key`, of `KEY_SIZE` bytes; None: do not seal."""
        self._cipher = None if key is None else AESGCM(_derived(key, b"backup contents"))
        self._naming = None if key is None else _derived(key, b"backup names")

    def name(self, data: bytes | bytearray | memoryview) -> bytes:
        """Return the name of bytes."""
        if self._naming is None:
            return hashlib.sha256(data).digest()
        return hmac.digest(self._naming, data, "sha256")

    def close(self, name: bytes, data: bytes | bytearray | memoryview) -> bytes:
        """Return the frame of bytes that have this name."""
        flags, payload = _compressed(data)
        if self._cipher is None:
            framed = _MAGIC + bytes((flags,)) + payload
        else:
            nonce = os.urandom(_NONCE)
            header = _MAGIC + bytes((flags | _SEALED,)) + nonce
            framed = header + self._cipher.encrypt(nonce, payload, header + name)
        return framed + _check(framed)

    def open(self, name: bytes, frame: bytes) -> bytes:
        """Return the bytes in a frame. Raises `FrameDamaged`."""
        view = memoryview(frame)
        framed, check = view[:-_CHECK_SIZE], view[-_CHECK_SIZE:]
        if len(frame) < _HEADER + _CHECK_SIZE or _check(framed) != check:
            raise FrameDamaged("is damaged: its bytes are not those that were written")
        if framed[: len(_MAGIC)] != _MAGIC:
            raise FrameDamaged("has a form that this release does not know")
        flags = framed[len(_MAGIC)]
        payload = self._unsealed(name, framed, sealed=bool(flags & _SEALED))
        try:
            data = zlib.decompress(payload) if flags & _COMPRESSED else bytes(payload)
        except zlib.error as error:
            raise FrameDamaged(f"does not decompress: {error}") from None
        if not hmac.compare_digest(self.name(data), name):
            raise FrameDamaged("holds other bytes than its name says")
        return data

    def _unsealed(self, name: bytes, framed: memoryview, *, sealed: bool) -> memoryview | bytes:
        if sealed is not (self._cipher is not None):
            raise FrameDamaged("is sealed in another way than its repository")
        if self._cipher is None:
            return framed[_HEADER:]
        start = _HEADER + _NONCE
        try:
            return self._cipher.decrypt(
                bytes(framed[_HEADER:start]), framed[start:], bytes(framed[:start]) + name
            )
        except (InvalidTag, ValueError):
            raise FrameDamaged("does not open: it is of another repository, or changed") from None


def _compressed(data: bytes | bytearray | memoryview) -> tuple[int, bytes]:
    """Return the flags of a payload and the payload, which is compressed where that is worth it."""
    sample = memoryview(data)[:_SAMPLE]
    if len(zlib.compress(sample, 1)) > _WORTH * len(sample):
        return 0, bytes(data)
    return _COMPRESSED, zlib.compress(data, _LEVEL)


def _check(framed: bytes | memoryview) -> bytes:
    digests = Digests([_CHECK])
    digests.update(framed)
    return digests.result()[_CHECK]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_SIZE, salt=None, info=purpose).derive(key)
