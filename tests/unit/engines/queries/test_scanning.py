"""Inputs are cut at whole records, and ranges of them share no record and miss none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.queries.contract import Delimited, Json, Relation
from lenticular.engines.queries.delimited import Dialect
from lenticular.engines.queries.scanning import RecordTooLarge, prepared


def scanned(data, *, size=7, form=None, **settings):
    relation = Relation("r", form or Json(lines=True), **settings)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(prepared(pieces, relation))


def window(data, first, last, delimiter):
    """Read the range as a selection does."""
    start = max(first - len(delimiter), 0)
    return data[start:], {"in_record": first > 0, "stop": last + 1 - start}


@given(
    lines=st.lists(st.text("abc", max_size=6), min_size=1, max_size=12),
    cut=st.integers(1, 40),
    size=st.integers(1, 30),
)
def test_ranges_beside_one_another_give_every_record_once(lines, cut, size):
    data = "".join(f"{line}\n" for line in lines).encode()
    found = b""
    for first in range(0, len(data), cut):
        content, settings = window(data, first, min(first + cut, len(data)) - 1, b"\n")
        found += scanned(content, size=size, **settings)
    assert found == data


@given(
    lines=st.lists(st.text("ab|", max_size=6), min_size=1, max_size=12),
    first=st.integers(0, 60),
    length=st.integers(1, 60),
)
def test_a_range_has_the_records_that_start_in_it(lines, first, length):
    data, starts = "", []
    for line in lines:
        starts.append((len(data), line))
        data += f"{line}~|"
    if first >= len(data):
        return
    last = first + length - 1
    expected = [line for start, line in starts if first <= start <= last and line]
    content, settings = window(data.encode(), first, last, b"~|")
    form = Delimited(Dialect(field=",", record="~|"), 1)
    found = scanned(content, form=form, **settings).decode()
    assert found.replace('"', "").split() == expected


def test_comments_header_and_mark_are_left_out_of_lines():
    form = Delimited(Dialect(), 2, has_header=True)
    data = "\ufeff#c\nname,age\nAnn,3\n#d\nBob,4".encode()
    for size in range(1, len(data)):
        assert scanned(data, size=size, form=form) == b"Ann,3\nBob,4"


def test_a_lone_carriage_return_stays_in_its_field():
    form = Delimited(Dialect(), 2)
    assert scanned(b"a\rb,c\r\nd,e\r\n", form=form, size=99) == b'"a\rb","c"\n"d","e"\n'


def test_a_record_without_end_is_refused():
    with pytest.raises(RecordTooLarge):
        scanned(b"a" * 3_000_000, form=Delimited(Dialect(), 1), size=100_000)
