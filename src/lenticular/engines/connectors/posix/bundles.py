"""Many small files at once: read by one thread, and brought to disk together.

A sync of each file by itself would take as long as the disk takes for each; one sync of the
file system takes hardly longer than that of one file.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final, ParamSpec, TypeVar

from lenticular.engines.connectors.contract import SMALL_FILE, Entry, Parcel, Whole
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.posix.entries import entry_of, version_of
from lenticular.engines.connectors.posix.errors import told
from lenticular.engines.connectors.posix.locating import Locating
from lenticular.engines.connectors.posix.openfile import OpenFile
from lenticular.engines.connectors.posix.source import changed, open_file
from lenticular.engines.connectors.posix.system import CAN_SYNC_FILE_SYSTEM
from lenticular.engines.connectors.posix.writer import Incoming, open_incoming

_FEW: Final = 8
"""Files up to which each is synced by itself: that leaves alone what others are writing."""

P = ParamSpec("P")
T = TypeVar("T")


def read(locating: Locating, paths: Sequence[str]) -> list[Whole | Fault]:
    """Read files whole. Blocks."""
    return [_outcome(path, _read, locating, path) for path in paths]


def _read(locating: Locating, path: str) -> Whole:
    with locating.find(path, follow=True) as located:
        descriptor = open_file(path, located)
    try:
        status = os.fstat(descriptor)
        entry = entry_of(path.rpartition("/")[2], status)
        if entry.size > SMALL_FILE:
            raise changed(path, f"has {entry.size} bytes now, too many for a bundle")
        data = os.pread(descriptor, entry.size + 1, 0)
        if len(data) != entry.size or version_of(os.fstat(descriptor)) != entry.version:
            raise changed(path, "was changed while it was read")
    finally:
        os.close(descriptor)
    return Whole(entry, data)


def write(locating: Locating, files: Sequence[Parcel]) -> list[Entry | Fault]:
    """Write files whole, and return when they are on disk. Blocks."""
    with ExitStack() as stack:
        return _Bundle(locating, stack).write(files)


class _Bundle:
    """Files that get their names together. The stack closes what is open in the end."""

    def __init__(self, locating: Locating, stack: ExitStack) -> None:
        self._locating = locating
        self._stack = stack
        self._devices: dict[int, Incoming] = {}
        """A file that is still open, of each file system."""
        self._folders: dict[tuple[int, int], OpenFile] = {}

    def write(self, files: Sequence[Parcel]) -> list[Entry | Fault]:
        alone = len(files) <= _FEW or not CAN_SYNC_FILE_SYSTEM
        begun = [_outcome(file.path, self._begin, file, alone) for file in files]
        self._flush([each for each in begun if isinstance(each, Incoming)])
        placed = [
            each if isinstance(each, Fault) else _outcome(each.path, _place, each) for each in begun
        ]
        folders = {each.folder_id: each for each in begun if isinstance(each, Incoming)}
        for incoming in folders.values():
            with told(incoming.path):
                incoming.sync_folder()
        return placed

    def _flush(self, begun: Sequence[Incoming]) -> None:
        """Bring to disk what was not yet; all of it is thrown away when that fails."""
        try:
            for incoming in self._devices.values():
                with told(incoming.path):
                    incoming.flush_file_system()
        except Fault:
            for incoming in begun:
                incoming.discard()
            raise

    def _begin(self, file: Parcel, alone: bool) -> Incoming:
        """Write a file under its hidden name; it is open no longer, but the first one."""
        incoming = open_incoming(self._locating, file.path, len(file.data), "")
        self._stack.callback(incoming.close)
        incoming.share_folder(self._folders)
        try:
            incoming.write(0, file.data)
            incoming.seal(len(file.data), file.modified, file.checksum)
            if alone:
                incoming.flush()
            elif incoming.device not in self._devices:
                self._devices[incoming.device] = incoming
                return incoming
        except BaseException:
            incoming.discard()
            raise
        incoming.close_file()
        return incoming


def _place(incoming: Incoming) -> Entry:
    try:
        return incoming.place()
    except BaseException:
        incoming.discard()
        raise


def _outcome(path: str, fn: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | Fault:
    try:
        with told(path):
            return fn(*arguments, **named)
    except Fault as fault:
        return fault
