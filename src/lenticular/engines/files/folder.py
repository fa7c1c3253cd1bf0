"""A place of named files in a folder. Only its owner may look into it."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

_INCOMING = "incoming"
_ABANDONED = 24 * 3600.0
"""Seconds after which a file that is not whole has lost its writer."""


class FolderFiles:
    """Files in a folder (`lenticular.engines.files.contract.Files`).

    A file is written to ``incoming/``, synced, and renamed to where it belongs.
    """

    def __init__(self, root: Path) -> None:
        """Take the folder, which is made with the first file in it."""
        self.name = str(root)
        self._root = root

    async def put(self, path: str, data: bytes | bytearray) -> None:
        await asyncio.to_thread(self._put, path, data, replace=True)

    async def put_first(self, path: str, data: bytes) -> None:
        await asyncio.to_thread(self._put, path, data, replace=False)

    async def get(self, path: str) -> bytes | None:
        return await asyncio.to_thread(self._get, path)

    async def size(self, path: str) -> int | None:
        return await asyncio.to_thread(self._size, path)

    async def delete(self, *paths: str) -> None:
        await asyncio.to_thread(self._delete, paths)

    async def names(self, folder: str) -> AsyncIterator[str]:
        for name in await asyncio.to_thread(self._names, folder):
            yield name

    def _put(self, path: str, data: bytes | bytearray, *, replace: bool) -> None:
        target = self._root / path
        partial = self._root / _INCOMING / secrets.token_hex(16)
        for folder in (target.parent, partial.parent):
            _make(folder)
        try:
            _write(partial, data)
            if replace:
                partial.replace(target)
            else:
                with suppress(FileExistsError):
                    os.link(partial, target)
        finally:
            partial.unlink(missing_ok=True)
        _sync(target.parent)

    def _get(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except FileNotFoundError:
            return None

    def _size(self, path: str) -> int | None:
        target = self._root / path
        try:
            size = target.stat().st_size
        except FileNotFoundError:
            return None
        # Whoever was to sync the folder may have been killed before.
        _sync(target.parent)
        return size

    def _delete(self, paths: tuple[str, ...]) -> None:
        folders = set()
        for path in paths:
            target = self._root / path
            with suppress(FileNotFoundError):
                target.unlink()
                folders.add(target.parent)
        for folder in folders:
            _sync(folder)

    def _names(self, folder: str) -> list[str]:
        try:
            return [path.name for path in (self._root / folder).iterdir()]
        except FileNotFoundError:
            return []

    async def sweep(self) -> None:
        """Remove what killed writers left behind a day ago."""
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        limit = time.time() - _ABANDONED
        for name in self._names(_INCOMING):
            path = self._root / _INCOMING / name
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()


def _write(path: Path, data: bytes | bytearray) -> None:
    """Write a new file, and sync it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _make(folder: Path) -> None:
    """Make a folder, durably, unless it is there."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Make durable which names are in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
