"""Digests: right against other implementations, however the bytes are cut."""

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.blobs.digests import ALGORITHMS, Digests, combine

CHECK_INPUT = b"123456789"
"""What the catalogue of parametrised CRC algorithms takes its check values of."""

CHECK_VALUES = {
    "crc32": "cbf43926",
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
}

XXHASHES_OF_NOTHING = {
    "xxhash64": "ef46db3751d8e999",
    "xxhash3": "2d06800538d394c2",
    "xxhash128": "99aa06d3014798d86001c324468d497f",
}


def digest_of(name, data):
    digests = Digests([name])
    digests.update(data)
    return digests.result()[name]


@given(st.binary())
def test_hashes_are_those_of_the_standard_library(data):
    digests = Digests(["md5", "sha1", "sha256", "sha512", "crc32"])
    digests.update(data)
    result = digests.result()
    assert result.pop("crc32") == zlib.crc32(data).to_bytes(4, "big")
    assert result == {name: hashlib.new(name, data).digest() for name in result}


@pytest.mark.parametrize(("name", "value"), CHECK_VALUES.items())
def test_crcs_have_the_check_value_of_the_catalogue(name, value):
    assert digest_of(name, CHECK_INPUT).hex() == value


@pytest.mark.parametrize(("name", "value"), XXHASHES_OF_NOTHING.items())
def test_xxhashes_of_nothing_are_those_of_the_specification(name, value):
    assert digest_of(name, b"").hex() == value


@pytest.mark.parametrize("name", ALGORITHMS)
@given(first=st.binary(), second=st.binary())
def test_the_cut_of_the_stream_does_not_matter(name, first, second):
    digests = Digests([name])
    digests.update(bytearray(first))
    digests.update(memoryview(second))
    assert digests.result()[name] == digest_of(name, first + second)
    assert digests.result() == digests.result()
    assert len(digests.result()[name]) == ALGORITHMS[name]


@pytest.mark.parametrize("name", CHECK_VALUES)
@given(first=st.binary(), second=st.binary())
def test_crcs_of_two_pieces_combine(name, first, second):
    joined = combine(name, digest_of(name, first), digest_of(name, second), len(second))
    assert joined == digest_of(name, first + second)


def test_only_crcs_combine():
    with pytest.raises(ValueError, match="only crc32, crc32c, crc64nvme can be combined, not md5"):
        combine("md5", b"", b"", 0)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="no digest algorithm md4; there are md5, sha1"):
        Digests(["md5", "md4"])


def test_no_names_no_digests():
    digests = Digests()
    digests.update(b"a")
    assert digests.result() == {}
