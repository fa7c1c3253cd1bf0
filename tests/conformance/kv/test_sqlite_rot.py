"""A bit that flips on the disk is found when it is read, and never taken for what was written."""

import asyncio
import os
import random
import shutil
import sqlite3
import time

import apsw
import pytest

from lenticular.engines.kv.contract import StoreFailed
from lenticular.engines.kv.sqlite import SqliteStore, checkpoints, checksums, tables
from lenticular.testing.conformance_kv import get, put

PAIRS = {b"short %04d" % number: os.urandom(200) for number in range(400)} | {
    b"long %04d" % number: os.urandom(9000) for number in range(100)
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


async def fill(path):
    """Make a store with `PAIRS`, all of it in the file, nothing in the log."""
    store = await SqliteStore.open(path)
    await put(store, PAIRS)
    await store.close()


def flip(path, at):
    """Flip a bit of the byte at this place."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << at % 8]))


async def test_no_flipped_bit_of_the_file_is_served(path, tmp_path):
    await fill(path)
    chosen = random.Random(5)
    # Behind SQLite's header: what it cannot understand there it does not open at all.
    for at in [chosen.randrange(100, path.stat().st_size) for _ in range(25)]:
        copy = tmp_path / "copy.db"
        shutil.copy(path, copy)
        flip(copy, at)
        try:
            store = await SqliteStore.open(copy)
        except StoreFailed:
            continue
        errors = []
        for key, value in PAIRS.items():
            try:
                assert await get(store, key) == value
            except StoreFailed as error:
                errors.append(str(error))
        (problem,) = await store.check()
        assert problem == f"1 pages are not as they were written: [{at // 4096 + 1}]"
        assert errors
        assert all("bit rot" in error for error in errors)
        await store.close()


async def test_a_write_to_a_rotten_page_fails_alone(path):
    await fill(path)
    value = PAIRS[b"short 0200"]
    flip(path, path.read_bytes().find(value))
    store = await SqliteStore.open(path)
    with pytest.raises(StoreFailed):
        await put(store, {b"short 0200": b"new"})
    await put(store, {b"long 0001": b"new"})
    assert await get(store, b"long 0001") == b"new"
    await store.close()


async def test_a_file_without_checksums_gets_them(path, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(checksums, "vfs", lambda: None)
        earlier.setattr(tables, "_FORMAT", 1)
        await fill(path)
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert path.read_bytes()[20] == 0  # bytes reserved on each page
    store = await SqliteStore.open(path)
    assert dict(await store.read(lambda reader: reader.range(b"a", b"z"))) == PAIRS
    assert await store.check() == []
    await store.close()
    assert path.read_bytes()[20] == 8
    flip(path, path.stat().st_size - 2000)
    store = await SqliteStore.open(path)
    assert await store.check() != []
    await store.close()


async def test_checksums_are_not_given_up_for_want_of_their_engine(path, monkeypatch):
    await fill(path)
    monkeypatch.setattr(checksums, "vfs", lambda: None)
    with pytest.raises(StoreFailed, match="cksumvfs"):
        await SqliteStore.open(path)


async def leave_log(path, copy):
    """Copy a store as a kill would leave it, with three commits in the log; return its path."""
    store = await SqliteStore.open(path)
    for number in range(3):
        await put(store, {b"%d" % number: b"%d" % number * 3000})
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    await store.close()
    return copy.with_name(copy.name + "-wal")


async def test_commits_lost_to_a_rotten_log_are_missed(path, tmp_path, caplog):
    copy = tmp_path / "copy.db"
    log = await leave_log(path, copy)
    flip(log, log.read_bytes().find(b"0" * 2000))
    for _ in range(2):  # refusing changes nothing
        with pytest.raises(StoreFailed, match="accept_lost_commits"):
            await SqliteStore.open(copy)
    store = await SqliteStore.open(copy, accept_loss=True)
    assert "cannot be read" in caplog.text
    assert await get(store, b"2") is None
    await put(store, {b"next": b"1"})
    await store.close()
    store = await SqliteStore.open(copy)
    assert await get(store, b"next") == b"1"
    await store.close()


async def test_a_commit_that_was_cut_off_is_none(path, tmp_path):
    copy = tmp_path / "copy.db"
    log = await leave_log(path, copy)
    flip(log, log.read_bytes().find(b"2" * 2000))
    store = await SqliteStore.open(copy)
    assert await get(store, b"1") == b"1" * 3000
    assert await get(store, b"2") is None
    await store.close()


async def test_commits_that_two_crashes_have_cut_off_are_none(path, tmp_path):
    copy, again = tmp_path / "copy.db", tmp_path / "again.db"
    log = await leave_log(path, copy)
    flip(log, log.read_bytes().find(b"2" * 2000))
    store = await SqliteStore.open(copy)
    await put(store, {b"short": b"unlike all others"})  # fewer pages than what was cut off
    for suffix in ("", "-wal"):
        shutil.copy(f"{copy}{suffix}", f"{again}{suffix}")
    await store.close()
    log = again.with_name(again.name + "-wal")
    flip(log, log.read_bytes().find(b"unlike all others"))
    store = await SqliteStore.open(again)
    assert await get(store, b"1") == b"1" * 3000
    assert await get(store, b"short") is None
    await store.close()


async def test_frames_of_an_earlier_round_are_no_lost_commits(path, tmp_path, monkeypatch):
    monkeypatch.setattr("lenticular.engines.kv.sqlite.checkpoints.STEP", 20)
    store = await SqliteStore.open(path)
    for number in range(200):
        await put(store, {b"%d" % number: bytes(5000)})
    copy = tmp_path / "copy.db"
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    await store.close()
    store = await SqliteStore.open(copy)
    assert len(await store.read(lambda reader: reader.range(b"0", b"a"))) == 200
    await store.close()


def test_the_checksum_engine_is_what_this_process_opens_files_with():
    assert checksums.vfs() == apsw.vfs_names()[0]


def wait_for(path, value):
    """Wait until the file has these bytes."""
    deadline = time.monotonic() + 30
    while value not in path.read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_what_nobody_adds_to_is_moved_out_of_the_log(path, monkeypatch):
    monkeypatch.setattr(checkpoints, "REST", 0.05)
    store = await SqliteStore.open(path)
    await put(store, PAIRS)
    await asyncio.to_thread(wait_for, path, PAIRS[b"long 0050"][-4000:])
    await put(store, {b"more": b"1"})  # begins the log anew
    assert await get(store, b"long 0050") == PAIRS[b"long 0050"]
    await store.close()
