"""Compressed streams are opened piece by piece."""

import bz2
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.queries.compression import NotCompressed, opened
from lenticular.engines.queries.contract import Compression

COMPRESS = {Compression.GZIP: gzip.compress, Compression.BZIP2: bz2.compress}


def pieces(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("compression", COMPRESS)
@given(parts=st.lists(st.binary(max_size=100), min_size=1, max_size=3), size=st.integers(1, 50))
def test_members_one_after_another_are_one_stream(compression, parts, size):
    data = b"".join(map(COMPRESS[compression], parts))
    assert b"".join(opened(pieces(data, size), compression)) == b"".join(parts)


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_bomb_comes_in_pieces_of_bounded_size(compression):
    data = COMPRESS[compression](bytes(64 * 1024 * 1024))
    sizes = [len(piece) for piece in opened([data], compression)]
    assert sum(sizes) == 64 * 1024 * 1024
    assert max(sizes) <= 1024 * 1024


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-4], lambda data: b"plain", lambda data: data + b"x"]
)
def test_what_is_not_whole_is_told(compression, spoil):
    with pytest.raises(NotCompressed):
        list(opened([spoil(COMPRESS[compression](b"data" * 100))], compression))


def test_nothing_is_nothing():
    for compression in Compression:
        assert list(opened([], compression)) == []
