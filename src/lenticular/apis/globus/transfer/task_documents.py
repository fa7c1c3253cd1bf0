"""The documents of tasks, as the Transfer API has them ("Task Management", "Document Types")."""

import base64
import uuid
from typing import Final

from lenticular.apis.globus.transfer.documents import Document
from lenticular.apis.globus.transfer.moments import moment
from lenticular.engines.movers.contract import FilterRule, Happening, Moved, Skipped
from lenticular.primitives.transfers import End, Task

_SHORT: Final = {
    "OK": "ok",
    "Queued": "queued",
    "PAUSED": "paused",
    "GC_NOT_CONNECTED": "connect not running",
    "PERMISSION_DENIED": "permission denied",
    "FILE_NOT_FOUND": "file not found",
    "CONNECT_FAILED": "connect failed",
    "CONNECTION_BROKEN": "connection broken",
    "CONNECTION_RESET": "connection reset",
    "ENDPOINT_ERROR": "endpoint error",
    "NO_SPACE_LEFT": "no space left",
    "QUOTA_EXCEEDED": "quota exceeded",
    "TIMEOUT": "timeout",
    "VERIFY_CHECKSUM": "verify checksum",
    "UNKNOWN": "unknown error",
}
"""Short descriptions of what tasks are about, or in trouble with."""


def task_document(task: Task, now: int) -> Document:
    """Describe a task as it is `now`, in milliseconds since the epoch."""
    counts, options = task.counts, task.options
    source, destination = task.source, task.destination
    return {
        "DATA_TYPE": "task",
        "task_id": task.task_id,
        "type": task.kind,
        "status": task.status,
        "label": task.label,
        "owner_id": task.owner_id,
        "username": _username(task.owner_id),
        "request_time": moment(task.requested),
        "completion_time": moment(task.completed),
        "deadline": moment(task.deadline),
        "command": "API 0.10",
        "source_endpoint": _legacy(task, source),
        "source_endpoint_id": source.collection_id,
        "source_endpoint_display_name": source.display_name,
        "destination_endpoint": destination and _legacy(task, destination),
        "destination_endpoint_id": destination and destination.collection_id,
        "destination_endpoint_display_name": destination and destination.display_name,
        "sync_level": options.sync_level,
        "verify_checksum": options.verify_checksum,
        "preserve_timestamp": options.preserve_timestamp,
        "encrypt_data": options.encrypt_data,
        "skip_source_errors": options.skip_source_errors,
        "fail_on_quota_errors": options.fail_on_quota_errors,
        "delete_destination_extra": options.delete_destination_extra,
        "recursive_symlinks": "ignore",
        "filter_rules": [_rule(rule) for rule in options.filter_rules] or None,
        "bytes_transferred": counts.bytes_transferred,
        "bytes_checksummed": counts.bytes_checksummed,
        "effective_bytes_per_second": rate(task, now),
        "directories": counts.directories,
        "files": counts.files,
        "files_skipped": counts.files_skipped,
        "files_transferred": counts.files_transferred,
        "symlinks": counts.symlinks,
        "faults": counts.faults,
        "subtasks_total": counts.subtasks_total,
        "subtasks_succeeded": counts.subtasks_succeeded,
        "subtasks_pending": counts.subtasks_pending,
        "subtasks_retrying": counts.subtasks_retrying,
        "subtasks_failed": counts.subtasks_failed,
        "subtasks_canceled": task.canceled,
        "subtasks_expired": task.expired,
        "subtasks_skipped_errors": counts.subtasks_skipped_errors,
        "is_paused": task.is_paused,
        "history_deleted": task.history_deleted,
        "canceled_by_admin": task.canceled_by or None,
        "canceled_by_admin_message": task.canceled_message or None,
        "fatal_error": _fatal_error(task),
    } | _nice(task)


def _nice(task: Task) -> Document:
    """Tell how a task is doing; nothing of one that is over."""
    if task.is_over:
        return dict.fromkeys(
            (
                "is_ok",
                "nice_status",
                "nice_status_details",
                "nice_status_expires_in",
                "nice_status_short_description",
            )
        )
    return {
        "is_ok": task.status == "ACTIVE" and task.nice_status in ("OK", "Queued"),
        "nice_status": task.nice_status,
        "nice_status_details": task.nice_details or None,
        "nice_status_expires_in": -1,
        "nice_status_short_description": _SHORT.get(
            task.nice_status, task.nice_status.replace("_", " ").lower()
        ),
    }


def rate(task: Task, now: int) -> int:
    """Return how many bytes a task moved each second, since it was asked for."""
    end = task.completed or now
    return task.counts.bytes_transferred * 1000 // max(end - task.requested, 1000)


def event_document(event: Happening) -> Document:
    """Describe an event."""
    return {
        "DATA_TYPE": "event",
        "code": event.code,
        "description": event.description,
        "details": event.details,
        "is_error": event.is_error,
        "time": moment(int(event.time * 1000)),
    }


def moved_document(moved: Moved) -> Document:
    """Describe a file that arrived."""
    return {
        "DATA_TYPE": "successful_transfer",
        "source_path": moved.source,
        "destination_path": moved.destination,
        "size": moved.size,
        "checksum": moved.checksum or None,
        "checksum_algorithm": moved.algorithm.upper() or None,
        "dynamic_checksum_algorithm": None,
    }


def skipped_document(skipped: Skipped) -> Document:
    """Describe what was skipped for an error."""
    return {
        "DATA_TYPE": "skipped_error",
        "source_path": skipped.source,
        "destination_path": skipped.destination,
        "is_directory": skipped.is_directory,
        "is_symlink": False,
        "is_delete_destination_extra": False,
        "checksum_algorithm": None,
        "external_checksum": None,
        "error_code": skipped.code,
        "error_details": skipped.details,
        "error_time": moment(int(skipped.time * 1000)),
    }


def progress_document(task: Task, now: int) -> Document:
    """Tell how far a task is: this cloud's own, for those who wait for it."""
    counts = task.counts
    done = counts.subtasks_succeeded + counts.subtasks_skipped_errors
    ended = done + counts.subtasks_failed + task.canceled + task.expired
    return {
        "DATA_TYPE": "task_progress",
        "task_id": task.task_id,
        "status": task.status,
        "is_paused": task.is_paused,
        "nice_status": task.nice_status or None,
        "nice_status_details": task.nice_details or None,
        "label": task.label,
        "files": counts.files,
        "files_skipped": counts.files_skipped,
        "files_transferred": counts.files_transferred,
        "directories": counts.directories,
        "bytes_transferred": counts.bytes_transferred,
        "bytes_checksummed": counts.bytes_checksummed,
        "effective_bytes_per_second": rate(task, now),
        "subtasks_total": counts.subtasks_total,
        "subtasks_done": done,
        "fraction": _fraction(task, ended),
        "faults": counts.faults,
        "request_time": moment(task.requested),
        "completion_time": moment(task.completed),
        "deadline": moment(task.deadline),
        "fatal_error": _fatal_error(task),
    }


def _fatal_error(task: Task) -> Document | None:
    """Return why a task has failed; None: it has not."""
    if not task.fatal_code:
        return None
    return {"code": task.fatal_code, "description": task.fatal_description}


def _fraction(task: Task, ended: int) -> float | None:
    """Return how much of what was found so far is done with; None: nothing was found yet."""
    if task.status == "SUCCEEDED":
        return 1.0
    total = task.counts.subtasks_total
    return round(min(ended / total, 1.0), 4) if total else None


def _rule(rule: FilterRule) -> Document:
    return {
        "DATA_TYPE": "filter_rule",
        "method": rule.method,
        "name": rule.name,
        "type": rule.type or None,
    }


def _username(identity_id: str) -> str:
    """Return what stands for an identity where old documents have a user's name."""
    return "u_" + base64.b32encode(uuid.UUID(identity_id).bytes).decode().rstrip("=").lower()


def _legacy(task: Task, end: End) -> str:
    """Return the name of a collection in the form that old documents have."""
    return f"{_username(task.owner_id)}#{end.collection_id}"
