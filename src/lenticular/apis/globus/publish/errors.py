"""The errors of publication in the words of its API."""

from typing import Final

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.primitives.publications import (
    DatasetNotFound,
    MetadataInvalid,
    NotAllowed,
    PublicationError,
    SourceUnusable,
    StateWrong,
)

_STATUSES: Final[dict[type[PublicationError], tuple[int, str]]] = {
    DatasetNotFound: (404, "DatasetNotFound"),
    MetadataInvalid: (422, "MetadataInvalid"),
    NotAllowed: (403, "PermissionDenied"),
    SourceUnusable: (409, "SourceUnusable"),
    StateWrong: (409, "StateWrong"),
}


def translate(error: Exception) -> GlobusError | None:
    """Return the service's error for one of publications."""
    if not isinstance(error, PublicationError):
        return None
    status, code = _STATUSES[type(error)]
    fields = {"problems": error.problems} if isinstance(error, MetadataInvalid) else {}
    return GlobusError(status, str(error), code, fields=fields)
