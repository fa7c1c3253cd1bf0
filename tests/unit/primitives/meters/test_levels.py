"""Storage levels: byte-milliseconds to the last one, whatever changes when."""

from collections import Counter
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.meters import HOUR, Holder, levels, lines

BUCKET = Holder("111111111111", "objects", b"uid")
START = 1_700_000_000_123


@pytest.fixture
def store():
    return MemoryStore()


def spent(reader, now):
    """All byte-milliseconds until now, by hour and project."""
    total = Counter()
    for hour, line, quantity in lines.between(reader, BUCKET.account_id, 0, 10**7):
        total[hour, line.project] += quantity
    for holder, level in levels.of_account(reader, BUCKET.account_id):
        for hour, line, quantity in levels.open_hours(holder, level, now):
            total[hour, line.project] += quantity
    return +total


def slowly(changes, now):
    """The same, counted in steps that never cross an hour."""
    total = Counter()
    at, size, project = START, 0, ""
    for moment, growth, new_project in [*changes, (now, 0, "")]:
        while at < moment:
            step = min(moment, (at // HOUR + 1) * HOUR) - at
            total[at // HOUR, project] += size * step
            at += step
        size, project = size + growth, new_project
    return +total


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3 * HOUR) | st.sampled_from([0, 1, HOUR, HOUR - 1, 30 * HOUR]),
        st.integers(-50, 10**13),
        st.sampled_from(["", "", "roads", "rivers"]),
    ),
    max_size=8,
)


@given(steps=STEPS, rest=st.integers(0, 5 * HOUR))
async def test_time_is_added_up_exactly(steps, rest):
    store = MemoryStore()
    await store.transact(lambda tx: levels.begin(tx, BUCKET, "", START))
    changes, at, size = [], START, 0
    for pause, wanted, project in steps:
        at += pause
        growth = max(wanted, -size)
        size += growth
        changes.append((at, growth, project))
        holder = BUCKET._replace(project=project)
        change = partial(levels.change, holder=holder, growth=growth, now=at)
        await store.transact(change)
    now = at + rest
    expected = slowly(changes, now)
    assert await store.read(lambda reader: spent(reader, now)) == expected
    await store.transact(
        lambda tx: levels.fold(tx, BUCKET._replace(project=project_of(changes)), now)
    )
    assert await store.read(lambda reader: spent(reader, now)) == expected
    await store.transact(lambda tx: levels.end(tx, BUCKET, now))
    assert await store.read(lambda reader: spent(reader, now + HOUR)) == expected


def project_of(changes):
    return changes[-1][2] if changes else ""


async def test_hours_that_are_over_are_lines_and_the_present_one_is_not(store):
    await store.transact(lambda tx: levels.begin(tx, BUCKET, "arn:maker", START))
    await store.transact(lambda tx: levels.change(tx, BUCKET, 10, START))
    now = START + 3 * HOUR
    await store.transact(lambda tx: levels.fold(tx, BUCKET, now))
    found = await store.read(lambda reader: [*lines.between(reader, BUCKET.account_id, 0, 10**7)])
    first = START // HOUR
    assert [hour - first for hour, _, _ in found] == [0, 1, 2]
    assert [quantity for _, _, quantity in found][1:] == [10 * HOUR, 10 * HOUR]
    assert {line.user for _, line, _ in found} == {"arn:maker"}


async def test_a_clock_that_is_set_back_takes_nothing_away(store):
    await store.transact(lambda tx: levels.begin(tx, BUCKET, "", START))
    await store.transact(lambda tx: levels.change(tx, BUCKET, 10, START + 1000))
    await store.transact(lambda tx: levels.change(tx, BUCKET, 10, START + 500))
    await store.transact(lambda tx: levels.change(tx, BUCKET, 10, START + 2000))
    total = await store.read(lambda reader: sum(spent(reader, START + 2000).values()))
    assert total == 20 * 1000


async def test_what_is_older_than_the_meters_is_to_be_counted(store):
    await store.transact(lambda tx: levels.change(tx, BUCKET, -10, START))
    level = await store.read(lambda reader: levels.find(reader, BUCKET))
    assert (level.size, level.counted) == (-10, False)
    assert await store.read(lambda reader: spent(reader, START + HOUR)) == {}
    await store.transact(lambda tx: levels.correct(tx, BUCKET, 30, START + HOUR))
    level = await store.read(lambda reader: levels.find(reader, BUCKET))
    assert (level.size, level.counted) == (20, True)
