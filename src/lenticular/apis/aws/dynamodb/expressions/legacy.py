"""The parameters from before expressions: Expected, filters, KeyConditions, AttributeUpdates.

They are checked in their own words ("Legacy conditional parameters" in the developer guide)
and made into the nodes that expressions are parsed into.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lenticular.apis.aws.dynamodb.errors import invalid, validation
from lenticular.apis.aws.dynamodb.expressions import comparisons
from lenticular.apis.aws.dynamodb.expressions.keyconditions import (
    BoundKeyCondition,
    inverted_bounds,
)
from lenticular.apis.aws.dynamodb.expressions.nodes import (
    Action,
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Literal,
    Name,
    Not,
    Or,
)
from lenticular.apis.aws.dynamodb.values import read_value
from lenticular.primitives.tables import Value
from lenticular.primitives.tables.values import type_of

_COMPARISONS = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
_INDEXABLE = {
    "EQ": "=",
    "LE": "<=",
    "LT": "<",
    "GE": ">=",
    "GT": ">",
    "BETWEEN": "between",
    "BEGINS_WITH": "begins_with",
}
_ARGUMENTS = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}
"""How many values an operator takes, if it is not one; IN takes any number but none."""

_SCALARS = frozenset(("S", "N", "B"))
_CONTAINED = frozenset(("S", "N", "B", "BOOL", "NULL"))
_STRINGS = frozenset(("S", "B"))
_ALLOWED = {
    "LT": _SCALARS,
    "LE": _SCALARS,
    "GT": _SCALARS,
    "GE": _SCALARS,
    "IN": _SCALARS,
    "BETWEEN": _SCALARS,
    "BEGINS_WITH": _STRINGS,
    "CONTAINS": _CONTAINED,
    "NOT_CONTAINS": _CONTAINED,
}
"""The types of values an operator takes, if not all."""

_SETS = frozenset(("SS", "NS", "BS"))


def expected_condition(expected: Mapping[str, Any], operator: str | None) -> Condition | None:
    """Return the condition that Expected says; None: none. Raises ValidationException."""
    parts = [_expected(name, given) for name, given in expected.items()]
    return _joined(parts, operator)


def filter_condition(filters: Mapping[str, Any], operator: str | None) -> Condition | None:
    """Return the condition that a QueryFilter or ScanFilter says. Raises ValidationException."""
    parts = [_compared(name, *_read_condition(given)) for name, given in filters.items()]
    return _joined(parts, operator)


def key_conditions(given: Mapping[str, Any]) -> dict[str, BoundKeyCondition]:
    """Return what KeyConditions say, by attribute. Raises ValidationException."""
    read = {name: _read_condition(condition) for name, condition in given.items()}
    if not 1 <= len(read) <= 2:
        raise validation("Conditions can be of length 1 or 2 only")
    return {
        name: BoundKeyCondition(_INDEXABLE.get(operator, ""), tuple(values))
        for name, (operator, values) in read.items()
    }


def update_actions(updates: Mapping[str, Any]) -> list[Action]:
    """Return the actions that AttributeUpdates say. Raises ValidationException."""
    return [_action(name, update) for name, update in updates.items()]


def check_operator(operator: str | None, conditions: Mapping[str, Any] | None) -> None:
    """Check that a ConditionalOperator has conditions to join. Raises ValidationException."""
    if operator and not conditions:
        raise validation("ConditionalOperator cannot be used without Filter or Expected")
    if operator and conditions and len(conditions) == 1:
        raise validation(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


def _joined(parts: list[Condition], operator: str | None) -> Condition | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return Or(tuple(parts)) if operator == "OR" else And(tuple(parts))


def _expected(name: str, given: Mapping[str, Any]) -> Condition:
    operator, exists = given.get("ComparisonOperator"), given.get("Exists")
    has_value, has_list = "Value" in given, "AttributeValueList" in given
    if operator and exists is not None:
        raise _bad_expected("Exists and ComparisonOperator cannot be used together", name)
    if has_value and has_list:
        raise _bad_expected("Value and AttributeValueList cannot be used together", name)
    if operator is None:
        if has_list:
            raise _bad_expected(
                "AttributeValueList can only be used with a ComparisonOperator", name
            )
        if exists is False:
            if has_value:
                raise _bad_expected("Value cannot be used when Exists is false", name)
            return Call("attribute_not_exists", (Name(name),))
        if not has_value:
            state = "null" if exists is None else "true"
            raise _bad_expected(f"Value must be provided when Exists is {state}", name)
        return Comparison("=", Name(name), Literal(read_value(given["Value"])))
    if not has_value and not has_list and _ARGUMENTS.get(operator) != 0:
        raise _bad_expected(
            f"Value or AttributeValueList must be used with ComparisonOperator: {operator}", name
        )
    values = [given["Value"]] if has_value else given.get("AttributeValueList")
    condition = {"ComparisonOperator": operator, "AttributeValueList": values}
    return _compared(name, *_read_condition(condition))


def _read_condition(given: Mapping[str, Any]) -> tuple[str, list[Value]]:
    """Return the operator of a condition and its values, which suit it."""
    operator: str = given["ComparisonOperator"]
    values = [read_value(value) for value in given.get("AttributeValueList") or ()]
    wanted = _ARGUMENTS.get(operator, 1)
    if (not values) if operator == "IN" else (len(values) != wanted):
        raise invalid(f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    allowed = _ALLOWED.get(operator)
    for value in values:
        if allowed is not None and type_of(value) not in allowed:
            raise invalid(
                f"ComparisonOperator {operator} is not valid for "
                f"{type_of(value)} AttributeValue type"
            )
    if len({type_of(value) for value in values}) > 1:
        raise invalid("AttributeValues inside AttributeValueList must be of same type")
    if operator == "BETWEEN" and comparisons.COMPARE[">"](values[0], values[1]):
        raise inverted_bounds()
    return operator, values


def _compared(name: str, operator: str, values: Iterable[Value]) -> Condition:
    operand = Name(name)
    literals = tuple(Literal(value) for value in values)
    if operator in _COMPARISONS:
        return Comparison(_COMPARISONS[operator], operand, literals[0])
    return _OTHERS[operator](operand, literals)


_OTHERS: dict[str, Callable[[Name, tuple[Literal, ...]], Condition]] = {
    "NULL": lambda operand, _: Call("attribute_not_exists", (operand,)),
    "NOT_NULL": lambda operand, _: Call("attribute_exists", (operand,)),
    "IN": In,
    "BETWEEN": lambda operand, literals: Between(operand, *literals),
    "BEGINS_WITH": lambda operand, literals: Call("begins_with", (operand, *literals)),
    "CONTAINS": lambda operand, literals: Call("contains", (operand, *literals)),
    "NOT_CONTAINS": lambda operand, literals: And(
        (
            Call("attribute_exists", (operand,)),
            Not(Call("contains", (operand, *literals))),
        )
    ),
}


def _action(name: str, update: Mapping[str, Any]) -> Action:
    action = update.get("Action", "PUT")
    if "Value" not in update:
        if action != "DELETE":
            raise invalid("Only DELETE action is allowed when no attribute value is specified")
        return Action("REMOVE", Name(name))
    value = read_value(update["Value"])
    tag = type_of(value)
    if action == "DELETE" and tag not in _SETS:
        raise invalid(f"DELETE action with value is not supported for the type {tag}")
    if action == "ADD" and tag not in {"N", "L", *_SETS}:
        raise invalid(f"ADD action is not supported for the type {tag}")
    return Action("SET" if action == "PUT" else action, Name(name), Literal(value))


def _bad_expected(problem: str, name: str) -> Exception:
    return invalid(f"{problem} for Attribute: {name}")
