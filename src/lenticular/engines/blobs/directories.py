"""Makes changes of directories durable: one round of fsyncs for all who wait for one."""

import os
from pathlib import Path
from threading import Lock


class DirectorySync:
    """The directories that have changed, and the rounds in which they are synced.

    While one round runs, the changes of other threads gather for the next one. On a
    journalling file system the first fsync of a round does nearly all of its work.
    """

    def __init__(self) -> None:
        self._noting = Lock()
        self._changed: set[Path] = set()
        self._round = Lock()
        self._failure: OSError | None = None

    def note(self, directory: Path) -> None:
        """Have a change of `directory` made durable by the next round."""
        with self._noting:
            self._changed.add(directory)

    def check(self) -> None:
        """Raise the OSError of the sync that failed, if one has."""
        if self._failure is not None:
            raise self._failure

    def sync(self, directory: Path) -> None:
        """Make a change of `directory` durable, and all that were noted before. Blocks.

        Raises OSError when that fails, and from then on always: the system drops what it
        could not write, and would call the next sync a success.
        """
        self.note(directory)
        with self._round:
            self.check()
            with self._noting:
                if directory not in self._changed:
                    return  # the round that has just ended took it along
                changed, self._changed = self._changed, set()
            try:
                for each in changed:
                    sync_directory(each)
            except OSError as error:
                self._failure = error
                raise


def sync_directory(directory: Path) -> None:
    """Make durable which names are in `directory`. Blocks; raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
