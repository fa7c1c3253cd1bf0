"""Keys: packing keeps the order of tuples, and ranges hold exactly what they say."""

import enum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lenticular.engines.kv.keys import Subspace, after, after_prefix, pack, unpack

texts = st.text(alphabet=st.characters(exclude_categories=("Cs",)))
short_texts = st.text(alphabet="\x00ab\uffff", max_size=4)
short_bytes = st.lists(st.sampled_from([0, 1, 0x61, 0xFE, 0xFF]), max_size=4).map(bytes)
small_integers = st.integers(-300, 300)
edges = st.builds(
    lambda power, sign, off: sign * (1 << power) + off,
    st.integers(0, 2032),
    st.sampled_from([1, -1]),
    st.integers(-2, 2),
)
integers = st.one_of(small_integers, edges)
parts = st.one_of(texts, st.binary(), integers, short_texts, short_bytes)
tuples = st.lists(parts, max_size=4).map(tuple)
crowded = st.lists(st.one_of(short_texts, short_bytes, small_integers), max_size=3).map(tuple)


def order(tuple_: tuple[object, ...]) -> list[tuple[int, object]]:
    """Return what to sort by for the order that the module promises."""
    ranks = {bytes: 0, str: 1, int: 2}
    return [(ranks[type(part)], part) for part in tuple_]


@given(tuples)
@example((0, -1, 1, 255, 256, -255, -256, 2**64, -(2**64), 2**2040 - 1, 1 - 2**2040))
def test_unpack_returns_what_was_packed(tuple_):
    assert unpack(pack(*tuple_)) == tuple_
    assert [type(part) for part in unpack(pack(*tuple_))] == [type(part) for part in tuple_]


@given(tuples, tuples)
def test_keys_are_in_the_order_of_their_tuples(one, other):
    assert (pack(*one) < pack(*other)) == (order(one) < order(other))
    assert (pack(*one) == pack(*other)) == (one == other)


@given(crowded, crowded)
def test_keys_of_near_tuples_are_in_order(one, other):
    assert (pack(*one) < pack(*other)) == (order(one) < order(other))


@given(integers, integers)
def test_integers_are_ordered_as_numbers(one, other):
    assert (pack(one) < pack(other)) == (one < other)


@given(crowded, crowded, crowded)
def test_range_holds_the_tuples_strictly_below(space, prefix, tuple_):
    start, stop = Subspace(*space).range(*prefix)
    below = len(tuple_) > len(space + prefix) and tuple_[: len(space + prefix)] == space + prefix
    assert (start <= pack(*tuple_) < stop) == below
    extended = (*space, *prefix, *tuple_)
    assert (start <= pack(*extended) < stop) == bool(tuple_)


@given(crowded, st.one_of(short_texts, short_bytes), crowded)
def test_starting_with_holds_the_tuples_whose_part_starts_so(space, text, tuple_):
    start, stop = Subspace(*space).starting_with(text)

    def begins(candidate):
        if len(candidate) <= len(space) or candidate[: len(space)] != space:
            return False
        part = candidate[len(space)]
        return type(part) is type(text) and part.startswith(text)

    for candidate in (tuple_, space + tuple_, (*space, text), (*space, text + text, *tuple_)):
        assert (start <= pack(*candidate) < stop) == begins(candidate)


def test_starting_with_takes_equal_parts_before_the_last():
    start, stop = Subspace("objects").starting_with("bucket", "photos/")
    assert start <= pack("objects", "bucket", "photos/a.tif", 3) < stop
    assert start <= pack("objects", "bucket", "photos/\uffff") < stop
    assert not start <= pack("objects", "bucket", "photos") < stop
    assert not start <= pack("objects", "other", "photos/a.tif") < stop


@pytest.mark.parametrize("last", [(), (3,)])
def test_starting_with_refuses_what_has_no_beginning(last):
    with pytest.raises(TypeError, match="str or bytes"):
        Subspace("objects").starting_with(*last)


@given(st.binary(max_size=4), st.binary(max_size=4))
def test_after_is_the_next_key(key, other):
    assert key < after(key)
    assert not key < other < after(key)


@given(short_bytes, short_bytes)
def test_after_prefix_is_above_the_prefix_and_nothing_else(prefix, key):
    if not prefix.strip(b"\xff"):
        with pytest.raises(ValueError, match="no key is above"):
            after_prefix(prefix)
        return
    stop = after_prefix(prefix)
    assert prefix + key < stop
    assert key.startswith(prefix) == (prefix <= key < stop)


def test_a_subspace_is_a_prefix():
    bucket = Subspace("objects").subspace("bucket", 7)
    assert bucket.prefix == pack("objects", "bucket", 7)
    assert bucket.pack("key") == pack("objects", "bucket", 7, "key")
    assert bucket.unpack(bucket.pack("key", 1)) == ("key", 1)
    assert bucket.pack("key") in bucket
    assert pack("objects", "bucket", 8) not in bucket
    assert repr(bucket) == "Subspace('objects', 'bucket', 7)"
    with pytest.raises(ValueError, match="is not in"):
        bucket.unpack(pack("objects", "bucket", 8))


@pytest.mark.parametrize("part", [None, 1.5, True, bytearray(b"a"), ("a",)])
def test_other_types_are_refused(part):
    with pytest.raises(TypeError, match="bytes, str and int"):
        pack("a", part)


def test_text_enums_are_text():
    colour = enum.StrEnum("colour", ["RED"])
    assert pack(colour.RED) == pack("red")


@pytest.mark.parametrize("part", ["\ud800", 2**2040, -(2**2040)])
def test_parts_that_cannot_be_packed_are_refused(part):
    with pytest.raises(ValueError, match=r"surrogates|at most 255 bytes"):
        pack(part)


@pytest.mark.parametrize(
    "key",
    [
        b"\x00",
        b"\x03",
        b"\xff",
        b"\x02a",
        b"\x02a\x00\xff",
        b"\x15",
        b"\x1d",
        b"\x1d\x09a",
        b"\x0b",
    ],
)
def test_foreign_keys_are_refused(key):
    with pytest.raises(ValueError, match="not a packed tuple"):
        unpack(key)


def test_the_encoding_on_disk_does_not_change():
    """Stores outlive releases: these bytes are the format, and FoundationDB's too."""
    assert pack(b"a\x00b", "é\x00", 0, 1, -1, 255, 256, -255, -256) == bytes.fromhex(
        "01 61 00ff 62 00  02 c3a9 00ff 00  14  15 01  13 fe  15 ff  16 0100  13 00  12 feff"
    )
    assert pack(2**64, -(2**64)) == bytes.fromhex(
        "1d 09 010000000000000000  0b f6 feffffffffffffffff"
    )
