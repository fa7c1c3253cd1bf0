"""How facets are counted over the hits of a query."""

from collections.abc import Sequence
from typing import Any

import apsw

from lenticular.engines.search.contract import Counts
from lenticular.engines.search.facets import (
    Bucket,
    DateHistogram,
    Distinct,
    Facet,
    Metric,
    NumericHistogram,
    Terms,
)
from lenticular.engines.search.sqlite.conditions import Fields, Sql
from lenticular.engines.search.sqlite.schema import Binding
from lenticular.engines.search.values import NUMERIC, Kind, date_text, shown

_VALUES = (
    "FROM temp.hit h JOIN value v ON v.entry = h.entry"
    " WHERE v.field = ? AND v.plain IS NOT NULL AND {}"
)


def count(connection: apsw.Connection, fields: Fields, facet: Facet, only: Sql) -> Counts:
    """Answer a facet over those hits (rows ``h``) that are as `only` says."""
    return _Count(connection, fields, facet.field, only).of(facet)


class _Count:
    def __init__(self, connection: apsw.Connection, fields: Fields, field: str, only: Sql) -> None:
        self._connection = connection
        self._field, self._kind = fields.get(field, (0, Kind.OBJECT))
        self._only = only
        self._values = _VALUES.format(only.text)
        self._bindings = (self._field, *only.bindings)

    def of(self, facet: Facet) -> Counts:
        match facet:
            case Terms():
                return Counts(facet.name, buckets=self._terms(facet.size))
            case Distinct():
                return Counts(facet.name, number=self._distinct())
            case Metric():
                return Counts(facet.name, number=self._metric(facet))
            case DateHistogram():
                return Counts(facet.name, buckets=self._dates(facet))
            case NumericHistogram():
                return Counts(facet.name, buckets=self._numbers(facet))

    def _terms(self, size: int) -> list[Bucket]:
        rows = self._rows(
            f"SELECT v.plain, count(DISTINCT h.subject) {self._values}"
            " GROUP BY v.plain ORDER BY 2 DESC, 1 LIMIT ?",
            size,
        )
        return [(shown(self._kind, value), int(many)) for value, many in rows]

    def _distinct(self) -> int:
        [(many,)] = self._rows(f"SELECT count(DISTINCT v.plain) {self._values}")
        return int(many)

    def _metric(self, facet: Metric) -> float | int | None:
        total: float = 0
        many = 0
        if self._kind in NUMERIC:
            [(total, many)] = self._rows(f"SELECT ifnull(sum(v.plain), 0), count(*) {self._values}")
        if facet.missing is not None:
            having = f"SELECT h.entry {self._values}"
            [(without,)] = self._rows(
                f"SELECT count(*) FROM temp.hit h WHERE {self._only.text}"
                f" AND h.entry NOT IN ({having})",
                before=self._only.bindings,
            )
            total, many = total + facet.missing * without, many + without
        if facet.of == "sum":
            return total
        return total / many if many else None

    def _dates(self, facet: DateHistogram) -> list[Bucket]:
        if self._kind is not Kind.DATE:
            return []
        low = -(2**63) if facet.low is None else facet.low
        high = 2**63 - 1 if facet.high is None else facet.high
        rows = self._rows(
            f"SELECT floored(v.plain, ?) AS start, count(DISTINCT h.subject) {self._values}"
            " AND v.plain BETWEEN ? AND ? GROUP BY start ORDER BY start",
            low,
            high,
            before=(facet.interval,),
        )
        return [(date_text(int(start)), int(many)) for start, many in rows]

    def _numbers(self, facet: NumericHistogram) -> list[Bucket]:
        width = (facet.high - facet.low) / facet.size
        counts: dict[int, int] = {}
        if self._kind in NUMERIC:
            rows = self._rows(
                "SELECT min(CAST((v.plain - ?) / ? AS INTEGER), ?) AS range,"
                f" count(DISTINCT h.subject) {self._values}"
                " AND v.plain BETWEEN ? AND ? GROUP BY range",
                facet.low,
                facet.high,
                before=(facet.low, width, facet.size - 1),
            )
            counts = {int(number): int(many) for number, many in rows}
        borders = [facet.low + width * number for number in range(facet.size)] + [facet.high]
        return [
            ((borders[number], borders[number + 1]), counts.get(number, 0))
            for number in range(facet.size)
        ]

    def _rows(
        self, statement: str, *after: Binding, before: Sequence[Binding] = ()
    ) -> list[tuple[Any, ...]]:
        bindings = (*before, *self._bindings, *after)
        return self._connection.execute(statement, bindings).fetchall()
