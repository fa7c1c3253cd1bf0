"""The first records of delimited text: the names of its columns, and how many there are.

A statement is translated with them, before the engine sees the object.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from lenticular.engines.queries.compression import NotCompressed, opened
from lenticular.engines.queries.contract import MAX_RECORD, Compression
from lenticular.engines.queries.delimited import NotDelimited, decoded, records
from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.forms import CsvInput, Header

_ENOUGH = 256 * 1024
"""Bytes that are looked at, if there is a whole record among them."""
_MOST_RAW = MAX_RECORD
"""Compressed bytes that are looked at, whatever comes of them: of some comes nothing for ever."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the begin of a text shows."""

    names: tuple[str, ...]
    """Of the columns, if the header is used."""
    columns: int
    """Most fields of a record."""


async def sample(
    read: Callable[[], AsyncIterator[bytes]], given: CsvInput, compression: Compression
) -> Sample:
    """Look at the begin of a text, read anew by `read`. Raises `SelectionError`."""
    begin, is_whole = await _begin(read(), given, compression)
    return await asyncio.to_thread(_sampled, begin, given, is_whole=is_whole)


def _sampled(begin: bytes, given: CsvInput, *, is_whole: bool) -> Sample:
    """Return what the begin of a text shows; in a thread, for it may be long."""
    try:
        text = "".join(decoded([begin]))
    except UnicodeDecodeError as error:
        if is_whole or error.start < len(begin) - 3:
            raise SelectionError(
                "InvalidTextEncoding", f"The text is not UTF-8: byte {error.start} of it."
            ) from None
        text = begin[: error.start].decode("utf-8-sig")
    rows: list[Sequence[str]] = []
    with suppress(NotDelimited):  # the engine will tell, or the last record is cut off
        rows.extend(records([text], given.dialect))
    if not is_whole and len(rows) > 1:
        rows.pop()
    columns = max(map(len, rows), default=0)
    uses_header = given.header == Header.USE and rows
    return Sample(tuple(rows[0]) if uses_header else (), columns)


async def _begin(
    content: AsyncIterator[bytes], given: CsvInput, compression: Compression
) -> tuple[bytes, bool]:
    """Return the begin of a text without its compression, and whether that is all of it."""
    delimiter = given.dialect.record.encode()
    raw, tried = b"", 0
    try:
        async for chunk in content:
            raw += chunk
            if len(raw) < min(2 * tried, _MOST_RAW):
                continue  # it is opened from its begin each time
            tried = len(raw)
            begin = await asyncio.to_thread(_opened, raw, compression, is_whole=False)
            if len(begin) >= _ENOUGH and (delimiter in begin or len(begin) >= MAX_RECORD):
                return begin, False
            if len(raw) >= _MOST_RAW:
                return begin, False
    finally:
        if hasattr(content, "aclose"):
            await content.aclose()
    return _opened(raw, compression, is_whole=True), True


def _opened(raw: bytes, compression: Compression, *, is_whole: bool) -> bytes:
    """Return what can be had of compressed bytes, up to the largest record."""
    begin = b""
    try:
        for piece in opened([raw], compression):
            begin += piece
            if len(begin) > MAX_RECORD:
                break
    except NotCompressed as error:
        if is_whole:
            raise SelectionError("TruncatedInput", f"{error}.") from None
    return begin
