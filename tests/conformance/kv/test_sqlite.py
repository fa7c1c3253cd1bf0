"""The key-value store in a SQLite file keeps the contract, and keeps what it was given."""

import asyncio
import itertools
import os
import stat
import threading

import apsw
import pytest

from lenticular.engines.kv.contract import StoreFailed
from lenticular.engines.kv.sqlite import SqliteStore, checkpoints
from lenticular.testing.conformance_kv import (
    KeyValueStoreConformance,
    contents,
    get,
    increment,
    put,
)


class TestSqliteStore(KeyValueStoreConformance):
    @pytest.fixture
    def open_store(self, tmp_path):
        numbers = itertools.count()

        async def open_store():
            return await SqliteStore.open(tmp_path / f"{next(numbers)}.db")

        return open_store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
async def store(path):
    store = await SqliteStore.open(path)
    yield store
    await store.close()


def log_of(path):
    return path.with_name(path.name + "-wal")


async def test_everything_is_there_after_reopening(path):
    pairs = {b"short": b"1", b"long": b"2" * 5000, b"empty": b""}
    for _ in range(2):
        store = await SqliteStore.open(path)
        await put(store, pairs)
        await store.close()
        assert log_of(path).stat().st_size == 0
    store = await SqliteStore.open(path)
    assert await contents(store) == sorted(pairs.items())
    assert await store.check() == []
    await store.close()


async def test_only_the_owner_can_read_the_files(path):
    path.touch(mode=0o644)
    before = os.umask(0)
    try:
        store = await SqliteStore.open(path)
        await put(store, {b"secret": b"1"})
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        await store.close()
    finally:
        os.umask(before)
    assert modes.keys() >= {"store.db", "store.db-wal", "store.db-shm"}
    assert set(modes.values()) == {0o600}


def write_text(path):
    path.write_text("This is no database. " * 300)


def write_foreign_tables(path):
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE pairs (key, value)")
    connection.close()


def write_future_format(path):
    asyncio.run(open_and_close(path))
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 99)
    connection.close()


async def open_and_close(path):
    await (await SqliteStore.open(path)).close()


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_text, "does not open as a SQLite file"),
        (write_foreign_tables, "is the SQLite file of another program"),
        (write_future_format, "has format 99, and this release reads up to format 2"),
    ],
)
def test_a_file_that_is_no_store_is_refused_as_it_is(path, write, message):
    write(path)
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match=message):
        asyncio.run(open_and_close(path))
    assert path.read_bytes()[100:] == before[100:]  # behind SQLite's header


async def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        await SqliteStore.open(tmp_path / "missing" / "store.db")


async def test_a_long_read_stays_in_one_state(store):
    await put(store, {b"a": b"old", b"b": b"old" * 1000})
    begun, written = threading.Event(), threading.Event()

    def read_slowly(reader):
        first = reader.get(b"a")
        begun.set()
        written.wait(10)
        return first, reader.get(b"b"), reader.range(b"a", b"z")

    reading = asyncio.create_task(store.read(read_slowly, long=True))
    await asyncio.to_thread(begun.wait, 10)
    await put(store, {b"a": b"new", b"b": b"new", b"c": b"new"})
    assert await get(store, b"b") == b"new"
    written.set()
    old = b"old" * 1000
    assert await reading == (b"old", old, [(b"a", b"old"), (b"b", old)])
    assert await store.read(lambda reader: len(reader.range(b"a", b"z")), long=True) == 3


async def test_another_process_is_seen_in_the_next_turn_at_the_latest(store, path):
    is_put, may_close = threading.Event(), threading.Event()

    async def put_as_another():
        other = await SqliteStore.open(path)
        await put(other, {b"a": b"new"})
        is_put.set()
        await asyncio.to_thread(may_close.wait)  # its last checkpoint waits for who reads
        await other.close()

    await put(store, {b"a": b"old"})
    assert await get(store, b"a") == b"old"
    thread = threading.Thread(target=asyncio.run, args=(put_as_another(),))
    thread.start()
    is_put.wait()  # blocks, so that this is still the same turn
    assert await get(store, b"a") in {b"old", b"new"}
    await asyncio.sleep(0)
    assert await get(store, b"a") == b"new"
    may_close.set()
    await asyncio.to_thread(thread.join)


def test_no_view_outlives_its_event_loop(path):
    async def read_and_stop():
        assert await get(store, b"a") == b"old"
        asyncio.get_running_loop().stop()  # before the turn ends

    store = asyncio.run(SqliteStore.open(path))
    asyncio.run(put(store, {b"a": b"old"}))
    loop = asyncio.new_event_loop()
    reading = loop.create_task(read_and_stop())
    loop.run_forever()
    assert reading.done()
    loop.close()
    writing = threading.Thread(target=asyncio.run, args=(put(store, {b"a": b"new"}),))
    writing.start()
    writing.join()
    assert asyncio.run(get(store, b"a")) == b"new"
    asyncio.run(store.close())


async def test_two_stores_share_a_file(path):
    stores = [await SqliteStore.open(path) for _ in range(2)]

    async def count(store):
        return [await increment(store, b"counter") for _ in range(10)]

    counts = await asyncio.gather(*(count(store) for store in stores * 4))
    assert sorted(itertools.chain(*counts)) == list(range(1, 81))
    await stores[0].close()
    assert await increment(stores[1], b"counter") == 81
    await stores[1].close()


def test_several_event_loops_share_a_store(path):
    async def count():
        return [await increment(store, b"counter") for _ in range(10)]

    store = asyncio.run(SqliteStore.open(path))
    threads = [threading.Thread(target=asyncio.run, args=(count(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asyncio.run(get(store, b"counter")) == b"40"
    asyncio.run(store.close())


async def test_those_who_wait_are_woken_at_once(store, monkeypatch):
    writing, go_on = threading.Event(), threading.Event()

    def hold(tx):
        writing.set()
        go_on.wait(10)

    holding = asyncio.create_task(store.transact(hold))
    await asyncio.to_thread(writing.wait, 10)
    waiting = [asyncio.create_task(increment(store, b"counter")) for _ in range(50)]
    await asyncio.sleep(0)  # the tasks hand their transactions over
    wake_ups = []
    loop = asyncio.get_running_loop()
    wake_up = loop.call_soon_threadsafe
    monkeypatch.setattr(
        loop,
        "call_soon_threadsafe",
        lambda *arguments: wake_ups.append(arguments) or wake_up(*arguments),
    )
    go_on.set()
    await asyncio.gather(holding, *waiting)
    assert len(wake_ups) == 1


async def test_the_log_stays_short(path, monkeypatch):
    monkeypatch.setattr(checkpoints, "STEP", 50)
    store = await SqliteStore.open(path)
    for number in range(1000):
        await put(store, {b"%d" % number: b"v" * 5000})
    assert log_of(path).stat().st_size < 1000 * 4096 < path.stat().st_size
    assert await store.check() == []
    await store.close()


async def test_a_range_of_long_values_takes_their_space_along(store, path):
    await put(store, {b"%d" % number: b"v" * 5000 for number in range(100)})
    await store.transact(lambda tx: tx.delete_range(b"0", b"9"))
    await put(store, {b"9": b"short"})
    assert await store.check() == []


async def test_damage_is_found(path):
    store = await SqliteStore.open(path)
    await put(store, {b"%d" % number: b"v" * 5000 for number in range(100)})
    await store.close()
    connection = apsw.Connection(str(path))
    connection.execute("DELETE FROM large WHERE id = 7")
    connection.execute("UPDATE pairs SET value = x'00', large = NULL WHERE key = CAST('9' AS BLOB)")
    connection.close()
    store = await SqliteStore.open(path)
    assert await store.check() == ["1 keys have lost their value", "1 values have no key"]
    await store.close()


async def test_overwritten_pages_are_found(path):
    store = await SqliteStore.open(path)
    await put(store, {b"%04d" % number: b"v" * 100 for number in range(2000)})
    await store.close()
    with path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(os.urandom(4 * 4096))
    store = await SqliteStore.open(path)
    assert len(await store.check()) >= 1
    with pytest.raises(StoreFailed):
        await contents(store)
    with pytest.raises(StoreFailed):
        await store.transact(lambda tx: tx.range(b"0", b"9"))
    await store.close()
