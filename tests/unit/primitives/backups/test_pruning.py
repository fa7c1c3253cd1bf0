"""Pruning: what is kept stays whole, whenever it is cut off."""

from datetime import UTC, datetime, timedelta

import pytest

from lenticular.primitives.backups import (
    BackupError,
    Keeping,
    Repository,
    RepositoryInUse,
    prune,
    verify,
)
from lenticular.primitives.backups.locks import locked

from .conftest import nobody


class Killed(BaseException):
    """Nothing is done any more."""


NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def hours(*before):
    return [(NOON - timedelta(hours=each)).timestamp() for each in before]


@pytest.mark.parametrize(
    ("keeping", "kept"),
    [
        (Keeping(last=2), [0, 6]),
        (Keeping(daily=1), [0]),
        (Keeping(daily=3), [0, 18, 42]),  # 18 hours before is yesterday's latest, and so on
        (Keeping(last=1, weekly=2), [0, 42]),
        (Keeping(monthly=12), [0, 24 * 31]),
        (Keeping(last=1000), [0, 6, 18, 30, 42, 60, 24 * 31]),
    ],
)
def test_rules_keep_the_latest_of_each_period(keeping, kept):
    moments = [0, 6, 18, 30, 42, 60, 24 * 31]
    assert keeping.kept(hours(*moments)) == set(hours(*kept))


async def fill_three_times(cloud, make_backup):
    """Make three snapshots that share something and differ in something."""
    contents, made = [await cloud.keep()], []
    for number in range(3):
        await cloud.fill(number * 500, number * 500 + 1000, b"%d" % number)
        made.append((await make_backup())[0])
        await cloud.release(contents[-1])
        await cloud.contents.sweep(2e9)
        contents.append(await cloud.keep())
    return made


def count(tmp_path):
    return sum(1 for path in (tmp_path / "repository/objects").rglob("*") if path.is_file())


async def test_what_no_snapshot_needs_goes_and_the_rest_is_whole(
    cloud, repository, make_backup, tmp_path
):
    made = await fill_three_times(cloud, make_backup)
    before = count(tmp_path)
    pruned = await prune(repository, Keeping(last=1))
    assert (pruned.kept, pruned.removed) == (made[2:], made[:2])
    assert pruned.files == before - count(tmp_path) > 3
    assert await repository.snapshots() == made[2:]
    verified = await verify(repository, made[2:], nobody)
    assert verified.damages == {}
    assert verified.files == count(tmp_path) + 1  # nothing else is left
    assert (await prune(repository, Keeping(last=1))).files == 0


async def test_a_snapshot_is_removed_by_name_and_the_others_stay(cloud, repository, make_backup):
    made = await fill_three_times(cloud, make_backup)
    await prune(repository, Keeping(), [made[1].id])
    assert await repository.snapshots() == [made[0], made[2]]
    assert (await verify(repository, [made[0], made[2]], nobody)).damages == {}


async def test_each_cloud_keeps_its_own(cloud, other_cloud, repository, make_backup):
    first, _ = await make_backup()
    await make_backup(other_cloud.source("other"))
    last, _ = await make_backup(other_cloud.source("other"))
    pruned = await prune(repository, Keeping(last=1))
    assert pruned.kept == [first, last]


@pytest.mark.parametrize("moment", range(8))
async def test_cut_off_at_any_moment_what_is_left_is_whole(
    cloud, repository, make_backup, files, monkeypatch, moment
):
    await fill_three_times(cloud, make_backup)
    original, calls = files.delete, 0

    async def delete(*paths):
        nonlocal calls
        for path in paths:  # one after the other, as a folder does
            calls += 1
            if calls > moment:
                raise Killed
            await original(path)

    monkeypatch.setattr(files, "delete", delete)
    with pytest.raises(Killed):
        await prune(repository, Keeping(last=1))
    monkeypatch.undo()
    async for name in files.names("locks"):  # which would expire
        await files.delete(f"locks/{name}")
    left = await repository.snapshots()
    assert left
    assert (await verify(repository, left, nobody)).damages == {}


async def test_nothing_goes_while_a_backup_runs(repository, files):
    async with locked(files, "backup", is_exclusive=False):
        with pytest.raises(RepositoryInUse):
            await prune(repository, Keeping(last=1))


async def test_nothing_goes_while_it_cannot_be_told_what_is_needed(
    cloud, repository, make_backup, files, tmp_path
):
    await cloud.keep()
    bad, manifest = await make_backup()
    await cloud.keep()
    good, _ = await make_backup()
    name = manifest.blobs.names[0]
    await files.delete(f"objects/{name[:2]}/{name}")
    before = count(tmp_path)
    with pytest.raises(BackupError, match="--remove"):
        await prune(repository, Keeping(last=5))
    assert count(tmp_path) == before
    await prune(repository, Keeping(last=5), [bad.id])
    assert await repository.snapshots() == [good]
    assert (await verify(repository, [good], nobody)).damages == {}


async def test_pruning_forgets_how_far_unfinished_backups_came(cloud, files, repository):
    await files.put("unfinished/run-00", b"of a backup that was killed")
    await prune(repository, Keeping(last=1))
    assert [name async for name in files.names("unfinished")] == []
    assert await Repository.open(files)
