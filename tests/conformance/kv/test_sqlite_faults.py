"""What the SQLite engine promises holds when the disk is full or fails, or the process dies."""

import asyncio
import itertools
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from lenticular.engines.kv.contract import MAX_VALUE_SIZE, StoreFailed
from lenticular.engines.kv.sqlite import SqliteStore, checksums
from lenticular.testing.conformance_kv import contents, get, increment, put

WRITER = Path(__file__).with_name("crashing_writer.py")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
async def store(path):
    store = await SqliteStore.open(path)
    yield store
    await store.close()


@contextmanager
def largest_file(size):
    """No file of this process can grow above `size`, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Disk(apsw.VFS):
    """SQLite's way to the disk, which counts the syncs and can make them fail."""

    def __init__(self):
        super().__init__("disk-of-tests", "unix", makedefault=True)
        self.syncs = []
        self.fails = False

    def xOpen(self, name, flags):
        return DiskFile(self, name, flags)


class DiskFile(apsw.VFSFile):
    def __init__(self, disk, name, flags):
        super().__init__("unix", name, flags)
        self.disk = disk
        self.name = name if isinstance(name, str) else name.filename()

    def xSync(self, flags):
        self.disk.syncs.append(Path(self.name).name)
        if self.disk.fails:
            raise apsw.exception_for(apsw.SQLITE_IOERR_FSYNC)
        super().xSync(flags)


@pytest.fixture
def disk(monkeypatch):
    """The disk of a store whose pages have no checksums: their VFS cannot stand on this one."""
    usual = checksums.vfs()
    monkeypatch.setattr(checksums, "vfs", lambda: None)
    disk = Disk()
    yield disk
    apsw.set_default_vfs(usual or "unix")
    disk.unregister()


async def test_a_full_disk_fails_the_batch_and_no_more(store, path):
    await put(store, {b"before": b"v" * 5000})
    log = path.with_name(path.name + "-wal")
    with largest_file(log.stat().st_size + 8192):
        outcomes = await asyncio.gather(
            *(put(store, {b"during %d" % number: bytes(20_000)}) for number in range(5)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [StoreFailed] * 5
        assert all(isinstance(outcome.__cause__, apsw.Error) for outcome in outcomes)
        assert await get(store, b"before") == b"v" * 5000
    await put(store, {b"after": b"v" * 5000})
    assert [key for key, _ in await contents(store)] == [b"after", b"before"]
    assert await store.check() == []


async def test_a_disk_that_is_full_in_a_transaction_fails_its_batch(store, path):
    """A transaction that deletes a range writes to the file before the commit."""
    await put(store, {b"%04d" % number: bytes(5000) for number in range(10)})
    log = path.with_name(path.name + "-wal")

    def replace(tx):
        for number in range(4):  # more than the writer keeps in memory
            tx.set(b"new %d" % number, bytes(MAX_VALUE_SIZE))
        tx.delete_range(b"0", b"9")

    with largest_file(log.stat().st_size + 8192):
        outcomes = await asyncio.gather(
            increment(store, b"counter"),
            store.transact(replace),
            increment(store, b"counter"),
            return_exceptions=True,
        )
    assert StoreFailed in map(type, outcomes)
    counted = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert await get(store, b"counter") == (b"%d" % len(counted) if counted else None)
    assert len(await store.read(lambda reader: reader.range(b"0", b"9"))) == 10
    assert await store.read(lambda reader: reader.range(b"new", b"nex")) == []
    assert await increment(store, b"counter") == len(counted) + 1


async def test_a_batch_is_one_sync(disk, path):
    store = await SqliteStore.open(path)
    await increment(store, b"counter")
    disk.syncs.clear()
    await asyncio.gather(*(increment(store, b"counter") for _ in range(50)))
    assert set(disk.syncs) == {"store.db-wal"}
    assert len(disk.syncs) < 10  # a few, for a batch begins with the first that comes
    disk.syncs.clear()
    await store.transact(lambda tx: tx.get(b"counter"))
    assert disk.syncs == []
    await store.close()


async def test_nothing_is_acknowledged_after_a_failed_sync(disk, path):
    store = await SqliteStore.open(path)
    await put(store, {b"before": b"1"})
    disk.fails = True
    with pytest.raises(StoreFailed):
        await put(store, {b"during": b"1"})
    disk.fails = False
    for _ in range(2):
        with pytest.raises(StoreFailed, match="sync"):
            await put(store, {b"after": b"1"})
    assert await get(store, b"before") == b"1"
    await store.close()

    store = await SqliteStore.open(path)
    await put(store, {b"reopened": b"1"})
    keys = [key for key, _ in await contents(store)]
    assert [key for key in keys if key != b"during"] == [b"before", b"reopened"]
    await store.close()


async def test_a_failed_checkpoint_stops_commits_and_loses_nothing(disk, path, monkeypatch):
    monkeypatch.setattr("lenticular.engines.kv.sqlite.checkpoints.STEP", 20)
    store = await SqliteStore.open(path)
    sync = DiskFile.xSync

    def fail_in_file(file, flags):
        file.disk.fails = file.name.endswith(".db")
        sync(file, flags)

    monkeypatch.setattr(DiskFile, "xSync", fail_in_file)
    acknowledged = []

    async def write_on():
        for number in itertools.count():
            await put(store, {b"%06d" % number: bytes(5000)})
            acknowledged.append(number)

    with pytest.raises(StoreFailed, match="sync"):
        await write_on()
    await store.close()
    monkeypatch.setattr(DiskFile, "xSync", sync)
    disk.fails = False
    store = await SqliteStore.open(path)
    keys = [key for key, _ in await contents(store)]
    assert keys[: len(acknowledged)] == [b"%06d" % number for number in acknowledged]
    assert len(keys) <= len(acknowledged) + 1
    await store.close()


def run_until_killed(path, first, acknowledgements):
    """Let the writer write, kill it after so many, and return the numbers it acknowledged."""
    command = [sys.executable, WRITER, path, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.kill()
        rest = process.stdout.read()
    printed = b"".join(lines) + rest
    return [int(line) for line in printed.splitlines(keepends=True) if line.endswith(b"\n")]


def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half(path):
    first = 0
    acknowledged = set()
    for acknowledgements in (1, 23, 150, 400, 77):
        acknowledged |= set(run_until_killed(path, first, acknowledgements))
        found = asyncio.run(numbers_in(path))
        assert acknowledged <= found
        first = max(found) + 1


async def numbers_in(path):
    """Return the numbers of the transactions in the store, each checked to be whole."""
    store = await SqliteStore.open(path)
    assert await store.check() == []
    pairs = dict(await contents(store))
    await store.close()
    numbers = {int(key[2:]) for key in pairs if key.startswith(b"a/")}
    assert numbers == {int(key[2:]) for key in pairs if key.startswith(b"b/")}
    for number in numbers:
        assert pairs[b"a/%06d" % number] == b"%d" % number
        assert pairs[b"b/%06d" % number] == b"%d" % number * 1000
        assert (b"log/%06d" % number in pairs) == (number + 100 not in numbers)
    return numbers
