"""Listings: filters, orders, limits, and that they keep little in memory."""

import pytest

from lenticular.agent.listing import Listing, QueryInvalid
from lenticular.engines.connectors.contract import Entry

ENTRIES = [
    Entry("b.txt", "file", 20, 2_000.0, "0644", "ada", "lab"),
    Entry("a.csv", "file", 10, 1_000.0, "0600", "bob", "lab"),
    Entry("c", "dir", 0, 3_000.0, "0755", "ada", "lab"),
    Entry(".d", "file", 5, 4_000.0, "0644", "ada", "lab"),
    Entry("to-c", "link", 1, 5_000.0, "0777", "ada", "lab", "c", "dir"),
    Entry("nowhere", "link", 1, 5_000.0, "0777", "ada", "lab", "gone"),
]


def listed(filters=(), order=("name",), limit=100, offset=0, **more):
    listing = Listing(filters=filters, order=order, limit=limit, offset=offset, **more)
    listing.add(ENTRIES)
    return [entry.name for entry in listing.entries()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name:a.csv", ["a.csv"]),
        ("name:=a.csv,~b*", ["a.csv", "b.txt"]),
        ("name:~*.txt,!b.txt", []),
        ("name:!~*.*", ["c", "nowhere", "to-c"]),
        ("name:~*.TXT", []),
        ("type:dir", ["c", "to-c"]),
        ("type:invalid_symlink", ["nowhere"]),
        ("type:file/user:ada", [".d", "b.txt"]),
        ("permissions:0600", ["a.csv"]),
        ("group:lab/user:!ada", ["a.csv"]),
        ("size:20", ["b.txt"]),
        ("size:>=10,<20", ["a.csv"]),
        ("size:!10/type:file", [".d", "b.txt"]),
        ("last_modified:1970-01-01 00:50:00,", [".d", "c", "nowhere", "to-c"]),
        ("last_modified:,1970-01-01T00:16:40Z", ["a.csv"]),
        ("last_modified:1970-01-01 00:30:00,1970-01-01 00:40:00+00:00", ["b.txt"]),
    ],
)
def test_filters(text, expected):
    assert listed([text]) == expected


def test_of_several_filters_one_is_enough():
    assert listed(["type:dir", "name:a.csv"]) == ["a.csv", "c", "to-c"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ((), ["c", "to-c", ".d", "a.csv", "b.txt", "nowhere"]),
        (("size DESC", "name"), ["b.txt", "a.csv", ".d", "nowhere", "to-c", "c"]),
        (("user", "name desc"), ["to-c", "nowhere", "c", "b.txt", ".d", "a.csv"]),
        (("last_modified", "name ASC"), ["a.csv", "b.txt", "c", ".d", "nowhere", "to-c"]),
    ],
)
def test_orders(order, expected):
    assert listed(order=order) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"filters": ["colour:red"]},
        {"filters": ["name"]},
        {"filters": ["size:many"]},
        {"filters": ["last_modified:yesterday,"]},
        {"order": ["colour"]},
        {"order": ["name UP"]},
    ],
)
def test_what_is_not_understood_is_refused(query):
    with pytest.raises(QueryInvalid):
        listed(**query)


def test_hidden_files_are_left_out_when_asked():
    assert ".d" not in listed(show_hidden=False)


def test_pages_of_a_large_folder_are_right_and_memory_is_bounded():
    listing = Listing(order=("name",), limit=10, offset=20)
    most = 0
    for page in range(100):
        listing.add(Entry(f"{(page * 50 + n) * 7919 % 5000:04d}", "file") for n in range(50))
        most = max(most, len(listing._kept))
    assert [entry.name for entry in listing.entries()] == [f"{n:04d}" for n in range(20, 30)]
    assert listing.total == 5000
    assert most <= 2 * 30 + 50
