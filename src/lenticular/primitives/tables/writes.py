"""How one item is put, deleted, updated or only checked, within a transaction.

A write goes through three steps, so that a transaction of many can take each step for
all of them: `prepare` finds the table and the key, `decide` reads the item, checks the
condition and makes the new item, `store` writes it with all that follows from it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.tables import keys, values
from lenticular.primitives.tables.errors import ConditionFailed, ItemTooLarge, KeyMismatch
from lenticular.primitives.tables.holdings import grow
from lenticular.primitives.tables.limits import MAX_ITEM
from lenticular.primitives.tables.records import Index, Stored, Table, TableName, find_table
from lenticular.primitives.tables.values import Item

Condition = Callable[[Item], bool]
"""Tells whether a write may go on; an item that is not there is empty. Must not change it."""

Change = Callable[[Table, Item], Item]
"""Returns a changed copy of an item; one that is not there has its key only. It must not
change what it is given, and raises `Rejected` when the change cannot be made."""

Guard = Callable[[Table], None]
"""Raises when what was asked does not fit the table."""


@dataclass(kw_only=True, slots=True)
class Write(ABC):
    """What all writes of one item have."""

    table: TableName
    condition: Condition | None = None
    tell: bool = False
    """When the condition fails, `ConditionFailed` carries the item."""
    guard: Guard | None = None

    @abstractmethod
    def locate(self, table: Table) -> bytes:
        """Return the store's key of the item. Raises `KeyInvalid`."""

    @abstractmethod
    def result(self, table: Table, key: bytes, old: Stored | None) -> Stored | None:
        """Return the item as it will be; None: there will be none."""


@dataclass(kw_only=True, slots=True)
class Put(Write):
    """Let there be this item, whatever there was under its key.

    Raises `ItemTooLarge` when it is made.
    """

    item: Item
    """Canonical, as `values.item` returns it with its size."""
    size: int
    stored: Stored = field(init=False)

    def __post_init__(self) -> None:
        if self.size > MAX_ITEM:
            raise ItemTooLarge(self.size)
        self.stored = Stored.of(self.item, self.size)

    def locate(self, table: Table) -> bytes:
        for index in table.indexes:
            keys.check_entry(index, self.item)
        return keys.of_item(table, self.item)

    def result(self, table: Table, key: bytes, old: Stored | None) -> Stored | None:
        return self.stored


@dataclass(kw_only=True, slots=True)
class _ByKey(Write):
    key: Item
    """Canonical."""

    def locate(self, table: Table) -> bytes:
        return keys.of_key(table, self.key)


@dataclass(kw_only=True, slots=True)
class Delete(_ByKey):
    """Let there be no item under this key."""

    def result(self, table: Table, key: bytes, old: Stored | None) -> Stored | None:
        return None


@dataclass(kw_only=True, slots=True)
class Update(_ByKey):
    """Change the item under this key, or make one."""

    change: Change
    creates: bool = True
    """If there is no item, one is made; otherwise nothing is."""

    def result(self, table: Table, key: bytes, old: Stored | None) -> Stored | None:
        if old is None and not self.creates:
            return None
        before = old.item() if old else None
        item, size = values.item(self.change(table, before or self.key))
        if size > MAX_ITEM:
            raise ItemTooLarge(size, updated=True)
        if keys.of_item(table, item) != key:
            raise KeyMismatch
        for index in table.indexes:
            keys.check_entry(index, item, before)
        return Stored.of(item, size)


@dataclass(kw_only=True, slots=True)
class Check(_ByKey):
    """Only check the condition."""

    def result(self, table: Table, key: bytes, old: Stored | None) -> Stored | None:
        return old


class Prepared(NamedTuple):
    """A write whose table and key are known."""

    write: Write
    table: Table
    key: bytes


class Decision(NamedTuple):
    """What a write comes to."""

    old: Stored | None
    new: Stored | None


@dataclass(frozen=True, slots=True)
class EntryChange:
    """What a write did to an index: the sizes in bytes of the entries it removed and wrote."""

    index: Index
    removed: int | None
    written: int | None
    moved: bool
    """The entry that was written has another key than the removed one."""


@dataclass(slots=True)
class Outcome:
    """What a write did."""

    table: Table
    old: Stored | None
    new: Stored | None
    entries: list[EntryChange] = field(default_factory=list)
    checked_only: bool = False

    def growth(self) -> Iterator[tuple[int, int, int]]:
        """Iterate over (number of the key space, items more, bytes more)."""
        if not self.checked_only:
            yield 0, *_growth(_size(self.old), _size(self.new))
        for change in self.entries:
            yield change.index.number, *_growth(change.removed, change.written)


def perform(transaction: Transaction, write: Write) -> Outcome:
    """Make one write. Raises what its steps raise."""
    prepared = prepare(transaction, write)
    return store(transaction, prepared, decide(transaction, prepared))


def prepare(reader: Reader, write: Write) -> Prepared:
    """Find the table and the key of a write. Raises `TableNotFound` or `KeyInvalid`."""
    table = find_table(reader, write.table)
    if write.guard:
        write.guard(table)
    return Prepared(write, table, write.locate(table))


def decide(reader: Reader, prepared: Prepared) -> Decision:
    """Check the condition of a write and make the new item.

    Raises `ConditionFailed`; of an `Update` also `Rejected`, `ItemTooLarge`, `KeyInvalid`
    or `ValueInvalid`.
    """
    write, table, key = prepared
    raw = reader.get(key)
    old = Stored(raw) if raw is not None else None
    if write.condition and not write.condition(old.item() if old else {}):
        raise ConditionFailed(old.json if old and write.tell else None)
    return Decision(old, write.result(table, key, old))


def store(transaction: Transaction, prepared: Prepared, decision: Decision) -> Outcome:
    """Write what was decided, and keep up the indexes and the notes of expiry."""
    write, table, key = prepared
    old, new = decision
    outcome = Outcome(table, old, new, checked_only=isinstance(write, Check))
    if outcome.checked_only:
        return outcome
    if new is not None:
        transaction.set(key, new.raw)
    elif old is not None:
        transaction.delete(key)
    if table.maintained:
        outcome.entries = _keep_entries(transaction, table, decision)
    if table.expiring:
        _keep_note(transaction, table, key, decision)
    grow(transaction, table, sum(size for _, _, size in outcome.growth()))
    return outcome


def entry(stored: Stored, names: frozenset[str] | None) -> Stored:
    """Return what an index that copies the attributes of `names` (None: all) keeps of an item."""
    if names is None:
        return stored
    item = stored.item()
    copied, size = values.item({name: item[name] for name in item if name in names})
    return Stored.of(copied, size)


def expiry_time(item: Item, attribute: str) -> int | None:
    """Return when an item expires, in seconds since the epoch; None: never."""
    given = item.get(attribute, {}).get("N")
    return None if given is None else int(given.partition(".")[0])


def _keep_entries(transaction: Transaction, table: Table, decision: Decision) -> list[EntryChange]:
    old, new = decision
    changes = []
    for kept in table.maintained:
        before = after = None
        removed = written = None
        if old:
            before = keys.of_entry(table, kept.index, kept.prefix, old.item())
            if before is not None and not kept.index.ready and transaction.get(before) is None:
                before = None  # it is still to be copied
            removed = entry(old, kept.copied) if before is not None else None
        if new:
            after = keys.of_entry(table, kept.index, kept.prefix, new.item())
            written = entry(new, kept.copied) if after is not None else None
        if before == after and _same(removed, written):
            continue
        if before is not None and before != after:
            transaction.delete(before)
        if after is not None and written is not None:
            transaction.set(after, written.raw)
        moved = before != after
        changes.append(EntryChange(kept.index, _size(removed), _size(written), moved))
    return changes


def _keep_note(transaction: Transaction, table: Table, key: bytes, decision: Decision) -> None:
    if table.expiring is None:
        return
    attribute, prefix = table.expiring
    old, new = decision
    before = expiry_time(old.item(), attribute) if old else None
    after = expiry_time(new.item(), attribute) if new else None
    if before == after:
        return
    if before is not None:
        transaction.delete(keys.of_time(prefix, before, table, key))
    if after is not None:
        transaction.set(keys.of_time(prefix, after, table, key), b"")


def _same(left: Stored | None, right: Stored | None) -> bool:
    return left is right or (left is not None and right is not None and left.raw == right.raw)


def _size(stored: Stored | None) -> int | None:
    return stored.size if stored else None


def _growth(removed: int | None, written: int | None) -> tuple[int, int]:
    return (written is not None) - (removed is not None), (written or 0) - (removed or 0)
