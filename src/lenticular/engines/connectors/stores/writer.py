"""A file on its way to a store: its parts go out beside one another, and it is seen when all are.

A store is given a file from its beginning to its end. So what is written ahead of that waits:
`WINDOW` bytes of it are taken, and whoever comes with more waits too, until those before came.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import obstore
from obstore.store import ObjectStore

from lenticular.engines.connectors.contract import Entry, Writer
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.stores.errors import told

MIB: Final = 1024 * 1024
PART: Final = 8 * MIB
WINDOW: Final = 8 * MIB
_PARTS_AT_ONCE = 3
_MOST_PARTS = 10_000
_LARGEST_UNKNOWN = 640 * 1024 * MIB
"""Bytes up to which a file of unknown size can become."""

Check = Callable[[str], Awaitable[Entry]]
"""Looks at what is there now, compares its checksum, and returns its entry."""


class StoreWriter(Writer):
    """Takes bytes in any order, and hands them to the store in theirs."""

    def __init__(self, store: ObjectStore, key: str, path: str, size: int, check: Check) -> None:
        self._store = store
        self._key = key
        self._path = path
        self._check = check
        self._pieces: dict[int, bytes] = {}
        self._taken = 0
        """Bytes from the beginning on that the store was given."""
        self._end = -1
        self._moved = asyncio.Condition()
        self._part = max(PART, -(-(_LARGEST_UNKNOWN if size < 0 else size) // _MOST_PARTS))
        self._is_small = 0 <= size <= PART
        self._putting: asyncio.Task[Any] | None = None

    async def write(self, offset: int, data: bytes | memoryview) -> None:
        if self._putting is None and not self._is_small:
            self._putting = asyncio.create_task(self._put())
        rest = memoryview(data).cast("B")
        while rest:
            piece = rest[:MIB]
            await self._room(offset)
            async with self._moved:
                self._pieces[offset] = bytes(piece)
                self._moved.notify_all()
            offset, rest = offset + len(piece), rest[len(piece) :]

    async def durable(self) -> str:
        return ""

    async def commit(self, size: int, *, modified: float = 0.0, checksum: str = "") -> Entry:
        async with self._moved:
            self._end = size
            self._moved.notify_all()
        try:
            with told(self._path):
                if self._putting is None:
                    data = b"".join([bytes(piece) async for piece in self._stream()])
                    await obstore.put_async(self._store, self._key, data, use_multipart=False)
                else:
                    await self._putting
        except BaseException:
            await self.abort()
            raise
        return await self._check(checksum)

    async def suspend(self) -> None:
        await self.abort()

    async def abort(self) -> None:
        self._pieces.clear()
        if self._putting is not None:
            self._putting.cancel()
            await asyncio.wait([self._putting])

    async def _put(self) -> None:
        await obstore.put_async(
            self._store,
            self._key,
            self._stream(),
            use_multipart=True,
            chunk_size=self._part,
            max_concurrency=_PARTS_AT_ONCE,
        )

    async def _room(self, offset: int) -> None:
        """Wait until bytes at an offset may be taken. Raises what the store said meanwhile."""
        async with self._moved:
            while offset >= self._taken + WINDOW and not self._is_small:
                self._look()
                try:
                    async with asyncio.timeout(1.0):
                        await self._moved.wait()
                except TimeoutError:
                    continue
        self._look()

    def _look(self) -> None:
        if self._putting is not None and self._putting.done():
            with told(self._path):
                self._putting.result()
            raise Fault("UNKNOWN", f"{self._path!r} was written already")

    async def _stream(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes in their order, as they come."""
        while (piece := await self._next()) is not None:
            yield piece

    async def _next(self) -> bytes | None:
        async with self._moved:
            while True:
                for offset in sorted(self._pieces):
                    if offset > self._taken:
                        break
                    piece = self._pieces.pop(offset)[self._taken - offset :]
                    if piece:
                        self._taken += len(piece)
                        self._moved.notify_all()
                        return piece
                if self._end >= 0:
                    if self._taken != self._end:
                        raise Fault(
                            "FILE_SIZE_CHANGED",
                            f"{self._path!r} has got {self._taken} bytes of {self._end}",
                        )
                    return None
                await self._moved.wait()
