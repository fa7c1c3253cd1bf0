"""Conditions: any one against an obvious evaluator; precedence; what is refused, and how."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.dynamodb.expressions.compiler import compile_condition
from lenticular.apis.aws.dynamodb.expressions.conditions import parse_condition
from lenticular.apis.aws.dynamodb.expressions.scope import Scope
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.tables.values import type_of

NAMES = {"#a": "a", "#b": "b", "#c": "c", "#sp": "two words"}
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LENGTHS = ("S", "B", "SS", "NS", "BS", "L", "M")


class Written:
    """A condition: its text, how tightly it binds, and what it means."""

    def __init__(self, text, tightness, holds):
        self.text = text
        self.tightness = tightness  # 3: a comparison, 2: NOT, 1: AND, 0: OR
        self.holds = holds

    def within(self, tightness):
        return self.text if self.tightness >= tightness else f"({self.text})"


@pytest.fixture(scope="session")
def conditions(scalars, any_values, plain, look_up):
    """Strategy: a condition and the values of its placeholders."""

    def write_path(path):
        parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
        return "".join(parts)[1:].replace(".", ".#", 1) if len(path) > 1 else f"#{path[0]}"

    @st.composite
    def make(draw):
        values = {}

        def placeholder(kind):
            name = f":v{len(values)}"
            values[name] = value = draw(kind)
            return name, lambda item: plain(value)

        def path_operand():
            path = [draw(st.sampled_from("abc"))]
            path += draw(st.lists(st.sampled_from(["a", "b", 0, 1]), max_size=2))
            return write_path(path), lambda item: plain(look_up(item, path))

        def size_operand():
            text, read = path_operand()

            def size(item):
                found = read(item)
                if found is None or found[0] not in LENGTHS:
                    return None
                return "N", len(found[1])

            return f"size({text})", size

        def operands(count, kind):
            """Operands, the first of which stands nowhere else."""
            makers = [path_operand, size_operand, lambda: placeholder(kind)]
            found = [draw(st.sampled_from(makers))() for _ in range(count)]
            texts = [text for text, _ in found]
            if texts[0] in texts[1:]:
                found[0] = placeholder(kind)
            return found

        def compared(depth):
            (one, left), (two, right) = operands(2, any_values)
            text = draw(st.sampled_from(["=", "<>"]))

            def holds(item):
                same = left(item) is not None and left(item) == right(item)
                return same if text == "=" else not same

            return Written(f"{one} {text} {two}", 3, holds)

        def ordered(depth):
            (one, left), (two, right) = operands(2, scalars)
            text = draw(st.sampled_from(sorted(COMPARE)))
            return Written(
                f"{one} {text} {two}", 3, lambda item: in_order(left(item), text, right(item))
            )

        def between(depth):
            one, read = path_operand()
            low, high = draw(st.tuples(scalars, scalars).filter(are_bounds(plain)))
            (two, at_least), (three, at_most) = (
                placeholder(st.just(low)),
                placeholder(st.just(high)),
            )

            def holds(item):
                value = read(item)
                return in_order(value, ">=", at_least(item)) and in_order(
                    value, "<=", at_most(item)
                )

            return Written(f"{one} BETWEEN {two} AND {three}", 3, holds)

        def within(depth):
            (one, read), *choices = operands(draw(st.integers(2, 4)), any_values)
            listed = ", ".join(text for text, _ in choices)

            def holds(item):
                value = read(item)
                return value is not None and any(value == choice(item) for _, choice in choices)

            return Written(f"{one} IN ({listed})", 3, holds)

        def exists(depth):
            text, read = path_operand()
            wanted = draw(st.booleans())
            name = "attribute_exists" if wanted else "attribute_not_exists"
            return Written(f"{name}({text})", 3, lambda item: (read(item) is not None) == wanted)

        def typed(depth):
            text, read = path_operand()
            kind = draw(st.sampled_from(["S", "N", "B", "SS", "NS", "L", "M", "BOOL", "NULL"]))
            name, _ = placeholder(st.just({"S": kind}))

            def holds(item):
                return read(item) is not None and read(item)[0] == kind

            return Written(f"attribute_type({text}, {name})", 3, holds)

        def begins(depth):
            text, read = path_operand()
            name, prefix = placeholder(scalars.filter(lambda value: type_of(value) in "SB"))

            def holds(item):
                value, start = read(item), prefix(item)
                return value is not None and value[0] == start[0] and value[1].startswith(start[1])

            return Written(f"begins_with({text}, {name})", 3, holds)

        def contains(depth):
            text, read = path_operand()
            name, part = placeholder(scalars)
            return Written(
                f"contains({text}, {name})", 3, lambda item: has(read(item), part(item), plain)
            )

        def negated(depth):
            inner = condition(depth - 1)
            return Written(f"NOT {inner.within(2)}", 2, lambda item: not inner.holds(item))

        def joined(depth):
            word = draw(st.sampled_from(["AND", "OR", "and", "Or"]))
            parts = [condition(depth - 1) for _ in range(draw(st.integers(2, 3)))]
            tightness = 1 if word.upper() == "AND" else 0
            both = all if tightness else any
            text = f" {word} ".join(part.within(tightness) for part in parts)
            return Written(text, tightness, lambda item: both([part.holds(item) for part in parts]))

        def condition(depth):
            simple = [compared, ordered, between, within, exists, typed, begins, contains]
            return draw(st.sampled_from(simple + [negated, joined] * 3 * (depth > 0)))(depth)

        return condition(2), values

    return make()


def are_bounds(plain):
    def check(pair):
        (low_type, low), (high_type, high) = map(plain, pair)
        return low_type == high_type and low <= high

    return check


def in_order(left, text, right):
    if left is None or right is None or left[0] != right[0] or left[0] not in "SNB":
        return False
    return COMPARE[text](left[1], right[1])


def has(value, part, plain):
    if value is None:
        return False
    kind, content = value
    if kind in {"S", "B"}:
        return part[0] == kind and part[1] in content
    if kind in {"SS", "NS"}:
        return part[0] == kind[0] and any(plain({kind[0]: each}) == part for each in content)
    return kind == "L" and part in content


def evaluate(text, item, values=None, names=None):
    values = values or {}
    types = {name: type_of(value) for name, value in values.items()}
    scope = Scope("ConditionExpression", NAMES if names is None else names, types)
    test = compile_condition(parse_condition("ConditionExpression", text), scope)
    for check in scope.use().checks:
        check(values)
    return test(item, values)


@given(data=st.data())
def test_any_condition_means_what_is_obvious(data, conditions, any_items):
    written, values = data.draw(conditions)
    item = data.draw(any_items)
    assert evaluate(written.text, item, values) is written.holds(item), written.text


A, B, C = ({name: {"S": name}} for name in "abc")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("{a} OR {b} AND {c}", lambda a, b, c: a or (b and c)),
        ("{a} AND {b} OR {c}", lambda a, b, c: (a and b) or c),
        ("NOT {a} AND {b}", lambda a, b, c: (not a) and b),
        ("NOT {a} OR {b}", lambda a, b, c: (not a) or b),
        ("NOT NOT {a}", lambda a, b, c: a),
        ("NOT ({a} OR {b})", lambda a, b, c: not (a or b)),
        ("({a} OR {b}) AND {c}", lambda a, b, c: (a or b) and c),
        ("not {a} and not {b} or not {c}", lambda a, b, c: (not a and not b) or not c),
    ],
)
def test_precedence(text, holds):
    written = text.format(**{name: f"attribute_exists({name})" for name in "abc"}).replace(
        "exists(c)", "exists(#c)"
    )
    for a in (False, True):
        for b in (False, True):
            for c in (False, True):
                item = (A if a else {}) | (B if b else {}) | (C if c else {})
                assert evaluate(written, item, names={"#c": "c"}) is holds(a, b, c)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("   ", "The expression can not be empty;"),
        ("a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("a =", 'Syntax error; token: "<EOF>", near: "="'),
        ("a = :x b", 'Syntax error; token: "b", near: ":x b"'),
        ("a == :x", 'Syntax error; token: "=", near: "== :x"'),
        ("a = :x AND", 'Syntax error; token: "<EOF>", near: "AND"'),
        ("a & b", 'Syntax error; token: "&", near: "a & b"'),
        ("a[x] = :x", 'Syntax error; token: "x", near: "[x]"'),
        ("a..b = :x", 'Syntax error; token: ".", near: "..b"'),
        ("((a = :x))", "The expression has redundant parentheses;"),
        ("size = :x", "Attribute name is a reserved keyword; reserved keyword: size"),
        ("Name = :x", "Attribute name is a reserved keyword; reserved keyword: Name"),
        ("foo(a) = :x", "Invalid function name; function: foo"),
        ("if_not_exists(a, :x)", "The function is not allowed in a condition expression; "
         "function: if_not_exists"),
        ("size(a)", "The function is not allowed to be used this way in an expression; "
         "function: size"),
        ("attribute_exists(a) = :x", "The function is not allowed to be used this way in an "
         "expression; function: attribute_exists"),
        ("#q = :x", "An expression attribute name used in the document path is not defined; "
         "attribute name: #q"),
        ("a = :q", "An expression attribute value used in expression is not defined; "
         "attribute value: :q"),
        ("attribute_exists(a, b)", "Incorrect number of operands for operator or function; "
         "operator or function: attribute_exists, number of operands: 2"),
        ("begins_with(a)", "Incorrect number of operands for operator or function; "
         "operator or function: begins_with, number of operands: 1"),
        ("attribute_exists(:x)", "Operator or function requires a document path; "
         "operator or function: attribute_exists"),
        ("begins_with(a, :n)", "Incorrect operand type for operator or function; "
         "operator or function: begins_with, operand type: N"),
        ("a < :m", "Incorrect operand type for operator or function; "
         "operator or function: <, operand type: M"),
        ("size(:n) = :x", "Incorrect operand type for operator or function; "
         "operator or function: size, operand type: N"),
        ("a = a", "The first operand must be distinct from the remaining operands for this "
         "operator or function; operator: =, first operand: [a]"),
        ("b.c[1] IN (b.c[1], :x)", "The first operand must be distinct from the remaining operands "
         "for this operator or function; operator: IN, first operand: [b, c, [1]]"),
        ("a BETWEEN :x AND :n", "The BETWEEN operator requires same data type for lower and upper "
         "bounds; lower bound operand: AttributeValue: {S:x}, upper bound operand: "
         "AttributeValue: {N:1}"),
        ("a BETWEEN :x AND :a", "The BETWEEN operator requires upper bound to be greater than or "
         "equal to lower bound; lower bound operand: AttributeValue: {S:x}, upper bound operand: "
         "AttributeValue: {S:a}"),
        ("attribute_type(a, :x)", "Invalid attribute type name found; type: x, valid types: "
         "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"),
        ("a[99999999999999999999999] = :x", "List index is not within the allowable range; "
         "index: [99999999999999999999999]"),
        ("a" + ".a" * 32 + " = :x", "The document path has too many nesting levels; "
         "nesting levels: 33"),
    ],
)  # fmt: skip
def test_what_is_refused(text, message):
    values = {":x": {"S": "x"}, ":a": {"S": "a"}, ":n": {"N": "1"}, ":m": {"M": {}}}
    with pytest.raises(AwsError) as refused:
        evaluate(text, {}, values)
    assert refused.value.code == "ValidationException"
    assert refused.value.message == f"Invalid ConditionExpression: {message}"


def test_limits():
    values = {":x": {"S": "x"}}
    assert evaluate("a IN (" + ", ".join([":x"] * 100) + ")", A, values) is False
    with pytest.raises(AwsError, match="provided with too many operands; number of operands: 101"):
        evaluate("a IN (" + ", ".join([":x"] * 101) + ")", A, values)
    most = " AND ".join(["a=:x"] * 150)  # 150 comparisons and 149 conjunctions
    assert evaluate(most, {"a": {"S": "x"}}, values) is True
    with pytest.raises(AwsError, match="contains too many operators; operator count: 301"):
        evaluate(most + " AND a=:x", A, values)
    with pytest.raises(AwsError, match="maximum allowed size; expression size: 4097"):
        evaluate("a = :x" + " " * 4091, A, values)


@pytest.mark.parametrize("opening", ["(", "NOT (", "size(", "NOT ", "a = :x OR (", "#a."])
def test_deep_nesting_is_refused_not_followed(opening):
    for levels in (100, 200, 500, 4096 // len(opening), 10_000):
        with pytest.raises(AwsError) as refused:
            evaluate(opening * levels, {}, {":x": {"S": "x"}})
        assert refused.value.code == "ValidationException"
