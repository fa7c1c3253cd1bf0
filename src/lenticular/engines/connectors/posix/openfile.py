"""A descriptor that is closed when nobody uses it any more.

Whoever waits for a thread may be gone (cancelled) before the thread has even begun: it must
then find the file closed, not another one that has got the same number.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class OpenFile:
    """An open file, to be used from several threads."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._users = 0
        self._closing = False
        self._turn = Lock()

    @property
    def descriptor(self) -> int | None:
        """Its number, for who makes sure not to use it after `close`; None when it is closed."""
        return None if self._closing else self._descriptor

    @contextmanager
    def used(self) -> Iterator[int]:
        """Give the descriptor, which stays open meanwhile. Raises RuntimeError when closed."""
        with self._turn:
            if self._closing:
                raise RuntimeError("the file is closed: open it again")
            self._users += 1
        try:
            yield self._descriptor
        finally:
            with self._turn:
                self._users -= 1
                last = self._closing and not self._users
            if last:
                os.close(self._descriptor)

    def close(self) -> None:
        """Close it, when its last user has done with it."""
        with self._turn:
            last = not self._closing and not self._users
            self._closing = True
        if last:
            os.close(self._descriptor)
