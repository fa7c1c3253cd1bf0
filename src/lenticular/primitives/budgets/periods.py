"""Periods: the days, months, quarters and years that budgets are for, in UTC."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple

Unit = Literal["day", "month", "quarter", "year", "once"]
"""How often a budget begins anew; ``once``: never, it is for one stretch of time."""

HOUR = 3_600_000

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Period(NamedTuple):
    """A stretch of time, in milliseconds since the epoch."""

    start: int
    stop: int
    """The first moment after it."""

    @property
    def hours(self) -> tuple[int, int]:
        """Its first hour, and the first hour after it."""
        return self.start // HOUR, -(-self.stop // HOUR)

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, int) and self.start <= moment < self.stop


def period_at(unit: Unit, moment: int, begins: int, ends: int) -> Period | None:
    """Return the period that a moment is in; None when that is not between begin and end.

    `begins` and `ends` are those of the budget. A period is whole even when the budget
    begins or ends within it.
    """
    if not begins <= moment < ends:
        return None
    if unit == "once":
        return Period(begins, ends)
    day = datetime.fromtimestamp(moment / 1000, UTC).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    if unit == "day":
        start = _milliseconds(day)
        return Period(start, start + 24 * HOUR)
    months = _MONTHS[unit]
    first = day.replace(day=1, month=(day.month - 1) // months * months + 1)
    year, month = divmod(first.month - 1 + months, 12)
    return Period(
        _milliseconds(first),
        _milliseconds(first.replace(year=first.year + year, month=month + 1)),
    )


def written(moment: int) -> str:
    """Return a moment as ISO 8601 has it, to the second."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
