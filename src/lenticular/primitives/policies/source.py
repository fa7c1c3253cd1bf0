"""What the text of a policy document shows that its compiled form does not: where statements
stand, and which condition keys are asked for.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from lenticular.primitives.policies import variables
from lenticular.primitives.policies.documents import WITH_VARIABLES
from lenticular.primitives.policies.variables import Template, Variable

_SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


class Position(NamedTuple):
    """A place in a text, both counted from 1."""

    line: int
    column: int


def span(document: str, number: int) -> tuple[Position, Position]:
    """Return where a statement of a policy begins and ends, by its number from 1."""
    start, end = _members(document, 0)["Statement"]
    if document[start] == "[":
        start, end = list(_items(document, start))[number - 1]
    return _position(document, start), _position(document, end)


def _members(text: str, start: int) -> dict[str, tuple[int, int]]:
    """Return where the values of the members of an object stand."""
    at = _after_space(text, _after_space(text, start) + 1)
    found = {}
    while text[at] != "}":
        name, at = _decode(text, at)
        begin = _after_space(text, _after_space(text, at) + 1)
        _, end = _decode(text, begin)
        found[name] = (begin, end)
        at = _after_separator(text, end)
    return found


def _items(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Go through where the items of a list stand."""
    at = _after_space(text, start + 1)
    while text[at] != "]":
        _, end = _decode(text, at)
        yield at, end
        at = _after_separator(text, end)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None  # it matches nothing, too
    return match.end()


def _after_separator(text: str, at: int) -> int:
    at = _after_space(text, at)
    return _after_space(text, at + 1) if text[at] == "," else at


def _position(text: str, at: int) -> Position:
    return Position(text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1)


def condition_keys(document: str) -> list[str]:
    """Return the keys that the conditions and the variables of a policy ask for, in order."""
    policy = json.loads(document)
    found: dict[str, str] = {}
    given = policy["Statement"]
    for statement in given if isinstance(given, list) else [given]:
        for keys in statement.get("Condition", {}).values():
            for key in keys:
                found.setdefault(key.lower(), key)
        if policy.get("Version") == WITH_VARIABLES:
            elements = (statement.get(name) for name in ("Resource", "NotResource", "Condition"))
            for key in (key for element in elements for key in _variables(element)):
                found.setdefault(key, key)
    return list(found.values())


def _variables(element: Any) -> Iterator[str]:
    """Go through the keys of the variables in the texts of an element."""
    if isinstance(element, str):
        parsed = variables.parse(element, variables=True)
        if isinstance(parsed, Template):
            yield from (part.key for part in parsed.parts if isinstance(part, Variable))
    elif isinstance(element, list | dict):
        for inner in element.values() if isinstance(element, dict) else element:
            yield from _variables(inner)
