"""Monitoring: the tasks of others on collections that the caller manages.

Transfer API, "Advanced Collection Management". The collections themselves are in `managed`.
"""

import uuid
from collections.abc import Callable
from typing import Final

from lenticular.apis.globus.transfer.calls import ALL, flag, number, person
from lenticular.apis.globus.transfer.documents import Document, result
from lenticular.apis.globus.transfer.operations.pauses import ManyTasks, pause_info
from lenticular.apis.globus.transfer.operations.tasks import (
    chosen,
    event_list,
    now,
    skipped_errors,
    successful_transfers,
    task_id,
)
from lenticular.apis.globus.transfer.task_documents import task_document
from lenticular.apis.globus.transfer.task_filters import between
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.primitives.transfers import End, Look, Task, Transfers

_PAGE: Final = 100
_MOST_CANCELED: Final = 50
_RUNNING: Final = frozenset({"ACTIVE", "INACTIVE"})


class MonitoringOperations:
    """The operations of those who monitor or manage collections."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers

    @operation("GET", "/v0.10/endpoint_manager/task_list", scopes=(ALL,), recorded=False)
    async def endpoint_manager_task_list(self, call: Call) -> Result:
        """Return the tasks that fit, the newest first."""
        tests = _tests(call)
        found = await self._transfers.used(person(call), call.query.get("filter_endpoint", ""))
        fitting = [task for task in found if all(test(task) for test in tests)]
        start = _behind(fitting, call.query.get("last_key", ""))
        page = fitting[start : start + _PAGE]
        return {
            "DATA_TYPE": "task_list",
            "DATA": [chosen(call, _managed(task, now(call))) for task in page],
            "has_next_page": start + len(page) < len(fitting),
            "last_key": _key(page[-1]) if page else None,
        }

    @operation("GET", "/v0.10/endpoint_manager/task/{task_id}", scopes=(ALL,), recorded=False)
    async def endpoint_manager_get_task(self, call: Call) -> Result:
        """Return a task."""
        task = await self._transfers.get(self._look(call), task_id(call))
        return chosen(call, _managed(task, now(call)))

    @operation(
        "GET", "/v0.10/endpoint_manager/task/{task_id}/event_list", scopes=(ALL,), recorded=False
    )
    async def endpoint_manager_task_event_list(self, call: Call) -> Result:
        """Return the events of a task."""
        return await event_list(call, self._transfers, self._look(call))

    @operation(
        "GET", "/v0.10/endpoint_manager/task/{task_id}/pause_info", scopes=(ALL,), recorded=False
    )
    async def endpoint_manager_task_pause_info(self, call: Call) -> Result:
        """Return why a task is paused."""
        return await pause_info(call, self._transfers, self._look(call))

    @operation(
        "GET",
        "/v0.10/endpoint_manager/task/{task_id}/successful_transfers",
        scopes=(ALL,),
        recorded=False,
    )
    async def endpoint_manager_task_successful_transfers(self, call: Call) -> Result:
        """Return what a task has moved."""
        return await successful_transfers(call, self._transfers, self._look(call))

    @operation(
        "GET",
        "/v0.10/endpoint_manager/task/{task_id}/skipped_errors",
        scopes=(ALL,),
        recorded=False,
    )
    async def endpoint_manager_task_skipped_errors(self, call: Call) -> Result:
        """Return what a task has skipped."""
        return await skipped_errors(call, self._transfers, self._look(call))

    @operation("POST", "/v0.10/endpoint_manager/admin_cancel", scopes=(ALL,), document=ManyTasks)
    async def endpoint_manager_cancel_tasks(self, call: Call) -> Result:
        """End tasks, at once."""
        wanted: ManyTasks = call.document
        if not wanted.message:
            raise GlobusError(400, "message is missing: tell the people whose tasks these are why")
        if not 1 <= len(wanted.task_id_list) <= _MOST_CANCELED:
            raise GlobusError(400, f"task_id_list has 1 to {_MOST_CANCELED} tasks")
        await self._transfers.cancel_managed(person(call), wanted.task_id_list, wanted.message)
        return _canceled(call, str(uuid.uuid4()))

    @operation(
        "GET",
        "/v0.10/endpoint_manager/admin_cancel/{admin_cancel_id}",
        scopes=(ALL,),
        recorded=False,
    )
    async def endpoint_manager_cancel_status(self, call: Call) -> Result:
        """Tell that it is done: tasks are ended before the cancellation is answered."""
        return _canceled(call, call.arguments["admin_cancel_id"])

    def _look(self, call: Call) -> Look:
        return self._transfers.monitored(person(call))


def _canceled(call: Call, cancel_id: str) -> Result:
    return result(
        call,
        "CancelAccepted",
        "The tasks were cancelled.",
        "admin_cancel",
        id=cancel_id,
        done=True,
    )


def _tests(call: Call) -> list[Callable[[Task], bool]]:
    """Return what the query's filters ask of tasks. Raises `GlobusError` (400)."""
    query = call.query
    statuses = {one for one in query.get("filter_status", "").upper().split(",") if one}
    ids = {one.lower() for one in query.get("filter_task_id", "").split(",") if one}
    if not (ids or query.get("filter_endpoint") or (statuses and statuses <= _RUNNING)):
        raise GlobusError(
            400,
            "Give filter_endpoint or filter_task_id, or a filter_status of ACTIVE and INACTIVE",
        )
    tests: list[Callable[[Task], bool]] = []
    if statuses:
        tests.append(lambda task: task.status in statuses)
    if ids:
        tests.append(lambda task: task.task_id in ids)
    if owner := query.get("filter_owner_id", "").lower():
        tests.append(lambda task: task.owner_id == owner)
    if use := query.get("filter_endpoint_use", ""):
        tests.append(_use(use, query.get("filter_endpoint", "").lower()))
    if "filter_is_paused" in query:
        is_paused = flag(call, "filter_is_paused")
        tests.append(lambda task: task.is_paused is is_paused)
    if completed := query.get("filter_completion_time", ""):
        holds = between(completed, "filter_completion_time")
        tests.append(lambda task: holds(task.completed))
    faults = number(call, "filter_min_faults", 0, 1 << 31)
    tests.append(lambda task: task.counts.faults >= faults)
    return tests


def _use(use: str, collection_id: str) -> Callable[[Task], bool]:
    if use not in ("source", "destination"):
        raise GlobusError(400, "filter_endpoint_use is source or destination")

    def test(task: Task) -> bool:
        end = task.source if use == "source" else task.destination
        return end is not None and collection_id in (end.collection_id, end.host_id)

    return test


def _key(task: Task) -> str:
    """Return where a list goes on behind a task."""
    return f"{task.requested},{task.task_id}"


def _behind(tasks: list[Task], key: str) -> int:
    """Return the number of the first task behind a key."""
    if not key:
        return 0
    given, _, last_id = key.partition(",")
    if not given.isdecimal():
        raise GlobusError(400, f"last_key is one of the page before, and not {key[:100]!r}")
    last = int(given), last_id
    return sum((task.requested, task.task_id) >= last for task in tasks)


def _managed(task: Task, now: int) -> Document:
    """Describe a task to who monitors it: with who does it, and on which host."""
    document = task_document(task, now) | {"owner_string": task.username}
    for name, end in (("source", task.source), ("destination", task.destination)):
        document |= _host(name, end)
    return document


def _host(name: str, end: End | None) -> Document:
    is_guest = end is not None and end.host_id != end.collection_id
    host = end.host_id if end is not None and is_guest else None
    return {
        f"{name}_base_path": None,
        f"{name}_host_endpoint": None,
        f"{name}_host_endpoint_display_name": None,
        f"{name}_host_endpoint_id": host,
        f"{name}_host_path": None,
        f"{name}_local_user": None,
        f"{name}_local_user_status": "NO_PERMISSION",
        f"{name}_mapped_collection_display_name": None,
        f"{name}_mapped_collection_id": host,
    }
