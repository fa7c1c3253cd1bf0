"""The blob store in another store keeps the contract: in obstore's own memory and SeaweedFS."""

import asyncio
import os
import time
import tracemalloc
from itertools import count

import obstore
import pytest
from obstore.store import MemoryStore

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound, BlobStoreUnavailable
from lenticular.engines.blobs.remote import Bucket, ForeignStore, RemoteBlobs, SettingsInvalid
from lenticular.engines.blobs.remote.layout import PIECE
from lenticular.testing.conformance_blobs import (
    MIB,
    BlobStoreConformance,
    listed,
    read_blob,
    store_blob,
)


class RemoteConformance(BlobStoreConformance):
    @pytest.fixture
    def damage(self):
        def damage(store, blob_id, change):
            remote, path = store._bucket._store, f"blobs/{blob_id}"
            obstore.put(remote, path, change(bytes(obstore.get(remote, path).bytes())))

        return damage


class TestInMemory(RemoteConformance):
    @pytest.fixture
    def open_blobs(self):
        async def open_blobs():
            return RemoteBlobs(Bucket(MemoryStore(), "memory"))

        return open_blobs


class TestInSeaweedFs(RemoteConformance):
    @pytest.fixture
    def open_blobs(self, seaweedfs):
        place, numbers = seaweedfs.new_place(), count()

        async def open_blobs():
            return in_seaweedfs(seaweedfs, f"{place}/{next(numbers)}")

        return open_blobs


def in_seaweedfs(seaweedfs, place):
    return RemoteBlobs(Bucket.open(f"s3://{place}", seaweedfs.settings, {}, 5.0))


@pytest.fixture
def remote():
    return MemoryStore()


@pytest.fixture
async def store(remote):
    store = RemoteBlobs(Bucket(remote, "memory"))
    yield store
    await store.close()


def paths(remote):
    return sorted(entry["path"] for page in obstore.list(remote) for entry in page)


LARGE = 2 * PIECE + 5
"""Bytes of a blob of three pieces."""


@pytest.mark.parametrize(
    ("size", "objects"),
    [(0, 1), (1, 1), (PIECE, 1), (PIECE + 1, 2), (2 * PIECE, 2), (LARGE, 3)],
)
async def test_a_blob_is_its_pieces_and_nothing_else(store, remote, size, objects):
    data = os.urandom(size)
    blob = await store_blob(store, data)
    assert len(paths(remote)) == objects
    assert await listed(store) == {blob.id: size}
    assert await read_blob(store, blob.id) == data
    for start, length in [(PIECE - 3, 5), (PIECE, 1), (2 * PIECE - 1, 3), (size - 1, 9)]:
        if start >= 0:
            assert await read_blob(store, blob.id, start, length) == data[start : start + length]
    assert await store.verify(blob.id) == size
    assert await store.delete(blob.id)
    assert paths(remote) == []


async def test_a_large_blob_in_another_store(seaweedfs):
    place = seaweedfs.new_place()
    store = in_seaweedfs(seaweedfs, f"{place}/deep/down")
    data = os.urandom(LARGE)
    blob = await store_blob(store, data)
    assert len(seaweedfs.keys(place)) == 3
    assert all(key.startswith("deep/down/") for key in seaweedfs.keys(place))
    assert await read_blob(store, blob.id) == data
    assert await read_blob(store, blob.id, PIECE - 1, PIECE + 2) == data[PIECE - 1 : 2 * PIECE + 1]
    assert await listed(store) == {blob.id: LARGE}
    reading = store.read(blob.id)
    first = await anext(reading)
    assert await store.delete(blob.id)
    assert first + b"".join([chunk async for chunk in reading]) == data
    await store.close()
    assert seaweedfs.keys(place) == {}


async def test_nothing_of_an_aborted_upload_is_left(store, remote):
    writer = store.create()
    await writer.write(bytes(LARGE))
    assert any(path.startswith("uploads/") for path in paths(remote))
    await writer.abort()
    await store.close()
    assert paths(remote) == []


async def test_a_commit_that_nobody_waits_for_any_more_leaves_nothing(store, remote):
    async with store.create() as writer:
        await writer.write(bytes(LARGE))
        committing = asyncio.create_task(writer.commit())
        await asyncio.sleep(0)
        committing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await committing
    await store.close()
    assert paths(remote) == []


async def test_a_blob_is_deleted_when_nobody_reads_it_any_more(store, remote):
    blob = await store_blob(store, bytes(LARGE))
    reading = store.read(blob.id)
    await anext(reading)
    assert await store.delete(blob.id) is True
    assert await store.delete(blob.id) is False
    assert await listed(store) == {}
    with pytest.raises(BlobNotFound):
        await read_blob(store, blob.id)
    await reading.aclose()
    await store.close()
    assert paths(remote) == []


async def test_memory_is_bounded(store, remote):
    """Of Python's, that is: in place of a slow store one that takes nothing before the end."""
    go_on, sent = asyncio.Event(), 0

    async def wait(path, data):
        nonlocal sent
        sent += 1
        if not path.startswith("uploads/"):
            await go_on.wait()

    store._bucket.put = wait
    writer = store.create(["md5"])
    tracemalloc.start()
    try:
        for _ in range(8 * 8 + 8):
            await writer.write(bytes(MIB))
        stuck = asyncio.create_task(writer.write(bytes(MIB)))
        await asyncio.wait([stuck], timeout=0.05)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not stuck.done()
    assert sent == 1 + 8
    assert peak < (8 + 1) * PIECE + 4 * MIB
    go_on.set()
    await stuck
    assert (await writer.commit()).size == 73 * MIB


# What a killed process leaves.


@pytest.mark.parametrize("committed", [True, False])
async def test_leftovers_are_swept(remote, committed):
    """Whether it was killed before the last step or after it."""
    killed = RemoteBlobs(Bucket(remote, "memory"))
    delete, killed._bucket.delete = killed._bucket.delete, nothing
    writer = killed.create()
    await writer.write(bytes(LARGE))
    await asyncio.gather(*writer._sending)
    blob = await writer.commit() if committed else None
    store = RemoteBlobs(Bucket(remote, "memory"))
    await store.sweep(time.time() - 60)
    assert any(path.startswith("uploads/") for path in paths(remote))
    await store.sweep(time.time() + 1)
    assert [path for path in paths(remote) if path.startswith("uploads/")] == []
    if blob is None:
        assert paths(remote) == []
    else:
        assert await store.verify(blob.id) == LARGE
    killed._bucket.delete = delete
    await killed.close()


async def nothing(*paths):
    pass


async def test_what_is_being_written_is_not_swept(store):
    async with store.create() as writer:
        await writer.write(data := os.urandom(LARGE))
        await store.sweep(time.time() + 1)
        blob = await writer.commit()
    assert await read_blob(store, blob.id) == data


async def test_a_deletion_that_broke_off_is_still_listed(store, remote, monkeypatch):
    blob = await store_blob(store, bytes(LARGE))
    with monkeypatch.context() as broken:
        broken.setattr(store._bucket, "delete_below", fail)
        with pytest.raises(BlobStoreUnavailable):
            await store.delete(blob.id)
    assert await listed(store) == {blob.id: LARGE}
    assert await store.delete(blob.id)
    assert paths(remote) == []


async def fail(*_):
    raise BlobStoreUnavailable("away")


# Damage.


async def test_whoever_reads_all_is_not_given_the_end_of_what_is_damaged(store, remote):
    blob = await store_blob(store, os.urandom(LARGE))
    path = next(path for path in paths(remote) if path.startswith("pieces/"))
    obstore.put(remote, path, bytes(PIECE))
    received = []

    reading = store.read(blob.id)

    async def receive():
        while True:
            received.append(len(await anext(reading)))

    with pytest.raises(BlobCorrupt, match=blob.id):
        await receive()
    assert sum(received) < LARGE
    assert await read_blob(store, blob.id, 5, 5) == bytes(5)


async def test_a_missing_or_short_piece_is_damage(store, remote):
    blob = await store_blob(store, os.urandom(LARGE))
    path = next(path for path in paths(remote) if path.startswith("pieces/"))
    obstore.put(remote, path, b"short")
    with pytest.raises(BlobCorrupt, match=f"has 5 bytes instead of {PIECE}"):
        await store.verify(blob.id)
    obstore.delete(remote, path)
    with pytest.raises(BlobCorrupt, match="is missing"):
        await store.verify(blob.id)


async def test_a_range_behind_the_end_of_a_cut_blob_is_damage(seaweedfs):
    store = in_seaweedfs(seaweedfs, seaweedfs.new_place())
    blob = await store_blob(store, bytes(MIB))
    obstore.put(store._bucket._store, f"blobs/{blob.id}", b"cut")
    with pytest.raises(BlobCorrupt, match=blob.id):
        await read_blob(store, blob.id, 1000, 1000)
    await store.close()


async def test_an_empty_blob_that_has_bytes_is_damage(store, remote):
    blob = await store_blob(store, b"")
    obstore.put(remote, f"blobs/{blob.id}", b"more")
    with pytest.raises(BlobCorrupt, match="instead of none"):
        await store.verify(blob.id)


async def test_foreign_objects_are_passed_by(store, remote):
    blob = await store_blob(store, b"data")
    for path in ("blobs/notes.txt", "uploads/notes.txt", "notes.txt"):
        obstore.put(remote, path, b"not mine")
    await store.sweep(time.time() + 1)
    assert await listed(store) == {blob.id: 4}
    assert "uploads/notes.txt" in paths(remote)


# Whose blobs they are.


async def test_two_clouds_never_share_a_place(store):
    with pytest.raises(ForeignStore, match=r"has no lenticular\.json"):
        await store.join("one", begin=False)
    await store.join("one", begin=True)
    await store.join("one", begin=False)
    for begin in (True, False):
        with pytest.raises(ForeignStore, match="another cloud"):
            await store.join("two", begin=begin)


async def test_a_place_that_somebody_else_uses_is_not_taken(store, remote):
    obstore.put(remote, "lenticular.json", b"not ours")
    with pytest.raises(ForeignStore):
        await store.join("one", begin=True)
    assert bytes(obstore.get(remote, "lenticular.json").bytes()) == b"not ours"


# A store that is away, or refuses.


@pytest.mark.parametrize("wrong", [{"endpoint": "http://127.0.0.1:1"}, {"secret_access_key": "?"}])
async def test_every_call_says_that_the_store_is_not_available(seaweedfs, wrong):
    sound = in_seaweedfs(seaweedfs, place := seaweedfs.new_place())
    blob = await store_blob(sound, b"data")
    bucket = Bucket.open(f"s3://{place}", {**seaweedfs.settings, **wrong}, {}, 0.1)
    store = RemoteBlobs(bucket)
    writer = store.create()
    await writer.write(b"data")
    for call in (
        writer.commit(),
        read_blob(store, blob.id),
        listed(store),
        store.delete(blob.id),
        store.verify(blob.id),
        store.sweep(time.time()),
        store.check(),
        store.join("one", begin=True),
    ):
        with pytest.raises(BlobStoreUnavailable, match=f"s3://{place}: ") as raised:
            await call
        assert "secret-of-tests" not in str(raised.value)
        assert "\n" not in str(raised.value)
    await store.close()
    assert await read_blob(sound, blob.id) == b"data"
    await sound.close()


async def test_a_check_is_believed_for_some_seconds(store, monkeypatch):
    await store.check()
    monkeypatch.setattr(store._bucket, "get", fail)
    await store.check()
    store._checked -= 10
    for _ in range(2):
        with pytest.raises(BlobStoreUnavailable, match="away"):
            await store.check()


async def test_a_check_does_not_wait_for_long(store, monkeypatch):
    monkeypatch.setattr("lenticular.engines.blobs.remote.store._CHECK_PATIENCE", 0.01)
    monkeypatch.setattr(store._bucket, "get", lambda path: asyncio.Event().wait())
    with pytest.raises(BlobStoreUnavailable, match="memory: no answer"):
        await store.check()


async def test_a_piece_that_cannot_be_sent_ends_the_upload(store, remote, monkeypatch):
    monkeypatch.setattr(store._bucket, "put", only_uploads(store._bucket.put))
    with pytest.raises(BlobStoreUnavailable):
        await store_blob(store, bytes(LARGE))
    await store.close()
    assert paths(remote) == []


def only_uploads(put):
    async def put_or_fail(path, data):
        if not path.startswith("uploads/"):
            raise BlobStoreUnavailable("away")
        await put(path, data)

    return put_or_fail


def test_secrets_in_addresses_are_not_told():
    from lenticular.engines.blobs.remote.bucket import _told

    error = OSError(
        "Error performing PUT https://a.example/c?sv=1&sig=SECRET in 1s\n\nDebug source:\n"
        'uri: "?sig=SECRET" message: "Connection refused"'
    )
    assert _told(error) == "Error performing PUT https://a.example/c in 1s (Connection refused)"


@pytest.mark.parametrize(
    ("url", "settings"),
    [("ftp://a/b", {}), ("s3://a", {"endpiont": "x"}), ("s3://a", {"region": []})],
)
def test_settings_that_cannot_be_used(url, settings):
    with pytest.raises(SettingsInvalid, match=url):
        Bucket.open(url, settings, {}, 1.0)
