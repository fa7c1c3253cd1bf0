"""Files as the Transfer API describes them, and what goes wrong with them in its words."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.engines.connectors.contract import Entry
from lenticular.engines.movers.messages import Failed

Act = Literal["DirListing", "Mkdir", "Rename", "Stat"]
"""What was tried, as the codes of errors call it."""

_KINDS: Final = frozenset({"file", "dir", "other"})

_EXTERNAL: Final = {
    "EXISTS": "Exists",
    "IS_A_DIRECTORY": "Exists",
    "NOT_A_DIRECTORY": "NotDirectory",
    "TIMEOUT": "Timeout",
    "CONNECT_FAILED": "ConnectFailed",
    "AUTH": "LoginFailed",
    "NO_SPACE_LEFT": "NoSpaceLeft",
    "QUOTA_EXCEEDED": "QuotaExceeded",
}
"""What stands behind ``ExternalError.<act>Failed.`` for a fault."""

_STATUSES: Final = {
    "PERMISSION_DENIED": (403, "EndpointPermissionDenied"),
    "FILE_NOT_FOUND": (404, "ClientError.NotFound"),
    "INVALID_PATH": (400, "ClientError.InvalidPath"),
    "INVALID_QUERY": (400, "ClientError.BadRequest"),
    "NOT_SUPPORTED": (409, "ClientError.NotSupported"),
}


def file_document(entry: Entry) -> dict[str, Any]:
    """Describe a file, a folder or a link (Transfer API, "File Document")."""
    is_link = entry.kind == "link"
    kind = entry.target_kind if is_link else entry.kind
    return {
        "DATA_TYPE": "file",
        "name": entry.name,
        "type": kind if kind in _KINDS else "invalid_symlink",
        "size": entry.size,
        "last_modified": _moment(entry.modified),
        "permissions": entry.permissions or None,
        "user": entry.user or None,
        "group": entry.group or None,
        "link_target": entry.link_target or None,
        "link_size": entry.size if is_link else None,
        "link_last_modified": _moment(entry.modified) if is_link else None,
        "link_user": (entry.user or None) if is_link else None,
        "link_group": (entry.group or None) if is_link else None,
    }


def list_document(
    endpoint_id: str, path: str, absolute_path: str, entries: Sequence[Entry], total: int
) -> dict[str, Any]:
    """Describe what is in a folder (Transfer API, "file_list Document")."""
    return {
        "DATA_TYPE": "file_list",
        "endpoint": endpoint_id,
        "path": path,
        "absolute_path": absolute_path,
        "length": len(entries),
        "total": total,
        "DATA": [file_document(entry) for entry in entries],
    }


def failure(act: Act, name: str, failed: Failed) -> GlobusError:
    """Return the error for what an agent could not do on the collection `name`."""
    message = f"{name}: {failed.description}"
    if failed.code == "FILE_NOT_FOUND" and act == "Stat":
        return GlobusError(404, message, "NotFound")
    if failed.code in _STATUSES:
        status, code = _STATUSES[failed.code]
        return GlobusError(status, message, code)
    if failed.code in _EXTERNAL:
        return GlobusError(502, message, f"ExternalError.{act}Failed.{_EXTERNAL[failed.code]}")
    return GlobusError(502, message, "EndpointError")


def absence(act: Act, name: str, reason: str) -> GlobusError:
    """Return the error for an agent that is not there."""
    return GlobusError(502, f"{name}: {reason}", f"ExternalError.{act}Failed.GCDisconnected")


def _moment(modified: float) -> str | None:
    """Write a time as the service does; None where it is not known."""
    if not modified:
        return None
    try:
        moment = datetime.fromtimestamp(modified, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(sep=" ", timespec="seconds")
