"""Files behind SFTP that are open: for reading, or on their way in under a hidden name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

import asyncssh

from lenticular.engines.connectors.contract import Entry, Source, Writer
from lenticular.engines.connectors.digesting import compare, digest_of
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.sftp.entries import entry_of, version_of
from lenticular.engines.connectors.sftp.errors import told
from lenticular.engines.connectors.sftp.locating import Located
from lenticular.engines.connectors.temporaries import is_temporary, new_mark, temporary_name

_CHUNK: Final = 1024 * 1024
"""Bytes of a read; asyncssh asks for them in pieces, many at once."""

_NEW: Final = asyncssh.FXF_READ | asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_EXCL
_AGAIN: Final = asyncssh.FXF_READ | asyncssh.FXF_WRITE


class SftpSource(Source):
    """An open file."""

    def __init__(self, path: str, file: asyncssh.SFTPClientFile, entry: Entry) -> None:
        self.entry = entry
        self._path = path
        self._file = file

    async def read(self, start: int, end: int) -> AsyncIterator[bytes | memoryview]:
        """Read; the next chunk is on its way while one is looked at."""
        ahead = self._begin(start, end)
        try:
            while start < end:
                with told(self._path):
                    data = await ahead
                start += len(data)
                if not data:
                    raise Fault("FILE_SIZE_CHANGED", f"{self._path!r} ends at byte {start}")
                ahead = self._begin(start, end)
                if start >= end:
                    await self._check()
                yield data
        finally:
            ahead.cancel()
            await asyncio.wait([ahead])

    async def close(self) -> None:
        with suppress(asyncssh.Error, OSError):
            await self._file.close()

    def _begin(self, start: int, end: int) -> asyncio.Task[bytes]:
        return asyncio.create_task(self._read(start, min(_CHUNK, end - start)))

    async def _read(self, start: int, size: int) -> bytes:
        data: Any = await self._file.read(size, start) if size > 0 else b""
        return bytes(data)

    async def _check(self) -> None:
        with told(self._path):
            status = await self._file.stat()
        if version_of(status) != self.entry.version:
            raise Fault("FILE_SIZE_CHANGED", f"{self._path!r} was changed while it was read")


async def begin(
    client: asyncssh.SFTPClient, path: str, located: Located, resume: str
) -> "SftpWriter":
    """Begin a file, or go on with the one of the mark `resume`. Raises asyncssh's errors."""
    mark = resume or new_mark()
    hidden = temporary_name(mark)
    lost = Fault("NOT_SUPPORTED", f"{path!r}: what was written is gone; it is to begin anew")
    if not is_temporary(hidden):
        raise lost
    where = b"%s/%s" % (located.folder.rstrip(b"/"), hidden.encode())
    try:
        file = await client.open(where, _AGAIN if resume else _NEW, encoding=None)
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        if resume:
            raise lost from None
        raise
    return SftpWriter(client, file, mark, where, path, located)


class SftpWriter(Writer):
    """A file on its way in."""

    def __init__(
        self,
        client: asyncssh.SFTPClient,
        file: asyncssh.SFTPClientFile,
        mark: str,
        hidden: bytes,
        path: str,
        located: Located,
    ) -> None:
        self._client = client
        self._file = file
        self._mark = mark
        self._hidden = hidden
        self._path = path
        self._located = located

    async def write(self, offset: int, data: bytes | memoryview) -> None:
        with told(self._path):
            await self._file.write(bytes(data), offset)

    async def durable(self) -> str:
        with told(self._path):
            await self._sync()
        return self._mark

    async def commit(self, size: int, *, modified: float = 0.0, checksum: str = "") -> Entry:
        with told(self._path):
            has = (await self._file.stat()).size or 0
            if has < size:
                raise Fault("FILE_SIZE_CHANGED", f"{self._path!r} has got {has} of {size} bytes")
            if has > size:
                await self._file.truncate(size)
            await self._sync()
            if checksum:
                await self._compare(checksum)
            old = self._located.status
            if old is not None and old.permissions is not None:
                mode = asyncssh.SFTPAttrs(permissions=old.permissions & 0o7777)
                await self._file.setstat(mode)
            if modified:
                await self._file.utime((modified, modified))
            entry = entry_of(
                self._located.path.rpartition(b"/")[2].decode(), await self._file.stat()
            )
            await self._file.close()
            await self._place()
        return entry

    async def suspend(self) -> None:
        with suppress(asyncssh.Error, OSError):
            await self._file.close()

    async def abort(self) -> None:
        await self.suspend()
        with suppress(asyncssh.Error, OSError):
            await self._client.remove(self._hidden)

    async def _sync(self) -> None:
        """Bring it to disk, where the server knows how (fsync@openssh.com)."""
        with suppress(asyncssh.SFTPOpUnsupported):
            await self._file.fsync()

    async def _place(self) -> None:
        """Give it its name (posix-rename@openssh.com replaces what is there, at once)."""
        try:
            await self._client.posix_rename(self._hidden, self._located.path)
        except asyncssh.SFTPOpUnsupported:
            with suppress(asyncssh.SFTPNoSuchFile):
                await self._client.remove(self._located.path)
            await self._client.rename(self._hidden, self._located.path)

    async def _compare(self, checksum: str) -> None:
        file = await self._client.open(self._hidden, asyncssh.FXF_READ, encoding=None)
        entry = entry_of("", await file.stat())
        found = await digest_of(SftpSource(self._path, file, entry), checksum.partition(":")[0])
        compare(self._path, found, checksum)
