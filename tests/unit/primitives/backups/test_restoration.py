"""Restoration and verification: all comes back, or what does not is named."""

import random

import pytest

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.backups import (
    BackupError,
    FileDamaged,
    Repository,
    Restoration,
    verify,
)
from lenticular.primitives.backups.blobtable import SavedBlob
from lenticular.primitives.contents import Contents

from .conftest import nobody


@pytest.fixture(params=[False, True], ids=["plain", "encrypted"])
async def begun(request, files):
    return await Repository.begin(files, lambda: "passphrase", encrypt=request.param)


@pytest.fixture
async def backed_up(cloud, begun, files):
    """A cloud with something of everything, and its snapshot."""
    from lenticular.primitives.backups import back_up

    await cloud.fill(0, 500)
    contents = [await cloud.keep() for _ in range(4)]
    cloud.files = {"lenticular.toml": b'region = "lab"\n'}
    snapshot, manifest = await back_up(begun, cloud.source(), nobody)
    return contents, snapshot, manifest


async def restored(repository, manifest, blobs=None, **options):
    store, blobs = MemoryStore(), blobs or MemoryBlobs()
    missing = await Restoration(repository, manifest, store, blobs, nobody).run(**options)
    return store, blobs, missing


async def test_all_comes_back(cloud, begun, backed_up):
    contents, _, manifest = backed_up
    store, blobs, missing = await restored(begun, manifest)
    assert missing == []
    copy = Contents(store, blobs, small=4)
    for content in contents:
        one = b"".join([chunk async for chunk in cloud.contents.read(content)])
        assert b"".join([chunk async for chunk in copy.read(content)]) == one


async def test_a_store_that_is_not_empty_is_refused(begun, backed_up):
    store = MemoryStore()
    await store.transact(lambda tx: tx.set(b"key", b"value"))
    with pytest.raises(BackupError, match="empty"):
        await Restoration(begun, backed_up[2], store, MemoryBlobs(), nobody).run()


async def test_blobs_that_are_there_are_not_fetched_again(begun, backed_up, monkeypatch):
    _, _, manifest = backed_up
    _, blobs, _ = await restored(begun, manifest)
    monkeypatch.setattr(blobs, "recreate", None)  # which nobody calls
    await restored(begun, manifest, blobs)


def flip(path, numbers):
    data = bytearray(path.read_bytes())
    data[numbers.randrange(len(data))] ^= 1 << numbers.randrange(8)
    path.write_bytes(data)


async def test_a_flipped_bit_in_any_file_is_found_and_named(begun, backed_up, tmp_path):
    numbers = random.Random(5)
    _, snapshot, _ = backed_up
    root = tmp_path / "repository"
    objects = [path for path in root.rglob("*") if path.is_file() and path.parent != root]
    assert len(objects) > 6
    for path in objects:
        before = path.read_bytes()
        for _ in range(3):
            flip(path, numbers)
            found = await verify(begun, await begun.snapshots(), nobody)
            name = str(path.relative_to(root))
            assert list(found.damages) == [name]
            assert "damaged" in found.damages[name]
            assert found.snapshots == {snapshot.id: [name]}
            with pytest.raises(FileDamaged, match=name):
                await restore_latest(begun)
            path.write_bytes(before)
    assert (await verify(begun, [snapshot], nobody)).damages == {}


async def restore_latest(repository):
    """Restore as the server does: all files are read, too."""
    manifest = await repository.manifest(await repository.find())
    for file in manifest.files:
        await repository.get(bytes.fromhex(file.name))
    return await restored(repository, manifest)


async def test_without_damaged_blobs_the_rest_can_be_restored(begun, backed_up, files):
    _, _, manifest = backed_up
    pairs = [SavedBlob.of(pair) async for pair in begun.pairs(manifest.blobs)]
    lost = pairs[1].pieces[0].hex()
    await files.delete(f"objects/{lost[:2]}/{lost}")
    with pytest.raises(FileDamaged, match=pairs[1].id):
        await restored(begun, manifest)
    _, blobs, missing = await restored(begun, manifest, incomplete=True)
    assert [damage.blob for damage in missing] == [pairs[1].id]
    assert {entry.id async for entry in blobs.list()} == {
        blob.id for blob in pairs if blob is not pairs[1]
    }


async def test_damaged_files_are_removed_for_a_complete_backup_to_replace_them(
    cloud, begun, backed_up, files, tmp_path
):
    from lenticular.primitives.backups import back_up

    _, snapshot, manifest = backed_up
    name = manifest.keys.names[-1]
    flip(tmp_path / f"repository/objects/{name[:2]}/{name}", random.Random(3))
    assert (await verify(begun, [snapshot], nobody, remove_damaged=True)).damages
    await back_up(begun, cloud.source(), nobody, complete=True)
    found = await verify(begun, await begun.snapshots(), nobody)
    assert found.damages == {}


async def test_keys_that_are_not_those_of_the_snapshot_are_found(begun, backed_up, monkeypatch):
    store = MemoryStore()
    original = store.transact

    async def lose(fn):
        await original(fn)
        await original(lambda tx: tx.delete(b"key 000007"))

    monkeypatch.setattr(store, "transact", lose)
    with pytest.raises(BackupError, match="not those of the snapshot"):
        await Restoration(begun, backed_up[2], store, MemoryBlobs(), nobody).run()


async def test_a_blob_that_is_not_there_after_all_is_found(begun, backed_up, monkeypatch):
    blobs = MemoryBlobs()
    original = Restoration._restore_keys

    async def lose(self):
        await original(self)
        await blobs.delete(backed_up[0][0].blob)

    monkeypatch.setattr(Restoration, "_restore_keys", lose)
    with pytest.raises(BackupError, match="not there after all"):
        await restored(begun, backed_up[2], blobs)
