"""What transactions have changed and the database does not have yet, and reading through it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import KeyRange, after
from lenticular.engines.kv.limits import check_pair, check_topic
from lenticular.engines.kv.ordered import OrderedKeys
from lenticular.engines.kv.postgresql.rows import HEAD


class Intervals:
    """Ranges of keys: disjoint, and in order."""

    __slots__ = ("_starts", "_stops")

    def __init__(self) -> None:
        self._starts: list[bytes] = []
        self._stops: list[bytes] = []

    def __iter__(self) -> Iterator[KeyRange]:
        return zip(self._starts, self._stops, strict=True)

    def __contains__(self, key: bytes) -> bool:
        place = bisect_right(self._starts, key)
        return place > 0 and key < self._stops[place - 1]

    def add(self, start: bytes, stop: bytes) -> None:
        """Add a range, which may overlap others, and is not empty."""
        first = bisect_left(self._stops, start)  # one that ends where this begins joins it
        last = bisect_right(self._starts, stop)
        if first < last:
            start = min(start, self._starts[first])
            stop = max(stop, self._stops[last - 1])
        self._starts[first:last] = [start]
        self._stops[first:last] = [stop]

    def between(self, start: bytes, stop: bytes) -> list[KeyRange]:
        """Return the ranges that overlap the one from `start` to `stop`."""
        first, last = bisect_right(self._stops, start), bisect_left(self._starts, stop)
        return list(zip(self._starts[first:last], self._stops[first:last], strict=True))

    def gaps(self, start: bytes, stop: bytes) -> Iterator[KeyRange]:
        """Iterate over what is left of the range from `start` to `stop` without these."""
        for low, high in self.between(start, stop):
            if start < low:
                yield start, low
            start = high
        if start < stop:
            yield start, stop


class Changes:
    """New values by key, None for a key that is removed, above ranges that are removed first."""

    __slots__ = ("cleared", "size", "values")

    def __init__(self) -> None:
        self.values: OrderedKeys[bytes | None] = OrderedKeys()
        self.cleared = Intervals()
        self.size = 0
        """About so many bytes were written, some perhaps over others."""

    def __bool__(self) -> bool:
        return bool(self.values.values) or any(self.cleared)

    def set(self, key: bytes, value: bytes | None) -> None:
        """Let `key` have `value`, or be removed."""
        self.values.set(key, value)
        self.size += len(key) + len(value or b"")

    def clear(self, start: bytes, stop: bytes) -> None:
        """Remove every key of a range, which is not empty."""
        for key, _ in self.values.between(start, stop):
            self.values.discard(key)
        self.cleared.add(start, stop)

    def take_over(self, later: "Changes") -> None:
        """Add what was changed after this."""
        for start, stop in later.cleared:
            self.clear(start, stop)
        self.values.update(later.values)
        self.size += later.size


class Layer(Reader):
    """What `below` becomes with `changes`."""

    __slots__ = ("_below", "changes")

    def __init__(self, below: Reader, changes: Changes) -> None:
        self._below = below
        self.changes = changes

    def get(self, key: bytes) -> bytes | None:
        values = self.changes.values.values
        if key in values:
            return values[key]
        return None if key in self.changes.cleared else self._get_below(key)

    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        most = None if limit is None else max(limit, 0)
        changes = self.changes.values.between(start, stop)
        gaps = list(self.changes.cleared.gaps(start, stop))
        found: dict[bytes, bytes | None] = {}
        for low, high in reversed(gaps) if reverse else gaps:
            # Each change can hide one pair of those below, so with so many more there are enough.
            wanted = None if most is None else most + len(changes) - len(found)
            if wanted is not None and wanted <= 0:
                break
            found.update(self._range_below(low, high, wanted, reverse))
        if not changes:
            return [(key, value) for key, value in found.items() if value is not None][:most]
        found.update(changes)
        pairs = [(key, value) for key, value in found.items() if value is not None]
        pairs.sort(reverse=reverse)
        return pairs[:most]

    def _get_below(self, key: bytes) -> bytes | None:
        return self._below.get(key)

    def _range_below(
        self, start: bytes, stop: bytes, limit: int | None, reverse: bool
    ) -> list[tuple[bytes, bytes]]:
        return self._below.range(start, stop, limit=limit, reverse=reverse)


class PostgresqlTransaction(Layer, Transaction):
    """One transaction: it keeps its changes to itself, and notes what it read below them."""

    __slots__ = ("_keys", "_ranges", "topics")

    def __init__(self, below: Reader) -> None:
        super().__init__(below, Changes())
        self.topics: set[bytes] = set()
        self._keys: list[bytes] = []
        self._ranges: list[KeyRange] = []

    def set(self, key: bytes, value: bytes) -> None:
        check_pair(key, value)
        self.changes.set(key, value)

    def delete(self, key: bytes) -> None:
        self.changes.set(key, None)

    def delete_range(self, start: bytes, stop: bytes) -> None:
        if start >= stop:
            return
        if len(start) <= HEAD and len(stop) <= HEAD:
            self.changes.clear(start, stop)
        else:  # no range of keys as they are stored
            for key, _ in self.range(start, stop):
                self.delete(key)

    def signal(self, topic: bytes) -> None:
        check_topic(topic)
        self.topics.add(topic)

    def has_read(self, changes: Changes) -> bool:
        """Whether anything that was read is otherwise after `changes`."""
        values, cleared = changes.values, changes.cleared
        return any(key in values.values or key in cleared for key in self._keys) or any(
            values.between(start, stop) or cleared.between(start, stop)
            for start, stop in self._ranges
        )

    def _get_below(self, key: bytes) -> bytes | None:
        self._keys.append(key)
        return super()._get_below(key)

    def _range_below(
        self, start: bytes, stop: bytes, limit: int | None, reverse: bool
    ) -> list[tuple[bytes, bytes]]:
        pairs = super()._range_below(start, stop, limit, reverse)
        if pairs and len(pairs) == limit:  # what lies beyond the last one was not looked at
            last = pairs[-1][0]
            self._ranges.append((last, stop) if reverse else (start, after(last)))
        else:
            self._ranges.append((start, stop))
        return pairs
