"""Scheduling: which steps are under way, which wait for their turn, which are tried again when."""

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from lenticular.engines.connectors.contract import BUNDLE_BYTES, BUNDLE_FILES
from lenticular.engines.movers.contract import Options, Skipped
from lenticular.engines.movers.ledger import Ledger
from lenticular.engines.movers.pacing import Pace
from lenticular.engines.movers.steps import Step
from lenticular.engines.movers.troubles import Failure, Trouble, is_cancelled

_LEAST: Final = 64
"""Files that are worth a bundle, where there are more for other bundles."""


class Lane:
    """Steps of a kind that wait, and who does them."""

    def __init__(
        self, workers: int, do: Callable[[list[Step]], Awaitable[None]], *, bundles: bool = False
    ) -> None:
        """Let `workers` do the steps, one by one or in bundles."""
        self.workers = workers
        self.do = do
        self._bundles = bundles
        self._waiting: deque[Step] = deque()
        self._come = asyncio.Event()

    def put(self, step: Step) -> None:
        """Let a step wait here."""
        self._waiting.append(step)
        self._come.set()

    async def take(self) -> list[Step]:
        """Wait for steps, and return those to do next."""
        while not self._waiting:
            self._come.clear()
            await self._come.wait()
        if not self._bundles:
            return [self._waiting.popleft()]
        most = max(_LEAST, min(BUNDLE_FILES, len(self._waiting) // self.workers))
        taken, size = [self._waiting.popleft()], 0
        while self._waiting and len(taken) < most:
            size += self._waiting[0].size
            if taken[0].size + size > BUNDLE_BYTES:
                break
            taken.append(self._waiting.popleft())
        return taken


class Schedule:
    """The steps of a job."""

    def __init__(
        self, ledger: Ledger, options: Options, pace: Pace, lane: Callable[[Step], Lane]
    ) -> None:
        """Put each step into the `lane` that is told for it."""
        self._ledger = ledger
        self._options = options
        self._pace = pace
        self._lane = lane
        self._pending: dict[Step, int] = {}
        """In the order in which they came, with their weights."""
        self._weight = 0
        self._changed = asyncio.Event()
        self._sooner = asyncio.Event()
        self._waiting: list[tuple[float, int, Step]] = []
        self._serial = 0

    def pending(self) -> Sequence[Step]:
        """Return the steps that are begun and not done."""
        return list(self._pending)

    def add(self, step: Step, trouble: Trouble | None = None) -> None:
        """Take a step in; with a trouble: one that failed already.

        It counts as a subtask, if an earlier attempt did not count it.
        """
        self._weigh(step)
        if not step.is_resumed:
            self._ledger.counts.subtasks_total += 1
        if trouble is None:
            self._lane(step).put(step)
        else:
            self.failed([step], trouble)

    async def room(self) -> None:
        """Wait until a further step may be taken in."""
        await self._ledger.room()
        while self._weight > self._pace.pending:
            await self._change()

    async def empty(self) -> None:
        """Wait until all steps are done."""
        while self._pending:
            await self._change()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _weigh(self, step: Step) -> None:
        weight = step.weight
        self._weight += weight - self._pending.get(step, 0)
        self._pending[step] = weight

    def done(self, step: Step) -> None:
        """Let go of a step that succeeded."""
        self._ledger.counts.subtasks_succeeded += 1
        self.drop(step)

    def count_done(self) -> None:
        """Count something of which there was nothing to do."""
        self._ledger.counts.subtasks_total += 1
        self._ledger.counts.subtasks_succeeded += 1

    def drop(self, step: Step) -> None:
        """Let go of a step."""
        self._weight -= self._pending.pop(step)
        self._changed.set()

    def pass_on(self, step: Step) -> None:
        """Put a step into the lane where it belongs now."""
        self._lane(step).put(step)

    def failed(self, steps: Sequence[Step], trouble: Trouble) -> None:
        """Decide what becomes of steps that met one trouble. Raises `Failure` of the job."""
        options = self._options
        if trouble.is_skipped(options):
            for step in steps:
                self._ledger.skipped(skipped(step, trouble))
                self.drop(step)
            return
        self._ledger.fault(trouble.fault)
        if any(trouble.is_final(options, is_named=step.is_named) for step in steps):
            self._ledger.counts.subtasks_failed += 1
            raise Failure(trouble.fault)
        now = asyncio.get_running_loop().time()
        for step in steps:
            step.tries += 1
            self._weigh(step)
            self._serial += 1
            due = now + self._pace.pause(step.tries)
            heapq.heappush(self._waiting, (due, self._serial, step))
            self._ledger.retrying += 1
        self._sooner.set()

    async def run(self, lanes: Sequence[Lane], feed: Callable[[], Awaitable[None]]) -> None:
        """Do all steps, those that `feed` adds too. Raises `Failure`."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [self._work(lane) for lane in lanes for _ in range(lane.workers)]
                workers = [group.create_task(task) for task in (*tasks, self._wake())]
                await feed()
                await self.empty()
                for worker in workers:
                    worker.cancel()
        except BaseExceptionGroup as raised:
            failures, others = raised.split(Failure)
            if others or not failures:
                raise
            raise _first(failures) from None

    async def _work(self, lane: Lane) -> None:
        while not is_cancelled():
            steps = await lane.take()
            try:
                await lane.do(steps)
            except Trouble as trouble:
                self.failed(steps, trouble)

    async def _wake(self) -> None:
        """Put steps back into their lanes when they are to be tried again."""
        loop = asyncio.get_running_loop()
        while True:
            while self._waiting and self._waiting[0][0] <= loop.time():
                _, _, step = heapq.heappop(self._waiting)
                self._ledger.retrying -= 1
                self._lane(step).put(step)
            self._sooner.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._waiting[0][0] if self._waiting else None):
                    await self._sooner.wait()


def _first(failures: BaseExceptionGroup[Failure]) -> Failure:
    failure: Failure | BaseExceptionGroup[Failure] = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def skipped(step: Step, trouble: Trouble) -> Skipped:
    """Return what is told of a step that is left out."""
    fault = trouble.fault
    is_directory = step.kind in ("walk", "dir")
    return Skipped(
        step.source, step.destination, is_directory, fault.code, fault.description, time.time()
    )
