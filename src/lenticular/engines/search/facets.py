"""What can be counted over the hits of a query, neutral to how it was asked.

Buckets count subjects: one that has a value twice, or in two entries, counts once.
"""

from dataclasses import dataclass
from typing import Literal

from lenticular.engines.search.expressions import EVERYTHING, Expression
from lenticular.engines.search.values import Interval

Bucket = tuple[str | int | float | tuple[float, float], int]
"""A value, or the two ends of a range of numbers, with how many subjects have it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The most frequent values of a field; of the equally frequent ones the least first."""

    name: str
    field: str
    size: int = 10
    where: Expression = EVERYTHING
    """Only over the hits that are also so, as in every facet."""


@dataclass(frozen=True, slots=True)
class Metric:
    """The sum or the average of a field's numbers."""

    name: str
    field: str
    of: Literal["sum", "avg"] = "sum"
    missing: float | None = None
    """What an entry without a number counts for; None: nothing."""
    where: Expression = EVERYTHING


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different values a field has."""

    name: str
    field: str
    where: Expression = EVERYTHING


@dataclass(frozen=True, slots=True)
class DateHistogram:
    """The dates of a field by calendar intervals (UTC), in order, and those that have any."""

    name: str
    field: str
    interval: Interval
    low: int | None = None
    """Milliseconds since the epoch: earlier dates are left out. None: none are."""
    high: int | None = None
    """Later ones are."""
    where: Expression = EVERYTHING


@dataclass(frozen=True, slots=True)
class NumericHistogram:
    """The numbers of a field from `low` to `high` in so many equal ranges, all of them in order.

    A number on the border of two is in the upper one; `high` itself is in the last.
    """

    name: str
    field: str
    low: float
    high: float
    size: int
    where: Expression = EVERYTHING


Facet = Terms | Metric | Distinct | DateHistogram | NumericHistogram
