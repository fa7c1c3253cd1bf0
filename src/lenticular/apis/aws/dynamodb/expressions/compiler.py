"""Compiles conditions into functions, and checks them as it goes.

The checks are made in the order of the service: of the operands from left to right, then
of the operator or function they belong to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lenticular.apis.aws.dynamodb.expressions import comparisons, paths
from lenticular.apis.aws.dynamodb.expressions.conditions import SIZE
from lenticular.apis.aws.dynamodb.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Literal,
    Name,
    Not,
    Operand,
    Or,
    Path,
    Placeholder,
)
from lenticular.apis.aws.dynamodb.expressions.paths import DocumentPath
from lenticular.apis.aws.dynamodb.expressions.scope import Scope, Values
from lenticular.apis.aws.dynamodb.limits import MAX_IN_OPERANDS
from lenticular.primitives.tables import Item, Value
from lenticular.primitives.tables.values import type_of

Test = Callable[[Item, Values], bool]
"""Tells whether a condition holds of an item."""

Read = Callable[[Item, Values], Value | None]
"""Returns the value of an operand; None: there is none."""

_TYPES = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")
_STRINGS = frozenset(("S", "B"))
_CONTAINERS = frozenset(("S", "B", "SS", "NS", "BS", "L"))


@dataclass(frozen=True, slots=True)
class CompiledOperand:
    """An operand as a function, and what is known of it beforehand."""

    read: Read
    type: str | None = None
    """Of its value, if that does not depend on the item."""
    path: DocumentPath | None = None
    placeholder: str | None = None


def compile_condition(node: Condition, scope: Scope) -> Test:
    """Return the function that tests a condition. Raises ValidationException."""
    match node:
        case And():
            return _all([compile_condition(part, scope) for part in node.parts])
        case Or():
            return _any([compile_condition(part, scope) for part in node.parts])
        case Not():
            return _not(compile_condition(node.part, scope))
        case Comparison():
            return _comparison(node, scope)
        case Between():
            return _between(node, scope)
        case In():
            return _in(node, scope)
        case Call():
            return _predicate(node, scope)


def compile_operand(node: Operand, scope: Scope) -> CompiledOperand:
    """Return an operand as a function. Raises ValidationException."""
    match node:
        case Path() | Name():
            path = scope.path(node)
            follow = paths.follow(path)
            return CompiledOperand(lambda item, values: follow(item), path=path)
        case Placeholder():
            name = node.text
            type_name = scope.type_of(name)
            return CompiledOperand(
                lambda item, values: values[name], type=type_name, placeholder=name
            )
        case Literal():
            value = node.value
            return CompiledOperand(lambda item, values: value, type=type_of(value))
        case Call():
            return _size(node, scope)


def _all(tests: Sequence[Test]) -> Test:
    if len(tests) == 2:
        one, two = tests
        return lambda item, values: one(item, values) and two(item, values)
    return lambda item, values: all(part(item, values) for part in tests)


def _any(tests: Sequence[Test]) -> Test:
    if len(tests) == 2:
        one, two = tests
        return lambda item, values: one(item, values) or two(item, values)
    return lambda item, values: any(part(item, values) for part in tests)


def _not(part: Test) -> Test:
    return lambda item, values: not part(item, values)


def _comparison(node: Comparison, scope: Scope) -> Test:
    left = compile_operand(node.left, scope)
    right = compile_operand(node.right, scope)
    _check_distinct(scope, node.operator, (left, right))
    if node.operator not in {"=", "<>"}:
        _check_types(scope, node.operator, (left, right), comparisons.ORDERED)
    compare, read_left, read_right = comparisons.COMPARE[node.operator], left.read, right.read
    return lambda item, values: compare(read_left(item, values), read_right(item, values))


def _between(node: Between, scope: Scope) -> Test:
    operand = compile_operand(node.operand, scope)
    low = compile_operand(node.low, scope)
    high = compile_operand(node.high, scope)
    _check_distinct(scope, "BETWEEN", (operand, low, high))
    _check_types(scope, "BETWEEN", (operand, low, high), comparisons.ORDERED)
    if low.placeholder and high.placeholder:
        _check_bounds(scope, low.placeholder, high.placeholder)
    at_least, at_most = comparisons.COMPARE[">="], comparisons.COMPARE["<="]
    read, read_low, read_high = operand.read, low.read, high.read

    def test(item: Item, values: Values) -> bool:
        value = read(item, values)
        return at_least(value, read_low(item, values)) and at_most(value, read_high(item, values))

    return test


def _in(node: In, scope: Scope) -> Test:
    operand = compile_operand(node.operand, scope)
    choices = [compile_operand(choice, scope) for choice in node.choices]
    if len(choices) > MAX_IN_OPERANDS and not all(
        isinstance(choice, Literal) for choice in node.choices
    ):
        raise scope.invalid(
            "The IN operator is provided with too many operands; "
            f"number of operands: {len(choices)}"
        )
    _check_distinct(scope, "IN", (operand, *choices))
    read, reads = operand.read, [choice.read for choice in choices]

    def test(item: Item, values: Values) -> bool:
        value = read(item, values)
        return any(comparisons.equals(value, choice(item, values)) for choice in reads)

    return test


def _predicate(node: Call, scope: Scope) -> Test:
    operands = [compile_operand(argument, scope) for argument in node.arguments]
    name = node.function
    wanted = 1 if name in {"attribute_exists", "attribute_not_exists"} else 2
    if len(operands) != wanted:
        raise scope.bad_count(name, len(operands))
    first = operands[0]
    read = first.read
    if wanted == 1:
        if first.path is None:
            raise scope.needs_path(name)
        if name == "attribute_exists":
            return lambda item, values: read(item, values) is not None
        return lambda item, values: read(item, values) is None
    _check_distinct(scope, name, operands)
    read_second = operands[1].read
    if name == "attribute_type":
        return _attribute_type(scope, operands)
    if name == "begins_with":
        _check_types(scope, name, operands, _STRINGS)
        begins_with = comparisons.begins_with
        return lambda item, values: begins_with(read(item, values), read_second(item, values))
    _check_types(scope, name, operands[:1], _CONTAINERS)
    contains = comparisons.contains
    return lambda item, values: contains(read(item, values), read_second(item, values))


def _attribute_type(scope: Scope, operands: Sequence[CompiledOperand]) -> Test:
    first, second = operands
    placeholder = second.placeholder
    if placeholder is None or second.type != "S":
        raise scope.bad_operand("attribute_type", second.type or f"{{{','.join(_TYPES)}}}")

    def check(values: Values) -> None:
        wanted = values[placeholder]["S"]
        if wanted not in _TYPES:
            raise scope.invalid(
                f"Invalid attribute type name found; type: {wanted}, "
                f"valid types: {{{','.join(_TYPES)}}}"
            )

    scope.check_later(check)
    read = first.read

    def test(item: Item, values: Values) -> bool:
        value = read(item, values)
        return value is not None and values[placeholder]["S"] in value

    return test


def _size(node: Call, scope: Scope) -> CompiledOperand:
    operands = [compile_operand(argument, scope) for argument in node.arguments]
    if len(operands) != 1:
        raise scope.bad_count(SIZE, len(operands))
    _check_types(scope, SIZE, operands, comparisons.SIZED)
    read = operands[0].read
    return CompiledOperand(lambda item, values: comparisons.size(read(item, values)), type="N")


def _check_types(
    scope: Scope, name: str, operands: Sequence[CompiledOperand], allowed: frozenset[str]
) -> None:
    for operand in operands:
        if operand.type is not None and operand.type not in allowed:
            raise scope.bad_operand(name, operand.type)


def _check_distinct(scope: Scope, name: str, operands: Sequence[CompiledOperand]) -> None:
    first, *rest = operands
    if first.path is not None and any(operand.path == first.path for operand in rest):
        raise scope.invalid(
            "The first operand must be distinct from the remaining operands for this operator or "
            f"function; operator: {name}, first operand: {paths.write(first.path)}"
        )


def _check_bounds(scope: Scope, low: str, high: str) -> None:
    """Have the bounds of a BETWEEN, both values, held against each other."""

    def check(values: Values) -> None:
        lower, upper = values[low], values[high]
        bounds = f"lower bound operand: {_shown(lower)}, upper bound operand: {_shown(upper)}"
        if type_of(lower) != type_of(upper):
            raise scope.invalid(
                f"The BETWEEN operator requires same data type for lower and upper bounds; {bounds}"
            )
        if comparisons.COMPARE[">"](lower, upper):
            raise scope.invalid(
                "The BETWEEN operator requires upper bound to be greater than or equal to lower "
                f"bound; {bounds}"
            )

    scope.check_later(check)


def _shown(value: Value) -> str:
    ((tag, content),) = value.items()
    return f"AttributeValue: {{{tag}:{content}}}"
