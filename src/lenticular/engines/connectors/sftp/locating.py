"""Where a path really is on a server, so that no link leads out of what may be used."""

import time
from typing import Any, Final

import asyncssh

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.paths import split
from lenticular.engines.connectors.sftp.entries import kind_of
from lenticular.engines.connectors.sftp.session import Session
from lenticular.engines.connectors.temporaries import is_temporary

_KNOWN_FOR: Final = 2.0
"""Seconds for which is believed where a folder is: or each file would be a question more."""
_MOST_KNOWN: Final = 10_000


class Located:
    """Something on the server, or the place for it."""

    def __init__(
        self, folder: bytes, name: bytes, real: str, status: asyncssh.SFTPAttrs | None
    ) -> None:
        self.folder = folder
        """The folder it is in, in whose path there is no link."""
        self.path = b"%s/%s" % (folder.rstrip(b"/"), name) if name else folder
        self.real = real
        """Where it is, from the root of the place on."""
        self.status = status
        """None: nothing is there."""

    def found(self) -> asyncssh.SFTPAttrs:
        """Return its status. Raises SFTPNoSuchFile."""
        if self.status is None:
            raise asyncssh.SFTPNoSuchFile("no such file or folder")
        return self.status


class Locating:
    """The way to what is below a folder of a server. Raises `Fault` and asyncssh's errors."""

    def __init__(self, session: Session, root: str, prefix: str, grants: Grants) -> None:
        self._session = session
        self._root = "/".join(("", *split(root))).encode()
        self._prefix = "".join(f"/{name}" for name in split(prefix)).encode()
        self._grants = grants
        self._known: dict[bytes, tuple[bytes, float]] = {}

    async def find(self, path: str, *, follow: bool) -> Located:
        """Return what is at a path; with `follow`, what it leads to if it is a link."""
        names = split(path)
        if names and is_temporary(names[-1]):
            raise Fault("INVALID_PATH", f"{path!r} is the name of a file that is being written")
        base = await self._base()
        way = "".join(f"/{name}" for name in names[:-1]).encode()
        folder = await self._real(base.rstrip(b"/") + way) if way else base
        located = await self._located(base, folder, names[-1].encode() if names else b"", path)
        if follow and located.status is not None and kind_of(located.status) == "link":
            real = await self._ask(located.path)
            parent, _, name = real.rpartition(b"/")
            located = await self._located(base, parent or b"/", name, path)
        return located

    async def find_changeable(self, path: str, *, moves: bool = False) -> Located:
        """Return what is at a path, itself, for somebody who is to change it.

        With `moves` it is to be removed, or to get another name.
        """
        located = await self.find(path, follow=False)
        grants, real = self._grants, located.real
        if not (grants.may_move(real) if moves else grants.permission(real) == "rw"):
            raise Fault("PERMISSION_DENIED", f"{path!r} may not be changed")
        return located

    async def _located(self, base: bytes, folder: bytes, name: bytes, path: str) -> Located:
        whole = b"%s/%s" % (folder.rstrip(b"/"), name) if name else folder
        inside = base.rstrip(b"/") + b"/"
        if whole != base and not whole.startswith(inside):
            raise asyncssh.SFTPNoSuchFile("no such file or folder")
        real = "/" + whole[len(inside) :].decode(errors="surrogateescape")
        if real != "/" + "/".join(split(path)) and not self._grants.permission(real):
            raise asyncssh.SFTPNoSuchFile("no such file or folder")
        client = await self._session.client()
        try:
            return Located(folder, name, real, await client.lstat(whole))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return Located(folder, name, real, None)

    async def _base(self) -> bytes:
        """Return where the folder really is that is the root; no link leads there from above."""
        root = await self._real(self._root or b"/")
        base = root.rstrip(b"/") + self._prefix or b"/"
        if self._prefix and await self._real(base) != base:
            raise asyncssh.SFTPNoSuchFile("no such file or folder")
        return base

    async def _real(self, folder: bytes) -> bytes:
        now = time.monotonic()
        known = self._known.get(folder)
        if known is not None and now < known[1]:
            return known[0]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        real = await self._ask(folder)
        self._known[folder] = real, now + _KNOWN_FOR
        return real

    async def _ask(self, path: bytes) -> bytes:
        client = await self._session.client()
        real: Any = await client.realpath(path)
        return bytes(real)
