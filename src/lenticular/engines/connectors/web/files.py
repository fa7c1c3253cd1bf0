"""The connector of an HTTP server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, NoReturn
from urllib.parse import urlsplit

from lenticular.engines.connectors.contract import Connector, Entry, Source, Traits, Writer
from lenticular.engines.connectors.digesting import ALGORITHMS, digest_of
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import child, split
from lenticular.engines.connectors.places import Web
from lenticular.engines.connectors.web.listing import Links
from lenticular.engines.connectors.web.requests import Requests, entry_of

_AT_ONCE: Final = 16
"""Files of which a listing asks for the size at once."""
_PAGE: Final = 200
_CHUNK: Final = 256 * 1024
_NO_HEAD: Final = frozenset({"PERMISSION_DENIED", "ENDPOINT_ERROR"})
"""What servers answer that do not want to be asked for a file without its bytes."""


class WebFiles(Connector):
    """What lies below a URL."""

    traits = Traits(is_writable=False)

    def __init__(self, place: Web) -> None:
        """Take a URL, without going there. Raises `Fault` ``NOT_SUPPORTED`` for one of no use."""
        self._requests = Requests(place)

    async def stat(self, path: str, *, follow: bool = True) -> Entry:
        names = split(path)
        if not names:
            return Entry("", "dir")
        try:
            return await self._ask(path, "HEAD")
        except Fault as fault:
            if fault.code not in _NO_HEAD:
                raise
        return await self._ask(path, "GET", {"range": "bytes=0-0"})

    async def entries(self, path: str) -> AsyncIterator[Sequence[Entry | Fault]]:
        url = self._requests.url(path, is_folder=True)
        async with self._requests.answer(path, "GET", url, {"accept": "text/html"}) as page:
            if not page.headers.get("content-type", "").startswith("text/html"):
                raise Fault("NOT_SUPPORTED", f"{path!r}: the server does not list it")
            links = Links(url)
            found: list[tuple[str, bool] | Fault] = []
            async for text in page.aiter_text():
                links.feed(text)
                found += links.take()
                while len(found) >= _PAGE:
                    yield await self._entries(path, found[:_PAGE])
                    found = found[_PAGE:]
        yield await self._entries(path, found)

    async def open_source(self, path: str) -> Source:
        entry = await self.stat(path)
        if entry.kind == "dir":
            raise Fault("IS_A_DIRECTORY", f"{path!r} is a folder")
        return _WebSource(self._requests, path, entry)

    async def checksum(self, path: str, algorithm: str) -> str:
        if algorithm not in ALGORITHMS:
            raise Fault("NOT_SUPPORTED", f"no checksum {algorithm!r} of files on the web")
        return await digest_of(await self.open_source(path), algorithm)

    async def open_writer(self, path: str, size: int, *, resume: str = "") -> Writer:
        _refuse(path)

    async def make_folder(self, path: str) -> None:
        _refuse(path)

    async def rename(self, old: str, new: str) -> None:
        _refuse(old)

    async def remove(self, path: str) -> None:
        _refuse(path)

    async def set_modified(self, path: str, modified: float) -> None:
        _refuse(path)

    async def close(self) -> None:
        await self._requests.close()

    async def _ask(self, path: str, method: str, headers: dict[str, str] | None = None) -> Entry:
        url = self._requests.url(path)
        async with self._requests.answer(path, method, url, headers) as response:
            if urlsplit(str(response.url)).path == f"{urlsplit(url).path}/":
                return Entry(path.rpartition("/")[2], "dir")  # where it was sent on to
            return entry_of(path, response)

    async def _entries(
        self, path: str, found: Sequence[tuple[str, bool] | Fault]
    ) -> list[Entry | Fault]:
        room = asyncio.Semaphore(_AT_ONCE)

        async def entry(each: tuple[str, bool] | Fault) -> Entry | Fault:
            if isinstance(each, Fault):
                return each
            name, is_folder = each
            if is_folder:
                return Entry(name, "dir")
            async with room:
                try:
                    return await self.stat(child(path, name))
                except Fault as fault:
                    return fault

        return await asyncio.gather(*map(entry, found))


class _WebSource(Source):
    """A file of a server. It is asked for no other one than was opened, where it can tell."""

    def __init__(self, requests: Requests, path: str, entry: Entry) -> None:
        self.entry = entry
        self._requests = requests
        self._path = path

    async def read(self, start: int, end: int) -> AsyncIterator[bytes | memoryview]:
        if start >= end:
            return
        headers = {"range": f"bytes={start}-{end - 1}"}
        if self.entry.version.startswith('"'):
            headers["if-match"] = self.entry.version
        url = self._requests.url(self._path)
        async with self._requests.answer(self._path, "GET", url, headers) as response:
            now = entry_of(self._path, response)
            if (now.version, now.size) != (self.entry.version, self.entry.size):
                raise Fault("FILE_SIZE_CHANGED", f"{self._path!r} was changed")
            at = start if response.status_code == 206 else 0
            _check_start(self._path, response.headers.get("content-range", ""), at)
            async for data in response.aiter_raw(_CHUNK):
                wanted = memoryview(data)[max(start - at, 0) : max(end - at, 0)]
                at += len(data)
                if wanted:
                    start += len(wanted)
                    yield wanted
                if start >= end:
                    return
        raise Fault("FILE_SIZE_CHANGED", f"{self._path!r} ends at byte {start}")

    async def close(self) -> None:
        """Nothing is held."""


def _check_start(path: str, told: str, start: int) -> None:
    if told and not told.startswith(f"bytes {start}-"):
        raise Fault("ENDPOINT_ERROR", f"{path!r}: the server answers with other bytes: {told!r}")


def _refuse(path: str) -> NoReturn:
    raise Fault("PERMISSION_DENIED", f"{path!r}: what is on the web can only be read")
