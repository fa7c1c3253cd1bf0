"""The operations of Timers: transfers at set times, made, listed, paused and deleted."""

import time
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from lenticular.apis.globus.timers.documents import (
    Document,
    ScheduleDocument,
    job_document,
    timer_document,
)
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.apis.globus.wire.submissions import (
    ItemDocument,
    TransferDocument,
    converted,
    ends,
    occasions,
    transfer_item,
    transfer_options,
)
from lenticular.primitives.oauth.builtin import TIMER_SCOPE
from lenticular.primitives.timers import NewTimer, Timer, Timers
from lenticular.primitives.transfers import labelled

_SCOPES = (TIMER_SCOPE,)
_JOB = "/jobs/{timer_id}"

_USUAL: Final[Document] = {
    **dict.fromkeys(
        (
            "delete_destination_extra",
            "encrypt_data",
            "fail_on_quota_errors",
            "preserve_timestamp",
            "skip_source_errors",
            "verify_checksum",
        ),
        False,
    ),
    **dict.fromkeys(("notify_on_failed", "notify_on_inactive", "notify_on_succeeded"), True),
}
"""What holds where a document does not say."""


class NewTimerDocument(Struct, frozen=True):
    """A timer to make."""

    schedule: ScheduleDocument
    timer_type: str
    body: dict[str, Any]
    name: str | None = None


class CreationDocument(Struct, frozen=True):
    """What comes when a timer is to be made."""

    timer: NewTimerDocument


class JobChange(Struct, frozen=True):
    """What to change of a timer."""

    name: str | UnsetType = UNSET


class TimerOperations:
    """The operations on timers."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers

    @operation("POST", "/v2/timer", scopes=_SCOPES, document=CreationDocument, status=201)
    async def create_timer(self, call: Call) -> Result:
        """Make a timer for a transfer."""
        new: NewTimerDocument = call.document.timer
        if new.timer_type != "transfer":
            raise GlobusError(
                422, f"Timers here are for transfers: timer_type is not {new.timer_type[:100]!r}"
            )
        made = await self._timers.create(_wanted(new), call.caller)
        return {"timer": timer_document(made)}

    @operation("GET", "/jobs", scopes=_SCOPES, recorded=False)
    async def list_jobs(self, call: Call) -> Result:
        """Return the caller's timers, the oldest first."""
        found = await self._timers.of(call.caller.own_ids)
        if call.query.get("order", "").endswith("desc"):
            found.reverse()
        return {"jobs": [job_document(one) for one in found]}

    @operation("GET", _JOB, scopes=_SCOPES, recorded=False)
    async def get_job(self, call: Call) -> Result:
        """Return a timer."""
        return job_document(await self._timers.get(_id(call), call.caller.own_ids))

    @operation("PATCH", _JOB, scopes=_SCOPES, document=JobChange)
    async def update_job(self, call: Call) -> Result:
        """Give a timer another name."""
        change: JobChange = call.document
        if isinstance(change.name, UnsetType):
            return await self.get_job(call)
        return job_document(await self._timers.rename(_id(call), call.caller.own_ids, change.name))

    @operation("DELETE", _JOB, scopes=_SCOPES)
    async def delete_job(self, call: Call) -> Result:
        """Remove a timer; what it has submitted goes on."""
        return job_document(await self._timers.delete(_id(call), call.caller.own_ids))

    @operation("POST", f"{_JOB}/pause", scopes=_SCOPES)
    async def pause_job(self, call: Call) -> Result:
        """Let a timer wait until it is resumed."""
        return _done("paused", await self._timers.pause(_id(call), call.caller.own_ids))

    @operation("POST", f"{_JOB}/resume", scopes=_SCOPES)
    async def resume_job(self, call: Call) -> Result:
        """Let a timer go on."""
        return _done("resumed", await self._timers.resume(_id(call), call.caller))


def _id(call: Call) -> str:
    return call.arguments["timer_id"].lower()


def _done(what: str, timer: Timer) -> Document:
    return {"message": f"Successfully {what} job {timer.timer_id}."}


def _wanted(new: NewTimerDocument) -> NewTimer:
    """Return a timer to make. Raises `GlobusError` (400, 422) and `TransferError`."""
    body = _USUAL | {name: value for name, value in new.body.items() if name != "submission_id"}
    document: TransferDocument = converted(body, TransferDocument)
    for name in ("deadline", "webhook"):
        if getattr(document, name):
            raise GlobusError(422, f"A timer's transfer has no {name}")
    items = [transfer_item(one) for one in converted(body.get("DATA") or [], list[ItemDocument])]
    return NewTimer(
        name=new.name or "Timer",
        schedule=new.schedule.schedule(int(time.time() * 1000)),
        **ends(document)._asdict(),
        items=items,
        body=msgspec.json.encode(body),
        options=transfer_options(document),
        label=labelled(document.label or None),
        notify=occasions(document),
    )
