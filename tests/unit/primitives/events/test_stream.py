"""The stream of events: in order, at least once, for as long as it is kept."""

import asyncio
import logging

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.primitives.events import Event, Events, append, document
from lenticular.primitives.events.stream import KEPT, PAGE


def event(name, **more):
    return Event(name, "Thing Done", "aws.s3", "123456789012", "lab", ("arn:x",), {}, **more)


class Recorder:
    """An outlet that remembers what it was given, and fails when told to."""

    def __init__(self, name="recorder", wanted=lambda event: True):
        self.name = name
        self.wants = wanted
        self.taken = []
        self.failing = False

    async def takes(self, target):
        return target == f"arn:{self.name}"

    async def deliver(self, events):
        if self.failing:
            raise RuntimeError("the queue is away")
        self.taken += [each.name for each in events]


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def events(store):
    return Events(store)


@pytest.fixture
def tell(store):
    async def tell(*names, **more):
        await store.transact(lambda tx: [append(tx, event(name, **more)) for name in names])

    return tell


async def test_events_come_in_their_order_and_once(events, tell):
    recorder = Recorder()
    events.attach(recorder)
    await tell("a", "b")
    assert await events.deliver() == 2
    await tell("c")
    assert await events.deliver() == 1
    assert await events.deliver() == 0
    assert recorder.taken == ["a", "b", "c"]


async def test_many_pages(events, tell):
    recorder = Recorder()
    events.attach(recorder)
    names = [str(number) for number in range(2 * PAGE + 1)]
    await tell(*names)
    await events.deliver()
    assert recorder.taken == names


async def test_who_attaches_later_gets_what_it_missed(events, tell):
    await tell("a")
    early, late = Recorder("early"), Recorder("late")
    events.attach(early)
    await events.deliver()
    events.attach(late)
    await tell("b")
    await events.deliver()
    assert early.taken == late.taken == ["a", "b"]


async def test_a_failing_outlet_gets_them_again_and_keeps_no_other(events, tell, caplog):
    broken, sound = Recorder("broken"), Recorder("sound")
    broken.failing = True
    events.attach(broken)
    events.attach(sound)
    await tell("a")
    with caplog.at_level(logging.ERROR):
        await events.deliver()
    assert (broken.taken, sound.taken) == ([], ["a"])
    broken.failing = False
    await events.deliver()
    assert (broken.taken, sound.taken) == (["a"], ["a"])


async def test_only_what_is_wanted(events, tell):
    recorder = Recorder(wanted=lambda event: "mine" in event.targets)
    events.attach(recorder)
    await tell("a", targets=("yours",))
    await tell("b", targets=("mine", "yours"))
    await events.deliver()
    assert recorder.taken == ["b"]


async def test_a_change_that_is_not_committed_is_not_told(store, events):
    def fail(tx):
        append(tx, event("a"))
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(fail)
    assert (await events.read()).events == []
    assert await events.last() == 0


async def test_old_events_go_and_numbers_go_on(store, events, tell):
    await tell("old", time=1_000)
    await tell("new")
    assert await events.trim() == 1
    page = await events.read()
    assert [each.name for _, each in page.events] == ["new"]
    assert page.last == 2
    assert await events.trim(now=page.events[0][1].time / 1000 + KEPT + 1) == 1
    await tell("next")
    assert (await events.read()).events[0][0] == 3


async def test_places_outlive_the_process(tmp_path):
    store = await SqliteStore.open(tmp_path / "events.db")
    await store.transact(lambda tx: append(tx, event("a")))
    first = Recorder()
    events = Events(store)
    events.attach(first)
    await events.deliver()
    await store.transact(lambda tx: append(tx, event("b")))
    await store.close()

    store = await SqliteStore.open(tmp_path / "events.db")
    again = Recorder()
    events = Events(store)
    events.attach(again)
    await events.deliver()
    await store.close()
    assert (first.taken, again.taken) == (["a"], ["b"])


async def test_an_outlet_is_attached_once(events):
    events.attach(Recorder())
    with pytest.raises(ValueError, match="recorder"):
        events.attach(Recorder())
    assert await events.takes("arn:recorder")
    assert not await events.takes("arn:other")


def test_the_document_is_that_of_event_buses():
    shown = document(event("a", time=1_700_000_000_123))
    assert shown | {"id": ""} == {
        "version": "0",
        "id": "",
        "detail-type": "Thing Done",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2023-11-14T22:13:20Z",
        "region": "lab",
        "resources": ["arn:x"],
        "detail": {},
    }


async def test_who_waits_gets_an_event_as_soon_as_it_is_there(store, events):
    waiting = asyncio.create_task(events.wait(0, 10.0))
    await asyncio.sleep(0)  # it begins to wait
    await store.transact(lambda tx: append(tx, event("a")))
    assert [number for number, _ in (await waiting).events] == [1]
    assert [number for number, _ in (await events.wait(0, 10.0)).events] == [1]
    assert (await events.wait(1, 0.01)).events == []
