"""With a store of its own for the archive: bytes go there, and come back as restored copies."""

import pytest

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.blobs.tiered import TieredBlobs
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import Attributes, CompletedPart, Source, completion
from lenticular.primitives.objects.errors import ObjectArchived
from lenticular.primitives.objects.lifecycle.rules import BY_CLASS, Lifecycle, Transition
from lenticular.testing.values import collect, stream

NOW = 2_000_000_000.0
DATA = b"x" * 500


@pytest.fixture
def near():
    return MemoryBlobs()


@pytest.fixture
def far():
    return MemoryBlobs()


@pytest.fixture
def contents(store, near, far):
    blobs = TieredBlobs(near, far)
    return Contents(store, blobs, small=100, grace=0, tiers=blobs)


@pytest.fixture
def put(storage, alice, bucket):
    async def put(key="key", data=DATA, storage_class="GLACIER"):
        attributes = Attributes(storage_class=storage_class)
        stored = await storage.objects.put(alice, bucket, key, stream(data), attributes)
        return stored.version

    return put


@pytest.fixture
def held(contents, near, far):
    """How many blobs are near and far, once the sweeper was there."""

    async def held():
        await contents.sweep(NOW * 2)
        return [len([entry async for entry in blobs.list()]) for blobs in (near, far)]

    return held


@pytest.fixture
def read(storage, alice, bucket):
    async def read(key="key", start=0, length=None):
        found = await storage.objects.get(alice, bucket, key)
        return await collect(storage.objects.read(found, start, length))

    return read


@pytest.fixture
def restore(storage, alice, bucket):
    async def restore(key="key"):
        jobs = storage.lifecycles.restorations
        await jobs.begin(alice, bucket, key, None, 1, now=NOW)
        assert await jobs.advance(NOW + 5) == 1

    return restore


async def test_bytes_go_to_the_archive_and_a_copy_comes_back(storage, put, held, restore, read):
    await put()
    assert await held() == [1, 0]
    assert await storage.lifecycles.archiving.run() == 1
    assert await held() == [0, 1]
    assert await storage.lifecycles.archiving.run() == 0
    with pytest.raises(ObjectArchived):
        await read()
    await restore()
    assert await held() == [1, 1]
    assert await read(start=10, length=20) == DATA[10:30]
    assert await storage.lifecycles.archiving.run() == 0
    assert await storage.lifecycles.restorations.advance(NOW * 2) == 1
    assert await held() == [0, 1]
    with pytest.raises(ObjectArchived):
        await read()


async def test_rules_bring_bytes_there(storage, alice, bucket, put, held, rule):
    version = await put(storage_class="STANDARD")
    assert await storage.lifecycles.archiving.run() == 0
    moves = rule(transitions=(Transition("DEEP_ARCHIVE", 1),))
    await storage.lifecycles.put(alice, bucket, Lifecycle((moves,), BY_CLASS))
    assert await storage.lifecycles.worker.run(version.modified / 1000 + 3 * 86_400) == 1
    assert await storage.lifecycles.archiving.run() == 1
    assert await held() == [0, 1]


async def test_parts_stay_parts(storage, alice, bucket, held, restore, read, monkeypatch):
    monkeypatch.setattr(completion, "SMALLEST_PART", 10)
    attributes = Attributes(storage_class="GLACIER")
    upload = await storage.uploads.create(alice, bucket, "key", attributes)
    parts = []
    for number, data in enumerate((b"a" * 500, b"small part", b"c" * 300), start=1):
        made = await storage.uploads.put_part(alice, bucket, "key", upload.id, number, stream(data))
        parts.append(CompletedPart(number, made.etag))
    await storage.uploads.complete(alice, bucket, "key", upload.id, parts)
    assert await storage.lifecycles.archiving.run() == 1
    assert await held() == [0, 2]
    await restore()
    assert await read(start=499, length=12) == b"a" + b"small part" + b"c"
    found = await storage.objects.get(alice, bucket, "key", load=False)
    assert [part.size for part in await storage.objects.parts(found)] == [500, 10, 300]


async def test_small_values_stay_where_they_are(storage, put, held, restore, read):
    await put(data=b"small")
    assert await storage.lifecycles.archiving.run() == 0
    await restore()
    assert await read() == b"small"
    assert await held() == [0, 0]


async def test_a_deleted_object_leaves_nothing(storage, alice, bucket, put, held, restore):
    await put()
    await storage.lifecycles.archiving.run()
    await restore()
    assert await held() == [1, 1]
    await storage.deletions.delete(alice, bucket, "key")
    assert await held() == [0, 0]
    assert await storage.lifecycles.restorations.advance(NOW * 2) == 0


async def test_a_blob_that_others_use_stays_for_them(storage, alice, bucket, put, held, read):
    await put("here", storage_class="STANDARD")
    await storage.copies.copy(
        alice, Source(bucket, "here"), bucket, "there", storage_class="GLACIER"
    )
    assert await storage.lifecycles.archiving.run() == 1
    assert await held() == [1, 1]
    assert await read("here") == DATA


async def test_what_is_deleted_meanwhile_is_not_archived(
    storage, store, alice, bucket, put, held, monkeypatch
):
    await put()
    copy = storage.lifecycles.archiving._relocation.copy

    async def slow_copy(content, *, archived):
        copies = await copy(content, archived=archived)
        await storage.deletions.delete(alice, bucket, "key")
        return copies

    monkeypatch.setattr(storage.lifecycles.archiving._relocation, "copy", slow_copy)
    assert await storage.lifecycles.archiving.run() == 0
    assert await held() == [0, 0]
