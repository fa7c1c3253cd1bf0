"""Checkpoints: from where a job goes on after a break, in at most `LARGEST_CHECKPOINT` bytes.

A job goes through its items, and through the folders of each, in an order that does not change.
Where it has come to is its cursor. Before it lies what is still under way, or waits to be tried
again: these few are listed one by one. Everything else before the cursor is done, and everything
behind it is not begun. A checkpoint is made in one moment with the counts that go with it.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import Struct

from lenticular.engines.movers.checksums import Part
from lenticular.engines.movers.contract import LARGEST_CHECKPOINT

StepKind = Literal["file", "dir", "link", "walk", "remove"]


class Progress(Struct, array_like=True):
    """What of a large file is on disk at the destination, and how to go on with it."""

    version: str
    """Of the source when it was read."""
    size: int
    mark: str
    """Of the destination's `Writer.durable`."""
    parts: list[Part]


class Kept(Struct, array_like=True):
    """Something that is begun and not done."""

    item: int
    names: tuple[str, ...]
    """Its path below the item."""
    kind: StepKind
    size: int = 0
    is_checked: bool = False
    """Whether it was compared, and is to be moved."""
    progress: Progress | None = None


class Cursor(Struct, array_like=True):
    """Where a walk has come to."""

    item: int = 0
    """Number of the item; all before it were begun."""
    below: tuple[str, ...] = ()
    """The folder in it where the walk began."""
    names: tuple[str, ...] | None = None
    """The path, below that, of the last thing that was come to; None: none yet."""
    is_over: bool = False
    """Whether that is a folder which is not to be gone into."""


class Checkpoint(Struct, array_like=True):
    """All that is to be known to go on."""

    cursor: Cursor = msgspec.field(default_factory=Cursor)
    aside: Cursor | None = None
    """Of a walk through what could not be listed when its turn was."""
    kept: list[Kept] = msgspec.field(default_factory=list)
    is_removing: bool = False
    """Whether all is moved, and what the source does not have is being removed; the cursor's
    item is then that of the removal."""


_decoder = msgspec.msgpack.Decoder(Checkpoint)


def encoded(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint as it is kept.

    Should it be too large, files that are half there are begun anew after a break.
    """
    document = msgspec.msgpack.encode(checkpoint)
    if len(document) > LARGEST_CHECKPOINT:
        checkpoint.kept = [msgspec.structs.replace(k, progress=None) for k in checkpoint.kept]
        document = msgspec.msgpack.encode(checkpoint)
    return document


def decoded(document: bytes) -> Checkpoint:
    """Return what a checkpoint says; the beginning of a job has none."""
    return _decoder.decode(document) if document else Checkpoint()


def weight(names: Iterable[str]) -> int:
    """Return the bytes that something under way adds to a checkpoint, at most, without progress."""
    return 40 + sum(len(name.encode()) + 3 for name in names)
