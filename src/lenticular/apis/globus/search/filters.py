"""Filters as the Search API writes them: GFilter documents."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from lenticular.engines.search.expressions import (
    AllOf,
    AnyOf,
    Between,
    Equals,
    Exists,
    Expression,
    Like,
    Located,
    Not,
)
from lenticular.engines.search.geometry import boxes
from lenticular.engines.search.values import Scalar
from lenticular.primitives.search import QueryMalformed
from lenticular.primitives.search.content import canonical
from lenticular.primitives.search.places import coordinate, polygon

_DEEPEST = 20
_MOST = 1000
"""Filters and values of all filters of one query."""

Values = Annotated[tuple[Scalar, ...], Meta(max_length=_MOST)]


class _Filter(Struct, frozen=True, tag_field="type", kw_only=True):
    post_filter: bool | None = None
    """Whether facets do not look at it; None: as the version of the query has it."""


class MatchAll(_Filter, frozen=True, tag="match_all"):
    """Each of the values is one of the field's."""

    field_name: str
    values: Values


class MatchAny(_Filter, frozen=True, tag="match_any"):
    """One of the values is one of the field's."""

    field_name: str
    values: Values


class RangeValue(Struct, frozen=True, rename={"from_": "from"}):
    """Bounds, of which ``*`` is none. ``from`` and ``to`` are within."""

    from_: Scalar | None = None
    to: Scalar | None = None
    gte: Scalar | None = None
    gt: Scalar | None = None
    lte: Scalar | None = None
    lt: Scalar | None = None


class Range(_Filter, frozen=True, tag="range"):
    """One of the field's values lies in one of the ranges."""

    field_name: str
    values: Annotated[tuple[RangeValue, ...], Meta(max_length=_MOST)]


class Coordinate(Struct, frozen=True):
    """A point, in degrees."""

    lat: float
    lon: float


class BoundingBox(_Filter, frozen=True, tag="geo_bounding_box"):
    """A place of the field meets a box."""

    field_name: str
    top_left: Coordinate
    bottom_right: Coordinate


class Shape(Struct, frozen=True):
    """A polygon of GeoJSON."""

    type: str
    coordinates: list[list[list[float]]]


class GeoShape(_Filter, frozen=True, tag="geo_shape"):
    """A place of the field meets a shape, or lies within it."""

    field_name: str
    shape: Shape
    relation: str = "intersects"


class HasField(_Filter, frozen=True, tag="exists"):
    """The field has a value."""

    field_name: str


class Wildcards(_Filter, frozen=True, tag="like"):
    """A text of the field is as ``*`` and ``?`` leave it open."""

    field_name: str
    value: str


class Negated(_Filter, frozen=True, tag="not"):
    """The filter does not hold."""

    filter: "Filter"


class Disjunction(_Filter, frozen=True, tag="or"):
    """One of the filters holds."""

    filters: tuple["Filter", ...]


class Conjunction(_Filter, frozen=True, tag="and"):
    """All the filters hold."""

    filters: tuple["Filter", ...]


Filter = (
    MatchAll
    | MatchAny
    | Range
    | BoundingBox
    | GeoShape
    | HasField
    | Wildcards
    | Negated
    | Disjunction
    | Conjunction
)


def expressions(filters: Sequence[Filter]) -> tuple[Expression, ...]:
    """Return what filters ask. Raises `QueryMalformed`."""
    if len(filters) > _MOST:
        raise QueryMalformed(f"A query has at most {_MOST} filters")
    return tuple(_expression(one, 0) for one in filters)


def _expression(one: Filter, depth: int) -> Expression:
    if depth > _DEEPEST:
        raise QueryMalformed(f"Filters are at most {_DEEPEST} deep")
    match one:
        case MatchAll():
            return AllOf(_equalities(one))
        case MatchAny():
            return AnyOf(_equalities(one))
        case Range():
            field = canonical(one.field_name)
            return AnyOf(tuple(_between(field, value) for value in one.values))
        case BoundingBox():
            return _located_in_box(one)
        case GeoShape():
            return _located_in_shape(one)
        case HasField():
            return Exists(canonical(one.field_name))
        case Wildcards():
            return Like(canonical(one.field_name), one.value)
        case Negated():
            return Not(_expression(one.filter, depth + 1))
        case Disjunction():
            return AnyOf(tuple(_expression(part, depth + 1) for part in one.filters))
        case Conjunction():
            return AllOf(tuple(_expression(part, depth + 1) for part in one.filters))


def _equalities(one: MatchAll | MatchAny) -> tuple[Expression, ...]:
    field = canonical(one.field_name)
    return tuple(Equals(field, value) for value in one.values)


def _between(field: str, value: RangeValue) -> Expression:
    low = _bounds((value.from_, False), (value.gte, False), (value.gt, True))
    high = _bounds((value.to, False), (value.lte, False), (value.lt, True))
    return Between(field, low[0], high[0], low[1], high[1])


def _bounds(*given: tuple[Scalar | None, bool]) -> tuple[Scalar | None, bool]:
    """Return the one bound of a side that is given, if any, and whether it is outside."""
    bounds = [(bound, is_open) for bound, is_open in given if bound not in (None, "*")]
    if len(bounds) > 1:
        raise QueryMalformed("A range has one bound on each side: from, gte or gt; to, lte or lt")
    return bounds[0] if bounds else (None, False)


def _located_in_box(one: BoundingBox) -> Expression:
    try:
        west, north = coordinate(one.top_left.lon, one.top_left.lat)
        east, south = coordinate(one.bottom_right.lon, one.bottom_right.lat)
        if north < south:
            raise ValueError("top_left is below bottom_right")
    except ValueError as error:
        raise QueryMalformed(f"This is no bounding box: {error}") from None
    return Located(canonical(one.field_name), boxes(west, north, east, south))


def _located_in_shape(one: GeoShape) -> Expression:
    if one.shape.type != "Polygon" or one.relation not in ("intersects", "within"):
        raise QueryMalformed(
            "A geo_shape filter has a shape of the type Polygon, and the relation intersects or "
            "within"
        )
    try:
        area = polygon(one.shape.coordinates)
    except (ValueError, TypeError) as error:
        raise QueryMalformed(f"This is no polygon: {error}") from None
    return Located(canonical(one.field_name), (area,), one.relation == "within")
