"""The connections to the server: opened when needed, kept, and given up when they break."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import asyncpg

from lenticular.engines.kv.contract import StoreFailed, StoreUnavailable

_CONNECT_SECONDS = 3.0
"""For a server that does not even refuse."""

REPLY_SECONDS = 15.0
"""In which a statement is answered, the wait for a turn to commit included."""

_PAUSE = 0.25
"""Seconds after a failed attempt to connect in which there is no other."""

_KEPT = 4
"""Connections for reads that are kept open while nobody needs them."""

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""Done ahead: a transaction's view is that of its first statement."""
_NEXT_VIEW = "COMMIT AND CHAIN"

# Every statement looks keys up, or ranges of them; a plan that reads the whole table, because
# the table was small when it was made, would be kept when it has grown.
_SESSION = {
    "application_name": "lenticular",
    "client_min_messages": "warning",
    "default_transaction_isolation": "read committed",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "0",
    "tcp_keepalives_count": "3",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
}

_DURABLE = {"fsync": {"on"}, "synchronous_commit": {"on", "local", "remote_write", "remote_apply"}}
"""Settings of the server without which an acknowledged write could be lost, and their values."""

LOST = (
    OSError,  # TimeoutError too
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server had taken its leave before the statement was sent
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,  # the server is being stopped, or starts
    asyncpg.TooManyConnectionsError,
)
"""What says that there is no connection (any more), whatever became of the last statement."""


class Connection:
    """One connection; its failures are those of the contract."""

    def __init__(self, connection: Any, place: str) -> None:
        self.raw = connection
        self._place = place

    async def fetch(self, statement: str, *values: Any, seconds: float = REPLY_SECONDS) -> Any:
        """Run a statement, and return its rows."""
        async with self._answering(seconds):
            return await self.raw.fetch(statement, *values)

    async def run(self, statements: str) -> None:
        """Run statements without parameters or results."""
        async with self._answering(REPLY_SECONDS):
            await self.raw.execute(statements)

    @asynccontextmanager
    async def _answering(self, seconds: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(seconds):
                yield
        except LOST as error:
            self.raw.terminate()
            raise unavailable(self._place, error) from error
        except asyncpg.PostgresError as error:
            raise StoreFailed(f"PostgreSQL refuses: {error}") from error


class Connections:
    """All connections of one store."""

    def __init__(self, url: str, settings: Mapping[str, Any]) -> None:
        self._address = _merged(url, settings)
        self.place = place_of(url)
        self._idle: list[Connection] = []
        self._failure: StoreUnavailable | None = None
        self._retry_at = 0.0
        self._trying = False

    async def connect(self) -> Connection:
        """Open a connection, whose statements are transactions of their own.

        Raises StoreUnavailable, at once while the server was just found to be away, and
        StoreFailed when the server would lose what it acknowledges.
        """
        if self._failure is not None and (self._trying or time.monotonic() < self._retry_at):
            raise self._failure.with_traceback(None)
        self._trying = True
        try:
            raw = await asyncpg.connect(
                self._address, timeout=_CONNECT_SECONDS, server_settings=_SESSION
            )
        except (*LOST, asyncpg.PostgresError, ValueError) as error:
            self._failure = unavailable(self.place, error)
            self._retry_at = time.monotonic() + _PAUSE
            raise self._failure from error
        finally:
            self._trying = False
        self._failure = None
        connection = Connection(raw, self.place)
        await _check_durability(connection)
        return connection

    @asynccontextmanager
    async def view(self) -> AsyncIterator[Connection]:
        """Have a connection whose next statements all see one state, which is that of then."""
        connection = await self._take()
        try:
            yield connection
        except BaseException:
            connection.raw.terminate()  # in the middle of something, perhaps
            raise
        await self.give_back(connection)

    async def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.raw.is_closed():
                return connection
        connection = await self.connect()
        await connection.run(_BEGIN)
        return connection

    async def give_back(self, connection: Connection) -> None:
        """Make a connection ready for the next view."""
        if len(self._idle) >= _KEPT or connection.raw.is_closed():
            connection.raw.terminate()
            return
        try:
            await connection.run(_NEXT_VIEW)
        except StoreFailed:
            connection.raw.terminate()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Close the connections that nobody has."""
        while self._idle:
            self._idle.pop().raw.terminate()


def unavailable(place: str, error: BaseException) -> StoreUnavailable:
    """Return what says that the server is away, and why."""
    reason = str(error) or "it does not answer"
    failure = StoreUnavailable(
        f"PostgreSQL at {place} is not available ({reason}): start it, or correct store and "
        f"store.toml"
    )
    failure.__cause__ = error
    return failure


def place_of(url: str) -> str:
    """Return where the database is, without user and password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2] or 'localhost'}{parts.path}"


def _merged(url: str, settings: Mapping[str, Any]) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(settings))))
    return urlunsplit(parts._replace(query=query))


async def _check_durability(connection: Connection) -> None:
    for name, safe in _DURABLE.items():
        [[value]] = await connection.fetch("SELECT current_setting($1)", name)
        if value not in safe:
            connection.raw.terminate()
            raise StoreFailed(
                f"PostgreSQL has {name} = {value}, and would lose what it acknowledges when it "
                f"fails: set {name} = on"
            )
