"""Leases: one process at a time, another one soon when it dies, and no use of agreeing clocks."""

import asyncio
import contextlib

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives import leases
from lenticular.primitives.leases import PATIENCE, Leases, MembershipLost


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(leases, "_BEAT", 0.001)


async def forever(running):
    running.append(1)
    try:
        await asyncio.Event().wait()
    finally:
        running.pop()


async def until(condition):
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it has not come so")


@contextlib.asynccontextmanager
async def keeping(member, name="work"):
    """A process that is a member and does some work; gives who runs it."""
    running = []
    async with member.joined():
        task = asyncio.create_task(member.keep(name, lambda: forever(running)))
        try:
            yield running
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def stop_beating(member):
    """Let a process die: it gives no more signs of life, and cannot leave."""
    await member._beating.acquire()


async def test_one_process_does_the_work_and_the_next_when_it_leaves(store, clock):
    first, second = [Leases(store, is_alone=False, clock=clock) for _ in range(2)]
    async with keeping(first) as in_first:
        async with keeping(second) as in_second:
            await until(lambda: in_first or in_second)
            assert len(in_first) + len(in_second) == 1
            assert (first.holds("work"), second.holds("work")) == (bool(in_first), bool(in_second))
            await second.since()
            assert len(in_first) + len(in_second) == 1
        await until(lambda: in_first)


async def test_works_have_leases_of_their_own(store, clock):
    first, second = [Leases(store, is_alone=False, clock=clock) for _ in range(2)]
    async with keeping(first) as in_first, keeping(second, "other work") as in_second:
        await until(lambda: in_first and in_second)


async def test_the_work_of_a_dead_process_passes_on(store):
    clocks = Clock(), Clock(5000.0)  # they need not agree
    first, second = [Leases(store, is_alone=False, clock=each) for each in clocks]
    async with contextlib.AsyncExitStack() as stack:
        in_first = await stack.enter_async_context(keeping(first))
        await until(lambda: in_first)
        in_second = await stack.enter_async_context(keeping(second))
        await stop_beating(first)
        await second.since()
        clocks[1].now += PATIENCE - 0.1
        await second.since()
        await asyncio.sleep(0.01)
        assert not in_second
        clocks[1].now += 0.2
        await until(lambda: in_second)
        first._beating.release()


async def test_who_cannot_give_a_sign_of_life_stops_before_another_begins(store, clock):
    member = Leases(store, is_alone=False, clock=clock)
    async with keeping(member) as running:
        await until(lambda: running)
        await stop_beating(member)
        clock.now += PATIENCE - 0.5
        await until(lambda: not running)
        assert not member.holds("work")
        member._beating.release()
        await until(lambda: running)  # it was removed by nobody


async def test_what_a_removed_process_began_is_not_committed(store, clock):
    first, second = [Leases(store, is_alone=False, clock=clock) for _ in range(2)]
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(first.joined())
        began = clock.now
        await store.transact(lambda tx: first.check(tx, began))
        await stop_beating(first)
        await stack.enter_async_context(second.joined())
        clock.now += PATIENCE
        await second.since()
        with pytest.raises(MembershipLost):
            await store.transact(lambda tx: first.check(tx, began))
        first._beating.release()
        await first.since()  # it is a member again, but of a later time
        with pytest.raises(MembershipLost):
            await store.transact(lambda tx: first.check(tx, began))
        await store.transact(lambda tx: first.check(tx, clock.now))


async def test_the_oldest_living_process_tells_what_may_be_under_way(store, clock, monkeypatch):
    times = [1_000_000.0]
    monkeypatch.setattr(leases.time, "time", lambda: times[0])
    first = Leases(store, is_alone=False, clock=clock, reading_since=lambda: 999_000.0)
    times[0] = 1_000_100.0
    second = Leases(store, is_alone=False, clock=clock, reading_since=lambda: times[0])
    async with second.joined():
        async with first.joined():
            assert await second.since() == 1_000_000.0
            assert second.reading_since == 999_000.0
            assert first.reading_since == 1_000_100.0
        assert await second.since() == 1_000_100.0
        assert second.reading_since == 1_000_100.0


async def test_a_clock_that_is_set_back_makes_nothing_look_old(store, clock, monkeypatch):
    times = [1_000_000.0]
    monkeypatch.setattr(leases.time, "time", lambda: times[0])
    member = Leases(store, clock=clock)
    clock.now += 100
    times[0] -= 3600
    assert await member.since() == 1_000_000.0 - 3600 - 100


async def test_who_is_alone_has_every_lease_and_writes_nothing(store):
    member = Leases(store)
    async with keeping(member) as running:
        await until(lambda: running)
        assert member.holds("work")
        await store.transact(lambda tx: member.check(tx, 0.0))
        assert await store.read(lambda reader: reader.range(b"\x00", b"\xff")) == []


async def test_a_failure_of_the_work_comes_out(store):
    async def fail():
        raise LookupError("no")

    member = Leases(store, is_alone=False)
    async with member.joined():
        with pytest.raises(LookupError):
            await member.keep("work", fail)


async def test_who_lives_is_told_from_who_died(store, clock, monkeypatch):
    monkeypatch.setattr(leases, "PATIENCE", 0.1)
    assert not await leases.anybody_lives(store)
    async with Leases(store, is_alone=False, clock=clock).joined():
        assert await leases.anybody_lives(store)
    assert not await leases.anybody_lives(store)
    await Leases(store, is_alone=False, clock=clock).since()  # and gives no further sign
    assert not await leases.anybody_lives(store)
