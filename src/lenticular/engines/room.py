"""How much room a disk has left, and a little that is held back for whoever makes room.

A disk that is quite full cannot even be emptied: to delete, too, is to write a log first. So
what brings something in is refused while there is still some room, and some more is held in a
file, out of the reach of other programs, and let go when the room is short.
"""

import errno
import logging
import os
from contextlib import suppress
from pathlib import Path

HELD = 16 * 1024 * 1024
"""Bytes of the file, and bytes below which the room is short. More than the write-ahead log has
before it is moved into the store's file, and what that can grow by."""

FILE_NAME = "held-back"

_ENOUGH = 3 * HELD
"""Bytes from which the room is not short any more: enough to hold some back again."""

_TOLERATED = 2048
"""Bytes by which a record may still grow the store, while half of `HELD` is left: whoever
deletes leaves a line in logs and counts."""

_FULL = {errno.ENOSPC, errno.EDQUOT}

_log = logging.getLogger("lenticular.room")


def is_full(error: OSError) -> bool:
    """Tell whether an error says that there is no room, on the disk or in a quota."""
    return error.errno in _FULL


class Room:
    """The room on the disk of a folder. Its methods may be called on any thread."""

    def __init__(self, folder: Path, *, holds: bool = False) -> None:
        """Look at the disk of `folder`, and with `holds`, hold some room back in it."""
        self._folder = folder
        self._file = folder / FILE_NAME if holds else None
        self.left = HELD
        """Bytes that were there at the last look."""
        self.is_short = False
        """Whether what brings something in is to be refused."""
        self._hold()
        self.look()

    def look(self) -> bool:
        """Look at the disk; return whether the room is short."""
        usage = os.statvfs(self._folder)
        self.left = usage.f_bavail * usage.f_frsize
        if not self.is_short and self.left < HELD:
            self.is_short = True
            _log.error("%s; what brings in more is refused", self)
            self.close()
        elif self.is_short and self.left >= _ENOUGH:
            self.is_short = False
            _log.warning("the disk of %s has room again", self._folder)
            self._hold()
        return self.is_short

    @property
    def tolerated(self) -> int:
        """Bytes by which a transaction may grow the store while the room is short."""
        return _TOLERATED if self.left >= HELD // 2 else 0

    def close(self) -> None:
        """Let go what is held back."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def __str__(self) -> str:
        return f"the disk of {self._folder} is full: {self.left >> 20} MiB are left"

    def _hold(self) -> None:
        if self._file is None:
            return
        with suppress(OSError):  # a disk that cannot set room apart has none to be held back
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, HELD)
            finally:
                os.close(descriptor)
