"""Reports of agents: taken once each, in one transaction with all that follows from them."""

from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import Transaction
from lenticular.engines.movers.contract import LARGEST_CHECKPOINT, Happening, Report
from lenticular.primitives.transfers import fairness, history, queue, records
from lenticular.primitives.transfers.ending import Endings
from lenticular.primitives.transfers.history import LONGEST, LONGEST_CODE
from lenticular.primitives.transfers.records import CHECKPOINT, Saved, Task
from lenticular.primitives.transfers.routes import Presence

FIRST_DEADLINE: Final = 24 * 3600 * 1000
"""Milliseconds that a task has to come on at all."""

NEXT_DEADLINE: Final = 72 * 3600 * 1000
"""Milliseconds that it has whenever it came on."""

_NOTICEABLE: Final = 60_000
"""Milliseconds by which a deadline is moved at least."""


class Taken(Struct, frozen=True):
    """What a report came to."""

    verdict: Literal["go on", "stop", "yield"]
    task: Task | None = None
    """As it is now; None: the report was none of it."""
    size: int = 0
    """Bytes that were moved since the report before."""


_STOP = Taken("stop")


def take(
    tx: Transaction,
    agent_id: str,
    report: Report,
    presence: Presence,
    endings: Endings,
    now: int,
) -> Taken:
    """Take a report of an agent.

    One of an attempt that is over, or of a task that is not this agent's, counts for nothing;
    one that was taken already is answered like the first time.
    """
    old = records.find(tx, report.job_id)
    if old is None or (old.state, old.agent_id, old.attempt) != (
        "running",
        agent_id,
        report.attempt,
    ):
        return _STOP
    if report.number <= old.reported:
        return Taken(_verdict(old), old)
    report = _bounded(report)
    task = _with(tx, old, report, now)
    size = max(task.counts.bytes_transferred - old.counts.bytes_transferred, 0)
    if report.ended is not None:
        return Taken("stop", _ended(tx, old, task, report, endings, now), size)
    if not task.is_yielding and not task.is_paused:
        task = replace(task, is_yielding=_must_yield(tx, task, presence, now))
    return Taken(_verdict(task), records.write(tx, old, task), size)


def _bounded(report: Report) -> Report:
    """Return a report that says no more than a task's record, and a letter, have room for."""
    ended = report.ended
    if ended is not None:
        ended = replace(
            ended, code=ended.code[:LONGEST_CODE], description=ended.description[:LONGEST]
        )
    return replace(report, nice_status=report.nice_status[:LONGEST_CODE], ended=ended)


def _with(tx: Transaction, task: Task, report: Report, now: int) -> Task:
    """Return a task with what a report says."""
    events = list(report.events)
    if not task.is_started and not any(event.code == "STARTED" for event in events):
        events.insert(0, _started(task))
    is_on = report.counts.subtasks_succeeded > task.counts.subtasks_succeeded
    task = history.add_events(tx, task, events, now)
    task = replace(
        task,
        status="ACTIVE",
        is_started=True,
        reported=report.number,
        counts=report.counts,
        moved=history.moved.append(tx, task.task_id, task.moved, report.moved),
        skipped=history.skipped.append(tx, task.task_id, task.skipped, report.skipped),
    )
    if not task.is_paused:
        status, details = report.nice_status or "OK", _details(task, report)
        task = replace(task, nice_status=status, nice_details=details)
    if is_on and report.ended is None:
        task = replace(task, deadline=_deadline(task, now))
    if report.checkpoint is not None and len(report.checkpoint) <= LARGEST_CHECKPOINT:
        tx.set(CHECKPOINT.pack(task.task_id), report.checkpoint)
        task = replace(task, saved=Saved(task.counts, task.moved, task.skipped))
    return task


def _ended(
    tx: Transaction, old: Task, task: Task, report: Report, endings: Endings, now: int
) -> Task:
    """Let an attempt end as its last report says."""
    ended = report.ended
    if ended is None or ended.how == "yielded":
        if task.is_paused:
            return records.write(tx, old, replace(task, state="held", since=now))
        return records.write(tx, old, queue.queued(task, now))
    if ended.how == "succeeded":
        return endings.succeed(tx, task, now)
    return endings.fail(tx, task, ended.code or "UNKNOWN", ended.description, now)


def _deadline(task: Task, now: int) -> int:
    """Return the deadline of a task that has come on."""
    later = now + NEXT_DEADLINE
    if task.is_deadline_given or later < task.deadline + _NOTICEABLE:
        return task.deadline
    return later


def _verdict(task: Task) -> Literal["go on", "yield"]:
    return "yield" if task.is_yielding or task.is_paused else "go on"


def _must_yield(tx: Transaction, task: Task, presence: Presence, now: int) -> bool:
    """Tell whether others wait for the slot of a task, and it has had it for long enough."""
    if now - task.since < fairness.QUANTUM:
        return False
    holding = queue.running(tx, task.agent_id)
    hello = presence(task.agent_id)
    if hello is None or len(holding) < hello.slots:
        return False
    waiting = len(queue.first_waiting(tx, task.agent_id, presence))
    return fairness.must_yield(task.task_id, holding, waiting, now)


def _started(task: Task) -> Happening:
    kind = "HTTPS Transfer" if task.kind == "TRANSFER" else "Delete"
    details = msgspec.json.encode({"type": kind}).decode()
    begun = task.since / 1000
    return Happening("STARTED", "The task has begun", details, is_error=False, time=begun)


def _details(task: Task, report: Report) -> str:
    """Return what to tell of a task that is in trouble: of its last fault."""
    if report.nice_status in ("", "OK", "Queued"):
        return ""
    faults = [event.details for event in report.events if event.is_error]
    return faults[-1][:1024] if faults else task.nice_details
