"""Ids of blobs: they tell what was put into them, and nothing else is one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.blobs.contract import BlobNotFound
from lenticular.engines.blobs.ids import BlobId


@given(st.integers(0, 2**60), st.binary(min_size=8, max_size=8))
def test_an_id_is_read_back(size, checksum):
    before = time.time()
    made = BlobId.new(size, checksum)
    assert BlobId.parse(str(made)) == made
    assert (made.size, made.checksum) == (size, checksum)
    assert before - 0.001 <= made.created <= time.time()
    assert len(str(made)) <= 96


@given(st.one_of(st.text(), st.from_regex(r"[0-9a-f-]{40,60}", fullmatch=True)))
def test_text_is_an_id_only_if_it_is_written_as_one(text):
    try:
        named = BlobId.parse(text)
    except BlobNotFound:
        return
    assert str(named) == text


def test_the_form_of_an_id_does_not_change():
    """Stores outlive releases."""
    named = BlobId(0x0191_0000_0001, 0xAB, 5, bytes(range(8)))
    assert str(named) == "01910000000100000000000000ab-5-0001020304050607"


@pytest.mark.parametrize("size", ["05", "-1", "", "10000000000000000"])
def test_a_size_is_written_in_one_way_only(size):
    with pytest.raises(BlobNotFound):
        BlobId.parse(f"01910000000100000000000000ab-{size}-0001020304050607")
