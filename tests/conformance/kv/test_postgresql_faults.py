"""What the PostgreSQL engine promises holds when connections break and the server dies."""

import asyncio
import itertools
import time

import pytest

from lenticular.engines.kv.contract import OutcomeUnknown, StoreFailed, StoreUnavailable
from lenticular.engines.kv.postgresql import PostgresqlStore, batches
from lenticular.testing.conformance_kv import contents, get, increment, put
from lenticular.testing.postgresql import running_postgresql

from .wire import Cut, wire_to


@pytest.fixture
async def wire(postgresql):
    async with wire_to(postgresql.new_place()) as wire:
        yield wire


@pytest.fixture
async def store(wire):
    store = await PostgresqlStore.open(wire.url)
    yield store
    await store.close()


@pytest.mark.parametrize("when", Cut)
@pytest.mark.parametrize("refused_connections", [0, 3])
async def test_a_commit_without_an_answer_is_done_once(wire, store, when, refused_connections):
    """A connection is cut at the commit, and so are the first that ask what became of it."""
    await put(store, {b"counter": b"1"})

    def add(tx):
        tx.set(b"counter", b"%d" % (int(tx.get(b"counter")) + 1))
        tx.set(b"cut here", b"")

    wire.cut(b"cut here", Cut.BEFORE)  # what only asks for the key is not to be cut
    assert await store.transact(lambda tx: tx.get(b"cut here")) is None
    assert wire.cuts == 1
    wire.cut(b"cut here", when)
    wire.refuses = refused_connections
    await store.transact(add)
    assert wire.cuts == 2
    assert await get(store, b"counter") == b"2"
    assert await increment(store, b"counter") == 3


async def test_many_cut_commits_lose_and_double_nothing(wire, store):
    total = 0
    for number, when in enumerate([*Cut, *Cut, *Cut]):
        wire.cut(b"cut %d" % number, when)

        async def count(mark=b"cut %d" % number):
            def add(tx):
                tx.set(b"counter", b"%d" % (int(tx.get(b"counter") or 0) + 1))
                tx.set(mark, b"")

            await store.transact(add)

        await asyncio.gather(*(count() for _ in range(5)))
        total += 5
    assert wire.cuts == 9
    assert await get(store, b"counter") == b"%d" % total


async def test_a_lost_connection_is_not_seen_by_readers(postgresql, wire, store):
    await put(store, {b"key": b"value"})
    postgresql.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE application_name = 'lenticular'"
    )
    assert await get(store, b"key") == b"value"
    assert await store.read(lambda reader: reader.get(b"key"), long=True) == b"value"
    assert await increment(store, b"counter") == 1


async def test_a_commit_that_comes_late_is_refused(store):
    """The server gets to it only after it was asked what became of it, and had said: nothing."""
    next_number = store._batches._number + 1
    assert not await store._batches._was_committed(next_number, StoreUnavailable("cut"))
    with pytest.raises(StoreFailed, match="duplicate key"):
        await put(store, {b"late": b""})
    await put(store, {b"after": b""})
    assert await contents(store) == [(b"after", b"")]


# The server is away: a server of one's own, which is stopped and killed.


@pytest.fixture(scope="module")
def server():
    with running_postgresql() as server:
        yield server


@pytest.fixture
async def own_store(server):
    own_store = await PostgresqlStore.open(server.new_place())
    yield own_store
    await own_store.close()


async def test_everything_fails_quickly_and_comes_back(server, own_store):
    await put(own_store, {b"key": b"value"})
    with own_store.watch(b"news") as watch:
        await asyncio.to_thread(server.stop)
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(StoreUnavailable, match=r"is not available.*start it"):
                await get(own_store, b"key")
            with pytest.raises(StoreUnavailable):
                await own_store.read(lambda reader: reader.get(b"key"), long=True)
            with pytest.raises(StoreUnavailable):
                await put(own_store, {b"lost": b"value"})
        assert time.monotonic() - began < 2
        await asyncio.to_thread(server.start)
        assert await watch.wait(10)  # for what may have been signalled meanwhile
    await asyncio.sleep(0.3)  # no longer than it takes until the server is tried again
    assert await contents(own_store) == [(b"key", b"value")]
    await put(own_store, {b"new": b"value"})
    assert await get(own_store, b"new") == b"value"


async def once_available(work):
    """Return what `work` does once PostgreSQL has recovered: until then it refuses sessions."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await work()
            except StoreUnavailable:
                await asyncio.sleep(0.1)


async def test_what_was_acknowledged_survives_a_kill(server, own_store):
    acknowledged, unknown, enough, is_back = set(), set(), asyncio.Event(), []

    async def write(number):
        for turn in itertools.takewhile(lambda _: not is_back, itertools.count()):
            key = b"%d/%d" % (number, turn)
            try:
                await put(own_store, {key: b"1", b"twin " + key: b"2"})
            except OutcomeUnknown:
                unknown.add(key)
                return
            except StoreUnavailable:
                return
            acknowledged.add(key)
            if len(acknowledged) == 200:
                enough.set()

    writers = [asyncio.create_task(write(number)) for number in range(8)]
    await enough.wait()
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(0.2)
    await asyncio.to_thread(server.start)
    is_back.append(True)
    await asyncio.wait(writers)
    pairs = dict(await once_available(lambda: contents(own_store)))
    found = {key for key in pairs if not key.startswith(b"twin ")}
    assert acknowledged <= found <= acknowledged | unknown
    assert {b"twin " + key for key in found} == pairs.keys() - found


async def test_one_that_stays_away_leaves_the_outcome_unknown(server, own_store, monkeypatch):
    monkeypatch.setattr(batches, "_PATIENCE", 0.3)
    commit = own_store._batches._commit

    async def commit_into_the_dark(*arguments):
        await asyncio.to_thread(server.kill)
        return await commit(*arguments)

    monkeypatch.setattr(own_store._batches, "_commit", commit_into_the_dark)
    with pytest.raises(OutcomeUnknown, match="is not known"):
        await put(own_store, {b"key": b"value"})
    await asyncio.to_thread(server.start)
