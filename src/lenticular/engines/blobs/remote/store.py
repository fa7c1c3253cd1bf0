"""The blobs of one cloud in a bucket of another store.

Memory is bounded: each writer gathers one piece, all of them together have `ON_THE_WAY`
pieces on the way, and a read holds what has just arrived. What is read whole is checked
against the checksum in its id before its last chunk is handed out.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine
from typing import Any

import msgspec

from lenticular.engines.blobs.contract import (
    BlobCorrupt,
    BlobEntry,
    BlobNotFound,
    BlobStore,
    BlobStoreUnavailable,
    BlobWriter,
)
from lenticular.engines.blobs.digests import Digests
from lenticular.engines.blobs.ids import CHECKSUM, BlobId
from lenticular.engines.blobs.remote.bucket import Bucket, BucketMissing
from lenticular.engines.blobs.remote.layout import (
    BLOBS,
    MARKER,
    PIECE,
    UPLOADS,
    Stretch,
    Upload,
    blob_path,
    pieces_folder,
    stretches,
)
from lenticular.engines.blobs.remote.writer import RemoteWriter

ON_THE_WAY = 8
"""Pieces that all writers together have on the way to the store."""

_CHECK_PATIENCE = 5.0
"""Seconds that `check` waits: whoever asks for the health of the cloud does not wait longer."""

_CHECK_HOLDS = 5.0
"""Seconds for which what `check` found is believed: it may be asked by anybody."""

_log = logging.getLogger("lenticular.blobs")


class ForeignStore(RuntimeError):
    """What lies there are not the blobs of this cloud; the message says what to do."""


class Marker(msgspec.Struct, frozen=True):
    """What ``lenticular.json`` says."""

    cloud: str
    about: str = "Blobs of a Lenticular cloud. Whoever changes or removes anything here loses data."
    moved_to: str = ""
    """Where the cloud has its blobs since it left; empty: here."""


class RemoteBlobs(BlobStore):
    """A blob store in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._room = asyncio.Semaphore(ON_THE_WAY)
        self._writers: set[RemoteWriter] = set()
        self._readers: Counter[str] = Counter()
        self._doomed: set[str] = set()
        """Blobs that are deleted, or will be when nobody reads them any more."""
        self._afterwards: set[asyncio.Task[None]] = set()
        self._checked = -_CHECK_HOLDS
        self._problem = ""
        self._closed = False

    async def join(self, cloud: str, *, begin: bool) -> None:
        """Make sure that the bucket holds the blobs of `cloud`, an id that no other cloud has.

        Two clouds must not share a place: each would sweep away the blobs of the other. A
        place that is unclaimed, or was left, is claimed with `begin`. Raises `ForeignStore`
        when it is another's, or should be this cloud's and is not, any more; also when there
        is no such bucket: that is an answer, and not a store that is away.
        """
        try:
            found = await self._bucket.get(MARKER)
        except BucketMissing as error:
            raise ForeignStore(str(error)) from None
        if found is None and begin:
            await self._bucket.put_first(MARKER, _written(Marker(cloud)))
            found = await self._bucket.get(MARKER)
        if found is None:
            raise ForeignStore(
                f"{self._bucket.name} has no {MARKER}, so this cloud's blobs are not there: "
                f"set blob_store to where they are"
            )
        marker = _read(found)
        if marker.cloud != cloud:
            raise ForeignStore(
                f"{self._bucket.name} holds the blobs of another cloud: choose another prefix"
            )
        if marker.moved_to and not begin:
            raise ForeignStore(
                f"the blobs of this cloud have moved from {self._bucket.name} to "
                f"{marker.moved_to}: set blob_store to that"
            )
        if marker.moved_to:
            await self._bucket.put(MARKER, _written(Marker(cloud)))

    async def leave(self, cloud: str, to: str) -> None:
        """Note that `cloud` has moved to another place: it is let in here with `begin` only."""
        await self._bucket.put(MARKER, _written(Marker(cloud, moved_to=to)))

    def create(self, digests: Collection[str] = ()) -> BlobWriter:
        return self._write(digests, None)

    def recreate(self, blob_id: str) -> BlobWriter:
        return self._write((), BlobId.parse(blob_id))

    def _write(self, digests: Collection[str], copied: BlobId | None) -> BlobWriter:
        if self._closed:
            raise RuntimeError("the blob store is closed: open it again")
        writer = RemoteWriter(
            self._bucket, self._room, digests, copied, self._do_afterwards, self._writers.discard
        )
        self._writers.add(writer)
        return writer

    async def read(
        self, blob_id: str, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        if start < 0 or (length is not None and length < 0):
            raise ValueError(f"a range begins at 0 or later and has no negative length: {start}")
        named = BlobId.parse(blob_id)
        stop = named.size if length is None else min(start + length, named.size)
        if blob_id in self._doomed:
            raise _not_found(blob_id)
        self._readers[blob_id] += 1
        try:
            if start >= stop:
                await self._check_empty(blob_id, named.size)
            digests = Digests([CHECKSUM])
            whole = stop - start == named.size
            for stretch in stretches(blob_id, start, stop):
                async for chunk in self._stretch(blob_id, stretch):
                    start += len(chunk)
                    if whole:
                        digests.update(chunk)
                        if start == stop and digests.result()[CHECKSUM] != named.checksum:
                            raise BlobCorrupt(
                                f"the bytes of blob {blob_id} are not those that were written"
                            )
                    yield chunk
        finally:
            self._let_go(blob_id)

    async def _check_empty(self, blob_id: str, size: int) -> None:
        """Of what gives no byte: whether it is there, and empty if it should be."""
        found = await self._bucket.size(blob_path(blob_id))
        if found is None:
            raise _not_found(blob_id)
        if size == 0 and found:
            raise BlobCorrupt(f"blob {blob_id} has {found} bytes instead of none")

    async def _stretch(self, blob_id: str, stretch: Stretch) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._bucket.read(stretch):
                yield chunk
        except BlobCorrupt as error:
            raise BlobCorrupt(f"blob {blob_id}: {error}") from None
        except FileNotFoundError:
            path = blob_path(blob_id)
            if stretch.path == path or await self._bucket.size(path) is None:
                raise _not_found(blob_id) from None
            raise BlobCorrupt(f"of blob {blob_id} {stretch.path} is missing") from None

    def _let_go(self, blob_id: str) -> None:
        self._readers[blob_id] -= 1
        if not self._readers[blob_id]:
            del self._readers[blob_id]
            if blob_id in self._doomed:
                self._do_afterwards(self._remove(blob_id))

    async def delete(self, blob_id: str) -> bool:
        try:
            BlobId.parse(blob_id)
        except BlobNotFound:
            return False
        if blob_id in self._doomed:
            return False
        self._doomed.add(blob_id)
        try:
            found = await self._bucket.size(blob_path(blob_id)) is not None
        except BaseException:
            self._doomed.discard(blob_id)
            raise
        if not found:
            self._doomed.discard(blob_id)
        elif blob_id not in self._readers:
            await self._remove(blob_id)
        return found

    async def _remove(self, blob_id: str) -> None:
        """Remove a doomed blob: the pieces first, for then what a crash leaves is still listed."""
        try:
            named = BlobId.parse(blob_id)
            if named.size > PIECE:
                await self._bucket.delete_below(pieces_folder(named.nonce))
            await self._bucket.delete(blob_path(blob_id))
        finally:
            self._doomed.discard(blob_id)

    async def list(self) -> AsyncIterator[BlobEntry]:
        async for name in self._bucket.names(BLOBS):
            try:
                named = BlobId.parse(name)
            except BlobNotFound:
                continue  # somebody else's
            if name not in self._doomed:
                yield BlobEntry(name, named.size, named.created)

    async def verify(self, blob_id: str) -> int:
        size = 0
        async for chunk in self.read(blob_id):
            size += len(chunk)
        return size

    async def sweep(self, older_than: float) -> None:
        running = {writer.nonce for writer in self._writers}
        uploads = [Upload.parse(name) async for name in self._bucket.names(UPLOADS)]
        unfinished = {
            upload.nonce: upload
            for upload in uploads
            if upload and upload.began_ms < older_than * 1000 and upload.nonce not in running
        }
        if not unfinished:
            return
        finished = {BlobId.parse(entry.id).nonce async for entry in self.list()}
        for upload in unfinished.values():
            if upload.nonce not in finished:
                await self._bucket.delete_below(pieces_folder(upload.nonce))
            await self._bucket.delete(upload.path)

    async def check(self) -> None:
        if time.monotonic() - self._checked >= _CHECK_HOLDS:
            self._problem = ""
            try:
                async with asyncio.timeout(_CHECK_PATIENCE):
                    await self._bucket.get(MARKER)  # a HEAD does not tell whether there is a bucket
            except TimeoutError:
                self._problem = f"{self._bucket.name}: no answer in {_CHECK_PATIENCE:.0f} s"
            except BlobStoreUnavailable as error:
                self._problem = str(error)
            self._checked = time.monotonic()
        if self._problem:
            raise BlobStoreUnavailable(self._problem)

    async def close(self) -> None:
        self._closed = True
        for writer in list(self._writers):
            await writer.abort()
        await asyncio.gather(*self._afterwards)

    def _do_afterwards(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_attempt(work))
        self._afterwards.add(task)
        task.add_done_callback(self._afterwards.discard)


async def _attempt(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except BlobStoreUnavailable as error:
        _log.warning("left for the sweep of orphans: %s", error)


def _written(marker: Marker) -> bytes:
    return msgspec.json.format(msgspec.json.encode(marker))


def _read(marker: bytes) -> Marker:
    try:
        return msgspec.json.decode(marker, type=Marker)
    except msgspec.DecodeError:
        return Marker("")


def _not_found(blob_id: str) -> BlobNotFound:
    return BlobNotFound(f"no blob has the id {blob_id!r}")
