"""The errors of Search in the service's own words: GError documents."""

from typing import Any

from lenticular.apis.globus.wire.errors import CodedErrors, GlobusError
from lenticular.apis.http import Request
from lenticular.engines.search.contract import SearchTooLong
from lenticular.primitives.search import (
    AccessDenied,
    EntryInvalid,
    IndexNotFound,
    IndexStatusWrong,
    LimitExceeded,
    QueryMalformed,
    RoleNotFound,
    SubjectNotFound,
    TaskNotFound,
)

VERSION = "2017-09-01"

_CODES = {
    400: "BadRequest.Generic",
    401: "Unauthorized.Generic",
    403: "Forbidden.Generic",
    404: "NotFound.Generic",
    405: "MethodNotAllowed.Generic",
    409: "Conflict.Generic",
    413: "RequestEntityTooLarge.Generic",
    500: "InternalServerError.Generic",
    503: "ServiceUnavailable.Generic",
    504: "GatewayTimeout.Generic",
    507: "InsufficientStorage.Generic",
}

_KNOWN: dict[type[Exception], tuple[int, str]] = {
    IndexNotFound: (404, "NotFound.Generic"),
    SubjectNotFound: (404, "NotFound.Generic"),
    TaskNotFound: (404, "NotFound.Generic"),
    RoleNotFound: (404, "NotFound.Generic"),
    AccessDenied: (403, "Forbidden.Generic"),
    IndexStatusWrong: (409, "Conflict.IncompatibleIndexStatus"),
    LimitExceeded: (409, "Conflict.LimitExceeded"),
    EntryInvalid: (400, "BadRequest.ValidationError"),
    QueryMalformed: (400, "BadRequest.BadQuery"),
    SearchTooLong: (504, "GatewayTimeout.QueryTimeout"),
}

_RESOLUTION = (
    "Ensure you are making a call authenticated with a valid Search token and that you have "
    "been granted the required roles for this operation"
)


class SearchErrors(CodedErrors):
    """GError documents, which may have ``error_data`` (Search API, "Error Handling")."""

    def __init__(self) -> None:
        super().__init__(_CODES)

    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        """Return the error's document."""
        document = {
            "@datatype": "GError",
            "@version": VERSION,
            "status": error.status,
            "code": self.code(error),
            "message": error.message,
            "request_id": request.id,
        }
        return document | error.fields


def translate(error: Exception) -> GlobusError | None:
    """Return the service's error for one of the primitive's."""
    known = _KNOWN.get(type(error))
    if known is None:
        return None
    status, code = known
    message, data = str(error), None
    if isinstance(error, AccessDenied):
        data = {"cause": message, "recommended_resolution": _RESOLUTION}
        message = "The request was denied by the service"
    elif isinstance(error, LimitExceeded):
        data, message = {"constraint": message}, "Limit exceeded"
    return GlobusError(status, message, code, fields={"error_data": data} if data else None)
