"""Delivery: each event once in a trail's bucket, across crashes, and regions and digests."""

import gzip
import json
from collections import Counter

import pytest
from msgspec.structs import replace

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.audit import Trail, Trails, delivery
from lenticular.primitives.audit.delivery import Delivery
from lenticular.primitives.audit.digests import DigestKeys
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.deliveries import BucketRefused
from lenticular.primitives.vault import KEY_SIZE, Vault
from lenticular.testing.values import make_principal

ALICE = "111111111111"


@pytest.fixture
def alice():
    return replace(make_principal("alice"), account_id=ALICE)


@pytest.fixture
def storage(store):
    return ObjectStorage(store, Contents(store, MemoryBlobs()))


@pytest.fixture
def trails(store, clock):
    return Trails(store, clock=clock)


@pytest.fixture
def made(store, trails, storage, clock):
    return Delivery(store, trails, storage, DigestKeys(store, Vault(bytes(KEY_SIZE))), clock=clock)


@pytest.fixture
async def trail(trails, storage, alice):
    await storage.buckets.create(alice, "logs", region="us-east-1")
    trail = Trail("t1", ALICE, "us-east-1", "main", "logs", 0, all_regions=True)
    await trails.create(trail)
    await trails.start(ALICE, "us-east-1", "main")
    return trail


@pytest.fixture
def files(storage, alice):
    """``await files()``: the names of the events in each delivered file, by its key."""

    async def read():
        page = await storage.listings.list(alice, "logs")
        found = {}
        for key, _ in page.objects:
            object_ = await storage.objects.get(alice, "logs", key)
            document = json.loads(gzip.decompress(object_.data))
            if "Records" in document:
                found[key] = [record["eventName"] for record in document["Records"]]
        return found

    return read


async def test_every_event_is_delivered_once(audit, event, made, trail, files):
    for number in range(3):
        await audit.record([event(ALICE, f"A{number}"), event(ALICE, f"B{number}")])
        await made.deliver()
    await made.deliver()
    delivered = Counter(name for names in (await files()).values() for name in names)
    assert delivered == {f"{letter}{number}": 1 for letter in "AB" for number in range(3)}


async def test_a_crash_while_files_are_written_repeats_the_same_files(
    audit, event, made, trail, trails, files, monkeypatch
):
    await audit.record([event(ALICE, "A0"), event(ALICE, "A1")])

    async def crash(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trails, "advance", crash)
        with pytest.raises(KeyboardInterrupt):
            await made.deliver_for(trail)
    before = await files()
    assert list(before.values()) == [["A0", "A1"]]
    # More has come since: the repeated file must not swallow it, nor be written beside.
    await audit.record([event(ALICE, "A2")])
    await made.deliver()
    after = await files()
    assert before.items() <= after.items()
    assert sorted(after.values()) == [["A0", "A1"], ["A2"]]


async def test_a_crash_before_anything_is_written_loses_nothing(
    audit, event, made, trail, files, storage, monkeypatch
):
    await audit.record([event(ALICE, "A0")])

    async def crash(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(storage.objects, "put", crash)
        with pytest.raises(KeyboardInterrupt):
            await made.deliver_for(trail)
    assert await files() == {}
    await made.deliver()
    assert list((await files()).values()) == [["A0"]]


async def test_many_events_come_in_batches(audit, event, made, trail, files, monkeypatch):
    monkeypatch.setattr(delivery, "_MOST_RECORDS", 3)
    await audit.record([event(ALICE, f"A{number}") for number in range(8)])
    await made.deliver()
    assert sorted(map(len, (await files()).values())) == [2, 3, 3]


async def test_one_trail_that_fails_does_not_stop_the_others(
    audit, event, made, trail, trails, files, storage, alice, caplog
):
    await storage.buckets.create(alice, "broken", region="us-east-1")
    await trails.create(Trail("t0", ALICE, "us-east-1", "first", "broken", 0))
    await trails.start(ALICE, "us-east-1", "first")
    real = storage.objects.put

    async def put(principal, bucket, *arguments, **options):
        if bucket == "broken":
            raise RuntimeError("the disk is on fire")
        return await real(principal, bucket, *arguments, **options)

    storage.objects.put = put
    await audit.record([event(ALICE, "A0")])
    await made.deliver()
    assert list((await files()).values()) == [["A0"]]
    assert "the disk is on fire" in caplog.text


async def test_a_bucket_that_refuses_is_noted_and_tried_again(
    audit, event, made, trail, trails, files, storage
):
    real = storage.objects.put

    async def refuse(*arguments, **options):
        raise AccessDenied

    storage.objects.put = refuse
    await audit.record([event(ALICE, "A0")])
    await made.deliver()
    assert (await trails.progress(trail)).error == "AccessDenied"
    storage.objects.put = real
    await made.deliver()
    assert (await trails.progress(trail)).error == ""
    assert list((await files()).values()) == [["A0"]]


async def test_a_bucket_is_checked_before_it_is_used(made, trail, storage):
    await made.check(trail)
    with pytest.raises(BucketRefused, match="NoSuchBucket"):
        await made.check(replace(trail, bucket="nowhere"))
    await storage.buckets.create(make_principal("bob"), "others", region="us-east-1")
    with pytest.raises(BucketRefused, match="AccessDenied"):
        await made.check(replace(trail, bucket="others"))


async def test_stopping_and_starting_leaves_out_what_was_between(
    audit, event, made, trail, trails, files
):
    where = (ALICE, "us-east-1", "main")
    await audit.record([event(ALICE, "Before")])
    await trails.stop(*where)
    await audit.record([event(ALICE, "Between")])
    await trails.start(*where)
    await audit.record([event(ALICE, "After")])
    await trails.stop(*where)
    await trails.start(*where)
    await made.deliver()
    assert sorted((await files()).values()) == [["After"], ["Before"]]


async def test_a_deleted_trail_stops(audit, event, made, trail, trails, files):
    await trails.delete(ALICE, "us-east-1", "main")
    await audit.record([event(ALICE, "A0")])
    await made.deliver()
    assert await files() == {}
    await made.deliver_for(trail)
    assert (await trails.progress(trail)).windows == ()


async def test_only_trails_that_log_and_ask_want_data(trails, trail, event):
    data = event(ALICE, "GetObject", category="Data")
    assert not trails.wants_data
    where = (ALICE, "us-east-1", "main")
    values = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}
    basic = ({"DataResources": [values]},)
    await trails.change(*where, lambda trail: replace(trail, basic=basic))
    assert trails.wants_data
    assert not trails.selects(data), "it is about no object"
    await trails.stop(*where)
    assert not trails.wants_data
    await trails.start(*where)
    assert trails.wants_data
    await trails.delete(*where)
    assert not trails.wants_data
