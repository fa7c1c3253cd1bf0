"""Syncs of whole file systems: one at a time, for all who wait for one."""

from collections import defaultdict
from collections.abc import Callable
from threading import Lock
from typing import Final


class _Rounds:
    """Those of one file system."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._begun = 0
        self._done = 0

    def sync(self, sync: Callable[[], None]) -> None:
        wanted = self._begun + 1  # one that has not begun: it takes along what is written now
        with self._turn:
            if self._done >= wanted:
                return
            self._begun += 1
            sync()
            self._done = self._begun


class Rounds:
    """Those of each file system, by the number of its device. For any thread."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._rounds: defaultdict[int, _Rounds] = defaultdict(_Rounds)

    def sync(self, device: int, sync: Callable[[], None]) -> None:
        """Return when a sync has ended that began after this was called; raises what it does."""
        with self._turn:
            rounds = self._rounds[device]
        rounds.sync(sync)


ROUNDS: Final = Rounds()
"""Those of this process."""
