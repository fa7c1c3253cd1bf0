"""Sealed contents: AES-256-GCM in authenticated pieces, so that a range is opened by itself.

A content is sealed with a key of its own, derived (RFC 5869, HKDF-Expand) from the data key of
whoever owns it and a random salt that is kept with the content. Its bytes are cut into pieces of
`PIECE` bytes, the last one shorter, each followed by its tag. A piece's nonce is its number and
whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015):
pieces that were changed, reordered, cut off, or taken from another content do not open.
"""

import hmac
import os
from collections.abc import AsyncIterable, AsyncIterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lenticular.engines.blobs.contract import BlobCorrupt

PIECE = 64 * 1024
"""Bytes of each piece but the last, before they are sealed. Measured: smaller ones cost more tags
and calls, larger ones more bytes that a short range has to open."""

TAG = 16
"""Bytes that each piece grows by."""

_SEALED = PIECE + TAG
_SALT_SIZE = 16
_LABEL = b"lenticular content 1"


class ContentSealed(RuntimeError):
    """A sealed content was to be read without its key."""


def check_key(salt: bytes, key: bytes | None) -> None:
    """Raise unless there is a key for what is sealed, and none for what is not.

    `ContentSealed`, or `BlobCorrupt` where the owner of clear bytes says that they are sealed.
    """
    if salt and key is None:
        raise ContentSealed("the content is sealed: it is read with its data key")
    if key is not None and not salt:
        raise BlobCorrupt("the content is not sealed, as its owner says it is")


class Sealer:
    """Seals one content, piece by piece in their order."""

    def __init__(self, key: bytes) -> None:
        self.salt = os.urandom(_SALT_SIZE)
        self._cipher = _cipher(key, self.salt)
        self._number = 0

    def seal(self, data: bytes | bytearray, *, is_end: bool) -> bytes:
        """Return the next pieces sealed: whole ones, unless it `is_end` of the content."""
        starts = range(0, len(data), PIECE) or range(1)
        view = memoryview(data)
        sealed = bytearray(len(data) + TAG * len(starts))
        target = memoryview(sealed)
        for at, start in zip(range(0, len(sealed), _SEALED), starts, strict=True):
            is_last = is_end and start == starts[-1]
            nonce = _nonce(self._number, is_last=is_last)
            piece = view[start : start + PIECE]
            self._cipher.encrypt_into(nonce, piece, None, target[at : at + len(piece) + TAG])
            self._number += 1
        return bytes(sealed)


def open_whole(key: bytes, salt: bytes, sealed: bytes) -> bytes:
    """Return the bytes of a sealed content. Raises `BlobCorrupt`."""
    count = -(-len(sealed) // _SEALED)
    return bytes(_opened(_cipher(key, salt), memoryview(sealed), 0, count))


def sealed_range(size: int, start: int, length: int) -> tuple[int, int]:
    """Return where the pieces lie that hold a range of a content of `size` bytes: from, to."""
    first, last = start // PIECE, (start + length - 1) // PIECE
    return first * _SEALED, min((last + 1) * _SEALED, size + TAG * _count(size))


async def open_range(
    key: bytes, salt: bytes, size: int, start: int, length: int, sealed: AsyncIterable[bytes]
) -> AsyncIterator[bytes]:
    """Iterate over a range of a content of `size` bytes, which is not empty.

    `sealed` are the bytes that `sealed_range` names. Raises `BlobCorrupt` before any byte of a
    piece that is not as it was written.
    """
    cipher, count = _cipher(key, salt), _count(size)
    number = start // PIECE
    skipped = start - number * PIECE
    held = b""

    # Not on a thread: `cryptography` keeps the interpreter lock while it opens a piece, and what
    # a blob gives at once is opened in less than a millisecond.
    def opened(ready: memoryview) -> bytes:
        nonlocal number, skipped, length
        plain = memoryview(_opened(cipher, ready, number, count))
        data = bytes(plain[skipped : skipped + length])
        number += -(-len(ready) // _SEALED)
        skipped = 0
        length -= len(data)
        return data

    async for chunk in sealed:
        held = held + chunk if held else chunk
        whole = len(held) // _SEALED * _SEALED
        if whole:
            yield opened(memoryview(held)[:whole])
            held = held[whole:]
    if held:
        yield opened(memoryview(held))
    if length:
        raise BlobCorrupt("a sealed content is shorter than it was written")


def _opened(cipher: AESGCM, sealed: memoryview, number: int, count: int) -> bytearray:
    """Open pieces in a row, the first of which has this number among `count`."""
    starts = range(0, len(sealed), _SEALED)
    plain = bytearray(max(len(sealed) - TAG * len(starts), 0))
    target = memoryview(plain)
    for at in starts:
        nonce = _nonce(number, is_last=number == count - 1)
        piece = sealed[at : at + _SEALED]
        begin = at // _SEALED * PIECE
        try:
            cipher.decrypt_into(nonce, piece, None, target[begin : begin + len(piece) - TAG])
        except (InvalidTag, ValueError):  # ValueError: not even a tag is left of it
            raise BlobCorrupt(f"piece {number} of a sealed content does not open") from None
        number += 1
    return plain


def _count(size: int) -> int:
    """Return how many pieces a content of `size` bytes has; an empty one has one, too."""
    return max(1, -(-size // PIECE))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, _LABEL + salt + b"\x01", "sha256"))
