"""The calendar of lifecycles: how long a day lasts, and when what is counted in days is due.

S3 adds the days of a rule to the time of an object and rounds up to the next midnight UTC
(Amazon S3 User Guide, "Lifecycle rules: Based on an object's age").
"""

from dataclasses import dataclass

DAY = 86_400.0
"""Seconds of a day as everybody else counts it."""

_MIDNIGHTS = round(DAY * 1000)
_LATEST = 253_402_214_400_000
"""The last midnight of the year 9999: nothing is due later, for no date could tell it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Counts lifecycle days. Times are milliseconds since the epoch."""

    day: float = DAY
    """Seconds that a day lasts. Of another length than `DAY` it is for trying rules out: then
    nothing is rounded, and what is due is due at once."""

    @property
    def period(self) -> float:
        """Seconds after which a bucket is to be gone through again."""
        return DAY if self.day == DAY else self.day / 4

    def after(self, moment: int, days: int) -> int:
        """Return when what is to happen so many days after a moment is due."""
        due = moment + round(days * self.day * 1000)
        if self.day == DAY:
            due = (due // _MIDNIGHTS + 1) * _MIDNIGHTS
        return min(due, _LATEST)

    def turn(self, now: int) -> int:
        """Return a number that grows when something may have become due."""
        return now // max(round(self.period * 1000), 1)


CIVIL = Calendar()
"""The calendar of everybody else, in which dates are told to clients."""


STANDARD = "Standard"
BULK = "Bulk"
EXPEDITED = "Expedited"
TIERS = (STANDARD, BULK, EXPEDITED)
"""In how much of a hurry an object is restored."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast objects age and are restored, in seconds."""

    day: float = DAY
    """That a lifecycle day lasts; see `Calendar`."""
    expedited: float = 1.0
    """That a restoration takes in this tier. A lab's archive has no tapes to be mounted: the
    time is there so that programs meet an object that is being restored."""
    standard: float = 5.0
    bulk: float = 10.0

    @property
    def calendar(self) -> Calendar:
        """The calendar of such days."""
        return Calendar(self.day)

    def delay(self, tier: str) -> float:
        """Return the seconds that a restoration takes."""
        return {EXPEDITED: self.expedited, STANDARD: self.standard, BULK: self.bulk}[tier]


PACE = Pace()


def is_midnight(moment: int) -> bool:
    """Tell whether a moment is midnight UTC."""
    return moment % _MIDNIGHTS == 0
