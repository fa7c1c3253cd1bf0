"""GET and HEAD of a file: whole, a range, or several ranges (RFC 9110, section 14)."""

import mimetypes
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import quote

from lenticular.agent.serving.answers import SAFE, SANDBOX
from lenticular.agent.serving.gate import Visit
from lenticular.agent.serving.ranges import Range, check_conditions, http_date, ranges_of
from lenticular.apis.http import FileSpan, Request, Response
from lenticular.engines.connectors.contract import Entry, Fault, Source
from lenticular.engines.connectors.peer.wire import tag_of

_BINARY: Final = "application/octet-stream"
_TYPES: Final = mimetypes.MimeTypes()
"""Those that Python knows, and not what a machine's own tables say."""

_COMPRESSED: Final = {"gzip": "application/gzip", "bzip2": "application/x-bzip2"}


async def answer_file(request: Request, visit: Visit, path: str, entry: Entry) -> Response:
    """Answer with a file, which `entry` says is there. Raises `Fault` and `Refusal`."""
    if request.method == "HEAD":
        return _described(request, entry, None)
    source = await visit.files.open_source(path)
    try:
        entry = source.entry
        if check_conditions(request.headers, entry, reading=True) == "not modified":
            response = Response(304, _validators(entry))
        else:
            response = _described(request, entry, source, visit)
    except BaseException:
        await source.close()
        raise
    if isinstance(response.body, bytes) and response.file is None:
        await source.close()
    return response


def _described(
    request: Request, entry: Entry, source: Source | None, visit: Visit | None = None
) -> Response:
    """Return the answer to a GET, with its body if `source` is given."""
    if source is None and check_conditions(request.headers, entry, reading=True) != "go on":
        return Response(304, _validators(entry))
    ranges = ranges_of(request.headers, entry)
    kind = type_of(entry.name)
    headers = [*_validators(entry), ("Accept-Ranges", "bytes"), SANDBOX]
    headers.append(
        ("Content-Disposition", disposition(entry.name, "download" in request.parameters))
    )
    status = 200 if ranges is None else 206
    if ranges is None or len(ranges) == 1:
        start, end = (0, entry.size) if ranges is None else ranges[0]
        headers += [("Content-Type", kind), ("Content-Length", str(end - start))]
        if ranges is not None:
            headers.append(("Content-Range", f"bytes {start}-{end - 1}/{entry.size}"))
        if source is None or visit is None or start == end:
            return Response(status, headers)
        if source.descriptor is not None and request.scheme == "http":
            return Response(status, headers, file=_span(visit, source, start, end))
        return Response(status, headers, _bytes(visit, source, [(b"", (start, end))], b""))
    boundary = secrets.token_hex(16)
    parts = [(_part_head(boundary, kind, one, entry.size), one) for one in ranges]
    last = f"\r\n--{boundary}--\r\n".encode()
    length = sum(len(head) + end - start for head, (start, end) in parts) + len(last)
    headers += [
        ("Content-Type", f"multipart/byteranges; boundary={boundary}"),
        ("Content-Length", str(length)),
    ]
    if source is None or visit is None:
        return Response(status, headers)
    return Response(status, headers, _bytes(visit, source, parts, last))


def _span(visit: Visit, source: Source, start: int, end: int) -> FileSpan:
    """Return bytes of a file of this machine, which are sent right from it."""
    descriptor = source.descriptor
    assert descriptor is not None
    first = _state(descriptor)

    async def check() -> None:
        await visit.renew()
        if _state(descriptor) != first:
            raise Fault("FILE_SIZE_CHANGED", "The file was changed while it was read")

    return FileSpan(descriptor, start, end, check, source.close)


def _state(descriptor: int) -> tuple[int, int, int]:
    status = os.fstat(descriptor)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


async def _bytes(
    visit: Visit, source: Source, parts: Sequence[tuple[bytes, Range]], last: bytes
) -> AsyncIterator[bytes]:
    """Iterate over what is sent, for as long as the visitor may have it; close the source."""
    try:
        for head, (start, end) in parts:
            if head:
                yield head
            async for chunk in source.read(start, end):
                await visit.renew()
                yield bytes(chunk)
        if last:
            yield last
    finally:
        await source.close()


def _part_head(boundary: str, kind: str, one: Range, size: int) -> bytes:
    start, end = one
    return (
        f"\r\n--{boundary}\r\nContent-Type: {kind}\r\n"
        f"Content-Range: bytes {start}-{end - 1}/{size}\r\n\r\n"
    ).encode()


def _validators(entry: Entry) -> list[tuple[str, str]]:
    headers = [("ETag", tag_of(entry)), ("Cache-Control", "private, no-cache"), *SAFE]
    modified = http_date(entry.modified)
    return [*headers, ("Last-Modified", modified)] if modified else headers


def type_of(name: str) -> str:
    """Return the media type of a file, by its name."""
    kind, encoding = _TYPES.guess_type(name, strict=False)
    if encoding is not None:
        return _COMPRESSED.get(encoding, _BINARY)
    if kind is None:
        return _BINARY
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def disposition(name: str, download: bool) -> str:
    """Return a Content-Disposition (RFC 6266), which no name can add anything to."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    how = "attachment" if download else "inline"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
