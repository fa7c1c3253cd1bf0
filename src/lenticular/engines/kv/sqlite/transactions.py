"""A transaction of a batch: it buffers its changes and reads through them.

Three layers answer a read, the upper ones first: the transaction's own changes, those of
the transactions before it in the batch, and the tables, of which the batch reads no key
twice. So a transaction that fails is
undone by forgetting its own layer, and the whole batch reaches the tables in a few
statements instead of one for each change.
"""

from collections.abc import Iterable

from lenticular.engines.kv.contract import Transaction
from lenticular.engines.kv.limits import check_pair, check_topic
from lenticular.engines.kv.ordered import OrderedKeys
from lenticular.engines.kv.sqlite.tables import Tables

Changes = OrderedKeys[bytes | None]
"""New values by key; None for a key that is removed."""


_KEPT = 4096
"""Bytes of the longest value that a batch keeps of what it has read."""


class Known:
    """What a batch has read of the tables: nobody else writes before it ends.

    Each read of the tables gives the interpreter lock away, and getting it back from a busy
    event loop takes ten times as long as the read.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._values: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the value of `key` in the tables."""
        values = self._values
        if key in values:
            return values[key]
        value = self._tables.get(key)
        if value is None or len(value) <= _KEPT:
            values[key] = value
        return value

    def fetch(self, keys: Iterable[bytes]) -> None:
        """Read keys that will be asked for, in one step."""
        self._values.update(self._tables.get_many({*keys} - self._values.keys()))

    def clear(self) -> None:
        """Forget everything: the tables have changed."""
        self._values.clear()


class SqliteTransaction(Transaction):
    """One transaction above `earlier`, the changes that its batch has made so far."""

    __slots__ = ("_earlier", "_has_savepoint", "_known", "_own", "_tables", "topics")

    def __init__(self, tables: Tables, earlier: Changes, known: Known) -> None:
        self._tables = tables
        self._known = known
        self._earlier = earlier
        self._own: Changes = OrderedKeys()
        self._has_savepoint = False
        self.topics: set[bytes] = set()
        """What is signalled once the batch is committed."""

    def get(self, key: bytes) -> bytes | None:
        if key in self._own.values:
            return self._own.values[key]
        if key in self._earlier.values:
            return self._earlier.values[key]
        return self._known.get(key)

    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        changes = dict(self._earlier.between(start, stop))
        changes.update(self._own.between(start, stop))
        if not changes:
            return self._tables.range(start, stop, limit=limit, reverse=reverse)
        most = None if limit is None else max(limit, 0)
        # Each change can hide one pair of the tables, so with so many more there are enough.
        enough = None if most is None else most + len(changes)
        below = self._tables.range(start, stop, limit=enough, reverse=reverse)
        merged = {**dict(below), **changes}
        pairs = [(key, value) for key, value in merged.items() if value is not None]
        pairs.sort(reverse=reverse)
        return pairs[:most]

    def set(self, key: bytes, value: bytes) -> None:
        check_pair(key, value)
        self._own.set(key, value)

    def delete(self, key: bytes) -> None:
        self._own.set(key, None)

    def delete_range(self, start: bytes, stop: bytes) -> None:
        # There may be a million keys in it, so this is left to SQLite: the layers above the
        # tables go down into them first, and a savepoint keeps the way back open.
        if not self._has_savepoint:
            self._tables.write(self._earlier.items())
            self._earlier.clear()
            self._tables.run("SAVEPOINT attempt")
            self._has_savepoint = True
        self._tables.write(self._own.items())
        self._own.clear()
        self._tables.delete_range(start, stop)
        self._known.clear()

    def signal(self, topic: bytes) -> None:
        check_topic(topic)
        self.topics.add(topic)

    def growth(self) -> int:
        """Return by how many bytes the transaction grows the store, when its range is left out."""
        size = 0
        for key, value in self._own.items():
            earlier = self._earlier.values
            before = earlier[key] if key in earlier else self._tables.get(key)
            size += _size(key, value) - _size(key, before)
        return size

    def keep(self) -> None:
        """Add the changes to those of the batch."""
        if self._has_savepoint:
            self._tables.run("RELEASE attempt")
        self._earlier.update(self._own)

    def undo(self) -> None:
        """Leave the batch as it was before this transaction."""
        if self._has_savepoint:
            self._tables.run("ROLLBACK TO attempt")
            self._tables.run("RELEASE attempt")
            self._known.clear()


def _size(key: bytes, value: bytes | None) -> int:
    return 0 if value is None else len(key) + len(value)
