"""The log: durable when recorded, one transaction for many, found again."""

import asyncio

import pytest

from lenticular.engines.kv.contract import StoreFailed
from lenticular.primitives.audit import CLOUD, DATA, Audit, log
from lenticular.primitives.audit.lookup import Query
from lenticular.primitives.vault import KEY_SIZE, Vault

ALICE, BOB = "111111111111", "222222222222"


class Watched:
    """A store that counts its transactions, and lets them wait or fail."""

    def __init__(self, store):
        self.store = store
        self.transactions = 0
        self.gate = None
        self.failure = None
        self.written = asyncio.Event()

    async def transact(self, fn):
        self.transactions += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        result = await self.store.transact(fn)
        self.written.set()
        return result

    def __getattr__(self, name):
        return getattr(self.store, name)


@pytest.fixture
def watched(store):
    return Watched(store)


@pytest.fixture
def audit(watched, clock):
    return Audit(watched, Vault(bytes(KEY_SIZE)), clock=clock)


async def names(audit, account_id, **query):
    page = await audit.look_up(Query(account_id, **query))
    return [found.event.event_name for found in page.found]


async def test_an_event_is_there_when_it_is_recorded(audit, event):
    await audit.record([event(ALICE, "CreateUser")])
    assert await names(audit, ALICE) == ["CreateUser"]
    assert await audit.accounts() == [CLOUD, ALICE]


async def test_many_at_once_share_transactions(audit, watched, event):
    watched.gate = asyncio.Event()
    calls = [asyncio.create_task(audit.record([event(ALICE, f"A{n}")])) for n in range(50)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    calls += [asyncio.create_task(audit.record([event(BOB, f"B{n}")])) for n in range(50)]
    watched.gate.set()
    await asyncio.gather(*calls)
    assert watched.transactions == 2
    assert await names(audit, ALICE, limit=100) == [f"A{n}" for n in reversed(range(50))]
    assert len(await names(audit, BOB, limit=100)) == 50


async def test_what_was_not_written_is_told_to_everyone_who_waits(audit, watched, event, caplog):
    watched.failure = StoreFailed("disk full")
    ended = await asyncio.gather(
        *(audit.record([event(ALICE)]) for _ in range(3)), return_exceptions=True
    )
    assert [type(error) for error in ended] == [StoreFailed] * 3
    watched.failure = None
    await audit.record([event(ALICE, "Next")])
    assert await names(audit, ALICE) == ["Next"]


async def test_whoever_stops_waiting_takes_nobody_along(audit, watched, event):
    watched.gate = asyncio.Event()
    calls = [asyncio.create_task(audit.record([event(ALICE, f"A{n}")])) for n in range(2)]
    await asyncio.sleep(0)
    calls[0].cancel()
    watched.gate.set()
    await calls[1]
    assert sorted(await names(audit, ALICE)) == ["A0", "A1"]


async def test_data_events_are_gathered_and_written_soon(audit, watched, event, monkeypatch):
    monkeypatch.setattr(log, "GATHERED", 0.01)
    for number in range(5):
        await audit.record([event(ALICE, f"Get{number}", category=DATA)])
    assert watched.transactions == 0
    async with asyncio.timeout(5):
        await watched.written.wait()
    assert watched.transactions == 1
    assert len(await names(audit, ALICE)) == 5


async def test_closing_writes_what_was_gathered(audit, event):
    await audit.record([event(ALICE, "GetObject", category=DATA)])
    await audit.close()
    assert await names(audit, ALICE) == ["GetObject"]


async def test_very_many_data_events_are_waited_for(audit, watched, event, monkeypatch):
    monkeypatch.setattr(log, "_MOST_GATHERED", 3)
    for number in range(3):
        await audit.record([event(ALICE, f"Get{number}", category=DATA)])
    assert watched.transactions == 1
    await audit.close()


async def test_pages_come_newest_first_and_go_on(audit, event):
    for number in range(7):
        await audit.record([event(ALICE, f"A{number}")])
    first = await audit.look_up(Query(ALICE, limit=3))
    assert [found.event.event_name for found in first.found] == ["A6", "A5", "A4"]
    second = await audit.look_up(Query(ALICE, limit=3, before=first.before))
    third = await audit.look_up(Query(ALICE, limit=3, before=second.before))
    assert [found.event.event_name for found in third.found] == ["A0"]
    assert third.before is None


async def test_an_account_sees_nothing_of_another(audit, event):
    await audit.record([event(ALICE, "Hers"), event(BOB, "His")])
    assert await names(audit, ALICE) == ["Hers"]
    assert await names(audit, BOB) == ["His"]
    assert await names(audit, ALICE[:-1]) == []


async def test_events_are_found_by_their_time(audit, event, clock):
    start = clock.now
    for number in range(20):
        clock.now = start + number * 1000 + 5
        await audit.record([event(ALICE, f"A{number}", at=start + number * 1000)])
    assert await names(audit, ALICE, since=start + 18000) == ["A19", "A18"]
    assert await names(audit, ALICE, until=start + 1000) == ["A1", "A0"]
    assert await names(audit, ALICE, since=start + 4500, until=start + 6000) == ["A6", "A5"]
    assert await names(audit, ALICE, since=start + 99000) == []


async def test_one_call_reads_no_more_than_its_share(audit, event, monkeypatch):
    monkeypatch.setattr("lenticular.primitives.audit.lookup._SCANNED", 4)
    monkeypatch.setattr("lenticular.primitives.audit.lookup._PAGE", 2)
    await audit.record([event(ALICE, f"A{number}") for number in range(10)])
    query = {"account_id": ALICE, "matches": lambda event: event.event_name == "A0"}
    page = await audit.look_up(Query(**query))
    assert (page.found, page.before) == ([], 7)
    pages = 1
    while page.before is not None and not page.found:
        page = await audit.look_up(Query(**query, before=page.before))
        pages += 1
    assert ([found.event.event_name for found in page.found], pages) == (["A0"], 3)


async def test_the_log_goes_on_after_it_is_opened_again(audit, store, event, clock):
    await audit.record([event(ALICE, "Before")])
    again = Audit(store, Vault(bytes(KEY_SIZE)), clock=clock)
    clock.now -= 3600  # a clock that was set back does not make the chain run backwards
    await again.record([event(ALICE, "After")])
    assert await names(again, ALICE) == ["After", "Before"]
    assert [found.problem async for found in again.verification.findings()] == ["", ""]
