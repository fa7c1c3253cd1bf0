"""Queries of one partition and scans of a whole table or index, a page at a time.

A page ends at the limit the reader set, or once it has read `limits.PAGE` bytes of items.
It is read in portions: a short first one, at once, which is all that most queries need,
and longer ones that go to a thread. Each portion sees one committed state.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.engines.kv.keys import KeyRange, after, after_prefix
from lenticular.primitives.tables import keys
from lenticular.primitives.tables.errors import (
    IndexNotReady,
    KeyEmpty,
    KeyMismatch,
    StartKeyOutside,
    TableNotFound,
)
from lenticular.primitives.tables.limits import PAGE
from lenticular.primitives.tables.records import (
    Index,
    KeyAttribute,
    Stored,
    Table,
    TableName,
    find_table,
    names_of,
    total_size,
)
from lenticular.primitives.tables.values import Item, Value
from lenticular.primitives.tables.writes import Condition

_FIRST_PORTION = 32
_LARGEST_PORTION = 1000


class SortCondition(NamedTuple):
    """Which sort keys of a partition are read."""

    operator: str
    """``=``, ``<``, ``<=``, ``>``, ``>=``, ``between`` or ``begins_with``."""
    values: tuple[Value, ...]
    """One; two, both within, for ``between``."""


@dataclass(kw_only=True, slots=True)
class Selection:
    """What a query or a scan reads."""

    index: str | None = None
    partition: Value | None = None
    """The partition key of a query; None: a scan."""
    sort: SortCondition | None = None
    segment: tuple[int, int] | None = None
    """Number and total, of a parallel scan."""
    backward: bool = False
    start: Item | None = None
    """The key after which to go on: of the table, and of the index if there is one."""
    limit: int | None = None
    """How many items are read, before the filter."""
    filter: Condition | None = None
    whole: bool = False
    """Of a local index that does not copy all attributes, read the items of the table."""


Plan = Callable[[Table], Selection]
"""Makes the selection for the table as it is; raises when it does not fit."""


@dataclass(slots=True)
class Page:
    """What a query or scan found."""

    table: Table
    index: Index | None
    rows: list[Stored] = field(default_factory=list)
    """What the filter let through, in order."""
    scanned: int = 0
    """Items read, before the filter."""
    size: int = 0
    """Bytes of the items, or entries of the index, that were read."""
    fetched: list[int] = field(default_factory=list)
    """Bytes of each item that was read from the table for an entry of a local index."""
    last: Item | None = None
    """The key after which the next page begins; None: there is nothing more."""


async def select(store: KeyValueStore, name: TableName, plan: Plan) -> Page:
    """Read one page.

    Raises `TableNotFound`, `IndexNotFound`, `IndexNotReady`, `KeyInvalid`,
    `StartKeyOutside`, or what `plan` raises.
    """
    search = await store.read(partial(_begin, name, plan))
    while not search.done:
        await store.read(search.resume, long=True)
    return search.page


def _begin(name: TableName, plan: Plan, reader: Reader) -> "_Search":
    table = find_table(reader, name)
    search = _Search(table, plan(table))
    search.go_on(reader)
    return search


class _Search:
    """A page being read."""

    def __init__(self, table: Table, selection: Selection) -> None:
        index, prefix = None, table.items
        self._fetch = False
        if selection.index is not None:
            kept = table.index(selection.index)
            index, prefix = kept.index, kept.prefix
            self._fetch = selection.whole and kept.copied is not None
            if not index.ready:
                raise IndexNotReady(index.name)
        self._selection = selection
        self._start, self._stop = _range(table, index, prefix, selection)
        self.page = Page(table, index)
        self.done = False

    def resume(self, reader: Reader) -> None:
        """Read on, unless the table went away in the meantime."""
        table = self.page.table
        if find_table(reader, table.table_name).uid != table.uid:
            raise TableNotFound(table.name)
        self.go_on(reader)

    def go_on(self, reader: Reader) -> None:
        """Read the next portion."""
        wanted, backward = self._portion(), self._selection.backward
        pairs = reader.range(self._start, self._stop, limit=wanted, reverse=backward)
        found = [Stored(raw) for _, raw in pairs]
        if not self._take_all(found):
            self._take_some(reader, found)
        if len(pairs) < wanted:
            self.done = True
        elif backward:
            self._stop = pairs[-1][0]
        else:
            self._start = after(pairs[-1][0])

    def _portion(self) -> int:
        page, limit = self.page, self._selection.limit
        wanted = _FIRST_PORTION
        if page.scanned:
            wanted = (PAGE - page.size) // max(1, page.size // page.scanned) + 1
            wanted = min(wanted, _LARGEST_PORTION)
        return wanted if limit is None else min(wanted, limit - page.scanned)

    def _take_all(self, found: list[Stored]) -> bool:
        """Take what was found at once; False: it ends the page, or has to be looked at."""
        page, scanned = self.page, self.page.scanned + len(found)
        size = page.size + total_size(found)
        looked_at = self._fetch or self._selection.filter
        if looked_at or size >= PAGE or scanned == self._selection.limit:
            return False
        page.rows += found
        page.scanned, page.size = scanned, size
        return True

    def _take_some(self, reader: Reader, found: list[Stored]) -> None:
        """Take what was found one by one, up to the end of the page."""
        page = self.page
        for each in found:
            page.scanned += 1
            page.size += each.size
            self._take(reader, each)
            if page.scanned == self._selection.limit or page.size >= PAGE:
                page.last = self._key_of(each)
                self.done = True
                return

    def _take(self, reader: Reader, found: Stored) -> None:
        page = self.page
        if self._fetch:
            raw = reader.get(keys.of_item(page.table, found.item()))
            if raw is not None:  # always: entries and items are written together
                found = Stored(raw)
                page.fetched.append(found.size)
        if self._selection.filter is None or self._selection.filter(found.item()):
            page.rows.append(found)

    def _key_of(self, found: Stored) -> Item:
        item, index = found.item(), self.page.index
        names = names_of(index.partition, index.sort) if index else ()
        return {name: item[name] for name in (*self.page.table.key_names, *names)}


def _range(table: Table, index: Index | None, prefix: bytes, selection: Selection) -> KeyRange:
    """Return the keys that a selection has still to read."""
    start, stop = _whole_range(table, index, prefix, selection)
    if selection.start is None:
        return start, stop
    key = _start_key(table, index, prefix, selection.start)
    if not start <= key < stop:
        raise StartKeyOutside("the key to go on from is outside of what is read")
    return (start, key) if selection.backward else (after(key), stop)


def _whole_range(
    table: Table, index: Index | None, prefix: bytes, selection: Selection
) -> KeyRange:
    if selection.partition is None:
        return keys.segment(prefix, *(selection.segment or (0, 1)))
    partition, sort = (index.partition, index.sort) if index else (table.partition, table.sort)
    _check_usable(partition, selection.partition)
    prefix = keys.partition_prefix(prefix, partition, selection.partition)
    if selection.sort is None or sort is None:
        return keys.all_of(prefix)
    return _sort_range(prefix, sort, selection.sort, shared=index is not None)


def _sort_range(
    prefix: bytes, attribute: KeyAttribute, condition: SortCondition, *, shared: bool
) -> KeyRange:
    """Return the range of sort keys; `shared`: several entries may have the same one."""
    for value in condition.values:
        _check_usable(attribute, value)
    raws = [keys.sort_bytes(attribute, value) for value in condition.values]
    if condition.operator == "begins_with":
        stem = prefix + (keys.escaped(raws[0]) if shared else raws[0])
        return stem, after_prefix(stem)
    first, stop = keys.all_of(prefix)
    low, *_, high = [prefix + (keys.ended(raw) if shared else raw) for raw in (raws[0], raws[-1])]
    above = keys.beyond(high, shared=shared)
    match condition.operator:
        case "<":
            return first, high
        case "<=":
            return first, above
        case ">":
            return above, stop
        case ">=":
            return low, stop
        case _:  # equal, or between
            return low, above


def _start_key(table: Table, index: Index | None, prefix: bytes, start: Item) -> bytes:
    if index is None:
        return keys.of_key(table, start)
    keys.of_item(table, start)
    key = keys.of_entry(table, index, prefix, start)
    if key is None:
        raise KeyMismatch
    return key


def _check_usable(attribute: KeyAttribute, value: Value) -> None:
    if attribute.type not in value:
        raise KeyMismatch
    if not value[attribute.type]:
        raise KeyEmpty(attribute.name, attribute.type)
