"""Values: which there are, their canonical form, their size, when they are equal."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.primitives.tables import values
from lenticular.primitives.tables.errors import (
    NameInvalid,
    NestedTooDeep,
    NullNotTrue,
    NumberInvalid,
    SetEmpty,
    SetRepeats,
    ValueAmbiguous,
    ValueEmpty,
    ValueInvalid,
    ValueMalformed,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*values._READERS, "X"]), inner, max_size=2)
    ),
    max_leaves=10,
)


def text(raw):
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "abc"}, 3),
        ({"S": "é🦋"}, 6),
        ({"N": "123"}, 3),
        ({"B": text(b"12345")}, 5),
        ({"B": ""}, 0),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "20"]}, 4),
        ({"BS": [text(b"1"), text(b"")]}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "a"}, {"N": "1"}]}, 3 + 2 + 3),
        ({"M": {}}, 3),
        ({"M": {"key": {"S": "a"}}}, 3 + 3 + 1 + 1),
    ],
)
def test_sizes(given, size):
    assert values.value(given) == (given, size)
    assert values.item({"name": given}) == ({"name": given}, 4 + size)


def test_numbers_become_canonical_wherever_they_are():
    given = {"a": {"L": [{"M": {"n": {"N": "1.50"}}}, {"NS": ["1e1", "-0"]}]}}
    item, _ = values.item(given)
    assert item == {"a": {"L": [{"M": {"n": {"N": "1.5"}}}, {"NS": ["10", "0"]}]}}
    assert given["a"]["L"][0]["M"]["n"] == {"N": "1.50"}, "what was given is not changed"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, ValueEmpty),
        ({"X": "a"}, ValueEmpty),
        ({"S": None}, ValueEmpty),
        ({"S": "a", "N": "1"}, ValueAmbiguous),
        ({"S": "a", "N": "x"}, NumberInvalid),
        ({"S": 1}, ValueMalformed),
        ({"N": 1}, ValueMalformed),
        ({"N": ""}, NumberInvalid),
        ({"B": "a"}, ValueMalformed),
        ({"B": "a*=="}, ValueMalformed),
        ({"B": "YQ==YQ=="}, ValueMalformed),
        ({"BOOL": "true"}, ValueMalformed),
        ({"NULL": False}, NullNotTrue),
        ({"SS": []}, SetEmpty),
        ({"SS": ["a", "a"]}, SetRepeats),
        ({"SS": "a"}, ValueMalformed),
        ({"NS": ["1", "1.0"]}, SetRepeats),
        ({"BS": ["YQ==", "YQ=="]}, SetRepeats),
        ({"L": {}}, ValueMalformed),
        ({"M": []}, ValueMalformed),
        ({"L": ["a"]}, ValueMalformed),
        ("a", ValueMalformed),
        (None, ValueMalformed),
    ],
)
def test_what_is_no_value(given, error):
    with pytest.raises(error):
        values.value(given)
    with pytest.raises(error):
        values.value({"L": [{"M": {"a": given}}]})


@given(JSON)
def test_any_json_is_a_value_or_invalid(given):
    try:
        value, size = values.value(given)
    except ValueInvalid:
        return
    assert values.value(value) == (value, size)
    assert values.equal(value, value)


@pytest.mark.parametrize("wrap", [lambda v: {"L": [v]}, lambda v: {"M": {"a": v}}])
def test_nesting_is_limited(wrap):
    value = {"S": "x"}
    for _ in range(32):
        value = wrap(value)
    values.item({"a": value})
    with pytest.raises(NestedTooDeep):
        values.item({"a": wrap(value)})


@pytest.mark.parametrize("name", ["", "n" * 65_536, "é" * 32_768])
def test_names_that_cannot_be(name):
    with pytest.raises(NameInvalid):
        values.item({name: {"S": "a"}})
    values.item({name[1:] or "a": {"S": "a"}})


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"SS": ["a", "b"]}, {"SS": ["a", "c"]}, False),
        ({"NS": ["1", "2"]}, {"NS": ["2", "1"]}, True),
        ({"NS": ["1"]}, {"SS": ["1"]}, False),
        ({"L": [{"SS": ["a", "b"]}]}, {"L": [{"SS": ["b", "a"]}]}, True),
        ({"M": {"x": {"BS": ["YQ==", "Yg=="]}}}, {"M": {"x": {"BS": ["Yg==", "YQ=="]}}}, True),
        ({"M": {"x": {"S": ""}}}, {"M": {"y": {"S": ""}}}, False),
        ({"L": [{"S": "a"}]}, {"L": []}, False),
        ({"S": "1"}, {"N": "1"}, False),
    ],
)
def test_equality(left, right, equal):
    assert values.equal(left, right) is equal
    assert values.equal(right, left) is equal
