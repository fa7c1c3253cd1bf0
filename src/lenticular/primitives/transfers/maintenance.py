"""What time brings about: deadlines, agents that stay away, rights that come back, old history."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.agents import wake
from lenticular.primitives.transfers import history, records
from lenticular.primitives.transfers.ending import Endings
from lenticular.primitives.transfers.ends import Ends, Unreachable
from lenticular.primitives.transfers.records import DEADLINE, KEPT, End, Task
from lenticular.primitives.transfers.submissions import Submissions

NOT_CONNECTED: Final = "GC_NOT_CONNECTED"

PATIENCE: Final = 3600 * 1000
"""Milliseconds for which an agent may stay away before its tasks are inactive."""

HISTORY: Final = 30 * 24 * 3600 * 1000
"""Milliseconds for which it is known of an ended task what it moved."""

_ROUND: Final = 50
"""Tasks of one transaction."""


class Maintenance:
    """Looks after tasks that nobody reports of."""

    def __init__(
        self,
        store: KeyValueStore,
        ends: Ends,
        endings: Endings,
        submissions: Submissions,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._ends = ends
        self._endings = endings
        self._submissions = submissions
        self._clock = clock

    async def run(self) -> None:
        """Do all that is due. One process of the cloud does it at a time."""
        await self.expire()
        await self.notice_absence()
        await self.try_again()
        await self.remind()
        await self.forget()
        await self._submissions.sweep()

    async def expire(self) -> None:
        """End the tasks whose deadline has passed."""
        now = self._now()

        def end(tx: Transaction) -> int:
            rows = tx.range(DEADLINE.range()[0], DEADLINE.pack(now + 1), limit=_ROUND)
            for key, _ in rows:
                self._endings.expire(tx, records.get(tx, DEADLINE.unpack(key)[-1]), now)
            return len(rows)

        while await self._store.transact(end) == _ROUND:
            pass

    async def notice_absence(self) -> None:
        """Tell of tasks that an agent of theirs is not there, or is there again.

        They go on by themselves when it returns. Where it stays away for long they are
        inactive, and their owners are told.
        """
        now = self._now()
        changed = await self._store.read(lambda reader: self._changed(reader, now))
        for start in range(0, len(changed), _ROUND):
            ids = changed[start : start + _ROUND]
            await self._store.transact(partial(self._note_all, ids=ids, now=now))

    async def try_again(self) -> None:
        """Let those inactive tasks go on whose owners have their rights again."""
        for task in await self._store.read(_held):
            try:
                await self._ends.places(task)
            except Unreachable as error:
                if error.is_final:
                    await self._store.transact(partial(self._fail, task=task, error=error))
            else:
                await self._store.transact(partial(self._resume, task=task))

    async def forget(self) -> None:
        """Delete the history of tasks that ended long ago."""
        now = self._now()

        def clear(tx: Transaction) -> int:
            rows = tx.range(KEPT.range()[0], KEPT.pack(now - HISTORY), limit=_ROUND)
            for key, _ in rows:
                old = records.get(tx, KEPT.unpack(key)[-1])
                history.clear(tx, old.task_id)
                records.write(tx, old, replace(old, history_deleted=True))
            return len(rows)

        while await self._store.transact(clear) == _ROUND:
            pass

    async def remind(self) -> None:
        """Let agents look again for whom tasks wait: the other end may be there by now."""

        def waiting(reader: Reader) -> set[str]:
            found = (task for task in records.active(reader) if task.state == "waiting")
            return {agent_id for task in found for agent_id in task.agents}

        def signal(tx: Transaction) -> None:
            for agent_id in agents:
                wake(tx, agent_id)

        if agents := await self._store.read(waiting):
            await self._store.transact(signal)

    def _changed(self, reader: Reader, now: int) -> list[str]:
        """Return the tasks of which absence is to be noted, or no more."""
        presence = self._ends.presence(reader)
        found = []
        for task in records.active(reader):
            is_absent = any(presence(agent_id) is None for agent_id in task.agents)
            if task.state != "held" and (
                is_absent != bool(task.absent_since) or (is_absent and _is_late(task, now))
            ):
                found.append(task.task_id)
        return found

    def _note_all(self, tx: Transaction, ids: Sequence[str], now: int) -> None:
        presence = self._ends.presence(tx)
        for task_id in ids:
            task = records.get(tx, task_id)
            if task.state in ("waiting", "running"):
                absent = [end for end in task.ends if presence(end.agent_id) is None]
                self._note(tx, task, absent, now)

    def _note(self, tx: Transaction, task: Task, absent: Sequence[End], now: int) -> None:
        if not absent:
            noted = replace(task, status="ACTIVE", absent_since=0)
            if task.nice_status == NOT_CONNECTED:
                status = "Queued" if task.state == "waiting" else "OK"
                noted = replace(noted, nice_status=status, nice_details="")
            records.write(tx, task, noted)
        elif not task.absent_since:
            names = " and ".join(dict.fromkeys(end.display_name for end in absent))
            text = f"The agent of {names} is not connected: the task goes on when it is"
            noted = history.happened(
                tx, task, NOT_CONNECTED, "An agent is absent", now, details=text, is_error=True
            )
            noted = replace(noted, nice_status=NOT_CONNECTED, nice_details=text, absent_since=now)
            records.write(tx, task, noted)
        elif _is_late(task, now):
            self._endings.deactivate(tx, task)

    def _fail(self, tx: Transaction, task: Task, error: Unreachable) -> None:
        kept = records.get(tx, task.task_id)
        if not kept.is_over:
            self._endings.fail(tx, kept, error.code, str(error), self._now())

    def _resume(self, tx: Transaction, task: Task) -> None:
        kept = records.get(tx, task.task_id)
        if kept.state == "held" and kept.status == "INACTIVE":
            self._endings.resume(tx, kept, self._now())

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _held(reader: Reader) -> list[Task]:
    return [
        task
        for task in records.active(reader)
        if task.state == "held" and task.status == "INACTIVE"
    ]


def _is_late(task: Task, now: int) -> bool:
    """Tell whether an active task waits for an agent that has stayed away for long."""
    return (
        task.status == "ACTIVE" and bool(task.absent_since) and now - task.absent_since >= PATIENCE
    )
