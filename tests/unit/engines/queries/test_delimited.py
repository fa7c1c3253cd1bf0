"""Delimited text is read as it was written, in every dialect."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.queries.delimited import (
    Dialect,
    NotDelimited,
    decoded,
    records,
    rewritten,
)

DIALECTS = [
    Dialect(quoted_records=True),
    Dialect(field="\t", quoted_records=True),
    Dialect(field="|", record=";", quote="'", escape="'", quoted_records=True),
    Dialect(field=";", record="||", escape="\\", quoted_records=True),
    Dialect(field="→", record="¶", quote="«", escape="«", comment="", quoted_records=True),
    Dialect(record="\r\n", quoted_records=True),
    Dialect(record="\r", quoted_records=True),
]
fields = st.text(
    st.sampled_from("ab ,;|\t\n\r\"'\\#é→¶«") | st.characters(exclude_categories=["Cs"]),
    max_size=8,
).filter(lambda text: "\0" not in text)
tables = st.lists(st.lists(fields, min_size=1, max_size=4), max_size=6)


def written(rows, dialect):
    """Write rows with every field quoted."""
    mark, escape = dialect.quote, dialect.escape

    def quoted(field):
        for each in dict.fromkeys((escape, mark)):
            field = field.replace(each, escape + each)
        return f"{mark}{field}{mark}"

    return "".join(dialect.field.join(map(quoted, row)) + dialect.record for row in rows)


@pytest.mark.parametrize("dialect", DIALECTS, ids=repr)
@given(rows=tables, cut=st.integers(1, 9))
def test_what_was_written_is_read(dialect, rows, cut):
    text = written(rows, dialect)
    pieces = [text[at : at + cut] for at in range(0, len(text), cut)]
    assert [list(row) for row in records(pieces, dialect)] == rows


@given(rows=tables)
def test_what_is_rewritten_is_common_csv(rows):
    text = b"".join(rewritten(rows)).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows


def test_comments_and_empty_lines_are_left_out_but_not_within_quotes():
    text = '#first\na,"1\n#2"\n\n#"\nb,3'
    assert list(records([text], Dialect(quoted_records=True))) == [["a", "1\n#2"], ["b", "3"]]


def test_both_line_ends_are_taken_by_default():
    assert list(records(["a,b\r\nc,d\ne,f\r"], Dialect())) == [["a", "b"], ["c", "d"], ["e", "f"]]


def test_a_quote_that_is_never_closed_is_told():
    with pytest.raises(NotDelimited):
        list(records(['a,"b\nc'], Dialect(quoted_records=True)))


def test_text_is_decoded_across_pieces_and_without_its_mark():
    data = "\ufeffé€".encode()
    assert "".join(decoded([data[:2], data[2:4], data[4:]])) == "é€"
    with pytest.raises(UnicodeDecodeError):
        list(decoded([b"\xff"]))
