"""Tables: pairs in chunks, of which a change changes few."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.primitives.backups.tables import LEAST, MOST, chunks, merged, pairs_of

PAIRS = st.dictionaries(st.binary(min_size=1, max_size=20), st.binary(max_size=300), max_size=50)


@pytest.fixture(autouse=True)
def small_chunks():
    """Let chunks be as large as they are (another fixture of this name makes them small)."""


def many(count, seed=7):
    numbers = random.Random(seed)
    return {b"key %08d" % n: numbers.randbytes(numbers.randrange(800)) for n in range(count)}


@settings(deadline=None)
@given(PAIRS)
def test_chunks_hold_the_pairs_in_order(pairs):
    ordered = sorted(pairs.items())
    found = [pair for chunk, _ in chunks(ordered) for pair in pairs_of(chunk)]
    assert found == ordered


def test_chunks_have_their_sizes_and_tell_how_many_pairs_they_have():
    pairs = sorted(many(10_000).items())
    cut = list(chunks(pairs))
    assert sum(count for _, count in cut) == 10_000
    assert [len(list(pairs_of(chunk))) for chunk, _ in cut] == [count for _, count in cut]
    assert all(LEAST <= len(chunk) < MOST + 1000 for chunk, _ in cut[:-1])
    assert len(cut) > 8


def test_an_insertion_and_a_removal_change_the_chunks_around_them_only():
    pairs = many(20_000)
    before = {chunk for chunk, _ in chunks(sorted(pairs.items()))}
    del pairs[b"key %08d" % 3000]
    pairs[b"key %08d and a half" % 9000] = b"new"
    pairs[b"a first one"] = b"new"
    after = {chunk for chunk, _ in chunks(sorted(pairs.items()))}
    assert len(after) > 15
    assert 3 <= len(after - before) <= 8


def test_a_pair_larger_than_a_chunk_is_one_by_itself():
    large = b"v" * (3 * MOST)
    cut = [chunk for chunk, _ in chunks([(b"a", large), (b"b", b"")])]
    assert [list(pairs_of(chunk)) for chunk in cut] == [[(b"a", large)], [(b"b", b"")]]


async def walk(pairs):
    for pair in sorted(pairs.items()):
        yield pair


@settings(deadline=None)
@given(PAIRS, PAIRS)
async def test_of_two_tables_the_first_counts(first, second):
    found = [pair async for pair in merged(walk(first), walk(second))]
    assert found == sorted((second | first).items())
