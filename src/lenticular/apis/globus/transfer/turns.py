"""Turns: how much of what takes long one person has at once, so that there is room for others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from lenticular.apis.globus.wire.errors import GlobusError


class Turns:
    """What is under way for whom, in this process."""

    def __init__(self, most: int, what: str) -> None:
        """Let each person have `most` of it at once; `what` it is, for people."""
        self._most = most
        self._what = what
        self._held: Counter[str] = Counter()

    def check(self, identity_id: str) -> None:
        """Raise `GlobusError` (429) when somebody has as much as they may."""
        if self._held.get(identity_id, 0) >= self._most:
            raise GlobusError(
                429,
                f"You have {self._most} {self._what} at once already: wait until one of them ends",
                "RateLimitExceeded",
            )

    @contextmanager
    def one(self, identity_id: str) -> Iterator[None]:
        """Count one more while the context lasts. Raises as `check`."""
        self.check(identity_id)
        self._held[identity_id] += 1
        try:
            yield
        finally:
            self._held[identity_id] -= 1
            if not self._held[identity_id]:
                del self._held[identity_id]
