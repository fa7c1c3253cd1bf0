"""Sorting: what is in a folder, by name, in bounded memory however much it is.

A few thousand entries are sorted where they are. More are sorted in runs, which are written to
files and merged when they are read.
"""

import asyncio
import heapq
import os
import struct
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Final

import msgspec

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.movers.closing import closing

_RUN: Final = 10_000
"""Entries that are sorted at once."""
_HELD: Final = 50_000
"""Entries of several folders that are kept in memory together."""
_RUNS: Final = 64
"""Files that are merged at once."""
_BATCH: Final = 500

_LENGTH: Final = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Entry)


class Shelf:
    """Where the listings of a job lie while they are needed."""

    def __init__(self, scratch: Path, *, run: int = _RUN, held: int = _HELD) -> None:
        """Spill into files of the folder `scratch`; `run` and `held` are numbers of entries."""
        self.scratch = scratch
        self.run = run
        self._most = held
        self.held = 0

    async def listing(self, pages: AsyncIterator[Sequence[Entry | Fault]]) -> "Listing":
        """Read a folder's pages to their end and return its entries, sorted.

        Raises `Fault` of the folder as a whole; those of single entries are in the listing.
        """
        listing = Listing(self)
        try:
            async with closing(pages):
                async for page in pages:
                    await listing.add(page)
            await listing.finish(spills=self.held + listing.length > self._most)
        except BaseException:
            listing.close()
            raise
        return listing


class Listing:
    """The entries of a folder, sorted by name, to be read once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._entries: list[Entry] = []
        self._runs: list[IO[bytes]] = []
        self._is_held = False
        self.faults: list[Fault] = []
        """Of entries that cannot be told."""

    @property
    def length(self) -> int:
        """Entries in memory."""
        return len(self._entries)

    async def add(self, page: Sequence[Entry | Fault]) -> None:
        """Take in a page."""
        for entry in page:
            if isinstance(entry, Fault):
                self.faults.append(entry)
            else:
                self._entries.append(entry)
        if len(self._entries) >= self._shelf.run:
            await self._spill()

    async def finish(self, *, spills: bool) -> None:
        """Sort what is left over, or spill it too."""
        if self._entries and (spills or self._runs):
            await self._spill()
        self._entries.sort(key=_name)
        self._shelf.held += len(self._entries)
        self._is_held = True

    async def _spill(self) -> None:
        entries, self._entries = self._entries, []
        runs = await asyncio.to_thread(_write, self._shelf.scratch, entries, self._runs)
        self._runs = runs

    async def read(self) -> AsyncGenerator[Entry, None]:
        """Iterate over the entries; of several with one name, over one."""
        last = None
        async for batch in self._batches():
            for entry in batch:
                if entry.name != last:
                    yield entry
                last = entry.name

    async def _batches(self) -> AsyncGenerator[Sequence[Entry], None]:
        if not self._runs:
            yield self._entries
            return
        merged = heapq.merge(*(_read(run) for run in self._runs), key=_name)
        while batch := await asyncio.to_thread(lambda: list(islice(merged, _BATCH))):
            yield batch

    def close(self) -> None:
        """Let go of memory and files."""
        if self._is_held:
            self._shelf.held -= len(self._entries)
            self._is_held = False
        self._entries = []
        for run in self._runs:
            run.close()
        self._runs = []


def _name(entry: Entry) -> str:
    return entry.name


def _write(scratch: Path, entries: list[Entry], runs: list[IO[bytes]]) -> list[IO[bytes]]:
    """Write a sorted run, and one for all where there are too many; return those there are."""
    entries.sort(key=_name)
    runs = [*runs, _written(scratch, iter(entries))]
    if len(runs) < _RUNS:
        return runs
    merged = _written(scratch, heapq.merge(*(_read(run) for run in runs), key=_name))
    for run in runs:
        run.close()
    return [merged]


def _written(scratch: Path, entries: Iterator[Entry]) -> IO[bytes]:
    descriptor, name = tempfile.mkstemp(dir=scratch)
    Path(name).unlink()  # so that it is gone with the process, however that ends
    run = os.fdopen(descriptor, "w+b")
    for entry in entries:
        document = _encoder.encode(entry)
        run.write(_LENGTH.pack(len(document)))
        run.write(document)
    return run


def _read(run: IO[bytes]) -> Iterator[Entry]:
    run.seek(0)
    while head := run.read(_LENGTH.size):
        yield _decoder.decode(run.read(_LENGTH.unpack(head)[0]))
