"""A PUT with Content-Range brings a piece of a file (RFC 9110, section 14.4).

Pieces may come in any order, and the file is there once all have come; until then each is
answered 202, and Range tells what has come without a gap from the beginning. A piece that was
cut off counts as far as it came, unless a checksum of it was to be checked.
``Content-Range: bytes */SIZE`` brings nothing and only asks.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Final

from lenticular.agent.serving.answers import SAFE, Refusal
from lenticular.agent.serving.blocks import write_body
from lenticular.agent.serving.digests import Digests
from lenticular.agent.serving.gate import Visit
from lenticular.agent.serving.held import Held, Holding
from lenticular.agent.serving.ranges import Range
from lenticular.apis.http import Request, Response
from lenticular.engines.connectors.contract import Entry, Writer

HELD: Final = 900.0
"""Seconds for which pieces are kept while no further one comes."""

_CONTENT_RANGE: Final = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18})", re.ASCII)
_DIGESTS: Final = ("content-md5", "content-digest")


@dataclass(slots=True)
class Piecewise:
    """A file that comes in pieces."""

    writer: Writer
    size: int
    came: list[Range] = field(default_factory=list)

    def add(self, start: int, end: int) -> None:
        """Note that bytes came: ranges stay in order, and those that touch become one."""
        merged: list[Range] = []
        for first, last in sorted([*self.came, (start, end)]):
            if merged and first <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        self.came = merged

    @property
    def is_whole(self) -> bool:
        return self.came == [(0, self.size)]


class Pieces:
    """The files that come in pieces."""

    def __init__(self, held: Held[Piecewise]) -> None:
        self._held = held
        self._one_at_a_time = asyncio.Lock()

    async def put(self, request: Request, visit: Visit, path: str, header: str) -> Response | Entry:
        """Take a piece; return what is there now if it was the last, else the answer to it.

        Raises `Fault` and `Refusal`.
        """
        match = _CONTENT_RANGE.fullmatch(header.strip())
        if match is None:
            raise _bad(f"Content-Range cannot be understood: {header[:100]!r}")
        size = int(match[3])
        if match[1] is None:
            known = [one.what for _, one in self._held.of(visit, path) if one.what.size == size]
            return _came(known[0] if known else None)
        start, end = int(match[1]), int(match[2]) + 1
        if not start < end <= size or request.body.size not in (None, end - start):
            raise _bad(f"Content-Range is not that of this body: {header}")
        async with self._one_at_a_time:
            name, holding = await self._hold(visit, path, size)
            holding.uses += 1
        try:
            await _take(request, visit, holding.what, start, end)
        finally:
            holding.uses -= 1
        if not holding.what.is_whole or holding.uses:
            return _came(holding.what)
        holding.uses += 1
        try:
            return await holding.what.writer.commit(size)
        finally:
            await self._held.drop(name)

    async def _hold(self, visit: Visit, path: str, size: int) -> tuple[str, Holding[Piecewise]]:
        for name, _ in self._held.of(visit, path):
            holding = self._held.find(visit, name)
            if holding.what.size == size:
                return name, holding
            if holding.uses:
                raise Refusal(409, "Conflict", "Pieces of a file of another size are coming")
            await holding.what.writer.abort()
            await self._held.drop(name)
        writer = await visit.files.open_writer(path, size)
        name = await self._held.hold(visit, path, Piecewise(writer, size))
        return name, self._held.find(visit, name)


async def _take(request: Request, visit: Visit, file: Piecewise, start: int, end: int) -> None:
    digests = Digests(request.headers, _DIGESTS)

    async def write(offset: int, data: bytes) -> None:
        if start + offset + len(data) > end:
            raise _bad("The body is longer than its Content-Range")
        await file.writer.write(start + offset, data)
        if not digests:
            file.add(start + offset, start + offset + len(data))

    if await write_body(request.body, visit, write, digests) != end - start:
        raise _bad("The body is shorter than its Content-Range")
    digests.check()
    file.add(start, end)


def _came(file: Piecewise | None) -> Response:
    headers = list(SAFE)
    if file is not None and file.came and file.came[0][0] == 0:
        headers.append(("Range", f"bytes=0-{file.came[0][1] - 1}"))
    return Response(202, headers)


def _bad(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)
