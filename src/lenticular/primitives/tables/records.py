"""What the store remembers of tables, and of an item: its size and its JSON.

The records of tables are MessagePack arrays: a field added at the end with a default reads
old records unchanged. An item is three bytes of its size, then its canonical JSON, so that
it can be counted without being parsed and returned without being written anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import msgspec
import orjson
from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.tables import spaces
from lenticular.primitives.tables.errors import IndexNotFound, TableNotFound
from lenticular.primitives.tables.values import Item

ALL = "ALL"
KEYS_ONLY = "KEYS_ONLY"
INCLUDE = "INCLUDE"


class TableName(NamedTuple):
    """Which table: names are unique within an account and a region."""

    account_id: str
    region: str
    name: str


class KeyAttribute(Struct, array_like=True, frozen=True):
    """An attribute that is part of a key."""

    name: str
    type: str
    """``S``, ``N`` or ``B``."""


class Index(Struct, array_like=True, frozen=True):
    """A secondary index: a copy of the items that have its key attributes, in its order."""

    number: int
    """Its key space within the table's."""
    name: str
    local: bool
    """It shares the table's partition key (local), or has its own (global)."""
    partition: KeyAttribute
    sort: KeyAttribute | None
    projection: str
    """`ALL`, `KEYS_ONLY` or `INCLUDE`: what of an item is copied, besides both keys."""
    included: tuple[str, ...] = ()
    """With `INCLUDE`, the other attributes that are copied."""
    ready: bool = True
    """False while the items that were there before the index are still being copied."""
    settings: dict[str, Any] = {}
    """What an API keeps with the index; nothing to the primitive."""


class Expiry(Struct, array_like=True, frozen=True):
    """By which attribute (seconds since the epoch, an ``N``) items expire."""

    attribute: str
    number: int
    """Its key space within the table's."""
    ready: bool
    """False while the items that were there before are still being noted."""


class Table(Struct, array_like=True, frozen=True, dict=True):
    """A collection of items under a partition key and perhaps a sort key."""

    uid: int
    """The key space of its items. A new table of an old name is another."""
    id: str
    """A UUID."""
    account_id: str
    region: str
    name: str
    partition: KeyAttribute
    sort: KeyAttribute | None
    created: float
    """Seconds since the epoch."""
    indexes: tuple[Index, ...] = ()
    expiry: Expiry | None = None
    protected: bool = False
    """It cannot be deleted."""
    tags: dict[str, str] = {}
    settings: dict[str, Any] = {}
    """What an API keeps with the table; nothing to the primitive."""
    last_number: int = 0
    """The largest number that an index or expiry of this table ever had."""

    @property
    def table_name(self) -> TableName:
        """The key under which this record is kept."""
        return TableName(self.account_id, self.region, self.name)

    @property
    def ready(self) -> bool:
        """No index is being filled."""
        return all(index.ready for index in self.indexes)

    @cached_property
    def items(self) -> bytes:
        """The prefix of its items' keys."""
        return spaces.ITEM.pack(self.uid)

    @cached_property
    def maintained(self) -> tuple["Maintained", ...]:
        """Its indexes, as a write keeps them up."""
        return tuple(
            Maintained(index, spaces.ENTRY.pack(self.uid, index.number), self._copied(index))
            for index in self.indexes
        )

    @cached_property
    def expiring(self) -> tuple[str, bytes] | None:
        """By which attribute items expire, and the prefix of the notes of when."""
        if self.expiry is None:
            return None
        return self.expiry.attribute, spaces.EXPIRY.pack(self.uid, self.expiry.number)

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        """The names of its key attributes, partition key first."""
        return names_of(self.partition, self.sort)

    def index(self, name: str) -> "Maintained":
        """Return the index of a name. Raises `IndexNotFound`."""
        for maintained in self.maintained:
            if maintained.index.name == name:
                return maintained
        raise IndexNotFound(name)

    def made_ready(self, number: int) -> "Table":
        """Return this table with the index, or the expiry, of this number ready."""
        if self.expiry and self.expiry.number == number:
            return replace(self, expiry=replace(self.expiry, ready=True))
        indexes = [
            replace(index, ready=True) if index.number == number else index
            for index in self.indexes
        ]
        return replace(self, indexes=tuple(indexes))

    def _copied(self, index: Index) -> frozenset[str] | None:
        if index.projection == ALL:
            return None
        return frozenset((*self.key_names, *names_of(index.partition, index.sort), *index.included))


@dataclass(frozen=True, slots=True)
class Maintained:
    """An index, and what is derived from it once."""

    index: Index
    prefix: bytes
    """Of the keys of its entries."""
    copied: frozenset[str] | None
    """The names of the attributes it copies; None: all."""


class Statistics(Struct, array_like=True, frozen=True):
    """How much a table or an index holds."""

    items: int = 0
    size: int = 0
    """Bytes, as `values` counts them."""

    def plus(self, items: int, size: int) -> "Statistics":
        """Return these with something added."""
        return Statistics(self.items + items, self.size + size)


class Stored(Struct, eq=False):
    """An item, or an index's copy of one, as the store has it."""

    raw: bytes
    """What is kept under its key."""
    parsed: Item | None = None

    @property
    def size(self) -> int:
        """Bytes, as `values` counts them."""
        return int.from_bytes(self.raw[:3], "big")

    @property
    def json(self) -> bytes:
        """The item as JSON."""
        return self.raw[3:]

    def item(self) -> Item:
        """Return the item, which must not be changed."""
        if self.parsed is None:
            parsed: Item = orjson.loads(self.raw[3:])
            self.parsed = parsed
        return self.parsed

    @classmethod
    def of(cls, item: Item, size: int) -> "Stored":
        """Return what is stored of a canonical item of the given size."""
        return cls(size.to_bytes(3, "big") + orjson.dumps(item), item)


def total_size(rows: Iterable[Stored]) -> int:
    """Return how many bytes items count for together."""
    return sum([int.from_bytes(row.raw[:3], "big") for row in rows])


def json_array(rows: Iterable[Stored]) -> bytes:
    """Return the JSON array of items, put together of what is stored."""
    return b"[%b]" % b",".join([row.raw[3:] for row in rows])


def names_of(*attributes: KeyAttribute | None) -> tuple[str, ...]:
    """Return the names of those attributes that are there."""
    return tuple(attribute.name for attribute in attributes if attribute is not None)


def encode(record: Struct) -> bytes:
    """Return the bytes that are kept of a record."""
    return _encoder.encode(record)


def decode_table(raw: bytes) -> Table:
    """Return a table's record. The same bytes give the same object, for a while.

    So the record can be read anew in every transaction, which is what keeps several
    processes on one store right, and still is not parsed every time.
    """
    table = _decoded.get(raw)
    if table is None:
        if len(_decoded) >= _DECODED_AT_MOST:
            _decoded.clear()
        table = _decoded[raw] = _table_decoder.decode(raw)
    return table


def decode_statistics(raws: Iterable[bytes | None]) -> Statistics:
    """Return the sum of statistics' records; None is nothing."""
    total = Statistics()
    for raw in raws:
        if raw is not None:
            record = _statistics_decoder.decode(raw)
            total = total.plus(record.items, record.size)
    return total


def find_table(reader: Reader, name: TableName) -> Table:
    """Return a table. Raises `TableNotFound`."""
    raw = reader.get(_key(name))
    if raw is None:
        raise TableNotFound(name.name)
    return decode_table(raw)


@lru_cache(maxsize=4096)
def _key(name: TableName) -> bytes:
    """Return the key of a table's record."""
    return spaces.NAME.pack(*name)


_DECODED_AT_MOST = 4096
_decoded: dict[bytes, Table] = {}
_encoder = msgspec.msgpack.Encoder()
_table_decoder = msgspec.msgpack.Decoder(Table)
_statistics_decoder = msgspec.msgpack.Decoder(Statistics)
