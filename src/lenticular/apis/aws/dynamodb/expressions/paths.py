"""Document paths: where in an item something is."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from lenticular.apis.aws.dynamodb.errors import validation
from lenticular.primitives.tables import Item, Table, Value

DocumentPath = tuple[str | int, ...]
"""The name of an attribute, then names in maps and indexes of lists."""

FollowPath = Callable[[Item], Value | None]
"""Returns the value at a path; None: there is none."""


def write(path: DocumentPath) -> str:
    """Return a path as DynamoDB writes it: ``[a, [1], b]``."""
    elements = (f"[{part}]" if isinstance(part, int) else part for part in path)
    return f"[{', '.join(elements)}]"


def follow(path: DocumentPath) -> FollowPath:
    """Return the function that returns the value at `path`."""
    name, rest = str(path[0]), path[1:]
    if not rest:
        return lambda item: item.get(name)

    def follow_all(item: Item) -> Value | None:
        value = item.get(name)
        for part in rest:
            if value is None:
                return None
            value = step(value, part)
        return value

    return follow_all


def step(value: Value, part: str | int) -> Value | None:
    """Return the value that is in `value` under a name or an index; None: there is none."""
    found: Value | None = None
    if isinstance(part, str):
        found = value.get("M", {}).get(part)
    elif part < len(value.get("L", ())):
        found = value["L"][part]
    return found


def check_disjoint(kind: str, paths: Sequence[DocumentPath]) -> None:
    """Check that no path is within another, and that no two take one value for a map and a list.

    Raises ValidationException, first for the former.
    """
    if len(set(paths)) == len(paths) and all(len(path) == 1 for path in paths):
        return
    for one, two in combinations(paths, 2):
        shared = min(len(one), len(two))
        if one[:shared] == two[:shared]:
            raise _clash(kind, "overlap", one, two)
    for one, two in combinations(paths, 2):
        for mine, other in zip(one, two, strict=False):
            if type(mine) is not type(other):
                raise _clash(kind, "conflict", one, two)
            if mine != other:
                break


def check_scalars(table: Table, paths: Iterable[DocumentPath]) -> None:
    """Check that no path goes into a key attribute of a table or its indexes.

    Raises ValidationException.
    """
    for path in paths:
        if len(path) > 1:
            if path[0] in table.key_names:
                raise _not_scalar("Key", path[0])
            for index in table.indexes:
                if path[0] == index.partition.name or (index.sort and path[0] == index.sort.name):
                    raise _not_scalar("IndexKey", path[0])


def _not_scalar(what: str, name: str | int) -> Exception:
    return validation(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' "
        f"are not allowed: {what}: {name}"
    )


def _clash(kind: str, how: str, one: DocumentPath, two: DocumentPath) -> Exception:
    return validation(
        f"Invalid {kind}: Two document paths {how} with each other; must remove or rewrite one "
        f"of these paths; path one: {write(one)}, path two: {write(two)}"
    )
