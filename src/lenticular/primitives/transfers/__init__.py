"""Transfers: files moved from one collection to another, or deleted, by agents, as tasks."""

from lenticular.primitives.transfers.errors import (
    HistoryDeleted,
    InputInvalid,
    NoItems,
    NotPermitted,
    PathInvalid,
    RuleNotFound,
    SameTransfer,
    TaskEnded,
    TaskGoesOn,
    TaskNotFound,
    TransferError,
)
from lenticular.primitives.transfers.paths import submitted as submitted_path
from lenticular.primitives.transfers.pauses import RuleView
from lenticular.primitives.transfers.records import (
    OCCASIONS,
    End,
    Kind,
    Occasion,
    Status,
    Task,
)
from lenticular.primitives.transfers.submissions import (
    Accepted,
    Staging,
    Submission,
    labelled,
)
from lenticular.primitives.transfers.tickets import Ticket
from lenticular.primitives.transfers.transfers import Look, News, TaskChange, Transfers
from lenticular.primitives.transfers.webhooks import Target, target

__all__ = [
    "OCCASIONS",
    "Accepted",
    "End",
    "HistoryDeleted",
    "InputInvalid",
    "Kind",
    "Look",
    "News",
    "NoItems",
    "NotPermitted",
    "Occasion",
    "PathInvalid",
    "RuleNotFound",
    "RuleView",
    "SameTransfer",
    "Staging",
    "Status",
    "Submission",
    "Target",
    "Task",
    "TaskChange",
    "TaskEnded",
    "TaskGoesOn",
    "TaskNotFound",
    "Ticket",
    "TransferError",
    "Transfers",
    "labelled",
    "submitted_path",
    "target",
]
