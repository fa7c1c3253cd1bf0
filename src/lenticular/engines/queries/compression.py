"""Compressed streams, opened piece by piece: a small input never becomes a large block."""

import bz2
import zlib
from collections.abc import Iterable, Iterator

from lenticular.engines.queries.contract import Compression

_PIECE = 1024 * 1024
"""Most bytes that are made at once."""
_STEP = 8 * 1024
"""Bytes that are opened at once: what is behind a member's end is copied, and there may be many."""
_GZIP = zlib.MAX_WBITS | 16


class NotCompressed(ValueError):
    """A stream is not compressed in the way that it was said to be, or is cut off."""


def opened(chunks: Iterable[bytes], compression: Compression) -> Iterator[bytes]:
    """Iterate over what a stream is without its compression. Raises `NotCompressed`."""
    match compression:
        case Compression.NONE:
            return iter(chunks)
        case Compression.GZIP:
            return _gunzipped(_steps(chunks))
        case Compression.BZIP2:
            return _bunzipped(_steps(chunks))


def _steps(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _STEP):
            yield chunk[start : start + _STEP]


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Open a stream of gzip members one after another (RFC 1952, section 2.2)."""
    member = zlib.decompressobj(_GZIP)
    is_begun = False
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if member.eof:
                    if not rest.strip(b"\0"):  # padding, as tape writers leave it
                        break
                    member = zlib.decompressobj(_GZIP)
                is_begun = True
                yield member.decompress(rest, _PIECE)
                rest = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error as error:
        raise NotCompressed(f"the data are not GZIP: {error}") from None
    if is_begun and not member.eof:
        raise NotCompressed("the GZIP data end before their time")


def _bunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Open a stream of bzip2 streams one after another."""
    stream = bz2.BZ2Decompressor()
    is_begun = False
    try:
        for chunk in chunks:
            rest = chunk
            while rest or not (stream.eof or stream.needs_input):
                if stream.eof:
                    stream = bz2.BZ2Decompressor()
                is_begun = True
                yield stream.decompress(rest, _PIECE)
                rest = stream.unused_data if stream.eof else b""
    except OSError as error:
        raise NotCompressed(f"the data are not BZIP2: {error}") from None
    if is_begun and not stream.eof:
        raise NotCompressed("the BZIP2 data end before their time")
