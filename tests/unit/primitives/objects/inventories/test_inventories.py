"""Inventories: due by the day or week, each once, and the same again after a crash."""

import csv
import gzip
import io
import json

import pytest
from msgspec.structs import replace

from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.inventories import Inventories, Inventory, inventories
from lenticular.primitives.objects.inventories.settings import WEEKLY
from lenticular.primitives.objects.records import Attributes
from lenticular.primitives.policies.documents import parse

DAY = 86_400
SATURDAY = 20_001 * DAY + DAY / 2  # 2024-10-05
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::lists/*",
}
POLICY = parse(
    json.dumps({"Version": "2012-10-17", "Statement": STATEMENT}), "a policy", "resource"
)
DAILY = Inventory(True, "lists")


class Clock:
    now = SATURDAY

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def writer(store, storage, alice, bucket, clock):
    await storage.buckets.create(alice, "lists", region="us-east-1")
    await storage.buckets.set_policy(alice, "lists", POLICY)
    return Inventories(store, storage.objects, clock=clock)


async def put(storage, alice, key, data=b"x"):
    async def once():
        yield data

    await storage.objects.put(alice, "samples", key, once(), Attributes())


@pytest.fixture
def names(storage, alice):
    async def names(end):
        page = await storage.listings.list(alice, "lists")
        return [key for key, _ in page.objects if key.endswith(end)]

    return names


async def test_daily_inventories_come_daily(writer, alice, names, clock):
    await writer.put(alice, "samples", "d", DAILY)
    assert [await writer.run() for _ in range(2)] == [1, 0]
    clock.now += DAY / 2 - 1
    assert await writer.run() == 0
    clock.now += 1
    assert await writer.run() == 1
    clock.now += 5 * DAY  # nobody was there: one is written, not five
    assert [await writer.run() for _ in range(2)] == [1, 0]
    assert await names("manifest.json") == [
        f"samples/d/2024-10-{day}T{time}Z/manifest.json"
        for day, time in (("05", "12-00"), ("06", "00-00"), ("11", "00-00"))
    ]
    assert len(await names(".csv.gz")) == 3


async def test_weekly_inventories_come_on_sundays(writer, alice, names, clock):
    await writer.put(alice, "samples", "w", replace(DAILY, schedule=WEEKLY))
    assert await writer.run() == 1
    clock.now += DAY
    assert await writer.run() == 1
    clock.now += 6 * DAY
    assert await writer.run() == 0
    clock.now += DAY
    assert await writer.run() == 1


async def test_after_a_crash_the_same_files_are_written_again(
    store, contents, writer, storage, alice, names, clock, monkeypatch
):
    def crash(tx, order):
        raise RuntimeError("killed")

    await writer.put(alice, "samples", "d", DAILY)
    with monkeypatch.context() as patched:
        patched.setattr(inventories, "_finish", crash)
        with pytest.raises(RuntimeError):
            await writer.run()
    before = await names("")
    assert len(before) == 4
    clock.now += 3600
    again = Inventories(store, ObjectStorage(store, contents).objects, clock=clock)
    assert [await again.run() for _ in range(2)] == [1, 0]
    assert await names("") == before


async def test_one_that_is_switched_off_or_deleted_is_not_written(writer, storage, alice, names):
    await writer.put(alice, "samples", "off", replace(DAILY, enabled=False))
    await writer.put(alice, "samples", "gone", DAILY)
    assert await writer.delete(alice, "samples", "gone")
    assert not await writer.delete(alice, "samples", "gone")
    assert await writer.run() == 0
    assert await names("") == []


async def test_a_new_bucket_of_an_old_name_has_no_inventories(writer, storage, alice, names):
    await writer.put(alice, "samples", "d", DAILY)
    await storage.buckets.delete(alice, "samples")
    await storage.buckets.create(alice, "samples", region="us-east-1")
    assert await writer.run() == 0
    assert await names("") == []


async def test_a_failure_of_one_is_only_its_own(writer, alice, names):
    await writer.put(alice, "samples", "a", replace(DAILY, bucket="nowhere"))
    await writer.put(alice, "samples", "b", replace(DAILY, account_id="999999999999"))
    await writer.put(alice, "samples", "c", DAILY)
    assert await writer.run() == 1
    assert len(await names("manifest.json")) == 1


async def test_every_object_is_listed_once_over_many_pages(
    writer, storage, alice, names, monkeypatch
):
    monkeypatch.setattr("lenticular.primitives.objects.inventories.lists._PAGE", 7)
    keys = [f"{number:03}" for number in range(50)]
    for key in keys:
        await put(storage, alice, key)
    await writer.put(alice, "samples", "d", DAILY)
    await writer.run()
    [name] = await names(".csv.gz")
    found = await storage.objects.get(alice, "lists", name)
    packed = b"".join([chunk async for chunk in storage.objects.read(found)])
    rows = csv.reader(io.StringIO(gzip.decompress(packed).decode()))
    assert [row[1] for row in rows] == keys
