"""Many small files at once: one thread does them all, and they are brought to disk together.

A sync of each file by itself would take as long as the disk takes for each; one sync of the
file system takes hardly longer than that of one file. Then the files get their names, and
each folder is synced.
"""

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final, ParamSpec, TypeVar

from lenticular.engines.connectors.contract import SMALL_FILE, Entry, Parcel, Whole
from lenticular.engines.connectors.digesting import compare, digest
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.posix.entries import entry_of, version_of
from lenticular.engines.connectors.posix.errors import fault_of, told
from lenticular.engines.connectors.posix.folders import Folders
from lenticular.engines.connectors.posix.locating import Locating
from lenticular.engines.connectors.posix.rounds import ROUNDS
from lenticular.engines.connectors.posix.source import changed, open_file
from lenticular.engines.connectors.posix.system import CAN_SYNC_FILE_SYSTEM, sync_file_system
from lenticular.engines.connectors.posix.writer import NEW, check_target, kept_mode, sync_folder
from lenticular.engines.connectors.temporaries import temporary_name

_FEW: Final = 8
"""Files up to which each is synced by itself: that leaves alone what others are writing."""

P = ParamSpec("P")
T = TypeVar("T")


def read(locating: Locating, paths: Sequence[str]) -> list[Whole | Fault]:
    """Read files whole. Blocks."""
    with ExitStack() as stack:
        folders = Folders(locating, stack)
        return [_outcome(path, _read, folders, path) for path in paths]


def _read(folders: Folders, path: str) -> Whole:
    with folders.find(path, follow=True) as located:
        descriptor, status = open_file(path, located)
    try:
        size = status.st_size
        if size > SMALL_FILE:
            raise changed(path, f"has {size} bytes now, too many for a bundle")
        entry = entry_of(path.rpartition("/")[2], status)
        data = os.pread(descriptor, size + 1, 0)
        if len(data) != size or version_of(os.fstat(descriptor)) != entry.version:
            raise changed(path, "was changed while it was read")
    finally:
        os.close(descriptor)
    return Whole(entry, data)


def write(locating: Locating, files: Sequence[Parcel]) -> list[Entry | Fault]:
    """Write files whole, and return when they are on disk. Blocks."""
    with ExitStack() as stack:
        return _Bundle(Folders(locating, stack)).write(files)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A file that is written, but has not got its name."""

    path: str
    folder: int
    hidden: bytes
    name: bytes
    entry: Entry
    device: int

    def place(self) -> Entry:
        try:
            os.replace(self.hidden, self.name, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        except BaseException:
            self.discard()
            raise
        return self.entry

    def discard(self) -> None:
        os.unlink(self.hidden, dir_fd=self.folder)


class _Bundle:
    """Files that get their names together."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._mark = secrets.token_hex(12)
        self._count = 0

    def write(self, files: Sequence[Parcel]) -> list[Entry | Fault]:
        alone = len(files) <= _FEW or not CAN_SYNC_FILE_SYSTEM
        begun = [_outcome(file.path, self._begin, file, alone) for file in files]
        there = [each for each in begun if isinstance(each, _Begun)]
        if not alone:
            _flush(there)
        placed = [
            each if isinstance(each, Fault) else _outcome(each.path, each.place) for each in begun
        ]
        for each in {each.folder: each for each in there}.values():
            with told(each.path):
                sync_folder(each.folder)
        return placed

    def _begin(self, file: Parcel, alone: bool) -> _Begun:
        """Write a file under a hidden name; with `alone`, bring it to disk."""
        with self._folders.find_changeable(file.path) as located:
            check_target(file.path, located.status)
            folder, name = self._folders.keep(located), located.name
        self._count += 1
        hidden = temporary_name(f"{self._mark}{self._count:08x}").encode()
        descriptor = os.open(hidden, NEW, 0o666, dir_fd=folder)
        try:
            try:
                status = _fill(descriptor, file, kept_mode(located.status))
                if alone:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except BaseException:
            os.unlink(hidden, dir_fd=folder)
            raise
        entry = entry_of(name.decode(), status)
        return _Begun(file.path, folder, hidden, name, entry, status.st_dev)


def _fill(descriptor: int, file: Parcel, mode: int | None) -> os.stat_result:
    """Make a new file what it is to be, but for its name, and return what it is then.

    Raises OSError, and `Fault` ``VERIFY_CHECKSUM`` when what is read again is something else.
    """
    rest = file.data
    while rest:
        rest = rest[os.pwrite(descriptor, rest, len(file.data) - len(rest)) :]
    if file.checksum:
        algorithm = file.checksum.partition(":")[0]
        there = os.pread(descriptor, len(file.data), 0)
        compare(file.path, digest(algorithm, there), file.checksum)
    if mode is not None:
        os.fchmod(descriptor, mode)
    if file.modified:
        os.utime(descriptor, ns=(round(file.modified * 1e9),) * 2)
    return os.fstat(descriptor)


def _flush(begun: Iterable[_Begun]) -> None:
    """Bring the file systems to disk that they are on; all are thrown away when that fails."""
    try:
        for device, one in {each.device: each for each in begun}.items():
            with told(one.path):
                folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=one.folder)
                try:
                    ROUNDS.sync(device, partial(sync_file_system, folder))
                finally:
                    os.close(folder)
    except Fault:
        for each in begun:
            each.discard()
        raise


def _outcome(path: str, fn: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | Fault:
    try:
        return fn(*arguments, **named)
    except Fault as fault:
        return fault
    except OSError as error:
        return fault_of(error, path)
