"""Backups of data folders: what goes along, what does not, and what a restored folder is."""

import tomllib

import pytest

from lenticular.primitives.backups import BackupError, passphrases
from lenticular.server import backups
from lenticular.server.backupfiles import settled
from lenticular.server.backups import Target
from lenticular.server.configuration import Configuration
from lenticular.server.masterkey import MasterKeyError
from lenticular.server.process import hold
from lenticular.server.restoring import RestorationUnfinished, mark_of
from lenticular.server.settings import load
from lenticular.server.wiring import open_cloud


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch):
    monkeypatch.setattr(passphrases, "MEMORY", 64)


def nobody(step):
    """Is told of steps."""


@pytest.fixture
def target(tmp_path):
    return Target(str(tmp_path / "repository"), None, lambda: "passphrase")


@pytest.fixture
async def data(tmp_path):
    """The folder of a cloud with an account, a configuration and certificates."""
    data = tmp_path / "cloud"
    async with open_cloud(Configuration(data=data)) as cloud:
        await cloud.identities.first_account()
        await keep(cloud, b"large" * 50_000)
    (data / "lenticular.toml").write_text('region = "lab-1"\nblob_store = ""\n')
    (data / "tls").mkdir(mode=0o700)
    (data / "tls/authority.key").write_bytes(b"a private key")
    return data


async def keep(cloud, content, key="first"):
    """Keep bytes under a key of the store, as a primitive does."""

    async def chunks():
        yield content

    received = await cloud.contents.receive(chunks(), ())
    await cloud.contents.keep(
        received, lambda tx: tx.set(key.encode(), cloud.contents.attach(tx, received).id)
    )
    return received


async def back_up(data, target, **options):
    configuration = load({"data": data}, environment={})
    return await backups.make(configuration, None, target, nobody, **options)


async def restore(target, data, **options):
    return await backups.restore(target, "latest", data, nobody, **options)


async def signer(data):
    async with open_cloud(load({"data": data}, environment={})) as cloud:
        return await cloud.identities.first_account()


async def test_a_restored_folder_is_the_cloud_again(data, target, tmp_path):
    await back_up(data, target)
    new = tmp_path / "new"
    restored = await restore(target, new, master_key=(data / "master.key").read_bytes())
    assert not restored.needs_master_key
    assert restored.missing == []
    assert await signer(new) == await signer(data)
    async with open_cloud(load({"data": new}, environment={})) as cloud:
        (entry,) = [entry async for entry in cloud.blobs.list()]
        assert await cloud.blobs.verify(entry.id) == 250_000
        assert await cloud.contents.sweep_orphans(2e9) == 0
    assert load({"data": new}, environment={}).region == "lab-1"
    assert not (new / "tls").exists()
    assert new.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in new.rglob("*"))


async def test_the_master_key_is_in_no_plain_repository(data, target, tmp_path):
    await back_up(data, target)
    with pytest.raises(BackupError, match="not encrypted"):
        await back_up(data, target, include_secrets=True)
    for secret in ((data / "master.key").read_bytes(), b"a private key"):
        for path in (tmp_path / "repository").rglob("*"):
            assert path.is_dir() or secret not in path.read_bytes()
    new = tmp_path / "new"
    assert (await restore(target, new)).needs_master_key
    with pytest.raises(MasterKeyError, match="is missing"):
        await signer(new)


async def test_a_refused_backup_makes_no_repository_that_could_not_be_encrypted(data, target):
    with pytest.raises(BackupError, match="not encrypted"):
        await back_up(data, target, include_secrets=True)
    await back_up(data, target, include_secrets=True, encrypt=True)
    await back_up(data, target, include_secrets=True)


async def test_secrets_go_into_an_encrypted_repository_when_asked_for(data, target, tmp_path):
    await back_up(data, target, encrypt=True, include_secrets=True)
    for secret in ((data / "master.key").read_bytes(), b"a private key", b"lab-1", b"large"):
        for path in (tmp_path / "repository").rglob("*"):
            assert path.is_dir() or secret not in path.read_bytes()
    new = tmp_path / "new"
    assert not (await restore(target, new)).needs_master_key
    assert (new / "tls/authority.key").read_bytes() == b"a private key"
    assert await signer(new) == await signer(data)


async def test_another_master_key_is_refused_before_anything_is_made(data, target, tmp_path):
    await back_up(data, target)
    for wrong in (b"k" * 32, b"short"):
        with pytest.raises(BackupError, match="not the master key"):
            await restore(target, tmp_path / "new", master_key=wrong)
    assert not (tmp_path / "new").exists()


async def test_a_folder_with_something_in_it_is_refused(data, target):
    await back_up(data, target)
    before = sorted(data.rglob("*"))
    with pytest.raises(BackupError, match="not empty"):
        await restore(target, data)
    assert sorted(data.rglob("*")) == before


async def test_a_restoration_that_was_cut_short_is_no_cloud_and_can_go_on(
    data, target, tmp_path, monkeypatch
):
    await back_up(data, target)
    new = tmp_path / "new"
    with monkeypatch.context() as patched:
        patched.setattr(backups.Restoration, "_check_blobs", None)  # not callable
        with pytest.raises(TypeError):
            await restore(target, new)
    assert mark_of(new) is not None
    with pytest.raises(RestorationUnfinished, match="let `lenticular restore`"):
        await signer(new)
    with pytest.raises(RestorationUnfinished):
        await back_up(new, target)
    await restore(target, new, master_key=(data / "master.key").read_bytes())
    assert mark_of(new) is None
    assert await signer(new) == await signer(data)


async def test_another_snapshot_does_not_go_into_a_restoration_that_was_cut_short(
    data, target, tmp_path, monkeypatch
):
    first, _ = await back_up(data, target)
    with monkeypatch.context() as patched:
        patched.setattr(backups.Restoration, "_check_blobs", None)
        with pytest.raises(TypeError):
            await restore(target, tmp_path / "new")
    await back_up(data, target)
    with pytest.raises(BackupError, match=f"snapshot {first.id} is being restored"):
        await restore(target, tmp_path / "new")


async def test_a_folder_that_is_in_use_is_not_restored_into(data, target, tmp_path):
    await back_up(data, target)
    with hold(tmp_path / "new"), pytest.raises(Exception, match="another lenticular command"):
        await restore(target, tmp_path / "new")


async def test_a_folder_without_cloud_is_not_backed_up_nor_made_one(target, tmp_path):
    with pytest.raises(BackupError, match="no cloud"):
        await back_up(tmp_path / "nothing", target)
    assert not (tmp_path / "nothing").exists()
    assert not (tmp_path / "repository").exists()


async def test_the_last_backup_is_remembered(data, target):
    assert backups.last_of(data) is None
    snapshot, manifest = await back_up(data, target)
    last = backups.last_of(data)
    assert (last.target, last.snapshot) == (target.place, snapshot.id)
    assert last.taken == manifest.taken
    assert 0 <= backups.age(last) < 60


async def test_a_restored_cloud_is_another_one_to_its_stores(data, target, tmp_path):
    """Or both would take one place in another store for theirs, and sweep it."""
    await back_up(data, target)
    await restore(target, tmp_path / "new", master_key=(data / "master.key").read_bytes())
    _, one = await back_up(data, target)
    _, other = await back_up(tmp_path / "new", target)
    assert one.cloud != other.cloud


async def test_archived_blobs_come_back_as_an_archive(tmp_path, target):
    data, archive = tmp_path / "cloud", tmp_path / "tape"
    configuration = Configuration(data=data, archive_store=str(archive))
    async with open_cloud(configuration) as cloud:
        await cloud.identities.first_account()
        kept = await keep(cloud, b"cold" * 50_000)
        async with cloud.blobs.create_archived() as writer:
            await writer.write(b"cold")
            blob = await writer.commit()
        kept.blob = blob.id
        await cloud.store.transact(lambda tx: cloud.contents.attach(tx, kept))
    (data / "lenticular.toml").write_text(f'archive_store = "{archive}"\n')
    await back_up(data, target)
    new = tmp_path / "new"
    await restore(target, new, master_key=(data / "master.key").read_bytes())
    restored = load({"data": new}, environment={})
    assert restored.archive_store == str(new / "archive")
    async with open_cloud(restored) as cloud:
        assert await cloud.blobs.verify(blob.id) == 4
        assert cloud.blobs.is_archived(blob.id)
    assert len(list((new / "archive").glob("??/*"))) == 1


async def test_clouds_and_backups_in_other_stores(tmp_path, seaweedfs):
    """The blobs of a cloud are in another store, its backup too; it comes back to a folder."""
    data = tmp_path / "cloud"
    data.mkdir(mode=0o700)
    seaweedfs.write_settings(data)
    (data / "lenticular.toml").write_text(f'blob_store = "s3://{seaweedfs.new_place()}"\n')
    configuration = load({"data": data}, environment={})
    async with open_cloud(configuration) as cloud:
        await cloud.identities.first_account()
        await keep(cloud, b"far away" * 50_000)
    place = seaweedfs.new_place()
    target = Target(f"s3://{place}", data / "blob_store.toml", lambda: "passphrase")
    await back_up(data, target)
    count = len(seaweedfs.keys(place))
    _, again = await back_up(data, target)
    assert again.added_files == 1  # what remembers the hold
    assert len(seaweedfs.keys(place)) == count + 2
    new = tmp_path / "new"
    await restore(target, new, master_key=(data / "master.key").read_bytes())
    restored = load({"data": new}, environment={})
    assert restored.blob_store == ""
    async with open_cloud(restored) as cloud:
        (entry,) = [entry async for entry in cloud.blobs.list()]
        assert await cloud.blobs.verify(entry.id) == 400_000


async def test_a_cloud_on_postgresql_comes_back_to_a_folder(tmp_path, target, postgresql):
    data, new = tmp_path / "cloud", tmp_path / "new"
    configuration = Configuration(data=data, store=postgresql.new_place())
    async with open_cloud(configuration) as cloud:
        credentials = await cloud.identities.first_account()
        await keep(cloud, b"large" * 50_000)
        await backups.make(configuration, None, target, nobody)  # while it is open
    await restore(target, new, master_key=(data / "master.key").read_bytes())
    assert await signer(new) == credentials


def test_a_restored_configuration_names_no_place_of_the_other_cloud():
    text = (
        'region = "a"\n  store="postgresql://x"\nblob_store = "s3://b"\narchive_store = "/tape"\n'
    )
    assert tomllib.loads(settled(text, None)) == {"region": "a"}


def test_a_restored_configuration_names_its_own_archive(tmp_path):
    archive = tmp_path / 'an "odd" name'
    assert tomllib.loads(settled('archive_store = "/tape"', archive)) == {
        "archive_store": str(archive)
    }
