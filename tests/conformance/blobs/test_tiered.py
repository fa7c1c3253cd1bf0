"""Two blob stores as one keep the contract, in whichever of them a blob is."""

import pytest

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.blobs.tiered import TieredBlobs
from lenticular.testing.conformance_blobs import BlobStoreConformance, read_blob, store_blob


class TestFirstTier(BlobStoreConformance):
    @pytest.fixture
    def open_blobs(self):
        async def open_blobs():
            return TieredBlobs(MemoryBlobs(), MemoryBlobs())

        return open_blobs

    @pytest.fixture
    def damage(self):
        def damage(store, blob_id, change):
            held, own_id = store._find(blob_id)
            held._blobs[own_id] = change(held._blobs[own_id])

        return damage


class ArchiveFirst(TieredBlobs):
    """Writes everything to the archive."""

    def create(self, digests=()):
        return self.create_archived(digests)


class TestArchive(TestFirstTier):
    @pytest.fixture
    def open_blobs(self):
        async def open_blobs():
            return ArchiveFirst(MemoryBlobs(), MemoryBlobs())

        return open_blobs


async def test_ids_tell_where_a_blob_is():
    first, archive = MemoryBlobs(), MemoryBlobs()
    store = TieredBlobs(first, archive)
    near = await store_blob(store, b"near")
    async with store.create_archived() as writer:
        await writer.write(b"far")
        far = await writer.commit()
    assert (store.is_archived(near.id), store.is_archived(far.id)) == (False, True)
    assert [entry.id async for entry in first.list()] == [near.id]
    assert [entry.size async for entry in archive.list()] == [3]
    assert {entry.id async for entry in store.list()} == {near.id, far.id}
    assert await read_blob(store, far.id) == b"far"
    assert await store.delete(far.id)
    assert [entry async for entry in archive.list()] == []
