"""Orders: questions answered, jobs run, and a cloud that comes and goes."""

import asyncio

import pytest

from lenticular.agent import control, orders
from lenticular.agent.control import CloudAbsent, ControlError, Disowned
from lenticular.agent.orders import OrderTaker
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.places import Folder, Place
from lenticular.engines.movers.contract import Counts, Item, Job, Report, Verdict
from lenticular.engines.movers.messages import (
    Asked,
    Dial,
    Failed,
    Orders,
    Running,
    Stat,
)

PLACE = Place(Folder("/"))
JOB = Job("job", 1, "delete", PLACE)


class Cloud:
    """A cloud whose answers the test gives; it remembers what it was told."""

    def __init__(self):
        self.orders = asyncio.Queue()
        self.polls = asyncio.Queue()
        self.reports = []
        self.items = []

    async def call(self, method, path, document=None, kind=None, *, wait=0.0):
        assert path == "orders"
        await self.polls.put(document)
        if not document.wait:
            return Orders()
        answer = await self.orders.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def insist(self, method, path, document=None, kind=None, *, wait=0.0):
        if path == "reports":
            self.reports.append(document)
            return Verdict()
        start = int(path.partition("start=")[2])
        return self.items[start : start + 2]

    async def reconnect(self):
        pass

    async def poll(self):
        async with asyncio.timeout(5):
            return await self.polls.get()


class Mover:
    """Does what the test says."""

    def __init__(self):
        self.begun = asyncio.Queue()
        self.end = asyncio.Event()
        self.failure = None
        self.cancelled = asyncio.Event()

    async def run(self, job, course):
        await self.begun.put((job, course))
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.failure:
            raise self.failure


def no_place(place):
    raise Fault("NOT_SUPPORTED", "there is nothing")


@pytest.fixture
def cloud():
    return Cloud()


@pytest.fixture
def mover():
    return Mover()


@pytest.fixture
async def taker(cloud, mover, monkeypatch):
    """An agent that runs."""
    monkeypatch.setattr(control, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(control, "_LONGEST_PAUSE", 0.002)
    dialled = asyncio.Queue()
    made = OrderTaker(cloud, no_place, mover, dialled.put)
    made.dialled = dialled
    task = made.task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_question_is_answered_once(cloud, taker):
    asked = Asked("q", Stat(PLACE, "/a"), 10)
    await cloud.orders.put(Orders(questions=(asked, asked)))
    assert (await cloud.poll()).answers == ()
    polls = [await cloud.poll(), await cloud.poll()]
    [brought] = [poll for poll in polls if poll.answers]
    [answered] = brought.answers
    assert (answered.question_id, answered.answer) == (
        "q",
        Failed("NOT_SUPPORTED", "there is nothing"),
    )
    assert brought.wait == 0
    await cloud.orders.put(Orders(questions=(asked,)))
    assert (await cloud.poll()).answers == ()
    assert cloud.polls.empty()


async def test_a_cloud_that_is_away_is_asked_again(cloud, taker, mover):
    for _ in range(4):
        await cloud.orders.put(CloudAbsent("away"))
    await cloud.orders.put(Orders(jobs=(JOB,)))
    job, _ = await mover.begun.get()
    assert job == JOB


async def test_an_agent_that_is_disowned_ends(cloud, taker):
    await cloud.orders.put(Disowned("go"))
    with pytest.raises(ControlError, match="go"):
        await taker.task


async def test_a_job_runs_once_and_is_told_of_while_it_does(cloud, taker, mover):
    await cloud.orders.put(Orders(jobs=(JOB,)))
    await cloud.poll()
    assert (await cloud.poll()).running == (Running("job", 1),)
    mover.end.set()
    await mover.begun.get()
    await cloud.orders.put(Orders(jobs=(JOB,)))
    await cloud.poll()
    await cloud.orders.put(Orders())
    assert (await cloud.poll()).running == ()
    assert mover.begun.empty()


async def test_a_job_is_stopped(cloud, taker, mover, monkeypatch):
    monkeypatch.setattr(orders, "_GRACE", 0.05)
    await cloud.orders.put(Orders(jobs=(JOB,)))
    await mover.begun.get()
    await cloud.poll()
    assert (await cloud.poll()).running == (Running("job", 1),)
    await cloud.orders.put(Orders(stop=(Running("job", 1), Running("unknown", 1))))
    assert (await cloud.poll()).running == ()
    assert not mover.cancelled.is_set()  # a report may come first, and be told
    async with asyncio.timeout(5):
        await mover.cancelled.wait()


async def test_a_mover_that_fails_is_reported(cloud, taker, mover):
    mover.failure = RuntimeError("a bug")
    mover.end.set()
    await cloud.orders.put(Orders(jobs=(JOB,)))
    await cloud.poll()
    while not cloud.reports:
        await cloud.orders.put(Orders())
        await cloud.poll()
    [report] = cloud.reports
    assert (report.job_id, report.attempt) == ("job", 1)
    assert (report.ended.how, report.ended.code) == ("failed", "UNKNOWN")
    assert "a bug" not in report.ended.description


async def test_jobs_are_let_go_when_the_agent_ends(cloud, taker, mover):
    await cloud.orders.put(Orders(jobs=(JOB,)))
    await mover.begun.get()
    taker.task.cancel()
    await asyncio.gather(taker.task, return_exceptions=True)
    assert mover.cancelled.is_set()


async def test_who_waits_at_the_relay_is_gone_to(cloud, taker):
    dial = Dial("https://relay/relay/", "ticket")
    await cloud.orders.put(Orders(dial=(dial, dial)))
    assert await taker.dialled.get() == dial
    assert taker.dialled.empty()


async def test_the_items_of_a_job_come_in_pages(cloud, taker, mover):
    cloud.items = [Item(f"/{n}") for n in range(5)]
    await cloud.orders.put(Orders(jobs=(JOB,)))
    _, course = await mover.begun.get()
    pages = [[item.source for item in page] async for page in course.items(1)]
    assert pages == [["/1", "/2"], ["/3", "/4"]]


async def test_a_report_that_is_refused_ends_the_attempt(cloud, taker, mover):
    async def refuse(*arguments, **named):
        raise ControlError("it is too large")

    await cloud.orders.put(Orders(jobs=(JOB,)))
    _, course = await mover.begun.get()
    cloud.insist = refuse
    assert (await course.report(Report("job", 1, 1, Counts()))).what == "stop"


async def test_what_was_taken_long_ago_is_forgotten(cloud, taker, monkeypatch):
    monkeypatch.setattr(orders, "_REMEMBERED", 2)
    assert [taker._is_new(n) for n in (1, 2, 1, 3, 1)] == [True, True, False, True, True]
