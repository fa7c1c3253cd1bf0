"""The connector of an SFTP server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, Final

import asyncssh

from lenticular.engines.connectors.contract import Connector, Entry, Kind, Source, Traits, Writer
from lenticular.engines.connectors.digesting import ALGORITHMS, digest_of
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.grants import EVERYTHING, Grants
from lenticular.engines.connectors.paths import child, split
from lenticular.engines.connectors.places import Sftp
from lenticular.engines.connectors.sftp.entries import entry_of, kind_of
from lenticular.engines.connectors.sftp.errors import told
from lenticular.engines.connectors.sftp.locating import Located, Locating
from lenticular.engines.connectors.sftp.session import Session
from lenticular.engines.connectors.sftp.transfers import SftpSource, begin
from lenticular.engines.connectors.temporaries import is_temporary

_PAGE: Final = 1000


class SftpFiles(Connector):
    """The files below a folder of a server."""

    traits = Traits(keeps_times=True, resumes=True)

    def __init__(self, place: Sftp, prefix: str = "/", grants: Grants = EVERYTHING) -> None:
        """Take the folder `prefix` of the place's root, without connecting yet.

        `grants` are asked about what symbolic links lead to.
        """
        self._session = Session(place)
        self._locating = Locating(self._session, place.root, prefix, grants)

    async def stat(self, path: str, *, follow: bool = True) -> Entry:
        with told(path):
            located = await self._locating.find(path, follow=follow)
            return await self._entry(path, located)

    async def entries(self, path: str) -> AsyncIterator[Sequence[Entry | Fault]]:
        client = await self._session.client()
        with told(path):
            located = await self._locating.find(path, follow=True)
            if kind_of(located.found()) != "dir":
                raise Fault("NOT_A_DIRECTORY", f"{path!r} is no folder")
            page: list[Entry | Fault] = []
            async for found in client.scandir(located.path):
                name = found.filename
                raw = name if isinstance(name, bytes) else name.encode()
                if raw not in {b".", b".."} and not is_temporary(raw.decode(errors="replace")):
                    page.append(await self._listed(path, raw, found.attrs))
                if len(page) == _PAGE:
                    yield page
                    page = []
            yield page

    async def open_source(self, path: str) -> Source:
        client = await self._session.client()
        with told(path):
            located = await self._locating.find(path, follow=True)
            _check_file(path, kind_of(located.found()))
            file = await client.open(located.path, asyncssh.FXF_READ, encoding=None)
            entry = entry_of(path.rpartition("/")[2], await file.stat())
            return SftpSource(path, file, entry)

    async def open_writer(self, path: str, size: int, *, resume: str = "") -> Writer:
        with told(path):
            located = await self._locating.find_changeable(path)
            if located.status is not None and kind_of(located.status) != "link":
                _check_file(path, kind_of(located.status))
            client = await self._session.client()
            await _check_room(client, located, size)
            return await begin(client, path, located, resume)

    async def checksum(self, path: str, algorithm: str) -> str:
        if algorithm not in ALGORITHMS:
            raise Fault("NOT_SUPPORTED", f"no checksum {algorithm!r} of files behind SFTP")
        return await digest_of(await self.open_source(path), algorithm)

    async def make_folder(self, path: str) -> None:
        client = await self._session.client()
        with told(path):
            located = await self._locating.find_changeable(path)
            if located.status is not None:
                raise Fault("EXISTS", f"{path!r} is there already")
            await client.mkdir(located.path)

    async def rename(self, old: str, new: str) -> None:
        client = await self._session.client()
        with told(old):
            source = await self._locating.find_changeable(old, moves=True)
            source.found()
            target = await self._locating.find_changeable(new, moves=True)
            if target.status is not None:
                raise Fault("EXISTS", f"{new!r} is there already")
            await client.rename(source.path, target.path)

    async def remove(self, path: str) -> None:
        client = await self._session.client()
        with told(path):
            located = await self._locating.find_changeable(path, moves=True)
            if kind_of(located.found()) != "dir":
                await client.remove(located.path)
                return
            async for found in client.scandir(located.path):
                if found.filename not in {b".", b".."}:
                    raise Fault("NOT_EMPTY", f"{path!r} has something in it")
            await client.rmdir(located.path)

    async def set_modified(self, path: str, modified: float) -> None:
        client = await self._session.client()
        with told(path):
            located = await self._locating.find_changeable(path)
            if kind_of(located.found()) != "link":  # version 3 cannot but follow it
                await client.utime(located.path, (modified, modified))

    async def close(self) -> None:
        with suppress(asyncssh.Error, OSError):
            await self._session.close()

    async def _listed(self, folder: str, raw: bytes, status: asyncssh.SFTPAttrs) -> Entry | Fault:
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            shown = child(folder, raw.decode(errors="backslashreplace"))
            return Fault("INVALID_PATH", f"{shown!r}: the name is not UTF-8")
        if kind_of(status) != "link":
            return entry_of(name, status)
        path = child(folder, name)
        try:
            return await self._entry(path, await self._locating.find(path, follow=False))
        except (Fault, asyncssh.SFTPError):
            return entry_of(name, status)

    async def _entry(self, path: str, located: Located) -> Entry:
        name = split(path)[-1] if split(path) else ""
        status = located.found()
        if kind_of(status) != "link":
            return entry_of(name, status)
        client = await self._session.client()
        said: Any = await client.readlink(located.path)
        try:
            leads = kind_of((await self._locating.find(path, follow=True)).found())
        except (Fault, asyncssh.SFTPError):
            return entry_of(name, status, said)
        return entry_of(name, status, said, leads)


def _check_file(path: str, kind: Kind) -> None:
    if kind == "dir":
        raise Fault("IS_A_DIRECTORY", f"{path!r} is a folder")
    if kind != "file":
        raise Fault("NOT_SUPPORTED", f"{path!r} is neither a file nor a folder")


async def _check_room(client: asyncssh.SFTPClient, located: Located, size: int) -> None:
    """Raise `Fault` when so much does not fit, where the server tells."""
    try:
        disk = await client.statvfs(located.folder)
    except asyncssh.SFTPError:
        return
    if disk.frsize and size > disk.bavail * disk.frsize:
        raise Fault("NO_SPACE_LEFT", f"{size} bytes do not fit there")
