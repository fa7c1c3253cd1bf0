"""The mover of places that have GridFTP servers: the bytes go from one server to the other.

Walks, comparisons, deletions and reports are those of `https`; only the files' bytes are moved
by ``globus-url-copy`` (Grid Community Toolkit), third party, many files to a call. What arrived
is verified after, by the checksums that the places tell. The servers know nothing of the rules
of a collection: where these allow less than everything, files go over HTTPS.
"""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from lenticular.engines.connectors.contract import Connector, Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import parent
from lenticular.engines.connectors.places import Place
from lenticular.engines.movers.bundling import Carrier, Result
from lenticular.engines.movers.checksums import FAST, checksum_of
from lenticular.engines.movers.contract import Job, Moved
from lenticular.engines.movers.copying import Copy, Terms
from lenticular.engines.movers.ends import Opener, Pair
from lenticular.engines.movers.folders import Folders
from lenticular.engines.movers.https import HttpsMover
from lenticular.engines.movers.pacing import Pace
from lenticular.engines.movers.steps import Step
from lenticular.engines.movers.troubles import Trouble, at

PROGRAM: Final = "globus-url-copy"

_PATTERN: Final = re.compile(r"[*?\[\]]")
"""What the program takes for a pattern in a name, however it is quoted: others move that."""

_MEANINGS: Final = (
    ("FILE_NOT_FOUND", ("No such file", "does not exist")),
    ("PERMISSION_DENIED", ("Permission denied",)),
    ("NO_SPACE_LEFT", ("No space left",)),
    ("QUOTA_EXCEEDED", ("quota exceeded",)),
    ("AUTH", ("530", "535", "credential", "authenticat")),
    ("CONNECT_FAILED", ("onnection refused", "nable to connect", "ould not connect")),
    ("TIMEOUT", ("timed out",)),
    ("CONNECTION_RESET", ("onnection reset",)),
)
"""What the program says (to people; it has no codes), and what that is."""


class GridFtpMover(HttpsMover):
    """Does jobs between places that have GridFTP servers, and all others as `HttpsMover` does."""

    def __init__(
        self,
        opener: Opener,
        *,
        scratch: Path | None = None,
        pace: Pace | None = None,
        program: str = PROGRAM,
    ) -> None:
        """Use `program`, which finds the credentials of this user where it always does."""
        super().__init__(opener, scratch=scratch, pace=pace)
        self._program = program

    def carrier(self, job: Job) -> Carrier | None:
        """Return what moves a job's files: None where it is not GridFTP."""
        if job.source is None or not (_is_open(job.source) and _is_open(job.destination)):
            return None
        if shutil.which(self._program) is None:
            return None
        urls = job.source.gridftp, job.destination.gridftp
        if job.options.encrypt_data and any(not url.startswith("gsiftp:") for url in urls):
            return None
        return _Carrier(self._program, *urls, self._pace, encrypts=job.options.encrypt_data).move


def _is_open(place: Place) -> bool:
    """Tell whether a place has a server that would do all that may be done there, and no more."""
    return bool(place.gridftp) and any(
        rule.path == "/" and rule.permission == "rw" for rule in place.rules
    )


class _Carrier:
    """Moves files between two servers."""

    def __init__(
        self, program: str, source: str, destination: str, pace: Pace, *, encrypts: bool
    ) -> None:
        self._source = source.rstrip("/")
        self._destination = destination.rstrip("/")
        self._writable: set[str] = set()
        """Folders of the destination in which the place lets somebody write."""
        self._line = [
            *(program, "-c", "-fast", "-pp", "-p", str(pace.streams)),
            *(["-dcpriv"] if encrypts else []),
        ]

    async def move(
        self, terms: Terms, ends: Pair, folders: Folders, steps: Sequence[Step]
    ) -> AsyncGenerator[Result, None]:
        """Move files, and tell of each how it went. Raises `Trouble` that all of them met."""
        going: list[tuple[Step, Entry]] = []
        for step in steps:
            try:
                entry = await self._begin(ends, folders, step)
                if entry is None:
                    yield step, await Copy(terms, ends, step).run()
                else:
                    going.append((step, entry))
            except Trouble as trouble:
                yield step, trouble
        told = await self._copy([step for step, _ in going])
        for step, entry in going:
            try:
                yield step, await _end(terms, ends, step, entry, told)
            except Trouble as trouble:
                yield step, trouble

    async def _begin(self, ends: Pair, folders: Folders, step: Step) -> Entry | None:
        """Return what is to be moved; None: by others, who see what the servers do not.

        The place at the destination is asked whether it lets files into a folder, since its
        server may let them into more; and what is no file there is not for the server to
        write through, or into.
        """
        folder = parent(step.destination)
        with at("source"):
            entry = await ends.source.stat(step.source)
        with at("destination"):
            await folders.make(ends.destination, folder)
            beside = await _found(ends.destination, step.destination)
            if _PATTERN.search(step.source) or (beside is not None and beside.kind != "file"):
                return None
            if folder not in self._writable:
                writer = await ends.destination.open_writer(step.destination, entry.size)
                await writer.abort()
                self._writable.add(folder)
        return entry

    async def _copy(self, steps: Sequence[Step]) -> str:
        """Run the program for files, and return what it complained of (empty: of nothing)."""
        if not steps:
            return ""
        lines = [
            f"{self._source}{quote(step.source)} {self._destination}{quote(step.destination)}\n"
            for step in steps
        ]
        with tempfile.NamedTemporaryFile("w") as file:
            file.writelines(lines)
            file.flush()
            return await self._run("-f", file.name)

    async def _run(self, *arguments: str) -> str:
        try:
            running = await asyncio.create_subprocess_exec(
                *self._line,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            told = f"{self._line[0]} cannot be run: {error.strerror}"
            raise Trouble(Fault("NOT_SUPPORTED", told), "source") from error
        try:
            _, complaint = await running.communicate()
        finally:
            with suppress(ProcessLookupError):
                running.kill()
            await running.wait()
        return complaint.decode(errors="replace") if running.returncode else ""


async def _end(terms: Terms, ends: Pair, step: Step, entry: Entry, told: str) -> Moved:
    """Verify a file that should have arrived. Raises `Trouble` when it did not."""
    with at("destination"):
        found = await _found(ends.destination, step.destination)
    if found is None or found.size != entry.size:
        raise Trouble(_fault_of(told, step), "source")
    with at("source"):
        now = await ends.source.stat(step.source)
    if (now.version, now.size, now.modified) != (entry.version, entry.size, entry.modified):
        raise Trouble(
            Fault("FILE_SIZE_CHANGED", f"{step.source!r} was changed while it was read"), "source"
        )
    terms.ledger.counts.bytes_transferred += entry.size
    algorithm = step.given.algorithm if step.given.checksum else FAST
    checksum = step.given.checksum.lower()
    if terms.verifies or checksum:
        checksum = await _verify(ends, step, algorithm)
        terms.ledger.counts.bytes_checksummed += entry.size
    if terms.keeps_times and entry.modified:
        with at("destination"):
            await ends.destination.set_modified(step.destination, entry.modified)
    verified = (checksum, algorithm) if checksum else ("", "")
    return Moved(step.source, step.destination, entry.size, *verified)


async def _verify(ends: Pair, step: Step, algorithm: str) -> str:
    with at("source"):
        expected = await checksum_of(ends.source, step.source, algorithm)
    given = step.given.checksum.lower()
    if given and given != expected.lower():
        told = f"{step.source!r} has {algorithm} {expected}, not {given}"
        raise Trouble(Fault("EXTERNAL_CHECKSUM_MISMATCH", told), "source")
    with at("destination"):
        found = await checksum_of(ends.destination, step.destination, algorithm)
        if found != expected:
            told = f"{step.destination!r}: its {algorithm} is {found}, it should be {expected}"
            raise Fault("VERIFY_CHECKSUM", told)
    return expected


async def _found(connector: Connector, path: str) -> Entry | None:
    try:
        return await connector.stat(path, follow=False)
    except Fault as fault:
        if fault.code == "FILE_NOT_FOUND":
            return None
        raise


def _fault_of(told: str, step: Step) -> Fault:
    """Return what the program's complaint means."""
    for code, words in _MEANINGS:
        if any(word in told for word in words):
            return Fault(code, f"{step.source!r} could not be moved by GridFTP")
    return Fault("ENDPOINT_ERROR", f"{step.source!r} did not arrive by GridFTP")
