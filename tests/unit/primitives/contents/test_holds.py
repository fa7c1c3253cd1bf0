"""Holds: nothing that a state refers to is removed while somebody copies that state."""

import time

import pytest

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Contents, HoldExpired, Holds, blobs_in_use
from lenticular.primitives.contents.holds import HOLDS

LATER = time.time() + 3600


@pytest.fixture
def contents():
    return Contents(MemoryStore(), MemoryBlobs(), small=4)


async def keep(contents, data):
    async def chunks():
        yield data

    received = await contents.receive(chunks(), ())
    return await contents.keep(received, lambda tx: contents.attach(tx, received))


async def blobs(contents):
    return {entry.id async for entry in contents.blobs.list()}


async def test_released_blobs_stay_while_a_hold_lasts(contents):
    content = await keep(contents, b"more than four")
    holds = Holds(contents.store)
    hold = await holds.begin(60)
    await contents.store.transact(lambda tx: contents.release(tx, content))
    assert await contents.sweep(LATER) == 0
    assert await contents.sweep_orphans(LATER) == 0
    assert await blobs(contents) == {content.blob}
    await holds.end(hold)
    assert await contents.sweep(LATER) == 1
    assert await blobs(contents) == set()


async def test_a_hold_that_begins_in_the_middle_of_a_sweep_stops_it(contents, monkeypatch):
    content = await keep(contents, b"more than four")
    await contents.store.transact(lambda tx: contents.release(tx, content))
    transact = contents.store.transact

    async def transact_late(fn):
        await Holds(MemoryTransact(transact)).begin(60)
        return await transact(fn)

    monkeypatch.setattr(contents.store, "transact", transact_late)
    await contents.sweep(LATER)
    assert await blobs(contents) == {content.blob}


class MemoryTransact:
    """A store of which holds see the one method that they need."""

    def __init__(self, transact):
        self.transact = transact


async def test_a_hold_that_nobody_renews_expires(contents):
    content = await keep(contents, b"more than four")
    await Holds(contents.store, lambda: time.time() - 61).begin(60)
    await contents.store.transact(lambda tx: contents.release(tx, content))
    assert await contents.sweep(LATER) == 1
    assert await blobs(contents) == set()


async def test_a_hold_is_renewed_while_it_lasts_and_not_after():
    now = 1000.0
    store = MemoryStore()
    holds = Holds(store, lambda: now)
    hold = await holds.begin(60)
    now += 59
    await holds.renew(hold, 60)
    now += 59
    await holds.renew(hold, 60)
    now += 61
    with pytest.raises(HoldExpired):
        await holds.renew(hold, 60)


async def test_holds_that_have_expired_are_forgotten():
    now = 1000.0
    store = MemoryStore()
    holds = Holds(store, lambda: now)
    await holds.begin(60)
    now += 61
    await holds.begin(60)
    assert len(await store.read(lambda reader: reader.range(*HOLDS.range()))) == 1


async def test_the_blobs_in_use_are_told_once_each_and_in_order(contents, monkeypatch):
    monkeypatch.setattr("lenticular.primitives.contents.sweeping._PAGE", 2)
    kept = [await keep(contents, b"number %d" % number) for number in range(7)]
    await contents.store.transact(lambda tx: [contents.share(tx, kept[3]) for _ in range(5)])
    await keep(contents, b"tiny")
    found = await contents.store.read(lambda reader: list(blobs_in_use(reader)))
    assert found == sorted(content.blob for content in kept)
