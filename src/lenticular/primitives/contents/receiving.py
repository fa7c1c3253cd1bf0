"""Large bytes on their way into a sealed blob: digested as they came, sealed, and written.

Threads digest and seal a block while the one before is written and the next one comes in.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Collection, Mapping

from lenticular.engines.blobs.contract import BlobStore
from lenticular.engines.blobs.digests import Digests
from lenticular.primitives.contents.records import Received
from lenticular.primitives.contents.sealing import PIECE, Sealer

_BLOCK = 16 * PIECE
"""Bytes that a thread is given at once."""


async def receive_sealed(
    blobs: BlobStore, source: AsyncIterable[bytes], digests: Collection[str], key: bytes
) -> Received:
    """Take a stream into a sealed blob. Raises what `source` raises; nothing is left then."""
    running, sealer = Digests(digests), Sealer(key)
    size = 0

    def seal(block: bytearray, *, is_end: bool) -> bytes:
        running.update(block)
        return sealer.seal(block, is_end=is_end)

    sealing: asyncio.Task[bytes] | None = None
    async with blobs.create() as writer:
        try:
            async for block, is_end in _blocks(source):
                size += len(block)
                sealed = await sealing if sealing is not None else b""
                sealing = asyncio.create_task(asyncio.to_thread(seal, block, is_end=is_end))
                await writer.write(sealed)
            if sealing is not None:
                await writer.write(await sealing)
        finally:
            if sealing is not None and not sealing.done():
                await asyncio.wait([sealing])  # a thread cannot be cancelled
        blob = await writer.commit()
    return Received(size, running.result(), blob=blob.id, salt=sealer.salt)


async def all_chunks(head: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Iterate over what came in already, which is let go then, and what is still to come."""
    while head:
        yield head.pop(0)
    async for chunk in rest:
        yield chunk


def digest_of(data: bytes, names: Collection[str]) -> Mapping[str, bytes]:
    """Return the digests of bytes that came in whole."""
    digests = Digests(names)
    digests.update(data)
    return digests.result()


async def _blocks(source: AsyncIterable[bytes]) -> AsyncIterator[tuple[bytearray, bool]]:
    """Iterate over the bytes in blocks of `_BLOCK`, each with whether it is the last."""
    held = bytearray()
    async for chunk in source:
        held += chunk
        while len(held) > _BLOCK:
            yield held[:_BLOCK], False
            del held[:_BLOCK]
    yield held, True
