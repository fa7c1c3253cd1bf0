"""The PostgreSQL engine: the conformance suite, and what it adds to the contract."""

import asyncio
import itertools
import random
from functools import partial

import pytest

from lenticular.engines.kv.contract import MAX_KEY_SIZE, StoreFailed
from lenticular.engines.kv.postgresql import PostgresqlStore
from lenticular.engines.kv.postgresql.changes import Intervals
from lenticular.engines.kv.postgresql.connections import Connection
from lenticular.engines.kv.postgresql.rows import HEAD
from lenticular.testing.conformance_kv import (
    KeyValueStoreConformance,
    Refused,
    contents,
    get,
    increment,
    put,
)


class TestPostgresqlStore(KeyValueStoreConformance):
    @pytest.fixture
    def open_store(self, postgresql):
        async def open_store():
            return await PostgresqlStore.open(postgresql.new_place())

        return open_store


@pytest.fixture
def place(postgresql):
    return postgresql.new_place()


@pytest.fixture
async def stores(place):
    """Two processes' stores in one database."""
    opened = [await PostgresqlStore.open(place) for _ in range(2)]
    yield opened
    for store in opened:
        await store.close()


@pytest.fixture
async def store(stores):
    return stores[0]


@pytest.fixture
def statements(monkeypatch):
    """What is sent to the server, from now on."""
    sent = []
    fetch = Connection.fetch

    def noted(connection, statement, *values, **options):
        sent.append(statement)
        return fetch(connection, statement, *values, **options)

    monkeypatch.setattr(Connection, "fetch", noted)
    return sent


# What is saved.


async def test_those_who_read_at_once_ask_together(store, statements):
    await put(store, {b"%02d" % number: b"value %d" % number for number in range(32)})
    statements.clear()

    def read(reader, number):
        key = reader.get(b"%02d" % number)
        return key, reader.range(b"%02d" % number, b"99", limit=2), reader.get(b"00")

    found = await asyncio.gather(*(store.read(partial(read, number=n)) for n in range(32)))
    assert [value for value, _, _ in found] == [b"value %d" % number for number in range(32)]
    assert len(statements) <= 3


async def test_transactions_at_once_are_one_commit(store, statements):
    counts = await asyncio.gather(*(increment(store, b"counter") for _ in range(100)))
    assert counts == list(range(1, 101))
    commits = [statement for statement in statements if "commit_batch" in statement]
    assert len(commits) <= 2


async def test_a_transaction_without_changes_is_no_commit(store, statements):
    assert await store.transact(lambda tx: tx.get(b"key")) is None
    assert not any("commit_batch" in statement for statement in statements)


async def test_a_batch_that_grows_too_large_is_parted(store, monkeypatch, statements):
    monkeypatch.setattr("lenticular.engines.kv.postgresql.batches._MOST_BYTES", 100_000)
    await asyncio.gather(*(put(store, {b"%d" % number: bytes(40_000)}) for number in range(9)))
    assert len(await contents(store)) == 9
    assert sum("commit_batch" in statement for statement in statements) == 3


# Several processes.


async def test_two_stores_count_together(stores):
    async def count(store):
        return [await increment(store, b"counter") for _ in range(10)]

    counts = await asyncio.gather(*(count(store) for store in stores * 4))
    assert sorted(itertools.chain(*counts)) == list(range(1, 81))
    await stores[0].close()
    assert await increment(stores[1], b"counter") == 81


async def test_what_one_acknowledged_the_other_sees(stores):
    for number in range(20):
        await put(stores[number % 2], {b"key": b"%d" % number})
        assert await get(stores[(number + 1) % 2], b"key") == b"%d" % number


@pytest.mark.parametrize("reads_range", [True, False])
async def test_two_processes_cannot_both_rely_on_the_other(stores, reads_range):
    def leave(tx, doctor):
        if reads_range:
            on_call = [key for key, _ in tx.range(b"on call/", b"on call0")]
        else:
            on_call = [key for key in (b"on call/0", b"on call/1") if tx.get(key) is not None]
        if len(on_call) == 1:
            raise Refused
        tx.delete(b"on call/%d" % doctor)

    for _ in range(10):
        await put(stores[0], {b"on call/0": b"", b"on call/1": b""})
        outcomes = await asyncio.gather(
            *(store.transact(partial(leave, doctor=n)) for n, store in enumerate(stores)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes].count(Refused) == 1
        assert len(await contents(stores[0])) == 1


async def test_one_who_is_always_overtaken_gets_a_turn(stores):
    """Each attempt finds the key changed by then; the last one keeps the other waiting."""
    slow, quick = stores
    attempts = []

    def add(tx):
        attempts.append(int(tx.get(b"counter") or 0))
        tx.set(b"counter", b"%d" % (attempts[-1] + 100))

    def overtake(tx):
        tx.set(b"counter", b"%d" % (int(tx.get(b"counter") or 0) + 1))

    commit, commits = slow._batches._commit, []

    async def commit_late(*arguments, ends_turn=False):
        commits.append(ends_turn)
        if not ends_turn:
            await quick.transact(overtake)
        return await commit(*arguments, ends_turn=ends_turn)

    slow._batches._commit = commit_late
    await slow.transact(add)
    assert commits == [False, False, True]
    assert attempts == [0, 1, 2]
    assert await get(quick, b"counter") == b"102"


async def test_signals_reach_the_other_process(stores):
    with stores[1].watch(b"news") as watch, stores[1].watch(b"other") as other:
        await stores[0].transact(lambda tx: tx.signal(b"news"))
        assert await watch.wait(5)
        assert not await other.wait(0.05)


# Keys that are too long for an index.


async def test_long_keys_are_in_their_order(store):
    rng = random.Random(5)
    heads = [b"h" * HEAD, b"h" * (HEAD - 1) + b"i"]
    tails = [b"", b"a", b"a\x00", b"\xff" * 40, *(rng.randbytes(rng.randint(1, 99)) for _ in "123")]
    keys = sorted({head + tail for head in heads for tail in tails} | {b"a", heads[0][:-1], b"z"})
    bounds = [*keys, b"h" * (MAX_KEY_SIZE + 1), b"h", b"i", b""]
    await put(store, {key: b"of %d" % len(key) for key in keys})
    assert [key for key, _ in await contents(store)] == keys
    assert [await get(store, key) for key in keys] == [b"of %d" % len(key) for key in keys]
    for start, stop in itertools.product(rng.sample(bounds, 8), repeat=2):
        inside = [key for key in keys if start <= key < stop]
        for limit in (None, 1, 3):
            read = partial(_keys, start=start, stop=stop, limit=limit)
            assert await store.read(read) == (inside[:limit], inside[::-1][:limit])


def _keys(reader, start, stop, limit):
    def keys(reverse):
        return [key for key, _ in reader.range(start, stop, limit=limit, reverse=reverse)]

    return keys(reverse=False), keys(reverse=True)


async def test_a_range_that_ends_among_long_keys_is_deleted(store):
    head = b"k" * HEAD
    keys = [head, *(head + b"%d" % number for number in range(6)), b"l"]
    await put(store, dict.fromkeys(keys, b""))

    def remove(tx):
        tx.delete_range(head + b"2", head + b"4")
        assert [key for key, _ in tx.range(b"k", b"m")] == keys[:3] + keys[5:]

    await store.transact(remove)
    assert [key for key, _ in await contents(store)] == keys[:3] + keys[5:]
    assert await store.check() == []


def test_intervals_are_joined_and_leave_gaps():
    intervals = Intervals()
    for start, stop in ((b"b", b"c"), (b"x", b"z"), (b"e", b"g"), (b"c", b"d"), (b"f", b"h")):
        intervals.add(start, stop)
    assert list(intervals) == [(b"b", b"d"), (b"e", b"h"), (b"x", b"z")]
    assert [key in intervals for key in (b"a", b"b", b"d", b"g", b"h", b"y")] == [
        *(False, True, False, True, False, True)
    ]
    assert intervals.between(b"d", b"y") == [(b"e", b"h"), (b"x", b"z")]
    assert list(intervals.gaps(b"a", b"f")) == [(b"a", b"b"), (b"d", b"e")]
    assert list(intervals.gaps(b"y", b"zz")) == [(b"z", b"zz")]


# The database.


@pytest.mark.parametrize("setting", ["synchronous_commit=off"])
async def test_a_server_that_does_not_sync_is_refused(place, setting):
    with pytest.raises(StoreFailed, match="would lose what it acknowledges"):
        await PostgresqlStore.open(f"{place}&{setting}")


async def test_the_tables_of_others_are_left_alone(postgresql, place):
    schema = place.rpartition("=")[2]
    postgresql.execute(f"CREATE TABLE {schema}.pairs (left_shoe text)")
    with pytest.raises(StoreFailed, match="tables of another program"):
        await PostgresqlStore.open(place)


async def test_tables_of_a_later_release_are_refused(postgresql, place):
    await (await PostgresqlStore.open(place)).close()
    postgresql.execute(f"UPDATE {place.rpartition('=')[2]}.format SET number = 99")
    with pytest.raises(StoreFailed, match="format 99"):
        await PostgresqlStore.open(place)


async def test_damage_is_found(postgresql, store, place):
    await put(store, {b"k" * 3000: b"value", b"key": b"value"})
    assert await store.check() == []
    postgresql.execute(f"UPDATE {place.rpartition('=')[2]}.pairs SET tail = 'others'")
    assert await store.check() == ["2 rows do not have the key that they are found by"]


async def test_a_server_says_what_it_is(place):
    assert "PostgreSQL 1" in await PostgresqlStore.examine(place)


@pytest.mark.parametrize("open_or_examine", [PostgresqlStore.open, PostgresqlStore.examine])
async def test_no_message_tells_the_password(postgresql, open_or_examine):
    url = postgresql.url(password="wrong-secret")
    with pytest.raises(StoreFailed) as raised:
        await open_or_examine(url)
    told = repr(raised.value) + str(raised.value.__cause__)
    assert "password authentication failed" in told
    assert "secret" not in told


async def test_connections_that_wait_hold_nothing_up(postgresql, store):
    """They have begun a transaction ahead, and would keep rows from being vacuumed in it."""
    await put(store, {b"key": b"value"})
    await asyncio.gather(*(get(store, b"key") for _ in range(8)))
    await increment(store, b"counter")
    held = postgresql.execute(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE application_name = 'lenticular' AND backend_xmin IS NOT NULL"
    )
    assert held == "0"
