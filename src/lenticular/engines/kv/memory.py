"""The key-value store in memory: for tests, and for what need not outlive the process.

One dict, one sorted list of its keys, and for each transaction a record of what it
replaced, to take it back when it fails. A lock lets one function in at a time, so each
is alone and therefore sees one state, and transactions are serial.
"""

import asyncio
from bisect import bisect_left, insort
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader, StoreClosed, Transaction
from lenticular.engines.kv.limits import check_pair

T = TypeVar("T")


class MemoryStore(KeyValueStore):
    """A key-value store that is gone when it is closed."""

    def __init__(self) -> None:
        self._pairs = _SortedPairs()
        self._alone = Lock()
        self._closed = False

    async def read(self, fn: Callable[[Reader], T], *, long: bool = False) -> T:
        self._check_open()
        with self._alone:
            return fn(_MemoryReader(self._pairs))

    async def transact(self, fn: Callable[[Transaction], T]) -> T:
        self._check_open()
        with self._alone:
            transaction = _MemoryTransaction(self._pairs)
            try:
                result = fn(transaction)
            except BaseException:
                transaction.undo()
                raise
        await asyncio.sleep(0)  # others go on before the caller hears of it, as in every engine
        return result

    async def close(self) -> None:
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("the store in memory is closed: open a new one")


class _SortedPairs:
    """A dict whose keys can be cut by their order."""

    __slots__ = ("_keys", "values")

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self._keys: list[bytes] = []

    def set(self, key: bytes, value: bytes) -> None:
        if key not in self.values:
            insort(self._keys, key)
        self.values[key] = value

    def delete(self, key: bytes) -> None:
        if self.values.pop(key, None) is not None:
            del self._keys[bisect_left(self._keys, key)]

    def keys_between(self, start: bytes, stop: bytes) -> list[bytes]:
        return self._keys[bisect_left(self._keys, start) : bisect_left(self._keys, stop)]


class _MemoryReader(Reader):
    __slots__ = ("_pairs",)

    def __init__(self, pairs: _SortedPairs) -> None:
        self._pairs = pairs

    def get(self, key: bytes) -> bytes | None:
        return self._pairs.values.get(key)

    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        keys = self._pairs.keys_between(start, stop)
        if reverse:
            keys.reverse()
        if limit is not None:
            keys = keys[: max(limit, 0)]
        return [(key, self._pairs.values[key]) for key in keys]


class _MemoryTransaction(_MemoryReader, Transaction):
    __slots__ = ("_replaced",)

    def __init__(self, pairs: _SortedPairs) -> None:
        super().__init__(pairs)
        self._replaced: dict[bytes, bytes | None] = {}

    def set(self, key: bytes, value: bytes) -> None:
        check_pair(key, value)
        self._remember(key)
        self._pairs.set(key, value)

    def delete(self, key: bytes) -> None:
        self._remember(key)
        self._pairs.delete(key)

    def delete_range(self, start: bytes, stop: bytes) -> None:
        for key in self._pairs.keys_between(start, stop):
            self.delete(key)

    def undo(self) -> None:
        """Give every key back the value it had before the transaction."""
        for key, value in self._replaced.items():
            if value is None:
                self._pairs.delete(key)
            else:
                self._pairs.set(key, value)

    def _remember(self, key: bytes) -> None:
        if key not in self._replaced:
            self._replaced[key] = self._pairs.values.get(key)
