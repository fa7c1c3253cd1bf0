"""Tasks: listed, described, changed and cancelled. Transfer API, "Task Management"."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType

from lenticular.apis.globus.transfer.calls import ALL, number
from lenticular.apis.globus.transfer.documents import result
from lenticular.apis.globus.transfer.moments import parsed_moment
from lenticular.apis.globus.transfer.task_documents import (
    event_document,
    moved_document,
    skipped_document,
    task_document,
)
from lenticular.apis.globus.transfer.task_filters import filtered, filtered_events, ordered
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.primitives.transfers import Look, TaskChange, Transfers

_DEFAULT, _MOST = 10, 1000
_PAGE = 1000

T = TypeVar("T")


class TaskChangeDocument(Struct, frozen=True):
    """What to change of a task; what is left out stays."""

    label: str | UnsetType | None = UNSET
    deadline: str | None = None


class TaskOperations:
    """The operations on the caller's own tasks."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers

    @operation("GET", "/v0.10/task_list", scopes=(ALL,), recorded=False)
    async def task_list(self, call: Call) -> Result:
        """Return the tasks that fit, the newest first unless another order is asked for."""
        tasks = await self._transfers.owned(call.caller.own_ids)
        found = ordered(filtered(tasks, values(call, "filter")), call.query.get("orderby", ""))
        return _page(
            call, "task_list", found, lambda task: chosen(call, task_document(task, now(call)))
        )

    @operation("GET", "/v0.10/task/{task_id}", scopes=(ALL,), recorded=False)
    async def get_task(self, call: Call) -> Result:
        """Return a task."""
        task = await self._transfers.get(self._own(call), task_id(call))
        return chosen(call, task_document(task, now(call)))

    @operation("PUT", "/v0.10/task/{task_id}", scopes=(ALL,), document=TaskChangeDocument)
    async def update_task(self, call: Call) -> Result:
        """Change the label or the deadline of a task that is not over."""
        wanted: TaskChangeDocument = call.document
        deadline = parsed_moment(wanted.deadline, "deadline") if wanted.deadline else 0
        change = TaskChange(wanted.label, deadline)
        await self._transfers.update(self._own(call), task_id(call), change)
        return result(call, "Updated", "The task has been updated successfully.")

    @operation("POST", "/v0.10/task/{task_id}/cancel", scopes=(ALL,))
    async def cancel_task(self, call: Call) -> Result:
        """End a task."""
        if await self._transfers.cancel(self._own(call), task_id(call)):
            return result(call, "Canceled", "The task has been cancelled successfully.")
        return result(
            call, "TaskComplete", "The task completed before the cancel request was processed."
        )

    @operation("GET", "/v0.10/task/{task_id}/event_list", scopes=(ALL,), recorded=False)
    async def task_event_list(self, call: Call) -> Result:
        """Return the events of a task, the newest first."""
        return await event_list(call, self._transfers, self._own(call))

    @operation("GET", "/v0.10/task/{task_id}/successful_transfers", scopes=(ALL,), recorded=False)
    async def task_successful_transfers(self, call: Call) -> Result:
        """Return the files that a task that is over has moved."""
        return await successful_transfers(call, self._transfers, self._own(call))

    @operation("GET", "/v0.10/task/{task_id}/skipped_errors", scopes=(ALL,), recorded=False)
    async def task_skipped_errors(self, call: Call) -> Result:
        """Return what a task has skipped for errors."""
        return await skipped_errors(call, self._transfers, self._own(call))

    def _own(self, call: Call) -> Look:
        return self._transfers.own(call.caller.own_ids)


async def event_list(call: Call, transfers: Transfers, look: Look) -> Result:
    """Return a page of a task's events."""
    found = filtered_events(
        await transfers.events(look, task_id(call)), call.query.get("filter", "")
    )
    return _page(call, "event_list", found, lambda one: event_document(one[1]))


async def successful_transfers(call: Call, transfers: Transfers, look: Look) -> Result:
    """Return a page of what a task has moved."""
    marker = number(call, "marker", 0, 1 << 62)
    found = await transfers.moved(look, task_id(call), marker, _PAGE + 1)
    return _marked("successful_transfers", marker, [moved_document(one) for one in found])


async def skipped_errors(call: Call, transfers: Transfers, look: Look) -> Result:
    """Return a page of what a task has skipped."""
    marker = number(call, "marker", 0, 1 << 62)
    found = await transfers.skipped(look, task_id(call), marker, _PAGE + 1)
    return _marked("skipped_errors", marker, [skipped_document(one) for one in found])


def task_id(call: Call) -> str:
    """Return the task that a path names."""
    return call.arguments["task_id"].lower()


def now(call: Call) -> int:
    """Return when a call came in, in milliseconds since the epoch."""
    return int(call.request.received * 1000)


def values(call: Call, name: str) -> list[str]:
    """Return all values of a query parameter."""
    return [value for key, value in call.request.query if key == name]


def chosen(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a document that the query's ``fields`` name; all without it."""
    names = {name for value in values(call, "fields") for name in value.split(",") if name}
    return {name: value for name, value in document.items() if not names or name in names}


def _page(
    call: Call, kind: str, found: Sequence[T], describe: Callable[[T], dict[str, Any]]
) -> Result:
    """Return the page that the query's ``limit`` and ``offset`` ask for."""
    limit = number(call, "limit", _DEFAULT, _MOST)
    offset = number(call, "offset", 0, 1 << 31)
    page = found[offset : offset + limit]
    return {
        "DATA_TYPE": kind,
        "DATA": [describe(one) for one in page],
        "length": len(page),
        "limit": limit,
        "offset": offset,
        "total": len(found),
    }


def _marked(kind: str, marker: int, documents: Sequence[dict[str, Any]]) -> Result:
    page = documents[:_PAGE]
    return {
        "DATA_TYPE": kind,
        "DATA": page,
        "marker": marker,
        "next_marker": marker + _PAGE if len(documents) > _PAGE else None,
    }
