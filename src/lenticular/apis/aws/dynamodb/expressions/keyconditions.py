"""Key conditions: which partition, and which of its sort keys, a query reads.

A KeyConditionExpression is parsed and checked as any condition, then read as one condition
on each of one or two attributes. The legacy KeyConditions become the same.
"""

from collections.abc import Mapping
from typing import NamedTuple

from lenticular.apis.aws.dynamodb.errors import invalid, validation
from lenticular.apis.aws.dynamodb.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Name,
    Not,
    Operand,
    Or,
    Path,
    Placeholder,
)
from lenticular.apis.aws.dynamodb.expressions.scope import Scope
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.tables import KeyAttribute, SortCondition, Value

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NAMES = {"between": "BETWEEN", "begins_with": "begins_with"}


class KeyCondition(NamedTuple):
    """A condition on one attribute."""

    operator: str
    """As in `SortCondition`; empty: one that no key can have."""
    placeholders: tuple[str, ...] = ()


class BoundKeyCondition(NamedTuple):
    """A condition on one attribute, with its values."""

    operator: str
    values: tuple[Value, ...]


def key_conditions(node: Condition, scope: Scope) -> dict[str, KeyCondition]:
    """Read a condition as key conditions, by attribute. Raises ValidationException."""
    found: dict[str, KeyCondition] = {}
    _collect(node, scope, found)
    if len(found) > 2:
        raise validation("Conditions can be of length 1 or 2 only")
    return found


def choose(
    conditions: Mapping[str, BoundKeyCondition], partition: KeyAttribute, sort: KeyAttribute | None
) -> tuple[Value, SortCondition | None]:
    """Return the partition, and the condition on the sort key, that the conditions say.

    Raises ValidationException when they do not fit the key.
    """
    for attribute in (partition, sort):
        condition = conditions.get(attribute.name) if attribute else None
        if attribute and condition:
            if not condition.operator:
                raise validation("Attempted conditional constraint is not an indexable operation")
            if any(attribute.type not in value for value in condition.values):
                raise invalid("Condition parameter type does not match schema type")
    if len(conditions) == 2 and sort is None:
        raise validation("Query key condition not supported")
    for attribute in (partition, sort if len(conditions) == 2 else None):
        if attribute and attribute.name not in conditions:
            raise validation(f"Query condition missed key schema element: {attribute.name}")
    equal = conditions[partition.name]
    if equal.operator != "=":
        raise validation("Query key condition not supported")
    if sort is None or sort.name not in conditions:
        return equal.values[0], None
    return equal.values[0], SortCondition(*conditions[sort.name])


def inverted_bounds() -> AwsError:
    """Return the error of a legacy BETWEEN whose bounds are in the wrong order."""
    return validation(
        "The BETWEEN condition was provided a range where the lower bound is greater than the "
        "upper bound"
    )


def _collect(node: Condition, scope: Scope, found: dict[str, KeyCondition]) -> None:
    match node:
        case And():
            for part in node.parts:
                _collect(part, scope, found)
        case Comparison(operator="<>"):
            raise _bad_operator("<>")
        case Comparison():
            _comparison(node, scope, found)
        case Between():
            _led_by_key("between", (node.operand, node.low, node.high), scope, found)
        case Call(function="begins_with"):
            _led_by_key("begins_with", node.arguments, scope, found)
        case Call():
            raise _bad_operator(node.function)
        case Or():
            raise _bad_operator("OR")
        case Not():
            raise _bad_operator("NOT")
        case In():
            raise _bad_operator("IN")


def _comparison(node: Comparison, scope: Scope, found: dict[str, KeyCondition]) -> None:
    name = _one_name((node.left, node.right), scope)
    operator, value = node.operator, node.right
    if isinstance(node.left, Placeholder):
        operator, value = _MIRRORED[operator], node.left
    _add(found, name, KeyCondition(operator, _placeholders((value,))))


def _led_by_key(
    operator: str, operands: tuple[Operand, ...], scope: Scope, found: dict[str, KeyCondition]
) -> None:
    """Read a condition whose first operand must be the key."""
    first, *rest = operands
    if isinstance(first, Placeholder):
        raise validation(
            f"Invalid condition in KeyConditionExpression: {_NAMES[operator]} operator must have "
            "the key attribute as its first operand"
        )
    name = _one_name(operands, scope)
    _add(found, name, KeyCondition(operator, _placeholders(tuple(rest))))


def _one_name(operands: tuple[Operand, ...], scope: Scope) -> str:
    """Return the one attribute that operands are about, the others being values."""
    names: list[str] = []
    for operand in operands:
        if isinstance(operand, Call):
            raise validation("KeyConditionExpressions cannot contain nested operations")
        if isinstance(operand, Path | Name):
            if names:
                raise validation(
                    "Invalid condition in KeyConditionExpression: Multiple attribute names used "
                    "in one condition"
                )
            path = scope.path(operand)
            if len(path) > 1:
                raise validation(
                    "KeyConditionExpressions cannot have conditions on nested attributes"
                )
            names.append(str(path[0]))
    if not names:
        raise validation("Invalid condition in KeyConditionExpression: No key attribute specified")
    return names[0]


def _add(found: dict[str, KeyCondition], name: str, condition: KeyCondition) -> None:
    if name in found:
        raise validation("KeyConditionExpressions must only contain one condition per key")
    found[name] = condition


def _placeholders(operands: tuple[Operand, ...]) -> tuple[str, ...]:
    return tuple(operand.text for operand in operands if isinstance(operand, Placeholder))


def _bad_operator(operator: str) -> AwsError:
    return validation(f"Invalid operator used in KeyConditionExpression: {operator}")
