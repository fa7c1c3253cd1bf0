"""The wall clock, watched: whether it goes as time does, or was set ahead.

A clock that leaps a year ahead makes everything old at once. What is removed by its age would
be gone before anybody notices; so that waits (`lenticular.server.housekeeping`).
"""

import logging
import time
from collections.abc import Callable

from lenticular.primitives.leases import uptime

TOLERATED = 60.0
"""Seconds by which the clock may be set at once, as machines do that follow a time server. No
more than what was released is kept for."""

_log = logging.getLogger("lenticular.clock")


class WallClock:
    """Compares the wall clock with the time that passes."""

    def __init__(
        self, wall: Callable[[], float] = time.time, elapsed: Callable[[], float] = uptime
    ) -> None:
        """`wall` gives seconds since the epoch; `elapsed` those since any moment."""
        self._wall = wall
        self._elapsed = elapsed
        self._offset = wall() - elapsed()
        self._is_believed = True

    def is_believed(self) -> bool:
        """Return whether the clock has not leapt ahead, or was set back since.

        It is to be asked again and again: between two questions it may be set by a little.
        """
        offset = self._wall() - self._elapsed()
        leap = offset - self._offset
        if leap <= TOLERATED:
            self._offset = offset
        if self._is_believed and leap > TOLERATED:
            _log.error(
                "the clock leapt ahead by %d s: nothing is removed by its age until it is set "
                "back, or the cloud is started again",
                leap,
            )
        elif not self._is_believed and leap <= TOLERATED:
            _log.warning("the clock was set back: what is old enough is removed again")
        self._is_believed = leap <= TOLERATED
        return self._is_believed
