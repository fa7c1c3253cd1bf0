"""The errors of Transfer in the service's own words.

Transfer API, "Error Responses"; what goes wrong with the files themselves is a `Fault` of a
connector and comes as an ``ExternalError``, which clients do not try again.
"""

from collections.abc import Callable
from typing import Final

from lenticular.apis.globus.wire.errors import CodedErrors, GlobusError
from lenticular.primitives.collections import (
    BookmarkNotFound,
    CollectionDeleted,
    CollectionError,
    CollectionNotFound,
    EntryExists,
    EntryNotFound,
    InputInvalid,
    LimitExceeded,
    NotSupported,
    PermissionDenied,
)

Translate = Callable[[Exception], GlobusError | None]

CODES: Final = {
    401: "AuthenticationFailed",
    403: "PermissionDenied",
    404: "ClientError.NotFound",
}

_STATUSES: Final[dict[type[CollectionError], tuple[int, str]]] = {
    CollectionNotFound: (404, "EndpointNotFound"),
    CollectionDeleted: (410, "EndpointDeleted"),
    BookmarkNotFound: (404, "BookmarkNotFound"),
    EntryNotFound: (404, "ClientError.NotFound"),
    EntryExists: (409, "Exists"),
    PermissionDenied: (403, "PermissionDenied"),
    InputInvalid: (400, "ClientError.BadRequest"),
    NotSupported: (409, "ClientError.NotSupported"),
    LimitExceeded: (409, "LimitExceeded"),
}


class TransferErrors(CodedErrors):
    """``{"code", "message", "request_id", "resource"}`` with Transfer's codes."""

    def __init__(self) -> None:
        super().__init__(CODES)


def translate(error: Exception) -> GlobusError | None:
    """Return the service's error for one of collections."""
    if not isinstance(error, CollectionError):
        return None
    status, code = _STATUSES[type(error)]
    return GlobusError(status, str(error), code)


def first_of(*translations: Translate) -> Translate:
    """Return what translates an error as the first of these that knows it."""

    def translated(error: Exception) -> GlobusError | None:
        found = (one(error) for one in translations)
        return next((one for one in found if one is not None), None)

    return translated
