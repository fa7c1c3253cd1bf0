"""Executes transactions: batches of them, each with one commit."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from lenticular.engines.kv.contract import (
    OutcomeUnknown,
    Reader,
    StoreClosed,
    StoreFailed,
    StoreUnavailable,
    Transaction,
)
from lenticular.engines.kv.outcomes import Outcome
from lenticular.engines.kv.postgresql.changes import Changes, Layer, PostgresqlTransaction
from lenticular.engines.kv.postgresql.connections import Connection, Connections
from lenticular.engines.kv.postgresql.rows import stored, tail
from lenticular.engines.kv.postgresql.schema import (
    COMMIT,
    FORGET,
    IS_REFUSED,
    REFUSE,
    TAKE_TURN,
)
from lenticular.engines.kv.postgresql.views import View
from lenticular.engines.kv.signals import Watches

T = TypeVar("T")

_MOST_CALLS = 512
"""Transactions of one batch at most, so that the first need not wait long for the last."""

_MOST_BYTES = 64 * 1024 * 1024
"""Bytes that a batch may write, but for its last transaction."""

_FREE_ATTEMPTS = 2
"""Attempts at a batch while others may commit before it; the next has the turn throughout."""

_PATIENCE = 10.0
"""Seconds in which a server that went away in a commit is asked what became of it."""

_POLL = 0.1
"""Seconds between two such questions."""

_log = logging.getLogger("lenticular.store")


@dataclass(slots=True)
class _Call:
    """A transaction handed over, and who waits for it."""

    fn: Callable[[Transaction], Any]
    likely: Sequence[bytes]
    ended: asyncio.Future[Outcome[Any]]


@dataclass(slots=True)
class _Batch:
    """Calls that were executed, and what is to be committed of them."""

    outcomes: list[Outcome[Any]] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    topics: set[bytes] = field(default_factory=set)

    def add(self, outcome: Outcome[Any], transaction: PostgresqlTransaction) -> None:
        """Add a transaction; nothing of it is kept that failed."""
        self.outcomes.append(outcome)
        if outcome.error is None:
            self.changes.take_over(transaction.changes)
            self.topics |= transaction.topics


class Batches:
    """The task of a store that commits."""

    def __init__(self, connections: Connections, watches: Watches) -> None:
        self.writer = uuid4()
        """Names this store to the database."""
        self._connections = connections
        self._watches = watches
        self._connection: Connection | None = None
        self._number = 0
        self._waiting: deque[_Call] = deque()
        self._more = asyncio.Event()
        self._closed = False
        self._task = asyncio.create_task(self._run(), name="kv-batches")

    async def transact(self, fn: Callable[[Transaction], T], likely: Sequence[bytes]) -> T:
        """Hand a transaction over, and wait until it is committed."""
        if self._closed:
            raise StoreClosed("the key-value store is closed: open it again")
        call = _Call(fn, likely, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        self._more.set()
        outcome: Outcome[T] = await call.ended
        return outcome.unwrap()

    async def close(self) -> None:
        """Commit what was handed over, and end."""
        self._closed = True
        self._more.set()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        while not self._closed or self._waiting:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                most = min(_MOST_CALLS, len(self._waiting))
                calls = [self._waiting.popleft() for _ in range(most)]
                try:
                    outcomes = await self._execute(calls)
                except Exception as error:  # whatever it was, everyone who waits must hear of it
                    outcomes = [_failed(error) for _ in calls]
                self._waiting.extendleft(reversed(calls[len(outcomes) :]))
                _tell(calls, outcomes)
        if self._connection is not None:
            with suppress(StoreFailed):
                await self._connection.fetch(FORGET, self.writer)
            self._connection.raw.terminate()

    async def _execute(self, calls: list[_Call]) -> list[Outcome[Any]]:
        """Execute and commit calls, or the first of them; return how each ended."""
        for attempt in count():
            try:
                batch = await (
                    self._attempt(calls)
                    if attempt < _FREE_ATTEMPTS
                    else self._attempt_in_own_turn(calls)
                )
            except OutcomeUnknown:
                raise
            except StoreUnavailable:
                if attempt > 0:
                    raise  # the first may find that its connection broke at a restart
            else:
                if batch is not None:
                    return batch.outcomes
        raise AssertionError("an endless loop has ended")

    async def _attempt(self, calls: list[_Call]) -> _Batch | None:
        """Execute a batch, and commit it unless another process was in between."""
        connection = await self._own_connection()
        async with self._connections.view() as reading:
            view = View(reading)
            batch = await _compose(view, calls)
        return batch if await self._commit(connection, view, batch) else None

    async def _attempt_in_own_turn(self, calls: list[_Call]) -> _Batch | None:
        """Execute and commit a batch with all others kept waiting."""
        connection = await self._own_connection()
        await connection.run(TAKE_TURN)
        try:
            view = View(connection)
            batch = await _compose(view, calls)
            is_done = await self._commit(connection, view, batch, ends_turn=True)
        finally:
            if not connection.raw.is_closed() and connection.raw.is_in_transaction():
                connection.raw.terminate()
        return batch if is_done else None

    async def _own_connection(self) -> Connection:
        if self._connection is None or self._connection.raw.is_closed():
            self._connection = await self._connections.connect()
        return self._connection

    async def _commit(
        self, connection: Connection, view: View, batch: _Batch, *, ends_turn: bool = False
    ) -> bool:
        """Commit a batch. Returns False when something that it has read is otherwise now."""
        if not batch.changes and not batch.topics:
            if ends_turn:
                await connection.run("COMMIT")
            return True
        self._number += 1
        try:
            [[is_done]] = await connection.fetch(
                COMMIT, *_arguments(view, batch, self.writer, self._number)
            )
            if ends_turn:
                await connection.run("COMMIT")
        except StoreUnavailable as error:
            is_done = await self._was_committed(self._number, error)
        if is_done:
            self._watches.wake(batch.topics)
        return bool(is_done)

    async def _was_committed(self, number: int, lost: StoreUnavailable) -> bool:
        """Find out whether a batch was committed to whose commit no answer came.

        If it was not, it never will be: its number is taken. Raises OutcomeUnknown when the
        server stays away.
        """
        _log.warning("no answer to a commit: %s", lost)
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                connection = await self._own_connection()
                await connection.fetch(REFUSE, self.writer, number)
                [[is_refused]] = await connection.fetch(IS_REFUSED, self.writer, number)
            except StoreUnavailable as error:
                if time.monotonic() > deadline:
                    raise OutcomeUnknown(
                        f"whether the transaction is committed is not known: {error}"
                    ) from error
                self._refuse_waiting(error)
                await asyncio.sleep(_POLL)
            else:
                _log.warning("the commit was %s", "not done" if is_refused else "done")
                return not is_refused

    def _refuse_waiting(self, error: StoreUnavailable) -> None:
        """Tell those who wait that the server is away, so that they need not."""
        calls = list(self._waiting)
        self._waiting.clear()
        _tell(calls, [_failed(error) for _ in calls])


async def _compose(view: View, calls: list[_Call]) -> _Batch:
    """Execute calls, as many as fit into a batch, one above the other."""
    drafts: list[PostgresqlTransaction] = []

    def drafting(fn: Callable[[Transaction], T]) -> Callable[[Reader], T]:
        def run(reader: Reader) -> T:
            drafts.append(PostgresqlTransaction(reader))
            return fn(drafts[-1])

        return run

    await view.answer([stored(key) for call in calls for key in call.likely])
    outcomes = await view.run([drafting(call.fn) for call in calls])
    batch = _Batch()
    for call, outcome, draft in zip(calls, outcomes, drafts, strict=True):
        if batch.changes.size > _MOST_BYTES:
            break
        if draft.has_read(batch.changes):
            batch.add(*await _run_above(batch.changes, view, call.fn))
        else:
            batch.add(outcome, draft)
    return batch


async def _run_above(
    changes: Changes, view: View, fn: Callable[[Transaction], T]
) -> tuple[Outcome[T], PostgresqlTransaction]:
    """Execute one function above what those before it have changed."""
    made: list[PostgresqlTransaction] = []

    def run(reader: Reader) -> T:
        made.append(PostgresqlTransaction(Layer(reader, changes)))
        return fn(made[0])

    [outcome] = await view.run([run])
    return outcome, made[0]


def _arguments(view: View, batch: _Batch, *named: Any) -> list[Any]:
    """Return the arguments of the function in the database: columns, not rows."""
    reads = view.known.items()
    values = batch.changes.values.items()
    written = [(stored(key), tail(key), value) for key, value in values if value is not None]
    return [
        *named,
        [key for key, _ in reads],
        [version for _, (version, _) in reads],
        *_columns(view.scans, 4),
        *_columns(list(batch.changes.cleared), 2),
        [stored(key) for key, value in values if value is None],
        *_columns(written, 3),
        [f"{named[0].hex} {topic.hex()}" for topic in sorted(batch.topics)],
    ]


def _columns(rows: list[Any], width: int) -> list[Any]:
    return list(zip(*rows, strict=True)) if rows else [[] for _ in range(width)]


def _failed(error: Exception) -> Outcome[Any]:
    if isinstance(error, StoreFailed):
        failure = type(error)(f"the transaction is not committed: {error}")
        if isinstance(error, OutcomeUnknown):
            failure = OutcomeUnknown(str(error))
    else:
        failure = StoreFailed(f"the transaction is not committed: {error}")
    failure.__cause__ = error
    return Outcome(error=failure)


def _tell(calls: list[_Call], outcomes: list[Outcome[Any]]) -> None:
    for call, outcome in zip(calls, outcomes, strict=False):
        if not call.ended.done():  # the waiting task was not cancelled meanwhile
            call.ended.set_result(outcome)
