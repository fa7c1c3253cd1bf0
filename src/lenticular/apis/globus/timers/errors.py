"""The errors of Timers: ``{"error": {"code", "detail", "status"}}`` (Timers API)."""

from typing import Any, Final

from lenticular.apis.globus.wire.errors import ErrorForm, GlobusError
from lenticular.apis.http import Request
from lenticular.primitives.timers import (
    ConsentMissing,
    TimerEnded,
    TimerError,
    TimerInvalid,
    TimerNotFound,
)
from lenticular.primitives.transfers import TransferError

_CODES: Final = {
    400: "BAD_REQUEST",
    401: "AUTHENTICATION_FAILED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    422: "VALIDATION_ERROR",
}

_STATUSES: Final[dict[type[TimerError], int]] = {
    ConsentMissing: 403,
    TimerEnded: 409,
    TimerInvalid: 422,
    TimerNotFound: 404,
}


class TimerErrors(ErrorForm):
    """``{"error": {"code", "detail", "status"}}``."""

    def usual_code(self, status: int) -> str:
        return _CODES.get(status, "ERROR")

    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        told = {"code": self.code(error), "detail": error.message, "status": error.status}
        return {"error": told | error.fields, "request_id": request.id}


def translate(error: Exception) -> GlobusError | None:
    """Return the service's error for one of timers, or of what they are to transfer."""
    if isinstance(error, TransferError):
        return GlobusError(422, str(error))
    if not isinstance(error, TimerError):
        return None
    if isinstance(error, ConsentMissing):
        return GlobusError(403, str(error), "ConsentRequired", fields=consent_required(error))
    return GlobusError(_STATUSES[type(error)], str(error))


def consent_required(error: ConsentMissing) -> dict[str, Any]:
    """Return what clients need to ask the person for what is missing (globus-sdk, "GARE")."""
    wanted = {"required_scopes": list(error.required_scopes), "session_message": str(error)}
    return {"authorization_parameters": wanted}
