"""Filters and orders of task lists."""

import pytest

from lenticular.apis.globus.transfer.task_filters import filtered, filtered_events, ordered
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.engines.movers.contract import Happening, Options
from lenticular.primitives.transfers import End, Task

DAY = 24 * 3600 * 1000
END = End("collection", "Lab data", "built-in", "collection")


def _task(number, **fields):
    fields = {"label": f"Task {number}", "requested": number * DAY} | fields
    return Task(
        task_id=f"id-{number}",
        kind=fields.pop("kind", "TRANSFER"),
        owner_id="ada",
        username="ada",
        account_id="1",
        user="ada",
        client_id="",
        submission_id="",
        label=fields.pop("label"),
        source=END,
        destination=None,
        options=Options(),
        requested=fields.pop("requested"),
        deadline=0,
        **fields,
    )


TASKS = [
    _task(1, status="SUCCEEDED", completed=2 * DAY),
    _task(2, kind="DELETE", status="FAILED", completed=5 * DAY),
    _task(3, label="a/b: the Third"),
    _task(4, label=None, is_paused=True),
]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ([], [1, 2, 3, 4]),
        ([""], [1, 2, 3, 4]),
        (["type:TRANSFER,DELETE"], [1, 2, 3, 4]),
        (["type:TRANSFER,DELETE/status:ACTIVE,INACTIVE"], [3, 4]),
        (["status:succeeded,failed", "type:DELETE"], [2]),
        (["task_id:id-1,ID-3"], [1, 3]),
        (["label:=Task 1"], [1]),
        (["label:Task 1,Task 2"], [1, 2]),
        (["label:!Task 1"], [2, 3, 4]),
        (["label:~task*"], [1, 2]),
        (["label:!~task*"], [3, 4]),
        (["label:~a/b*/status:ACTIVE"], [3]),
        (["request_time:1970-01-03 00:00:00,1970-01-04T00:00:00Z"], [2, 3]),
        (["request_time:,1970-01-03"], [1, 2]),
        (["completion_time:1970-01-04,"], [2]),
        (["completion_time:,1970-01-10"], [1, 2]),
        (["is_paused:true"], [4]),
    ],
)
def test_filters(filters, numbers):
    assert [int(task.task_id[3:]) for task in filtered(TASKS, filters)] == numbers


@pytest.mark.parametrize("given", ["nonsense", "color:red", "request_time:yesterday,", "x/type:A"])
def test_filters_that_are_none(given):
    with pytest.raises(GlobusError):
        filtered(TASKS, [given])


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("request_time DESC", [4, 3, 2, 1]),
        ("type,request_time DESC", [2, 4, 3, 1]),
        ("label ASC", [4, 1, 2, 3]),
    ],
)
def test_orders(order, numbers):
    assert [int(task.task_id[3:]) for task in ordered(TASKS, order)] == numbers


@pytest.mark.parametrize("order", ["color", "label SIDEWAYS"])
def test_orders_that_are_none(order):
    with pytest.raises(GlobusError):
        ordered(TASKS, order)


def test_events_are_filtered_by_whether_they_are_errors():
    good = (0, Happening("STARTED", "", "", is_error=False, time=0))
    bad = (1, Happening("TIMEOUT", "", "", is_error=True, time=0))
    assert filtered_events([good, bad], "") == [good, bad]
    assert filtered_events([good, bad], "is_error:1") == [bad]
    assert filtered_events([good, bad], "is_error:0") == [good]
    with pytest.raises(GlobusError):
        filtered_events([], "code:TIMEOUT")
