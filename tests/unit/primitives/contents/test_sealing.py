"""Sealed contents: any size, any range, and whatever somebody did to the bytes."""

import asyncio
import os

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.engines.blobs.contract import BlobCorrupt
from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Content, Contents, ContentSealed
from lenticular.primitives.contents.sealing import (
    PIECE,
    TAG,
    Sealer,
    open_range,
    open_whole,
    sealed_range,
)

KEY = bytes(range(32))
DATA = os.urandom(3 * PIECE + 1000)
SIZES = st.one_of(
    st.integers(0, len(DATA)),
    st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE]),
)


def sealed_of(data, key=KEY):
    sealer = Sealer(key)
    return sealer.salt, sealer.seal(data, is_end=True)


async def one(*chunks):
    for chunk in chunks:
        yield chunk


async def collect(chunks):
    return b"".join([chunk async for chunk in chunks])


def read(sealed, salt, size, start, length, key=KEY, chunk=100_000):
    begin, stop = sealed_range(size, start, length)
    wanted = sealed[begin:stop]
    chunks = [wanted[at : at + chunk] for at in range(0, len(wanted), chunk)]
    return asyncio.run(collect(open_range(key, salt, size, start, length, one(*chunks))))


@given(SIZES, st.data())
@settings(deadline=None, max_examples=60)
def test_any_range_of_any_size_is_the_plain_one(size, data):
    salt, sealed = sealed_of(DATA[:size])
    assert open_whole(KEY, salt, sealed) == DATA[:size]
    if size:
        start = data.draw(st.integers(0, size - 1))
        length = data.draw(st.integers(1, size - start))
        chunk = data.draw(st.sampled_from([7_000, 65_552, 1 << 20]))
        assert read(sealed, salt, size, start, length, chunk=chunk) == DATA[start:][:length]


def test_a_range_reads_the_pieces_that_it_touches_and_no_other():
    size = 10 * PIECE + 5
    assert sealed_range(size, 0, 1) == (0, PIECE + TAG)
    assert sealed_range(size, PIECE - 1, 2) == (0, 2 * (PIECE + TAG))
    assert sealed_range(size, 10 * PIECE, 5) == (10 * (PIECE + TAG), size + 11 * TAG)


@given(st.integers(0, 2 * PIECE + 100 + 3 * TAG - 1), st.integers(0, 7))
@settings(deadline=None, max_examples=60)
def test_every_flipped_bit_is_noticed(at, bit):
    size = 2 * PIECE + 100
    salt, sealed = sealed_of(DATA[:size])
    changed = bytearray(sealed)
    changed[at] ^= 1 << bit
    with pytest.raises(BlobCorrupt):
        open_whole(KEY, salt, bytes(changed))
    with pytest.raises(BlobCorrupt):
        read(bytes(changed), salt, size, 0, size)


def pieces_of(sealed):
    return [sealed[at : at + PIECE + TAG] for at in range(0, len(sealed), PIECE + TAG)]


@pytest.mark.parametrize(
    "forge",
    [
        lambda own, other: [own[1], own[0], own[2]],
        lambda own, other: [own[0], own[0], own[2]],
        lambda own, other: [own[0], other[1], own[2]],
        lambda own, other: other,
        lambda own, other: own[:2],
        lambda own, other: [*own[:2], own[2][:-1]],
        lambda own, other: [*own[:2], own[2][: 50 + TAG]],
        lambda own, other: [],
    ],
    ids=["swapped", "repeated", "spliced", "exchanged", "cut", "shorter", "short", "empty"],
)
def test_pieces_that_are_not_where_they_were_written_do_not_open(forge):
    size = 2 * PIECE + 100
    salt, sealed = sealed_of(DATA[:size])
    _, other = sealed_of(DATA[:size])
    forged = b"".join(forge(pieces_of(sealed), pieces_of(other)))
    with pytest.raises(BlobCorrupt):
        read(forged, salt, size, 0, size)
    if forged:
        with pytest.raises(BlobCorrupt):
            open_whole(KEY, salt, forged)


def test_a_content_cut_at_a_piece_does_not_open_as_a_shorter_one():
    salt, sealed = sealed_of(DATA[: 2 * PIECE])
    with pytest.raises(BlobCorrupt):
        open_whole(KEY, salt, pieces_of(sealed)[0])


def test_another_key_or_salt_opens_nothing():
    salt, sealed = sealed_of(b"plain")
    for key, other_salt in ((bytes(32), salt), (KEY, bytes(16))):
        with pytest.raises(BlobCorrupt):
            open_whole(key, other_salt, sealed)


def test_nothing_good_comes_before_the_piece_that_was_changed():
    size = 3 * PIECE
    salt, sealed = sealed_of(DATA[:size])
    changed = bytearray(sealed)
    changed[2 * (PIECE + TAG)] ^= 1
    came = bytearray()

    async def read_on():
        chunks = [bytes(piece) for piece in pieces_of(changed)]
        async for chunk in open_range(KEY, salt, size, 0, size, one(*chunks)):
            came.extend(chunk)

    with pytest.raises(BlobCorrupt):
        asyncio.run(read_on())
    assert came == DATA[: 2 * PIECE]


# Contents: small ones, blobs and layouts of both.


@pytest.fixture
def blobs():
    return MemoryBlobs()


@pytest.fixture
def contents(blobs):
    return Contents(MemoryStore(), blobs, small=1000, grace=0)


async def keep(contents, data, key=KEY):
    received = await contents.receive(one(data[:700], data[700:]), {"md5"}, key)
    return await contents.keep(received, lambda tx: contents.attach(tx, received))


@pytest.mark.parametrize("size", [0, 10, 1000, 1001, PIECE, 20 * PIECE, 33 * PIECE + 17])
async def test_what_is_received_with_a_key_is_read_with_it(contents, size):
    data = os.urandom(size)
    content = await keep(contents, data)
    assert content.size == size
    assert await collect(contents.read(content, key=KEY)) == data
    assert (
        await collect(contents.read(content, size // 3, size // 2, KEY))
        == (data[size // 3 :][: size // 2])
    )
    if size:
        with pytest.raises(ContentSealed):
            await collect(contents.read(content))
        with pytest.raises(BlobCorrupt):
            await collect(contents.read(content, key=bytes(32)))


async def test_digests_are_those_of_the_plain_bytes(contents):
    data = os.urandom(5 * PIECE)
    for length in (500, len(data)):
        sealed = await contents.receive(one(data[:length]), {"md5", "crc32c"}, KEY)
        clear = await contents.receive(one(data[:length]), {"md5", "crc32c"})
        assert (sealed.size, sealed.digests) == (clear.size, clear.digests)


async def test_a_layout_of_sealed_contents_reads_by_ranges(contents):
    parts = [os.urandom(size) for size in (3 * PIECE + 7, 600, 2 * PIECE)]
    kept = [await keep(contents, part) for part in parts]
    joined = await contents.store.transact(lambda tx: contents.join(tx, kept, []))
    shared = await contents.store.transact(lambda tx: contents.share(tx, joined, 100, 4 * PIECE))
    whole = b"".join(parts)
    for content, expected in ((joined, whole), (shared, whole[100:][: 4 * PIECE])):
        for start, length in ((0, len(expected)), (3 * PIECE - 10, 50), (3 * PIECE + 5, 700)):
            came = await collect(contents.read(content, start, length, KEY))
            assert came == expected[start:][:length]


async def test_a_sealed_value_is_shared_sealed(contents):
    content = await keep(contents, b"0123456789" * 50)
    whole = await contents.store.transact(lambda tx: contents.share(tx, content))
    part = await contents.store.transact(lambda tx: contents.share(tx, content, 5, 10))
    assert await collect(contents.read(whole, key=KEY)) == b"0123456789" * 50
    assert await collect(contents.read(part, key=KEY)) == b"5678901234"


async def test_what_should_be_sealed_and_is_not_is_not_read(contents):
    content = await keep(contents, b"planted by somebody else" * 100, key=None)
    with pytest.raises(BlobCorrupt):
        await collect(contents.read(content, key=KEY))


async def test_a_source_that_fails_leaves_no_blob(contents, blobs):
    async def broken():
        yield os.urandom(40 * PIECE)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await contents.receive(broken(), {"md5"}, KEY)
    assert [entry async for entry in blobs.list()] == []


def test_records_of_before_read_as_clear():
    old = Content(b"id", 5, "blob")
    encoded = msgspec.msgpack.encode([b"id", 5, "blob", 0, False])
    assert msgspec.msgpack.decode(encoded, type=Content) == old
    assert old.salt == b""
