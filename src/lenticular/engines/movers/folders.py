"""Folders of the destination: made when something is to come into them, each once."""

import asyncio
from typing import Final

from lenticular.engines.connectors.contract import Connector
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import parent

_KNOWN: Final = 10_000
"""Folders that are remembered to be there."""


class Folders:
    """The folders that are known to be there."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {"/": None}  # the oldest first
        self._coming: dict[str, asyncio.Future[None]] = {}

    def know(self, path: str) -> None:
        """Take a folder for there."""
        self._known[path] = None
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]

    def forget(self, path: str) -> None:
        """Take a folder, and those around it, for gone."""
        while path != "/":
            self._known.pop(path, None)
            path = parent(path)

    async def make(self, connector: Connector, path: str) -> None:
        """See to it that a folder is there, and those around it. Raises `Fault`."""
        if path == "/" or path in self._known or not connector.traits.has_folders:
            return
        while (coming := self._coming.get(path)) is not None:
            await asyncio.wait([coming])
            if path in self._known:
                return
        coming = self._coming[path] = asyncio.get_running_loop().create_future()
        try:
            await self._make(connector, path)
            self.know(path)
        finally:
            del self._coming[path]
            coming.set_result(None)

    async def _make(self, connector: Connector, path: str) -> None:
        try:
            await connector.make_folder(path)
        except Fault as fault:
            if fault.code == "FILE_NOT_FOUND" and path != parent(path) != "/":
                self.forget(parent(path))
                await self.make(connector, parent(path))
                await self._make_last(connector, path)
            else:
                await _accept(connector, path, fault)

    async def _make_last(self, connector: Connector, path: str) -> None:
        try:
            await connector.make_folder(path)
        except Fault as fault:
            await _accept(connector, path, fault)


async def _accept(connector: Connector, path: str, fault: Fault) -> None:
    """Let the folder be that was there already. Raises the fault if it is none."""
    # A place whose root may not be changed refuses to make what is there.
    if fault.code not in ("EXISTS", "PERMISSION_DENIED"):
        raise fault
    try:
        found = await connector.stat(path)
    except Fault as other:
        raise (other if other.is_transient else fault) from None
    if found.kind != "dir":
        raise Fault("NOT_A_DIRECTORY", f"{path!r} is there, and is no folder") from None
