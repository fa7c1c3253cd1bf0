"""Which tasks a list has, and in which order. Transfer API, "Filter and Order By Options".

A filter is clauses with ``/`` between, all of which must hold; a clause is a field and values
with ``,`` between, one of which must. Labels are compared with ``=``, ``!``, ``~`` (a pattern
with ``*``) and ``!~``; times are ranges, of which either end may be left open.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate
from typing import Any, Final

from lenticular.apis.globus.transfer.moments import parsed_moment
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.engines.movers.contract import Happening
from lenticular.primitives.transfers import Task

Holds = Callable[[Task], bool]

_FIELD: Final = re.compile(
    r"(?:^|/)(task_id|type|status|label|request_time|completion_time|is_paused"
    r"|source_endpoint_id|destination_endpoint_id|owner_id)\s*:"
)
"""Where a clause begins: values, as labels are, may have a slash in them."""

_EXACT: Final[dict[str, Callable[[Task], str]]] = {
    "task_id": lambda task: task.task_id,
    "type": lambda task: task.kind,
    "status": lambda task: task.status,
    "owner_id": lambda task: task.owner_id,
    "is_paused": lambda task: "1" if task.is_paused else "0",
    "source_endpoint_id": lambda task: task.source.collection_id,
    "destination_endpoint_id": lambda task: (
        task.destination.collection_id if task.destination else ""
    ),
}

_TIMES: Final[dict[str, Callable[[Task], int]]] = {
    "request_time": lambda task: task.requested,
    "completion_time": lambda task: task.completed,
}

_ORDERS: Final[dict[str, Callable[[Task], Any]]] = {
    **_TIMES,
    "deadline": lambda task: task.deadline,
    "label": lambda task: task.label or "",
    "status": lambda task: task.status,
    "type": lambda task: task.kind,
    "task_id": lambda task: task.task_id,
    "faults": lambda task: task.counts.faults,
    "bytes_transferred": lambda task: task.counts.bytes_transferred,
    "files": lambda task: task.counts.files,
    "username": lambda task: task.username,
}

_TRUTHS: Final = {"1": "1", "true": "1", "0": "0", "false": "0"}


def filtered(tasks: Iterable[Task], filters: Sequence[str]) -> list[Task]:
    """Return the tasks for which all filters hold. Raises `GlobusError` (400)."""
    clauses = [clause for text in filters for clause in _clauses(text)]
    return [task for task in tasks if all(holds(task) for holds in clauses)]


def ordered(tasks: Sequence[Task], orders: str) -> list[Task]:
    """Return tasks in the order of fields, each with a direction. Raises `GlobusError` (400)."""
    found = list(tasks)
    for order in reversed([part.strip() for part in orders.split(",") if part.strip()]):
        name, _, direction = order.partition(" ")
        if name not in _ORDERS or direction.upper() not in ("", "ASC", "DESC"):
            raise GlobusError(
                400, f"orderby is one of {', '.join(_ORDERS)}, and ASC or DESC, not {order[:100]!r}"
            )
        found.sort(key=_ORDERS[name], reverse=direction.upper() == "DESC")
    return found


def filtered_events(
    events: Iterable[tuple[int, Happening]], text: str
) -> list[tuple[int, Happening]]:
    """Return the events that fit ``is_error:1`` or ``is_error:0``. Raises `GlobusError` (400)."""
    if not text:
        return list(events)
    name, _, value = text.partition(":")
    if name != "is_error" or value.lower() not in _TRUTHS:
        raise GlobusError(400, f"Events are filtered by is_error:1 or is_error:0, not {text[:100]}")
    wanted = _TRUTHS[value.lower()] == "1"
    return [event for event in events if event[1].is_error == wanted]


def between(text: str, what: str) -> Callable[[int], bool]:
    """Return what tells whether a time is in a range. Raises `GlobusError` (400)."""
    first, _, last = text.partition(",")
    start = parsed_moment(first, what) if first.strip() else 0
    stop = parsed_moment(last, what) if last.strip() else None
    return lambda at: start <= at and (stop is None or 0 < at <= stop)


def _clauses(text: str) -> list[Holds]:
    if not text.strip():
        return []
    starts = list(_FIELD.finditer(text))
    if not starts or starts[0].start() > 0:
        raise GlobusError(400, f"A filter begins with a field and a colon, unlike {text[:100]!r}")
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return [
        _clause(start[1], text[start.end() : end])
        for start, end in zip(starts, ends, strict=True)
        if text[start.end() : end]
    ]


def _clause(name: str, value: str) -> Holds:
    if name in _TIMES:
        time_of, holds = _TIMES[name], between(value, name)
        return lambda task: holds(time_of(task))
    values = value.split(",")
    if name == "label":
        tests = [_label(one) for one in values]
        return lambda task: any(test(task.label or "") for test in tests)
    if name == "is_paused":
        values = [_TRUTHS.get(one.lower(), one) for one in values]
    found = _EXACT[name]
    wanted = frozenset(one.lower() for one in values)
    return lambda task: found(task).lower() in wanted


def _label(value: str) -> Callable[[str], bool]:
    is_not = value.startswith("!")
    rest = value[1:] if is_not else value
    if rest.startswith("~"):
        fits = re.compile(translate(rest[1:].lower())).match
        return lambda label: (fits(label.lower()) is None) is is_not
    exact = rest.removeprefix("=")
    return lambda label: (label != exact) is is_not
