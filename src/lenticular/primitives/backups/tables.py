"""Tables: pairs in key order, cut into chunks where their keys say so.

Whether a chunk ends behind a pair depends on the pair alone (the CRC-32 of its key against its
size), but for the least and the most bytes of a chunk. So where a pair comes in or goes, the
chunks around it change, and all the others stay as they are and have the same names as before.

A chunk is its pairs in a row: the length of the key and that of the value, four bytes each,
big-endian, then the key, then the value.
"""

import struct
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator

LEAST = 64 * 1024
USUAL = 256 * 1024
MOST = 1024 * 1024
"""Bytes of a chunk. Only a pair that is larger by itself makes a larger one."""

Pair = tuple[bytes, bytes]

_LENGTHS = struct.Struct(">II")
_ALL = 1 << 32


class Cutter:
    """Cuts pairs that come in key order into chunks."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.pairs = 0
        """Pairs that are in no chunk yet."""
        self._size = 0

    def add(self, key: bytes, value: bytes) -> bool:
        """Add a pair, and tell whether the chunk ends behind it (then `take` it)."""
        size = _LENGTHS.size + len(key) + len(value)
        self._parts += (_LENGTHS.pack(len(key), len(value)), key, value)
        self.pairs += 1
        self._size += size
        if self._size < LEAST:
            return False
        return self._size >= MOST or zlib.crc32(key) * USUAL < size * _ALL

    def take(self) -> bytes:
        """Return the chunk of all that was added since the last one, and begin a new one."""
        chunk = self.so_far()
        self._parts.clear()
        self.pairs = self._size = 0
        return chunk

    def so_far(self) -> bytes:
        """Return what was added since the last chunk."""
        return b"".join(self._parts)


def chunks(pairs: Iterable[Pair]) -> Iterator[tuple[bytes, int]]:
    """Cut pairs into chunks; iterate over these, each with how many pairs it has."""
    cutter = Cutter()
    for key, value in pairs:
        if cutter.add(key, value):
            count = cutter.pairs
            yield cutter.take(), count
    if count := cutter.pairs:
        yield cutter.take(), count


def pairs_of(chunk: bytes) -> Iterator[Pair]:
    """Iterate over the pairs of a chunk."""
    at = 0
    while at < len(chunk):
        key_length, value_length = _LENGTHS.unpack_from(chunk, at)
        at += _LENGTHS.size
        yield chunk[at : at + key_length], chunk[at + key_length : at + key_length + value_length]
        at += key_length + value_length


async def merged(first: AsyncIterator[Pair], second: AsyncIterator[Pair]) -> AsyncIterator[Pair]:
    """Iterate over two tables as one, in key order; where both have a key the first counts."""
    one, other = await anext(first, None), await anext(second, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] <= other[0]):
            assert one is not None
            if other is not None and other[0] == one[0]:
                other = await anext(second, None)
            yield one
            one = await anext(first, None)
        else:
            yield other
            other = await anext(second, None)
