"""Tables as such: made, found, listed, changed and deleted, within a transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import after, pack, unpack
from lenticular.primitives.meters import levels
from lenticular.primitives.remembered import tell_changed
from lenticular.primitives.tables import spaces
from lenticular.primitives.tables.errors import (
    ExpiryByOther,
    ExpiryUnchanged,
    IndexExists,
    IndexNotReady,
    TableBusy,
    TableExists,
    TableProtected,
)
from lenticular.primitives.tables.holdings import holder
from lenticular.primitives.tables.records import (
    ALL,
    Expiry,
    Index,
    KeyAttribute,
    Statistics,
    Table,
    TableName,
    decode_statistics,
    encode,
    find_table,
)


class NewIndex(NamedTuple):
    """An index to be made. The fields are those of `Index`."""

    name: str
    local: bool
    partition: KeyAttribute
    sort: KeyAttribute | None
    projection: str = ALL
    included: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}

    def numbered(self, number: int, *, ready: bool) -> Index:
        """Return the index with its key space."""
        return Index(
            number,
            self.name,
            self.local,
            self.partition,
            self.sort,
            self.projection,
            self.included,
            ready,
            dict(self.settings),
        )


class NewTable(NamedTuple):
    """A table to be made. The fields are those of `Table`."""

    id: str
    partition: KeyAttribute
    sort: KeyAttribute | None
    indexes: Sequence[NewIndex] = ()
    protected: bool = False
    tags: Mapping[str, str] = {}
    settings: Mapping[str, Any] = {}
    user: str = ""
    """Who makes it, as the meters name users: what it holds is that user's doing."""


Alteration = Callable[[Table], Table]
"""Returns a changed record: of protection, tags and settings only. May raise."""


def create(transaction: Transaction, name: TableName, new: NewTable, now: float) -> Table:
    """Make an empty table. Raises `TableExists`."""
    if transaction.get(spaces.NAME.pack(*name)) is not None:
        raise TableExists(name.name)
    table = Table(
        _next_uid(transaction),
        new.id,
        *name,
        new.partition,
        new.sort,
        now,
        indexes=tuple(
            index.numbered(number, ready=True) for number, index in enumerate(new.indexes, 1)
        ),
        protected=new.protected,
        tags=dict(new.tags),
        settings=dict(new.settings),
        last_number=len(new.indexes),
    )
    _save(transaction, table)
    levels.begin(transaction, holder(table), new.user)
    tell_changed(transaction)
    return table


def names(reader: Reader, account_id: str, region: str, start: str | None, limit: int) -> list[str]:
    """Return up to `limit` names of tables in order, those after `start`."""
    first, stop = spaces.NAME.range(account_id, region)
    if start is not None:
        first = after(spaces.NAME.pack(account_id, region, start))
    pairs = reader.range(first, stop, limit=limit)
    return [spaces.NAME.unpack(key)[-1] for key, _ in pairs]


def statistics(reader: Reader, table: Table) -> dict[int, Statistics]:
    """Return what the table (number 0) and its indexes hold, by number."""
    numbers = (0, *(index.number for index in table.indexes))
    return {
        number: decode_statistics([reader.get(spaces.STATISTICS.pack(table.uid, number))])
        for number in numbers
    }


def alter(
    transaction: Transaction,
    name: TableName,
    alteration: Alteration,
    add: NewIndex | None,
    remove: str | None,
) -> Table:
    """Change the record of a table, and add or remove an index.

    A new index is filled in the background. Raises `TableNotFound`, `TableBusy` when an
    index is being filled and the indexes were to change, `IndexExists`, `IndexNotFound`,
    or what `alteration` raises.
    """
    table = find_table(transaction, name)
    if (add or remove) and not table.ready:
        raise TableBusy(name.name)
    before, table = table, alteration(table)
    if remove is not None:
        index = table.index(remove).index
        kept = tuple(other for other in table.indexes if other is not index)
        table = replace(table, indexes=kept)
        transaction.set(spaces.GARBAGE.pack(table.uid, index.number), b"")
        levels.recount(transaction, holder(table))
    if add is not None:
        if any(index.name == add.name for index in table.indexes):
            raise IndexExists(add.name)
        number = table.last_number + 1
        indexes = (*table.indexes, add.numbered(number, ready=False))
        table = replace(table, indexes=indexes, last_number=number)
        transaction.set(spaces.FILLING.pack(table.uid, number), spaces.filling_record(name))
    if holder(table) != holder(before):  # it is for another project now
        levels.change(transaction, holder(table), 0)
        tell_changed(transaction)
    _save(transaction, table)
    return table


def set_expiry(transaction: Transaction, name: TableName, attribute: str, *, on: bool) -> Table:
    """Let items expire by an attribute, or no longer.

    Raises `TableNotFound`, `ExpiryUnchanged` or `ExpiryByOther`.
    """
    table = find_table(transaction, name)
    present = table.expiry
    if not on and present is None:
        raise ExpiryUnchanged(None)
    if present and present.attribute != attribute:
        raise ExpiryByOther(present.attribute)
    if on and present:
        raise ExpiryUnchanged(attribute)
    if present:
        table = replace(table, expiry=None)
        transaction.delete(spaces.EXPIRING.pack(table.uid))
        transaction.set(spaces.GARBAGE.pack(table.uid, present.number), b"")
    else:
        number = table.last_number + 1
        expiry = Expiry(attribute, number, ready=False)
        table = replace(table, expiry=expiry, last_number=number)
        transaction.set(spaces.EXPIRING.pack(table.uid), pack(*name))
        transaction.set(spaces.FILLING.pack(table.uid, number), spaces.filling_record(name))
    _save(transaction, table)
    return table


def delete(transaction: Transaction, name: TableName) -> Table:
    """Remove a table at once; its items are swept in the background.

    Raises `TableNotFound`, `TableProtected` or `IndexNotReady`.
    """
    table = find_table(transaction, name)
    if table.protected:
        raise TableProtected(name.name)
    for index in table.indexes:
        if not index.ready:
            raise IndexNotReady(index.name)
    transaction.delete(spaces.NAME.pack(*name))
    transaction.delete(spaces.EXPIRING.pack(table.uid))
    transaction.set(spaces.GARBAGE.pack(table.uid), b"")
    levels.end(transaction, holder(table))
    tell_changed(transaction)
    return table


def _save(transaction: Transaction, table: Table) -> None:
    transaction.set(spaces.NAME.pack(*table.table_name), encode(table))


def _next_uid(transaction: Transaction) -> int:
    raw = transaction.get(spaces.LAST_UID)
    uid: int = unpack(raw)[0] + 1 if raw else 1
    transaction.set(spaces.LAST_UID, pack(uid))
    return uid
