"""What the store remembers of contents, and what came in and is not remembered yet."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from lenticular.engines.blobs.contract import BlobWriter
from lenticular.engines.kv.contract import Transaction

Check = Callable[[Mapping[str, bytes]], None]
"""Takes the digests by algorithm; raises where they are not those that were claimed."""

CheckAlive = Callable[[Transaction, float], None]
"""Raises, in the transaction that ends it, if what was begun then may have been taken away."""


class Content(Struct, array_like=True, frozen=True):
    """Where the bytes of something are. Part of the record that owns them."""

    id: bytes
    size: int
    """Bytes, as they came in: sealed ones take more."""
    blob: str = ""
    """The blob that it is; empty for a small content and for a layout."""
    parts: int = 0
    """For a layout: how many parts it was joined from (its pieces may be more)."""
    is_layout: bool = False
    salt: bytes = b""
    """What its key is derived with; empty: it is not sealed, or a layout."""


class Piece(Struct, array_like=True, frozen=True):
    """A stretch of a blob, or of a small content's value."""

    start: int
    """Counted in bytes as they came in, also where they are sealed."""
    length: int
    blob: str
    """The blob's id; empty for a value."""
    value: bytes = b""
    """The id of the value."""
    salt: bytes = b""
    """Of sealed bytes: what their key is derived with."""
    whole: int = 0
    """Of sealed bytes: how many were sealed together with these."""


class PartInfo(Struct, array_like=True, frozen=True):
    """One part of a joined content, for those who ask for an object by parts."""

    number: int
    size: int
    checksums: dict[str, bytes]


class Layout(Struct, array_like=True, frozen=True):
    """The pieces of a content in their order, and the parts they came in."""

    pieces: list[Piece]
    parts: list[PartInfo]


class Tiers(Protocol):
    """A blob store that has an archive."""

    def create_archived(self) -> BlobWriter:
        """Start a blob in the archive."""

    def is_archived(self, blob_id: str) -> bool:
        """Tell whether a blob is there."""


@dataclass(slots=True)
class Received:
    """Bytes that came in and are safe, but that no record points at yet."""

    size: int
    digests: Mapping[str, bytes]
    data: bytes = b""
    """Those of a small content, sealed where `salt` says so."""
    blob: str = ""
    salt: bytes = b""
    began: float = math.inf
    """When the first byte of a new blob came, by the clock `uptime`; infinite for an old one."""


def blobs_of(pieces: Sequence[Piece]) -> set[str]:
    """Return the blobs that pieces are stretches of."""
    return {piece.blob for piece in pieces if piece.blob}


def only_piece(content: Content) -> Piece:
    """Return all of a content that is no layout."""
    value = b"" if content.blob else content.id
    whole = content.size if content.salt else 0
    return Piece(0, content.size, content.blob, value, content.salt, whole)


def clip(pieces: Sequence[Piece], start: int, length: int) -> Iterator[Piece]:
    """Cut a list of pieces down to a range of the bytes they make up."""
    stop = start + length
    at = 0
    for piece in pieces:
        begin, end = max(start - at, 0), min(stop - at, piece.length)
        if begin < end:
            yield Piece(
                piece.start + begin, end - begin, piece.blob, piece.value, piece.salt, piece.whole
            )
        at += piece.length
        if at >= stop:
            return
