"""Transfers: tasks that move or delete files, from their submission to the end of their history."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction, Watch
from lenticular.engines.movers.contract import Happening, Moved, Skipped
from lenticular.primitives.agents import Agents
from lenticular.primitives.collections import Collection, Collections, Person
from lenticular.primitives.collections import records as collections
from lenticular.primitives.collections.records import PauseRule
from lenticular.primitives.meters import Meters
from lenticular.primitives.notices import Letters, Notices
from lenticular.primitives.transfers import history, records
from lenticular.primitives.transfers.ending import Endings
from lenticular.primitives.transfers.ends import Ends
from lenticular.primitives.transfers.errors import (
    HistoryDeleted,
    TaskEnded,
    TaskGoesOn,
    TaskNotFound,
)
from lenticular.primitives.transfers.mails import Mails
from lenticular.primitives.transfers.maintenance import Maintenance
from lenticular.primitives.transfers.managed import ManagedCollections
from lenticular.primitives.transfers.managers import MANAGER, MONITOR, Managers
from lenticular.primitives.transfers.pauses import Pauses
from lenticular.primitives.transfers.records import OWNED, USED, Task
from lenticular.primitives.transfers.submissions import Submissions, check_deadline, labelled
from lenticular.primitives.transfers.tickets import Ticket, Tickets
from lenticular.primitives.transfers.webhooks import Webhooks
from lenticular.primitives.transfers.work import AgentWork
from lenticular.primitives.vault import Vault

_MOST_LISTED = 10_000
"""Tasks of one person or collection that are looked at for a list: the newest."""

_HEARTBEAT = 15.0
"""Seconds after which a follower is told that nothing has changed."""

_EVENTS = 100

Look = Callable[[Reader, str], Task]
"""Returns a task that somebody may see. Raises `TaskNotFound` or `NotPermitted`."""


class TaskChange(Struct, frozen=True):
    """What the owner changes of a task that is not over."""

    label: str | UnsetType | None = UNSET
    deadline: int = 0
    """Milliseconds since the epoch; 0: it stays."""


class News(Struct, frozen=True):
    """A task as it is now, with what has happened since it was last told of."""

    task: Task
    events: list[tuple[int, Happening]]
    """With their numbers."""
    at: int
    """Milliseconds since the epoch."""
    is_last: bool
    """Whether nothing more will happen."""


class Transfers:
    """The tasks of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        collections: Collections,
        agents: Agents,
        meters: Meters,
        notices: Notices,
        letters: Letters,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._agents = agents
        self._clock = clock
        self._tickets = Tickets(vault)
        self._ends = Ends(store, collections, agents, self._tickets)
        self._endings = Endings()
        webhooks = Webhooks(notices, vault)
        self._endings.tells += (webhooks.tell, Mails(letters).tell)
        self.managers = Managers(collections)
        self.managed = ManagedCollections(store, collections, self.managers)
        self.pauses = Pauses(store, self.managers, clock)
        self.submissions = Submissions(store, collections, self._ends, self.pauses, webhooks, clock)
        self.work = AgentWork(store, self._ends, self._endings, meters, clock)
        self.maintenance = Maintenance(store, self._ends, self._endings, self.submissions, clock)

    async def check_ticket(self, ticket: str) -> Ticket | None:
        """Return what the ticket of a job is good for at an agent's door; None: nothing."""
        return await self._store.read(lambda reader: self._tickets.check(reader, ticket))

    def in_use(self, reader: Reader, identity_ids: Sequence[str]) -> set[str]:
        """Return the ids of the collections that running tasks of somebody use."""
        return {
            end.collection_id
            for task in records.active(reader)
            if task.owner_id in identity_ids
            for end in task.ends
        }

    def is_under_way(self, reader: Reader, task_id: str) -> bool:
        """Tell whether a task is not over yet."""
        return not records.get(reader, task_id).is_over

    # Who sees which task.

    def own(self, identity_ids: Sequence[str]) -> Look:
        """Return what finds the tasks of somebody, with all their identities."""

        def look(reader: Reader, task_id: str) -> Task:
            task = records.get(reader, task_id)
            if task.owner_id not in identity_ids:
                raise TaskNotFound(task_id)
            return task

        return look

    def monitored(self, person: Person) -> Look:
        """Return what finds the tasks on collections that somebody monitors."""

        def look(reader: Reader, task_id: str) -> Task:
            task = records.get(reader, task_id)
            self.managers.positions(reader, task, person, MONITOR)
            return task

        return look

    # Tasks.

    async def get(self, look: Look, task_id: str) -> Task:
        """Return a task. Raises what `look` raises."""
        return await self._store.read(lambda reader: look(reader, task_id))

    async def owned(self, identity_ids: Sequence[str]) -> list[Task]:
        """Return the tasks of somebody, the newest first."""

        def find(reader: Reader) -> list[Task]:
            tasks: list[Task] = []
            for owner_id in identity_ids:
                rows = reader.range(*OWNED.range(owner_id), limit=_MOST_LISTED, reverse=True)
                tasks += (records.get(reader, OWNED.unpack(key)[-1]) for key, _ in rows)
            return sorted(tasks, key=lambda task: (task.requested, task.task_id), reverse=True)

        return await self._store.read(find, long=True)

    async def used(self, person: Person, collection_id: str = "") -> list[Task]:
        """Return the tasks on collections that somebody monitors, or on one of them.

        The newest first. Raises `CollectionNotFound` and `NotPermitted`.
        """

        def find(reader: Reader) -> list[Task]:
            if collection_id:
                ids = [collection_id]
                self.managers.require(reader, collection_id, person, MONITOR)
            else:
                ids = [one.collection_id for one in self.managers.monitored(reader, person)]
            found: dict[str, Task] = {}
            for one in ids:
                rows = reader.range(*USED.range(one), limit=_MOST_LISTED, reverse=True)
                for task_id in (USED.unpack(key)[-1] for key, _ in rows):
                    if task_id not in found:
                        found[task_id] = records.get(reader, task_id)
            return sorted(
                found.values(), key=lambda task: (task.requested, task.task_id), reverse=True
            )

        return await self._store.read(find, long=True)

    async def update(self, look: Look, task_id: str, change: TaskChange) -> Task:
        """Change a task. Raises `TaskEnded`, `InputInvalid` and what `look` raises."""
        if change.label is not UNSET:
            labelled(change.label)
        check_deadline(change.deadline, self._now())

        def write(tx: Transaction) -> Task:
            old = look(tx, task_id)
            if old.is_over:
                raise TaskEnded("The task is complete: it cannot be changed any more")
            new = old if change.label is UNSET else replace(old, label=change.label)
            if change.deadline:
                new = replace(new, deadline=change.deadline, is_deadline_given=True)
            return records.write(tx, old, new)

        return await self._store.transact(write)

    async def cancel(self, look: Look, task_id: str, description: str = "") -> bool:
        """End a task at its owner's wish; tell whether it was not over already.

        Raises what `look` raises.
        """
        now = self._now()

        def write(tx: Transaction) -> bool:
            task = look(tx, task_id)
            if task.is_over:
                return False
            self._endings.cancel(tx, task, description or "canceled by the task owner", now)
            return True

        return await self._store.transact(write)

    async def cancel_managed(self, person: Person, task_ids: Sequence[str], message: str) -> None:
        """End tasks as a manager of a collection of theirs.

        Raises `TaskNotFound` and `NotPermitted`; then none is ended.
        """
        now = self._now()

        def write(tx: Transaction) -> None:
            for task_id in task_ids:
                task = records.get(tx, task_id)
                ends = {at // 2 for at in self.managers.positions(tx, task, person, MANAGER)}
                if not task.is_over:
                    by = "BOTH" if len(ends) > 1 else "DESTINATION" if 1 in ends else "SOURCE"
                    marked = replace(task, canceled_by=by, canceled_message=message)
                    self._endings.cancel(
                        tx, marked, f"canceled by an administrator: {message}", now
                    )

        await self._store.transact(write)

    # What happened.

    async def events(self, look: Look, task_id: str) -> list[tuple[int, Happening]]:
        """Return the events of a task with their numbers, the newest first."""

        def find(reader: Reader) -> list[tuple[int, Happening]]:
            return history.newest_events(reader, look(reader, task_id).task_id)

        return await self._store.read(find, long=True)

    async def moved(self, look: Look, task_id: str, start: int, limit: int) -> list[Moved]:
        """Return what a task that is over has moved, from number `start` on.

        Raises `TaskGoesOn`, `HistoryDeleted` and what `look` raises.
        """

        def find(reader: Reader) -> list[Moved]:
            task = look(reader, task_id)
            if not task.is_over:
                raise TaskGoesOn("What a task has transferred is told once it is complete")
            _check_history(task)
            return history.moved.read(reader, task_id, start, limit)

        return await self._store.read(find)

    async def skipped(self, look: Look, task_id: str, start: int, limit: int) -> list[Skipped]:
        """Return what a task has skipped for errors, from number `start` on.

        Raises `HistoryDeleted` and what `look` raises.
        """

        def find(reader: Reader) -> list[Skipped]:
            _check_history(look(reader, task_id))
            return history.skipped.read(reader, task_id, start, limit)

        return await self._store.read(find)

    async def pause_rules(
        self, look: Look, task_id: str
    ) -> tuple[Task, list[tuple[PauseRule, Collection]]]:
        """Return a task, and the rules that hold it back with their collections."""

        def find(reader: Reader) -> tuple[Task, list[tuple[PauseRule, Collection]]]:
            task = look(reader, task_id)
            rules = self.pauses.rules(reader, task)
            found = ((rule, collections.collection(reader, rule.collection_id)) for rule in rules)
            return task, [(rule, one) for rule, one in found if one is not None]

        return await self._store.read(find)

    async def follow(
        self, look: Look, task_id: str, number: int = 0
    ) -> AsyncGenerator[News | None, None]:
        """Iterate over the news of a task until it is over, with its events from `number` on.

        First comes how it is now; None: nothing has changed for a while. Raises what `look`
        raises.
        """
        last: Task | None = None
        with self._store.watch(records.topic(task_id)) as watch:
            while True:
                read = partial(_news, look=look, task_id=task_id, number=number)
                task, events = await self._store.read(read)
                number = events[-1][0] + 1 if events else number
                has_more = len(events) == _EVENTS
                is_last = task.is_over and not has_more
                if task != last or events:
                    last = task
                    yield News(task, events, self._now(), is_last)
                if is_last or self._agents.is_closing.is_set():
                    return
                if not has_more and not await self._changes(watch):
                    yield None

    async def _changes(self, watch: Watch) -> bool:
        """Return whether something has changed, as soon as it has, or after a while.

        False at once, too, when the cloud is about to end.
        """
        changed = asyncio.ensure_future(watch.wait(_HEARTBEAT))
        closing = asyncio.ensure_future(self._agents.is_closing.wait())
        try:
            await asyncio.wait((changed, closing), return_when=asyncio.FIRST_COMPLETED)
            return changed.done() and changed.result()
        finally:
            changed.cancel()
            closing.cancel()
            await asyncio.gather(changed, closing, return_exceptions=True)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _news(
    reader: Reader, look: Look, task_id: str, number: int
) -> tuple[Task, list[tuple[int, Happening]]]:
    return look(reader, task_id), history.events_from(reader, task_id, number, _EVENTS)


def _check_history(task: Task) -> None:
    if task.history_deleted:
        raise HistoryDeleted("The history of a task is kept for 30 days, and is deleted now")
