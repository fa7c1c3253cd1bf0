"""The thread that writes: batches of transactions, and one fsync for each batch."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

import apsw

from lenticular.engines.kv.contract import StoreClosed, StoreFailed, StoreFull, Transaction
from lenticular.engines.kv.ordered import OrderedKeys
from lenticular.engines.kv.outcomes import Outcome
from lenticular.engines.kv.signals import Watches
from lenticular.engines.kv.sqlite.checkpoints import Checkpoints
from lenticular.engines.kv.sqlite.signals import Post
from lenticular.engines.kv.sqlite.tables import connect
from lenticular.engines.kv.sqlite.transactions import Changes, Known, SqliteTransaction
from lenticular.engines.kv.sqlite.turns import Turns
from lenticular.engines.room import Room

T = TypeVar("T")

_MOST_CALLS = 512
"""Transactions of one batch at most, so that the first need not wait long for the last."""

_CACHE_SIZE = 32 * 1024 * 1024
"""Bytes of pages that the writer keeps; they stay valid as long as only it writes."""

_PATIENCE = 0.005
"""Seconds after which a signal is sent again to a process that was too busy for it."""

_log = logging.getLogger(__name__)

_FAILED_SYNCS = {apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC}


@dataclass(slots=True)
class _Call:
    """A transaction handed over, and who waits for it."""

    fn: Callable[[Transaction], Any]
    loop: asyncio.AbstractEventLoop
    ended: asyncio.Future[Outcome[Any]]
    likely: Sequence[bytes]
    """Keys that it will probably get."""


class Writer:
    """The one thread of a store that changes its file."""

    def __init__(self, path: Path, watches: Watches, post: Post, turns: Turns | None) -> None:
        self._turns = turns
        self._watches = watches
        self._post = post
        self._tables = connect(path, cache_size=_CACHE_SIZE, writes=True)
        self._tables.connection.set_wal_hook(self._note_log)
        self._checkpoints = Checkpoints(self._tables, connect(path, writes=True), self._lose_trust)
        self._log_pages = 0
        self._failed_sync: apsw.Error | None = None
        self._room = Room(path.parent, holds=True)
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._hand_over = Lock()
        self._closed = False
        self._ended = False
        self._turn = nullcontext if turns is None else turns.turn
        self._thread = Thread(target=self._run, name="kv-writer", daemon=True)
        self._thread.start()

    async def transact(self, fn: Callable[[Transaction], T], likely: Sequence[bytes]) -> T:
        """Hand a transaction over, and wait until it is committed."""
        loop = asyncio.get_running_loop()
        call = _Call(fn, loop, loop.create_future(), likely)
        with self._hand_over:
            if self._closed:
                raise StoreClosed("the key-value store is closed: open it again")
            self._calls.put(call)
        outcome: Outcome[T] = await call.ended
        return outcome.unwrap()

    def check(self) -> None:
        """Return when transactions are committed. Raises `StoreFailed`, or `StoreFull`."""
        if self._failed_sync is not None:
            _failed(self._failed_sync).unwrap()
        if self._room.look():
            raise StoreFull(str(self._room))

    def close(self) -> None:
        """Commit what was handed over, and end. Blocks, and may be called again."""
        with self._hand_over:
            if not self._closed:
                self._closed = True
                self._calls.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (call := self._next_call()) is not None:
            with self._turn():
                self._run_batch(call)
                self._checkpoints.after_commit(self._log_pages)
        self._checkpoints.close(finish=self._failed_sync is None)
        self._tables.connection.close()
        self._post.close()
        self._room.close()

    def _next_call(self, *, wait: bool = True) -> _Call | None:
        """Return the next call; None when there is none now, or no more at all."""
        if self._ended:
            return None
        while True:
            try:
                rest = self._checkpoints.time_to_rest(self._log_pages)
                patience = _PATIENCE if self._post.is_late else rest
                call = self._calls.get(wait, patience)
                break
            except Empty:
                if not wait:
                    return None
            if self._post.is_late:
                self._post.send(())  # again, to who was too busy
            else:
                self._checkpoints.rest(self._log_pages)
        self._ended = call is None
        return call

    def _run_batch(self, first: _Call) -> None:
        calls: list[_Call] = []
        outcomes: list[Outcome[Any]] = []
        topics: set[bytes] = set()
        try:
            self._check_trust()
            self._room.look()
            self._tables.run("BEGIN IMMEDIATE")
            changes: Changes = OrderedKeys()
            known = Known(self._tables)
            outcomes += (
                self._attempt(call.fn, changes, known, topics)
                for call in self._arriving(first, calls, known)
            )
            self._tables.write(changes.items())
            self._tables.run("COMMIT")
        except Exception as error:  # whatever it was, everyone who waits must hear of it
            calls = calls or [first]
            self._abandon(error)
            outcomes = [_failed(error) for _ in calls]
            topics.clear()
        if topics:
            # Before the callers: what a client does when it is answered, in another process
            # perhaps, comes in there behind the signal.
            self._post.send(topics)
            self._watches.wake(topics)
        _wake(calls, outcomes)

    def _arriving(self, first: _Call, calls: list[_Call], known: Known) -> Iterator[_Call]:
        """Iterate over the calls of a batch: those that wait, and those that come meanwhile.

        Each is noted in `calls` as soon as it is taken. What those of one round will
        probably read is fetched in one step before the first of them runs.
        """
        more: _Call | None = first
        while more is not None:
            begin = len(calls)
            while more is not None:
                calls.append(more)
                more = self._next_call(wait=False) if len(calls) < _MOST_CALLS else None
            known.fetch(key for call in calls[begin:] for key in call.likely)
            yield from calls[begin:]
            more = self._next_call(wait=False) if len(calls) < _MOST_CALLS else None

    def _attempt(
        self,
        fn: Callable[[Transaction], T],
        changes: Changes,
        known: Known,
        topics: set[bytes],
    ) -> Outcome[T]:
        """Run one transaction of the batch. Raises when it took the whole batch down."""
        transaction = SqliteTransaction(self._tables, changes, known)
        outcome = Outcome.of(fn, transaction)
        if not self._tables.connection.in_transaction:
            raise outcome.error or RuntimeError("SQLite has rolled the batch back")
        if self._room.is_short and outcome.error is None:
            outcome.error = self._refusal(transaction)
        if outcome.error is None:
            transaction.keep()
            topics |= transaction.topics
        else:
            transaction.undo()
        return _failed(outcome.error) if isinstance(outcome.error, apsw.Error) else outcome

    def _refusal(self, transaction: SqliteTransaction) -> StoreFull | None:
        """Return why a transaction is not committed while the room is short, if so."""
        # Pages that were freed are no room on the disk, and yet take in as much again.
        if transaction.growth() <= self._room.tolerated + self._tables.free_size() // 2:
            return None
        return StoreFull(f"{self._room}; what was to be written is not")

    def _abandon(self, error: Exception) -> None:
        if isinstance(error, apsw.Error):
            self._lose_trust(error)
        with suppress(apsw.Error):
            self._tables.roll_back()

    def _check_trust(self) -> None:
        if self._failed_sync is not None:
            raise self._failed_sync.with_traceback(None)

    def _lose_trust(self, error: apsw.Error) -> None:
        """Stop committing for good if the disk did not take what was written.

        The system then counts pages as written that it has dropped, and the next sync of
        them succeeds without a reason: only what is read again from the disk can be trusted.
        """
        if _is_failed_sync(error):
            self._failed_sync = error
            _log.critical(
                "the disk failed to sync what was written: nothing more is acknowledged. "
                "Check the disk, then start the cloud again"
            )

    def _note_log(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK


def _is_failed_sync(error: Exception) -> bool:
    return getattr(error, "extendedresult", apsw.SQLITE_OK) in _FAILED_SYNCS


def _failed(error: Exception) -> Outcome[Any]:
    reason = str(error)
    if _is_failed_sync(error):
        reason = "the disk failed to sync what was written; check it and open the store again"
    kind = StoreFull if isinstance(error, apsw.FullError) else StoreFailed
    failure = kind(f"the transaction is not committed: {reason}")
    failure.__cause__ = error
    return Outcome(error=failure)


def _wake(calls: list[_Call], outcomes: list[Outcome[Any]]) -> None:
    """Tell everyone how their call ended: one wake-up for each event loop, not for each call."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[_Call, Outcome[Any]]]]
    by_loop = defaultdict(list)
    for call, outcome in zip(calls, outcomes, strict=True):
        by_loop[call.loop].append((call, outcome))
    for loop, ended in by_loop.items():
        with suppress(RuntimeError):  # it is closed, and nobody waits any more
            loop.call_soon_threadsafe(_tell, ended)


def _tell(ended: list[tuple[_Call, Outcome[Any]]]) -> None:
    for call, outcome in ended:
        if not call.ended.done():  # the waiting task was not cancelled meanwhile
            call.ended.set_result(outcome)
