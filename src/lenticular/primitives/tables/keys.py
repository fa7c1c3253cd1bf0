"""The keys of items and of indexes' entries: bytes whose order is the order of a scan.

An item's key is the prefix of its table, four bytes of a hash of its partition key, the
partition key with its length, and the sort key as it is. So a scan follows the hash,
parallel scans take equal ranges of it, and a partition is one range in the order of its
sort keys. The hash is the one whose order Amazon DynamoDB shows in its scans.

An entry's key is the prefix of its index, the index's own partition key in the same form,
its sort key with an end mark, and what tells the items of equal keys apart.
"""

import hashlib
from collections.abc import Callable, Mapping

from lenticular.engines.kv.keys import KeyRange, after, after_prefix
from lenticular.primitives.tables import numbers
from lenticular.primitives.tables.errors import (
    IndexKeyEmpty,
    IndexKeyTypeMismatch,
    KeyEmpty,
    KeyInvalid,
    KeyMismatch,
    KeyMissing,
    KeyTypeMismatch,
    PartitionKeyTooLong,
    SortKeyTooLong,
)
from lenticular.primitives.tables.limits import MAX_PARTITION_KEY, MAX_SORT_KEY
from lenticular.primitives.tables.records import Index, KeyAttribute, Table
from lenticular.primitives.tables.values import Item, Value, binary, type_of

_HASH_SALT = b"Outliers"
_HASH_SIZE = 4
_HASHES = 1 << 8 * _HASH_SIZE
_TIME_SIZE = 8
_LATEST = (1 << 8 * _TIME_SIZE) - 1


def of_key(table: Table, key: Item) -> bytes:
    """Return the store's key of the item with the given key.

    Raises `KeyMismatch`, `KeyEmpty`, `PartitionKeyTooLong` or `SortKeyTooLong`.
    """
    if len(key) != len(table.key_names):
        raise KeyMismatch
    for attribute in (table.partition, table.sort):
        if attribute and attribute.type not in key.get(attribute.name, ()):
            raise KeyMismatch
    return table.items + _suffix(table, key)


def of_item(table: Table, item: Item) -> bytes:
    """Return the store's key of an item.

    Raises `KeyMissing`, `KeyTypeMismatch`, `KeyEmpty`, `PartitionKeyTooLong` or
    `SortKeyTooLong`.
    """
    for attribute in (table.partition, table.sort):
        if attribute:
            given = item.get(attribute.name)
            if given is None:
                raise KeyMissing(attribute.name)
            if attribute.type not in given:
                raise KeyTypeMismatch(attribute.name, attribute.type, type_of(given))
    return table.items + _suffix(table, item)


def of_entry(table: Table, index: Index, prefix: bytes, item: Item) -> bytes | None:
    """Return the store's key of an item's entry in an index; None: it has none there.

    An attribute of another type than the index's key is as none, and so is one that is
    empty or too long for a key.
    """
    partition = item.get(index.partition.name)
    sort = item.get(index.sort.name) if index.sort else None
    if _problem(index, index.partition, partition) or (
        index.sort and _problem(index, index.sort, sort)
    ):
        return None
    if partition is None or (index.sort and sort is None):
        return None
    key = partition_prefix(prefix, index.partition, partition)
    if index.sort and sort is not None:
        key += ended(sort_bytes(index.sort, sort))
    if index.local:
        return key + (sort_bytes(table.sort, item[table.sort.name]) if table.sort else b"")
    return key + _suffix(table, item)


def check_entry(index: Index, item: Item, before: Item | None = None) -> None:
    """Check that the attributes of an item which are keys of an index can be that.

    Those that are as in `before` are let be. Raises `IndexKeyTypeMismatch`,
    `IndexKeyEmpty`, `PartitionKeyTooLong` or `SortKeyTooLong`.
    """
    for attribute in (index.partition, index.sort):
        if attribute is None:
            continue
        given = item.get(attribute.name)
        problem = _problem(index, attribute, given)
        if problem and (before is None or before.get(attribute.name) != given):
            raise problem


def partition_prefix(prefix: bytes, attribute: KeyAttribute, partition: Value) -> bytes:
    """Return what the keys of all items, or entries, of one partition start with."""
    return prefix + _partition(attribute, partition)


def sort_bytes(attribute: KeyAttribute, sort: Value) -> bytes:
    """Return the bytes of a sort key; they compare as the keys do. Raises `SortKeyTooLong`."""
    raw = _raw(attribute, sort)
    if len(raw) > MAX_SORT_KEY:
        raise SortKeyTooLong
    return raw


def escaped(raw: bytes) -> bytes:
    """Return bytes without a zero, in the same order."""
    if b"\x00" in raw or b"\x01" in raw:
        return raw.replace(b"\x01", b"\x01\x02").replace(b"\x00", b"\x01\x01")
    return raw


def ended(raw: bytes) -> bytes:
    """Return bytes with an end mark, so that what follows does not disturb their order."""
    return escaped(raw) + b"\x00"


def of_time(prefix: bytes, time: int, table: Table, key: bytes) -> bytes:
    """Return the store's key of the note that the item under `key` expires at `time`."""
    return prefix + time_bytes(time) + key[len(table.items) :]


def timed_item(prefix: bytes, table: Table, note: bytes) -> bytes:
    """Return the key of the item that the note under the key `note` is about."""
    return table.items + note[len(prefix) + _TIME_SIZE :]


def time_bytes(time: int) -> bytes:
    """Return the bytes of a time; they compare as times do. All before the epoch is as it."""
    return min(max(time, 0), _LATEST).to_bytes(_TIME_SIZE, "big")


def segment(prefix: bytes, number: int, total: int) -> KeyRange:
    """Return the range of one of `total` equal parts of the keys that start with `prefix`."""
    start = prefix + _hash_bytes(number * _HASHES // total)
    stop = (number + 1) * _HASHES // total
    return start, after_prefix(prefix) if stop == _HASHES else prefix + _hash_bytes(stop)


def all_of(prefix: bytes) -> KeyRange:
    """Return the range of the keys that start with `prefix`."""
    return prefix, after_prefix(prefix)


def beyond(key: bytes, *, shared: bool) -> bytes:
    """Return the first key above `key`; with `shared`, above all keys that start with it."""
    return after_prefix(key) if shared else after(key)


def _usable(attribute: KeyAttribute, given: Value) -> bool:
    return bool(given.get(attribute.type))


def _problem(index: Index, attribute: KeyAttribute, given: Value | None) -> KeyInvalid | None:
    """Return why an attribute of an item cannot be the key of an index; None: it can."""
    if given is None:
        return None
    if attribute.type not in given:
        return IndexKeyTypeMismatch(attribute.name, attribute.type, type_of(given), index.name)
    if not _usable(attribute, given):
        return IndexKeyEmpty(attribute.name, attribute.type, index.name)
    of_partition = attribute is index.partition
    longest = MAX_PARTITION_KEY if of_partition else MAX_SORT_KEY
    if len(given[attribute.type]) * 4 > longest and len(_raw(attribute, given)) > longest:
        return PartitionKeyTooLong() if of_partition else SortKeyTooLong()
    return None


def _hash_bytes(number: int) -> bytes:
    return number.to_bytes(_HASH_SIZE, "big")


def _partition(attribute: KeyAttribute, partition: Value) -> bytes:
    raw = _raw(attribute, partition)
    if len(raw) > MAX_PARTITION_KEY:
        raise PartitionKeyTooLong
    digest = hashlib.md5(_HASH_SALT + raw, usedforsecurity=False).digest()
    return digest[:_HASH_SIZE] + len(raw).to_bytes(2, "big") + raw


def _suffix(table: Table, item: Item) -> bytes:
    partition = item[table.partition.name]
    if not _usable(table.partition, partition):
        raise KeyEmpty(table.partition.name, table.partition.type)
    if table.sort is None:
        return _partition(table.partition, partition)
    sort = item[table.sort.name]
    if not _usable(table.sort, sort):
        raise KeyEmpty(table.sort.name, table.sort.type)
    return _partition(table.partition, partition) + sort_bytes(table.sort, sort)


def _raw(attribute: KeyAttribute, given: Value) -> bytes:
    tag = attribute.type
    return _ENCODERS[tag](given[tag])


_ENCODERS: Mapping[str, Callable[[str], bytes]] = {
    "S": str.encode,
    "N": numbers.encode,
    "B": binary,
}
"""By the type of a key attribute."""
