"""The blob store in memory: for tests, and for what need not outlive the process."""

from collections.abc import AsyncIterator, Collection

from lenticular.engines.blobs.contract import (
    Blob,
    BlobEntry,
    BlobNotFound,
    BlobStore,
    BlobWriter,
)
from lenticular.engines.blobs.digests import Digests
from lenticular.engines.blobs.ids import CHECKSUM, BlobId

_CHUNK = 256 * 1024
"""Bytes of a chunk that `MemoryBlobs.read` gives."""


class MemoryBlobs(BlobStore):
    """A blob store that is gone when it is closed."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}
        self._writers: set[_MemoryWriter] = set()
        self._closed = False

    def create(self, digests: Collection[str] = ()) -> BlobWriter:
        return self._write(digests, None)

    def recreate(self, blob_id: str) -> BlobWriter:
        return self._write((), BlobId.parse(blob_id))

    def _write(self, digests: Collection[str], copied: BlobId | None) -> BlobWriter:
        if self._closed:
            raise RuntimeError("the blob store is closed: open a new one")
        writer = _MemoryWriter(self._blobs, self._writers, digests, copied)
        self._writers.add(writer)
        return writer

    async def read(
        self, blob_id: str, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        data = self._find(blob_id)
        if start < 0 or (length is not None and length < 0):
            raise ValueError(f"a range begins at 0 or later and has no negative length: {start}")
        stop = len(data) if length is None else min(start + length, len(data))
        for begin in range(start, stop, _CHUNK):
            yield data[begin : min(begin + _CHUNK, stop)]

    async def delete(self, blob_id: str) -> bool:
        return self._blobs.pop(blob_id, None) is not None

    async def list(self) -> AsyncIterator[BlobEntry]:
        for blob_id in list(self._blobs):
            named = BlobId.parse(blob_id)
            yield BlobEntry(blob_id, named.size, named.created)

    async def verify(self, blob_id: str) -> int:
        data = self._find(blob_id)
        named = BlobId.parse(blob_id)
        digests = Digests([CHECKSUM])
        digests.update(data)
        named.check(len(data), digests.result()[CHECKSUM])
        return len(data)

    async def sweep(self, older_than: float) -> None:
        """Do nothing: what was not committed is gone with its writer."""

    async def check(self) -> None:
        """Return: memory always answers."""

    async def close(self) -> None:
        self._closed = True
        for writer in list(self._writers):
            await writer.abort()
        self._blobs.clear()

    def _find(self, blob_id: str) -> bytes:
        try:
            return self._blobs[blob_id]
        except KeyError:
            raise BlobNotFound(f"no blob has the id {blob_id!r}") from None


class _MemoryWriter(BlobWriter):
    def __init__(
        self,
        blobs: dict[str, bytes],
        writers: "set[_MemoryWriter]",
        digests: Collection[str],
        copied: BlobId | None,
    ) -> None:
        self._blobs = blobs
        self._writers = writers
        self._names = tuple(digests)
        self._digests = Digests({*digests, CHECKSUM})
        self._copied = copied
        self._data = bytearray()
        self._ended = False

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        self._check_open()
        self._digests.update(data)
        self._data += data

    async def commit(self) -> Blob:
        self._check_open()
        results = self._digests.result()
        size = len(self._data)
        blob_id = self._copied or BlobId.new(size, results[CHECKSUM])
        try:
            blob_id.check(size, results[CHECKSUM])
            self._blobs[str(blob_id)] = bytes(self._data)
        finally:
            await self.abort()
        return Blob(str(blob_id), size, {name: results[name] for name in self._names})

    async def abort(self) -> None:
        self._ended = True
        self._data.clear()
        self._writers.discard(self)

    def _check_open(self) -> None:
        if self._ended:
            raise RuntimeError("the blob was committed or aborted: create another")
