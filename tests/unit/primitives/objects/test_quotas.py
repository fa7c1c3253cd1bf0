"""Quotas: nothing is stored above what a bucket or an account may hold."""

import asyncio

import pytest

from lenticular.primitives.objects import Attributes, CompletedPart
from lenticular.primitives.objects.errors import BucketNotFound, QuotaExceeded
from lenticular.testing.values import stream


@pytest.fixture
async def bucket(storage, alice):
    await storage.buckets.create(alice, "samples", region="lab")
    return "samples"


@pytest.fixture
def put(storage, alice):
    async def put(bucket, key, size):
        data = b"x" * size
        return await storage.objects.put(alice, bucket, key, stream(data), Attributes(), size=size)

    return put


async def test_a_bucket_holds_up_to_its_quota(storage, bucket, put):
    await storage.quotas.set_bucket(bucket, 300)
    await put(bucket, "a", 200)
    await put(bucket, "b", 100)
    with pytest.raises(QuotaExceeded, match="the bucket samples may hold 300 bytes"):
        await put(bucket, "c", 1)
    await put(bucket, "a", 150)  # what is replaced makes room
    await put(bucket, "c", 50)
    [quota] = await storage.quotas.list()
    assert (quota.bucket, quota.limit, quota.used) == (bucket, 300, 300)


async def test_deleting_makes_room_and_lifting_lets_all_in(storage, alice, bucket, put):
    await storage.quotas.set_bucket(bucket, 100)
    await put(bucket, "a", 100)
    await storage.deletions.delete(alice, bucket, "a")
    await put(bucket, "b", 100)
    await storage.quotas.set_bucket(bucket, None)
    await put(bucket, "c", 1000)
    assert await storage.quotas.list() == []


async def test_an_account_holds_up_to_its_quota_in_all_buckets(storage, alice, bucket, put):
    await storage.buckets.create(alice, "more", region="lab")
    await put(bucket, "a", 200)
    await storage.quotas.set_account(alice.account_id, 300)
    await put("more", "a", 100)
    with pytest.raises(QuotaExceeded, match="the account"):
        await put("more", "b", 1)
    await storage.deletions.delete(alice, bucket, "a")
    await put("more", "b", 150)
    [quota] = await storage.quotas.list()
    assert (quota.account_id, quota.bucket, quota.used) == (alice.account_id, "", 250)


async def test_parts_count_and_completing_needs_no_room(storage, alice, bucket):
    await storage.quotas.set_bucket(bucket, 100)
    upload = await storage.uploads.create(alice, bucket, "big", Attributes())
    at = (alice, bucket, "big", upload.id)
    part = await storage.uploads.put_part(*at, 1, stream(b"x" * 100))
    with pytest.raises(QuotaExceeded):
        await storage.uploads.put_part(*at, 2, stream(b"x"))
    version = await storage.uploads.complete(*at, [CompletedPart(1, part.etag)])
    assert version.size == 100


async def test_copies_count(storage, alice, bucket, put):
    from lenticular.primitives.objects import Source

    await put(bucket, "a", 80)
    await storage.quotas.set_bucket(bucket, 100)
    with pytest.raises(QuotaExceeded):
        await storage.copies.copy(alice, Source(bucket, "a"), bucket, "b")


async def test_a_quota_below_what_is_there_only_stops_growth(storage, alice, bucket, put):
    await put(bucket, "a", 200)
    await storage.quotas.set_bucket(bucket, 50)
    with pytest.raises(QuotaExceeded):
        await put(bucket, "b", 1)
    assert (await storage.objects.get(alice, bucket, "a")).version.size == 200
    await put(bucket, "a", 40)
    await put(bucket, "b", 10)


async def test_many_writers_never_go_above(storage, bucket, put):
    await storage.quotas.set_bucket(bucket, 1000)
    outcomes = await asyncio.gather(
        *(put(bucket, str(number), 90) for number in range(30)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 11
    [quota] = await storage.quotas.list()
    assert quota.used == 990


async def test_a_bucket_that_is_not_there(storage):
    with pytest.raises(BucketNotFound):
        await storage.quotas.set_bucket("none", 1)


async def test_what_has_no_room_is_refused_before_its_bytes_come_in(storage, alice, bucket):
    await storage.quotas.set_bucket(bucket, 100)
    upload = await storage.uploads.create(alice, bucket, "big", Attributes())
    at = (alice, bucket, "big", upload.id)
    await storage.uploads.put_part(*at, 1, stream(b"x" * 90), size=90)
    taken = []

    async def bytes_without_end():
        while True:
            taken.append(b"x")
            yield b"x"

    with pytest.raises(QuotaExceeded):
        await storage.uploads.put_part(*at, 2, bytes_without_end(), size=11)
    with pytest.raises(QuotaExceeded):
        await storage.objects.put(
            alice, bucket, "b", bytes_without_end(), Attributes(), size=11, waits=True
        )
    assert not taken
    await storage.uploads.put_part(*at, 1, stream(b"x" * 100), size=100)  # it takes a place
