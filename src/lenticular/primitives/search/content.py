"""From the content of an entry to the values of its fields, whose kinds an index learns.

A field's name is the way to it through the objects of the content, with dots between; a dot
or a backslash within a key has a backslash before it. Lists are no step of the way: a field
has as many values as there are. The first entry that has a field settles its kind for all
(Search API, "Types, Type Detection, and Schemas").
"""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import msgspec

from lenticular.engines.search.contract import Document, EntryKey
from lenticular.engines.search.values import (
    LONGEST_KEYWORD,
    NUMERIC,
    PLACES,
    Kind,
    Scalar,
    Value,
    milliseconds,
    text_of,
)
from lenticular.primitives.search.errors import EntryInvalid
from lenticular.primitives.search.places import place_of
from lenticular.primitives.search.records import Entry

Schema = Mapping[str, Kind]

MOST_FIELDS = 1000
DEEPEST = 20
LONGEST_TEXT = 32 * 1024
"""Bytes of one text."""
LARGEST_ENTRY = 10 * 1024 * 1024
"""Bytes of the content of one entry. These are the service's ("Globus Search Limits")."""

_WHOLE = 2**63


def document(key: EntryKey, entry: Entry, schema: Schema) -> Document:
    """Return an entry as it is searched."""
    held = {(name, one) for name, members in entry.principal_sets.items() for one in members}
    values = [
        _value(field, schema[field], given)
        for field, given in _leaves(msgspec.json.decode(entry.content), schema)
        if given is not dict
    ]
    return Document(key, values, frozenset(entry.visible_to), frozenset(held))


def learn(schema: MutableMapping[str, Kind], content: Mapping[str, Any]) -> None:
    """Add to a schema what the fields of a content are that it does not know.

    Raises `EntryInvalid` for what does not fit the schema, or is too large or too deep.
    """
    fresh: dict[str, Kind] = {}
    for field, given in _leaves(content, schema):
        known = schema.get(field)
        if known is None:
            kind = _kind_of(field, given)
            fresh[field] = kind if field not in fresh else _common(field, fresh[field], kind)
        else:
            _check(field, known, given)
    schema.update(fresh)
    if len(schema) > MOST_FIELDS:
        raise EntryInvalid(f"An index has at most {MOST_FIELDS} fields, and this would be more")


def canonical(field: str) -> str:
    """Return the name of a field as this package writes it, and not with needless backslashes."""
    return ".".join(map(_escaped, path_of(field)))


def path_of(field: str) -> list[str]:
    """Return the keys that lead to a field: parted at dots that have no backslash before them."""
    keys, letters = [""], iter(field)
    for letter in letters:
        if letter == ".":
            keys.append("")
        else:
            keys[-1] += next(letters, "\\") if letter == "\\" else letter
    return keys


def _leaves(content: Mapping[str, Any], schema: Schema) -> Iterator[tuple[str, Any]]:
    """Iterate over the values of a content, each with its field; a place is one value.

    An object below the content is told too, by its type: its field has fields below it.
    """
    waiting: list[tuple[str, Any, int]] = [("", content, 0)]
    while waiting:
        field, given, depth = waiting.pop()
        if given is None:
            continue
        if schema.get(field) in PLACES:
            yield from ((field, one) for one in _places(given))
        elif isinstance(given, dict):
            if depth >= DEEPEST:
                raise EntryInvalid(f"Content is at most {DEEPEST} levels deep, and {field} is not")
            if field:
                yield field, dict
            start = f"{field}." if field else ""
            for key, inner in given.items():
                if not key:
                    raise EntryInvalid(f"{field or 'The content'} has a field without a name")
                waiting.append((start + _escaped(key), inner, depth + 1))
        elif isinstance(given, list):
            # Lists within lists could be as deep as the document is long.
            waiting += [(field, inner, depth + isinstance(inner, list)) for inner in given]
            if depth > DEEPEST:
                raise EntryInvalid(f"Content is at most {DEEPEST} levels deep, and {field} is not")
        else:
            yield field, given


def _places(given: Any) -> list[Any]:
    """Return the places that a value is: several where it is a list of anything but numbers."""
    if isinstance(given, list) and not (given and isinstance(given[0], int | float)):
        return [one for one in given if one is not None]
    return [given]


def _kind_of(field: str, given: Any) -> Kind:
    if isinstance(given, str):
        _check_length(field, given)
        return Kind.TEXT if milliseconds(given) is None else Kind.DATE
    if isinstance(given, bool):
        return Kind.BOOLEAN
    if given is dict:
        return Kind.OBJECT
    if isinstance(given, int):
        _check_number(field, given)
        return Kind.INTEGER
    return Kind.FLOAT


def _common(field: str, one: Kind, other: Kind) -> Kind:
    """Return the kind of a new field that has values of both kinds."""
    if one is other:
        return one
    if Kind.OBJECT in (one, other):
        raise _both(field)
    return Kind.FLOAT if {one, other} <= NUMERIC else Kind.TEXT


def _check(field: str, kind: Kind, given: Any) -> None:
    """See to it that a value fits a field that has a kind. Raises `EntryInvalid`."""
    if kind in PLACES:
        place_of(field, kind, given)
        return
    found = _kind_of(field, given)
    if found is not kind and Kind.OBJECT in (found, kind):
        raise _both(field)
    is_widened = kind is Kind.TEXT or (kind is Kind.FLOAT and found is Kind.INTEGER)
    if found is not kind and not is_widened:
        raise EntryInvalid(
            f"{field} has values of the type {kind} in this index, and not {text_of(given)[:100]!r}"
        )


def _both(field: str) -> EntryInvalid:
    return EntryInvalid(f"{field} has fields below it in this index, or values, and not both")


def _check_length(field: str, text: str) -> None:
    if len(text) > LONGEST_TEXT // 4 and len(text.encode()) > LONGEST_TEXT:
        raise EntryInvalid(f"{field} has a text of more than {LONGEST_TEXT} bytes")


def _check_number(field: str, number: int) -> None:
    if not -_WHOLE <= number < _WHOLE:
        raise EntryInvalid(f"{field} has a whole number that does not fit in 64 bits")


def _value(field: str, kind: Kind, given: Any) -> Value:
    if kind in PLACES:
        return Value(field, kind, place=place_of(field, kind, given))
    scalar: Scalar = given
    text = text_of(scalar)
    if kind is Kind.TEXT:
        return Value(field, kind, text, text if len(text) <= LONGEST_KEYWORD else None)
    if kind is Kind.DATE:
        return Value(field, kind, text, milliseconds(text))
    number = int(scalar) if kind is Kind.BOOLEAN else scalar
    return Value(field, kind, text, number)


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace(".", "\\.")
