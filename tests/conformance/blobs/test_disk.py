"""The blob store in a folder keeps the contract, and its word when disk or process fails."""

import asyncio
import errno
import itertools
import os
import resource
import stat
import subprocess
import sys
import threading
import time
import tracemalloc
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lenticular.engines.blobs import directories, disk, incoming, openfile
from lenticular.engines.blobs.blocks import BLOCK
from lenticular.engines.blobs.contract import BlobCorrupt
from lenticular.engines.blobs.disk import DiskBlobs
from lenticular.testing.conformance_blobs import (
    MIB,
    BlobStoreConformance,
    listed,
    pattern,
    read_blob,
    store_blob,
)

WRITER = Path(__file__).with_name("crashing_writer.py")


def file_of(root, blob_id):
    (path,) = root.glob(f"??/{blob_id}")
    return path


class TestDiskBlobs(BlobStoreConformance):
    @pytest.fixture
    def open_blobs(self, tmp_path):
        numbers = itertools.count()

        async def open_blobs():
            return await DiskBlobs.open(tmp_path / str(next(numbers)))

        return open_blobs

    @pytest.fixture
    def damage(self, tmp_path):
        def damage(store, blob_id, change):
            path = file_of(tmp_path / "0", blob_id)
            path.write_bytes(change(path.read_bytes()))

        return damage


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data" / "blobs"


@pytest.fixture
async def store(root):
    store = await DiskBlobs.open(root)
    yield store
    await store.close()


def files_in(root):
    """Return all files but the lock."""
    return [path for path in root.rglob("*") if path.is_file() and path.name != "lock"]


async def test_blobs_outlive_the_store(root):
    store = await DiskBlobs.open(root)
    blob = await store_blob(store, pattern(2 * MIB))
    await store.close()
    store = await DiskBlobs.open(root)
    assert await read_blob(store, blob.id) == pattern(2 * MIB)
    assert await listed(store) == {blob.id: 2 * MIB}
    await store.close()


async def test_only_the_owner_can_look_into_it(root):
    before = os.umask(0)
    try:
        store = await DiskBlobs.open(root)
        blob = await store_blob(store, b"secret")
        async with store.create() as writer:
            await writer.write(bytes(3 * MIB))
            await store.verify(blob.id)
            everything = [root, *root.rglob("*")]
            modes = {path.is_dir(): set() for path in everything}
            for path in everything:
                modes[path.is_dir()].add(stat.S_IMODE(path.stat().st_mode))
        await store.close()
    finally:
        os.umask(before)
    assert modes == {True: {0o700}, False: {0o600}}


async def test_abort_and_close_leave_no_file(store, root):
    aborted, abandoned = store.create(), store.create()
    for writer in (aborted, abandoned):
        await writer.write(bytes(3 * MIB))
    await aborted.abort()
    assert len(files_in(root)) <= 1
    await store.close()
    assert files_in(root) == []


async def test_foreign_files_are_passed_by(store, root):
    blob = await store_blob(store, b"data")
    file_of(root, blob.id).with_name("notes.txt").write_text("not mine")
    assert await listed(store) == {blob.id: 4}


async def test_leftovers_are_swept_on_opening(root):
    await (await DiskBlobs.open(root)).close()
    (root / "incoming" / "leftover").write_bytes(b"half a blob")
    store = await DiskBlobs.open(root)
    assert files_in(root) == []
    await store.close()


async def test_nothing_is_swept_while_another_store_is_open(root):
    first = await DiskBlobs.open(root)
    async with first.create() as writer:
        await writer.write(pattern(3 * MIB))
        second = await DiskBlobs.open(root)
        blob = await writer.commit()
    assert await read_blob(second, blob.id) == pattern(3 * MIB)
    (root / "incoming" / "leftover").write_bytes(b"half a blob")
    await first.close()
    await (await DiskBlobs.open(root)).close()
    assert (root / "incoming" / "leftover").exists()
    await second.close()


async def test_what_a_dead_writer_left_is_swept_while_others_write(store, root, monkeypatch):
    monkeypatch.setattr(disk, "_AT_REST", 0.0)
    (root / "incoming" / "leftover").write_bytes(b"half a blob")
    other = await DiskBlobs.open(root)
    async with other.create() as writer:
        await writer.write(bytes(3 * MIB))  # of which some are written by now
        await store.sweep(0)
        assert not (root / "incoming" / "leftover").exists()
        blob = await writer.commit()
    assert await read_blob(store, blob.id) == bytes(3 * MIB)
    await other.close()


async def test_what_has_just_been_written_is_not_swept(store, root):
    (root / "incoming" / "new").write_bytes(b"")
    await store.sweep(time.time() + 1000)
    assert (root / "incoming" / "new").exists()


async def test_a_writer_holds_two_pieces_at_most(store):
    piece = bytes(100_000)
    async with store.create(["md5", "crc32"]) as writer:
        await writer.write(piece)
        tracemalloc.start()
        try:
            for _ in range(640):
                await writer.write(piece)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 2.5 * MIB


async def test_a_truncated_blob_does_not_end_quietly(store, root):
    blob = await store_blob(store, pattern(2 * MIB))
    os.truncate(file_of(root, blob.id), MIB + 5)
    with pytest.raises(BlobCorrupt, match=f"blob {blob.id} ends at"):
        await read_blob(store, blob.id)


async def test_a_blob_that_is_not_in_memory_is_read_from_the_disk(store, root):
    blob = await store_blob(store, pattern(3 * MIB))
    descriptor = os.open(file_of(root, blob.id), os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # drop it from memory
        reading = store.read(blob.id)
        first = await anext(reading)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    assert first + b"".join([chunk async for chunk in reading]) == pattern(3 * MIB)


async def test_a_system_that_cannot_read_without_waiting_reads_on_threads(store, monkeypatch):
    monkeypatch.setattr(openfile, "_NO_WAIT", None)
    blob = await store_blob(store, pattern(3 * MIB))
    assert await read_blob(store, blob.id, 5) == pattern(3 * MIB)[5:]


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_an_abandoned_read_closes_its_file(store):
    blob = await store_blob(store, bytes(3 * MIB))
    descriptors = open_files()
    for _ in range(10):
        reading = store.read(blob.id)
        await anext(reading)
        await reading.aclose()
        task = asyncio.create_task(read_blob(store, blob.id))
        await asyncio.sleep(0)  # the task begins to read
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await store.verify(blob.id)  # and the threads have caught up with all that
    await asyncio.sleep(0)
    assert open_files() == descriptors


# A disk that is full, or fails.


@contextmanager
def largest_file(size):
    """No file of this process can grow above `size`, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [2 * MIB + 1, 6 * MIB])
async def test_a_full_disk_is_an_error_and_leaves_nothing(store, root, size):
    with largest_file(2 * MIB), pytest.raises(OSError, match="File too large"):
        await store_blob(store, bytes(size))
    assert files_in(root) == []
    assert (await store_blob(store, bytes(size))).size == size


def fail(_):
    raise OSError(errno.EIO, "the disk is broken")


async def test_a_failed_commit_leaves_nothing_even_without_an_abort(store, root, monkeypatch):
    writer = store.create()
    await writer.write(bytes(2 * MIB))
    with monkeypatch.context() as broken:
        broken.setattr(incoming.os, "fsync", fail)
        with pytest.raises(OSError, match="the disk is broken"):
            await writer.commit()
    assert files_in(root) == []
    assert (await store_blob(store, b"data")).size == 4


async def test_nothing_is_acknowledged_after_a_failed_sync_of_names(store, monkeypatch):
    before = await store_blob(store, b"before")
    with monkeypatch.context() as broken:
        broken.setattr(directories, "sync_directory", fail)
        with pytest.raises(OSError, match="the disk is broken"):
            await store_blob(store, b"during")
    with pytest.raises(OSError, match="the disk is broken"):
        await store_blob(store, b"after")
    assert await listed(store) == {before.id: 6}
    assert await read_blob(store, before.id) == b"before"


async def test_a_commit_that_nobody_waits_for_any_more_leaves_nothing(store, root, monkeypatch):
    committing, go_on = threading.Event(), threading.Event()
    fsync = os.fsync

    def wait_and_sync(descriptor):
        committing.set()
        go_on.wait(10)
        fsync(descriptor)

    monkeypatch.setattr(incoming.os, "fsync", wait_and_sync)
    task = asyncio.create_task(store_blob(store, b"data"))
    await asyncio.to_thread(committing.wait, 10)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.close()
    assert files_in(root) == []


# A process that is killed.


def run_until_killed(root, acknowledgements):
    """Let the writer write, kill it after so many blobs, and return the ids it acknowledged."""
    with subprocess.Popen([sys.executable, WRITER, root], stdout=subprocess.PIPE) as process:
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.kill()
        rest = process.stdout.read()
    printed = (b"".join(lines) + rest).splitlines(keepends=True)
    return {line.decode().strip() for line in printed if line.endswith(b"\n")}


async def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half(root):
    acknowledged = set()
    for acknowledgements in (1, 12, 30):
        acknowledged |= await asyncio.to_thread(run_until_killed, root, acknowledgements)
        store = await DiskBlobs.open(root)
        found = await listed(store)
        assert acknowledged <= set(found)
        for blob_id, size in found.items():
            assert await store.verify(blob_id) == size
        assert {path.name for path in files_in(root)} == set(found)
        await store.close()


async def flipped_reads(store, root, size, at, ranges):
    """Flip a bit of a blob's file, and return for which ranges what was written was read."""
    data = pattern(size)
    blob = await store_blob(store, data)
    path = file_of(root, blob.id)
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)
    good = []
    for start, length in ranges:
        received = bytearray()
        with suppress(BlobCorrupt):
            async for chunk in store.read(blob.id, start, length):
                received += chunk
            good.append((start, length))
        stop = size if length is None else start + length
        assert ((start, length) in good) == (len(received) == stop - start)
        assert data[start:].startswith(received)  # no bad byte came out
    with pytest.raises(BlobCorrupt, match=blob.id):
        await store.verify(blob.id)
    return good


SIZE = 5 * BLOCK + 77
"""Five blocks and a rest, and then the checksums of six."""


@pytest.mark.parametrize(
    ("at", "good"),
    [
        (0, [1, 2, 5]),
        (2 * BLOCK - 1, [0, 2, 5]),
        (5 * BLOCK + 3, [0, 1, 2]),
        (SIZE, [1, 2, 5]),  # the checksum of the first block
        (SIZE + 6 * 8 - 1, [0, 1, 2]),
    ],
)
async def test_no_flipped_bit_comes_out(store, root, at, good):
    blocks = [(block * BLOCK + 10, 50) for block in (0, 1, 2, 5)]
    wanted = {blocks[(0, 1, 2, 5).index(block)] for block in good}
    ranges = [*blocks, (0, None), (10, SIZE - 20), (0, SIZE)]
    assert set(await flipped_reads(store, root, SIZE, at, ranges)) == wanted


@pytest.mark.parametrize("size", [1, BLOCK, MIB + 1, 3 * MIB])
async def test_a_blob_of_an_earlier_release_is_verified_as_a_whole(store, root, size):
    data = pattern(size)
    blob = await store_blob(store, data)
    path = file_of(root, blob.id)
    os.truncate(path, size)  # it had no checksums of blocks
    assert await read_blob(store, blob.id) == data
    assert await read_blob(store, blob.id, size // 2) == data[size // 2 :]
    assert await store.verify(blob.id) == size
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    received = bytearray()
    with suppress(BlobCorrupt):
        async for chunk in store.read(blob.id):
            received += chunk
    assert len(received) < size


async def test_checksums_do_not_depend_on_how_the_bytes_came(store):
    data = pattern(3 * BLOCK + 5)
    async with store.create(["crc64nvme"]) as writer:
        for size in (1, BLOCK - 2, BLOCK + 1, 7, len(data)):
            await writer.write(data[:size])
            data = data[size:]
        blob = await writer.commit()
    assert blob.digests["crc64nvme"].hex() == blob.id.rpartition("-")[2]
    assert await store.verify(blob.id) == blob.size
