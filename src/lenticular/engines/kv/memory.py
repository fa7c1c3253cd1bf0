"""The key-value store in memory: for tests, and for what need not outlive the process.

One ordered dict, and for each transaction a record of what it replaced, to take it back
when it fails. A lock lets one function in at a time, so each is alone and therefore sees
one state, and transactions are serial.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader, StoreClosed, Transaction, Watch
from lenticular.engines.kv.limits import check_pair, check_topic
from lenticular.engines.kv.ordered import OrderedKeys
from lenticular.engines.kv.signals import Watches

T = TypeVar("T")


class MemoryStore(KeyValueStore):
    """A key-value store that is gone when it is closed."""

    def __init__(self) -> None:
        self._pairs: OrderedKeys[bytes] = OrderedKeys()
        self._alone = Lock()
        self._watches = Watches()
        self._closed = False

    async def read(self, fn: Callable[[Reader], T], *, long: bool = False) -> T:
        self._check_open()
        with self._alone:
            return fn(_MemoryReader(self._pairs))

    async def transact(self, fn: Callable[[Transaction], T], *, likely: Sequence[bytes] = ()) -> T:
        self._check_open()
        with self._alone:
            transaction = _MemoryTransaction(self._pairs)
            try:
                result = fn(transaction)
            except BaseException:
                transaction.undo()
                raise
        if transaction.topics:
            self._watches.wake(transaction.topics)
        await asyncio.sleep(0)  # others go on before the caller hears of it, as in every engine
        return result

    def watch(self, topic: bytes) -> AbstractContextManager[Watch]:
        self._check_open()
        return self._watches.watch(topic)

    async def close(self) -> None:
        self._closed = True
        self._pairs.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("the key-value store is closed: open it again")


class _MemoryReader(Reader):
    __slots__ = ("_pairs",)

    def __init__(self, pairs: OrderedKeys[bytes]) -> None:
        self._pairs = pairs

    def get(self, key: bytes) -> bytes | None:
        return self._pairs.values.get(key)

    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        pairs = self._pairs.between(start, stop)
        if reverse:
            pairs.reverse()
        return pairs if limit is None else pairs[: max(limit, 0)]


class _MemoryTransaction(_MemoryReader, Transaction):
    __slots__ = ("_replaced", "topics")

    def __init__(self, pairs: OrderedKeys[bytes]) -> None:
        super().__init__(pairs)
        self._replaced: dict[bytes, bytes | None] = {}
        self.topics: set[bytes] = set()

    def set(self, key: bytes, value: bytes) -> None:
        check_pair(key, value)
        self._replaced.setdefault(key, self.get(key))
        self._pairs.set(key, value)

    def delete(self, key: bytes) -> None:
        self._replaced.setdefault(key, self.get(key))
        self._pairs.discard(key)

    def delete_range(self, start: bytes, stop: bytes) -> None:
        for key, _ in self._pairs.between(start, stop):
            self.delete(key)

    def signal(self, topic: bytes) -> None:
        check_topic(topic)
        self.topics.add(topic)

    def undo(self) -> None:
        """Give every key back what it had before the transaction."""
        for key, value in self._replaced.items():
            if value is None:
                self._pairs.discard(key)
            else:
                self._pairs.set(key, value)
