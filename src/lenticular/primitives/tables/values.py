"""Values and items in the one notation that the tables keep, and their sizes.

A value is a dict of one type tag and its content, the JSON notation of DynamoDB::

    {"S": "text"}  {"N": "1.5"}  {"B": "Ynl0ZXM="}  {"BOOL": true}  {"NULL": true}
    {"SS": ["a", "b"]}  {"NS": ["1", "2"]}  {"BS": ["YQ=="]}
    {"L": [value, ...]}  {"M": {name: value, ...}}

Numbers are texts, so that no digit is lost; bytes are base64. An item is a dict of values
by attribute name. What is stored is canonical (`item`): equal values other than sets are
equal dicts. Sizes follow "DynamoDB item sizes and formats" in its developer guide.
"""

import binascii
from collections.abc import Callable
from typing import Any

from lenticular.primitives.tables import numbers
from lenticular.primitives.tables.errors import (
    NameInvalid,
    NestedTooDeep,
    NullNotTrue,
    SetEmpty,
    SetRepeats,
    ValueAmbiguous,
    ValueEmpty,
    ValueMalformed,
)
from lenticular.primitives.tables.limits import MAX_NAME, MAX_NESTING

Value = dict[str, Any]
"""One type tag and its content."""

Item = dict[str, Value]
"""Values by attribute name."""

_NEST_OVERHEAD = 3
_MEMBER_OVERHEAD = 1


def item(given: object) -> tuple[Item, int]:
    """Return an item in canonical form and its size in bytes.

    Raises a `ValueInvalid` for what cannot be stored. The size is not limited here.
    """
    if not isinstance(given, dict):
        raise ValueMalformed("M", given)
    result: Item = {}
    total = 0
    for name, content in given.items():
        name_size = len(name) if name.isascii() else len(name.encode())
        if not 0 < name_size <= MAX_NAME:
            raise NameInvalid(name)
        result[name], size = value(content)
        total += name_size + size
    return result, total


def value(given: object, depth: int = 0) -> tuple[Value, int]:
    """Return a value in canonical form and its size in bytes; `depth` levels are around it.

    Raises a `ValueInvalid`.
    """
    if type(given) is dict and len(given) == 1:
        ((tag, content),) = given.items()
        if tag == "S" and type(content) is str:  # most values are: spare them the call
            return given, len(content) if content.isascii() else len(content.encode())
        read = _READERS.get(tag)
        if read is not None and content is not None:
            return read(given, content, depth)
    return _odd_value(given, depth)


def text_size(text: str) -> int:
    """Return the size of a text in bytes."""
    return len(text) if text.isascii() else len(text.encode())


def binary(text: str) -> bytes:
    """Return the bytes of the canonical content of a ``B``."""
    return binascii.a2b_base64(text)


def type_of(given: Value) -> str:
    """Return the type tag of a canonical value."""
    for tag in given:
        return tag
    raise ValueEmpty("a value has no type tag")


def equal(left: Value, right: Value) -> bool:
    """Tell whether two canonical values are the same; the order in a set does not matter."""
    if left == right:
        return True
    tag = type_of(left)
    if tag not in right:
        return False
    mine, other = left[tag], right[tag]
    if tag in _SETS:
        return len(mine) == len(other) and set(mine) == set(other)
    if tag == "L":
        return len(mine) == len(other) and all(map(equal, mine, other))
    if tag == "M":
        return mine.keys() == other.keys() and all(equal(mine[name], other[name]) for name in mine)
    return False


_SETS = frozenset(("SS", "NS", "BS"))

_Read = tuple[Value, int]


def _odd_value(given: object, depth: int) -> _Read:
    """Read a value that is not simply one known tag: find the tag, or say what is wrong."""
    if not isinstance(given, dict):
        raise ValueMalformed("", given)
    tags = [tag for tag, content in given.items() if tag in _READERS and content is not None]
    if not tags:
        raise ValueEmpty("the value has no known type tag")
    for tag in tags:
        if len(tags) == 1 or tag in {"N", "NS"}:  # a number that is none is told of first
            result = _READERS[tag]({tag: given[tag]}, given[tag], depth)
            if len(tags) == 1:
                return result
    raise ValueAmbiguous(f"the value has the type tags {', '.join(tags)}")


def _read_string(given: Value, content: object, depth: int) -> _Read:
    return given, text_size(_text("S", content))


def _read_number(given: Value, content: object, depth: int) -> _Read:
    number = numbers.canonical(_text("N", content))
    return given if number == content else {"N": number}, numbers.size(number)


def _read_binary(given: Value, content: object, depth: int) -> _Read:
    text, size = _base64("B", content)
    return {"B": text}, size


def _read_boolean(given: Value, content: object, depth: int) -> _Read:
    if not isinstance(content, bool):
        raise ValueMalformed("BOOL", content)
    return given, 1


def _read_null(given: Value, content: object, depth: int) -> _Read:
    if not isinstance(content, bool):
        raise ValueMalformed("NULL", content)
    if not content:
        raise NullNotTrue("a null value is written as true")
    return given, 1


def _read_strings(given: Value, content: object, depth: int) -> _Read:
    members = [_text("SS", member) for member in _members("SS", content)]
    _check_distinct("SS", members)
    return given, sum(map(text_size, members))


def _read_numbers(given: Value, content: object, depth: int) -> _Read:
    members = [numbers.canonical(_text("NS", member)) for member in _members("NS", content)]
    _check_distinct("NS", members)
    return {"NS": members}, sum(map(numbers.size, members))


def _read_binaries(given: Value, content: object, depth: int) -> _Read:
    read = [_base64("BS", member) for member in _members("BS", content)]
    members = [text for text, _ in read]
    _check_distinct("BS", members)
    return {"BS": members}, sum(size for _, size in read)


def _read_list(given: Value, content: object, depth: int) -> _Read:
    if not isinstance(content, list):
        raise ValueMalformed("L", content)
    if depth >= MAX_NESTING:
        raise NestedTooDeep(f"lists and maps nest at most {MAX_NESTING} levels")
    members: list[Value] = []
    total = _NEST_OVERHEAD
    for member in content:
        read, size = value(member, depth + 1)
        members.append(read)
        total += size + _MEMBER_OVERHEAD
    return {"L": members}, total


def _read_map(given: Value, content: object, depth: int) -> _Read:
    if not isinstance(content, dict):
        raise ValueMalformed("M", content)
    if depth >= MAX_NESTING:
        raise NestedTooDeep(f"lists and maps nest at most {MAX_NESTING} levels")
    members: Item = {}
    total = _NEST_OVERHEAD
    for name, member in content.items():
        members[name], size = value(member, depth + 1)
        total += text_size(name) + size + _MEMBER_OVERHEAD
    return {"M": members}, total


_READERS: dict[str, Callable[[Value, object, int], _Read]] = {
    "S": _read_string,
    "N": _read_number,
    "B": _read_binary,
    "BOOL": _read_boolean,
    "NULL": _read_null,
    "SS": _read_strings,
    "NS": _read_numbers,
    "BS": _read_binaries,
    "L": _read_list,
    "M": _read_map,
}


def _text(tag: str, content: object) -> str:
    if not isinstance(content, str):
        raise ValueMalformed(tag, content)
    return content


def _members(tag: str, content: object) -> list[object]:
    if not isinstance(content, list):
        raise ValueMalformed(tag, content)
    if not content:
        raise SetEmpty(tag)
    return content


def _check_distinct(tag: str, members: list[str]) -> None:
    if len(set(members)) != len(members):
        raise SetRepeats(tag, members)


def _base64(tag: str, content: object) -> tuple[str, int]:
    """Return the canonical base64 of base64 text, and how many bytes it stands for."""
    try:
        raw = binascii.a2b_base64(_text(tag, content), strict_mode=True)
    except (ValueError, binascii.Error) as error:
        raise ValueMalformed(tag, content) from error
    return binascii.b2a_base64(raw, newline=False).decode(), len(raw)
