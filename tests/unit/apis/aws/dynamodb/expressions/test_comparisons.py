"""Comparisons of two values, of every type."""

import operator

import pytest

from lenticular.apis.aws.dynamodb.expressions import comparisons

OPERATORS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ASCENDING = {
    "N": ["-1e20", "-2", "-0.5", "0", "0.3", "9", "10", "100"],
    "S": ["", "10", "9", "Z", "a", "aa", "b", "é", "\uffff", "\U00010000"],
    "B": ["", "AA==", "AAA=", "YQ==", "YWE=", "/w=="],
}


@pytest.mark.parametrize("text", OPERATORS)
@pytest.mark.parametrize("kind", ASCENDING)
def test_order_within_a_type(kind, text):
    compare, expected = comparisons.COMPARE[text], OPERATORS[text]
    for left, one in enumerate(ASCENDING[kind]):
        for right, two in enumerate(ASCENDING[kind]):
            assert compare({kind: one}, {kind: two}) is expected(left, right), (one, two)


@pytest.mark.parametrize("text", OPERATORS)
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"N": "1"}, {"S": "1"}),
        ({"S": "a"}, {"B": "YQ=="}),
        ({"S": "a"}, None),
        (None, {"S": "a"}),
        (None, None),
        ({"S": "a"}, {"SS": ["a"]}),
    ],
)
def test_values_of_two_types_only_differ(text, left, right):
    assert comparisons.COMPARE[text](left, right) is (text == "<>")


@pytest.mark.parametrize("text", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("value", [{"BOOL": True}, {"NULL": True}, {"L": []}, {"SS": ["a"]}])
def test_types_without_an_order(text, value):
    assert comparisons.COMPARE[text](value, value) is False


def test_sets_are_equal_in_any_order():
    assert comparisons.equals({"SS": ["a", "b"]}, {"SS": ["b", "a"]})
    assert comparisons.differs({"SS": ["a", "b"]}, {"SS": ["a"]})


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é🦋"}, "2"),
        ({"B": "AAAA"}, "3"),
        ({"SS": ["a", "b"]}, "2"),
        ({"L": []}, "0"),
        ({"M": {"a": {"S": ""}}}, "1"),
        ({"N": "12"}, None),
        ({"BOOL": True}, None),
        (None, None),
    ],
)
def test_sizes(value, size):
    assert comparisons.size(value) == (None if size is None else {"N": size})
