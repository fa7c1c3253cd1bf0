"""Updates: any one against an obvious one; what is refused, and how."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.dynamodb.expressions.changes import change
from lenticular.apis.aws.dynamodb.expressions.scope import Scope
from lenticular.apis.aws.dynamodb.expressions.updates import compile_update, parse_update
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.tables.errors import Rejected, ValueInvalid
from lenticular.primitives.tables.values import type_of

ITEM = {
    "a": {"S": "text"},
    "n": {"N": "5"},
    "l": {"L": [{"S": str(at)} for at in range(5)]},
    "m": {"M": {"x": {"N": "1"}, "l": {"L": [{"M": {"y": {"S": "deep"}}}]}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
}


def update(text, item=ITEM, values=None, names=None):
    values = values or {}
    types = {name: type_of(value) for name, value in values.items()}
    scope = Scope("UpdateExpression", names or {}, types)
    steps = compile_update(parse_update(text), scope)
    before = copy.deepcopy(item)
    result = change(steps, item, values)
    assert item == before, "the item that was read is not changed"
    return result


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("SET a = :s", {"a": {"S": "new"}}),
        ("SET b = a, a = :s", {"b": {"S": "text"}, "a": {"S": "new"}}),
        ("SET a = n, n = a", {"a": {"N": "5"}, "n": {"S": "text"}}),
        ("SET n = n + :n", {"n": {"N": "6.5"}}),
        ("SET n = :n - n", {"n": {"N": "-3.5"}}),
        ("SET n = n - m.x", {"n": {"N": "4"}}),
        ("SET b = if_not_exists(b, :s)", {"b": {"S": "new"}}),
        ("SET b = if_not_exists(a, :s)", {"b": {"S": "text"}}),
        ("SET n = if_not_exists(n, :n) + :n", {"n": {"N": "6.5"}}),
        ("SET b = if_not_exists(b, :n) + :n", {"b": {"N": "3"}}),
        ("SET b = list_append(:l, :l)", {"b": {"L": [{"N": "1"}] * 2}}),
        ("SET l = list_append(if_not_exists(q, :l), l)",
         {"l": {"L": [{"N": "1"}, *ITEM["l"]["L"]]}}),
        ("SET l[1] = :s", {"l": {"L": [{"S": each} for each in ["0", "new", "2", "3", "4"]]}}),
        ("SET l[99] = :s", {"l": {"L": [*ITEM["l"]["L"], {"S": "new"}]}}),
        ("SET l[9] = :s, l[7] = :n", {"l": {"L": [*ITEM["l"]["L"], {"N": "1.5"}, {"S": "new"}]}}),
        ("REMOVE l[0], l[2]", {"l": {"L": [{"S": each} for each in "134"]}}),
        ("REMOVE l[3], l[99]", {"l": {"L": [{"S": each} for each in "0124"]}}),
        ("SET l[0] = :s REMOVE l[1]",
         {"l": {"L": [{"S": each} for each in ["new", "2", "3", "4"]]}}),
        ("REMOVE a, q", {"a": None}),
        ("remove a set b = :s", {"a": None, "b": {"S": "new"}}),
        ("SET m.x = :s", {"m": {"M": {"x": {"S": "new"}, "l": ITEM["m"]["M"]["l"]}}}),
        ("SET m.l[0].y = m.x",
         {"m": {"M": {"x": {"N": "1"}, "l": {"L": [{"M": {"y": {"N": "1"}}}]}}}}),
        ("REMOVE m.l[0].y", {"m": {"M": {"x": {"N": "1"}, "l": {"L": [{"M": {}}]}}}}),
        ("REMOVE m.q", {}),
        ("ADD n :n", {"n": {"N": "6.5"}}),
        ("ADD q :n", {"q": {"N": "1.5"}}),
        ("ADD m.x :n", {"m": {"M": {"x": {"N": "2.5"}, "l": ITEM["m"]["M"]["l"]}}}),
        ("ADD ss :ss", {"ss": {"SS": ["a", "b", "c"]}}),
        ("ADD q :ss", {"q": {"SS": ["b", "c"]}}),
        ("DELETE ss :ss", {"ss": {"SS": ["a"]}}),
        ("DELETE ss :ab", {"ss": None}),
        ("DELETE q :ss", {}),
        ("DELETE ns :ns ADD n :n REMOVE a SET b = :s",
         {"ns": {"NS": ["2"]}, "n": {"N": "6.5"}, "a": None, "b": {"S": "new"}}),
    ],
)  # fmt: skip
def test_what_updates_do(text, changes):
    values = {
        ":s": {"S": "new"},
        ":n": {"N": "1.5"},
        ":l": {"L": [{"N": "1"}]},
        ":ss": {"SS": ["b", "c"]},
        ":ab": {"SS": ["a", "b"]},
        ":ns": {"NS": ["1", "3"]},
    }
    changed = {**ITEM, **changes}
    expected = {name: value for name, value in changed.items() if value is not None}
    assert update(text, ITEM, values) == expected


PATHS = [
    ("a",),
    ("b",),
    ("n",),
    ("l",),
    ("l", 0),
    ("l", 1),
    ("l", 3),
    ("l", 7),
    ("m", "x"),
    ("m", "q"),
    ("m", "l", 0, "y"),
]


def is_prefix(one, two):
    return two[: len(one)] == one


def disjoint(paths):
    return not any(is_prefix(one, two) for one in paths for two in paths if one is not two)


@given(data=st.data())
def test_any_update_does_what_is_obvious(data, look_up, any_values):
    targets = data.draw(
        st.lists(st.sampled_from(PATHS), min_size=1, max_size=5, unique=True).filter(disjoint)
    )
    removed = [path for path in targets if data.draw(st.booleans())]
    assigned = {path: None for path in targets if path not in removed}
    values, sections = {}, []
    for at, path in enumerate(assigned):
        source = data.draw(st.none() | st.sampled_from(PATHS))
        if source is None or look_up(ITEM, source) is None:
            values[f":v{at}"] = assigned[path] = data.draw(any_values)
            sections.append(f"{write(path)} = :v{at}")
        else:
            assigned[path] = look_up(ITEM, source)
            sections.append(f"{write(path)} = {write(source)}")
    text = ("SET " + ", ".join(sections) if sections else "") + (
        " REMOVE " + ", ".join(map(write, removed)) if removed else ""
    )
    assert update(text, ITEM, values) == obvious(assigned, removed), text


def write(path):
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts)[1:]


def obvious(assigned, removed):
    """The item with new values, whose lists first have gaps and then lose them."""
    gap = object()
    item = copy.deepcopy(ITEM)
    for path in [*sorted(assigned, key=lambda path: str(path[-1])), *removed]:
        value = gap if path in removed else assigned[path]
        container = item
        for part in path[:-1]:
            value_there = container[part]
            container = value_there.get("M") or value_there.get("L")
        last = path[-1]
        if isinstance(last, int) and last >= len(container):
            container.append(value)
        else:
            container[last] = value
    return without(item, gap)


def without(content, gap):
    if isinstance(content, dict):
        return {name: without(each, gap) for name, each in content.items() if each is not gap}
    if isinstance(content, list):
        return [without(each, gap) for each in content if each is not gap]
    return content


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("SET", 'Syntax error; token: "<EOF>", near: "SET"'),
        ("a = :n", 'Syntax error; token: "a", near: "a ="'),
        ("SET a = :n,", 'Syntax error; token: "<EOF>", near: ","'),
        ("SET a = :n + :n + :n", 'Syntax error; token: "+", near: ":n + :n"'),
        ("SET a == :n", 'Syntax error; token: "=", near: "== :n"'),
        ("ADD a b", 'Syntax error; token: "b", near: "a b"'),
        ("SET a = :n SET b = :n", 'The "SET" section can only be used once in an update '
         "expression;"),
        ("SET name = :n", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("SET a = :n, a = :n", "Two document paths overlap with each other; must remove or "
         "rewrite one of these paths; path one: [a], path two: [a]"),
        ("SET m.x = :n REMOVE m", "Two document paths overlap with each other; must remove or "
         "rewrite one of these paths; path one: [m, x], path two: [m]"),
        ("SET m.x = :n, m[0] = :n", "Two document paths conflict with each other; must remove or "
         "rewrite one of these paths; path one: [m, x], path two: [m, [0]]"),
        ("SET a = begins_with(a, :s)", "The function is not allowed in an update expression; "
         "function: begins_with"),
        ("SET a = foo(a)", "Invalid function name; function: foo"),
        ("SET a = if_not_exists(:n, :n)", "Operator or function requires a document path; "
         "operator or function: if_not_exists"),
        ("SET a = if_not_exists(b)", "Incorrect number of operands for operator or function; "
         "operator or function: if_not_exists, number of operands: 1"),
        ("SET a = :n + :s", "Incorrect operand type for operator or function; "
         "operator or function: +, operand type: S"),
        ("SET a = list_append(:n, l)", "Incorrect operand type for operator or function; "
         "operator or function: list_append, operand type: N"),
        ("ADD a :s", "Incorrect operand type for operator or function; operator: ADD, "
         "operand type: STRING"),
        ("DELETE a :n", "Incorrect operand type for operator or function; operator: DELETE, "
         "operand type: NUMBER"),
        ("SET #q = :n", "An expression attribute name used in the document path is not defined; "
         "attribute name: #q"),
        ("SET a = :q", "An expression attribute value used in expression is not defined; "
         "attribute value: :q"),
    ],
)  # fmt: skip
def test_what_is_refused(text, message):
    with pytest.raises(AwsError) as refused:
        update(text, ITEM, {":n": {"N": "1"}, ":s": {"S": "s"}})
    assert refused.value.message == f"Invalid UpdateExpression: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET b = q", "The provided expression refers to an attribute that does not exist in the "
         "item"),
        ("SET b = q + :n", "The provided expression refers to an attribute that does not exist in "
         "the item"),
        ("SET b = a + :n", "An operand in the update expression has an incorrect data type"),
        ("SET b = list_append(a, l)", "An operand in the update expression has an incorrect data "
         "type"),
        ("ADD a :n", "An operand in the update expression has an incorrect data type"),
        ("DELETE ss :ns", "An operand in the update expression has an incorrect data type"),
        ("SET q.x = :n", "The document path provided in the update expression is invalid for "
         "update"),
        ("SET a.x = :n", "The document path provided in the update expression is invalid for "
         "update"),
        ("SET m[0] = :n", "The document path provided in the update expression is invalid for "
         "update"),
        ("REMOVE q.x", "The document path provided in the update expression is invalid for update"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_item(text, message):
    with pytest.raises(Rejected) as refused:
        update(text, ITEM, {":n": {"N": "1"}, ":ns": {"NS": ["1"]}})
    assert str(refused.value) == message


def test_sums_out_of_range():
    values = {":n": {"N": "9" * 38 + "0" * 88}}
    with pytest.raises(ValueInvalid):
        update("SET n = :n + :n", ITEM, values)
    with pytest.raises(ValueInvalid):
        update("ADD n :n", ITEM, values)


@pytest.mark.parametrize("opening", ["SET a = (", "SET a = list_append(", "SET a = ", "REMOVE a["])
def test_deep_nesting_is_refused_not_followed(opening):
    for levels in (100, 500, 4000):
        with pytest.raises(AwsError) as refused:
            update(opening + opening[8:] * levels, ITEM)
        assert refused.value.code == "ValidationException"
