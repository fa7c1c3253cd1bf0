"""Places in the content of entries: points in their several forms, and shapes of GeoJSON."""

from collections.abc import Callable
from typing import Any

from lenticular.engines.search.geometry import Geometry, Line, Point, Polygon
from lenticular.engines.search.values import Kind
from lenticular.primitives.search.errors import EntryInvalid

_MOST_POINTS = 10_000
"""Of one shape."""


def place_of(field: str, kind: Kind, given: Any) -> Geometry:
    """Return the place that a value of a field says. Raises `EntryInvalid`."""
    try:
        place = Geometry(points=(_point(given),)) if kind is Kind.POINT else _shape(given)
        if not 1 <= sum(1 for _ in place.all_points()) <= _MOST_POINTS:
            raise ValueError(f"a shape has 1 to {_MOST_POINTS} points")
    except (ValueError, TypeError, KeyError, LookupError) as error:
        raise EntryInvalid(f"{field} is a {kind}, and this is none: {error}") from None
    return place


def coordinate(longitude: Any, latitude: Any) -> Point:
    """Return a point. Raises ValueError for what is not on the map."""
    for number, most in ((longitude, 180), (latitude, 90)):
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"a coordinate is a number, and not {str(number)[:50]!r}")
        if not -most <= number <= most:
            raise ValueError(f"{number} is not between -{most} and {most}")
    return float(longitude), float(latitude)


def polygon(given: Any) -> Polygon:
    """Return the rings of a polygon (RFC 7946, section 3.1.6). Raises ValueError."""
    rings = tuple(_line(ring) for ring in _listed(given))
    if not rings or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise ValueError("a polygon has rings of at least four points that end where they begin")
    return rings


def _point(given: Any) -> Point:
    """Return a point: ``"latitude, longitude"``, ``{"lat", "lon"}``, ``[longitude, latitude]``."""
    if isinstance(given, str):
        latitude, longitude = given.split(",")
        return coordinate(float(longitude), float(latitude))
    if isinstance(given, dict) and "lat" in given:
        return coordinate(given["lon"], given["lat"])
    if isinstance(given, dict):
        if given["type"] != "Point":
            raise ValueError("a point is expected")
        given = given["coordinates"]
    longitude, latitude, *_ = _listed(given)
    return coordinate(longitude, latitude)


def _shape(given: Any) -> Geometry:
    read = _SHAPES.get(str(given["type"]).lower())
    if read is None:
        raise ValueError("there are the types Point, LineString, Polygon and several of them")
    return read(given["coordinates"])


def _line(given: Any) -> Line:
    line = tuple(coordinate(*point[:2]) for point in _listed(given))
    if len(line) < 2:
        raise ValueError("a line has at least two points")
    return line


def _listed(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise ValueError(f"a list is expected, and not {str(given)[:50]!r}")
    return given


_SHAPES: dict[str, Callable[[Any], Geometry]] = {
    "point": lambda given: Geometry(points=(coordinate(*given[:2]),)),
    "multipoint": lambda given: Geometry(points=tuple(coordinate(*one[:2]) for one in given)),
    "linestring": lambda given: Geometry(lines=(_line(given),)),
    "multilinestring": lambda given: Geometry(lines=tuple(map(_line, _listed(given)))),
    "polygon": lambda given: Geometry(areas=(polygon(given),)),
    "multipolygon": lambda given: Geometry(areas=tuple(map(polygon, _listed(given)))),
}
