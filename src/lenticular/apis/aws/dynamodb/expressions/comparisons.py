"""How values compare: equality of all types, order of strings, numbers and bytes.

Values of different types are neither equal nor in any order, and neither is what is not
there: it equals nothing, not even another that is not there.
"""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lenticular.primitives.tables.values import Value, binary, equal, type_of

Compare = Callable[[Value | None, Value | None], bool]

ORDERED = frozenset(("S", "N", "B"))
"""The types whose values have an order."""

_MEMBER_OF = {"SS": "S", "NS": "N", "BS": "B"}


def equals(left: Value | None, right: Value | None) -> bool:
    """Tell whether two values are the same."""
    return left is not None and right is not None and equal(left, right)


def differs(left: Value | None, right: Value | None) -> bool:
    """Tell whether two values are not the same."""
    return not equals(left, right)


def order_key(value: Value) -> str | Decimal | bytes:
    """Return what compares as a string, number or binary value does."""
    if "S" in value:
        text: str = value["S"]
        return text
    return Decimal(value["N"]) if "N" in value else binary(value["B"])


def in_order(compare: Callable[[Any, Any], bool]) -> Compare:
    """Return the function that compares two values by their order."""

    def compare_values(left: Value | None, right: Value | None) -> bool:
        if left is None or right is None:
            return False
        tag = type_of(left)
        if tag not in right or tag not in ORDERED:
            return False
        return compare(order_key(left), order_key(right))

    return compare_values


COMPARE: dict[str, Compare] = {
    "=": equals,
    "<>": differs,
    "<": in_order(operator.lt),
    "<=": in_order(operator.le),
    ">": in_order(operator.gt),
    ">=": in_order(operator.ge),
}
"""By the operator."""


def begins_with(value: Value | None, prefix: Value | None) -> bool:
    """Tell whether a string begins with another, or bytes with others."""
    if value is None or prefix is None:
        return False
    if "S" in value and "S" in prefix:
        return bool(value["S"].startswith(prefix["S"]))
    if "B" in value and "B" in prefix:
        return binary(value["B"]).startswith(binary(prefix["B"]))
    return False


def contains(value: Value | None, part: Value | None) -> bool:
    """Tell whether a string has a part, or a set or list a member."""
    if value is None or part is None:
        return False
    tag = type_of(value)
    match tag:
        case "S":
            return "S" in part and part["S"] in value["S"]
        case "B":
            return "B" in part and binary(part["B"]) in binary(value["B"])
        case "L":
            return any(equal(member, part) for member in value["L"])
    member_tag = _MEMBER_OF.get(tag)
    return member_tag in part and part[member_tag] in value[tag]


def size(value: Value | None) -> Value | None:
    """Return the size of a value, a number: characters, bytes or members."""
    if value is None:
        return None
    tag = type_of(value)
    if tag not in SIZED:
        return None
    content = binary(value["B"]) if tag == "B" else value[tag]
    return {"N": str(len(content))}


SIZED = frozenset(("S", "B", "SS", "NS", "BS", "L", "M"))
"""The types whose values have a size."""
