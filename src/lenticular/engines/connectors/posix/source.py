"""A file of this machine that is open for reading.

What the system holds in memory is copied right on the event loop, and only what must come from
the disk is read on a thread, as the blob store does (`engines.blobs.openfile`).
"""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator
from typing import Final

from lenticular.engines.connectors.contract import Entry, Source
from lenticular.engines.connectors.digesting import Digest
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.posix.entries import entry_of, version_of
from lenticular.engines.connectors.posix.errors import told
from lenticular.engines.connectors.posix.locating import Located, Locating
from lenticular.engines.connectors.posix.openfile import OpenFile
from lenticular.engines.connectors.threads import run

CHUNK: Final = 1024 * 1024

# Should it be swapped for a pipe in the moment between, nobody waits for its other end.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_NO_WAIT: int | None = getattr(os, "RWF_NOWAIT", None)  # on Linux


class PosixSource(Source):
    """An open file. It is compared with what it was whenever some of it was read."""

    def __init__(self, path: str, descriptor: int, entry: Entry) -> None:
        self.entry = entry
        self.descriptor = descriptor
        self._path = path
        self._file = OpenFile(descriptor)

    async def read(self, start: int, end: int) -> AsyncIterator[bytes | memoryview]:
        while start < end:
            data = await self._read(start, min(CHUNK, end - start))
            start += len(data)
            yield data
            await asyncio.sleep(0)  # or one who takes all at once would stop all others

    async def close(self) -> None:
        self._file.close()

    def digest(self, digest: Digest, end: int) -> None:
        """Go on with a checksum of the file up to `end`, or its own. Blocks."""
        end = min(end, self.entry.size)
        with told(self._path), self._file.used() as descriptor:
            digest.advance(descriptor, end)
        if digest.offset < end:
            raise changed(self._path, f"ends at byte {digest.offset}")
        self._check()

    async def _read(self, start: int, size: int) -> memoryview:
        """Return all of these bytes of the file as it was when it was opened."""
        view = memoryview(bytearray(size))
        with told(self._path), self._file.used() as descriptor:
            filled = _read_from_memory(descriptor, view, start)
        if filled < size:
            await run(self._fill, view, start, filled)
        else:
            self._check()
        return view

    def _fill(self, view: memoryview, start: int, filled: int) -> None:
        """Read what must come from the disk. Blocks."""
        with told(self._path), self._file.used() as descriptor:
            while filled < len(view):
                more = os.preadv(descriptor, [view[filled:]], start + filled)
                if not more:
                    raise changed(self._path, f"ends at byte {start + filled}")
                filled += more
        self._check()

    def _check(self) -> None:
        with told(self._path), self._file.used() as descriptor:
            if version_of(os.fstat(descriptor)) != self.entry.version:
                raise changed(self._path, "was changed while it was read")


def open_source(locating: Locating, path: str) -> PosixSource:
    """Open a file for reading. Blocks; raises `Fault`."""
    with told(path), locating.find(path, follow=True) as located:
        descriptor, status = open_file(path, located)
    return PosixSource(path, descriptor, entry_of(path.rpartition("/")[2], status))


def open_file(path: str, located: Located) -> tuple[int, os.stat_result]:
    """Open what was located, if it is a file: a pipe or a device is not even touched.

    Returns its descriptor and what it was when it was opened.

    Raises OSError and `Fault`.
    """
    kind = stat.S_IFMT(located.found().st_mode)
    if kind == stat.S_IFDIR:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if kind != stat.S_IFREG:
        raise Fault("NOT_SUPPORTED", f"{path!r} is neither a file nor a folder")
    descriptor = os.open(located.name, _READ, dir_fd=located.folder)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):  # it was swapped in this moment
        os.close(descriptor)
        raise Fault("NOT_SUPPORTED", f"{path!r} is neither a file nor a folder")
    return descriptor, status


def changed(path: str, how: str) -> Fault:
    """Return the fault of a file that did not stay what it was."""
    return Fault("FILE_SIZE_CHANGED", f"{path!r} {how}")


def _read_from_memory(descriptor: int, view: memoryview, start: int) -> int:
    """Read what is there without waiting for the disk; return how many bytes that was."""
    if _NO_WAIT is None:
        return 0
    try:
        return os.preadv(descriptor, [view], start, _NO_WAIT)
    except OSError:  # it would have to wait, or cannot promise not to
        return 0
