"""The store as its users see it: it prepares the database, reads, and hands writes over."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Self, TypeVar

import asyncpg

from lenticular.engines.kv.contract import (
    KeyValueStore,
    Reader,
    StoreClosed,
    StoreFailed,
    Transaction,
    Watch,
)
from lenticular.engines.kv.postgresql.batches import Batches
from lenticular.engines.kv.postgresql.checks import faults
from lenticular.engines.kv.postgresql.connections import Connections
from lenticular.engines.kv.postgresql.notices import Notices
from lenticular.engines.kv.postgresql.reads import Reads
from lenticular.engines.kv.postgresql.schema import prepare
from lenticular.engines.kv.signals import Watches

T = TypeVar("T")


class PostgresqlStore(KeyValueStore):
    """A key-value store in a schema of a PostgreSQL database, on one event loop."""

    def __init__(self, connections: Connections) -> None:
        """Take over `connections` to a prepared database; see `open`."""
        self._connections = connections
        self._watches = Watches()
        self._reads = Reads(connections)
        self._batches = Batches(connections, self._watches)
        self._notices = Notices(connections, self._watches, self._batches.writer)
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, settings: Mapping[str, Any] | None = None) -> Self:
        """Open the store in the database at `url`, and make its tables if they are not there.

        `settings` are further parameters of the connection (a password, say). Raises
        StoreUnavailable when the server does not answer, and StoreFailed when the database
        is not such a store, or the server does not sync what it acknowledges.
        """
        connections = Connections(url, settings or {})
        connection = await connections.connect()
        try:
            await prepare(connection.raw, connections.place)
        except asyncpg.PostgresError as error:
            raise StoreFailed(
                f"{connections.place} cannot be prepared: {error}; make the user the owner of "
                f"the database, or let it create tables there"
            ) from error
        finally:
            connection.raw.terminate()
        store = cls(connections)
        try:
            await store._notices.wait_until_listening()
        except StoreFailed:
            await store.close()
            raise
        return store

    @classmethod
    async def examine(cls, url: str, settings: Mapping[str, Any] | None = None) -> str:
        """Return what the server at `url` is, and how fast it answers. Raises as `open`."""
        connections = Connections(url, settings or {})
        connection = await connections.connect()
        try:
            began = time.perf_counter()
            [[version]] = await connection.fetch("SELECT current_setting('server_version')")
            milliseconds = (time.perf_counter() - began) * 1000
        finally:
            connection.raw.terminate()
        return f"PostgreSQL {version} at {connections.place} answers in {milliseconds:.1f} ms"

    async def read(self, fn: Callable[[Reader], T], *, long: bool = False) -> T:
        self._check_open()
        return await (self._reads.read_on_thread(fn) if long else self._reads.read(fn))

    async def transact(self, fn: Callable[[Transaction], T], *, likely: Sequence[bytes] = ()) -> T:
        return await self._batches.transact(fn, likely)

    def watch(self, topic: bytes) -> AbstractContextManager[Watch]:
        self._check_open()
        return self._watches.watch(topic)

    async def check(self) -> list[str]:
        """Read the whole table and return what is wrong with it, in words: nothing if sound.

        Raises StoreFailed when the server is away.
        """
        self._check_open()
        return await faults(await self._connections.connect())

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self._batches.close()
        await self._reads.close()
        await self._notices.close()
        self._connections.close()

    def _check_open(self) -> None:
        if self._closing is not None:
            raise StoreClosed("the key-value store is closed: open it again")
