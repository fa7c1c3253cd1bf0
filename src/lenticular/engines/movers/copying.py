"""Copying a file: in ranges over several streams, from where an earlier attempt came to.

What was read is counted into a checksum range by range, and the ranges' checksums are put
together in the end, so that the whole is verified without being read twice. When the source
breaks off, a range goes on at the byte where it was. When the destination does, all goes on
with what is known to be on its disk.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from lenticular.engines.connectors.contract import Entry, Source, Writer
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.movers.checkpoints import Progress
from lenticular.engines.movers.checksums import FAST, Part, checksum_of, join, written
from lenticular.engines.movers.closing import closing
from lenticular.engines.movers.contract import Moved
from lenticular.engines.movers.ends import Pair
from lenticular.engines.movers.ledger import Ledger
from lenticular.engines.movers.pacing import MEBIBYTE, Pace
from lenticular.engines.movers.steps import Step
from lenticular.engines.movers.troubles import Trouble, at, is_cancelled

_BUFFER: Final = 2 * MEBIBYTE
"""Bytes that are written at once; smaller chunks are put together first."""
_PATIENT: Final = 5
"""Breaks in a row without a byte between them, after which others have their turn first."""


class Terms:
    """What holds for all files of a job."""

    def __init__(self, ledger: Ledger, pace: Pace, *, verifies: bool, keeps_times: bool) -> None:
        self.ledger = ledger
        self.pace = pace
        self.verifies = verifies
        self.keeps_times = keeps_times
        self.is_over = False
        """Whether nobody will go on: what is half there is thrown away."""


class Copy:
    """A file that is being copied."""

    def __init__(self, terms: Terms, ends: Pair, step: Step) -> None:
        self._terms = terms
        self._ends = ends
        self._step = step
        self._source: Source
        self._writer: Writer
        self._todo: list[tuple[int, int]] = []
        """Ranges that nobody has begun, the last first."""
        self._parts: list[Part] = []
        """What was read and written."""

    async def run(self) -> Moved:
        """Copy it, and return what arrived. Raises `Trouble`."""
        step, ends = self._step, self._ends
        with at("source"):
            self._source = await ends.source.open_source(step.source)
        try:
            if step.given.checksum:
                await self._check_given()
            await self._open_writer()
            return await self._fill()
        finally:
            with at("source"):
                await self._source.close()

    async def _check_given(self) -> None:
        """Compare with the checksum that the person gave, before anything is sent."""
        given = self._step.given
        with at("source"):
            found = await checksum_of(self._ends.source, self._step.source, given.algorithm)
        self._terms.ledger.counts.bytes_checksummed += self._source.entry.size
        if found.lower() != given.checksum.lower():
            told = f"{self._step.source!r} has {given.algorithm} {found}, not {given.checksum}"
            raise Trouble(Fault("EXTERNAL_CHECKSUM_MISMATCH", told), "source")

    async def _open_writer(self) -> None:
        step, entry = self._step, self._source.entry
        progress, step.progress = step.progress, None
        with at("destination"):
            if progress is not None:
                try:
                    self._writer = await self._ends.destination.open_writer(
                        step.destination, progress.size, resume=progress.mark
                    )
                except Fault as fault:
                    if fault.code != "NOT_SUPPORTED":
                        step.progress = progress
                        raise
                    progress = None
            if progress is not None and (progress.version, progress.size) != _identity(entry):
                await self._writer.abort()
                progress = None
                told = f"{step.source!r} was changed since a part of it was moved"
                self._terms.ledger.fault(Fault("FILE_SIZE_CHANGED", told))
            if progress is None:
                self._writer = await self._ends.destination.open_writer(
                    step.destination, entry.size
                )
        step.progress = progress
        self._parts = join(progress.parts) if progress else []
        self._plan(entry.size)

    def _plan(self, size: int) -> None:
        """Find what is still to be moved, in ranges."""
        length = self._terms.pace.range_size(size) if size >= self._terms.pace.large else size
        start = 0
        for part in [*self._parts, Part(size, size)]:
            while start < part.start:
                end = min(part.start, (start // length + 1) * length)
                self._todo.append((start, end))
                start = end
            start = part.end
        self._todo.reverse()

    async def _fill(self) -> Moved:
        try:
            await self._stream_all()
            await self._check_unchanged()
            return await self._commit()
        except Trouble as trouble:
            self._step.breaks += trouble.side == "destination"
            await self._leave(keeps=not _starts_anew(trouble))
            raise
        except asyncio.CancelledError:
            # A write that was broken off may have lost others: what was saved before counts.
            await asyncio.shield(self._leave(keeps=not self._terms.is_over))
            raise

    async def _stream_all(self) -> None:
        entry, pace = self._source.entry, self._terms.pace
        if entry.size < pace.large:
            await self._stream()
            return
        streams = [asyncio.ensure_future(self._stream()) for _ in range(pace.streams)]
        saving = asyncio.ensure_future(self._save_until(streams))
        try:
            await asyncio.gather(saving, *streams)
        finally:
            # A writer is left only when nobody writes any more.
            for task in (*streams, saving):
                task.cancel()
            await asyncio.gather(*streams, saving, return_exceptions=True)

    async def _stream(self) -> None:
        while self._todo:
            start, end = self._todo.pop()
            part = Part(start, start)
            self._parts.append(part)
            await self._move(part, end)

    async def _move(self, part: Part, end: int) -> None:
        """Move a range, and go on where it was as long as the source only breaks off."""
        breaks = 0
        while part.end < end:
            before = part.end
            try:
                await self._move_once(part, end)
            except Trouble as trouble:
                breaks = 0 if part.end > before else breaks + 1
                is_over = breaks > _PATIENT or is_cancelled()
                if trouble.side != "source" or not trouble.is_break or is_over:
                    raise
                self._terms.ledger.fault(trouble.fault)
                await asyncio.sleep(self._terms.pace.pause(breaks))

    async def _move_once(self, part: Part, end: int) -> None:
        held = bytearray()
        with at("source"):
            async with closing(self._source.read(part.end, end)) as chunks:
                try:
                    async for chunk in chunks:
                        if not held and len(chunk) >= _BUFFER // 2:
                            await self._write(part, chunk)
                            continue
                        held += chunk
                        if len(held) >= _BUFFER:
                            await self._write(part, held)
                            held = bytearray()
                except Fault:
                    if held:  # what came before the break is not read again
                        await self._write(part, held)
                    raise
                if held:
                    await self._write(part, held)
            if part.end < end:
                told = f"{self._step.source!r} ended at byte {part.end} of {end}"
                raise Fault("CONNECTION_BROKEN", told)

    async def _write(self, part: Part, data: bytes | bytearray | memoryview) -> None:
        with at("destination"):
            await self._writer.write(part.end, memoryview(data))
        part.add(data)
        self._terms.ledger.counts.bytes_transferred += len(data)
        self._terms.ledger.progressed()
        self._step.tries = 0

    async def _save_until(self, streams: Sequence[asyncio.Future[None]]) -> None:
        """Bring to disk what was written, again and again, for a restart to go on from it."""
        pace = self._terms.pace
        # Where the destination breaks off often, what is on its way is lost as often.
        pause = max(pace.save_every / (1 + self._step.breaks), pace.save_every / 50)
        while self._ends.destination.traits.resumes and not all(each.done() for each in streams):
            parts = join(self._parts)
            with at("destination"):
                mark = await self._writer.durable()
            if mark:
                version, size = _identity(self._source.entry)
                self._step.progress = Progress(version, size, mark, parts)
            await asyncio.wait(streams, timeout=pause)

    async def _check_unchanged(self) -> None:
        """Look whether the source is still what was read, where reading does not tell."""
        entry, step = self._source.entry, self._step
        with at("source"):
            now = await self._ends.source.stat(step.source)
        if _identity(now) != _identity(entry):
            told = f"{step.source!r} was changed while it was read"
            raise Trouble(Fault("FILE_SIZE_CHANGED", told), "source")

    async def _commit(self) -> Moved:
        entry, step, terms = self._source.entry, self._step, self._terms
        parts = join(self._parts)
        whole = [(0, entry.size)] if entry.size else []
        if [(part.start, part.end) for part in parts] != whole:
            raise Trouble(Fault("UNKNOWN", f"{step.source!r} did not arrive whole"), "destination")
        crc = written(parts[0].crc if parts else 0)
        if terms.verifies and self._ends.is_exposed:
            await self._check_source(crc)
        algorithm, expected = FAST, crc
        if step.given.checksum:
            algorithm, expected = step.given.algorithm, step.given.checksum.lower()
        verifies = terms.verifies or bool(step.given.checksum)
        compares = verifies and algorithm in self._ends.destination.traits.checksums
        with at("destination"):
            await self._writer.commit(
                entry.size,
                modified=entry.modified if terms.keeps_times else 0.0,
                checksum=f"{algorithm}:{expected}" if compares else "",
            )
            if verifies and not compares:
                await self._read_back(algorithm, expected)
        if verifies:
            terms.ledger.counts.bytes_checksummed += entry.size
        return Moved(
            step.source,
            step.destination,
            entry.size,
            expected if verifies else "",
            algorithm if verifies else "",
        )

    async def _check_source(self, crc: str) -> None:
        """Compare what came over an open network with what the source says that it sent."""
        if FAST not in self._ends.source.traits.checksums:
            return
        with at("source"):
            try:
                told = await self._ends.source.checksum(self._step.source, FAST)
            except Fault as fault:
                if fault.code != "NOT_SUPPORTED":
                    raise
                return
        if told != crc:
            _mismatch(self._step.source, FAST, crc, told)

    async def _read_back(self, algorithm: str, expected: str) -> None:
        """Verify what is there by reading it, where the place cannot do that itself."""
        found = await checksum_of(self._ends.destination, self._step.destination, algorithm)
        if found != expected:
            _mismatch(self._step.destination, algorithm, found, expected)

    async def _leave(self, *, keeps: bool) -> None:
        """Let go of the writer, however that goes: what matters was said already."""
        with suppress(Trouble), at("destination"):
            if keeps and self._step.progress is not None:
                await self._writer.suspend()
            else:
                self._step.progress = None
                await self._writer.abort()


def _identity(entry: Entry) -> tuple[str, int]:
    """Return what differs when a file was changed, and its size."""
    return entry.version or f"{entry.modified}", entry.size


def _starts_anew(trouble: Trouble) -> bool:
    """Tell whether what was written is of no use, or in the way."""
    return trouble.fault.code in (
        "FILE_SIZE_CHANGED",
        "NO_SPACE_LEFT",
        "QUOTA_EXCEEDED",
        "VERIFY_CHECKSUM",
        "UNKNOWN",
    )


def _mismatch(path: str, algorithm: str, found: str, expected: str) -> None:
    told = f"{path!r}: its {algorithm} is {found}, it should be {expected}"
    raise Trouble(Fault("VERIFY_CHECKSUM", told), "destination")
