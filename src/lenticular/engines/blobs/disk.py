"""The blob store in a folder: one file for each blob.

A blob is written to ``incoming/`` and, when it is complete and synced, renamed into one of
256 folders, and that folder is synced. So a crash leaves pieces only in ``incoming/``,
which is emptied by whoever opens the store while nobody else has it open (told by a lock
on the file ``lock``), and swept of what its writer does not lock any more. The name of the
file is the id of the blob, and tells its size and checksum. Writing runs on threads, and so
do the checksum and the digests, on the piece that is just being written. Reading mostly
does not (`openfile`), and gives no byte that was not verified.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from lenticular.engines.blobs.contract import (
    Blob,
    BlobEntry,
    BlobStore,
    BlobWriter,
)
from lenticular.engines.blobs.folder import FANS, BlobFolder
from lenticular.engines.blobs.ids import BlobId
from lenticular.engines.blobs.incoming import IncomingFile
from lenticular.engines.blobs.openfile import OpenBlob, Run

T = TypeVar("T")

PIECE = 1024 * 1024
"""Bytes that are gathered before they are written. A writer holds two pieces at most: one
that is being gathered and one that is being written."""

_AT_REST = 60.0
"""Seconds without a write after which a file may be looked at for a leftover."""

_READING_THREADS = 8
_WRITING_THREADS = 16
"""These mostly wait for a sync, and the more do so at once, the fewer syncs are needed.
Reads have threads of their own, so as not to wait behind them."""


class DiskBlobs(BlobStore):
    """A blob store in a folder."""

    def __init__(self, root: Path) -> None:
        """Open the store, which blocks; on an event loop use `open`."""
        self._folder = BlobFolder(root)
        self._reading = ThreadPoolExecutor(_READING_THREADS, thread_name_prefix="blobs-read")
        self._writing = ThreadPoolExecutor(_WRITING_THREADS, thread_name_prefix="blobs-write")
        self._writers: set[_DiskWriter] = set()
        self._closed = False

    @classmethod
    async def open(cls, root: Path | str) -> Self:
        """Open the store in the folder `root`, and make it if it is not there.

        Only the owner can look into what is made. Raises OSError when that cannot be done.
        """
        return await asyncio.to_thread(cls, Path(root))

    def create(self, digests: Collection[str] = ()) -> BlobWriter:
        return self._write(digests, None)

    def recreate(self, blob_id: str) -> BlobWriter:
        return self._write((), BlobId.parse(blob_id))

    def _write(self, digests: Collection[str], copied: BlobId | None) -> BlobWriter:
        if self._closed:
            raise RuntimeError("the blob store is closed: open it again")
        file = IncomingFile(self._folder, digests, copied)
        writer = _DiskWriter(file, self._run_writing, self._writers.discard)
        self._writers.add(writer)
        return writer

    async def read(
        self, blob_id: str, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        if start < 0 or (length is not None and length < 0):
            raise ValueError(f"a range begins at 0 or later and has no negative length: {start}")
        named = BlobId.parse(blob_id)
        stop = named.size if length is None else min(start + length, named.size)
        descriptor = self._folder.open(blob_id)  # looks up a name, and is not worth a thread
        try:
            async for chunk in OpenBlob(named, descriptor, self._run_reading).chunks(start, stop):
                yield chunk
                await asyncio.sleep(0)  # or one who takes all at once would stop all others
        finally:
            os.close(descriptor)

    async def delete(self, blob_id: str) -> bool:
        return await self._run_writing(self._folder.delete, blob_id)

    async def list(self) -> AsyncIterator[BlobEntry]:
        for number in range(FANS):
            for entry in await self._run_reading(self._folder.entries, number):
                yield entry

    async def verify(self, blob_id: str) -> int:
        return await self._run_reading(self._folder.verify, blob_id)

    async def sweep(self, older_than: float) -> None:
        # What is still being written is told by its lock, which a new file has in a moment.
        await self._run_writing(self._folder.sweep, time.time() - _AT_REST)

    async def check(self) -> None:
        self._folder.check()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for writer in list(self._writers):
            await writer.abort()
        for threads in (self._writing, self._reading):
            await asyncio.to_thread(threads.shutdown)
        self._folder.release()

    def _run_reading(self, fn: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._reading, fn, *arguments)

    def _run_writing(self, fn: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._writing, fn, *arguments)


class _DiskWriter(BlobWriter):
    """Gathers pieces on the event loop, and has them written on threads."""

    def __init__(
        self, file: IncomingFile, run: Run, forget: Callable[["_DiskWriter"], None]
    ) -> None:
        self._file = file
        self._run = run
        self._forget = forget
        self._piece = bytearray(PIECE)
        self._filled = 0
        self._other_piece: bytearray | None = None
        self._writing: asyncio.Future[None] | None = None
        self._ended = False

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        self._check_open()
        rest = memoryview(data).cast("B")
        while rest:
            if self._filled == PIECE:
                await self._hand_over()
            part = rest[: PIECE - self._filled]
            self._piece[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            rest = rest[len(part) :]

    async def commit(self) -> Blob:
        self._check_open()
        try:
            await self._written()
            last = memoryview(self._piece)[: self._filled]
            blob: Blob = await asyncio.shield(self._run(self._file.commit, last))
        except BaseException:
            await self.abort()
            raise
        self._end()
        return blob

    async def abort(self) -> None:
        if not self._ended:
            self._end()
            # Once begun it goes to its end, even if this task is cancelled now.
            await asyncio.shield(self._run(self._file.discard))

    async def _hand_over(self) -> None:
        """Have the piece written, after the one before, whose memory the next one takes."""
        await self._written()
        self._writing = self._run(self._file.append, self._piece)
        self._writing.add_done_callback(_note_outcome)
        self._piece, self._other_piece = self._other_piece or bytearray(PIECE), self._piece
        self._filled = 0

    async def _written(self) -> None:
        """Wait until what was handed over is written. Raises the OSError if it was not."""
        if self._writing is not None:
            await asyncio.shield(self._writing)

    def _end(self) -> None:
        self._ended = True
        self._forget(self)

    def _check_open(self) -> None:
        if self._ended:
            raise RuntimeError("the blob was committed or aborted: create another")


def _note_outcome(writing: asyncio.Future[None]) -> None:
    # What went wrong is raised by the writer's next call; if none comes, nobody cares.
    if not writing.cancelled():
        writing.exception()
