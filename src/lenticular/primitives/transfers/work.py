"""The work of agents: which jobs they are given, what they report, and when they are to stop."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from lenticular.engines.connectors.places import Peer, Place, Rule
from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.movers.contract import Item, Job, Report, Verdict
from lenticular.engines.movers.messages import Running
from lenticular.primitives.meters import WRITE, Meters, usage
from lenticular.primitives.transfers import history, queue, records, reports
from lenticular.primitives.transfers.ending import Endings
from lenticular.primitives.transfers.ends import Ends, Unreachable
from lenticular.primitives.transfers.paths import within
from lenticular.primitives.transfers.records import CHECKPOINT, Task

_CHECKED: Final = 5.0
"""Seconds after which the rights of a running task are looked at again."""

_RENEWED: Final = 600.0
"""Seconds after which it is given its places again: what they lend does not last for ever."""

_ITEMS: Final = 1000
"""Of a page."""

_MOST_REMEMBERED: Final = 10_000

SERVICE: Final = "transfers"
"""Under which bytes are metered."""

_Way = tuple[tuple[Rule, ...], tuple[str, ...], str]
"""What is allowed at a place, and the addresses and the certificate of the agent there."""

_log = logging.getLogger("lenticular.transfers")


class AgentWork:
    """What agents ask of tasks: `lenticular.primitives.agents.Work`."""

    def __init__(
        self,
        store: KeyValueStore,
        ends: Ends,
        endings: Endings,
        meters: Meters,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._ends = ends
        self._endings = endings
        self._meters = meters
        self._clock = clock
        self._checks: dict[tuple[str, int], _Check] = {}
        """When this process last looked at the rights of an attempt."""

    async def wanted(
        self, agent_id: str, running: Sequence[Running]
    ) -> tuple[list[Job], list[Running]]:
        """Return the jobs that an agent is to begin, and those that it is to stop.

        A task that it should run and does not, it is given as a new attempt: the agent was
        started anew, or the order was lost.
        """
        told = {(one.job_id, one.attempt) for one in running}

        def is_settled(reader: Reader) -> bool:
            assigned = {(task.task_id, task.attempt) for task in queue.running(reader, agent_id)}
            return told == assigned and not self._has_room(reader, agent_id, len(assigned))

        if await self._store.read(is_settled):
            return [], []
        now = self._now()

        def settle(tx: Transaction) -> tuple[list[Task], list[Running]]:
            held = queue.running(tx, agent_id)
            stop = told - {(task.task_id, task.attempt) for task in held}
            again = [task for task in held if (task.task_id, task.attempt) not in told]
            given = [queue.give(tx, task, agent_id, now) for task in again]
            presence = self._ends.presence(tx)
            hello = presence(agent_id)
            if hello is not None:
                given += queue.take(tx, agent_id, hello.slots, presence, now)
            return given, [Running(*one) for one in sorted(stop)]

        tasks, stop = await self._store.transact(settle)
        jobs = [job for task in tasks if (job := await self._job(task)) is not None]
        return jobs, stop

    async def report(self, agent_id: str, report: Report) -> Verdict:
        """Take a report of an agent, once, and tell how to go on."""
        now = self._now()

        def take(tx: Transaction) -> reports.Taken:
            return reports.take(tx, agent_id, report, self._ends.presence(tx), self._endings, now)

        taken = await self._store.transact(take)
        if taken.task is None:
            return Verdict("stop")
        self._count(taken.task, taken.size, now)
        if taken.verdict != "go on":
            return Verdict(taken.verdict)
        return await self._checked(taken.task)

    async def items(self, agent_id: str, job_id: str, start: int) -> list[Item]:
        """Return a page of what was submitted; none behind the last, or to another agent."""

        def find(reader: Reader) -> list[Item]:
            task = records.find(reader, job_id)
            if task is None or task.state != "running" or task.agent_id != agent_id:
                return []
            homes = self._ends.homes(reader, task)
            items = history.items.read(reader, job_id, start, _ITEMS)
            return [_given(task, item, homes) for item in items]

        return await self._store.read(find)

    def _has_room(self, reader: Reader, agent_id: str, held: int) -> bool:
        """Tell whether an agent that holds so many tasks could begin one that waits."""
        presence = self._ends.presence(reader)
        hello = presence(agent_id)
        if hello is None or held >= hello.slots:
            return False
        return bool(queue.first_waiting(reader, agent_id, presence))

    async def _job(self, task: Task) -> Job | None:
        """Return the job of a task; None when it may not go on, which it is told."""
        try:
            places = await self._ends.places(task)
        except Unreachable as error:
            await self._lose(task, error)
            return None
        except Exception:
            _log.exception("a task was not given out", extra={"task": task.task_id})
            return None
        self._remember(task, places)
        checkpoint = await self._store.read(
            lambda reader: reader.get(CHECKPOINT.pack(task.task_id))
        )
        return Job(
            job_id=task.task_id,
            attempt=task.attempt,
            kind="transfer" if task.kind == "TRANSFER" else "delete",
            source=places[0] if task.kind == "TRANSFER" else None,
            destination=places[-1],
            options=task.options,
            checkpoint=checkpoint or b"",
            counts=task.counts,
        )

    async def _checked(self, task: Task) -> Verdict:
        """Return the verdict for a task that may go on if its owner's rights still let it."""
        known = self._checks.get((task.task_id, task.attempt))
        now = self._clock()
        if known is not None and now - known.checked < _CHECKED:
            return Verdict()
        try:
            places = await self._ends.places(task)
        except Unreachable as error:
            await self._lose(task, error)
            return Verdict("stop")
        if known is not None and known.ways == _ways(places) and now - known.given < _RENEWED:
            known.checked = now
            return Verdict()
        self._remember(task, places)
        source = places[0] if task.kind == "TRANSFER" else None
        return Verdict(source=source, destination=places[-1])

    async def _lose(self, task: Task, error: Unreachable) -> None:
        """Hold a task back that has no way to its files any more, or end it."""
        now = self._now()

        def write(tx: Transaction) -> None:
            kept = records.get(tx, task.task_id)
            if kept.attempt != task.attempt or kept.is_over:
                return
            act = self._endings.fail if error.is_final else self._endings.suspend
            act(tx, kept, error.code, str(error), now)

        await self._store.transact(write)

    def _remember(self, task: Task, places: Sequence[Place]) -> None:
        if len(self._checks) >= _MOST_REMEMBERED:
            self._checks.clear()
        self._checks[task.task_id, task.attempt] = _Check(self._clock(), _ways(places))

    def _count(self, task: Task, size: int, now: int) -> None:
        """Meter what was moved: one request for each task, and the bytes."""
        units = 1 if task.is_over else 0
        if size or units:
            used = usage(SERVICE, WRITE, task.account_id, task.user)
            self._meters.count(used, units, size, now / 1000)

    def _now(self) -> int:
        return int(self._clock() * 1000)


class _Check:
    """When an attempt was given its places, and when its rights were last looked at."""

    __slots__ = ("checked", "given", "ways")

    def __init__(self, now: float, ways: list[_Way]) -> None:
        self.given = self.checked = now
        self.ways = ways


def _ways(places: Sequence[Place]) -> list[_Way]:
    """Return by which a renewal is seen to be due: tickets are others each time.

    An agent that was started anew has another certificate, and perhaps other addresses.
    """
    return [(place.rules, *_peer(place)) for place in places]


def _peer(place: Place) -> tuple[tuple[str, ...], str]:
    at = place.at
    return (at.addresses, at.fingerprint) if isinstance(at, Peer) else ((), "")


def _given(task: Task, item: Item, homes: Sequence[str]) -> Item:
    """Return an item as an agent is given it: with the paths that there are at the two ends."""
    source = within(item.source, homes[0])
    if task.kind == "DELETE":
        return replace(item, source=source, recursive=task.is_recursive)
    return replace(item, source=source, destination=within(item.destination, homes[-1]))
