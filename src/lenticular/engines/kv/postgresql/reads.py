"""Reads: those that come while others are under way run together, over one view."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from lenticular.engines.kv.contract import Reader, StoreFailed, StoreUnavailable
from lenticular.engines.kv.outcomes import Outcome
from lenticular.engines.kv.postgresql.connections import Connections
from lenticular.engines.kv.postgresql.views import LongView, View

T = TypeVar("T")

_MOST_VIEWS = 4
"""Views at once. With more there would be fewer reads in each, and more round trips."""

_LONG_READS = 2
"""Long reads at once. More would only wait for each other's turn to run Python."""

_ATTEMPTS = 2
"""The first may find that its connection broke when the server was started anew."""


@dataclass(slots=True)
class _Call:
    """A read, and who waits for it."""

    fn: Callable[[Reader], Any]
    ended: asyncio.Future[Outcome[Any]]
    attempts: int = 0


class Reads:
    """The reads of one store."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._waiting: list[_Call] = []
        self._views: set[asyncio.Task[None]] = set()
        self._long = asyncio.Semaphore(_LONG_READS)

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Run `fn` over a view that begins after this call."""
        loop = asyncio.get_running_loop()
        call = _Call(fn, loop.create_future())
        self._waiting.append(call)
        if len(self._views) < _MOST_VIEWS:
            # It begins in the next turn of the loop, with all that come in this one.
            task = loop.create_task(self._run(), name="kv-reads")
            self._views.add(task)
            task.add_done_callback(self._views.discard)
        outcome: Outcome[T] = await call.ended
        return outcome.unwrap()

    async def read_on_thread(self, fn: Callable[[Reader], T]) -> T:
        """Run `fn`, which reads much, on a thread over a view of its own."""
        async with self._long, self._connections.view() as connection:
            outcome = await LongView(connection).run_on_thread(fn)
        return outcome.unwrap()

    async def close(self) -> None:
        """Wait for the reads that are under way."""
        while self._views:
            await asyncio.wait(self._views)
        for _ in range(_LONG_READS):
            await self._long.acquire()

    async def _run(self) -> None:
        while self._waiting:
            calls: list[_Call] = []
            try:
                async with self._connections.view() as connection:
                    calls, self._waiting = self._waiting, []
                    outcomes = await View(connection).run([call.fn for call in calls])
                    _tell(calls, outcomes)
            except StoreFailed as error:
                if not calls:  # there was not even a connection
                    calls, self._waiting = self._waiting, []
                self._try_again(calls, error)

    def _try_again(self, calls: list[_Call], error: StoreFailed) -> None:
        for call in calls:
            call.attempts += 1
            if isinstance(error, StoreUnavailable) and call.attempts < _ATTEMPTS:
                self._waiting.append(call)
            else:
                _tell([call], [Outcome(error=error)])


def _tell(calls: list[_Call], outcomes: list[Outcome[Any]]) -> None:
    for call, outcome in zip(calls, outcomes, strict=True):
        if not call.ended.done():  # the waiting task was not cancelled meanwhile
            call.ended.set_result(outcome)
