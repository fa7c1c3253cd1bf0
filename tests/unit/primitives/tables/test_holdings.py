"""The bytes that tables hold: their levels are what a census counts, whatever is written."""

import random

import pytest
from msgspec.structs import replace

from lenticular.primitives.meters import Meters, levels
from lenticular.primitives.tables.census import census
from lenticular.primitives.tables.holdings import holder


async def level(store):
    [found] = await store.read(lambda reader: [*levels.everywhere(reader)])
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_levels_are_what_a_census_counts(make_shelf, by_color, tables, store, key, seed):
    chance = random.Random(seed)
    shelf = await make_shelf(by_color)
    await tables.set_expiry(shelf.name, "end", on=True)
    for _ in range(200):
        place = key(chance.choice("ab"), chance.randrange(5))
        if chance.random() < 0.3:
            await shelf.delete(place)
            continue
        given = {"text": {"S": "x" * chance.randrange(300)}}
        if chance.random() < 0.7:
            given |= {"color": {"S": chance.choice(["red", "blue"])}, "weight": {"N": "1"}}
        if chance.random() < 0.2:
            given["end"] = {"N": "1600000000"}
        await shelf.put(place | given)
    await tables.maintain()  # some items expire
    assert await Meters(store, (census,)).reconcile() == []
    assert (await level(store))[1].size == sum(
        size for _, size in (await shelf.statistics()).values()
    )


async def test_a_new_index_counts_and_a_removed_one_is_counted_out(
    make_shelf, by_color, tables, store, key
):
    shelf = await make_shelf()
    for at in range(20):
        await shelf.put(key("a", at) | {"color": {"S": "red"}, "weight": {"N": "1"}})
    plain = (await level(store))[1].size
    meters = Meters(store, (census,))
    await tables.alter(shelf.name, add=by_color)
    await tables.settle()
    assert (await level(store))[1].size > plain
    assert await meters.reconcile() == []
    await tables.alter(shelf.name, remove=by_color.name)
    assert not (await level(store))[1].counted
    await meters.reconcile_when_due()
    found = (await level(store))[1]
    assert (found.size, found.counted) == (plain, True)


async def test_another_project_pays_from_then_on(make_shelf, tables, store, key):
    shelf = await make_shelf()
    await shelf.put(key("a", 1))
    table = await tables.alter(shelf.name, lambda table: replace(table, tags={"project": "roads"}))
    assert (await level(store))[0] == holder(table)
    assert holder(table).project == "roads"
    await tables.delete(shelf.name)
    assert await store.read(lambda reader: [*levels.everywhere(reader)]) == []


async def test_who_is_charged_is_known_at_once_after_a_change(make_shelf, tables):
    shelf = await make_shelf()
    assert (await tables.holders.named(shelf.name)).project == ""
    await tables.alter(shelf.name, lambda table: replace(table, tags={"project": "roads"}))
    assert (await tables.holders.named(shelf.name)).project == "roads"
    await tables.delete(shelf.name)
    assert await tables.holders.named(shelf.name) is None
