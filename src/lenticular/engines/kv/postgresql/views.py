"""One state of the database, and functions that run side by side over it, in waves.

Each function runs, in a greenlet of its own, until it needs something from the database. Then
it waits, and the next one runs. What they all wait for is asked for together, and so on,
until all have ended. Nothing of this leaves the event loop's thread.
"""

import asyncio
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import after
from lenticular.engines.kv.outcomes import Outcome
from lenticular.engines.kv.postgresql.connections import REPLY_SECONDS, Connection
from lenticular.engines.kv.postgresql.rows import Row, RowReader, Span, Want
from lenticular.engines.kv.postgresql.schema import GET, RANGE, RANGE_BACK

T = TypeVar("T")

Scan = tuple[bytes, bytes, int, int]
"""Start and stop of what was read, how many rows are there, and the highest version."""

_STORED_KEY = itemgetter(0)


class View:
    """What is read in one transaction of a connection."""

    _seconds = REPLY_SECONDS

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.known: dict[bytes, tuple[int, bytes | None]] = {}
        """Version and value of each stored key that was asked for; 0 and None if not there."""
        self.scans: list[Scan] = []

    async def run(self, functions: Sequence[Callable[[Reader], T]]) -> list[Outcome[T]]:
        """Run all functions, and return how each ended."""
        reader = RowReader(self._wait_for)
        runs = [greenlet(_attempt) for _ in functions]
        outcomes: dict[greenlet, Outcome[T]] = {}
        waiting: dict[greenlet, Want] = {}

        def resume(run: greenlet, *answer: Any) -> None:
            reached = run.switch(*answer)
            if run.dead:
                outcomes[run] = reached
            else:
                waiting[run] = reached

        for run, function in zip(runs, functions, strict=True):
            resume(run, function, reader)
        try:
            while waiting:
                wave, waiting = waiting, {}
                answers = await self.answer(wave.values())
                for run, answer in zip(wave, answers, strict=True):
                    resume(run, answer)
        except BaseException:
            for run in runs:
                if not run.dead:
                    run.throw()  # ends a function that waits; what it returns, nobody hears of
            raise
        return [outcomes[run] for run in runs]

    async def answer(self, wants: Any) -> list[Any]:
        """Return what is wanted, in the same order: a value for a key, rows for a span."""
        keys = {want for want in wants if isinstance(want, bytes)} - self.known.keys()
        if keys:
            await self._get(list(keys))
        spans = list(dict.fromkeys(want for want in wants if isinstance(want, Span)))
        rows: dict[Span, list[Row]] = {}
        for reverse in (False, True):
            chosen = [span for span in spans if span.reverse == reverse]
            if chosen:
                rows.update(await self._range(chosen, RANGE_BACK if reverse else RANGE))
        return [self.known[want][1] if isinstance(want, bytes) else rows[want] for want in wants]

    async def _get(self, keys: list[bytes]) -> None:
        found = await self._connection.fetch(GET, keys, seconds=self._seconds)
        self.known.update(dict.fromkeys(keys, (0, None)))
        self.known.update((key, (version, value)) for key, version, value in found)

    async def _range(self, spans: list[Span], statement: str) -> dict[Span, list[Row]]:
        starts, stops, limits, _ = zip(*spans, strict=True)
        rows: list[Row] = await self._connection.fetch(
            statement, starts, stops, limits, seconds=self._seconds
        )
        by_number: dict[int, list[Row]] = {number: [] for number in range(1, len(spans) + 1)}
        if len(spans) == 1:
            by_number[1] = rows
        else:
            for row in rows:
                by_number[row[4]].append(row)
        found = dict(zip(spans, by_number.values(), strict=True))
        for span, own in found.items():
            own.sort(key=_STORED_KEY, reverse=span.reverse)  # as they nearly always are already
            self.scans.append(_scan(span, own))
        return found

    def _wait_for(self, want: Want) -> Any:
        """Return what is wanted; called in a function's greenlet, which waits for it."""
        if isinstance(want, bytes) and want in self.known:
            return self.known[want][1]
        main = getcurrent().parent
        assert main is not None
        return main.switch(want)


class LongView(View):
    """A view for a function that reads so much that it runs on a thread."""

    _seconds = 600.0

    async def run_on_thread(self, function: Callable[[Reader], T]) -> Outcome[T]:
        """Run the function, and return how it ended."""
        loop = asyncio.get_running_loop()

        def ask(want: Want) -> Any:
            return asyncio.run_coroutine_threadsafe(self._answer_one(want), loop).result()

        return await asyncio.to_thread(Outcome[T].of, function, RowReader(ask))

    async def _answer_one(self, want: Want) -> Any:
        [answer] = await self.answer([want])
        self.known.clear()  # or it would grow to what the whole store has
        self.scans.clear()
        return answer


def _attempt(function: Callable[[Reader], T], reader: Reader) -> Outcome[T]:
    return Outcome.of(function, reader)


def _scan(span: Span, rows: list[Row]) -> Scan:
    start, stop = span.start, span.stop
    if rows and len(rows) == span.limit:  # what lies beyond the last one was not looked at
        last = rows[-1][0]
        start, stop = (last, stop) if span.reverse else (start, after(last))
    return start, stop, len(rows), max((row[2] for row in rows), default=0)
