"""Facets as the Search API writes them: GFacet documents."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from lenticular.apis.globus.search.filters import Filter, expressions
from lenticular.engines.search import facets
from lenticular.engines.search.expressions import EVERYTHING, AllOf, Expression
from lenticular.engines.search.values import Interval, milliseconds
from lenticular.primitives.search import QueryMalformed
from lenticular.primitives.search.content import canonical

_MOST = 50
_MOST_BUCKETS = 10_000

Size = Annotated[int, Meta(ge=1, le=_MOST_BUCKETS)]


class _Facet(Struct, frozen=True, tag_field="type", kw_only=True):
    field_name: str
    name: str | None = None
    """None: the name of the field."""
    additional_filters: tuple[Filter, ...] = ()


class TermsFacet(_Facet, frozen=True, tag="terms"):
    """The most frequent values."""

    size: Size = 10


class SumFacet(_Facet, frozen=True, tag="sum"):
    """The sum of numbers."""

    missing: float | None = None


class AverageFacet(_Facet, frozen=True, tag="avg"):
    """The average of numbers."""

    missing: float | None = None


class DistinctFacet(_Facet, frozen=True, tag="distinct_count"):
    """How many different values there are."""


class DateRange(Struct, frozen=True):
    """Two dates."""

    low: str
    high: str


class DateFacet(_Facet, frozen=True, tag="date_histogram"):
    """Dates by calendar intervals."""

    date_interval: Interval
    histogram_range: DateRange | None = None


class NumberRange(Struct, frozen=True):
    """Two numbers."""

    low: float
    high: float


class NumericFacet(_Facet, frozen=True, tag="numeric_histogram"):
    """Numbers by ranges of equal width."""

    size: Size
    histogram_range: NumberRange


Facet = TermsFacet | SumFacet | AverageFacet | DistinctFacet | DateFacet | NumericFacet


def counted(asked: Sequence[Facet]) -> tuple[facets.Facet, ...]:
    """Return what facets ask. Raises `QueryMalformed`."""
    if len(asked) > _MOST:
        raise QueryMalformed(f"A query has at most {_MOST} facets")
    found = tuple(_counted(one) for one in asked)
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise QueryMalformed("Facets have different names; two on one field need a name each")
    return found


def _counted(one: Facet) -> facets.Facet:
    name = one.field_name if one.name is None else one.name
    field = canonical(one.field_name)
    parts = expressions(one.additional_filters)
    where: Expression = AllOf(parts) if parts else EVERYTHING
    match one:
        case TermsFacet():
            return facets.Terms(name, field, one.size, where)
        case SumFacet():
            return facets.Metric(name, field, "sum", one.missing, where)
        case AverageFacet():
            return facets.Metric(name, field, "avg", one.missing, where)
        case DistinctFacet():
            return facets.Distinct(name, field, where)
        case DateFacet():
            low, high = _dates(one.histogram_range)
            return facets.DateHistogram(name, field, one.date_interval, low, high, where)
        case NumericFacet():
            numbers = one.histogram_range
            if not numbers.low < numbers.high:
                raise QueryMalformed("The low end of a histogram_range is below its high end")
            return facets.NumericHistogram(name, field, numbers.low, numbers.high, one.size, where)


def _dates(given: DateRange | None) -> tuple[int | None, int | None]:
    if given is None:
        return None, None
    low, high = milliseconds(given.low), milliseconds(given.high)
    if low is None or high is None:
        raise QueryMalformed("The ends of a histogram_range of dates are dates")
    return low, high
