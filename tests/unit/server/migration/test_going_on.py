"""A migration goes on wherever it was cut off, and ends where its copy is not the same."""

import itertools
import shutil

import pytest

from lenticular.engines.blobs.contract import BlobStoreFull
from lenticular.engines.kv.keys import pack
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.server.migration import blobs, course, journal, migrating
from lenticular.server.migration import settings as migrating_settings
from lenticular.server.migration.migrating import Wanted

from .conftest import BLOB_STORE, STORE
from .moves import BACK, THERE, CutOff, cut_off, ignore, move, refusal, starts

# Cut off.


async def test_it_goes_on_from_every_stage(contents, configuration, moved, file, monkeypatch):
    stages = list(course.Course(configuration, file, None, None, ignore)._stages)
    wanted = Wanted(STORE, BLOB_STORE, remove_source=True)
    for name in stages:
        method = {"blobs": "_copy_blobs", "keys": "_copy_keys"}.get(name, f"_{name}")
        method = method.replace(" ", "_")
        with monkeypatch.context() as patched:
            cut_off(patched, course.Course, method)
            with pytest.raises(CutOff):
                await move(configuration, file, wanted)
        assert journal.load(configuration.data).stage == name
    assert (await move(configuration, file, Wanted())).blobs.items == 2
    await contents.check(moved)


async def test_it_goes_on_from_every_write(
    contents, configuration, moved, file, monkeypatch, elsewhere
):
    """Before every transaction and file that is replaced, in turn; each run gets one further."""
    monkeypatch.setattr(course.pairs, "PAGE", 10_000)
    runs = 0
    for writes in itertools.count():
        with monkeypatch.context() as patched:
            counted = Writes(writes)
            patched.setattr(SqliteStore, "transact", counted.before(SqliteStore.transact))
            for module in (journal, migrating_settings):
                patched.setattr(module, "replace_file", counted.before(module.replace_file))
            patched.setattr(blobs, "_copy", counted.before(blobs._copy))
            try:
                outcome = await move(configuration, file)
                break
            except CutOff:
                runs += 1
        for each in (configuration, moved) if journal.load(configuration.data) else ():
            assert "is being moved" in await refusal(starts(each))
    assert runs >= 8
    assert outcome.blobs.items == 2
    await contents.check(moved)


class Writes:
    """Lets the process be gone before one of what it writes."""

    def __init__(self, left):
        self.left = left

    def before(self, write):
        def counted(*arguments, **options):
            self.left -= 1
            if self.left < 0:
                raise CutOff
            return write(*arguments, **options)

        return counted


async def test_copied_blobs_are_not_copied_again(
    contents, configuration, moved, file, monkeypatch, elsewhere
):
    with monkeypatch.context() as patched:
        cut_off(patched, course.Course, "_copy_keys")
        with pytest.raises(CutOff):
            await move(configuration, file)
    # As if the journal had not been written since the first blob was copied.
    plan = journal.load(configuration.data)
    plan.stage, plan.cursor = "blobs", ""
    plan.save(configuration.data)
    files = {path: path.stat().st_ino for path in elsewhere.glob("blobs/??/*")}
    assert len(files) == 2
    await move(configuration, file)
    assert {path: path.stat().st_ino for path in elsewhere.glob("blobs/??/*")} == files


# Verified.


async def tamper_with_a_blob(elsewhere):
    path = next(elsewhere.glob("blobs/??/*"))
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data)


async def remove_a_blob(elsewhere):
    next(elsewhere.glob("blobs/??/*")).unlink()


async def tamper_with_a_key(elsewhere):
    store = await SqliteStore.open(elsewhere / "keys.db")
    await store.transact(lambda tx: tx.set(pack("tests", 1), b"other"))
    await store.close()


async def add_a_key(elsewhere):
    store = await SqliteStore.open(elsewhere / "keys.db")
    await store.transact(lambda tx: tx.set(pack("tests", 2), b"other"))
    await store.close()


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (tamper_with_a_blob, "a blob in the target is not as it was written"),
        (remove_a_blob, "a blob in the target is not as it was written"),
        (tamper_with_a_key, "of tests has another value in the target"),
        (add_a_key, "of tests is only in the target"),
    ],
)
async def test_a_copy_that_differs_stops_it_before_the_switch(
    contents, configuration, moved, file, monkeypatch, elsewhere, tamper, message
):
    with monkeypatch.context() as patched:
        cut_off(patched, course.Course, "_check_blobs")
        with pytest.raises(CutOff):
            await move(configuration, file)
    await tamper(elsewhere)
    told = await refusal(move(configuration, file))
    assert message in told
    assert "Nothing has been switched" in told
    assert not file.exists()
    assert "is being moved" in await refusal(starts(moved))
    await move(configuration, file)  # copies anew what differs
    await contents.check(moved)


async def test_a_damaged_source_is_told(contents, configuration, file, data):
    await tamper_with_a_blob(data)
    assert "the cloud is damaged where it is" in await refusal(move(configuration, file))
    await migrating.abandon(configuration)
    await starts(configuration)


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (tamper_with_a_blob, "not as it was written"),
        (tamper_with_a_key, "of tests has another value"),
    ],
)
async def test_comparing_changes_nothing(
    contents, configuration, moved, file, data, elsewhere, tamper, message
):
    await move(configuration, file)
    outcome = await migrating.compare(moved, BACK, ignore)
    assert outcome.blobs.items == 2
    assert outcome.digest
    assert not (data / "migration").exists()
    await contents.check(moved)
    await tamper(elsewhere)
    # It is the cloud now that was tampered with, and what is compared is its old place.
    if tamper is tamper_with_a_key:
        assert message in await refusal(migrating.compare(moved, BACK, ignore))
    await migrating.abandon(configuration)
    assert message in await refusal(migrating.compare(configuration, THERE, ignore))
    assert len(list(elsewhere.glob("blobs/??/*"))) == 2


# No room.


async def test_too_little_room_is_told_before_anything_is_copied(
    contents, configuration, moved, file, data, monkeypatch
):
    await move(configuration, file, Wanted(STORE, BLOB_STORE, remove_source=True))

    class Usage:
        free = 1_000_000

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda path: Usage)
        told = await refusal(move(moved, file, BACK))
    assert "has room for 1,000,000 bytes" in told
    assert not list(data.glob("blobs/??/*"))
    assert (await move(moved, file, Wanted())).resumed
    await contents.check(configuration)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), BlobStoreFull("No space left on device")]
)
async def test_a_full_disk_ends_it_and_it_goes_on(
    contents, configuration, moved, file, monkeypatch, error
):
    def full(*arguments):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("lenticular.engines.blobs.disk.IncomingFile", full)
        told = await refusal(move(configuration, file))
    assert "No space left on device. Nothing is lost" in told
    await move(configuration, file)
    await contents.check(moved)
