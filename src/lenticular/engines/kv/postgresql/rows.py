"""How keys are stored: whole, or for one too long for PostgreSQL's indexes, by its head.

An entry of a B-tree has at most 2,704 bytes, and keys have up to 8,192. Of a key longer than
`HEAD` the primary key has the head and a digest of the tail, and the tail stands beside it.
The order is right among keys of different heads; those of one head are put in order here.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import after

HEAD = 2000
"""Bytes of a key up to which it is stored whole."""

_ABOVE_TAILS = b"\xff" * 33
"""Behind a head: above each digest that may follow it."""


class Span(NamedTuple):
    """A part of the stored keys to be read: ``start <= key < stop``."""

    start: bytes
    stop: bytes
    limit: int | None
    reverse: bool


Row = tuple[bytes, bytes | None, int, bytes, int]
"""A row of a span: stored key, tail, version, value, and the span's number in its statement.

It is the connection's own record: a range has a thousand of them.
"""

Want = bytes | Span
"""What a function asks for: the value of a stored key, or the rows of a span."""


def stored(key: bytes) -> bytes:
    """Return how `key` is stored."""
    return key if len(key) <= HEAD else key[:HEAD] + sha256(key[HEAD:]).digest()


def tail(key: bytes) -> bytes | None:
    """Return what is stored beside `key`."""
    return None if len(key) <= HEAD else key[HEAD:]


class RowReader(Reader):
    """Reads through `ask`, which takes a `Want` and returns a value, or rows."""

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[Want], Any]) -> None:
        self._ask = ask

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None = self._ask(stored(key))
        return value

    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        if start >= stop or (limit is not None and limit <= 0):
            return []
        if len(start) <= HEAD and len(stop) <= HEAD:
            rows: list[Row] = self._ask(Span(start, stop, limit, reverse))
            if all(row[1] is None for row in rows):
                return [(key, value) for key, _, _, value, _ in rows]
        return self._range_of_long_keys(start, stop, limit, reverse)

    def _range_of_long_keys(
        self, start: bytes, stop: bytes, limit: int | None, reverse: bool
    ) -> list[tuple[bytes, bytes]]:
        """Read page by page, and of each head that a page ends in, all keys."""
        found: list[tuple[bytes, bytes]] = []
        low = start[:HEAD]
        high = stop if len(stop) <= HEAD else stop[:HEAD] + _ABOVE_TAILS
        while low < high and (limit is None or len(found) < limit):
            rows: list[Row] = self._ask(Span(low, high, limit, reverse))
            if not rows:
                break
            last, last_tail, *_ = rows[-1]
            head = last[:HEAD]
            if last_tail is None:
                low, high = (low, last) if reverse else (after(last), high)
            else:
                above = head + _ABOVE_TAILS
                rows = [row for row in rows if row[0][:HEAD] != head]
                rows += self._ask(Span(head, above, None, reverse))
                low, high = (low, head) if reverse else (above, high)
            page = [(_whole(key, rest), value) for key, rest, _, value, _ in rows]
            found += sorted((pair for pair in page if start <= pair[0] < stop), reverse=reverse)
        return found[:limit]


def _whole(key: bytes, rest: bytes | None) -> bytes:
    """Return the key that was stored."""
    return key if rest is None else key[:HEAD] + rest
