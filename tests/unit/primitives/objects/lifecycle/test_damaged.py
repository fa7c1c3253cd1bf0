"""Archived objects whose bytes are damaged, and those that ask again and again."""

import pytest

from lenticular.engines.blobs.contract import BlobCorrupt
from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.blobs.tiered import TieredBlobs
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import Attributes
from lenticular.primitives.objects.lifecycle import restoration
from lenticular.testing.values import stream

NOW = 2_000_000_000.0


class Damaged(MemoryBlobs):
    """Blobs of which the first cannot be read."""

    def read(self, blob_id, start=0, length=None):
        if blob_id == min(self.ids):
            raise BlobCorrupt(blob_id)
        return super().read(blob_id, start, length)

    def __init__(self):
        super().__init__()
        self.ids = []


@pytest.fixture
def near():
    return Damaged()


@pytest.fixture
def contents(store, near):
    blobs = TieredBlobs(near, MemoryBlobs())
    return Contents(store, blobs, small=100, grace=0, tiers=blobs)


@pytest.fixture
def begin(storage, alice, bucket):
    async def begin(key, days=1):
        return await storage.lifecycles.restorations.begin(alice, bucket, key, None, days, now=NOW)

    return begin


@pytest.fixture
def put(storage, alice, bucket):
    async def put(key):
        attributes = Attributes(storage_class="GLACIER")
        await storage.objects.put(alice, bucket, key, stream(b"x" * 500), attributes)

    return put


async def test_one_object_that_cannot_be_read_keeps_no_other_from_the_archive(
    storage, near, put, caplog
):
    for key in ("first", "second", "third"):
        await put(key)
    near.ids = [entry.id async for entry in near.list()]
    assert await storage.lifecycles.archiving.run() == 2
    assert "an object was not archived" in caplog.text


async def test_who_asks_again_and_again_leaves_one_entry(storage, store, put, begin):
    await put("key")
    await begin("key")
    await storage.lifecycles.restorations.advance(NOW + 5)
    for days in range(2, 30):
        await begin("key", days)
    entries = await store.read(lambda reader: reader.range(*restoration._QUEUE.range()))
    assert len(entries) == 1
