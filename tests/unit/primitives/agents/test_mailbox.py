"""Questions and answers between processes, and polls for orders."""

import asyncio

import msgspec
import pytest

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.places import Folder, Place
from lenticular.engines.movers.contract import Job
from lenticular.engines.movers.messages import (
    Answered,
    Dial,
    Done,
    Failed,
    Hello,
    Listed,
    Poll,
    Running,
    Stat,
)
from lenticular.primitives.agents import (
    BUILT_IN,
    AgentAbsent,
    AgentBusy,
    Dispatch,
    mailbox,
    wake,
)

QUESTION = Stat(Place(Folder("/secret-place")), "/a")


class NoWork:
    """The work of a cloud in which nothing is moved."""

    async def wanted(self, agent_id, running):
        return (), ()


async def held(site):
    return await site.letters.read(lambda reader: reader.range(b"\x00", b"\xff"))


async def asked_by(site, agent_id="laptop"):
    """Ask an agent; return the task that waits, once the question lies there."""
    with site.here.watch_mail(agent_id) as watch:
        asking = asyncio.create_task(site.here.ask(agent_id, QUESTION))
        assert await watch.wait(5)
    return asking


async def answered(agents, agent_id, answer, dispatch=None):
    """Poll as an agent until there is a question; answer it."""
    dispatch = dispatch or Dispatch(agents, NoWork())
    orders = await dispatch.orders(agent_id, Poll(wait=10))
    [asked] = orders.questions
    reply = (Answered(asked.question_id, answer),)
    await dispatch.orders(agent_id, Poll(answers=reply, wait=0))
    return asked


async def test_a_question_is_answered_by_way_of_another_process(site):
    await site.enrolled()
    asking = asyncio.create_task(site.here.ask("laptop", QUESTION))
    asked = await answered(site.there, "laptop", Done())
    assert await asking == Done()
    assert asked.question == QUESTION
    assert await held(site) == []


async def test_a_poll_that_waits_is_answered_at_once(site):
    await site.enrolled()
    polling = asyncio.create_task(Dispatch(site.there, NoWork()).orders("laptop", Poll(wait=20)))
    await asyncio.sleep(0)
    asking = asyncio.create_task(site.here.ask("laptop", QUESTION))
    async with asyncio.timeout(5):
        [asked] = (await polling).questions
    await site.there.take_answers("laptop", (Answered(asked.question_id, Failed("AUTH", "no")),))
    assert await asking == Failed("AUTH", "no")


async def test_an_answer_of_any_size_comes_whole(site):
    await site.enrolled()
    entries = tuple(Entry(msgspec.json.encode(n * 7919).hex() * 20, "file") for n in range(20_000))
    listed = Listed("/", entries, len(entries))
    asking = asyncio.create_task(site.here.ask("laptop", QUESTION))
    await answered(site.there, "laptop", listed)
    assert await asking == listed


async def test_questions_are_sealed(site):
    await site.enrolled()
    asking = await asked_by(site)
    [(_, value)] = await held(site)
    assert b"secret-place" not in value
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert await held(site) == []


async def test_another_agents_questions_cannot_be_answered_nor_seen(site):
    await site.enrolled("laptop")
    await site.enrolled("thief")
    asking = await asked_by(site)
    [asked] = (await site.here.letters("laptop")).questions
    assert (await site.there.letters("thief")).questions == ()
    await site.there.take_answers("thief", (Answered(asked.question_id, Failed("AUTH", "lie")),))
    assert not asking.done()
    await site.there.take_answers("laptop", (Answered(asked.question_id, Done()),))
    assert await asking == Done()


async def test_an_answer_that_nobody_waits_for_is_dropped(site):
    await site.enrolled()
    await site.here.take_answers("laptop", (Answered("unknown", Done()),))
    assert await held(site) == []


async def test_a_question_that_was_lost_on_the_way_is_given_again(site):
    await site.enrolled()
    asking = await asked_by(site)
    first = (await site.here.letters("laptop")).questions
    assert len(first) == 1
    assert (await site.there.letters("laptop")).questions == ()
    site.now += mailbox._AGAIN
    assert (await site.there.letters("laptop")).questions == first
    asking.cancel()


async def test_who_is_not_there_is_not_asked(site):
    await site.expect()
    with pytest.raises(AgentAbsent, match="not connected"):
        await site.here.ask("laptop", QUESTION)
    with pytest.raises(AgentAbsent, match="not connected"):
        await site.here.dial("laptop", Dial("https://relay", "ticket"))


async def test_who_asks_gives_up_when_the_agent_goes_away(site, monkeypatch):
    monkeypatch.setattr(mailbox, "_LOOK", 0.01)
    await site.enrolled()
    asking = await asked_by(site)
    await site.there.part("laptop")
    with pytest.raises(AgentAbsent, match="does not answer"):
        await asking
    assert await held(site) == []


async def test_the_built_in_agent_is_waited_for(site):
    asking = asyncio.create_task(site.here.ask(BUILT_IN, QUESTION))
    await answered(site.there, BUILT_IN, Done())
    assert await asking == Done()


async def test_questions_are_bounded(site, monkeypatch):
    monkeypatch.setattr(mailbox, "_MOST", 2)
    await site.enrolled()
    asking = [await asked_by(site) for _ in range(2)]
    with pytest.raises(AgentBusy):
        await site.here.ask("laptop", QUESTION)
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_letters_that_have_expired_make_room(site, monkeypatch):
    monkeypatch.setattr(mailbox, "_MOST", 1)
    await site.enrolled()
    await site.here.dial("laptop", Dial("https://relay", "old"), 30)
    site.now += 31
    await site.here.dial("laptop", Dial("https://relay", "new"), 30)
    assert len(await held(site)) == 1
    assert [dial.ticket for dial in (await site.there.letters("laptop")).dials] == ["new"]
    assert await held(site) == []


class OneJob(NoWork):
    """Work that begins when the test says so."""

    def __init__(self, job=None):
        self.job = job
        self.asked = asyncio.Event()

    async def wanted(self, agent_id, running):
        self.asked.set()
        if self.job is None or Running(self.job.job_id, self.job.attempt) in running:
            return (), ()
        return (self.job,), (Running("old", 1),)


async def test_an_agent_is_woken_for_work(site):
    await site.enrolled()
    work = OneJob()
    polling = asyncio.create_task(Dispatch(site.there, work).orders("laptop", Poll(wait=20)))
    await work.asked.wait()
    work.job = Job("job", 1, "delete", Place(Folder("/")))
    await site.store.transact(lambda tx: wake(tx, "laptop"))
    async with asyncio.timeout(5):
        orders = await polling
    assert orders.jobs == (work.job,)
    assert orders.stop == (Running("old", 1),)


async def test_a_poll_of_an_agent_that_was_killed_takes_no_orders_from_the_next(site):
    """The connection of the dead one may be open for long; what it is told is lost."""
    await site.enrolled()
    work = OneJob()
    dead = asyncio.create_task(Dispatch(site.there, work).orders("laptop", Poll(wait=20)))
    await work.asked.wait()
    work.job = Job("job", 1, "delete", Place(Folder("/")))
    await site.here.greet("laptop", Hello("1", "machine", (), "/home"))
    async with asyncio.timeout(5):
        assert (await dead).jobs == ()
    orders = await Dispatch(site.there, work).orders("laptop", Poll(wait=0))
    assert orders.jobs == (work.job,)


async def test_a_poll_ends_empty_after_it_has_waited(site):
    await site.enrolled()
    orders = await Dispatch(site.here, OneJob()).orders("laptop", Poll(wait=0.01))
    assert orders == msgspec.convert({}, type(orders))


async def test_no_poll_keeps_the_server_from_ending(site):
    await site.enrolled()
    work = OneJob()
    async with site.there.attended():
        polling = asyncio.create_task(Dispatch(site.there, work).orders("laptop", Poll(wait=20)))
        await work.asked.wait()
    async with asyncio.timeout(5):
        assert (await polling).jobs == ()
