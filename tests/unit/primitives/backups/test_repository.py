"""Repositories: opened by whom they belong to, and as they were written."""

import msgspec
import pytest

from lenticular.engines.files.folder import FolderFiles
from lenticular.primitives.backups import Repository, RepositoryUnsuitable, SnapshotUnknown
from lenticular.primitives.backups.repository import HEAD


async def test_a_place_without_repository_is_not_opened(files):
    with pytest.raises(RepositoryUnsuitable, match="no backup repository"):
        await Repository.open(files)


async def test_a_repository_is_begun_once(files):
    one, other = await Repository.begin(files), await Repository.begin(files)
    assert one.id == other.id


async def test_an_encrypted_repository_opens_with_its_passphrase_only(files, tmp_path):
    repository = await Repository.begin(files, lambda: "right", encrypt=True)
    name = await repository.add(b"of a patient")
    again = await Repository.open(files, lambda: "right")
    assert await again.get(name) == b"of a patient"
    with pytest.raises(RepositoryUnsuitable, match="not the passphrase"):
        await Repository.open(files, lambda: "wrong")
    with pytest.raises(RepositoryUnsuitable, match="give its passphrase"):
        await Repository.open(files)
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"of a patient" not in path.read_bytes()


async def test_a_plain_repository_is_not_taken_for_an_encrypted_one(repository, files):
    with pytest.raises(RepositoryUnsuitable, match="not encrypted"):
        await Repository.begin(files, lambda: "passphrase", encrypt=True)


async def test_no_passphrase_is_asked_for_where_there_is_none(repository, files):
    def ask():
        raise AssertionError("asked")

    await Repository.open(files, ask)


@pytest.mark.parametrize("is_encrypted", [False, True])
async def test_flipped_bits_of_the_head_are_found(tmp_path, is_encrypted):
    files = FolderFiles(tmp_path)
    await Repository.begin(files, lambda: "right", encrypt=is_encrypted)
    head = (tmp_path / HEAD).read_bytes()
    for at in range(0, len(head), 1 if not is_encrypted else 7):
        flipped = bytearray(head)
        flipped[at] ^= 1
        if flipped.split() == head.split():
            continue  # between two tokens
        (tmp_path / HEAD).write_bytes(flipped)
        with pytest.raises(RepositoryUnsuitable):
            await Repository.open(files, lambda: "right")


async def test_a_repository_of_a_newer_format_is_refused(repository, files):
    head = msgspec.json.decode(await files.get(HEAD))
    await files.put(HEAD, msgspec.json.encode(head | {"format": 2}))
    with pytest.raises(RepositoryUnsuitable, match="format 2"):
        await Repository.open(files)


async def test_snapshots_are_found_by_the_beginning_of_their_ids(cloud, repository, make_backup):
    one, _ = await make_backup()
    other, _ = await make_backup()
    assert [each.id for each in await repository.snapshots()] == [one.id, other.id]
    assert await repository.find() == other
    assert await repository.find(one.id) == one
    with pytest.raises(SnapshotUnknown, match="has 2 snapshots 20"):
        await repository.find("20")
    with pytest.raises(SnapshotUnknown, match="has no snapshot 1999"):
        await repository.find("1999")


async def test_an_empty_repository_has_no_latest_snapshot(repository):
    with pytest.raises(SnapshotUnknown):
        await repository.find()
