"""Any text as any expression is either one or a ValidationException."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.apis.aws.dynamodb.expressions.request import Expressions
from lenticular.apis.aws.wire.errors import AwsError

CONDITIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression")
KINDS = (*CONDITIONS, "UpdateExpression", "ProjectionExpression")
PIECES = """
    a b c p s size name #n #m :v :w 0 1 99 . , ( ) [ ] = <> < <= > >= + - ! & " '
    AND OR NOT BETWEEN IN SET REMOVE ADD DELETE and or not between in set [0] .b #n.a a[1].c
    attribute_exists( attribute_type( begins_with( contains( size( if_not_exists( list_append(
    \x00 é 🦋 \u2060
"""
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(PIECES.split()), max_size=25).map(" ".join)
NAMES = {"#n": "a", "#m": "b"}
VALUES = {":v": {"S": "x"}, ":w": {"N": "1"}}


def read(kind, text, names, values):
    """Read an expression as an operation does."""
    params = {kind: text}
    if names is not None:
        params["ExpressionAttributeNames"] = names
    if values is not None and kind != "ProjectionExpression":
        params["ExpressionAttributeValues"] = values
    expressions = Expressions(params, (kind,))
    expressions.read_placeholders()
    if kind == "UpdateExpression":
        found = expressions.update()
    elif kind == "ProjectionExpression":
        found = expressions.projection()
    elif kind == "KeyConditionExpression":
        expressions.check_key_condition()
        found = expressions.key_conditions()
    else:
        found = expressions.condition(kind)
    expressions.finish()
    return found


def refusal(kind, text, names, values):
    """The code of the error of an expression; None: it is one."""
    try:
        read(kind, text, names, values)
    except AwsError as error:
        return error.code
    return None


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_any_text(kind, text):
    for names, values in ((NAMES, VALUES), (None, None)):
        assert refusal(kind, text, names, values) in {None, "ValidationException"}


@pytest.mark.parametrize("kind", KINDS)
@given(
    names=st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
    values=st.dictionaries(
        st.text(max_size=4),
        st.dictionaries(st.sampled_from(["S", "N", "L", "X"]), st.text(max_size=3), max_size=2),
        max_size=3,
    ),
)
def test_any_placeholders(kind, names, values):
    assert refusal(kind, "a", names, values) in {
        None,
        "ValidationException",
        "SerializationException",
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("piece", ["(", "a(", "a.", "a[0]", "NOT ", "SET a=(", "#n.", "((", "["])
def test_ten_thousand_of_anything(kind, piece):
    for text in (piece * 10_000, piece * (4096 // len(piece)), "p = :v AND " + piece * 300):
        with pytest.raises(AwsError) as refused:
            read(kind, text, NAMES, VALUES)
        assert refused.value.code == "ValidationException"


@pytest.mark.parametrize("kind", ["ConditionExpression", "FilterExpression"])
def test_deepest_parentheses_that_can_be(kind):
    # Not doubled, which is refused: each level has something beside the next.
    text = "a=:v"
    for _ in range(140):
        text = f"(a=:v OR {text})"
    condition = read(kind, text, None, {":v": {"S": "x"}})
    assert condition({"a": {"S": "x"}})
    assert not condition({})
