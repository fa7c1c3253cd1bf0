"""The contract of an ordered, transactional, durable key-value store.

Everything that the cloud remembers is keys in one such store. Each primitive is
written once above this contract, in the manner of FoundationDB's layers
(https://apple.github.io/foundationdb/layer-concept.html); a new engine implements
these classes and passes ``tests/conformance/kv``.

Keys and values are ``bytes``. Keys are ordered bytewise, are not empty and are at
most `MAX_KEY_SIZE` long; `lenticular.engines.kv.keys` packs tuples into keys so that
their order is their meaning. Values are at most `MAX_VALUE_SIZE` long; whatever is
larger belongs into a blob store.

Several processes may work on one store. What one of them changed, the others see when they
read; who would rather be told watches a topic (`KeyValueStore.watch`) that the changes of
interest signal (`Transaction.signal`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

T = TypeVar("T")

MAX_KEY_SIZE = 8 * 1024
"""Longest key, in bytes."""

MAX_VALUE_SIZE = 16 * 1024 * 1024
"""Longest value, in bytes."""

MAX_TOPIC_SIZE = 256
"""Longest topic of a signal, in bytes."""


class StoreClosed(RuntimeError):
    """The store was used after `KeyValueStore.close` (or before it was opened)."""


class StoreFailed(RuntimeError):
    """The store cannot commit (disk full, I/O error): nothing of the transaction is there.

    After a failed sync that is so until the store is opened again, when the transaction may
    be found there after all, whole. The engine's own error is the ``__cause__``.
    """


class StoreUnavailable(StoreFailed):
    """The server that keeps the store does not answer, and nothing was written: come again."""


class OutcomeUnknown(StoreUnavailable):
    """The server went away in the middle of the commit: the transaction is there whole, or not."""


class StoreFull(StoreFailed):
    """There is no room for what a transaction adds: nothing of it is there, now or later."""


class Reader(ABC):
    """One consistent view of the store. Valid only inside the function it was handed to."""

    @abstractmethod
    def get(self, key: bytes) -> bytes | None:
        """Return the value of `key`, or None when there is no such key."""

    @abstractmethod
    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        """Return the pairs with ``start <= key < stop`` in key order.

        At most `limit` of them (None: all), from the front or, with `reverse`, from the
        back in descending order. An empty or inverted interval returns an empty list.
        A reader of much data asks for pages, so that no single step takes long.
        """


class Transaction(Reader):
    """A view that can also be changed. Reads see the transaction's own writes."""

    @abstractmethod
    def set(self, key: bytes, value: bytes) -> None:
        """Let `key` have `value`.

        Raises ValueError when the key is empty or either is too long.
        """

    @abstractmethod
    def delete(self, key: bytes) -> None:
        """Remove `key`. Not an error when there is no such key."""

    @abstractmethod
    def delete_range(self, start: bytes, stop: bytes) -> None:
        """Remove every key with ``start <= key < stop``."""

    @abstractmethod
    def signal(self, topic: bytes) -> None:
        """Wake whoever watches `topic`, in every process on the store, after the commit.

        A transaction that is not committed signals nothing. Raises ValueError when the topic
        is empty or longer than `MAX_TOPIC_SIZE`.
        """


class Watch(ABC):
    """Waits for the signals of one topic, on the event loop on which it was begun."""

    @abstractmethod
    async def wait(self, seconds: float | None = None) -> bool:
        """Return True once the topic was signalled since the watch began or was last woken.

        At once, if it was so already; several signals may come as one. False after
        so many `seconds` without any (None: no limit). What the signalling transaction
        wrote is seen by reads from then on.

        Wake-ups may be spurious, and a signal can get lost with the connection to another
        process: a watcher looks at the store before it waits, and again now and then.
        """


class KeyValueStore(ABC):
    """An open store. All methods are called from an event loop; none blocks it for long."""

    @abstractmethod
    async def read(self, fn: Callable[[Reader], T], *, long: bool = False) -> T:
        """Run `fn` against one consistent, committed state and return what it returns.

        `fn` is synchronous and must not keep the reader. Everything acknowledged before
        the call is seen. `long` says that `fn` reads so much (a scan, an export) that it
        belongs on a thread; without it an engine may run `fn` right on the event loop
        when that costs less than the way to a thread and back.
        """

    @abstractmethod
    async def transact(self, fn: Callable[[Transaction], T], *, likely: Sequence[bytes] = ()) -> T:
        """Run `fn` as one atomic, serialisable and durable transaction; return its result.

        When this returns, the writes are on disk. When `fn` raises, nothing was written
        and its exception comes out here. `fn` is synchronous, quick, free of effects
        other than through the transaction (an engine may run it again after a conflict)
        and may run on any thread. Cancelling the awaiting task does not undo a
        transaction already handed over.

        `likely` are keys that `fn` will probably get: an engine may fetch those of several
        transactions in one step. A wrong guess costs little and changes nothing.

        Raises `StoreFailed` when the commit fails and `StoreClosed` after `close`.
        """

    @abstractmethod
    def watch(self, topic: bytes) -> AbstractContextManager[Watch]:
        """Watch `topic` while the context lasts. One task waits at a time.

        Raises ValueError for a topic that cannot be signalled and `StoreClosed` after `close`.
        """

    async def ready(self) -> None:
        """Return when the store can be read and committed to.

        Raises `StoreFull` while only what makes room is committed, and `StoreFailed` where
        nothing is.
        """
        await self.read(lambda reader: reader.get(b"\x00"))

    async def check(self) -> list[str]:
        """Read everything and return what is wrong with the store itself, one line each.

        Raises `StoreFailed` when it cannot be read.
        """
        return []

    @abstractmethod
    async def close(self) -> None:
        """Finish the transactions handed over, then release everything. Idempotent."""
