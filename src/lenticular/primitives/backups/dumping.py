"""Dumping: one state of the key-value store, read in one go.

The state is held no longer than it takes to read it: what a repository has not got yet goes
into a spool, a nameless file on this machine, and is compressed, sealed and sent afterwards.
"""

import struct
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO

from lenticular.engines.kv.contract import MAX_KEY_SIZE, Reader
from lenticular.engines.kv.keys import after
from lenticular.primitives.backups.records import Chunk, Table
from lenticular.primitives.backups.tables import Pair, chunks

ALL_KEYS = b"\x00", b"\xff" * (MAX_KEY_SIZE + 1)
"""The range of every key that there can be, but for the empty one, which there cannot."""

_PAGE_BYTES = 4 * 1024 * 1024
_LARGEST_PAGE = 4096
_LENGTH = struct.Struct(">Q")


class Spool:
    """Chunks in a file, to be taken out again in their order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def clear(self) -> None:
        """Forget everything."""
        self._file.seek(0)
        self._file.truncate()

    def put(self, data: bytes) -> None:
        """Add a chunk behind the others."""
        self._file.write(_LENGTH.pack(len(data)))
        self._file.write(data)

    def all(self) -> Iterator[bytes]:
        """Iterate over the chunks from the first one on."""
        self._file.seek(0)
        while head := self._file.read(_LENGTH.size):
            yield self._file.read(_LENGTH.unpack(head)[0])


def dump(
    reader: Reader, name: Callable[[bytes], bytes], known: Collection[str], spool: Spool
) -> Table:
    """Return the table of all pairs of a state. Chunks that are not `known` go into the spool."""
    spool.clear()  # an engine may call this again
    found: list[Chunk] = []
    spooled: set[str] = set()
    for chunk, pairs in chunks(all_pairs(reader)):
        digits = name(chunk).hex()
        if digits not in known and digits not in spooled:
            spool.put(chunk)
            spooled.add(digits)
        found.append(Chunk(digits, pairs, len(chunk)))
    return Table(found)


def table_of(reader: Reader, name: Callable[[bytes], bytes]) -> Table:
    """Return the table of all pairs of a state, whose chunks are kept nowhere."""
    made = chunks(all_pairs(reader))
    return Table([Chunk(name(chunk).hex(), pairs, len(chunk)) for chunk, pairs in made])


def all_pairs(reader: Reader) -> Iterator[Pair]:
    """Iterate over all pairs, in pages of a few megabytes."""
    start, stop = ALL_KEYS
    limit = 64
    while page := reader.range(start, stop, limit=limit):
        yield from page
        start = after(page[-1][0])
        # The next page will be much like this one.
        size = sum(len(key) + len(value) for key, value in page) // len(page)
        limit = max(1, min(limit * 2, _PAGE_BYTES // max(size, 1), _LARGEST_PAGE))
