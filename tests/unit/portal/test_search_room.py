"""How results of Search are shown: their addresses, fields, and by what they are narrowed down."""

import pytest

from lenticular.portal.clients import Refused
from lenticular.portal.rooms import search

ID = "6f1c0a52-9b1e-4a50-8a55-0c7b0d6f1e2a"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("https://data.example.org/1", "https://data.example.org/1"),
        (f"globus://{ID}/a/b/c.csv", f"/files?left={ID}&left_path=/a/b/"),
        ("javascript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("https:/evil", ""),
        ("globus://else.example/a", ""),
        ("http://[", ""),
        ("sample 7", ""),
    ],
)
def test_only_addresses_become_links(subject, expected):
    assert search._address(subject) == expected


def result(**content):
    return {"subject": "s", "entries": [{"content": content}]}


def test_fields_are_flattened_and_dots_in_names_are_kept_apart():
    leaves = dict(search._leaves({"a": {"b": 1}, "a.b": 2, "c": ["x", {"d": 1}], "e": None}))
    assert leaves == {"a.b": 1, "a\\.b": 2, "c": "x"}


def test_what_has_a_value_of_its_own_in_each_result_is_no_category():
    found = {"gmeta": [result(kind="tiff", id=number, title="T") for number in range(5)]}
    assert search._categories(found, ()) == ["kind"]
    assert search._categories({"gmeta": []}, (("year", 2023),)) == ["year"]


@pytest.mark.parametrize("text", ["{", "[1]", '[["a"]]', '[["a", {}]]', '[[1, "a"]]', "7"])
def test_filters_that_cannot_be_read_are_refused(text):
    with pytest.raises(Refused):
        search._pairs(text)
