"""The errors of groups in the service's own words."""

from typing import Any

from lenticular.apis.globus.wire.errors import CodedErrors, GlobusError
from lenticular.apis.http import Request
from lenticular.primitives.groups import (
    GroupError,
    GroupInUse,
    GroupNotFound,
    InputInvalid,
    NotPermitted,
)

_STATUSES: dict[type[GroupError], tuple[int, str]] = {
    GroupNotFound: (404, "GROUP_NOT_FOUND"),
    NotPermitted: (403, "FORBIDDEN"),
    InputInvalid: (400, "BAD_REQUEST"),
    GroupInUse: (409, "CONFLICT"),
}


class GroupErrors(CodedErrors):
    """As everywhere, with the message as ``detail`` too: what the Groups API calls it."""

    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        return super().document(request, error) | {"detail": error.message}


def translate(error: Exception) -> GlobusError | None:
    """Return the service's error for one of the primitive's."""
    if not isinstance(error, GroupError):
        return None
    status, code = _STATUSES[type(error)]
    return GlobusError(status, str(error), code)
