"""Tasks: transfers and deletions that this person asked for, and how they come on."""

import asyncio
from typing import Any, Final
from urllib.parse import quote

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.files.orders import OPTIONS, SYNC_LEVELS
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit

_PAGE: Final = 25
_EVENTS: Final = 100
_FILTERS: Final = (
    ("", "All"),
    ("ACTIVE,INACTIVE", "Under way"),
    ("SUCCEEDED", "Succeeded"),
    ("FAILED", "Failed"),
)


async def show(visit: Visit) -> Response:
    """List a page of the tasks, the newest first."""
    wanted = visit.query.get("status", "")
    offset = visit.start(digits=8)
    query = {"limit": str(_PAGE), "offset": str(offset), "orderby": "request_time DESC"}
    if wanted:
        query["filter"] = f"status:{wanted}"
    listed = await visit.transfer("GET", "task_list", params=query)
    return visit.page(
        "tasks.html",
        tasks=listed["DATA"],
        filters=_FILTERS,
        wanted=wanted,
        earlier=max(offset - _PAGE, 0) if offset else None,
        later=offset + _PAGE if offset + _PAGE < listed["total"] else None,
        is_active=any(task["status"] in ("ACTIVE", "INACTIVE") for task in listed["DATA"]),
    )


async def one(visit: Visit) -> Response:
    """Show how a task comes on."""
    path = _path(visit)
    task, progress, events = await asyncio.gather(
        visit.transfer("GET", path),
        visit.transfer("GET", f"{path}/progress"),
        visit.transfer("GET", f"{path}/event_list", params={"limit": str(_EVENTS)}),
    )
    is_over = task["status"] in ("SUCCEEDED", "FAILED")
    skipped: dict[str, Any] = {"DATA": []}
    if is_over and task["subtasks_skipped_errors"]:
        skipped = await visit.transfer("GET", f"{path}/skipped_errors")
    return visit.page(
        "task.html",
        task=task,
        progress=progress,
        events=events["DATA"],
        more_events=events["total"] - len(events["DATA"]),
        skipped=skipped["DATA"][:_EVENTS],
        is_over=is_over,
        sync_level=dict(SYNC_LEVELS)[str("" if task["sync_level"] is None else task["sync_level"])],
        options=[title for name, title in OPTIONS.items() if task[name]],
    )


async def follow(visit: Visit) -> Response:
    """Pass on how a task comes on, as server-sent events."""
    events = visit.follow(visit.arguments["task_id"], visit.headers.get("last-event-id", ""))
    first = await anext(events, b"")  # what is refused is refused here
    headers = [
        ("Content-Type", "text/event-stream"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]

    async def stream() -> Any:
        try:
            yield first
            async for chunk in events:
                yield chunk
        finally:
            await events.aclose()

    return Response(200, headers, stream())


async def cancel(visit: Visit) -> Response:
    """End a task."""
    await visit.transfer("POST", f"{_path(visit)}/cancel")
    return visit.go(f"/tasks/{visit.arguments['task_id']}", "cancelled")


async def label(visit: Visit) -> Response:
    """Give a task another label."""
    wanted = {"DATA_TYPE": "task", "label": visit.field("label") or None}
    await visit.transfer("PUT", _path(visit), json=wanted)
    return visit.go(f"/tasks/{visit.arguments['task_id']}", "labelled")


def _path(visit: Visit) -> str:
    task_id = visit.arguments["task_id"]
    if not task_id:
        raise Refused("NoSuchTask", "There is no such task.", 404)
    return f"task/{quote(task_id, safe='')}"


ROOM = Room(
    "/tasks",
    "Tasks",
    "Data",
    {
        "GET /tasks": show,
        "GET /tasks/{task_id}": one,
        "GET /tasks/{task_id}/events": follow,
        "POST /tasks/{task_id}/cancel": cancel,
        "POST /tasks/{task_id}/label": label,
    },
    done={
        "submitted": "It is under way. You can close this page: it goes on without it.",
        "cancelled": "It is being ended.",
        "labelled": "It has its new label.",
    },
)
