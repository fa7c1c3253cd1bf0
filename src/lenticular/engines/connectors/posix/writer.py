"""A file of this machine that is being written: under a hidden name beside what it replaces.

It gets its name when it is whole and on disk, and then its folder is brought to disk too. The
hidden file is locked by whoever writes it: nobody goes on with it while somebody, whose
connection may be long gone, could still write.
"""

import asyncio
import errno
import fcntl
import os
import stat
from contextlib import suppress
from typing import Final

from lenticular.engines.connectors.contract import Entry, Writer
from lenticular.engines.connectors.digesting import Digest, compare
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.posix.entries import entry_of
from lenticular.engines.connectors.posix.errors import told
from lenticular.engines.connectors.posix.locating import Located, Locating
from lenticular.engines.connectors.posix.openfile import OpenFile
from lenticular.engines.connectors.posix.source import changed
from lenticular.engines.connectors.temporaries import is_temporary, new_mark, temporary_name
from lenticular.engines.connectors.threads import run, run_syncing

_FLAGS: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_LONG: Final = 32 * 1024 * 1024
"""Bytes of a file that is brought to disk while it is read again."""

_PIECE: Final = 256 * 1024
"""Bytes that are written by one call. For more at once the kernel looks for larger pages of
memory; in a virtual machine the host has mostly taken those back, and gives them slowly."""

NEW: Final = _FLAGS | os.O_CREAT | os.O_EXCL


class Incoming:
    """The hidden file, and the folder it is in. Everything here blocks and raises OSError."""

    def __init__(self, path: str, located: Located, resume: str) -> None:
        """Begin a file at `path`, or go on with the one of the mark `resume`."""
        self.path = path
        self.mark = resume or new_mark()
        self._name = located.name
        hidden = temporary_name(self.mark)
        if not is_temporary(hidden):
            raise _lost(path)
        self._hidden = hidden.encode()
        self._mode = kept_mode(located.status)
        folder = located.keep_folder()
        try:
            self._file = OpenFile(_open(folder, self._hidden, path, resume))
        except BaseException:
            os.close(folder)
            raise
        self._folder = OpenFile(folder)
        self._entry: Entry | None = None

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Write all of the data."""
        rest = memoryview(data).cast("B")
        with self._file.used() as descriptor:
            while rest:
                written = os.pwrite(descriptor, rest[:_PIECE], offset)
                rest, offset = rest[written:], offset + written

    def sync(self) -> None:
        """Bring it to disk, and that it is there."""
        with self._file.used() as descriptor, self._folder.used() as folder:
            os.fsync(descriptor)
            sync_folder(folder)

    def seal(self, size: int, modified: float, checksum: str) -> None:
        """Make it what it is to be, but for its name. Raises `Fault` when it is not."""
        with self._file.used() as descriptor:
            has = os.fstat(descriptor).st_size
            if has < size:
                raise changed(self.path, f"has got {has} bytes of {size}")
            if has > size:
                os.ftruncate(descriptor, size)
            if checksum:
                _compare(self.path, descriptor, size, checksum)
            if self._mode is not None:
                os.fchmod(descriptor, self._mode)
            if modified:
                os.utime(descriptor, ns=(round(modified * 1e9),) * 2)
            self._entry = entry_of(self._name.decode(), os.fstat(descriptor))

    def flush(self) -> None:
        """Bring its bytes to disk."""
        with self._file.used() as descriptor:
            os.fsync(descriptor)

    def place(self) -> Entry:
        """Give it its name when it is sealed; that is to be brought to disk by `sync_folder`."""
        if self._entry is None:
            raise RuntimeError("only a sealed file gets its name")
        with self._folder.used() as folder:
            os.replace(self._hidden, self._name, src_dir_fd=folder, dst_dir_fd=folder)
        return self._entry

    def sync_folder(self) -> None:
        """Bring its name to disk."""
        with self._folder.used() as folder:
            sync_folder(folder)

    def discard(self) -> None:
        """Remove it."""
        with self._folder.used() as folder:
            os.unlink(self._hidden, dir_fd=folder)

    def close(self) -> None:
        """Let go of it. Does not raise."""
        self._file.close()
        self._folder.close()


def open_incoming(locating: Locating, path: str, size: int, resume: str) -> Incoming:
    """Begin a file, or go on with it. Blocks; raises `Fault`."""
    with told(path), locating.find_changeable(path) as located:
        check_target(path, located.status)
        check_room(located.folder, size)
        return Incoming(path, located, resume)


def check_target(path: str, status: os.stat_result | None) -> None:
    """Raise OSError or `Fault` when what is there cannot be replaced by a file."""
    if status is None:
        return
    mode = status.st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        raise Fault("NOT_SUPPORTED", f"{path!r} is neither a file nor a folder")


class PosixWriter(Writer):
    """A file on its way in."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming

    async def write(self, offset: int, data: bytes | memoryview) -> None:
        # Not to be cancelled: whoever gave the data may use its memory again.
        await asyncio.shield(run(self._write, offset, data))

    async def durable(self) -> str:
        await run_syncing(self._sync)
        return self._incoming.mark

    async def commit(self, size: int, *, modified: float = 0.0, checksum: str = "") -> Entry:
        if size < _LONG:
            return await run_syncing(self._commit, size, modified, checksum)
        # The disk is still busy with the last that was written: it is read again meanwhile.
        flushing = run_syncing(self._flush)
        await asyncio.gather(run_syncing(self._seal, size, modified, checksum), flushing)
        return await run_syncing(self._finish)

    async def suspend(self) -> None:
        self._incoming.close()

    async def abort(self) -> None:
        await run(self._discard)

    def _write(self, offset: int, data: bytes | memoryview) -> None:
        with told(self._incoming.path):
            self._incoming.write(offset, data)

    def _sync(self) -> None:
        with told(self._incoming.path):
            self._incoming.sync()

    def _commit(self, size: int, modified: float, checksum: str) -> Entry:
        self._seal(size, modified, checksum)
        return self._finish()

    def _seal(self, size: int, modified: float, checksum: str) -> None:
        with told(self._incoming.path):
            self._incoming.seal(size, modified, checksum)

    def _flush(self) -> None:
        with told(self._incoming.path):
            self._incoming.flush()

    def _finish(self) -> Entry:
        self._flush()
        with told(self._incoming.path):
            entry = self._incoming.place()
            self._incoming.sync_folder()
        self._incoming.close()
        return entry

    def _discard(self) -> None:
        with told(self._incoming.path), suppress(FileNotFoundError, RuntimeError):
            self._incoming.discard()
        self._incoming.close()


def check_room(folder: int, size: int) -> None:
    """Raise OSError ``ENOSPC`` when so many bytes do not fit on the disk of a folder."""
    disk = os.fstatvfs(folder)
    if size > disk.f_bavail * disk.f_frsize:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def sync_folder(folder: int) -> None:
    """Bring to disk which names are in a folder, of which is known where it is."""
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(folder: int, hidden: bytes, path: str, resume: str) -> int:
    if not resume:
        descriptor = os.open(hidden, NEW, 0o666, dir_fd=folder)
    else:
        try:
            descriptor = os.open(hidden, _FLAGS, dir_fd=folder)
        except FileNotFoundError:
            raise _lost(path) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Fault(
            "CONNECTION_RESET", f"{path!r} is still being written by an earlier connection"
        ) from None
    return descriptor


def _lost(path: str) -> Fault:
    return Fault("NOT_SUPPORTED", f"{path!r}: what was written is gone; it is to begin anew")


def kept_mode(status: os.stat_result | None) -> int | None:
    """Return the permissions of a file that is replaced: they stay."""
    return stat.S_IMODE(status.st_mode) if status and stat.S_ISREG(status.st_mode) else None


def _compare(path: str, descriptor: int, size: int, checksum: str) -> None:
    digest = Digest(checksum.partition(":")[0])
    digest.advance(descriptor, size)
    compare(path, digest.result(), checksum)
