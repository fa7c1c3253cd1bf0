"""Queries and scans: what they find, in which order, and page by page."""

import itertools

import pytest

from lenticular.primitives.tables import INCLUDE, KEYS_ONLY, SortCondition
from lenticular.primitives.tables.errors import (
    IndexNotFound,
    KeyEmpty,
    KeyMismatch,
    StartKeyOutside,
    TableNotFound,
)
from lenticular.primitives.tables.limits import PAGE
from lenticular.primitives.tables.values import item as read_item

A = {"S": "a"}


def number(value):
    return {"N": str(value)}


@pytest.fixture
async def numbered(shelf, key):
    """Items from -5 to 5 in the partition a, others beside it."""
    for partition in ("a", "aa", "b"):
        for sort in range(-5, 6):
            await shelf.put(key(partition, sort) | {"even": {"BOOL": sort % 2 == 0}})
    return shelf


@pytest.mark.parametrize(
    ("operator", "bounds", "expected"),
    [
        ("=", [3], [3]),
        ("=", [9], []),
        ("<", [-2], [-5, -4, -3]),
        ("<=", [-3], [-5, -4, -3]),
        (">", [3], [4, 5]),
        (">=", [3], [3, 4, 5]),
        ("between", [-1, 2], [-1, 0, 1, 2]),
        ("between", [-1.5, 1.5], [-1, 0, 1]),
        ("between", [7, 9], []),
    ],
)
async def test_conditions_on_the_sort_key(numbered, operator, bounds, expected):
    condition = SortCondition(operator, tuple(map(number, bounds)))
    found = await numbered.all(partition=A, sort=condition)
    assert [int(item["s"]["N"]) for item in found] == expected
    backward = await numbered.all(partition=A, sort=condition, backward=True)
    assert backward == found[::-1]


async def test_a_partition_and_no_other(numbered):
    found = await numbered.all(partition=A)
    assert {item["p"]["S"] for item in found} == {"a"}
    assert [int(item["s"]["N"]) for item in found] == list(range(-5, 6))
    assert await numbered.all(partition={"S": "c"}) == []


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 11, 12])
async def test_pages_have_the_limit_and_join_up(numbered, limit, backward):
    whole = await numbered.all(partition=A, backward=backward)
    assert await numbered.all(partition=A, backward=backward, limit=limit) == whole
    page = await numbered.select(partition=A, limit=limit, backward=backward)
    assert len(page.rows) == page.scanned == min(limit, 11)
    # A full page may be the last one: that is only known once the next is read.
    assert (page.last is None) == (limit == 12)


async def test_a_filter_comes_after_the_limit(numbered):
    even = {"partition": A, "filter": lambda item: item["even"]["BOOL"]}
    page = await numbered.select(limit=4, **even)
    assert (len(page.rows), page.scanned) == (2, 4)
    assert page.last["s"] == number(-2)
    found = await numbered.all(limit=4, **even)
    assert [int(item["s"]["N"]) for item in found] == [-4, -2, 0, 2, 4]


async def test_a_start_key_need_not_be_there(numbered, key):
    page = await numbered.select(partition=A, start=key("a", "2.5"))
    assert [row.item()["s"] for row in page.rows] == [number(3), number(4), number(5)]
    with pytest.raises(StartKeyOutside):
        await numbered.select(partition=A, start=key("b", 1))


@pytest.mark.parametrize("prefix", ["a", "ab", "é", "\x00", "b"])
async def test_begins_with(make_shelf, by_color, key, prefix):
    colors = ["a", "ab", "abc", "a\x00", "b", "é", "éa", "\x00\x01", "\x00", "\x01", "\U0010ffff"]
    named = by_color._replace(partition=by_color.sort, sort=by_color.partition)
    shelf = await make_shelf(named)
    for at, color in enumerate(colors):
        await shelf.put(key("a", at) | {"color": {"S": color}, "weight": number(1)})
    condition = SortCondition("begins_with", ({"S": prefix},))
    found = await shelf.all(index="by_color", partition=number(1), sort=condition)
    expected = sorted(color for color in colors if color.startswith(prefix))
    assert [item["color"]["S"] for item in found] == expected


async def test_entries_with_equal_keys_are_all_found(make_shelf, by_color, key):
    shelf = await make_shelf(by_color)
    for at in range(5):
        await shelf.put(key("a", at) | {"color": {"S": "red"}, "weight": number(1)})
    query = {"index": "by_color", "partition": {"S": "red"}}
    for limit in (None, 1, 2, 5):
        assert len(await shelf.all(limit=limit, **query)) == 5
        equal = SortCondition("=", (number(1),))
        assert len(await shelf.all(limit=limit, sort=equal, **query)) == 5
        assert len(await shelf.all(limit=limit, sort=equal, backward=True, **query)) == 5
    for operator in ("<", ">"):
        assert await shelf.all(sort=SortCondition(operator, (number(1),)), **query) == []


async def test_indexes_copy_what_they_are_told_to(make_shelf, by_color, by_weight, key):
    shelf = await make_shelf(
        by_color._replace(name="keys", projection=KEYS_ONLY),
        by_color._replace(name="some", projection=INCLUDE, included=("note",)),
        by_weight._replace(projection=KEYS_ONLY),
    )
    item = key("a", 1) | {
        "color": {"S": "red"},
        "weight": number(2),
        "note": {"S": "n"},
        "other": {"S": "o"},
    }
    await shelf.put(item)
    red = {"S": "red"}
    without = {name: item[name] for name in item if name not in {"note", "other"}}
    assert await shelf.all(index="keys", partition=red) == [without]
    assert await shelf.all(index="some", partition=red) == [without | {"note": {"S": "n"}}]
    local = {name: item[name] for name in ("p", "s", "weight")}
    assert await shelf.all(index="by_weight", partition=A) == [local]
    page = await shelf.select(index="by_weight", partition=A, whole=True)
    assert [row.item() for row in page.rows] == [item]
    assert page.fetched == [read_item(item)[1]]
    assert page.size == read_item(local)[1]


async def test_an_index_has_only_the_items_with_its_key(make_shelf, by_color, key):
    shelf = await make_shelf(by_color)
    await shelf.put(key("a", 1) | {"color": {"S": "red"}})
    await shelf.put(key("a", 2) | {"weight": number(1)})
    await shelf.put(key("a", 3) | {"color": {"S": "red"}, "weight": number(1)})
    assert [item["s"] for item in await shelf.all(index="by_color")] == [number(3)]


async def test_a_page_ends_with_a_megabyte(shelf, key):
    text = {"S": "x" * 100_000}
    for at in range(25):
        await shelf.put(key("a", at) | {"text": text})
    size = read_item(key("a", 0) | {"text": text})[1]
    for selection in ({"partition": A}, {}):
        page = await shelf.select(**selection, filter=lambda item: item["s"] == number(24))
        assert page.scanned == -(-PAGE // size)
        assert PAGE <= page.size < PAGE + size
        assert page.rows == []
        assert len(await shelf.all(**selection)) == 25


@pytest.mark.parametrize("total", [1, 2, 3, 7, 1000])
async def test_segments_share_all_items(numbered, total):
    found = []
    for segment in range(total) if total < 10 else [0, 1, 500, 999]:
        part = await numbered.all(segment=(segment, total), limit=2)
        assert await numbered.all(segment=(segment, total)) == part
        found += part
    whole = await numbered.all()
    assert len(whole) == 33
    if total < 10:
        assert found == whole, "segments follow the order of a scan"


async def test_a_scan_keeps_partitions_together(numbered):
    partitions = [item["p"]["S"] for item in await numbered.all()]
    changes = [one for one, two in itertools.pairwise(partitions) if one != two]
    assert len(changes) == 2


@pytest.mark.parametrize(
    ("selection", "error"),
    [
        ({"index": "none"}, IndexNotFound),
        ({"partition": {"N": "1"}}, KeyMismatch),
        ({"partition": {"S": ""}}, KeyEmpty),
        ({"partition": A, "sort": SortCondition("=", (A,))}, KeyMismatch),
        ({"start": {"p": A}}, KeyMismatch),
    ],
)
async def test_selections_that_do_not_fit(shelf, selection, error):
    with pytest.raises(error):
        await shelf.select(**selection)


async def test_the_table_goes_away_between_two_portions(shelf, store, key):
    for at in range(200):
        await shelf.put(key("a", at))
    read = store.read

    async def read_and_delete(fn, *, long=False):
        result = await read(fn, long=long)
        store.read = read
        await shelf.tables.delete(shelf.name)
        return result

    store.read = read_and_delete
    with pytest.raises(TableNotFound):
        await shelf.select(partition=A)
