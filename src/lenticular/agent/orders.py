"""Orders: polls the cloud for what is to be done, and does it.

Two tasks talk to the cloud: one waits for orders, for as long as the cloud lets it; the other
brings answers as soon as there are any.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Final

from lenticular.agent.answers import OpenPlace, answer
from lenticular.agent.control import CloudAbsent, Control, Pauses
from lenticular.agent.course import CloudCourse
from lenticular.engines.movers.contract import Counts, Ended, Job, Mover, Report
from lenticular.engines.movers.messages import (
    Answered,
    Asked,
    Dial,
    Orders,
    Poll,
    Running,
)

Dialler = Callable[[Dial], Coroutine[Any, Any, None]]
"""Connects to the relay, and serves whoever waits there."""

_WAIT: Final = 20.0
"""Seconds for which a poll waits at the cloud."""

_REMEMBERED: Final = 4096
"""Questions and attempts that are not taken for new ones when they come again."""

_LAST_NUMBER: Final = 1 << 31
"""Of the report that ends an attempt whose mover failed: above all of its own."""

_GRACE: Final = 5.0
"""Seconds that a job has to hear of its stop from the answer to a report."""

_PATIENCE: Final = 10.0
"""Seconds that jobs have to make a checkpoint when the agent ends."""

_log = logging.getLogger("lenticular.connect")


class OrderTaker:
    """Takes orders until it is cancelled."""

    def __init__(
        self,
        control: Control,
        open_place: OpenPlace,
        mover: Mover,
        dial: Dialler | None = None,
    ) -> None:
        self._control = control
        self._open_place = open_place
        self._mover = mover
        self._dial = dial
        self._jobs: dict[Running, asyncio.Task[None]] = {}
        self._stopping: set[Running] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._known: OrderedDict[object, None] = OrderedDict()
        self._answers: list[Answered] = []
        self._has_answers = asyncio.Event()

    async def run(self) -> None:
        """Take orders for ever. Raises `ControlError` for what will not pass by itself."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._wait_for_orders())
                group.create_task(self._bring_answers())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await self._let_go()

    async def _wait_for_orders(self) -> None:
        pauses = Pauses()
        while True:
            try:
                orders = await self._poll(Poll(self._running(), wait=_WAIT))
            except CloudAbsent as error:
                await pauses.pause(error)
                await self._control.reconnect()
            else:
                pauses.end()
                self._carry_out(orders)

    async def _bring_answers(self) -> None:
        while True:
            await self._has_answers.wait()
            self._has_answers.clear()
            answers, self._answers = self._answers, []
            try:
                self._carry_out(await self._poll(Poll(self._running(), tuple(answers), 0.0)))
            except CloudAbsent as error:
                # They are asked again while somebody waits; who asked has noticed it too.
                _log.warning("%d answers were not brought: %s", len(answers), error)
                for each in answers:
                    self._known.pop(each.question_id, None)

    async def _poll(self, poll: Poll) -> Orders:
        orders: Orders = await self._control.call("POST", "orders", poll, Orders, wait=poll.wait)
        return orders

    def _running(self) -> tuple[Running, ...]:
        return tuple(one for one in self._jobs if one not in self._stopping)

    def _carry_out(self, orders: Orders) -> None:
        for running in orders.stop:
            if running in self._jobs and running not in self._stopping:
                # Its next report is told to stop: then the mover clears away what is half there.
                self._stopping.add(running)
                asyncio.get_running_loop().call_later(_GRACE, self._jobs[running].cancel)
        for asked in orders.questions:
            if self._is_new(asked.question_id):
                self._start(self._answer(asked))
        for dial in orders.dial:
            if self._dial is not None and self._is_new(dial.ticket):
                self._start(self._dial(dial))
        for job in orders.jobs:
            running = Running(job.job_id, job.attempt)
            if self._is_new(running):
                self._jobs[running] = self._start(self._do(running, job))

    def _is_new(self, order: object) -> bool:
        """Tell whether an order was not taken yet: one may come twice."""
        if order in self._known:
            return False
        self._known[order] = None
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return True

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _answer(self, asked: Asked) -> None:
        try:
            async with asyncio.timeout(asked.seconds):
                found = await answer(asked.question, self._open_place)
        except TimeoutError:
            return  # nobody waits for it any more
        self._answers.append(Answered(asked.question_id, found))
        self._has_answers.set()

    async def _do(self, running: Running, job: Job) -> None:
        _log.info("job %s: attempt %d begins", job.job_id, job.attempt)
        course = CloudCourse(self._control, job)
        try:
            await self._mover.run(job, course)
        except asyncio.CancelledError:
            _log.info("job %s: stopped", job.job_id)
            raise
        except Exception:
            _log.exception("job %s: its mover failed", job.job_id)
            ended = Ended("failed", "UNKNOWN", "The agent failed on this task; its log tells why")
            counts = job.counts or Counts()
            await course.report(Report(job.job_id, job.attempt, _LAST_NUMBER, counts, ended=ended))
        else:
            _log.info("job %s: done", job.job_id)
        finally:
            self._jobs.pop(running, None)
            self._stopping.discard(running)

    async def _let_go(self) -> None:
        """Let everything that is under way end at a point from which it can go on."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_PATIENCE)
