"""Sweeps take what nobody can need any more, and nothing that another process has under way."""

import time

import pytest

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.contract import StoreUnavailable
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Contents, contents
from lenticular.primitives.leases import Leases

SOON = 60.0


@pytest.fixture
def cloud():
    """A cloud of two processes: the contents and the leases of each."""
    store, blobs = MemoryStore(), MemoryBlobs()
    processes = []
    for _ in range(2):
        made = Contents(store, blobs, small=4, grace=0)
        leases = Leases(store, is_alone=False, reading_since=made.reading_since)
        made.check_alive = leases.check
        processes.append((made, leases))
    return processes


async def chunks(data):
    yield data


async def receive(process, data=b"a large content"):
    return await process.receive(chunks(data), ())


def attach(process, received):
    return process.keep(received, lambda tx: process.attach(tx, received))


async def test_what_another_process_is_about_to_commit_is_no_orphan(cloud):
    (first, leases), (second, others) = cloud
    async with leases.joined():
        received = await receive(first)
        async with others.joined():  # it begins after the upload
            assert await second.sweep_orphans(others.since) == 0
            content = await attach(first, received)
    assert b"".join([chunk async for chunk in second.read(content)]) == b"a large content"


async def test_an_upload_is_safe_whose_process_joins_while_blobs_are_listed(cloud):
    (first, leases), (second, others) = cloud
    asked = []

    async def since():
        asked.append(1)
        return await others.since() if len(asked) > 1 else time.time() + SOON

    async with leases.joined(), others.joined():
        received = await receive(first)
        assert await second.sweep_orphans(since) == 0
        await attach(first, received)


async def test_what_a_dead_process_left_is_an_orphan(cloud):
    (first, leases), (second, _) = cloud
    async with leases.joined():
        received = await receive(first)
    later = Leases(second.store, is_alone=False)
    later._began = time.time() + SOON
    async with later.joined():
        later._began = time.time() + SOON
        assert await second.sweep_orphans(lambda: moment(later._began)) == 1
    with pytest.raises(StoreUnavailable):  # it lives after all, and has left too early
        await attach(first, received)


async def moment(at):
    return at


async def test_an_upload_that_takes_too_long_comes_to_nothing(cloud, monkeypatch):
    (first, leases), _ = cloud
    async with leases.joined():
        received = await receive(first)
        monkeypatch.setattr(contents, "LONGEST", 0.0)
        with pytest.raises(StoreUnavailable):
            await attach(first, received)


async def test_what_another_process_reads_is_not_removed(cloud):
    (first, leases), (second, others) = cloud
    async with leases.joined():
        content = await attach(first, await receive(first))
        reading = first.read(content)
        assert await anext(reading)
        await second.store.transact(lambda tx: second.release(tx, content))
        async with others.joined():
            await others.since()
            assert await second.sweep(others.reading_since) == 0
            await reading.aclose()
            await leases.since()
            await others.since()
            assert await second.sweep(others.reading_since + 1) == 1
