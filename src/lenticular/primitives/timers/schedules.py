"""Schedules: when a timer runs. All times are milliseconds since the epoch."""

from typing import Final

from msgspec import Struct

from lenticular.primitives.timers.errors import TimerInvalid

SHORTEST: Final = 60
"""Seconds between two runs, at least."""

LONGEST: Final = 10 * 366 * 24 * 3600
"""Seconds between two runs, at most."""


class Schedule(Struct, array_like=True, frozen=True):
    """Once, or again and again from a first time on."""

    start: int
    interval: int = 0
    """Seconds; 0: it runs once."""
    until: int = 0
    """It does not run after this; 0: no such time."""
    runs: int = 0
    """How often it runs at most; 0: without end."""

    @property
    def is_recurring(self) -> bool:
        """Whether it runs more than once."""
        return self.interval > 0

    def check(self) -> "Schedule":
        """Return it, if it can be. Raises `TimerInvalid`."""
        if self.interval and not SHORTEST <= self.interval <= LONGEST:
            raise TimerInvalid(f"interval_seconds is {SHORTEST} to {LONGEST}, not {self.interval}")
        if self.runs < 0:
            raise TimerInvalid("A timer runs at least once")
        if self.until and self.until < self.start:
            raise TimerInvalid("A timer cannot end before it starts")
        return self

    def after(self, moment: int, done: int) -> int:
        """Return the first time after `moment`, of a timer that ran `done` times; 0: none.

        Times keep their distance from the start, however late a run was: what was missed is
        not made up for one by one.
        """
        most = self.runs if self.is_recurring else 1
        if most and done >= most:
            return 0
        if moment < self.start:
            return self.start
        if not self.is_recurring:
            return 0
        step = self.interval * 1000
        following = self.start + ((moment - self.start) // step + 1) * step
        return 0 if self.until and following > self.until else following
