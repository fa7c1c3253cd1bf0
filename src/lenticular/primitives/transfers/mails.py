"""Mails: the owner of a task is written to when it has ended, if they want to be."""

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.notices import Letters, TaskEnded
from lenticular.primitives.transfers.records import Occasion, Task


class Mails:
    """Writes to the owners of tasks."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    def tell(self, tx: Transaction, task: Task, occasion: Occasion) -> None:
        """Put a letter of what has become of a task into the outbox."""
        if occasion not in task.notify or task.status == "ACTIVE":
            return
        is_transfer = task.destination is not None
        ended = TaskEnded(
            task_id=task.task_id,
            kind=task.kind,
            status=task.status,
            label=task.label or "",
            source=task.source.display_name if is_transfer else "",
            destination=task.ends[-1].display_name,
            requested=task.requested,
            ended=task.completed or task.since,
            files=task.counts.files,
            files_skipped=task.counts.files_skipped,
            bytes_transferred=task.counts.bytes_transferred,
            problem=task.fatal_description or task.nice_details,
        )
        self._letters.task_ended(tx, task.owner_id, ended)
