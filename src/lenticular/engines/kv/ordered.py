"""A dict of keys that can also be read in their order."""

from bisect import bisect_left, insort
from typing import Generic, TypeVar

V = TypeVar("V")


class OrderedKeys(Generic[V]):
    """A dict beside a sorted list of its keys. A new key costs a shift within the list."""

    __slots__ = ("_keys", "values")

    def __init__(self) -> None:
        self._keys: list[bytes] = []
        self.values: dict[bytes, V] = {}
        """For looking up; to be changed only through the methods."""

    def __len__(self) -> int:
        return len(self._keys)

    def set(self, key: bytes, value: V) -> None:
        """Let `key` have `value`."""
        if key not in self.values:
            insort(self._keys, key)
        self.values[key] = value

    def discard(self, key: bytes) -> None:
        """Remove `key` if it is there."""
        if key in self.values:
            del self.values[key]
            del self._keys[bisect_left(self._keys, key)]

    def clear(self) -> None:
        """Remove everything."""
        self._keys.clear()
        self.values.clear()

    def items(self) -> list[tuple[bytes, V]]:
        """Return the pairs in key order."""
        return [(key, self.values[key]) for key in self._keys]

    def between(self, start: bytes, stop: bytes) -> list[tuple[bytes, V]]:
        """Return the pairs with ``start <= key < stop`` in key order."""
        keys = self._keys[bisect_left(self._keys, start) : bisect_left(self._keys, stop)]
        return [(key, self.values[key]) for key in keys]
