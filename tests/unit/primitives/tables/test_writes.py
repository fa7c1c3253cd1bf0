"""Writes: conditions, changes, what they return, and what they refuse."""

import pytest

from lenticular.primitives.tables import Check, Delete, TableName, Update
from lenticular.primitives.tables.errors import (
    ConditionFailed,
    IndexKeyEmpty,
    IndexKeyTypeMismatch,
    ItemTooLarge,
    KeyMismatch,
    KeyMissing,
    PartitionKeyTooLong,
    Rejected,
    SortKeyTooLong,
    TableNotFound,
)
from lenticular.primitives.tables.limits import MAX_ITEM
from lenticular.primitives.tables.values import item as read_item


def setting(**attributes):
    """A change that sets attributes."""
    return lambda table, item: item | attributes


def is_new(item):
    return not item


async def test_put_replaces_the_whole_item(shelf, key):
    await shelf.put(key("a", 1) | {"x": {"S": "1"}, "y": {"S": "1"}})
    outcome = await shelf.put(key("a", 1) | {"x": {"S": "2"}})
    assert outcome.old.item()["y"] == {"S": "1"}
    assert await shelf.get(key("a", 1)) == key("a", 1) | {"x": {"S": "2"}}


async def test_numbers_are_one_key_however_written(shelf):
    await shelf.put({"p": {"S": "a"}, "s": {"N": "1.0"}, "x": {"S": "1"}})
    await shelf.put({"p": {"S": "a"}, "s": {"N": "100e-2"}, "x": {"S": "2"}})
    assert [item["x"] for item in await shelf.all()] == [{"S": "2"}]


async def test_delete_is_no_error_without_an_item(shelf, key):
    assert (await shelf.delete(key("a", 1))).old is None
    await shelf.put(key("a", 1))
    assert (await shelf.delete(key("a", 1))).old.item() == key("a", 1)
    assert await shelf.get(key("a", 1)) is None


async def test_update_makes_an_item_or_changes_it(shelf, key):
    write = Update(table=shelf.name, key=key("a", 1), change=setting(x={"N": "1.0"}))
    outcome = await shelf.tables.write(write)
    assert outcome.old is None
    assert outcome.new.item() == key("a", 1) | {"x": {"N": "1"}}
    write = Update(table=shelf.name, key=key("a", 1), change=setting(y={"S": "b"}))
    outcome = await shelf.tables.write(write)
    assert outcome.old.item() == key("a", 1) | {"x": {"N": "1"}}
    assert await shelf.get(key("a", 1)) == outcome.new.item()
    assert outcome.new.item() == key("a", 1) | {"x": {"N": "1"}, "y": {"S": "b"}}


async def test_update_that_does_not_create(shelf, key):
    def never(table, item):
        raise AssertionError

    write = Update(table=shelf.name, key=key("a", 1), change=never, creates=False)
    outcome = await shelf.tables.write(write)
    assert (outcome.old, outcome.new) == (None, None)
    assert await shelf.all() == []
    assert await shelf.statistics() == {"": (0, 0)}


async def test_update_cannot_change_the_key(shelf, key):
    write = Update(table=shelf.name, key=key("a", 1), change=setting(s={"N": "2"}))
    with pytest.raises(KeyMismatch):
        await shelf.tables.write(write)
    assert await shelf.all() == []


async def test_a_rejected_change_changes_nothing(shelf, key):
    def reject(table, item):
        raise Rejected("no")

    await shelf.put(key("a", 1))
    with pytest.raises(Rejected, match="no"):
        await shelf.tables.write(Update(table=shelf.name, key=key("a", 1), change=reject))
    assert await shelf.all() == [key("a", 1)]


@pytest.mark.parametrize("tell", [False, True])
async def test_a_failed_condition_changes_nothing_and_tells_if_asked(shelf, key, tell):
    await shelf.put(key("a", 1) | {"x": {"S": "old"}})
    with pytest.raises(ConditionFailed) as failed:
        await shelf.put(key("a", 1), condition=is_new, tell=tell)
    assert failed.value.item == (b'{"p":{"S":"a"},"s":{"N":"1"},"x":{"S":"old"}}' if tell else None)
    with pytest.raises(ConditionFailed):
        await shelf.delete(key("a", 1), condition=is_new)
    with pytest.raises(ConditionFailed) as failed:
        await shelf.delete(key("a", 2), condition=bool, tell=tell)
    assert failed.value.item is None
    assert (await shelf.get(key("a", 1)))["x"] == {"S": "old"}
    await shelf.put(key("a", 2), condition=is_new)


async def test_check_only_checks(shelf, key):
    await shelf.put(key("a", 1))
    check = Check(table=shelf.name, key=key("a", 1), condition=bool)
    outcome = await shelf.tables.write(check)
    assert outcome.checked_only
    assert await shelf.all() == [key("a", 1)]
    assert (await shelf.statistics())[""][0] == 1


async def test_items_up_to_400_kilobytes(shelf, key):
    rest = read_item(key("a", 1) | {"x": {"S": ""}})[1]
    largest = key("a", 1) | {"x": {"S": "x" * (MAX_ITEM - rest)}}
    await shelf.put(largest)
    with pytest.raises(ItemTooLarge):
        shelf.writing(largest | {"y": {"S": ""}})
    with pytest.raises(ItemTooLarge) as error:
        await shelf.tables.write(
            Update(table=shelf.name, key=key("a", 1), change=setting(y={"S": ""}))
        )
    assert error.value.updated
    assert await shelf.get(key("a", 1)) == largest


async def test_keys_of_indexes_are_checked(make_shelf, by_color, key):
    shelf = await make_shelf(by_color)
    for odd, error in (
        ({"color": {"N": "1"}}, IndexKeyTypeMismatch),
        ({"color": {"S": ""}}, IndexKeyEmpty),
        ({"color": {"S": "c" * 2049}}, PartitionKeyTooLong),
        ({"color": {"S": "red"}, "weight": {"S": "1"}}, IndexKeyTypeMismatch),
        ({"weight": {"S": "1"}}, IndexKeyTypeMismatch),
    ):
        with pytest.raises(error):
            await shelf.put(key("a", 1) | odd)
        update = Update(table=shelf.name, key=key("a", 1), change=setting(**odd))
        with pytest.raises(error):
            await shelf.tables.write(update)
    assert await shelf.all() == []


async def test_a_sort_key_of_an_index_can_be_too_long(make_shelf, by_color, key):
    named = by_color._replace(sort=by_color.partition, partition=by_color.sort)
    shelf = await make_shelf(named)
    with pytest.raises(SortKeyTooLong):
        await shelf.put(key("a", 1) | {"color": {"S": "c" * 1025}})


async def test_an_item_without_its_key(shelf):
    with pytest.raises(KeyMissing):
        await shelf.put({"p": {"S": "a"}})


async def test_a_table_that_is_not_there(shelf, key):
    shelf.name = TableName("111111111111", "us-east-1", "other")
    for attempt in (
        shelf.put(key("a", 1)),
        shelf.get(key("a", 1)),
        shelf.delete(key("a", 1)),
        shelf.select(),
        shelf.tables.write_all([Delete(table=shelf.name, key=key("a", 1))]),
    ):
        with pytest.raises(TableNotFound):
            await attempt


async def test_a_guard_comes_before_everything(shelf, key):
    def guard(table):
        raise Rejected(table.name)

    with pytest.raises(Rejected, match="samples"):
        await shelf.put(key("a", 1), guard=guard)
    with pytest.raises(Rejected):
        await shelf.delete({}, guard=guard)


async def test_statistics_are_kept(make_shelf, by_color, key):
    shelf = await make_shelf(by_color)
    red = key("a", 1) | {"color": {"S": "red"}, "weight": {"N": "5"}}
    size = read_item(red)[1]
    await shelf.put(red)
    await shelf.put(red)
    await shelf.put(key("a", 2))
    small = read_item(key("a", 2))[1]
    assert await shelf.statistics() == {"": (2, size + small), "by_color": (1, size)}
    await shelf.tables.maintain()
    assert await shelf.statistics() == {"": (2, size + small), "by_color": (1, size)}
    await shelf.delete(key("a", 1))
    assert await shelf.statistics() == {"": (1, small), "by_color": (0, 0)}
