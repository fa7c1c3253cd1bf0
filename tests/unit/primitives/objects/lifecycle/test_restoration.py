"""Restoration: what is archived is read by a copy that is there for a while."""

import pytest

from lenticular.primitives.objects import Attributes, Source
from lenticular.primitives.objects.errors import (
    NotArchived,
    ObjectArchived,
    ObjectNotFound,
    RestorationRunning,
    TierUnavailable,
)
from lenticular.primitives.objects.lifecycle.calendar import CIVIL
from lenticular.primitives.objects.lifecycle.rules import BY_CLASS, Lifecycle, Transition
from lenticular.testing.values import collect, stream

from .conftest import DAY, START

NOW = START / 1000
DATA = b"x" * 500


@pytest.fixture
def put(storage, alice, bucket):
    async def put(storage_class="GLACIER", key="key", data=DATA):
        attributes = Attributes(storage_class=storage_class)
        stored = await storage.objects.put(alice, bucket, key, stream(data), attributes)
        return stored.version

    return put


@pytest.fixture
def restore(storage, alice, bucket):
    async def restore(days=1, tier="Standard", *, now=NOW, key="key", version_id=None):
        begin = storage.lifecycles.restorations.begin
        return await begin(alice, bucket, key, version_id, days, tier, now)

    return restore


@pytest.fixture
def advance(storage):
    async def advance(now):
        return await storage.lifecycles.restorations.advance(now)

    return advance


@pytest.fixture
def read(storage, alice, bucket):
    async def read(key="key"):
        found = await storage.objects.get(alice, bucket, key)
        return await collect(storage.objects.read(found))

    return read


@pytest.fixture
def state(storage, alice, bucket):
    async def state(key="key"):
        found = await storage.objects.get(alice, bucket, key, load=False)
        return found.version.restoration

    return state


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
@pytest.mark.parametrize("data", [b"small", DATA])
async def test_a_copy_comes_and_goes(put, restore, advance, read, state, storage_class, data):
    await put(storage_class, data=data)
    with pytest.raises(ObjectArchived):
        await read()
    assert await restore(2) is True
    assert (await state()).until == 0
    assert await advance(NOW + 4.9) == 0
    with pytest.raises(ObjectArchived):
        await read()
    assert await advance(NOW + 5) == 1
    assert (await state()).until == CIVIL.after(START + 5000, 2) == START + 3 * DAY
    assert await read() == data
    assert await advance(NOW + 3 * 86_400 - 1) == 0
    assert await advance(NOW + 3 * 86_400) == 1
    assert await state() is None
    with pytest.raises(ObjectArchived):
        await read()
    assert await restore() is True


@pytest.mark.parametrize(("tier", "seconds"), [("Expedited", 1), ("Standard", 5), ("Bulk", 10)])
async def test_every_tier_takes_its_time(put, restore, advance, tier, seconds):
    await put()
    await restore(tier=tier)
    assert await advance(NOW + seconds - 0.1) == 0
    assert await advance(NOW + seconds) == 1


async def test_while_it_is_restored_it_cannot_be_restored_again(put, restore):
    await put()
    await restore()
    with pytest.raises(RestorationRunning):
        await restore()


@pytest.mark.parametrize(("days", "end"), [(9, 11), (1, 3)])
async def test_a_copy_is_kept_for_longer_or_shorter(put, restore, advance, read, days, end):
    await put()
    await restore(4)
    await advance(NOW + 5)
    assert await restore(days, now=NOW + 86_400) is False
    assert await advance(NOW + end * 86_400 - 1) == 0
    assert await read() == DATA
    assert await advance(NOW + end * 86_400) == 1
    assert await advance(NOW + 99 * 86_400) == 0


@pytest.mark.parametrize("storage_class", ["STANDARD", "GLACIER_IR", "INTELLIGENT_TIERING"])
async def test_what_can_be_read_is_not_restored(put, restore, read, storage_class):
    await put(storage_class)
    with pytest.raises(NotArchived):
        await restore()
    assert await read() == DATA


async def test_deep_archives_know_no_hurry(put, restore):
    await put("DEEP_ARCHIVE")
    with pytest.raises(TierUnavailable):
        await restore(tier="Expedited")
    assert await restore(tier="Bulk") is True


async def test_a_job_for_an_object_that_is_gone_is_dropped(
    storage, alice, bucket, put, restore, advance, state
):
    await put()
    await restore()
    await storage.deletions.delete(alice, bucket, "key")
    assert await advance(NOW + 5) == 0
    await put()
    await restore()
    await put()  # another object of the name: the job is not for it
    assert await advance(NOW + 99) == 0
    assert await state() is None
    with pytest.raises(ObjectNotFound):
        await restore(key="nothing")


async def test_archived_objects_are_no_source_of_copies(
    storage, alice, bucket, put, restore, advance, read
):
    await put()
    upload = await storage.uploads.create(alice, bucket, "joined", Attributes())
    source = Source(bucket, "key")

    async def copy():
        await storage.copies.copy(alice, source, bucket, "copy")

    async def copy_part():
        await storage.uploads.copy_part(alice, source, bucket, "joined", upload.id, 1)

    for attempt in (copy, copy_part):
        with pytest.raises(ObjectArchived):
            await attempt()
    await restore()
    await advance(NOW + 5)
    await copy()
    await copy_part()
    assert await read("copy") == DATA


async def test_a_restored_object_may_move_on(storage, alice, bucket, put, restore, advance, rule):
    await put()
    await restore(days=50)
    await advance(NOW + 5)
    moves = rule(transitions=(Transition("DEEP_ARCHIVE", 1),))
    await storage.lifecycles.put(alice, bucket, Lifecycle((moves,), BY_CLASS))
    found = await storage.objects.get(alice, bucket, "key")
    later = found.version.modified / 1000 + 3 * 86_400
    assert await storage.lifecycles.worker.run(later) == 1
    found = await storage.objects.get(alice, bucket, "key")
    assert found.version.storage_class == "DEEP_ARCHIVE"


async def test_many_jobs_come_due_at_once(put, restore, advance):
    for number in range(250):
        await put(key=f"{number:03}", data=b"small")
        await restore(key=f"{number:03}")
    assert await advance(NOW + 5) == 250
    assert await advance(NOW + 5) == 0
