"""Looking at the begin of a text, which may be made to have none."""

import bz2
import gzip
import zlib

import pytest

from lenticular.engines.queries.contract import MAX_RECORD, Compression
from lenticular.primitives.selections import CsvInput, Header
from lenticular.primitives.selections.samples import sample
from lenticular.testing.values import stream

CHUNK = 64 * 1024


def endless(data):
    """Return what reads a content of the same bytes for ever, and how many chunks were read."""
    read = []

    async def chunks():
        while True:
            read.append(len(data))
            yield data

    return chunks, read


def nothing_for_ever():
    """Bytes of GZIP that bring nothing: blocks of no bytes each (RFC 1951, section 3.2.4)."""
    head = gzip.compress(b"")[:10]
    return head + b"\x00\x00\x00\xff\xff" * ((CHUNK - len(head)) // 5)


@pytest.mark.parametrize(
    ("data", "compression"),
    [
        (gzip.compress(b"") * (CHUNK // len(gzip.compress(b""))), Compression.GZIP),
        (bz2.compress(b"") * (CHUNK // len(bz2.compress(b""))), Compression.BZIP2),
    ],
)
async def test_a_stream_of_which_nothing_comes_is_not_read_for_ever(data, compression):
    read, chunks = endless(data)
    found = await sample(read, CsvInput(), compression)
    assert found.columns == 0
    assert sum(chunks) < 3 * MAX_RECORD


async def test_blocks_of_nothing_end_too():
    data = nothing_for_ever()
    assert zlib.decompressobj(31).decompress(data) == b""

    async def chunks():
        yield data
        while True:
            yield b"\x00\x00\x00\xff\xff" * (CHUNK // 5)

    found = await sample(chunks, CsvInput(), Compression.GZIP)
    assert found.columns == 0


async def test_a_record_without_end_is_looked_at_as_far_as_records_go():
    read, chunks = endless(b"x" * CHUNK)
    await sample(read, CsvInput(), Compression.NONE)
    assert sum(chunks) <= MAX_RECORD + CHUNK


async def test_what_is_there_is_found():
    rows = b"name,size\n" + b"".join(b"%d,%d\n" % (at, at * 7919) for at in range(100_000))
    given = CsvInput(header=Header.USE)
    for compress, compression in ((gzip.compress, "GZIP"), (bz2.compress, "BZIP2")):
        data = compress(rows)
        chunks = [data[at : at + 1000] for at in range(0, len(data), 1000)]
        found = await sample(lambda chunks=chunks: stream(*chunks), given, Compression(compression))
        assert (found.names, found.columns) == (("name", "size"), 2)
