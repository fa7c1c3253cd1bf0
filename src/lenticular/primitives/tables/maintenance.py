"""What is done to tables in the background, in pages: fill, expire, sweep.

All that is still to do stands in the store, so that it goes on after a restart, and in
whichever process comes first: each page is one transaction that reads where the last one
ended.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lenticular.engines.kv.contract import Transaction
from lenticular.engines.kv.keys import Subspace, after, unpack
from lenticular.primitives.tables import keys, spaces
from lenticular.primitives.tables.holdings import grow
from lenticular.primitives.tables.limits import OLDEST_EXPIRY
from lenticular.primitives.tables.records import (
    Maintained,
    Stored,
    Table,
    TableName,
    decode_table,
    encode,
)
from lenticular.primitives.tables.writes import (
    Decision,
    Delete,
    Outcome,
    Prepared,
    entry,
    expiry_time,
    store,
)

_PAGE = 200
"""Items that one transaction fills or expires."""
_SWEPT = 2_000
"""Keys that one transaction sweeps."""

Growth = tuple[int, int, int, int]
"""Table uid, number of the key space, items more, bytes more."""


class Progress(NamedTuple):
    """What one page did."""

    more: bool
    """There may be another page."""
    growth: tuple[Growth, ...] = ()
    done: int = 0
    """How many items it was about."""


def fill(transaction: Transaction, key: bytes) -> Progress:
    """Copy a page of items into an index, or note when they expire; at the end it is ready.

    Writes keep an index up from the moment it is added, ready or not, so a page may come
    before or after a write of the same item.
    """
    raw = transaction.get(key)
    if raw is None:
        return Progress(more=False)
    uid, number = spaces.FILLING.unpack(key)
    *name, cursor = unpack(raw)
    table = _table_of(transaction, TableName(*name), uid)
    add = _filler(transaction, table, number) if table else None
    if table is None or add is None:  # it was deleted in the meantime
        transaction.delete(key)
        return Progress(more=False)
    start, stop = keys.all_of(table.items)
    pairs = transaction.range(cursor or start, stop, limit=_PAGE)
    sizes = [add(item_key, Stored(value)) for item_key, value in pairs]
    added = [size for size in sizes if size is not None]
    growth = ((uid, number, len(added), sum(added)),)
    grow(transaction, table, sum(added))
    if len(pairs) == _PAGE:
        transaction.set(key, spaces.filling_record(table.table_name, after(pairs[-1][0])))
        return Progress(more=True, growth=growth, done=len(pairs))
    transaction.set(spaces.NAME.pack(*name), encode(table.made_ready(number)))
    transaction.delete(key)
    return Progress(more=False, growth=growth, done=len(pairs))


def expire(transaction: Transaction, key: bytes, now: float) -> Progress:
    """Delete a page of a table's items whose time is over."""
    raw = transaction.get(key)
    if raw is None:
        return Progress(more=False)
    (uid,) = spaces.EXPIRING.unpack(key)
    table = _table_of(transaction, TableName(*unpack(raw)), uid)
    if table is None or table.expiring is None:
        transaction.delete(key)
        return Progress(more=False)
    _, prefix = table.expiring
    start = prefix + keys.time_bytes(int(now - OLDEST_EXPIRY))
    stop = prefix + keys.time_bytes(int(now) + 1)
    notes = transaction.range(start, stop, limit=_PAGE)
    outcomes = [
        _delete(transaction, table, keys.timed_item(prefix, table, note)) for note, _ in notes
    ]
    growth = tuple((uid, *more) for outcome in outcomes for more in outcome.growth())
    return Progress(more=len(notes) == _PAGE, growth=growth, done=len(notes))


def sweep(transaction: Transaction, key: bytes) -> Progress:
    """Remove a page of what a deleted table, or index of one, left behind."""
    parts = spaces.GARBAGE.unpack(key)
    for start, stop in _ranges_of(parts):
        pairs = transaction.range(start, stop, limit=_SWEPT)
        if pairs:
            transaction.delete_range(start, after(pairs[-1][0]))
            return Progress(more=True, done=len(pairs))
    transaction.delete(key)
    return Progress(more=False)


def _ranges_of(parts: tuple[int, ...]) -> Iterator[tuple[bytes, bytes]]:
    folders: tuple[Subspace, ...] = (
        spaces.ENTRY,
        spaces.EXPIRY,
        spaces.STATISTICS,
        spaces.FILLING,
    )
    if len(parts) == 1:
        folders = (spaces.ITEM, spaces.EXPIRING, *folders)
    for space in folders:
        yield keys.all_of(space.pack(*parts))


def _table_of(transaction: Transaction, name: TableName, uid: int) -> Table | None:
    raw = transaction.get(spaces.NAME.pack(*name))
    table = decode_table(raw) if raw is not None else None
    return table if table and table.uid == uid else None


def _filler(
    transaction: Transaction, table: Table, number: int
) -> Callable[[bytes, Stored], int | None] | None:
    """Return what adds an item (its key, and it) to a key space and returns the bytes added."""
    if table.expiry and table.expiring and table.expiry.number == number:
        attribute, notes = table.expiring

        def note(key: bytes, stored: Stored) -> None:
            time = expiry_time(stored.item(), attribute)
            if time is not None:
                transaction.set(keys.of_time(notes, time, table, key), b"")

        return note
    for kept in table.maintained:
        if kept.index.number == number:
            return _copier(transaction, table, kept)
    return None


def _copier(
    transaction: Transaction, table: Table, kept: Maintained
) -> Callable[[bytes, Stored], int | None]:
    def copy(_: bytes, stored: Stored) -> int | None:
        item = stored.item()
        key = keys.of_entry(table, kept.index, kept.prefix, item)
        if key is None or transaction.get(key) is not None:  # a write came first
            return None
        copied = entry(stored, kept.copied)
        transaction.set(key, copied.raw)
        return copied.size

    return copy


def _delete(transaction: Transaction, table: Table, key: bytes) -> Outcome:
    raw = transaction.get(key)
    if raw is None:  # never: notes and items are written together
        return Outcome(table, None, None)
    write = Delete(table=table.table_name, key={})
    return store(transaction, Prepared(write, table, key), Decision(Stored(raw), None))
