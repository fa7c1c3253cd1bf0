"""Pairs are copied, compared and removed whatever their size, and every difference is found."""

import pytest

from lenticular.engines.kv.keys import Subspace, pack
from lenticular.engines.kv.memory import MemoryStore
from lenticular.server.migration import pairs
from lenticular.server.migration.journal import Count
from lenticular.server.migration.pairs import Difference
from lenticular.server.migration.progress import Progress

OWN = pack("own")
MIB = 1024 * 1024


@pytest.fixture
async def source():
    """A store with pairs of all sizes, and one that is only its own."""
    store = await filled({pack("few", n): b"%d" % n for n in range(300)} | {OWN: b"source"})
    await put(store, {pack("large", n): bytes([n]) * (3 * MIB) for n in range(4)})
    await put(store, {b"\xff" * 8192: b"the last key", b"\x00": b""})
    return store


async def filled(values):
    store = MemoryStore()
    await put(store, values)
    return store


async def put(store, values):
    def write(tx):
        for key, value in values.items():
            tx.set(key, value)

    await store.transact(write)


async def everything(store):
    return [pair async for page in pairs.pages(store) for pair in page]


async def copied(source, start=b""):
    target = await filled({OWN: b"target"})
    await pairs.copy(source, target, {OWN}, start, progress())
    return target


def progress():
    return Progress("keys", Count(), lambda step: None)


async def test_a_copy_is_the_same_but_for_the_own_keys(source):
    target = await copied(source)
    counted = progress()
    digest = await pairs.compare(source, target, {OWN}, counted)
    assert len(digest) == 64
    assert counted.done.items == 300 + 4 + 2
    assert counted.done.size == pairs.size_of(await everything(source)) - len(OWN + b"source")
    assert await target.read(lambda reader: reader.get(OWN)) == b"target"
    assert await pairs.compare(target, source, {OWN}, progress()) == digest


async def test_a_copy_can_begin_in_the_middle(source):
    target = await copied(source, pack("few", 200))
    found = await everything(target)
    assert found[0] == (pack("few", 200), b"200")
    assert found[-1] == (b"\xff" * 8192, b"the last key")


async def test_how_far_a_copy_is_names_a_key_that_is_there(source):
    target, seen = MemoryStore(), []

    class Noted(Progress):
        async def reach(self, cursor):
            key = bytes.fromhex(cursor)
            seen.append((key, await target.read(lambda reader: reader.get(key))))

    await pairs.copy(source, target, (), b"", Noted("keys", Count(), lambda step: None))
    assert len(seen) >= 3
    assert all(value is not None for _, value in seen)
    assert seen[-1][0] == b"\xff" * 8192


async def test_pages_and_transactions_are_bounded(source):
    async for page in pairs.pages(source):
        # What is asked for at once may all be as large as a value can be.
        assert pairs.size_of(page) < pairs.PAGE + 8 * 3 * MIB
    sizes = []
    target = MemoryStore()
    transact = target.transact

    async def counted(fn):
        before = pairs.size_of(await everything(target))
        result = await transact(fn)
        sizes.append(pairs.size_of(await everything(target)) - before)
        return result

    target.transact = counted
    await pairs.copy(source, target, (), b"", progress())
    assert max(sizes) <= pairs.PAGE
    assert len(sizes) > 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tx: tx.set(pack("few", 7), b"8"), "of few has another value in the target"),
        (lambda tx: tx.delete(pack("few", 7)), "of few is missing in the target"),
        (lambda tx: tx.delete(b"\xff" * 8192), "of no subspace is missing in the target"),
        (lambda tx: tx.set(pack("few", 7, 1), b""), "of few is only in the target"),
        (lambda tx: tx.set(b"\xff" * 8190 + b"\xff", b""), "is only in the target"),
        (lambda tx: tx.set(pack("large", 3), bytes([3]) * (3 * MIB - 1)), "of large has another"),
        (lambda tx: tx.delete_range(b"\x00", b"\xff" * 8193), "is missing in the target"),
    ],
)
async def test_every_difference_is_found(source, change, message):
    target = await copied(source)
    await target.transact(change)
    with pytest.raises(Difference, match=message):
        await pairs.compare(source, target, {OWN}, progress())


async def test_a_pair_behind_the_last_is_found():
    source, target = await filled({b"a": b"1"}), await filled({b"a": b"1", b"b": b"2"})
    with pytest.raises(Difference, match="only in the target"):
        await pairs.compare(source, target, (), progress())
    with pytest.raises(Difference, match="missing in the target"):
        await pairs.compare(target, source, (), progress())


async def test_a_difference_does_not_tell_what_is_in_a_key():
    key = Subspace("sessions").pack("secret-token")
    source, target = await filled({key: b""}), await filled({})
    with pytest.raises(Difference) as raised:
        await pairs.compare(source, target, (), progress())
    assert "of sessions is missing" in str(raised.value)
    assert "secret" not in str(raised.value)


async def test_all_is_removed_but_some(source):
    await pairs.remove_all(source, {OWN})
    assert await everything(source) == [(OWN, b"source")]
    assert not await pairs.holds_more(source, {OWN})
    assert await pairs.holds_more(source, ())
    await pairs.remove_all(source, ())
    assert not await pairs.holds_more(source, ())
