"""How an update changes an item.

All values are read of the item as it was, then all changes are made: first what is set,
then what is removed, so that the indexes of lists mean the elements of the old lists.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lenticular.apis.aws.dynamodb.errors import invalid, validation
from lenticular.apis.aws.dynamodb.expressions import paths
from lenticular.apis.aws.dynamodb.expressions.paths import DocumentPath
from lenticular.apis.aws.dynamodb.expressions.scope import Values
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.tables import Item, Table, Value, numbers
from lenticular.primitives.tables.errors import IndexKeyEmpty, Rejected
from lenticular.primitives.tables.values import type_of

ReadNew = Callable[[Item, Values], Value | None]
"""Returns a value for an update, read of the item as it was; None: there is none."""

SETS = frozenset(("SS", "NS", "BS"))

_NOT_THERE = "The provided expression refers to an attribute that does not exist in the item"
_WRONG_TYPE = "An operand in the update expression has an incorrect data type"
_WRONG_TYPE_LEGACY = "Type mismatch for attribute to update"
_WRONG_PATH = "The document path provided in the update expression is invalid for update"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an item."""

    section: str
    """``SET``, ``REMOVE``, ``ADD`` or ``DELETE``."""
    path: DocumentPath
    read: ReadNew | None = None
    """None of a ``REMOVE``."""
    type: str | None = None
    """Of what the path will have, if that is known beforehand."""


def change(steps: Sequence[Step], item: Item, values: Values, *, legacy: bool = False) -> Item:
    """Return a changed copy of an item. Raises `Rejected` or a `ValueInvalid`."""
    assignments: list[tuple[DocumentPath, Value]] = []
    removals: list[DocumentPath] = []
    for step in steps:
        value = _new_value(step, item, values, legacy=legacy)
        if value is None:
            removals.append(step.path)
        elif step.section != "DELETE" or paths.follow(step.path)(item) is not None:
            assignments.append((step.path, value))
        else:
            _container(item, step.path)
    result = _unshared(item, [*(path for path, _ in assignments), *removals])
    for path, value in sorted(assignments, key=_element_order):
        _assign(result, path, value)
    for path in sorted(removals, key=_last_index, reverse=True):
        _remove(result, path)
    return result


def summed(operator: str, left: ReadNew, right: ReadNew) -> ReadNew:
    """Return the function that reads the sum or difference of two numbers."""
    combine = numbers.add if operator == "+" else numbers.subtract

    def read(item: Item, values: Values) -> Value:
        one, two = _there(left(item, values)), _there(right(item, values))
        if "N" not in one or "N" not in two:
            raise Rejected(_WRONG_TYPE)
        return {"N": combine(one["N"], two["N"])}

    return read


def appended(left: ReadNew, right: ReadNew) -> ReadNew:
    """Return the function that reads two lists as one."""

    def read(item: Item, values: Values) -> Value:
        one, two = _there(left(item, values)), _there(right(item, values))
        if "L" not in one or "L" not in two:
            raise Rejected(_WRONG_TYPE)
        return {"L": [*one["L"], *two["L"]]}

    return read


def first_of(path: ReadNew, other: ReadNew) -> ReadNew:
    """Return the function that reads what is at a path, or else another value."""

    def read(item: Item, values: Values) -> Value | None:
        found = path(item, values)
        return other(item, values) if found is None else found

    return read


def check_steps(table: Table, steps: Sequence[Step]) -> None:
    """Check that no step changes the key, or gives an index's key a type that it cannot have.

    Raises ValidationException.
    """
    for step in steps:
        if step.path[0] in table.key_names:
            raise invalid(
                f"Cannot update attribute {step.path[0]}. This attribute is part of the key"
            )
    types = {step.path: step.type for step in steps if step.type is not None}
    for index in table.indexes:
        for attribute in (index.partition, index.sort):
            given = types.get((attribute.name,)) if attribute else None
            if attribute and given not in {None, attribute.type}:
                raise invalid(
                    f"Type mismatch for Index Key {attribute.name} Expected: {attribute.type} "
                    f"Actual: {given} IndexName: {index.name}"
                )


def wrong_index_key() -> AwsError:
    """Return the error of an index's key that got a value of another type from the item."""
    return validation(
        "The update expression attempted to update the secondary index key to unsupported type"
    )


def empty_index_key(error: IndexKeyEmpty) -> AwsError:
    """Return the error of an index's key that would be empty."""
    kind = "string" if error.type_name == "S" else "binary"
    return validation(
        "One or more parameter values are not valid. The update expression attempted to update a "
        "secondary index key to a value that is not supported. The AttributeValue for a key "
        f"attribute cannot contain an empty {kind} value."
    )


def _new_value(step: Step, item: Item, values: Values, *, legacy: bool) -> Value | None:
    """Return what a step lets its path have; None: nothing."""
    if step.read is None:
        return None
    given = _there(step.read(item, values))
    if step.section == "SET":
        return given
    present = paths.follow(step.path)(item)
    if present is None:
        return given
    tag = type_of(given)
    if tag in present and tag in SETS:
        if step.section == "ADD":
            more = [member for member in given[tag] if member not in present[tag]]
            return {tag: [*present[tag], *more]}
        left = [member for member in present[tag] if member not in given[tag]]
        return {tag: left} if left else None
    if tag in present and step.section == "ADD":
        if tag == "N":
            return {"N": numbers.add(present["N"], given["N"])}
        if tag == "L" and legacy:
            return {"L": [*present["L"], *given["L"]]}
    raise Rejected(_WRONG_TYPE_LEGACY if legacy else _WRONG_TYPE)


def _there(value: Value | None) -> Value:
    if value is None:
        raise Rejected(_NOT_THERE)
    return value


def _unshared(item: Item, changed: Sequence[DocumentPath]) -> Item:
    """Return a copy of an item which shares nothing that is going to be changed."""
    copy = dict(item)
    for name in {str(path[0]) for path in changed if len(path) > 1}:
        if name in copy:
            copy[name] = _copied(copy[name])
    return copy


def _copied(value: Value) -> Value:
    if "M" in value:
        return {"M": {name: _copied(member) for name, member in value["M"].items()}}
    if "L" in value:
        return {"L": [_copied(element) for element in value["L"]]}
    return value


def _container(item: Item, path: DocumentPath) -> Item | list[Value]:
    """Return the map or list that the last element of a path is about."""
    if len(path) == 1:
        return item
    parent = paths.follow(path[:-1])(item)
    tag = "M" if isinstance(path[-1], str) else "L"
    if parent is None or tag not in parent:
        raise Rejected(_WRONG_PATH)
    container: Item | list[Value] = parent[tag]
    return container


def _assign(item: Item, path: DocumentPath, value: Value) -> None:
    container, last = _container(item, path), path[-1]
    if isinstance(container, dict):
        container[str(last)] = value
    elif int(last) < len(container):
        container[int(last)] = value
    else:
        container.append(value)


def _remove(item: Item, path: DocumentPath) -> None:
    container, last = _container(item, path), path[-1]
    if isinstance(container, dict):
        container.pop(str(last), None)
    elif int(last) < len(container):
        del container[int(last)]


def _last_index(path: DocumentPath) -> int:
    return path[-1] if isinstance(path[-1], int) else -1


def _element_order(assignment: tuple[DocumentPath, Value]) -> int:
    return _last_index(assignment[0])
