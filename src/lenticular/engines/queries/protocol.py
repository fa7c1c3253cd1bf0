"""What an engine and the process of a query say to each other.

The process gets its task as JSON on standard input, whose end means that nobody waits for it
any more. It answers on standard output with frames: a letter, the length of what follows
(four bytes, big-endian), and that.
"""

import struct

import msgspec

from lenticular.engines.queries.contract import Fault, Limits, Relation

HEAD = struct.Struct("!cI")
"""Of a frame."""
BLOCK = b"B"
"""Whole rows."""
PROGRESS = b"P"
"""A `Counts`."""
FAILURE = b"F"
"""A `Failure`; nothing follows it."""
END = b"E"
"""The query came to its end; nothing follows."""


class Task(msgspec.Struct):
    """What the process is to do."""

    statement: str
    relations: list[Relation]
    files: list[int]
    """The open file of each relation."""
    limits: Limits


class Counts(msgspec.Struct):
    """See `contract.Progress`."""

    scanned: int
    processed: int


class Failure(msgspec.Struct):
    """See `contract.QueryFailed`."""

    fault: Fault
    message: str
