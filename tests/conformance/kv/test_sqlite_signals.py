"""Signals reach the other processes on a SQLite file, whatever becomes of them.

A second store in this process stands for another process: it has its own sockets.
"""

import asyncio
import contextlib
import stat
import subprocess
import sys

import pytest

from lenticular.engines.kv.sqlite import SqliteStore, signals

WATCHER = """
import asyncio, sys
from lenticular.engines.kv.sqlite import SqliteStore

async def main():
    store = await SqliteStore.open(sys.argv[1])
    with store.watch(b"news") as news:
        print("watching", flush=True)
        print(await news.wait(10), flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
async def stores(tmp_path):
    stores = [await SqliteStore.open(tmp_path / "store.db") for _ in range(2)]
    yield stores
    for store in stores:
        await store.close()


def sockets(folder):
    return sorted((folder / "store.db-signals").iterdir())


async def signal(store, *topics):
    def change(tx):
        for topic in topics:
            tx.signal(topic)

    await store.transact(change)


async def test_another_process_is_woken_and_its_end_is_noticed(stores, tmp_path):
    watcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WATCHER, str(tmp_path / "store.db"), stdout=subprocess.PIPE
    )
    assert await watcher.stdout.readline() == b"watching\n"
    await signal(stores[0], b"news")
    assert await watcher.stdout.readline() == b"True\n"
    watcher.kill()
    await watcher.wait()
    assert len(sockets(tmp_path)) == 1
    await signal(stores[0], b"news")
    assert sockets(tmp_path) == []


async def test_every_store_on_the_file_is_woken(stores):
    with stores[0].watch(b"news") as near, stores[1].watch(b"news") as far:
        for store in stores:
            await signal(store, b"weather", b"news")
            assert await near.wait(10)
            assert await far.wait(10)


async def test_the_signal_is_there_before_the_transaction_is_answered(stores):
    with stores[1].watch(b"news") as far:
        for _ in range(20):
            await signal(stores[0], b"news")
            assert await far.wait(0.1)


async def test_a_socket_is_there_only_while_somebody_watches(stores, tmp_path):
    with stores[0].watch(b"a"), stores[0].watch(b"b"):
        assert stat.S_IMODE((tmp_path / "store.db-signals").stat().st_mode) == 0o700
        assert len(sockets(tmp_path)) == 1
    assert sockets(tmp_path) == []


async def test_who_is_too_busy_for_a_signal_gets_it_later(stores, tmp_path):
    topics = [b"topic %d" % number for number in range(100)]
    with contextlib.ExitStack() as stack:
        far = [stack.enter_context(stores[1].watch(topic)) for topic in topics]
        listener = stores[1]._post._boxes[asyncio.get_running_loop()]
        asyncio.get_running_loop().remove_reader(listener._socket)
        for topic in topics:  # more than the kernel keeps for one socket
            await signal(stores[0], topic)
        assert stores[0]._post.is_late
        asyncio.get_running_loop().add_reader(listener._socket, listener._receive)
        assert all(await asyncio.gather(*(watch.wait(10) for watch in far)))


async def test_more_topics_than_a_letter_holds_wake_everyone(stores, monkeypatch):
    monkeypatch.setattr(signals, "_LARGEST", 100)
    with stores[1].watch(b"no such topic") as bystander:
        await signal(stores[0], *(b"topic %d" % number for number in range(100)))
        assert await bystander.wait(10)


async def test_a_folder_may_lie_deep(tmp_path):
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    stores = [await SqliteStore.open(deep / "store.db") for _ in range(2)]
    with stores[1].watch(b"news") as far:
        await signal(stores[0], b"news")
        assert await far.wait(10)
    for store in stores:
        await store.close()
