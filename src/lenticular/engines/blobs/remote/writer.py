"""A blob on its way to a remote store: gathered in pieces, which go out beside one another."""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any

from lenticular.engines.blobs.contract import Blob, BlobStoreUnavailable, BlobWriter
from lenticular.engines.blobs.digests import Digests
from lenticular.engines.blobs.ids import CHECKSUM, BlobId
from lenticular.engines.blobs.remote.bucket import Bucket
from lenticular.engines.blobs.remote.layout import (
    PIECE,
    Upload,
    blob_path,
    piece_path,
    pieces_folder,
)

Afterwards = Callable[[Coroutine[Any, Any, None]], object]
"""Runs something that nobody waits for, before the store is closed."""


class RemoteWriter(BlobWriter):
    """Gathers one piece and has those before it sent.

    `room` is what all writers together may have on the way; who finds none waits, and so
    does the client. What is `copied` has its id already.
    """

    def __init__(
        self,
        bucket: Bucket,
        room: asyncio.Semaphore,
        digests: Collection[str],
        copied: BlobId | None,
        afterwards: Afterwards,
        forget: Callable[["RemoteWriter"], None],
    ) -> None:
        self.nonce = secrets.randbits(64) if copied is None else copied.nonce
        self._copied = copied
        self._bucket = bucket
        self._room = room
        self._names = tuple(digests)
        self._digests = Digests({*digests, CHECKSUM})
        self._afterwards = afterwards
        self._forget = forget
        self._piece = bytearray()
        self._pieces = 0
        self._upload: Upload | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._committing: asyncio.Task[Blob] | None = None
        self._failure: Exception | None = None
        self._blob_id = ""
        self._ended = False

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        self._check_open()
        rest = memoryview(data).cast("B")
        while rest:
            if len(self._piece) == PIECE:
                await self._hand_over()
            part = rest[: PIECE - len(self._piece)]
            self._piece += part
            rest = rest[len(part) :]

    async def commit(self) -> Blob:
        self._check_open()
        self._committing = asyncio.create_task(self._commit())
        try:
            blob = await asyncio.shield(self._committing)
            self._check_open()  # the store may have been closed meanwhile
        except BaseException:
            await self.abort()
            raise
        self._end()
        return blob

    async def abort(self) -> None:
        if not self._ended:
            self._end()
            # Nobody has to wait for it, least of all while the store does not answer.
            self._afterwards(self._discard())

    async def _hand_over(self) -> None:
        """Have the piece sent, and go on when it is digested."""
        self._check_sent()
        if self._upload is None:
            self._upload = Upload.new(self.nonce)
            await self._bucket.put(self._upload.path, b"")
        await self._room.acquire()
        piece, self._piece = self._piece, bytearray()
        path = piece_path(self.nonce, self._pieces)
        sending = asyncio.create_task(self._send(path, piece))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
        self._pieces += 1
        await asyncio.to_thread(self._digests.update, piece)

    async def _send(self, path: str, piece: bytearray) -> None:
        try:
            await self._bucket.put(path, piece)
        except BlobStoreUnavailable as error:
            self._failure = error  # raised by the writer's next call
        finally:
            self._room.release()

    async def _commit(self) -> Blob:
        await asyncio.to_thread(self._digests.update, self._piece)
        await asyncio.gather(*self._sending)
        self._check_sent()
        size = self._pieces * PIECE + len(self._piece)
        results = self._digests.result()
        now = time.time_ns() // 1_000_000
        named = self._copied or BlobId(now, self.nonce, size, results[CHECKSUM])
        named.check(size, results[CHECKSUM])
        self._blob_id = str(named)
        await self._bucket.put(blob_path(self._blob_id), self._piece)
        if self._upload is not None:
            with suppress(BlobStoreUnavailable):  # a sweep sees that the blob is there
                await self._bucket.delete(self._upload.path)
        return Blob(self._blob_id, size, {name: results[name] for name in self._names})

    async def _discard(self) -> None:
        """Remove what was sent, once nothing is on its way any more."""
        if self._committing is not None:
            await asyncio.wait([self._committing])
        await asyncio.gather(*self._sending)
        if self._blob_id:
            await self._bucket.delete(blob_path(self._blob_id))
        if self._upload is not None:
            await self._bucket.delete_below(pieces_folder(self.nonce))
            await self._bucket.delete(self._upload.path)

    def _end(self) -> None:
        self._ended = True
        self._forget(self)

    def _check_sent(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _check_open(self) -> None:
        if self._ended:
            raise RuntimeError("the blob was committed or aborted: create another")
