"""Those who write to one SQLite file take turns, and the dead hold nobody up.

Locks of open files tell apart who opened them, so threads here do for processes.
"""

import asyncio
import fcntl
import subprocess
import sys
import threading

import pytest

from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.engines.kv.sqlite.turns import Turns
from lenticular.testing.conformance_kv import increment

HOLDER = """
import pathlib, sys, time
from lenticular.engines.kv.sqlite.turns import Turns

with Turns(pathlib.Path(sys.argv[1])).turn():
    print("mine", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def turns(path):
    both = [Turns(path), Turns(path)]
    yield both
    for each in both:
        each.close()


def is_free(path):
    with path.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_who_waits_is_the_next_one(path, turns):
    order = []

    def wait_for_a_turn():
        with turns[1].turn():
            order.append("the other")

    other = threading.Thread(target=wait_for_a_turn)
    with turns[0].turn():
        order.append("this one")
        other.start()
        while is_free(path.with_name("store.db-next")):
            pass
    with turns[0].turn():
        order.append("this one again")
    other.join()
    assert order == ["this one", "the other", "this one again"]


def test_the_turn_of_a_killed_process_ends(path, turns):
    arguments = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"mine\n"
        assert not is_free(path.with_name("store.db-turn"))
        holder.kill()
    with turns[0].turn():
        assert not is_free(path.with_name("store.db-turn"))


async def test_shared_stores_lose_no_increment(path):
    stores = [await SqliteStore.open(path, shared=True) for _ in range(3)]
    counts = await asyncio.gather(*(increment(stores[n % 3], b"counter") for n in range(60)))
    assert sorted(counts) == list(range(1, 61))
    await asyncio.gather(*(store.close() for store in stores))


async def test_a_shared_store_can_be_closed_while_another_writes(path):
    first, second = [await SqliteStore.open(path, shared=True) for _ in range(2)]
    writing = [asyncio.create_task(increment(first, b"counter")) for _ in range(20)]
    await second.close()
    assert sorted(await asyncio.gather(*writing)) == list(range(1, 21))
    await first.close()
