"""The documents of Timers: schedules and timers, in the two forms that the API has.

``POST /v2/timer`` answers with the newer form, and ``/jobs`` with the older one, which has the
transfer as the input of an action, and the outcome of the last runs.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from lenticular.apis.globus.timers.errors import consent_required
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.primitives.oauth.builtin import TIMER_SCOPE, TRANSFER_ALL
from lenticular.primitives.timers import ConsentMissing, Run, Schedule, Timer

Document = dict[str, Any]

_ACTION: Final = "https://actions.automate.globus.org/transfer/transfer/run"
"""What clients know the action by that submits transfers; nobody goes there."""


class EndDocument(Struct, frozen=True):
    """When a recurring timer ends."""

    condition: str | None = None
    count: int | None = None
    iterations: int | None = None
    datetime: str | None = None


class ScheduleDocument(Struct, frozen=True):
    """When a timer runs."""

    type: str
    datetime: str | None = None
    start: str | None = None
    interval_seconds: int | None = None
    end: EndDocument | None = None

    def schedule(self, now: int) -> Schedule:
        """Return it, where none is named as beginning `now`. Raises `GlobusError` (422)."""
        if self.type == "once":
            return Schedule(_moment(self.datetime, "datetime") or now)
        if self.type != "recurring":
            raise GlobusError(422, f"A schedule is once or recurring, not {self.type[:100]!r}")
        if self.interval_seconds is None:
            raise GlobusError(422, "interval_seconds is missing of a recurring schedule")
        end = self.end or EndDocument()
        return Schedule(
            start=_moment(self.start, "start") or now,
            interval=self.interval_seconds or -1,
            until=_moment(end.datetime, "end.datetime"),
            runs=end.count or end.iterations or 0,
        )


def schedule_document(schedule: Schedule) -> Document:
    """Say when a timer runs."""
    if not schedule.is_recurring:
        return {"type": "once", "datetime": iso(schedule.start)}
    document: Document = {
        "type": "recurring",
        "start": iso(schedule.start),
        "interval_seconds": schedule.interval,
    }
    if schedule.runs:
        document["end"] = {"condition": "iterations", "count": schedule.runs}
    elif schedule.until:
        document["end"] = {"condition": "time", "datetime": iso(schedule.until)}
    return document


def timer_document(timer: Timer) -> Document:
    """Describe a timer as ``POST /v2/timer`` does."""
    return _common(timer) | {
        "body": json.loads(timer.body),
        "timer_type": "transfer",
        "number_of_runs": timer.done,
        "number_of_errors": timer.failed,
    }


def job_document(timer: Timer) -> Document:
    """Describe a timer as ``/jobs`` does."""
    schedule = timer.schedule
    stops = {"date": iso(schedule.until), "n_runs": schedule.runs or None}
    return _common(timer) | {
        "timer_type": "transfer",
        "start": iso(schedule.start),
        "interval": float(schedule.interval) if schedule.is_recurring else None,
        "stop_after": stops if any(stops.values()) else None,
        "callback_url": _ACTION,
        "callback_body": {"body": json.loads(timer.body)},
        "scope": None,
        "n_runs": timer.done,
        "n_errors": timer.failed,
        "activity": _activity(timer),
        "results": {"data": [_run_document(timer, run) for run in timer.runs], "page_next": None},
    }


def _common(timer: Timer) -> Document:
    return {
        "job_id": timer.timer_id,
        "name": timer.name,
        "schedule": schedule_document(timer.schedule),
        "status": timer.status,
        "inactive_reason": _inactive_reason(timer),
        "submitted_at": iso(timer.submitted),
        "last_ran_at": iso(timer.last_run),
        "next_run": iso(timer.next_run),
    }


def _activity(timer: Timer) -> Document | None:
    """Say what a timer waits for; None: for nothing any more."""
    if timer.status == "ended":
        return None
    code = "awaiting_next_run" if timer.status == "loaded" else "paused"
    return {"code": code, "start_timestamp": None}


def _inactive_reason(timer: Timer) -> Document | None:
    if timer.status != "inactive":
        return None
    if timer.cause == "user":
        return {"cause": "user", "detail": None}
    missing = ConsentMissing((f"{TIMER_SCOPE}[{TRANSFER_ALL}]",))
    detail = {"code": "ConsentRequired", **consent_required(missing)}
    return {"cause": "globus_auth_requirements", "detail": detail}


def _run_document(timer: Timer, run: Run) -> Document:
    data: Document | None = None
    if run.task_id:
        data = {
            "action_id": run.task_id,
            "status": "ACTIVE",
            "display_status": "ACTIVE",
            "creator_id": f"urn:globus:auth:identity:{timer.owner_id}",
            "details": {"task_id": run.task_id},
            "label": timer.label,
            "manage_by": [],
            "monitor_by": [],
            "release_after": "P30D",
            "start_time": iso(run.time),
            "completion_time": iso(run.time),
        }
    return {
        "ran_at": iso(run.time),
        "status": 202 if run.task_id else 400,
        "errors": {"detail": run.error} if run.error else None,
        "data": data,
    }


def iso(milliseconds: int) -> str | None:
    """Return a time as Timers writes it; None for 0, which is never."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def _moment(text: str | None, what: str) -> int:
    """Return the milliseconds of a time; without a zone it is UTC; 0 for none. Raises (422)."""
    if not text:
        return 0
    try:
        parsed = datetime.fromisoformat(text.strip())
        return int(parsed.replace(tzinfo=parsed.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise GlobusError(
            422, f"{what} is a time like 2030-12-31T23:59:59+00:00, not {text[:100]!r}"
        ) from None
