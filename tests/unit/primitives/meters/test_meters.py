"""The meters: nothing is lost between memory and store, and levels are held to the truth."""

import asyncio
import random

import pytest
from msgspec.structs import replace

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.contract import StoreFailed
from lenticular.engines.kv.keys import Subspace
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Contents
from lenticular.primitives.meters import (
    BYTES_OUT,
    HOUR,
    READ,
    STORAGE,
    WRITE,
    Line,
    Meters,
    levels,
    usage,
)
from lenticular.primitives.objects import (
    ENABLED,
    SUSPENDED,
    Attributes,
    CompletedPart,
    ObjectStorage,
    Source,
)
from lenticular.primitives.objects.census import census
from lenticular.primitives.objects.holdings import holder
from lenticular.testing.values import make_principal, stream

ACCOUNT = "111111111111"
NOW = 1_700_000_000.0
HOURS = (0, 10**7)


def everything(hour, line):
    return hour, line


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def meters(store):
    return Meters(store, clock=lambda: NOW)


GET = usage("objects", READ, ACCOUNT, "arn:alice", "roads", 1, 0)


async def test_what_is_counted_is_told_before_and_after_it_is_stored(meters):
    meters.count(GET, 1, 100, NOW)
    meters.count(GET, 2, 50, NOW)
    meters.count(GET, 1, 7, NOW - 3600)
    hour = int(NOW // 3600)
    expected = {
        (hour, Line(ACCOUNT, "objects", READ, "arn:alice", "roads")): 3,
        (hour, Line(ACCOUNT, "objects", BYTES_OUT, "arn:alice", "roads")): 150,
        (hour - 1, Line(ACCOUNT, "objects", READ, "arn:alice", "roads")): 1,
        (hour - 1, Line(ACCOUNT, "objects", BYTES_OUT, "arn:alice", "roads")): 7,
    }
    assert await meters.totals(ACCOUNT, *HOURS, everything) == expected
    await meters.flush()
    assert await meters.totals(ACCOUNT, *HOURS, everything) == expected
    meters.count(GET, 1, 0, NOW)
    await meters.flush()
    assert (await meters.totals(ACCOUNT, *HOURS, lambda _, line: line.meter))[READ] == 5


async def test_only_the_hours_and_the_account_that_are_asked_for(meters):
    hour = int(NOW // 3600)
    for account in (ACCOUNT, "222222222222"):
        for back in range(3):
            of_account = usage("objects", WRITE, account, "")
            meters.count(of_account, 10**back, 0, NOW - 3600 * back)
    await meters.flush()
    meters.count(usage("objects", WRITE, ACCOUNT, ""), 5, 0, NOW - 3600)
    total = await meters.totals(ACCOUNT, hour - 1, hour, lambda _, line: line.account_id)
    assert total == {ACCOUNT: 15}


async def test_what_the_store_does_not_take_stays_counted(meters, store, monkeypatch):
    meters.count(GET, 1, 0, NOW)

    async def fail(fn):
        meters.count(GET, 10, 0, NOW)  # while the transaction is under way
        raise StoreFailed("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "transact", fail)
        with pytest.raises(StoreFailed):
            await meters.flush()
    await meters.flush()
    assert (await meters.totals(ACCOUNT, *HOURS, lambda _, line: line.meter))[READ] == 11


async def test_totals_miss_nothing_that_is_being_written(meters, store, monkeypatch):
    transact, begun, go_on = store.transact, asyncio.Event(), asyncio.Event()

    async def slow(fn):
        begun.set()
        await go_on.wait()
        return await transact(fn)

    monkeypatch.setattr(store, "transact", slow)
    meters.count(GET, 1, 0, NOW)
    flushing = asyncio.create_task(meters.flush())
    await begun.wait()
    asking = asyncio.create_task(meters.totals(ACCOUNT, *HOURS, lambda _, line: line.meter))
    meters.count(GET, 1, 0, NOW)
    await asyncio.sleep(0)
    go_on.set()
    assert (await asking)[READ] == 2
    await flushing


@pytest.fixture
def storage(store):
    return ObjectStorage(store, Contents(store, MemoryBlobs(), small=100, grace=0))


async def sizes(store):
    found = await store.read(lambda reader: list(levels.everywhere(reader)))
    return [level.size for _, level in found]


@pytest.mark.parametrize("seed", range(3))
async def test_levels_are_what_a_census_counts(store, storage, seed):
    """Two hundred operations of every kind that changes how many bytes are kept."""
    chance, alice = random.Random(seed), make_principal("alice")
    for name in ("first", "second"):
        await storage.buckets.create(alice, name, region="us-east-1")
    meters = Meters(store, (census,))
    uploads = []

    async def put(bucket, key):
        await storage.objects.put(alice, bucket, key, stream(b"x" * chance.randrange(200)), AS_IS)

    async def delete(bucket, key):
        versions = await storage.listings.list_versions(alice, bucket)
        ids = [found.version_id for named, found, _ in versions.versions if named == key]
        await storage.deletions.delete(alice, bucket, key, chance.choice([None, *ids]))

    async def copy(bucket, key):
        await put(bucket, key)
        await storage.copies.copy(alice, Source(bucket, key), "first", "copy")

    async def switch(bucket, key):
        versioning = chance.choice([ENABLED, SUSPENDED])
        await storage.buckets.change(
            alice,
            bucket,
            lambda record: replace(record, versioning=versioning),
            "s3:PutBucketVersioning",
        )

    async def begin(bucket, key):
        uploads.append((bucket, key, (await storage.uploads.create(alice, bucket, key, AS_IS)).id))

    async def part(bucket, key):
        if uploads:
            data = stream(b"x" * chance.randrange(200))
            await storage.uploads.put_part(
                alice, *chance.choice(uploads), chance.choice((1, 2)), data
            )

    async def end(bucket, key):
        if not uploads:
            return
        upload = uploads.pop(chance.randrange(len(uploads)))
        page = await storage.uploads.list_parts(alice, *upload)
        named = [CompletedPart(number, each.etag) for number, each in page.parts[:1]]
        if named and chance.random() < 0.7:
            await storage.uploads.complete(alice, *upload, named)
        else:
            await storage.uploads.abort(alice, *upload)

    for _ in range(200):
        operation = chance.choice([put, put, put, delete, delete, copy, switch, begin, part, end])
        await operation(chance.choice(["first", "second"]), chance.choice("abc"))
    assert await meters.reconcile() == []
    assert sum(await sizes(store)) > 0


AS_IS = Attributes()


async def test_a_wrong_level_is_found_corrected_and_reported(store, storage, caplog):
    alice = make_principal("alice")
    bucket = await storage.buckets.create(alice, "samples", region="us-east-1")
    await storage.objects.put(alice, "samples", "a", stream(b"x" * 70), AS_IS)
    meters = Meters(store, (census,))
    await store.transact(lambda tx: levels.change(tx, holder(bucket), 5))
    assert await meters.reconcile() == [(holder(bucket), -5)]
    assert await sizes(store) == [70]
    assert "wrong by -5 bytes" in caplog.text
    assert await meters.reconcile() == []


async def test_a_folder_from_before_the_meters_is_counted_once(store, storage, caplog):
    alice = make_principal("alice")
    bucket = await storage.buckets.create(alice, "samples", region="us-east-1")
    await storage.objects.put(alice, "samples", "a", stream(b"x" * 70), AS_IS)
    await store.transact(lambda tx: tx.delete_range(*Subspace("meters").range()))
    meters = Meters(store, (census,))
    await storage.objects.put(alice, "samples", "b", stream(b"x" * 30), AS_IS)
    assert await sizes(store) == [30]
    await meters.reconcile_when_due()
    assert await sizes(store) == [100]
    assert caplog.text == ""
    await storage.buckets.change(alice, "samples", lambda record: record, "s3:PutBucketTagging")
    await storage.deletions.delete(alice, "samples", "a")
    await meters.reconcile_when_due()
    assert await sizes(store) == [30]
    assert bucket.name == "samples"


async def test_a_bucket_deleted_while_it_is_counted_gets_no_level_back(store, storage):
    alice = make_principal("alice")
    await storage.buckets.create(alice, "samples", region="us-east-1")
    await storage.objects.put(alice, "samples", "a", stream(b"x" * 70), AS_IS)
    await store.transact(lambda tx: tx.delete_range(*Subspace("meters").range()))
    held = await store.read(lambda reader: list(census(reader)))

    def counted_before(reader):
        return iter(held)

    await storage.deletions.delete(alice, "samples", "a")
    await storage.buckets.delete(alice, "samples")
    await Meters(store, (counted_before,)).reconcile()
    assert await sizes(store) == []


async def test_storage_is_told_to_the_moment_and_folded_by_the_hour(store, storage):
    alice, clock = make_principal("alice"), [0.0]
    meters = Meters(store, clock=lambda: clock[0])
    tags = {"project": "rivers"}
    await storage.buckets.create(alice, "samples", region="us-east-1", tags=tags)
    await storage.objects.put(alice, "samples", "a", stream(b"x" * 70), AS_IS)
    [(_, level)] = await store.read(lambda reader: list(levels.everywhere(reader)))
    clock[0] = (level.since + 5 * HOUR) / 1000

    async def kept():
        total = await meters.totals(
            alice.account_id, *HOURS, lambda _, line: line if line.meter == STORAGE else None
        )
        [(line, quantity)] = total.items()
        assert (line.project, line.user) == ("rivers", alice.arn)
        return quantity

    before = await kept()
    assert 0 <= before - 70 * 5 * HOUR < 70 * 10_000  # what passed between begin and put
    await meters.fold()
    assert await kept() == before
    folded = await store.read(
        lambda reader: levels.find(reader, next(levels.everywhere(reader))[0])
    )
    assert folded.since == int(clock[0] * 1000)
