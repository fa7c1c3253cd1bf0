"""The values of fields: their kinds, and what a bound or a filter means for each kind."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple

from lenticular.engines.search.geometry import Geometry

Scalar = str | int | float | bool
"""What JSON has for one value."""

Interval = Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second"]

LONGEST_KEYWORD = 1000
"""Characters of a text above which it is searched by its words only, and not as a whole."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 24 * 3600 * 1000
_LENGTHS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": _DAY, "week": 7 * _DAY}
_MONDAY = 4 * _DAY
"""Of the first whole week: 5 January 1970."""

_DATE = re.compile(
    r"(\d{4})([-/])(\d\d)\2(\d\d)"
    r"(?:[ T](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?: ?(Z|[+-]\d\d:?\d\d))?)?",
    re.ASCII,
)
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_FRACTIONAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class Kind(StrEnum):
    """What a field's values are; one kind for all entries of an index."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    POINT = "geo_point"
    SHAPE = "geo_shape"
    OBJECT = "object"
    """No values, but fields below it."""


NUMERIC = frozenset({Kind.INTEGER, Kind.FLOAT})
PLACES = frozenset({Kind.POINT, Kind.SHAPE})


class Value(NamedTuple):
    """One value of a field of an entry."""

    field: str
    kind: Kind
    words: str = ""
    """What is searched for words."""
    plain: str | int | float | None = None
    """What is compared: a text, a number, 0 or 1, milliseconds since the epoch; None: nothing."""
    place: Geometry | None = None


def compared(kind: Kind, value: Scalar) -> str | int | float | None:
    """Return what a value of a query is for fields of a kind; None: nothing that they can be."""
    if kind is Kind.TEXT:
        return text_of(value)
    if kind is Kind.DATE:
        return milliseconds(value) if isinstance(value, str) else None
    if kind is Kind.BOOLEAN:
        return {"true": 1, "false": 0}.get(text_of(value))
    if kind in NUMERIC:
        return _number(value)
    return None


def bound(kind: Kind, value: Scalar, *, to_the_end: bool) -> str | int | float | None:
    """Return what a bound is for fields of a kind, as `compared`.

    A day `to_the_end` is its last millisecond: what goes up to a day has the whole day in it.
    """
    if kind is Kind.DATE and isinstance(value, str) and to_the_end:
        found = milliseconds(value)
        return found + _DAY - 1 if found is not None and len(value) == len("2026-01-01") else found
    return compared(kind, value)


def text_of(value: Scalar) -> str:
    """Return a value as text, as JSON writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def shown(kind: Kind, plain: str | float) -> str | int | float:
    """Return a compared value as a facet tells it."""
    if kind is Kind.BOOLEAN:
        return "true" if plain else "false"
    if kind is Kind.DATE:
        return date_text(int(plain))
    if kind is Kind.FLOAT and not isinstance(plain, str):
        return float(plain)
    return plain


def milliseconds(text: str) -> int | None:
    """Return the moment that a date names, in milliseconds since the epoch; None: no date.

    ``2026-01-31``, with or without a time behind a blank or a ``T``, which may have a
    fraction and an offset; without one it is UTC (Globus Search, "Date Formatted Strings").
    """
    match = _DATE.fullmatch(text)
    if match is None or (match[2] == "/" and match[9] is None):
        return None
    year, month, day, hour, minute, second = (int(match[n] or 0) for n in (1, 3, 4, 5, 6, 7))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        passed = moment - _offset(match[9] or "Z") - _EPOCH
    except (ValueError, OverflowError):
        return None
    return passed // timedelta(milliseconds=1) + int((match[8] or ".")[1:4].ljust(3, "0"))


def date_text(moment: int) -> str:
    """Return a moment (milliseconds) as Globus Search writes it, to the second, in UTC."""
    at = _EPOCH + timedelta(milliseconds=moment)
    # strftime does not fill up years before 1000.
    return at.replace(microsecond=0, tzinfo=None).isoformat(" ")


def floored(moment: int, interval: Interval) -> int:
    """Return when the calendar interval (UTC) began in which a moment lies; weeks on Monday."""
    length = _LENGTHS.get(interval)
    if length is not None:
        start = _MONDAY if interval == "week" else 0
        return (moment - start) // length * length + start
    at = _EPOCH + timedelta(milliseconds=moment)
    month = {"year": 1, "quarter": (at.month - 1) // 3 * 3 + 1}.get(interval, at.month)
    return (datetime(at.year, month, 1, tzinfo=UTC) - _EPOCH).days * _DAY


def _offset(text: str) -> timedelta:
    """Return an offset from UTC."""
    if text == "Z":
        return timedelta()
    length = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return -length if text[0] == "-" else length


def _number(value: Scalar) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if _WHOLE.fullmatch(value):
            value = int(value)
        elif _FRACTIONAL.fullmatch(value):
            value = float(value)
        else:
            return None
    # A whole number beyond 64 bits is compared as what it nearly is.
    return value if -(2**63) <= value < 2**63 else float(value)
