"""Expiry: which items go when, with their entries, and nothing else."""

import pytest

from lenticular.primitives.tables import TableName
from lenticular.primitives.tables.errors import ExpiryByOther, ExpiryUnchanged, TableNotFound
from lenticular.primitives.tables.limits import OLDEST_EXPIRY


@pytest.fixture
async def expiring(make_shelf, by_color):
    shelf = await make_shelf(by_color)
    await shelf.tables.set_expiry(shelf.name, "end", on=True)
    await shelf.tables.settle()
    return shelf


def ending(clock, seconds):
    return {"end": {"N": str(int(clock.now) + seconds)}}


async def test_items_go_when_their_time_is_over(expiring, clock, key):
    for at in (-10, 0, 10):
        await expiring.put(key("a", at) | ending(clock, at))
    await expiring.put(key("a", 99))
    assert await expiring.tables.expire() == 2
    assert [item["s"]["N"] for item in await expiring.all(partition={"S": "a"})] == ["10", "99"]
    clock.now += 10
    assert await expiring.tables.expire() == 1
    assert await expiring.tables.expire(clock.now + 10**9) == 0
    assert await expiring.all() == [key("a", 99)]
    assert (await expiring.statistics())[""][0] == 1


async def test_entries_go_with_their_items(expiring, clock, key):
    red = {"color": {"S": "red"}, "weight": {"N": "1"}}
    await expiring.put(key("a", 1) | red | ending(clock, -1))
    assert len(await expiring.all(index="by_color")) == 1
    await expiring.tables.expire()
    assert await expiring.all(index="by_color") == []
    assert await expiring.statistics() == {"": (0, 0), "by_color": (0, 0)}


async def test_a_later_write_counts(expiring, clock, key):
    await expiring.put(key("a", 1) | ending(clock, -1))
    await expiring.put(key("a", 1) | ending(clock, 50))
    await expiring.put(key("a", 2) | ending(clock, -1))
    await expiring.put(key("a", 2))
    await expiring.put(key("a", 3) | ending(clock, 50))
    await expiring.put(key("a", 3) | ending(clock, -1))
    assert await expiring.tables.expire() == 1
    assert {item["s"]["N"] for item in await expiring.all()} == {"1", "2"}


@pytest.mark.parametrize(
    "end",
    [
        {"S": "1"},
        {"N": "-1"},
        {"N": "1"},
        {"N": "1e20"},
        {"N": "0"},
        {"L": [{"N": "1"}]},
        {"NS": ["1"]},
    ],
)
async def test_times_that_are_none_keep_an_item(expiring, key, end):
    await expiring.put(key("a", 1) | {"end": end})
    assert await expiring.tables.expire() == 0
    assert len(await expiring.all()) == 1


async def test_a_time_long_ago_is_a_mistake(expiring, clock, key):
    years = int(OLDEST_EXPIRY)
    await expiring.put(key("a", 1) | ending(clock, -years - 10))
    await expiring.put(key("a", 2) | ending(clock, -years + 10))
    assert await expiring.tables.expire() == 1
    assert [item["s"] for item in await expiring.all()] == [{"N": "1"}]


async def test_fractions_of_a_second(expiring, clock, key):
    clock.now = 1_700_000_000.2
    await expiring.put(key("a", 1) | {"end": {"N": "1700000000.9"}})
    assert await expiring.tables.expire() == 1


async def test_items_that_were_there_before(shelf, clock, key):
    for at in range(300):
        await shelf.put(key("a", at) | ending(clock, -1))
    await shelf.tables.set_expiry(shelf.name, "end", on=True)
    await shelf.tables.maintain()
    assert await shelf.all() == []


async def test_off_and_on(expiring, clock, key):
    tables, name = expiring.tables, expiring.name
    with pytest.raises(ExpiryUnchanged):
        await tables.set_expiry(name, "end", on=True)
    for on in (True, False):
        with pytest.raises(ExpiryByOther):
            await tables.set_expiry(name, "other", on=on)
    await expiring.put(key("a", 1) | ending(clock, -1))
    await tables.set_expiry(name, "end", on=False)
    with pytest.raises(ExpiryUnchanged):
        await tables.set_expiry(name, "end", on=False)
    await tables.maintain()
    assert len(await expiring.all()) == 1
    await tables.set_expiry(name, "other", on=True)
    await expiring.put(key("a", 2) | {"other": {"N": str(int(clock.now))}})
    await tables.maintain()
    assert [item["s"] for item in await expiring.all()] == [{"N": "1"}]


async def test_a_table_that_is_not_there(tables):
    with pytest.raises(TableNotFound):
        await tables.set_expiry(TableName("1", "r", "n"), "end", on=True)
