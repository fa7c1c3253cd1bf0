"""The files of a collection that another agent serves."""

import ssl
from collections.abc import AsyncIterator, Sequence

from lenticular.engines.connectors.contract import (
    Connector,
    Entry,
    Fault,
    Parcel,
    Source,
    Traits,
    Whole,
    Writer,
)
from lenticular.engines.connectors.paths import is_text
from lenticular.engines.connectors.peer import wire
from lenticular.engines.connectors.peer.pool import Pool
from lenticular.engines.connectors.peer.requests import (
    LONGEST_ANSWER,
    Requests,
    fault_of,
    target_of,
)
from lenticular.engines.connectors.peer.writing import PeerWriter
from lenticular.engines.connectors.places import Peer

CHECKSUMS = frozenset({"md5", "sha1", "sha256", "sha512", "crc32", "crc64nvme"})
"""Algorithms that an agent is asked for; of some places it can tell none."""

READ_AGAIN = 4 * 3600.0
"""Seconds in which an agent has to have read a file of any size."""


class PeerFiles(Connector):
    """A collection at another agent, over HTTP.

    Several reads, of one file too, go over as many connections. What the agent's place cannot
    do (folders, times) it passes over.
    """

    traits = Traits(checksums=CHECKSUMS, keeps_times=True, resumes=True, bundles=True)

    def __init__(self, peer: Peer, trusted: ssl.SSLContext | None = None) -> None:
        """Reach `peer`; `trusted` knows the authorities of what shows no known fingerprint."""
        self._requests = Requests(Pool(peer, trusted))

    async def stat(self, path: str, *, follow: bool = True) -> Entry:
        return await self._requests.ask(wire.Stat(path, follow), Entry)

    async def entries(self, path: str) -> AsyncIterator[Sequence[Entry | Fault]]:
        more = ""
        while True:
            page = await self._requests.ask(wire.Listing(path, more), wire.Page)
            entries, more = entries_of(page), page.more
            for start in range(0, len(entries), wire.PAGE):
                yield entries[start : start + wire.PAGE]
            if not more:
                return

    async def open_source(self, path: str) -> Source:
        entry = await self.stat(path)
        if entry.kind == "dir":
            raise Fault("IS_A_DIRECTORY", f"{path!r} is a folder")
        if entry.kind != "file":
            raise Fault("PERMISSION_DENIED", f"{path!r} is no regular file")
        return PeerSource(self._requests, path, entry)

    async def open_writer(self, path: str, size: int, *, resume: str = "") -> Writer:
        if not is_text(resume):
            raise Fault("NOT_SUPPORTED", "This is no mark of a file that was begun")
        opened = await self._requests.ask(wire.Open(path, size, resume), wire.Opened)
        return PeerWriter(self._requests, opened.writer)

    async def checksum(self, path: str, algorithm: str) -> str:
        wanted = wire.Checksum(path, algorithm)
        return (await self._requests.ask(wanted, wire.Text, patience=READ_AGAIN)).text

    async def make_folder(self, path: str) -> None:
        await self._requests.ask(wire.MakeFolder(path), wire.Done)

    async def make_link(self, path: str, target: str) -> None:
        await self._requests.ask(wire.MakeLink(path, target), wire.Done)

    async def rename(self, old: str, new: str) -> None:
        await self._requests.ask(wire.Rename(old, new), wire.Done)

    async def remove(self, path: str) -> None:
        await self._requests.ask(wire.Remove(path), wire.Done)

    async def set_modified(self, path: str, modified: float) -> None:
        await self._requests.ask(wire.SetModified(path, modified), wire.Done)

    async def read_many(self, paths: Sequence[str]) -> list[Whole | Fault]:
        """Read files whole (`Bundles`)."""
        answer = await self._requests.ask(wire.ReadMany(tuple(paths)), wire.Wholes)
        _check_count(answer.files, paths)
        return [
            Fault(each.code, each.description) if isinstance(each, wire.Failure) else each.whole
            for each in answer.files
        ]

    async def write_many(self, files: Sequence[Parcel]) -> list[Entry | Fault]:
        """Write files whole (`Bundles`)."""
        page = await self._requests.ask(wire.WriteMany(tuple(files)), wire.Page)
        _check_count(page.entries, files)
        return entries_of(page)

    async def close(self) -> None:
        self._requests.close()


class PeerSource(Source):
    """A file at another agent."""

    def __init__(self, requests: Requests, path: str, entry: Entry) -> None:
        self.entry = entry
        self._requests = requests
        self._target = target_of(path)
        self._tag = wire.tag_of(entry)

    async def read(self, start: int, end: int) -> AsyncIterator[memoryview]:
        if start >= end:
            return
        headers = [("Range", f"bytes={start}-{end - 1}"), ("If-Match", self._tag)]
        async with self._requests.answered("GET", self._target, headers) as channel:
            head = await channel.answer()
            expected = f"bytes {start}-{end - 1}/{self.entry.size}"
            if head.status != 206:
                raise fault_of(head, await channel.body(LONGEST_ANSWER))
            if head.headers.get("content-range") != expected:
                raise Fault("FILE_SIZE_CHANGED", "The file is not as long as it was")
            async for chunk in channel.chunks():
                yield chunk

    async def close(self) -> None:
        """Nothing is held."""


def entries_of(page: wire.Page) -> list[Entry | Fault]:
    """Return the entries of a page."""
    return [
        Fault(each.code, each.description) if isinstance(each, wire.Failure) else each.entry
        for each in page.entries
    ]


def _check_count(answers: Sequence[object], asked: Sequence[object]) -> None:
    if len(answers) != len(asked):
        raise Fault("ENDPOINT_ERROR", "The other agent answers oddly: not for every file")
