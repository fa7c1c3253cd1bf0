"""Takes turns with the other processes that write to the same SQLite file.

SQLite lets one process write at a time, and one that finds it taken sleeps and asks again: it
may sleep while there is nobody, and miss its chance again and again. Here the kernel wakes
who waits, in two queues: behind the one whose turn it is, only one waits, whose turn comes
next; all others wait to be that one. So nobody can come twice while another waits.

The locks are those of open files (flock(2)) and end with their process, however it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Turns:
    """The turns of one writer among those of all processes."""

    def __init__(self, database: Path) -> None:
        self._now = _opened(database.with_name(database.name + "-turn"))
        self._next = _opened(database.with_name(database.name + "-next"))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have a turn, which lasts as long as the context. Blocks until it comes."""
        fcntl.flock(self._next, fcntl.LOCK_EX)
        fcntl.flock(self._now, fcntl.LOCK_EX)
        fcntl.flock(self._next, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._now, fcntl.LOCK_UN)

    def close(self) -> None:
        """Wait for no turn any more."""
        os.close(self._now)
        os.close(self._next)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
