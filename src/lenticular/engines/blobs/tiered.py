"""Two blob stores as one: a first, and an archive for what is seldom read.

The id of a blob tells in which of the two it is. Everything is written to the first, but for
what is written to the archive by name (`TieredBlobs.create_archived`).
"""

from collections.abc import AsyncIterator, Collection

from lenticular.engines.blobs.contract import (
    Blob,
    BlobCorrupt,
    BlobEntry,
    BlobStore,
    BlobWriter,
)

_PREFIX = "archive-"


class TieredBlobs(BlobStore):
    """Two blob stores as one."""

    def __init__(self, first: BlobStore, archive: BlobStore) -> None:
        self._first = first
        self._archive = archive

    def create(self, digests: Collection[str] = ()) -> BlobWriter:
        return self._first.create(digests)

    def create_archived(self, digests: Collection[str] = ()) -> BlobWriter:
        """Start a blob in the archive; arguments as `create`."""
        return _ArchiveWriter(self._archive.create(digests))

    def recreate(self, blob_id: str) -> BlobWriter:
        store, own_id = self._find(blob_id)
        writer = store.recreate(own_id)
        return writer if store is self._first else _ArchiveWriter(writer, own_id)

    def is_archived(self, blob_id: str) -> bool:
        """Tell whether a blob is in the archive."""
        return is_archived(blob_id)

    def read(self, blob_id: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        store, own_id = self._find(blob_id)
        return store.read(own_id, start, length)

    async def delete(self, blob_id: str) -> bool:
        store, own_id = self._find(blob_id)
        return await store.delete(own_id)

    async def list(self) -> AsyncIterator[BlobEntry]:
        async for entry in self._first.list():
            yield entry
        async for entry in self._archive.list():
            yield BlobEntry(_PREFIX + entry.id, entry.size, entry.created)

    async def verify(self, blob_id: str) -> int:
        store, own_id = self._find(blob_id)
        try:
            return await store.verify(own_id)
        except BlobCorrupt as error:
            raise BlobCorrupt(str(error).replace(own_id, blob_id)) from error

    async def sweep(self, older_than: float) -> None:
        await self._first.sweep(older_than)
        await self._archive.sweep(older_than)

    async def check(self) -> None:
        """Ask the first store only: the cloud goes on while the archive is away."""
        await self._first.check()

    async def close(self) -> None:
        try:
            await self._first.close()
        finally:
            await self._archive.close()

    def _find(self, blob_id: str) -> tuple[BlobStore, str]:
        if is_archived(blob_id):
            return self._archive, blob_id.removeprefix(_PREFIX)
        return self._first, blob_id


class _ArchiveWriter(BlobWriter):
    """A blob being written into the archive."""

    def __init__(self, writer: BlobWriter, copied: str = "") -> None:
        self._writer = writer
        self._copied = copied

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        await self._writer.write(data)

    async def commit(self) -> Blob:
        try:
            blob = await self._writer.commit()
        except BlobCorrupt as error:
            raise BlobCorrupt(f"{_PREFIX}{self._copied}: {error}") from error
        return Blob(_PREFIX + blob.id, blob.size, blob.digests)

    async def abort(self) -> None:
        await self._writer.abort()


def is_archived(blob_id: str) -> bool:
    """Tell whether a blob of such a store is in the archive."""
    return blob_id.startswith(_PREFIX)
