"""Bounds what callers whom nobody knows can write into the log.

Each refused request of theirs is recorded, but whoever sends thousands in a second must not
fill the disk, nor bury what matters. What is above the bound is counted, and the count is
recorded with the next event that is below it.
"""

import time
from collections.abc import Callable, Sequence

from lenticular.primitives.audit.events import CLOUD, Event, own_event

BURST = 1000
"""Events that are recorded however fast they come."""

PER_SECOND = 10.0
"""Events a second that are recorded of a flood that goes on."""

OMITTED = "OmitEvents"
"""The event that tells how many were not recorded."""

_STRANGERS = frozenset({"AWSAccount", "Unknown"})


class Strangers:
    """A bucket of tokens, one for each event (RFC 2697 has the idea)."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since the epoch."""
        self._clock = clock
        self._tokens = float(BURST)
        self._filled = clock()
        self._omitted = 0

    def admit(self, events: Sequence[Event]) -> list[Event]:
        """Return those of the events that are to be recorded, and perhaps one on the others."""
        admitted: list[Event] = []
        for event in events:
            if not _is_strangers(event):
                admitted.append(event)
            elif self._take():
                if self._omitted:
                    admitted.append(self._count())
                admitted.append(event)
            else:
                self._omitted += 1
        return admitted

    def _take(self) -> bool:
        now = self._clock()
        gained = max(now - self._filled, 0.0) * PER_SECOND
        self._tokens = min(self._tokens + gained, float(BURST))
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def _count(self) -> Event:
        omitted, self._omitted = self._omitted, 0
        return own_event(OMITTED, self._clock(), {"count": omitted})


def _is_strangers(event: Event) -> bool:
    if event.recipient_account_id != CLOUD:
        return False
    return event.user_identity.get("type") in _STRANGERS
