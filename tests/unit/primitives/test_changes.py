"""What another process changes is forgotten here as soon as it is signalled."""

import asyncio

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.changes import Changes
from lenticular.primitives.remembered import CHANGED, Remembered, tell_changed


@pytest.fixture
def store():
    return MemoryStore()


async def test_what_is_signalled_is_learned_at_once_and_once_before(store):
    learned = asyncio.Semaphore(0)
    changes = Changes(store)
    changes.follow(b"news", learned.release)
    async with changes.followed(), asyncio.timeout(10):
        await learned.acquire()
        await store.transact(lambda tx: tx.signal(b"news"))
        await learned.acquire()


async def test_a_failure_to_learn_ends_nothing(store):
    learned = asyncio.Semaphore(0)

    async def learn():
        learned.release()
        raise LookupError("no")

    changes = Changes(store)
    changes.follow(b"news", learn)
    async with changes.followed(), asyncio.timeout(10):
        await learned.acquire()
        await store.transact(lambda tx: tx.signal(b"news"))
        await learned.acquire()


async def test_what_is_followed_by_time_too_is_learned_without_a_signal(store):
    learned = asyncio.Semaphore(0)
    changes = Changes(store)
    changes.follow(b"news", learned.release, every=0.001)
    async with changes.followed(), asyncio.timeout(10):
        for _ in range(3):
            await learned.acquire()


async def test_what_is_remembered_is_forgotten_with_the_signal(store):
    remembered = Remembered(store, lambda reader, name: reader.get(name), clock=lambda: 0.0)
    changes = Changes(store)
    changes.follow(CHANGED, remembered.forget_all)

    def change(tx):
        tx.set(b"name", b"new")
        tell_changed(tx)

    async with changes.followed():
        await asyncio.sleep(0)  # it begins to follow
        assert await remembered.named(b"name") is None
        await store.transact(change)
        assert await remembered.named(b"name") == b"new"


async def test_what_was_read_before_a_change_is_not_remembered_behind_it(store):
    class Slow(MemoryStore):
        async def read(self, fn, *, long=False):
            found = await super().read(fn)
            remembered.forget_all()
            return found

    remembered = Remembered(Slow(), lambda reader, name: reader.get(name), clock=lambda: 0.0)
    assert await remembered.named(b"name") is None
    assert remembered._remembered == {}
