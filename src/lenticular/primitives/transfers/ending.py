"""How tasks end, are held back, and go on: each in one step, with its event."""

from collections.abc import Callable

from msgspec.structs import replace

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.transfers import history, queue, records
from lenticular.primitives.transfers.records import CHECKPOINT, Occasion, Task

Tell = Callable[[Transaction, Task, Occasion], None]
"""Is told, in the transaction, that a task has ended or became inactive."""


class Endings:
    """Ends tasks and holds them back, and tells those who want to know."""

    def __init__(self) -> None:
        self.tells: list[Tell] = []

    def succeed(self, tx: Transaction, task: Task, now: int) -> Task:
        """Let a task have succeeded."""
        if task.counts.subtasks_skipped_errors:
            number = task.counts.subtasks_skipped_errors
            task = history.happened(
                tx, task, "SKIPPED_ERRORS", f"{number} paths were skipped for errors", now
            )
        task = history.happened(tx, task, "SUCCEEDED", "The task has succeeded", now)
        return self._end(tx, replace(task, status="SUCCEEDED"), "succeeded", now)

    def fail(self, tx: Transaction, task: Task, code: str, description: str, now: int) -> Task:
        """Let a task have failed, for the fault with this code."""
        task = history.happened(
            tx, task, code, "The task has failed", now, details=description, is_error=True
        )
        left = _left(task)
        counts = replace(task.counts, subtasks_failed=task.counts.subtasks_failed + left)
        return self._failed(tx, replace(task, counts=counts), code, description, now)

    def expire(self, tx: Transaction, task: Task, now: int) -> Task:
        """End a task whose deadline has passed."""
        description = "The deadline passed before the task was complete"
        if task.nice_details:
            description = f"{description}; at last: {task.nice_details}"
        task = history.happened(tx, task, "EXPIRED", description, now, is_error=True)
        return self._failed(tx, replace(task, expired=_left(task)), "EXPIRED", description, now)

    def cancel(self, tx: Transaction, task: Task, description: str, now: int) -> Task:
        """End a task at somebody's wish."""
        task = history.happened(tx, task, "CANCELED", description, now, is_error=True)
        return self._failed(tx, replace(task, canceled=_left(task)), "CANCELED", description, now)

    def suspend(self, tx: Transaction, task: Task, code: str, details: str, now: int) -> Task:
        """Hold a task back, as it may no longer do what it is to do, until it may again."""
        if task.status == "INACTIVE" and task.nice_status == code:
            return task
        old = task
        task = history.happened(
            tx, task, code, "The task cannot go on", now, details=details, is_error=True
        )
        task = replace(
            task,
            status="INACTIVE",
            state="held",
            since=now,
            is_yielding=False,
            nice_status=code,
            nice_details=details,
            counts=replace(task.counts, faults=task.counts.faults + 1),
        )
        task = records.write(tx, records.get(tx, old.task_id), task)
        self._tell(tx, task, "inactive")
        return task

    def deactivate(self, tx: Transaction, task: Task) -> Task:
        """Let a task be inactive that goes on by itself, but has waited for long."""
        inactive = records.write(tx, task, replace(task, status="INACTIVE"))
        self._tell(tx, inactive, "inactive")
        return inactive

    def resume(self, tx: Transaction, task: Task, now: int) -> Task:
        """Let a task go on that was suspended; it waits for its turn, unless it is paused."""
        active = replace(task, status="ACTIVE")
        return records.write(tx, task, active if task.is_paused else queue.queued(active, now))

    def _failed(self, tx: Transaction, task: Task, code: str, description: str, now: int) -> Task:
        failed = replace(
            task,
            status="FAILED",
            fatal_code=code,
            fatal_description=description,
            counts=replace(task.counts, subtasks_pending=0, subtasks_retrying=0),
        )
        return self._end(tx, failed, "failed", now)

    def _end(self, tx: Transaction, task: Task, occasion: Occasion, now: int) -> Task:
        ended = replace(
            task,
            state="ended",
            since=now,
            completed=now,
            is_yielding=False,
            is_paused=False,
            pause_messages=records.NO_MESSAGES,
            saved=None,
            nice_status="",
            nice_details="",
        )
        history.items.clear(tx, task.task_id)
        tx.delete(CHECKPOINT.pack(task.task_id))
        records.write(tx, records.get(tx, task.task_id), ended)
        self._tell(tx, ended, occasion)
        return ended

    def _tell(self, tx: Transaction, task: Task, occasion: Occasion) -> None:
        for tell in self.tells:
            tell(tx, task, occasion)


def _left(task: Task) -> int:
    """Return how many subtasks of a task were still to be done."""
    return task.counts.subtasks_pending + task.counts.subtasks_retrying
