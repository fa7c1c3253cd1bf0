"""Keys: their order is that of partitions and sort keys, and no two items share one."""

import base64
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.primitives.tables import KeyAttribute, keys
from lenticular.primitives.tables.errors import (
    KeyEmpty,
    KeyMismatch,
    KeyMissing,
    KeyTypeMismatch,
    PartitionKeyTooLong,
    SortKeyTooLong,
)
from lenticular.primitives.tables.records import Index, Table

SAMPLES = {
    "S": st.text(min_size=1, max_size=5).map(lambda text: ({"S": text}, text.encode())),
    "B": st.binary(min_size=1, max_size=5).map(
        lambda raw: ({"B": base64.b64encode(raw).decode()}, raw)
    ),
    "N": st.integers(-(10**20), 10**20).map(lambda n: ({"N": str(n)}, Decimal(n))),
}


def table_of(partition="S", sort="S", *, sorted_by=True):
    return Table(
        1,
        "id",
        "111111111111",
        "us-east-1",
        "t",
        KeyAttribute("p", partition),
        KeyAttribute("s", sort) if sorted_by else None,
        0.0,
    )


def index_of(partition="S", sort="S", *, local=False):
    return Index(1, "i", local, KeyAttribute("ip", partition), KeyAttribute("is", sort), "ALL")


@pytest.mark.parametrize("sort", SAMPLES)
@given(data=st.data())
def test_items_of_a_partition_are_in_the_order_of_their_sort_keys(sort, data):
    table = table_of(sort=sort)
    (one, low), (two, high) = data.draw(st.tuples(SAMPLES[sort], SAMPLES[sort]))
    left, right = (keys.of_key(table, {"p": {"S": "a"}, "s": value}) for value in (one, two))
    assert (left < right) == (low < high)
    assert (left == right) == (low == high)


@pytest.mark.parametrize("sort", SAMPLES)
@given(data=st.data())
def test_entries_are_in_the_order_of_the_index_whatever_follows(sort, data):
    table, index = table_of(), index_of(sort=sort)
    samples = data.draw(st.tuples(SAMPLES[sort], SAMPLES[sort]))
    suffixes = data.draw(st.tuples(SAMPLES["S"], SAMPLES["S"]))
    (left, low), (right, high) = (
        (
            keys.of_entry(
                table,
                index,
                b"prefix",
                {"p": {"S": "a"}, "s": suffix, "ip": {"S": "x"}, "is": value},
            ),
            known,
        )
        for (value, known), (suffix, _) in zip(samples, suffixes, strict=True)
    )
    if low != high:
        assert (left < right) == (low < high)
    else:
        assert (left == right) == (suffixes[0] == suffixes[1])


@given(st.tuples(st.text(min_size=1), st.text(min_size=1)), st.data())
def test_no_two_items_share_a_key(first, data):
    second = data.draw(st.tuples(st.text(min_size=1), st.text(min_size=1)))
    one, two = (keys.of_key(table_of(), {"p": {"S": p}, "s": {"S": s}}) for p, s in (first, second))
    assert (one == two) == (first == second)


@given(st.binary(max_size=10), st.binary(max_size=10), st.binary(max_size=3))
def test_an_end_mark_keeps_the_order(left, right, behind):
    assert (keys.ended(left) < keys.ended(right)) == (left < right)
    if left < right:
        assert keys.ended(left) + behind < keys.ended(right)


@given(st.integers(1, 100), st.text(min_size=1))
def test_every_item_is_in_one_segment(total, partition):
    table = table_of(sorted_by=False)
    key = keys.of_key(table, {"p": {"S": partition}})
    ranges = [keys.segment(table.items, number, total) for number in range(total)]
    assert sum(start <= key < stop for start, stop in ranges) == 1
    assert ranges[0][0] <= ranges[0][1] == (ranges[1][0] if total > 1 else ranges[0][1])


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ({}, KeyMismatch),
        ({"p": {"S": "a"}}, KeyMismatch),
        ({"p": {"S": "a"}, "x": {"S": "a"}}, KeyMismatch),
        ({"p": {"S": "a"}, "s": {"S": "a"}, "x": {"S": "a"}}, KeyMismatch),
        ({"p": {"N": "1"}, "s": {"S": "a"}}, KeyMismatch),
        ({"p": {"S": ""}, "s": {"S": "a"}}, KeyEmpty),
        ({"p": {"S": "a"}, "s": {"S": ""}}, KeyEmpty),
        ({"p": {"S": "a" * 2049}, "s": {"S": "a"}}, PartitionKeyTooLong),
        ({"p": {"S": "a"}, "s": {"S": "a" * 1025}}, SortKeyTooLong),
        ({"p": {"S": "é" * 1025}, "s": {"S": "a"}}, PartitionKeyTooLong),
    ],
)
def test_what_is_no_key(key, error):
    with pytest.raises(error):
        keys.of_key(table_of(), key)


def test_the_longest_keys():
    key = {"p": {"S": "a" * 2048}, "s": {"S": "b" * 1024}}
    assert keys.of_key(table_of(), key) == keys.of_item(table_of(), key | {"x": {"N": "1"}})


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"p": {"S": "a"}}, KeyMissing),
        ({"p": {"S": "a"}, "s": {"N": "1"}}, KeyTypeMismatch),
        ({"p": {"S": "a"}, "s": {"S": ""}}, KeyEmpty),
    ],
)
def test_items_without_a_key(item, error):
    with pytest.raises(error):
        keys.of_item(table_of(), item)


@pytest.mark.parametrize(
    "odd", [None, {"N": "1"}, {"S": ""}, {"S": "a" * 2049}, {"SS": ["a"]}, {"NULL": True}]
)
def test_items_without_an_entry(odd):
    item = {"p": {"S": "a"}, "s": {"S": "a"}, "is": {"S": "a"}}
    if odd:
        item["ip"] = odd
    assert keys.of_entry(table_of(), index_of(), b"prefix", item) is None
