"""What lies where in a remote store of blobs.

==========================  =====================================================
``lenticular.json``         whose blobs these are
``blobs/ID``                a blob: all of its bytes, or those behind the last whole piece
``pieces/NONCE/NUMBER``     the pieces before these, of `PIECE` bytes each
``uploads/BEGAN-NONCE``     pieces that may not belong to a blob yet
==========================  =====================================================

The id of a blob tells its size and checksum, and so is known when all its bytes have passed,
not before: a blob is there from the moment when ``blobs/ID``, which comes last, is written
whole. Nothing depends on the multipart uploads of the stores, each of which has its own, and
which obstore begins and completes but cannot abort. An upload of several pieces is entered
in ``uploads/`` before its first piece and struck out after the blob, so that what a killed
process left is found without going through everything.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from lenticular.engines.blobs.ids import BlobId

PIECE = 8 * 1024 * 1024
"""Bytes of a piece. Blobs that are there are cut so: it cannot be changed."""

MARKER = "lenticular.json"
BLOBS = "blobs"
UPLOADS = "uploads"

_UPLOAD = re.compile(r"([0-9a-f]{12})-([0-9a-f]{16})")


def blob_path(blob_id: str) -> str:
    """Return where the last bytes of a blob are; its id must be one."""
    return f"{BLOBS}/{blob_id}"


def pieces_folder(nonce: int) -> str:
    """Return below which the pieces of a blob are."""
    return f"pieces/{nonce:016x}"


def piece_path(nonce: int, number: int) -> str:
    """Return where a piece is; they count from 0."""
    return f"{pieces_folder(nonce)}/{number:06x}"


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload of several pieces that has begun."""

    began_ms: int
    """Milliseconds since the epoch."""
    nonce: int
    """That of the blob."""

    @classmethod
    def new(cls, nonce: int) -> Self:
        """Return the upload that begins now."""
        return cls(time.time_ns() // 1_000_000, nonce)

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """Read the last part of a path back; None for one that was not made here."""
        match = _UPLOAD.fullmatch(name)
        return cls(*(int(number, 16) for number in match.groups())) if match else None

    @property
    def path(self) -> str:
        """Where it is entered."""
        return f"{UPLOADS}/{self.began_ms:012x}-{self.nonce:016x}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of the bytes at a path."""

    path: str
    size: int
    """How many bytes there must be at the path."""
    start: int
    stop: int


def stretches(blob_id: str, start: int, stop: int) -> Iterator[Stretch]:
    """Iterate over where the bytes of a blob from `start` to `stop` lie, in their order."""
    named = BlobId.parse(blob_id)
    pieces = max(named.size - 1, 0) // PIECE
    while start < stop:
        number = min(start // PIECE, pieces)
        begin = number * PIECE
        last = number == pieces
        end = named.size if last else begin + PIECE
        path = blob_path(blob_id) if last else piece_path(named.nonce, number)
        yield Stretch(path, end - begin, start - begin, min(stop, end) - begin)
        start = end
