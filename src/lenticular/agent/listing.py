"""Listings of folders: filtered, ordered and cut as the Transfer API's query says.

Transfer API, "List Directory Contents": a filter is clauses ``FIELD:VALUES`` with ``/``
between, all of which must hold; of several filters one is enough. What is kept in memory is
bounded by what is asked for, not by how large the folder is.
"""

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cmp_to_key
from typing import Any, Final

from lenticular.engines.connectors.contract import Entry


def _type_of(entry: Entry) -> str:
    """Return what the API calls a file's type: that of a link is what it leads to."""
    if entry.kind != "link":
        return entry.kind
    return entry.target_kind or "invalid_symlink"


_KEYS: Final[dict[str, Callable[[Entry], Any]]] = {
    "name": lambda entry: entry.name,
    "type": _type_of,
    "size": lambda entry: entry.size,
    "last_modified": lambda entry: entry.modified,
    "permissions": lambda entry: entry.permissions,
    "user": lambda entry: entry.user,
    "group": lambda entry: entry.group,
}
"""What of an entry each field of the API is."""

_TEXTS: Final = frozenset({"name", "type", "permissions", "user", "group"})

_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
    "!=": lambda one, other: one != other,
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    "!": lambda one, other: one != other,
    "=": lambda one, other: one == other,
}
"""By operator; a longer one before that with which it begins."""

Fits = Callable[[Entry], bool]


class QueryInvalid(ValueError):
    """A filter or an order is not understood; the message says what was expected."""


class Listing:
    """The entries of a folder that are asked for, gathered page by page."""

    def __init__(
        self,
        *,
        filters: Sequence[str] = (),
        order: Sequence[str] = (),
        show_hidden: bool = True,
        limit: int,
        offset: int = 0,
    ) -> None:
        """Raises `QueryInvalid`."""
        self._filters = [_filter(text) for text in filters]
        self._key = cmp_to_key(_comparison(order or ("type", "name")))
        self._show_hidden = show_hidden
        self._offset = offset
        self._most = offset + limit
        self._kept: list[Entry] = []
        self.total = 0
        """Entries that fit."""

    def add(self, entries: Iterable[Entry]) -> None:
        """Take a page in."""
        for entry in entries:
            if self._fits(entry):
                self.total += 1
                self._kept.append(entry)
        if len(self._kept) > 2 * self._most:
            self._settle()

    def entries(self) -> tuple[Entry, ...]:
        """Return those that were asked for, in order."""
        self._settle()
        return tuple(self._kept[self._offset :])

    def _fits(self, entry: Entry) -> bool:
        if entry.name.startswith(".") and not self._show_hidden:
            return False
        return not self._filters or any(fits(entry) for fits in self._filters)

    def _settle(self) -> None:
        self._kept.sort(key=self._key)
        del self._kept[self._most :]


def _comparison(order: Sequence[str]) -> Callable[[Entry, Entry], int]:
    fields = [_ordered(text) for text in order]

    def compare(one: Entry, other: Entry) -> int:
        for key, sign in fields:
            mine, theirs = key(one), key(other)
            if mine != theirs:
                return sign if mine > theirs else -sign
        return 0

    return compare


def _ordered(text: str) -> tuple[Callable[[Entry], Any], int]:
    field, _, direction = text.strip().partition(" ")
    sign = {"": 1, "ASC": 1, "DESC": -1}.get(direction.strip().upper())
    if field not in _KEYS or sign is None:
        raise QueryInvalid(
            f"orderby is a list of {', '.join(_KEYS)}, each with ASC or DESC behind it or "
            f"neither, and not {text[:100]!r}"
        )
    return _KEYS[field], sign


def _filter(text: str) -> Fits:
    clauses = [_clause(part) for part in text.split("/") if part]
    return lambda entry: all(fits(entry) for fits in clauses)


def _clause(text: str) -> Fits:
    field, separator, values = text.partition(":")
    if not separator or field not in _KEYS:
        raise QueryInvalid(
            f"a filter is FIELD:VALUES, with one of the fields {', '.join(_KEYS)}, and not "
            f"{text[:100]!r}"
        )
    if field in _TEXTS:
        return _texts(_KEYS[field], values.split(","))
    if field == "size":
        tests = [_number(value) for value in values.split(",")]
        return lambda entry: all(test(entry.size) for test in tests)
    return _moments(values)


def _texts(key: Callable[[Entry], str], patterns: Sequence[str]) -> Fits:
    """Fits what one of the patterns says, and none of those that begin with ``!``."""
    wanted = [_pattern(pattern) for pattern in patterns if not pattern.startswith("!")]
    unwanted = [_pattern(pattern[1:]) for pattern in patterns if pattern.startswith("!")]

    def fits(entry: Entry) -> bool:
        text = key(entry)
        if any(matches(text) for matches in unwanted):
            return False
        return not wanted or any(matches(text) for matches in wanted)

    return fits


def _pattern(text: str) -> Callable[[str], bool]:
    if text.startswith("~"):
        return lambda value: fnmatch.fnmatchcase(value, text[1:])
    exact = text.removeprefix("=")
    return lambda value: value == exact


def _number(text: str) -> Callable[[float], bool]:
    operator = next((one for one in _COMPARISONS if text.startswith(one)), "")
    try:
        bound = int(text.removeprefix(operator))
    except ValueError:
        raise QueryInvalid(
            f"size is compared to a number of bytes (>=1000), and not to {text[:100]!r}"
        ) from None
    compare = _COMPARISONS[operator or "="]
    return lambda size: compare(size, bound)


def _moments(values: str) -> Fits:
    """Fits what was modified from the first of two moments up to the second; either may miss."""
    begin, _, end = values.partition(",")
    earliest, latest = _moment(begin), _moment(end)

    def fits(entry: Entry) -> bool:
        after = earliest is None or entry.modified >= earliest
        return after and (latest is None or entry.modified <= latest)

    return fits


def _moment(text: str) -> float | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise QueryInvalid(
            f"last_modified is two times (2026-01-31,2026-02-28T12:00:00), either of which may "
            f"be left out, and not {text[:100]!r}"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
