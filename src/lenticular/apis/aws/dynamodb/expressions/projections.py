"""Projections: which attributes of an item, and parts of them, are returned."""

from collections.abc import Callable, Iterable
from typing import Any

from lenticular.apis.aws.dynamodb.expressions.nodes import Path
from lenticular.apis.aws.dynamodb.expressions.parser import Parser
from lenticular.apis.aws.dynamodb.expressions.paths import DocumentPath
from lenticular.primitives.tables import Item, Value

Project = Callable[[Item], Item]
"""Returns those parts of an item that are asked for."""

_Tree = dict[str | int, Any]
"""What is asked for of a map or list: by name or index another tree; an empty one is all."""


def parse_projection(kind: str, text: str) -> list[Path]:
    """Parse a projection. Raises ValidationException."""
    parser = Parser(kind, text)
    found = [parser.path()]
    while parser.take(","):
        found.append(parser.path())
    parser.finish()
    return found


def projection(paths: Iterable[DocumentPath]) -> Project:
    """Return the function that takes what is at `paths`, none of which is within another."""
    wanted = list(paths)
    if all(len(path) == 1 for path in wanted):
        names = frozenset(path[0] for path in wanted)
        return lambda item: {name: item[name] for name in item if name in names}
    tree: _Tree = {}
    for path in wanted:
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
    return lambda item: _pick_members(item, tree)


def _pick(value: Value, tree: _Tree) -> Value | None:
    if not tree:
        return value
    if "M" in value:
        members = _pick_members(value["M"], tree)
        return {"M": members} if members else None
    if "L" in value:
        indexes = sorted(part for part in tree if isinstance(part, int))
        have = value["L"]
        found = [_pick(have[index], tree[index]) for index in indexes if index < len(have)]
        elements = [element for element in found if element is not None]
        return {"L": elements} if elements else None
    return None


def _pick_members(members: Item, tree: _Tree) -> Item:
    picked: Item = {}
    for name, branch in tree.items():
        if isinstance(name, str) and name in members:
            part = _pick(members[name], branch)
            if part is not None:
                picked[name] = part
    return picked
