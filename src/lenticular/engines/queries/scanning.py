"""What an engine reads of an input: whole records, within the range that is asked for."""

import re
from collections.abc import Iterable, Iterator

from lenticular.engines.queries.contract import (
    MAX_JSON_RECORD,
    MAX_RECORD,
    Delimited,
    Json,
    Parquet,
    Relation,
)
from lenticular.engines.queries.delimited import decoded, records, rewritten

_LONE_RETURN = re.compile(rb"\r(?!\n)")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class RecordTooLarge(ValueError):
    """A record is larger than may be."""


def prepared(chunks: Iterable[bytes], relation: Relation) -> Iterator[bytes]:
    """Iterate over an input, without its compression, in the form that the engine reads.

    Raises `RecordTooLarge`, `NotDelimited` and UnicodeDecodeError.
    """
    match relation.form:
        case Delimited():
            return _delimited(chunks, relation, relation.form)
        case Json(lines=True):
            return _without_mark(_ranged(chunks, relation, b"\n", MAX_JSON_RECORD))
        case Json():
            return _without_mark(iter(chunks))
        case Parquet():
            return iter(chunks)


def _delimited(chunks: Iterable[bytes], relation: Relation, form: Delimited) -> Iterator[bytes]:
    dialect = form.dialect
    is_ranged = relation.in_record or relation.stop is not None
    if is_ranged or dialect.is_plain:
        chunks = _ranged(chunks, relation, dialect.record.encode(), MAX_RECORD)
    if dialect.is_plain:
        return _plain(_without_mark(iter(chunks)), form)
    rows = records(decoded(chunks), dialect)
    if form.has_header:
        next(rows, None)
    return rewritten(rows)


def _ranged(
    chunks: Iterable[bytes], relation: Relation, delimiter: bytes, limit: int
) -> Iterator[bytes]:
    """Iterate over blocks of whole records, only of those that start in the range."""
    at, rest, stop = 0, b"", relation.stop
    is_within = relation.in_record
    for chunk in chunks:
        data = rest + chunk
        if is_within:
            found = data.find(delimiter)
            if found < 0:
                # What is left out may be of any length; the delimiter may be cut in two.
                rest = data[-len(delimiter) + 1 :] if len(delimiter) > 1 else b""
                at += len(data) - len(rest)
                continue
            at += found + len(delimiter)
            data = data[found + len(delimiter) :]
            is_within = False
        end = data.rfind(delimiter) + len(delimiter)
        if end < len(delimiter):
            end = 0
        if stop is not None and at + end >= stop:
            yield data[: _end_of_last(data, delimiter, stop - at)]
            return
        rest = data[end:]
        if len(rest) > limit:
            raise RecordTooLarge(f"a record is larger than {limit} bytes")
        at += end
        if end:
            yield data[:end]
    if rest and not is_within and (stop is None or at < stop):
        yield rest


def _end_of_last(data: bytes, delimiter: bytes, stop: int) -> int:
    """Return where the last record ends that starts before `stop`."""
    if stop <= 0:
        return 0
    return data.index(delimiter, max(stop - len(delimiter), 0)) + len(delimiter)


def _without_mark(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Leave out the byte order mark that some programs begin a file with."""
    first = b""
    for block in blocks:
        first += block
        if len(first) >= len(_BYTE_ORDER_MARK):
            break
    yield first.removeprefix(_BYTE_ORDER_MARK)
    yield from blocks


def _plain(blocks: Iterable[bytes], form: Delimited) -> Iterator[bytes]:
    """Leave comments and the header out of lines, which else stay as they are."""
    comment = form.dialect.comment.encode()
    comments = re.compile(b"^" + re.escape(comment) + rb"[^\n]*\n?", re.MULTILINE)
    has_header = form.has_header
    for block in blocks:
        lines = block
        if comment and (lines.startswith(comment) or b"\n" + comment in lines):
            lines = comments.sub(b"", lines)
        if has_header:
            line, _, rest = lines.partition(b"\n")
            has_header = not line.strip()
            lines = rest
        if b"\r" in lines and _LONE_RETURN.search(lines):
            # The engine ends a record there; quoted, it is a character like any other.
            lines = b"".join(rewritten(records([lines.decode()], form.dialect)))
        if lines:
            yield lines
