"""Tables as such: names, accounts and regions, changes, deletion and what it leaves."""

import pytest
from msgspec.structs import replace

from lenticular.primitives.tables import KeyAttribute, NewTable, TableName, Tables
from lenticular.primitives.tables.errors import (
    IndexExists,
    IndexNotFound,
    TableExists,
    TableNotFound,
    TableProtected,
)


async def test_a_name_is_taken_once(make_shelf, shelf):
    with pytest.raises(TableExists):
        await make_shelf()


async def test_accounts_and_regions_are_apart(make_shelf, shelf, tables, key):
    other = await make_shelf(account_id="222222222222")
    await shelf.put(key("a", 1))
    assert await other.all() == []
    elsewhere = shelf.name._replace(region="eu-west-1")
    with pytest.raises(TableNotFound):
        await tables.describe(elsewhere)
    await other.tables.delete(other.name)
    assert await shelf.all() == [key("a", 1)]
    assert await tables.names("222222222222", "us-east-1") == ([], False)
    assert await tables.names("111111111111", "us-east-1") == (["samples"], False)


async def test_names_come_in_order_and_in_pages(make_shelf, tables):
    for name in ("b", "a.1", "a", "B", "a_1", "a-1"):
        await make_shelf(name=name)
    names = ["B", "a", "a-1", "a.1", "a_1", "b"]
    listed = ("111111111111", "us-east-1")
    assert await tables.names(*listed) == (names, False)
    assert await tables.names(*listed, limit=6) == (names, False)
    assert await tables.names(*listed, limit=2) == (["B", "a"], True)
    assert await tables.names(*listed, start="a", limit=2) == (["a-1", "a.1"], True)
    assert await tables.names(*listed, start="aa") == (["b"], False)


async def test_a_description_is_what_was_given(make_shelf, by_color, by_weight, tables, clock):
    shelf = await make_shelf(by_color, by_weight, tags={"a": "b"}, settings={"x": [1, "y"]})
    table = await tables.describe(shelf.name)
    assert table.created == clock.now
    assert (table.tags, table.settings) == ({"a": "b"}, {"x": [1, "y"]})
    assert [index.name for index in table.indexes] == ["by_color", "by_weight"]
    assert [index.local for index in table.indexes] == [False, True]
    assert table.ready


async def test_alterations_are_kept(shelf, tables):
    altered = await tables.alter(shelf.name, lambda table: replace(table, tags={"x": "y"}))
    assert altered.tags == {"x": "y"}
    assert await tables.describe(shelf.name) == altered

    def refuse(table):
        raise ValueError(table.name)

    with pytest.raises(ValueError, match="samples"):
        await tables.alter(shelf.name, refuse)
    assert await tables.describe(shelf.name) == altered


async def test_indexes_that_are_and_are_not_there(make_shelf, by_color, tables):
    shelf = await make_shelf(by_color)
    with pytest.raises(IndexExists):
        await tables.alter(shelf.name, add=by_color)
    with pytest.raises(IndexNotFound):
        await tables.alter(shelf.name, remove="other")
    with pytest.raises(TableNotFound):
        await tables.alter(TableName("1", "r", "n"), add=by_color)


async def test_a_protected_table_stays(make_shelf, tables):
    shelf = await make_shelf(protected=True)
    with pytest.raises(TableProtected):
        await tables.delete(shelf.name)
    await tables.alter(shelf.name, lambda table: replace(table, protected=False))
    await tables.delete(shelf.name)
    with pytest.raises(TableNotFound):
        await tables.describe(shelf.name)


async def test_a_new_table_of_an_old_name_is_empty(make_shelf, by_color, tables, store, key):
    shelf = await make_shelf(by_color)
    for at in range(30):
        await shelf.put(key("a", at) | {"color": {"S": "red"}, "weight": {"N": "1"}})
    old = await tables.delete(shelf.name)
    shelf = await make_shelf(by_color)
    assert (await tables.describe(shelf.name)).uid != old.uid
    assert await shelf.all() == await shelf.all(index="by_color") == []
    await shelf.put(key("b", 1))
    await tables.settle()
    assert await shelf.all() == [key("b", 1)]
    assert (await shelf.statistics())[""][0] == 1


async def test_nothing_is_left_of_a_deleted_table(make_shelf, by_color, tables, store, key):
    async def everything():
        rows = await store.read(lambda reader: reader.range(b"", b"\xff" * 9))
        return [key for key, _ in rows if b"usage" not in key]  # what was used stays known

    empty = await make_shelf(name="first")
    await tables.delete(empty.name)
    await tables.maintain()
    before = await everything()
    shelf = await make_shelf(by_color)
    await tables.set_expiry(shelf.name, "end", on=True)
    for at in range(30):
        item = {"color": {"S": "red"}, "weight": {"N": "1"}, "end": {"N": "99999999999"}}
        await shelf.put(key("a", at) | item)
    await tables.maintain()
    await tables.delete(shelf.name)
    await tables.maintain()
    assert await everything() == before


async def test_a_restart_goes_on_with_what_was_left(make_shelf, by_color, store, clock, key):
    shelf = await make_shelf()
    for at in range(30):
        await shelf.put(key("a", at) | {"color": {"S": "red"}, "weight": {"N": "1"}})
    await shelf.tables.alter(shelf.name, add=by_color)
    await shelf.tables.close()  # before the background work began
    assert not (await shelf.tables.describe(shelf.name)).ready
    again = Tables(store, clock=clock)
    await again.maintain()
    assert (await again.describe(shelf.name)).ready
    shelf.tables = again
    assert len(await shelf.all(index="by_color")) == 30
    assert [items for items, _ in (await shelf.statistics()).values()] == [30, 30]


async def test_processes_see_each_others_changes(make_shelf, by_color, store, clock, key):
    shelf = await make_shelf()
    other = Tables(store, clock=clock)
    await shelf.put(key("a", 1) | {"color": {"S": "red"}, "weight": {"N": "1"}})
    await other.alter(shelf.name, add=by_color)
    await other.settle()
    assert len(await shelf.all(index="by_color")) == 1
    await other.delete(shelf.name)
    with pytest.raises(TableNotFound):
        await shelf.put(key("a", 1))
    new = NewTable("id", KeyAttribute("other", "S"), None)
    await other.create(shelf.name, new)
    await shelf.put({"other": {"S": "x"}})
    await other.close()
