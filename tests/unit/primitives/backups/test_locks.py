"""Locks: those who add share a repository, who removes has it alone, and the dead let go."""

import pytest

from lenticular.primitives.backups import RepositoryInUse
from lenticular.primitives.backups.locks import LASTS, locked


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


async def names(files):
    return [name async for name in files.names("locks")]


async def test_those_who_add_share_and_leave_nothing_behind(files):
    async with (
        locked(files, "backup", is_exclusive=False),
        locked(files, "backup", is_exclusive=False),
    ):
        assert len(await names(files)) == 2
    assert await names(files) == []


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
async def test_who_removes_is_alone(files, first, second):
    async with locked(files, "prune", is_exclusive=first):
        with pytest.raises(RepositoryInUse, match="prune by process"):
            async with locked(files, "backup", is_exclusive=second):
                raise AssertionError("not alone")
        assert len(await names(files)) == 1
    async with locked(files, "backup", is_exclusive=second):
        pass


async def test_the_lock_of_a_killed_process_expires(files):
    clock = Clock()
    killed = locked(files, "backup", is_exclusive=False, clock=clock)
    await killed.__aenter__()
    with pytest.raises(RepositoryInUse):
        async with locked(files, "prune", is_exclusive=True, clock=clock):
            raise AssertionError("not alone")
    clock.now += LASTS + 1
    async with locked(files, "prune", is_exclusive=True, clock=clock):
        assert len(await names(files)) == 1
    await killed.__aexit__(None, None, None)


async def test_a_lock_that_was_not_renewed_in_time_is_no_longer_good(files):
    clock = Clock()
    async with locked(files, "backup", is_exclusive=False, clock=clock) as lock:
        await lock.check()
        clock.now += LASTS * 0.8
        with pytest.raises(RepositoryInUse, match="begin again"):
            await lock.check()
        await lock.renew()
        await lock.check()
        await files.delete(f"locks/{(await names(files))[0]}")  # by who thought it had expired
        with pytest.raises(RepositoryInUse, match="begin again"):
            await lock.check()
