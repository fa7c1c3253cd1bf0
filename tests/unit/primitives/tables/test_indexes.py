"""Indexes that are added to a table with items, while others write to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.tables import (
    Delete,
    KeyAttribute,
    NewIndex,
    NewTable,
    Put,
    Selection,
    TableName,
    Tables,
    Update,
    maintenance,
    spaces,
)
from lenticular.primitives.tables.errors import IndexNotReady, TableBusy

NAME = TableName("111111111111", "us-east-1", "t")
COLOR = KeyAttribute("color", "S")
BY_COLOR = NewIndex("by_color", local=False, partition=COLOR, sort=None)
ITEMS = 450  # more than two pages of a fill


def item(at, color="red"):
    return {"p": {"S": f"{at:03}"}, "color": {"S": color}}


def put(at, color):
    written = item(at, color)
    return Put(table=NAME, item=written, size=20)


async def filled():
    """A table with items, and an index just added to it."""
    store = MemoryStore()
    tables = Tables(store)
    await tables.create(NAME, NewTable("id", KeyAttribute("p", "S"), None))
    for start in range(0, ITEMS, 50):
        await tables.write_batch([put(at, "red") for at in range(start, start + 50)])
    await tables.alter(NAME, add=BY_COLOR)
    await tables.close()  # the background work: the test turns the pages itself
    return store, tables


async def fill_page(store):
    """Fill one page; return whether there is more to do, and how many entries it made."""
    [(key, _)] = await store.read(lambda reader: reader.range(*spaces.FILLING.range()))
    progress = await store.transact(lambda tx: maintenance.fill(tx, key))
    [(_, _, added, _)] = progress.growth
    return progress.more, added


async def entries(tables):
    found, start = [], None
    while True:
        selection = Selection(index="by_color", start=start)
        page = await tables.select(NAME, lambda table, plan=selection: plan)
        found += [row.item() for row in page.rows]
        if page.last is None:
            return found
        start = page.last


async def test_an_index_is_not_read_before_it_is_filled():
    store, tables = await filled()
    pages = 1
    while (await fill_page(store))[0]:
        pages += 1
        with pytest.raises(IndexNotReady):
            await entries(tables)
        with pytest.raises(TableBusy):
            await tables.alter(NAME, add=BY_COLOR._replace(name="other"))
        with pytest.raises(IndexNotReady):
            await tables.delete(NAME)
    assert pages == 3
    assert len(await entries(tables)) == ITEMS
    assert (await tables.describe(NAME)).ready


@settings(max_examples=20, deadline=None)
@given(data=st.data())
async def test_writes_between_the_pages_are_not_lost(data):
    store, tables = await filled()
    expected = dict.fromkeys(range(ITEMS), "red")
    more, added = True, 0
    while more:
        for _ in range(data.draw(st.integers(0, 4))):
            at = data.draw(st.integers(0, ITEMS + 20))
            key = {"p": {"S": f"{at:03}"}}
            match data.draw(st.sampled_from(["put", "same", "delete", "update", "uncolor"])):
                case "put":
                    await tables.write(put(at, "blue"))
                    expected[at] = "blue"
                case "same":
                    await tables.write(put(at, expected.get(at) or "red"))
                    expected[at] = expected.get(at) or "red"
                case "delete":
                    await tables.write(Delete(table=NAME, key=key))
                    expected.pop(at, None)
                case "update":
                    change = {"color": {"S": "green"}}
                    write = Update(table=NAME, key=key, change=lambda _, old, new=change: old | new)
                    await tables.write(write)
                    expected[at] = "green"
                case "uncolor":
                    write = Update(table=NAME, key=key, change=lambda _, old: {"p": old["p"]})
                    await tables.write(write)
                    expected[at] = None
        more, by_page = await fill_page(store)
        added += by_page
    found = {int(each["p"]["S"]): each["color"]["S"] for each in await entries(tables)}
    assert found == {at: color for at, color in expected.items() if color}
    table = await tables.describe(NAME)
    held = (await tables.statistics(table))[table.indexes[0].number]
    assert held.items + added == len(found)


async def test_what_cannot_be_a_key_stays_out_and_can_be_deleted(make_shelf, by_color, key):
    shelf = await make_shelf()
    odd = [{"N": "1"}, {"S": ""}, {"S": "c" * 2049}, {"SS": ["red"]}]
    for at, color in enumerate(odd):
        await shelf.put(key("a", at) | {"color": color, "weight": {"N": "1"}})
    await shelf.tables.alter(shelf.name, add=by_color)
    await shelf.tables.settle()
    assert await shelf.all(index="by_color") == []
    # What was there before the index may stay as it is, but not come anew.
    await shelf.tables.write(
        Update(
            table=shelf.name, key=key("a", 0), change=lambda table, old: old | {"x": {"S": "new"}}
        )
    )
    for at in range(len(odd)):
        await shelf.delete(key("a", at))
    assert await shelf.all() == []


async def test_a_removed_index_leaves_nothing(make_shelf, by_color, store, key):
    shelf = await make_shelf(by_color)
    await shelf.put(key("a", 1) | {"color": {"S": "red"}, "weight": {"N": "1"}})
    await shelf.tables.alter(shelf.name, remove="by_color")
    await shelf.tables.settle()
    start, stop = spaces.ENTRY.range()
    assert await store.read(lambda reader: reader.range(start, stop)) == []
    await shelf.tables.alter(shelf.name, add=by_color)
    await shelf.tables.settle()
    assert len(await shelf.all(index="by_color")) == 1


async def test_an_index_that_is_removed_while_another_is_filled(make_shelf, by_color):
    shelf = await make_shelf(by_color)
    await shelf.tables.alter(shelf.name, add=by_color._replace(name="second"))
    with pytest.raises(TableBusy):
        await shelf.tables.alter(shelf.name, remove="by_color")
    await shelf.tables.settle()
    await shelf.tables.alter(shelf.name, remove="by_color")
