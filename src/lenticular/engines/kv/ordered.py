"""A dict of keys that can also be read in their order."""

from bisect import bisect_left, insort
from typing import Generic, Self, TypeVar

V = TypeVar("V")

_FEW = 8
"""So many new keys are put into their places one by one; more are sorted in."""


class OrderedKeys(Generic[V]):
    """A dict beside a list of its keys, which is put in order only when that is asked for."""

    __slots__ = ("_new", "_sorted", "values")

    def __init__(self) -> None:
        self.values: dict[bytes, V] = {}
        """For looking up; to be changed only through the methods."""
        self._sorted: list[bytes] = []
        self._new: list[bytes] = []

    def set(self, key: bytes, value: V) -> None:
        """Let `key` have `value`."""
        if key not in self.values:
            self._new.append(key)
        self.values[key] = value

    def update(self, other: Self) -> None:
        """Take over all pairs of another."""
        self._new += [key for key in other.values if key not in self.values]
        self.values.update(other.values)

    def discard(self, key: bytes) -> None:
        """Remove `key` if it is there."""
        if key in self.values:
            del self.values[key]
            keys = self._in_order()
            del keys[bisect_left(keys, key)]

    def clear(self) -> None:
        """Remove everything."""
        self.values.clear()
        self._sorted.clear()
        self._new.clear()

    def items(self) -> list[tuple[bytes, V]]:
        """Return the pairs in key order."""
        return [(key, self.values[key]) for key in self._in_order()]

    def between(self, start: bytes, stop: bytes) -> list[tuple[bytes, V]]:
        """Return the pairs with ``start <= key < stop`` in key order."""
        if not self.values:
            return []
        keys = self._in_order()
        found = keys[bisect_left(keys, start) : bisect_left(keys, stop)]
        return [(key, self.values[key]) for key in found]

    def _in_order(self) -> list[bytes]:
        if len(self._new) > _FEW:
            self._sorted += self._new
            self._sorted.sort()
        else:
            for key in self._new:
                insort(self._sorted, key)
        self._new.clear()
        return self._sorted
