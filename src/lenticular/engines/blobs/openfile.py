"""The file of a blob that is being read: what it gives has been compared with its checksums.

Reading mostly takes no thread: what the system holds in memory is copied right on the event
loop (0.1 ms for a chunk), and only what must come from the disk is read on a thread (0.3 ms
and the disk's time). It is the system that knows which is which, and says so when it is asked
for a read that does not wait.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

from lenticular.engines.blobs import blocks
from lenticular.engines.blobs.blocks import BLOCK, SIZE, BlockChecksums
from lenticular.engines.blobs.contract import BlobCorrupt
from lenticular.engines.blobs.ids import BlobId

CHUNK = 4 * BLOCK
"""Bytes of a chunk that a read gives."""

_MOST_SUMS = 1024
"""Checksums that are read at once: those of 128 MiB."""

_NO_WAIT: int | None = getattr(os, "RWF_NOWAIT", None)  # on Linux

Run = Callable[..., asyncio.Future[Any]]
"""Runs a function with its arguments on a thread."""


class OpenBlob:
    """A blob that can be read from. The descriptor is the caller's to close."""

    def __init__(self, named: BlobId, descriptor: int, run: Run) -> None:
        self._named = named
        self._descriptor = descriptor
        self._run = run

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """Iterate over the bytes from `start` to `stop`. Raises `BlobCorrupt` before bad ones.

        Of a file without checksums of its blocks only the whole is verified, before its end.
        """
        size = os.fstat(self._descriptor).st_size
        if size == blocks.size_of_file(self._named.size, has_blocks=False) and size:
            async for chunk in self._of_earlier_release(start, stop):
                yield chunk
            return
        sums, first = b"", 0
        while start < stop:
            block = start // BLOCK
            begin = block * BLOCK
            end = min(begin + CHUNK, -(-stop // BLOCK) * BLOCK, self._named.size)
            data = await self._read(begin, end - begin)
            count = -(-len(data) // BLOCK)
            if not first <= block <= block + count <= first + len(sums) // SIZE:
                first, sums = block, await self._sums(block, -(-stop // BLOCK))
            at = (block - first) * SIZE
            blocks.check(self._named, begin, data, sums[at : at + count * SIZE])
            wanted = data if begin == start and end <= stop else data[start - begin : stop - begin]
            start = begin + len(data)
            yield wanted

    async def _of_earlier_release(self, start: int, stop: int) -> AsyncIterator[bytes]:
        passed = BlockChecksums()
        is_whole = (start, stop) == (0, self._named.size)
        while start < stop:
            chunk = await self._read(start, min(CHUNK, stop - start))
            start += len(chunk)
            if is_whole:
                passed.update(chunk)
                if start == stop:
                    self._named.check(stop, passed.result()[1])
            yield chunk

    async def _sums(self, block: int, stop: int) -> bytes:
        size = min(stop - block, _MOST_SUMS) * SIZE
        return await self._read(self._named.size + block * SIZE, size)

    async def _read(self, start: int, size: int) -> bytes:
        """Return so many bytes of the file, from memory or from the disk."""
        data = _read_from_memory(self._descriptor, size, start)
        while len(data) < size:
            at = start + len(data)
            more = await self._run(os.pread, self._descriptor, size - len(data), at)
            if not more:
                raise BlobCorrupt(f"the file of blob {self._named} ends at {at}")
            data += more
        return data


def _read_from_memory(descriptor: int, size: int, start: int) -> bytes:
    """Return what is there without waiting for the disk: all of it, a part, or nothing."""
    if _NO_WAIT is None:
        return b""
    buffer = bytearray(size)
    try:
        count = os.preadv(descriptor, [buffer], start, _NO_WAIT)
    except OSError:  # it would have to wait, or cannot promise not to
        return b""
    if count == size:
        return cast("bytes", buffer)  # nobody else has it: that spares a copy of each chunk
    return bytes(memoryview(buffer)[:count])
