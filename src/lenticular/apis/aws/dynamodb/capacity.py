"""Capacity units: what reads and writes consume, as "DynamoDB read and write operations" says.

A read unit is 4 KiB read consistently, or 8 KiB otherwise; a write unit is 1 KiB; within
transactions both count double.
"""

from collections.abc import Iterable
from typing import Any

from lenticular.primitives.tables import Outcome, Page

_READ_UNIT = 4096
_WRITE_UNIT = 1024

NONE = "NONE"
TOTAL = "TOTAL"
INDEXES = "INDEXES"


def read_units(size: int, *, consistent: bool) -> float:
    """Return the units that reading `size` bytes at once consumes."""
    units = max(1, -(-size // _READ_UNIT))
    return float(units) if consistent else units / 2


def write_units(size: int) -> float:
    """Return the units that writing `size` bytes consumes."""
    return float(max(1, -(-size // _WRITE_UNIT)))


class Consumption:
    """The units that one request consumed of one table."""

    __slots__ = ("_factor", "_global", "_local", "_table", "_unit_member")

    def __init__(self, *, transactional: str = "") -> None:
        self._table = 0.0
        self._local: dict[str, float] = {}
        self._global: dict[str, float] = {}
        self._factor = 2 if transactional else 1
        self._unit_member = transactional
        """Of a transaction, under which name its units stand besides ``CapacityUnits``."""

    def add_read(self, size: int, *, consistent: bool) -> None:
        """Count an item that was read by its key."""
        self._table += read_units(size, consistent=consistent) * self._factor

    def add_page(self, page: Page, *, consistent: bool) -> None:
        """Count a page of a query or a scan."""
        units = read_units(page.size, consistent=consistent)
        if page.index is None:
            self._table += units
            return
        self._table += sum(read_units(size, consistent=consistent) for size in page.fetched)
        (self._local if page.index.local else self._global)[page.index.name] = units

    def add_write(self, outcome: Outcome) -> None:
        """Count a write: the larger of the old and the new item, and what indexes changed."""
        sizes = [stored.size for stored in (outcome.old, outcome.new) if stored]
        self._table += write_units(max(sizes, default=0)) * self._factor
        for change in outcome.entries:
            entries = [size for size in (change.removed, change.written) if size is not None]
            if not change.moved:
                entries = [max(entries)]
            units = sum(map(write_units, entries)) * self._factor
            indexes = self._local if change.index.local else self._global
            indexes[change.index.name] = indexes.get(change.index.name, 0.0) + units

    def document(self, table: str, kind: str) -> dict[str, Any]:
        """Return the ConsumedCapacity of a table for a ReturnConsumedCapacity."""
        total = self._table + sum(self._local.values()) + sum(self._global.values())
        document = {"TableName": table, **self._units(total)}
        if kind == INDEXES:
            document["Table"] = self._units(self._table)
            for member, indexes in (
                ("LocalSecondaryIndexes", self._local),
                ("GlobalSecondaryIndexes", self._global),
            ):
                if indexes:
                    document[member] = {name: self._units(units) for name, units in indexes.items()}
        return document

    def _units(self, units: float) -> dict[str, Any]:
        if self._unit_member:
            return {"CapacityUnits": units, self._unit_member: units}
        return {"CapacityUnits": units}


def of_writes(
    outcomes: Iterable[Outcome], kind: str, *, transactional: bool = False
) -> list[dict[str, Any]]:
    """Return the ConsumedCapacity of writes, by table."""
    by_table: dict[str, Consumption] = {}
    unit_member = "WriteCapacityUnits" if transactional else ""
    for outcome in outcomes:
        name = outcome.table.name
        if name not in by_table:
            by_table[name] = Consumption(transactional=unit_member)
        by_table[name].add_write(outcome)
    return [consumed.document(name, kind) for name, consumed in by_table.items()]
