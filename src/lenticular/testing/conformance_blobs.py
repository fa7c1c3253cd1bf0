"""What every blob store must do: tests for an engine to inherit.

A test module of an engine derives a class from `BlobStoreConformance` and supplies two
fixtures: ``open_blobs`` opens a store that is empty, another one each time (see
`OpenBlobs`), and ``damage`` changes the bytes of a blob behind the store's back (see
`Damage`).
"""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.engines.blobs.contract import Blob, BlobCorrupt, BlobNotFound, BlobStore
from lenticular.engines.blobs.digests import ALGORITHMS, Digests

OpenBlobs = Callable[[], Awaitable[BlobStore]]
Damage = Callable[[BlobStore, str, Callable[[bytes], bytes]], None]
"""Replaces the bytes of the blob of this id by what the function makes of them."""

MIB = 1024 * 1024
NOBODY = "0123456789abcdef0123456789ab-5-0123456789abcdef"
"""An id as the engines make them, of no blob."""

HOSTILE = [
    "",
    ".",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "incoming",
    "lock",
    f"../00/{NOBODY}",
    f"{NOBODY}/",
    f"{NOBODY}\n",
    f"{NOBODY}\x00",
    NOBODY.upper(),
    NOBODY.replace("0", "\u0660"),  # digits, but not ASCII's
    "0" * 5000,
]


async def store_blob(store: BlobStore, data: bytes) -> Blob:
    """Write and commit a blob."""
    async with store.create() as writer:
        await writer.write(data)
        return await writer.commit()


async def read_blob(
    store: BlobStore, blob_id: str, start: int = 0, length: int | None = None
) -> bytes:
    """Return the bytes of a blob, having looked at the size of the chunks."""
    chunks = [chunk async for chunk in store.read(blob_id, start, length)]
    assert all(0 < len(chunk) <= MIB for chunk in chunks)
    return b"".join(chunks)


async def listed(store: BlobStore) -> dict[str, int]:
    """Return the size of each blob in the listing by its id."""
    return {entry.id: entry.size async for entry in store.list()}


def pattern(size: int) -> bytes:
    """Return bytes of which no two stretches are the same."""
    words = (number.to_bytes(4, "big") for number in range(size // 4 + 1))
    return b"".join(words)[:size]


class BlobStoreConformance:
    """The tests. A subclass supplies the fixtures ``open_blobs`` and ``damage``."""

    @pytest.fixture
    async def store(self, open_blobs: OpenBlobs) -> AsyncIterator[BlobStore]:
        store = await open_blobs()
        yield store
        await store.close()

    # Writing and reading.

    def test_any_range_of_any_blob_is_read_back(self, open_blobs: OpenBlobs) -> None:
        """However it was cut on the way in."""
        edges = [0, 1, 1000, 256 * 1024, 512 * 1024, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 5]
        positions = st.one_of(st.sampled_from(edges), st.integers(0, 4 * MIB))

        @settings(max_examples=12, deadline=None)
        @given(
            size=positions,
            piece=st.sampled_from([1000, 65_536, 70_001, MIB, 5 * MIB]),
            ranges=st.lists(st.tuples(positions, st.one_of(st.none(), positions)), max_size=3),
        )
        def round_trip(size: int, piece: int, ranges: list[tuple[int, int | None]]) -> None:
            runner.run(write_and_read(whole[:size], piece, ranges))

        async def write_and_read(
            data: bytes, piece: int, ranges: list[tuple[int, int | None]]
        ) -> None:
            async with store.create() as writer:
                for begin in range(0, len(data), piece):
                    await writer.write(memoryview(data)[begin : begin + piece])
                blob = await writer.commit()
            assert blob.size == len(data)
            assert await read_blob(store, blob.id) == data
            for start, length in ranges:
                expected = data[start:] if length is None else data[start : start + length]
                assert await read_blob(store, blob.id, start, length) == expected
            assert await store.verify(blob.id) == len(data)
            assert await store.delete(blob.id)

        async def opened() -> BlobStore:
            return await open_blobs()

        whole = pattern(4 * MIB)
        with asyncio.Runner() as runner:
            store = runner.run(opened())
            try:
                round_trip()
            finally:
                runner.run(store.close())

    async def test_an_empty_blob_is_a_blob(self, store: BlobStore) -> None:
        async with store.create() as writer:
            blob = await writer.commit()
        assert blob.size == 0
        assert await read_blob(store, blob.id) == b""
        assert await store.verify(blob.id) == 0
        assert await listed(store) == {blob.id: 0}

    async def test_the_buffer_of_a_write_can_be_used_again(self, store: BlobStore) -> None:
        buffer = bytearray(MIB)
        async with store.create() as writer:
            for number in range(4):
                buffer[:] = bytes([number]) * MIB
                await writer.write(buffer)
            blob = await writer.commit()
        data = await read_blob(store, blob.id)
        assert [data.count(number) for number in range(4)] == [MIB] * 4

    @pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1)])
    async def test_a_negative_range_is_refused(
        self, store: BlobStore, start: int, length: int | None
    ) -> None:
        blob = await store_blob(store, b"data")
        with pytest.raises(ValueError, match="negative"):
            await read_blob(store, blob.id, start, length)

    async def test_digests_are_those_of_the_bytes(self, store: BlobStore) -> None:
        data = pattern(2 * MIB + 17)
        async with store.create(list(ALGORITHMS)) as writer:
            for begin in range(0, len(data), 300_000):
                await writer.write(data[begin : begin + 300_000])
            blob = await writer.commit()
        expected = Digests(list(ALGORITHMS))
        expected.update(data)
        assert dict(blob.digests) == expected.result()
        assert blob.digests["sha256"] == hashlib.sha256(data).digest()

    async def test_only_the_digests_asked_for_come_back(self, store: BlobStore) -> None:
        async with store.create(["sha1"]) as writer:
            assert set((await writer.commit()).digests) == {"sha1"}
        assert (await store_blob(store, b"data")).digests == {}
        with pytest.raises(ValueError, match="no digest algorithm sha3"):
            store.create(["md5", "sha3"])

    async def test_ids_are_safe_and_never_the_same(self, store: BlobStore) -> None:
        ids = [(await store_blob(store, b"same")).id for _ in range(20)]
        assert len(set(ids)) == 20
        assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,96}", each) for each in ids)

    async def test_many_write_at_once(self, store: BlobStore) -> None:
        async def write(number: int) -> tuple[str, bytes]:
            data = bytes([number]) * (300_000 + number)
            async with store.create() as writer:
                for begin in range(0, len(data), 100_000):
                    await writer.write(data[begin : begin + 100_000])
                    await asyncio.sleep(0)  # lets the others go on
                return (await writer.commit()).id, data

        written = dict(await asyncio.gather(*map(write, range(20))))
        assert await listed(store) == {blob_id: len(data) for blob_id, data in written.items()}
        for blob_id, data in written.items():
            assert await read_blob(store, blob_id) == data

    # Not writing after all.

    async def test_a_blob_is_not_there_before_its_commit(self, store: BlobStore) -> None:
        async with store.create() as writer:
            await writer.write(bytes(3 * MIB))
            assert await listed(store) == {}

    async def test_abort_leaves_nothing(self, store: BlobStore) -> None:
        writer = store.create()
        await writer.write(bytes(3 * MIB))
        await writer.abort()
        await writer.abort()
        assert await listed(store) == {}
        for call in (writer.write(b"more"), writer.commit()):
            with pytest.raises(RuntimeError, match="create another"):
                await call

    async def test_an_exception_aborts(self, store: BlobStore) -> None:
        async def fail() -> None:
            async with store.create() as writer:
                await writer.write(bytes(3 * MIB))
                raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            await fail()
        assert await listed(store) == {}

    async def test_a_cancelled_upload_leaves_nothing(self, store: BlobStore) -> None:
        begun = asyncio.Event()

        async def upload() -> None:
            async with store.create() as writer:
                while True:
                    await writer.write(bytes(MIB))
                    begun.set()
                    await asyncio.sleep(0)  # lets the test go on

        uploading = asyncio.create_task(upload())
        await begun.wait()
        uploading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await uploading
        assert await listed(store) == {}

    async def test_a_commit_is_final(self, store: BlobStore) -> None:
        writer = store.create()
        await writer.write(b"data")
        blob = await writer.commit()
        await writer.abort()
        for call in (writer.write(b"more"), writer.commit()):
            with pytest.raises(RuntimeError, match="create another"):
                await call
        assert await read_blob(store, blob.id) == b"data"

    # Copying what another store holds.

    @pytest.mark.parametrize("size", [0, 9 * MIB + 7])
    async def test_a_copy_has_the_id_of_the_original(
        self, open_blobs: OpenBlobs, size: int
    ) -> None:
        here, there = await open_blobs(), await open_blobs()
        data = pattern(size)
        original = await store_blob(here, data)
        for _ in range(2):  # a second copy takes the place of the first
            async with there.recreate(original.id) as writer:
                for begin in range(0, size, MIB):
                    await writer.write(data[begin : begin + MIB])
                copy = await writer.commit()
            assert copy == original
        assert await read_blob(there, original.id) == data
        assert await there.verify(original.id) == size
        assert await listed(there) == {original.id: size}
        assert await here.verify(original.id) == size
        await asyncio.gather(here.close(), there.close())

    @pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data[:-1] + b"?"])
    async def test_a_copy_of_something_else_is_refused(
        self, store: BlobStore, change: Callable[[bytes], bytes]
    ) -> None:
        blob = await store_blob(store, pattern(2 * MIB))
        await store.delete(blob.id)
        async with store.recreate(blob.id) as writer:
            await writer.write(change(pattern(2 * MIB)))
            with pytest.raises(BlobCorrupt, match=blob.id):
                await writer.commit()
        assert await listed(store) == {}

    @pytest.mark.parametrize("blob_id", HOSTILE)
    async def test_a_copy_needs_an_id(self, store: BlobStore, blob_id: str) -> None:
        with pytest.raises(BlobNotFound):
            store.recreate(blob_id)

    # Removing.

    async def test_a_deleted_blob_is_gone(self, store: BlobStore) -> None:
        blob, other = await store_blob(store, b"data"), await store_blob(store, b"data")
        assert await store.delete(blob.id) is True
        assert await store.delete(blob.id) is False
        with pytest.raises(BlobNotFound):
            await read_blob(store, blob.id)
        with pytest.raises(BlobNotFound):
            await store.verify(blob.id)
        assert await listed(store) == {other.id: 4}

    async def test_a_read_that_began_goes_on(self, store: BlobStore) -> None:
        data = pattern(3 * MIB)
        blob = await store_blob(store, data)
        reading = store.read(blob.id)
        first = await anext(reading)
        await store.delete(blob.id)
        assert first + b"".join([chunk async for chunk in reading]) == data

    @pytest.mark.parametrize("blob_id", [NOBODY, *HOSTILE])
    async def test_what_is_no_blob_is_not_found(self, store: BlobStore, blob_id: str) -> None:
        await store_blob(store, b"data")
        with pytest.raises(BlobNotFound):
            await anext(store.read(blob_id))
        with pytest.raises(BlobNotFound):
            await store.verify(blob_id)
        assert await store.delete(blob_id) is False

    # Looking after them.

    async def test_a_listing_tells_size_and_age(self, store: BlobStore) -> None:
        before = time.time()
        sizes = {(await store_blob(store, bytes(size))).id: size for size in (0, 1, 70_000, MIB)}
        entries = [entry async for entry in store.list()]
        assert {entry.id: entry.size for entry in entries} == sizes
        # Ids tell the time in milliseconds, which cuts off a part of one.
        assert all(before - 0.001 <= entry.created <= time.time() for entry in entries)

    @pytest.mark.parametrize(
        "change",
        [
            lambda data: data[:-1],
            lambda data: data + b"\x00",
            lambda data: bytes([data[0] ^ 1]) + data[1:],
            lambda data: data[:-1] + bytes([data[-1] ^ 0x80]),
            lambda data: data[:MIB] + data[:MIB] + data[2 * MIB :],
            lambda data: b"",
        ],
    )
    async def test_damage_is_found(
        self, store: BlobStore, damage: Damage, change: Callable[[bytes], bytes]
    ) -> None:
        sound, blob = [await store_blob(store, pattern(3 * MIB)) for _ in range(2)]
        damage(store, blob.id, change)
        with pytest.raises(BlobCorrupt, match=blob.id):
            await store.verify(blob.id)
        assert await store.verify(sound.id) == 3 * MIB

    # The end.

    async def test_close_aborts_what_is_open(self, store: BlobStore) -> None:
        writers = [store.create() for _ in range(3)]
        for writer in writers:
            await writer.write(bytes(3 * MIB))
        await asyncio.gather(store.close(), store.close())
        await store.close()
        for writer in writers:
            with pytest.raises(RuntimeError):
                await writer.commit()
            await writer.abort()
        with pytest.raises(RuntimeError, match="closed"):
            store.create()
