"""Places on the map: points, lines and areas in degrees, and whether they meet.

A plane map of longitudes and latitudes, as GeoJSON (RFC 7946) draws it: an edge is straight on
the map. Borders belong to their areas.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

Point = tuple[float, float]
"""Longitude and latitude."""

Line = tuple[Point, ...]
Polygon = tuple[Line, ...]
"""A closed ring (its last point is its first), and the rings of its holes."""


class Geometry(Struct, array_like=True, frozen=True):
    """A place: any of points, lines and areas."""

    points: tuple[Point, ...] = ()
    lines: tuple[Line, ...] = ()
    areas: tuple[Polygon, ...] = ()

    def box(self) -> tuple[float, float, float, float]:
        """Return the least and the greatest longitude, and so the latitudes."""
        longitudes = [longitude for longitude, _ in self.all_points()]
        latitudes = [latitude for _, latitude in self.all_points()]
        return min(longitudes), max(longitudes), min(latitudes), max(latitudes)

    def all_points(self) -> Iterator[Point]:
        """Iterate over every point that it is drawn with."""
        yield from self.points
        for line in self.all_lines():
            yield from line

    def all_lines(self) -> Iterator[Line]:
        """Iterate over its lines and the rings of its areas."""
        yield from self.lines
        for area in self.areas:
            yield from area


def boxes(west: float, north: float, east: float, south: float) -> tuple[Polygon, ...]:
    """Return the area between two longitudes and two latitudes.

    One whose west is east of its east goes over the 180th meridian: it is two polygons.
    """
    if west > east:
        return boxes(west, north, 180.0, south) + boxes(-180.0, north, east, south)
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return ((ring,),)


def meet(place: Geometry, area: Polygon) -> bool:
    """Tell whether a place has a point in common with an area."""
    if any(inside(point, area) for point in place.all_points()):
        return True
    if any(_cross(one, other) for one in _edges(place.all_lines()) for other in _edges(area)):
        return True
    return any(inside(area[0][0], own) for own in place.areas)


def lies_within(place: Geometry, area: Polygon) -> bool:
    """Tell whether a place has no point outside of an area."""
    if not all(inside(point, area) for point in place.all_points()):
        return False
    edges = list(_edges(place.all_lines()))
    if any(_cut(one, other) for one in edges for other in _edges(area)):
        return False
    # An edge between two points of the area may still leave it where the area is bent.
    if not all(inside(_middle(one), area) for one in edges):
        return False
    return not any(
        _strictly_inside(point, own) for own in place.areas for hole in area[1:] for point in hole
    )


def inside(point: Point, area: Polygon) -> bool:
    """Tell whether a point lies in an area or on its border."""
    if any(_on(point, edge) for edge in _edges(area)):
        return True
    return _encloses(area[0], point) and not any(_encloses(hole, point) for hole in area[1:])


def _strictly_inside(point: Point, area: Polygon) -> bool:
    return inside(point, area) and not any(_on(point, edge) for edge in _edges(area))


def _encloses(ring: Line, point: Point) -> bool:
    """Tell whether a ray from the point to the east crosses the ring an odd number of times."""
    x, y = point
    crossings = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings = not crossings
    return crossings


_Edge = tuple[Point, Point]


def _edges(lines: Iterable[Sequence[Point]]) -> Iterator[_Edge]:
    for line in lines:
        yield from pairwise(line)


def _middle(edge: _Edge) -> Point:
    (x1, y1), (x2, y2) = edge
    return (x1 + x2) / 2, (y1 + y2) / 2


def _side(edge: _Edge, point: Point) -> float:
    """Return on which side of an edge a point lies; 0: in line with it."""
    (x1, y1), (x2, y2) = edge
    return (x2 - x1) * (point[1] - y1) - (y2 - y1) * (point[0] - x1)


def _on(point: Point, edge: _Edge) -> bool:
    (x1, y1), (x2, y2) = edge
    x, y = point
    within = min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)
    return within and _side(edge, point) == 0


def _cut(one: _Edge, other: _Edge) -> bool:
    """Tell whether two edges go through each other, and do not only touch."""
    return (
        _side(one, other[0]) * _side(one, other[1]) < 0
        and _side(other, one[0]) * _side(other, one[1]) < 0
    )


def _cross(one: _Edge, other: _Edge) -> bool:
    """Tell whether two edges have a point in common."""
    if _cut(one, other):
        return True
    return any(_on(point, other) for point in one) or any(_on(point, one) for point in other)
