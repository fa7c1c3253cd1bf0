"""Brings the bytes of a request's body to where they are written, block by block."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from lenticular.agent.serving.digests import Digests
from lenticular.agent.serving.gate import Visit
from lenticular.apis.http import Body

BLOCK: Final = 1024 * 1024
"""Bytes that are written at once: while they are, the next ones come in."""

Write = Callable[[int, bytes], Awaitable[None]]
"""Writes bytes at an offset."""


class BlockWriter:
    """Gathers bytes that follow each other into blocks, and writes one while another comes in."""

    def __init__(self, write: Write, offset: int = 0) -> None:
        self._write = write
        self._offset = offset
        self._gathered: list[bytes | memoryview] = []
        self._size = 0
        self._writing: asyncio.Task[None] | None = None

    async def add(self, data: bytes | memoryview) -> None:
        """Take the next bytes. Raises what the writing of earlier ones raised."""
        self._gathered.append(data)
        self._size += len(data)
        if self._size >= BLOCK:
            await self._pass_on()

    async def go_to(self, offset: int) -> None:
        """Let what comes next be written at an offset. Raises as `add`."""
        if offset != self._offset + self._size:
            if self._size:
                await self._pass_on()
            self._offset = offset

    async def flush(self) -> None:
        """Return once all was written. Raises what that raised."""
        if self._size:
            await self._pass_on()
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    async def abandon(self) -> None:
        """Wait for the write that is under way, however it ends."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
            self._writing.exception()

    async def _pass_on(self) -> None:
        block = b"".join(self._gathered)
        offset, self._offset = self._offset, self._offset + len(block)
        self._gathered, self._size = [], 0
        if self._writing is not None:
            await self._writing
        self._writing = asyncio.ensure_future(self._write(offset, block))


async def write_body(body: Body, visit: Visit, write: Write, digests: Digests) -> int:
    """Write a body from offset 0, for as long as the visitor may; return its size.

    Raises `Fault`, `Refusal` when the visitor may no more, and `BodyTruncated`.
    """
    blocks = BlockWriter(write)
    size = 0
    try:
        async for chunk in body:
            size += len(chunk)
            if digests:
                digests.update(chunk)
            await visit.renew()
            await blocks.add(chunk)
        await blocks.flush()
    except BaseException:
        await blocks.abandon()
        raise
    return size
