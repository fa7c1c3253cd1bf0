"""Byte ranges of readers and of copied parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.s3.ranges import copy_range, read_range
from lenticular.apis.aws.wire.errors import AwsError


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-9", (0, 10)),
        ("bytes=3-5", (3, 3)),
        ("bytes=3-", (3, 7)),
        ("bytes=9-100", (9, 1)),
        ("bytes=-3", (7, 3)),
        ("bytes=-100", (0, 10)),
        ("Bytes = 3-5".replace(" ", ""), (3, 3)),
        ("bytes= 3 - 5 ", (3, 3)),
    ],
)
def test_ranges_that_are_there(header, expected):
    assert read_range(header, 10) == expected


@pytest.mark.parametrize(
    "header",
    [
        "bytes=",
        "bytes=-",
        "bytes=5-3",
        "bytes=a-b",
        "lines=0-1",
        "bytes=0-1,3-4",
        "0-1",
        "bytes=٣-٤",
        f"bytes=0-{'9' * 5000}",
    ],
)
def test_what_is_no_single_range_means_the_whole(header):
    assert read_range(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"),
    [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-5", 0)],
)
def test_ranges_without_a_byte(header, size):
    with pytest.raises(AwsError) as raised:
        read_range(header, size)
    assert (raised.value.code, raised.value.status) == ("InvalidRange", 416)
    assert raised.value.fields == {"RangeRequested": header, "ActualObjectSize": size}
    assert raised.value.headers == {"Content-Range": f"bytes */{size}"}


@given(st.binary(max_size=64), st.integers(0, 80), st.integers(0, 80))
def test_a_range_is_a_slice(data, first, last):
    if first > last or first >= len(data):
        return
    start, length = read_range(f"bytes={first}-{last}", len(data)) or (0, 0)
    assert data[start : start + length] == data[first : last + 1]


@given(st.binary(min_size=1, max_size=64), st.integers(1, 80))
def test_a_suffix_is_a_slice(data, count):
    start, length = read_range(f"bytes=-{count}", len(data)) or (0, 0)
    assert data[start : start + length] == data[-count:]


def test_copy_ranges_name_both_ends():
    assert copy_range("bytes=0-0") == (0, 1)
    assert copy_range("bytes=5-9") == (5, 5)


@pytest.mark.parametrize(
    "header", ["bytes=5-", "bytes=-5", "5-9", "bytes=9-5", "bytes=0-1,3-4", f"bytes=0-{'9' * 5000}"]
)
def test_other_copy_ranges_are_refused(header):
    with pytest.raises(AwsError) as raised:
        copy_range(header)
    assert (raised.value.code, raised.value.status) == ("InvalidArgument", 400)
    assert raised.value.fields["ArgumentName"] == "x-amz-copy-source-range"
