"""Metrics: points by the minute, added up, kept for a while, and through a failed write."""

import pytest

from lenticular.engines.kv.contract import StoreFailed
from lenticular.primitives.metrics import DAY, MINUTE, Metrics, Point, Series

GETS = Series("111111111111", "AWS/S3", "GetRequests", (("BucketName", "a"), ("FilterId", "b")))
NOON = 1_800_000_000 // DAY * DAY + DAY / 2


@pytest.fixture
def metrics(store):
    return Metrics(store, clock=lambda: NOON)


async def test_values_of_a_minute_become_one_point(metrics):
    for value, at in ((3, 0), (5, 59), (7, 60)):
        metrics.count(GETS, value, NOON + at)
    assert await metrics.statistics(GETS, NOON, NOON + 120) == [
        (NOON, Point(2, 8, 3, 5)),
        (NOON + 60, Point(1, 7, 7, 7)),
    ]


async def test_flushing_twice_adds_to_the_same_point(metrics):
    metrics.count(GETS, 1, NOON)
    await metrics.flush()
    metrics.count(GETS, 2, NOON)
    await metrics.flush()
    assert await metrics.statistics(GETS, NOON, NOON + 1) == [(NOON, Point(2, 3, 1, 2))]


async def test_what_did_or_did_not_happen_is_counted_too(metrics):
    for happened in (True, False):
        metrics.count(GETS, happened, NOON)
        await metrics.flush()
    assert await metrics.statistics(GETS, NOON, NOON + 1) == [(NOON, Point(2, 1, 0, 1))]


async def test_longer_periods_merge_points(metrics):
    for minute in range(10):
        metrics.count(GETS, minute, NOON + 60 * minute)
    found = await metrics.statistics(GETS, NOON, NOON + 600, period=300)
    assert found == [(NOON, Point(5, 10, 0, 4)), (NOON + 300, Point(5, 35, 5, 9))]


async def test_what_could_not_be_written_is_written_later(store, metrics, monkeypatch):
    async def fail(commit):
        raise StoreFailed

    metrics.count(GETS, 1, NOON)
    with monkeypatch.context() as patched:
        patched.setattr(store, "transact", fail)
        with pytest.raises(StoreFailed):
            await metrics.flush()
    metrics.count(GETS, 1, NOON)
    assert await metrics.statistics(GETS, NOON, NOON + 1) == [(NOON, Point(2, 2, 1, 1))]


async def test_series_are_told_apart_and_listed(metrics):
    puts = GETS._replace(name="PutRequests")
    size = GETS._replace(name="BucketSizeBytes", period=DAY)
    foreign = GETS._replace(account_id="222222222222")
    for series in (GETS, puts, size, foreign):
        metrics.count(series, 1, NOON)
    assert set(await metrics.series("111111111111", "AWS/S3")) == {GETS, puts, size}
    assert await metrics.series("222222222222", "AWS/S3") == [foreign]
    assert await metrics.series("111111111111", "AWS/EC2") == []


async def test_putting_again_replaces(metrics):
    size = GETS._replace(name="BucketSizeBytes", period=DAY)
    for value in (5, 9):
        await metrics.put([(size, value)], NOON)
    assert await metrics.statistics(size, NOON - DAY, NOON + DAY) == [
        (NOON - DAY / 2, Point(1, 9, 9, 9))
    ]


async def test_old_points_go_by_their_period(metrics):
    size = GETS._replace(name="BucketSizeBytes", period=DAY)
    for days in (1, 14, 16, 450, 460):
        metrics.count(GETS, days, NOON - days * DAY)
        metrics.count(size, days, NOON - days * DAY)
    await metrics.flush()
    await metrics.trim()
    left = [point.total for _, point in await metrics.statistics(GETS, 0, NOON)]
    assert left == [14, 1]
    left = [point.total for _, point in await metrics.statistics(size, 0, NOON)]
    assert left == [450, 16, 14, 1]
    assert GETS.period == MINUTE
