"""Metrics of buckets: whose requests a configuration counts, and the daily count of storage."""

import pytest

from lenticular.primitives.metrics import DAY, Metrics, Series
from lenticular.primitives.objects import Attributes
from lenticular.primitives.objects.bucketmetrics import MetricsConfiguration, StorageMetrics

MONDAY = 20_003 * DAY
ICE = (("team", "ice"),)


class Clock:
    now = MONDAY + 100

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def metrics(store, clock):
    return Metrics(store, clock=clock)


@pytest.fixture
async def buckets(storage, alice):
    names = ["a", "b", "c"]
    for name in names:
        await storage.buckets.create(alice, name, region="us-east-1")
    return names


async def put(storage, alice, bucket):
    async def once():
        yield b"12345"

    await storage.objects.put(alice, bucket, "key", once(), Attributes())


@pytest.mark.parametrize(
    ("configuration", "key", "tags", "covers"),
    [
        (MetricsConfiguration(), None, {}, True),
        (MetricsConfiguration(), "key", {}, True),
        (MetricsConfiguration("raw/"), "raw/key", {}, True),
        (MetricsConfiguration("raw/"), "key", {}, False),
        (MetricsConfiguration("raw/"), None, {}, False),
        (MetricsConfiguration(tags=ICE), "key", {"team": "ice", "x": "y"}, True),
        (MetricsConfiguration(tags=ICE), "key", {"team": "sea"}, False),
        (MetricsConfiguration(tags=ICE), None, {}, False),
        (MetricsConfiguration("raw/", ICE), "raw/key", {"team": "ice"}, True),
        (MetricsConfiguration("raw/", ICE), "key", {"team": "ice"}, False),
    ],
)
def test_whose_requests_are_counted(configuration, key, tags, covers):
    assert configuration.covers(key, tags) is covers


async def sizes(metrics, alice, bucket):
    dimensions = (("BucketName", bucket), ("StorageType", "StandardStorage"))
    series = Series(alice.account_id, "AWS/S3", "BucketSizeBytes", dimensions, DAY)
    return [(start, point.total) for start, point in await metrics.statistics(series, 0, 2**40)]


async def test_every_bucket_is_counted_once_a_day(store, storage, alice, metrics, buckets, clock):
    counting = StorageMetrics(store, metrics, clock=clock)
    await counting.count_when_due()
    await put(storage, alice, "b")
    await counting.count_when_due()  # not due
    clock.now += DAY
    await counting.count_when_due()
    assert await sizes(metrics, alice, "b") == [(MONDAY, 0), (MONDAY + DAY, 5)]
    assert await sizes(metrics, alice, "c") == [(MONDAY, 0), (MONDAY + DAY, 0)]


async def test_a_count_that_was_stopped_goes_on_where_it_was(
    store, storage, alice, metrics, buckets, clock
):
    class Killed(BaseException):
        pass

    counting = StorageMetrics(store, metrics, clock=clock)
    count, counted = counting._count, []

    async def until_c(name, day):
        if name == "c":
            raise Killed
        await count(name, day)

    counting._count = until_c
    with pytest.raises(Killed):
        await counting.count_when_due()
    await put(storage, alice, "a")
    again = StorageMetrics(store, metrics, clock=clock)

    async def noted(name, day):
        counted.append(name)
        await count(name, day)

    again._count = noted
    await again.count_when_due()
    assert counted == ["c"]
    assert await sizes(metrics, alice, "a") == [(MONDAY, 0)]


async def test_a_bucket_that_fails_keeps_no_other_from_its_count(
    store, alice, metrics, buckets, clock, caplog
):
    counting = StorageMetrics(store, metrics, clock=clock)
    count = counting._count

    async def not_b(name, day):
        if name == "b":
            raise ValueError
        await count(name, day)

    counting._count = not_b
    await counting.count_when_due()
    assert await sizes(metrics, alice, "b") == []
    assert await sizes(metrics, alice, "c") == [(MONDAY, 0)]
    assert "a bucket was not counted" in caplog.text
