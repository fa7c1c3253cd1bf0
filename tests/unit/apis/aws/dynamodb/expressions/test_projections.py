"""Projections: what is taken of an item, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.dynamodb.expressions.projections import projection
from lenticular.apis.aws.dynamodb.expressions.request import Expressions
from lenticular.apis.aws.wire.errors import AwsError

ITEM = {
    "a": {"S": "1"},
    "two words": {"S": "2"},
    "a.b": {"S": "3"},
    "m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}}},
    "l": {"L": [{"N": "0"}, {"L": [{"N": "10"}, {"N": "11"}]}, {"M": {"x": {"N": "20"}}}]},
}


def project(text, names=None):
    params = {"ProjectionExpression": text}
    if names is not None:
        params["ExpressionAttributeNames"] = names
    expressions = Expressions(params, ("ProjectionExpression",))
    expressions.read_placeholders()
    found = expressions.projection()
    expressions.finish()
    return found(ITEM)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {"a": {"S": "1"}}),
        ("a, q", {"a": {"S": "1"}}),
        ("q", {}),
        ("m.x", {"m": {"M": {"x": {"N": "1"}}}}),
        ("m.x, m.y", {"m": ITEM["m"]}),
        ("m.q", {}),
        ("a.x, l.x, m[0]", {}),
        ("l[0]", {"l": {"L": [{"N": "0"}]}}),
        ("l[2].x, l[0]", {"l": {"L": [{"N": "0"}, {"M": {"x": {"N": "20"}}}]}}),
        ("l[1][1]", {"l": {"L": [{"L": [{"N": "11"}]}]}}),
        ("l[9], l[1][9]", {}),
    ],
)
def test_what_is_taken(text, expected):
    assert project(text) == expected


def test_names_stand_for_one_attribute_each():
    assert project("#1, #2", {"#1": "two words", "#2": "a.b"}) == {
        "two words": {"S": "2"},
        "a.b": {"S": "3"},
    }


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        ("", None, "Invalid ProjectionExpression: The expression can not be empty;"),
        ("a,", None, 'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","'),
        ("a b", None, 'Invalid ProjectionExpression: Syntax error; token: "b", near: "a b"'),
        (":a", None, 'Invalid ProjectionExpression: Syntax error; token: ":a", near: ":a"'),
        ("a[-1]", None, 'Invalid ProjectionExpression: Syntax error; token: "-", near: "[-1"'),
        ("abort", None, "Invalid ProjectionExpression: Attribute name is a reserved keyword; "
         "reserved keyword: abort"),
        ("a, a", None, "Invalid ProjectionExpression: Two document paths overlap with each other; "
         "must remove or rewrite one of these paths; path one: [a], path two: [a]"),
        ("m, m.x", None, "Invalid ProjectionExpression: Two document paths overlap with each "
         "other; must remove or rewrite one of these paths; path one: [m], path two: [m, x]"),
        ("m.x, m[0]", None, "Invalid ProjectionExpression: Two document paths conflict with each "
         "other; must remove or rewrite one of these paths; path one: [m, x], path two: [m, [0]]"),
        ("#a", {"#b": "a"}, "Invalid ProjectionExpression: An expression attribute name used in "
         "the document path is not defined; attribute name: #a"),
        ("a", {"#b": "a", "#c": "a"}, "Value provided in ExpressionAttributeNames unused in "
         "expressions: keys: {#b, #c}"),
        ("a", {}, "ExpressionAttributeNames must not be empty"),
        ("a", {"b": "a"}, "ExpressionAttributeNames contains invalid key: Syntax error; key: "
         '"b"'),
        ("#a", {"#a": ""}, "ExpressionAttributeNames contains invalid value: Empty attribute name "
         "for key #a"),
    ],
)  # fmt: skip
def test_what_is_refused(text, names, message):
    with pytest.raises(AwsError) as refused:
        project(text, names)
    assert refused.value.message == message


@given(data=st.data())
def test_any_path_takes_what_is_there(data, any_items, look_up):
    item = data.draw(any_items)
    names = st.sampled_from(["a", "b", 0, 1])
    path = (data.draw(st.sampled_from("abc")), *data.draw(st.lists(names, max_size=3)))
    taken = projection([path])(item)
    there = look_up(item, path)
    first_elements = tuple(part if isinstance(part, str) else 0 for part in path)
    assert look_up(taken, first_elements) == there
    assert bool(taken) == (there is not None)
