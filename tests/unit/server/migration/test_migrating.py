"""A cloud moves, whole or not at all."""

import shutil

import pytest

from lenticular.engines.kv.contract import StoreUnavailable
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.primitives import leases
from lenticular.primitives.leases import Leases
from lenticular.server import keyvaluestore, wiring
from lenticular.server.configuration import Configuration
from lenticular.server.migration import course, migrating, notes
from lenticular.server.migration.journal import MigrationError
from lenticular.server.migration.migrating import Wanted
from lenticular.server.settings import load

from .conftest import BLOB_STORE, STORE, Contents
from .moves import BACK, CutOff, cut_off, move, refusal, starts

# There and back.


async def test_there_and_back(contents, configuration, moved, file, data, elsewhere):
    outcome = await move(configuration, file)
    assert outcome.target == {"store": STORE, "blob_store": BLOB_STORE}
    assert outcome.blobs.items == 2
    assert outcome.blobs.size == 3_070_000
    assert outcome.keys.items > 10
    assert outcome.kept == (str(data / "lenticular.db"), str(data / "blobs"))
    assert not outcome.resumed
    assert load({"data": data}, environment={}) == moved
    there = await contents.check(moved)
    assert len(there) == 2

    await contents.put(moved, 500_000)
    shutil.copytree(elsewhere, elsewhere.with_name("kept"))
    back = await move(moved, file, BACK)
    assert back.blobs.items == 3
    assert load({"data": data}, environment={}) == configuration
    assert len(await contents.check(configuration)) == 3
    assert not (data / "migration").exists()
    await contents.put(configuration, 200_000)
    assert (await move(configuration, file)).blobs.items == 4
    assert len(await contents.check(moved)) == 4


@pytest.mark.parametrize(
    ("wanted", "settings"),
    [
        (Wanted(store=STORE), {"store": STORE}),
        (Wanted(blob_store=BLOB_STORE), {"blob_store": BLOB_STORE}),
    ],
)
async def test_only_one_of_both_moves(contents, configuration, file, data, wanted, settings):
    before = await contents.check(configuration)
    outcome = await move(configuration, file, wanted)
    assert bool(outcome.digest) == ("store" in settings)
    assert bool(outcome.blobs.items) == ("blob_store" in settings)
    moved = load({"data": data}, environment={})
    assert moved == Configuration(data=data, **settings)
    assert await contents.check(moved) == before
    with pytest.raises(RuntimeError, match=r"has moved to|the blobs are in"):
        await starts(configuration)
    await move(moved, file, BACK)
    assert await contents.check(configuration) == before


async def test_what_nothing_refers_to_is_left(contents, configuration, moved, file):
    async with wiring.open_cloud(configuration) as cloud, cloud.blobs.create() as writer:
        await writer.write(b"orphan")
        await writer.commit()
    assert (await move(configuration, file)).blobs.items == 2
    assert len(await contents.check(moved)) == 2


async def test_the_source_is_kept_as_it_was(contents, configuration, file, data):
    files = {path: path.read_bytes() for path in (data / "blobs").rglob("*") if path.is_file()}
    store = await keyvaluestore.open_store(configuration)
    before = await store.read(lambda reader: reader.range(b"", b"\xff" * 9000))
    await store.close()
    await move(configuration, file)
    store = await keyvaluestore.open_store(configuration)
    after = await store.read(lambda reader: reader.range(b"", b"\xff" * 9000))
    await store.close()
    assert [pair for pair in after if pair[0] != notes.NOTE] == before
    assert all(path.read_bytes() == was for path, was in files.items())


async def test_the_source_is_emptied_if_wanted(contents, configuration, moved, file, data):
    outcome = await move(configuration, file, Wanted(STORE, BLOB_STORE, remove_source=True))
    assert outcome.kept == ()
    assert not list((data / "blobs").glob("??/*"))
    assert (data / "lenticular.db").stat().st_size < 100_000
    assert "has moved to postgresql" in await refusal(starts(configuration))
    assert "nothing is left here" in await refusal(migrating.abandon(configuration))
    await contents.check(moved)
    back = await move(moved, file, Wanted("", "", remove_source=True))
    assert back.blobs.items == 2
    await contents.check(configuration)


# Never half-way.


async def test_a_cloud_that_left_is_not_started(contents, configuration, moved, file):
    await move(configuration, file)
    assert "has moved to postgresql://lab@elsewhere" in await refusal(starts(configuration))
    assert await migrating.abandon(configuration)
    await contents.check(configuration)


async def test_a_cloud_that_is_half_way_is_not_started(
    contents, configuration, moved, file, monkeypatch
):
    cut_off(monkeypatch, course.Course, "_check_blobs")
    with pytest.raises(CutOff):
        await move(configuration, file)
    for each in (configuration, moved):
        assert "`lenticular migrate`" in await refusal(starts(each))
    # Nor from another data folder that has the same stores.
    shutil.rmtree(configuration.data / "migration")
    assert "is being moved to postgresql" in await refusal(starts(configuration))
    assert "is not whole yet" in await refusal(starts(moved))


async def test_what_was_given_up_goes_on_and_may_move_later(
    contents, configuration, moved, file, monkeypatch
):
    with monkeypatch.context() as patched:
        cut_off(patched, course.Course, "_check_keys")
        with pytest.raises(CutOff):
            await move(configuration, file)
    assert "another place" not in await migrating.abandon(configuration)
    await contents.put(configuration, 90_000)
    assert "no migration to give up" in await refusal(migrating.abandon(configuration))
    assert (await move(configuration, file)).blobs.items == 3
    await contents.check(moved)


async def test_what_cannot_begin_leaves_nothing(contents, configuration, file, data, monkeypatch):
    with monkeypatch.context() as patched:
        away(patched)
        told = await refusal(move(configuration, file))
    assert told == "PostgreSQL is away. Nothing has begun"
    assert not (data / "migration").exists()
    await contents.check(configuration)


async def test_a_migration_is_given_up_without_its_target(
    contents, configuration, file, monkeypatch
):
    with monkeypatch.context() as patched:
        cut_off(patched, course.Course, "_copy_keys")
        with pytest.raises(CutOff):
            await move(configuration, file)
    with monkeypatch.context() as patched:
        away(patched)
        assert "PostgreSQL is away. Nothing is lost" in await refusal(move(configuration, file))
        assert f"{STORE} and {BLOB_STORE}" in await migrating.abandon(configuration)
    await contents.check(configuration)


def away(patched):
    """Let PostgreSQL be away."""
    usual = keyvaluestore.open_store

    async def open_store(configuration):
        if configuration.store:
            raise StoreUnavailable("PostgreSQL is away")
        return await usual(configuration)

    patched.setattr(keyvaluestore, "open_store", open_store)


async def test_how_the_target_is_reached_may_be_mended(
    contents, configuration, moved, file, data, tmp_path, monkeypatch
):
    """Settings are read anew until the switch, and then come into the data folder."""
    own = tmp_path / "new"
    own.mkdir()
    (data / "blob_store.toml").write_text('region = "old"\n')
    (data / "blob_store.toml").chmod(0o600)
    (own / "blob_store.toml").write_text('region = "wrong"\n')
    wanted = Wanted(STORE, BLOB_STORE, own)
    (own / "blob_store.toml").chmod(0o640)
    with pytest.raises(MigrationError, match=f"chmod 600 {own}/blob_store.toml"):
        await move(configuration, file, wanted)
    (own / "blob_store.toml").chmod(0o600)
    with monkeypatch.context() as patched:
        cut_off(patched, course.Course, "_copy_keys")
        with pytest.raises(CutOff):
            await move(configuration, file, wanted)
    (own / "blob_store.toml").write_text('region = "right"\n')
    await move(configuration, file, Wanted())
    assert (data / "blob_store.toml").read_text() == 'region = "right"\n'
    assert (data / "blob_store.toml.before").read_text() == 'region = "old"\n'
    assert not (data / "store.toml").exists()
    await contents.check(moved)


async def test_another_migration_than_the_one_under_way_is_refused(
    contents, configuration, moved, file, monkeypatch
):
    with monkeypatch.context() as patched:
        cut_off(patched, course.Course, "_copy_keys")
        with pytest.raises(CutOff):
            await move(configuration, file)
    other = Wanted(store="postgresql://lab@third/cloud")
    assert "is being moved to postgresql://lab@elsewhere" in await refusal(
        move(configuration, file, other)
    )
    assert (await move(configuration, file, Wanted())).resumed
    await contents.check(moved)


async def test_a_cloud_that_runs_on_another_machine_is_not_moved(
    contents, configuration, moved, file, monkeypatch
):
    await move(configuration, file)
    monkeypatch.setattr(leases, "_BEAT", 0.01)
    store = await keyvaluestore.open_store(moved)
    async with Leases(store, is_alone=False).joined():
        assert "runs on another machine" in await refusal(move(moved, file, BACK))
    await store.close()
    await contents.check(moved)
    await move(moved, file, BACK)


# Whose place it is.


async def test_the_place_of_another_cloud_is_refused(contents, configuration, file, tmp_path):
    other = Configuration(data=tmp_path / "other")
    await Contents().put(other, 80_000)
    await move(other, other.data / "lenticular.toml")
    assert "holds a cloud already" in await refusal(move(configuration, file))
    only_blobs = Wanted(blob_store=BLOB_STORE)
    assert "not known to be this cloud's" in await refusal(move(configuration, file, only_blobs))
    await contents.check(configuration)  # nothing keeps it from being started


async def test_a_store_of_something_else_is_refused(contents, configuration, file, elsewhere):
    store = await SqliteStore.open(elsewhere / "keys.db")
    await store.transact(lambda tx: tx.set(b"\x02else\x00", b""))
    await store.close()
    assert "holds a cloud already" in await refusal(move(configuration, file))


async def test_blobs_of_nobody_known_are_not_mixed_with_ours(contents, configuration, file, data):
    moved = Configuration(data=data, blob_store=BLOB_STORE)
    await move(configuration, file, Wanted(blob_store=BLOB_STORE))
    (data / "blobs/cloud").write_text("somebody")
    assert "move them away" in await refusal(move(moved, file, Wanted(blob_store="")))
    await contents.check(moved)


@pytest.mark.parametrize(
    ("wanted", "message"), [(Wanted(), "say where to"), (BACK, "there already")]
)
async def test_nowhere_to_go(configuration, contents, file, wanted, message):
    assert message in await refusal(move(configuration, file, wanted))
    await contents.check(configuration)
