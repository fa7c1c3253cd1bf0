"""Points of series: where the store keeps them, and for how long.

The words are those of Amazon CloudWatch (User Guide, "Metrics concepts"), which asks for what
lies here. Times are seconds since the epoch.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after, pack, unpack

# (account id, namespace, packed dimensions, name, period, time) -> Point
_POINT = Subspace("metrics", "point")

MINUTE: Final = 60
DAY: Final = 24 * 3600

KEPT: Final = {MINUTE: 15 * DAY, DAY: 455 * DAY}
"""Seconds for which points are kept, by the period of their series."""


class Series(NamedTuple):
    """What is measured."""

    account_id: str
    namespace: str
    """Of whoever measures it (``AWS/S3``)."""
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """Names and values that tell it from others of its name, sorted."""
    period: int = MINUTE
    """Seconds of a point: `MINUTE` or `DAY`."""

    def start(self, at: float) -> int:
        """Return when the period began that a moment is in."""
        return int(at) // self.period * self.period


class Point(Struct, array_like=True, frozen=True, gc=False):
    """What was measured in one period."""

    count: int
    """How many values there were."""
    total: float
    """All of them together."""
    least: float
    most: float

    def __add__(self, other: "Point") -> "Point":
        return Point(
            self.count + other.count,
            self.total + other.total,
            min(self.least, other.least),
            max(self.most, other.most),
        )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Point).decode


def _place(series: Series) -> tuple[str, str, bytes, str, int]:
    pairs = (part for pair in series.dimensions for part in pair)
    return series.account_id, series.namespace, pack(*pairs), series.name, series.period


def put(tx: Transaction, series: Series, start: int, point: Point) -> None:
    """Set the point of a period."""
    tx.set(_POINT.pack(*_place(series), start), _encode(point))


def add(tx: Transaction, series: Series, start: int, point: Point) -> None:
    """Add to the point of a period."""
    data = tx.get(_POINT.pack(*_place(series), start))
    put(tx, series, start, point if data is None else _decode(data) + point)


def between(reader: Reader, series: Series, since: int, until: int) -> list[tuple[int, Point]]:
    """Return the points of the periods that begin from `since` to before `until`."""
    place = _place(series)
    rows = reader.range(_POINT.pack(*place, since), _POINT.pack(*place, until))
    return [(_POINT.unpack(key)[-1], _decode(data)) for key, data in rows]


def known(reader: Reader, *parts: str) -> Iterator[Series]:
    """Iterate over the series that have points: all, those of an account, or of its namespace."""
    start, stop = _POINT.range(*parts)
    while rows := reader.range(start, stop, limit=1):
        account_id, namespace, packed, name, period, _ = _POINT.unpack(rows[0][0])
        found = unpack(packed)
        dimensions = tuple(zip(found[::2], found[1::2], strict=True))
        series = Series(account_id, namespace, name, dimensions, period)
        yield series
        start = after(_POINT.range(*_place(series))[1])


def trim(tx: Transaction, series: Series, now: float) -> None:
    """Remove the points of a series that are older than such points are kept."""
    place = _place(series)
    oldest = series.start(now) - KEPT[series.period]
    tx.delete_range(_POINT.range(*place)[0], _POINT.pack(*place, max(oldest, 0)))
