"""Backups: one state, exactly its blobs, and nothing twice."""

import asyncio
import time

import pytest

from lenticular.primitives.backups import (
    BackupError,
    RepositoryInUse,
    back_up,
    copying,
)
from lenticular.primitives.backups.blobtable import PIECE, SavedBlob
from lenticular.primitives.contents import blobs_in_use
from lenticular.primitives.contents.holds import HOLDS, is_held

from .conftest import nobody


async def saved(repository, manifest):
    return [SavedBlob.of(pair) async for pair in repository.pairs(manifest.blobs)]


async def test_a_snapshot_has_all_keys_and_exactly_the_blobs_they_refer_to(
    cloud, repository, make_backup
):
    await cloud.fill()
    kept = [await cloud.keep() for _ in range(5)]
    large = await cloud.keep(bytes(range(256)) * (PIECE // 128))
    async with cloud.blobs.create() as writer:
        await writer.write(b"an orphan")
        await writer.commit()
    _, manifest = await make_backup()
    found = [pair async for pair in repository.pairs(manifest.keys)]
    assert [pair for pair in found if b"\x02hold\x00" not in pair[0]] == await cloud.pairs()
    blobs = await saved(repository, manifest)
    assert {blob.id for blob in blobs} == {content.blob for content in [*kept, large]}
    assert {blob.id: len(blob.pieces) for blob in blobs}[large.blob] == 2
    assert (manifest.blob_count, manifest.blob_bytes) == (6, 15_000 + 2 * PIECE)
    assert manifest.damages == []


async def test_a_second_backup_writes_what_is_new_and_reads_no_blob_again(
    cloud, repository, make_backup, monkeypatch
):
    await cloud.fill()
    for _ in range(10):
        await cloud.keep()
    _, first = await make_backup()
    assert first.added_files > 20
    new = await cloud.keep(b"new bytes" * 1000)
    read, original = [], cloud.blobs.read

    def spied(blob_id, *arguments):
        read.append(blob_id)
        return original(blob_id, *arguments)

    monkeypatch.setattr(cloud.blobs, "read", spied)
    _, second = await make_backup()
    assert read == [new.blob]
    # The piece, the table of blobs, and the chunk in which the new keys are (or two).
    assert 3 <= second.added_files <= 4
    assert second.added_bytes < first.added_bytes / 5
    assert second.blob_count == 11


async def test_equal_bytes_of_two_blobs_are_kept_once(cloud, make_backup):
    await cloud.keep(b"equal" * 1000)
    await make_backup()
    await cloud.keep(b"equal" * 1000)
    _, second = await make_backup()
    assert second.added_files == 2  # chunks of the two tables
    assert second.blob_count == 2


async def test_what_is_deleted_while_a_backup_runs_is_in_it(cloud, repository, monkeypatch):
    contents = [await cloud.keep() for _ in range(6)]
    original, deleted = cloud.blobs.read, False

    async def read(blob_id, *arguments):
        nonlocal deleted
        if not deleted:
            deleted = True
            for content in contents:
                await cloud.release(content)
            assert await cloud.contents.sweep(time.time() + 3600) == 0
        async for chunk in original(blob_id, *arguments):
            yield chunk

    monkeypatch.setattr(cloud.blobs, "read", read)
    _, manifest = await back_up(repository, cloud.source(), nobody)
    assert deleted
    assert {blob.id for blob in await saved(repository, manifest)} == {c.blob for c in contents}
    assert await cloud.contents.sweep(time.time() + 3600) == 6
    assert await cloud.store.read(lambda reader: list(blobs_in_use(reader))) == []


async def test_what_is_written_while_a_backup_runs_is_not_in_it(cloud, repository, monkeypatch):
    await cloud.keep()
    original = cloud.blobs.read

    async def read(blob_id, *arguments):
        await cloud.store.transact(lambda tx: tx.set(b"late", b"late"))
        async for chunk in original(blob_id, *arguments):
            yield chunk

    monkeypatch.setattr(cloud.blobs, "read", read)
    _, manifest = await back_up(repository, cloud.source(), nobody)
    assert b"late" not in [key async for key, _ in repository.pairs(manifest.keys)]


async def test_a_backup_ends_its_hold_also_when_it_fails(cloud, repository, monkeypatch):
    await cloud.keep()

    async def fail(path, data):
        raise OSError("the disk is full")

    monkeypatch.setattr(repository.files, "put", fail)
    with pytest.raises(OSError, match="full"):
        await back_up(repository, cloud.source(), nobody)
    monkeypatch.undo()
    assert not await cloud.store.read(is_held)
    await back_up(repository, cloud.source(), nobody)
    assert not await cloud.store.read(is_held)
    assert await repository.snapshots()


async def test_a_backup_whose_hold_has_expired_is_refused(cloud, repository, monkeypatch):
    await cloud.keep()
    original = cloud.blobs.read

    async def read(blob_id, *arguments):  # the machine sleeps for an hour
        await cloud.store.transact(lambda tx: tx.delete_range(*HOLDS.range()))
        async for chunk in original(blob_id, *arguments):
            yield chunk

    monkeypatch.setattr(cloud.blobs, "read", read)
    with pytest.raises(BackupError, match="begin again"):
        await back_up(repository, cloud.source(), nobody)
    assert await repository.snapshots() == []


async def test_a_backup_whose_lock_is_gone_is_refused(cloud, repository, monkeypatch):
    await cloud.keep()
    original = cloud.blobs.read

    async def read(blob_id, *arguments):
        async for name in repository.files.names("locks"):
            await repository.files.delete(f"locks/{name}")
        async for chunk in original(blob_id, *arguments):
            yield chunk

    monkeypatch.setattr(cloud.blobs, "read", read)
    with pytest.raises(RepositoryInUse, match="begin again"):
        await back_up(repository, cloud.source(), nobody)
    assert await repository.snapshots() == []


async def test_damaged_and_missing_blobs_are_told_and_the_rest_is_copied(
    cloud, repository, make_backup
):
    good, rotten, missing = [await cloud.keep() for _ in range(3)]
    cloud.blobs._blobs[rotten.blob] = b"x" * rotten.size
    await cloud.blobs.delete(missing.blob)
    _, manifest = await make_backup()
    assert {damage.blob for damage in manifest.damages} == {rotten.blob, missing.blob}
    assert manifest.blob_count == 1
    assert [blob.id for blob in await saved(repository, manifest)] == [good.blob]


async def test_a_backup_that_was_cut_short_goes_on_where_it_was(
    cloud, repository, make_backup, monkeypatch
):
    contents = [await cloud.keep() for _ in range(40)]
    monkeypatch.setattr(copying, "_NOTED", 0.0)
    original, read = cloud.blobs.read, []

    def cut_short(blob_id, *arguments):
        read.append(blob_id)
        if len(read) == 30:
            raise asyncio.CancelledError
        return original(blob_id, *arguments)

    monkeypatch.setattr(cloud.blobs, "read", cut_short)
    with pytest.raises(asyncio.CancelledError):
        await make_backup()
    assert await repository.snapshots() == []
    assert len(await repository.unfinished()) == 1
    read.clear()
    monkeypatch.setattr(
        cloud.blobs, "read", lambda *arguments: (read.append(arguments), original(*arguments))[1]
    )
    _, manifest = await make_backup()
    assert 11 <= len(read) <= 20
    assert {blob.id for blob in await saved(repository, manifest)} == {c.blob for c in contents}
    assert await repository.unfinished() == {}


async def test_two_clouds_share_a_repository_and_do_not_mix(
    cloud, other_cloud, repository, make_backup
):
    await cloud.keep(b"of the first")
    await other_cloud.keep(b"of the other")
    await make_backup()
    _, manifest = await make_backup(other_cloud.source("other"))
    assert [blob.size for blob in await saved(repository, manifest)] == [12]
    await cloud.fill(0, 1)
    _, again = await make_backup()
    assert again.added_files == 1  # the blobs of the first cloud are still known


async def test_a_complete_backup_writes_again_what_the_repository_lost(
    cloud, repository, make_backup
):
    await cloud.fill()
    await cloud.keep()
    _, first = await make_backup()
    (blob,) = await saved(repository, first)
    lost = [blob.pieces[0].hex(), first.keys.names[-1], first.blobs.names[0]]
    for name in lost:
        await repository.files.delete(f"objects/{name[:2]}/{name}")
    _, second = await make_backup(complete=True)
    assert second.blob_count == 1
    for name in lost:
        await repository.get(bytes.fromhex(name))
