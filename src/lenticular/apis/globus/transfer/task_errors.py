"""The errors of tasks in the service's own words."""

from typing import Final

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.primitives.transfers import (
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

_STATUSES: Final[dict[type[TransferError], tuple[int, str]]] = {
    TaskNotFound: (404, "ClientError.NotFound"),
    RuleNotFound: (404, "ClientError.NotFound"),
    NotPermitted: (403, "PermissionDenied"),
    NoItems: (400, "ClientError.BadRequest.NoTransferItems"),
    PathInvalid: (400, "ClientError.InvalidPath"),
    InputInvalid: (400, "ClientError.BadRequest"),
    TaskGoesOn: (400, "ClientError.BadRequest"),
    HistoryDeleted: (410, "ClientError.HistoryDeleted"),
    TaskEnded: (409, "Conflict"),
    SameTransfer: (409, "Conflict"),
}


def translate_tasks(error: Exception) -> GlobusError | None:
    """Return the service's error for one of transfers."""
    if not isinstance(error, TransferError):
        return None
    status, code = _STATUSES[type(error)]
    fields = {"task_id": error.task_id} if isinstance(error, SameTransfer) else {}
    return GlobusError(status, str(error), code, fields=fields)
