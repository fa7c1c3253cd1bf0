"""Whether places meet."""

import pytest

from lenticular.engines.search.geometry import Geometry, boxes, inside, lies_within, meet


def ring(*points):
    return (*points, points[0])


SQUARE = (ring((0, 0), (10, 0), (10, 10), (0, 10)),)
HOLED = (*SQUARE, ring((4, 4), (6, 4), (6, 6), (4, 6)))
BENT = (ring((0, 0), (10, 0), (10, 10), (8, 10), (8, 2), (0, 2)),)


@pytest.mark.parametrize(
    ("point", "is_inside"),
    [
        ((1, 1), True),
        ((0, 5), True),
        ((10, 10), True),
        ((4, 5), True),
        ((5, 5), False),
        ((11, 5), False),
    ],
)
def test_points_in_an_area_with_a_hole(point, is_inside):
    assert inside(point, HOLED) is is_inside


def test_lines():
    across = Geometry(lines=(((-5, 5), (15, 5)),))
    assert meet(across, SQUARE)
    assert not lies_within(across, SQUARE)
    assert lies_within(Geometry(lines=(((1, 1), (9, 9)),)), SQUARE)
    assert not lies_within(Geometry(lines=(((1, 1), (9, 9)),)), BENT)
    assert not meet(Geometry(lines=(((-1, -1), (-1, 11)),)), SQUARE)


def test_areas():
    around = Geometry(areas=((ring((-9, -9), (19, -9), (19, 19), (-9, 19)),),))
    assert meet(around, SQUARE)
    assert not lies_within(around, SQUARE)
    in_hole = Geometry(areas=((ring((4.5, 4.5), (5.5, 4.5), (5.5, 5.5), (4.5, 5.5)),),))
    assert not meet(in_hole, HOLED)
    over_hole = Geometry(areas=((ring((3, 3), (7, 3), (7, 7), (3, 7)),),))
    assert meet(over_hole, HOLED)
    assert not lies_within(over_hole, HOLED)
    assert lies_within(over_hole, SQUARE)


def test_boxes():
    assert len(boxes(0, 1, 2, 0)) == 1
    west, east = boxes(170, 10, -170, -10)
    assert inside((175, 0), west)
    assert inside((-175, 0), east)
    assert Geometry(areas=(west,)).box() == (170, 180, -10, 10)
