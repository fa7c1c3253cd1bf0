"""The blob store in memory keeps the contract."""

import pytest

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.testing.conformance_blobs import BlobStoreConformance


class TestMemoryBlobs(BlobStoreConformance):
    @pytest.fixture
    def open_blobs(self):
        async def open_blobs():
            return MemoryBlobs()

        return open_blobs

    @pytest.fixture
    def damage(self):
        def damage(store, blob_id, change):
            store._blobs[blob_id] = change(store._blobs[blob_id])

        return damage
