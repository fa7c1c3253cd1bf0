"""Delimited text (CSV) in every dialect: records from a stream of bytes.

What is common goes to the engine as it is; everything else is read here and written again
in the one form that the engine reads.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

_HIDDEN = {"\n": "\udc0a", "\r": "\udc0d"}
"""What line ends are hidden as: code points that no text in UTF-8 has."""


class NotDelimited(ValueError):
    """A record cannot be read; says why."""


class Dialect(msgspec.Struct, frozen=True):
    """How fields and records are told apart. Each is one character if not said otherwise."""

    field: str = ","
    record: str = "\n"
    """One or two characters. A line feed also stands for both carriage return and line feed."""
    quote: str = '"'
    """Empty: fields are never quoted."""
    escape: str = '"'
    """Within a quoted field: makes a quote, or itself, a character of the field."""
    comment: str = "#"
    """At the begin of a record: it is left out. Empty: none is."""
    quoted_records: bool = False
    """Whether a quoted field may have record delimiters in it."""

    @property
    def is_plain(self) -> bool:
        """Whether records are lines, and fields as most programs write them."""
        marks = f"{self.field}{self.quote}{self.escape}{self.comment}"
        return self.record in {"\n", "\r\n"} and not self.quoted_records and marks.isascii()


def decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """Decode a stream of UTF-8, leaving a byte order mark out. Raises UnicodeDecodeError."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def records(texts: Iterable[str], dialect: Dialect) -> Iterator[Sequence[str]]:
    """Iterate over the records of a text: not comments, not empty lines.

    Raises `NotDelimited`.
    """
    hiding = _Hiding(dialect.record)
    end, quote, escape = map(hiding.hide, (dialect.record, dialect.quote, dialect.escape))
    lines = _Lines(split(map(hiding.hide, texts), end), dialect, hiding)
    reader = csv.reader(
        lines,
        delimiter=hiding.hide(dialect.field),
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        doublequote=escape == quote,
        escapechar=None if escape == quote else escape or None,
        strict=True,
    )
    try:
        for fields in reader:
            lines.is_within = False
            if not fields:
                continue
            if hiding.is_used:
                yield [hiding.show(field.replace("\n", end)) for field in fields]
            else:
                yield fields
    except csv.Error as error:
        raise NotDelimited(f"record {reader.line_num}: {error}") from None


class _Hiding:
    """Hides line ends from the reader of the standard library, which has its own idea of them.

    Line feeds stay where they end records anyway.
    """

    def __init__(self, record: str) -> None:
        hidden = {end: _HIDDEN[end] for end in ("\r" if record == "\n" else "\r\n")}
        self._hide = str.maketrans(hidden)
        self._show = str.maketrans({code: end for end, code in hidden.items()})
        self._needs = re.compile(f"[{''.join(hidden)}]").search
        self.is_used = record != "\n"
        """Whether anything was hidden yet, or is bound to be."""

    def hide(self, text: str) -> str:
        """Return a text without the line ends that are hidden."""
        if self._needs(text) is None:
            return text
        self.is_used = True
        return text.translate(self._hide)

    def show(self, text: str) -> str:
        """Return a text as it was."""
        return text.translate(self._show)


def split(texts: Iterable[str], end: str) -> Iterator[str]:
    """Iterate over the pieces of a text between delimiters `end`; the last may be empty."""
    rest = ""
    for text in texts:
        *whole, rest = (rest + text).split(end)
        yield from whole
    yield rest


class _Lines:
    """Records as lines for the reader of the standard library, without comments."""

    def __init__(self, pieces: Iterator[str], dialect: Dialect, hiding: _Hiding) -> None:
        self._pieces = pieces
        self._comment = hiding.hide(dialect.comment)
        self._ending = _HIDDEN["\r"] if dialect.record == "\n" else ""
        self.is_within = False
        """Whether the reader asks for more of a record, where no comment can be."""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        piece = next(self._pieces)
        while self._comment and not self.is_within and piece.startswith(self._comment):
            piece = next(self._pieces)
        self.is_within = True
        return f"{piece.removesuffix(self._ending)}\n"


def rewritten(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Write records as RFC 4180 has them, with line feeds, all quoted, in blocks of some size."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
