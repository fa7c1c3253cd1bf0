"""What can go wrong with tasks."""


class TransferError(Exception):
    """Any error of this package."""


class TaskNotFound(TransferError):
    """There is no such task, or none that the person may see: the two look the same."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"No task found with id {task_id[:100]!r}")
        self.task_id = task_id


class NoItems(TransferError):
    """A submission names nothing to move or delete."""


class PathInvalid(TransferError):
    """A path of a submission cannot be one of a collection; the message says why."""


class InputInvalid(TransferError):
    """A value cannot be taken; the message says why."""


class SameTransfer(TransferError):
    """The same paths are being moved by another task of the person."""

    def __init__(self, task_id: str) -> None:
        super().__init__(
            f"A transfer with identical paths has not yet completed: it is the task {task_id}"
        )
        self.task_id = task_id


class TaskEnded(TransferError):
    """The task is over: it cannot be changed any more."""


class TaskGoesOn(TransferError):
    """The task is not over yet, and this is known of ended tasks only."""


class HistoryDeleted(TransferError):
    """What is asked about the task was kept for a while, and is deleted now."""


class NotPermitted(TransferError):
    """The person's role on the collections of a task does not go so far."""


class RuleNotFound(TransferError):
    """There is no such pause rule that the person may see."""
