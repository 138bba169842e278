from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scene_adapters.procedural.rectangles import Rectangle, Side, sides

COORDINATES = st.floats(-50, 50, allow_nan=False)


@st.composite
def rectangles(draw: st.DrawFn) -> Rectangle:
    x, y = draw(COORDINATES), draw(COORDINATES)
    return Rectangle(x, y, x + draw(st.floats(0.1, 20)), y + draw(st.floats(0.1, 20)))


def test_measures_of_a_known_rectangle() -> None:
    r = Rectangle(1, 2, 4, 4)
    assert (r.width, r.depth, r.area, r.center) == (3, 2, 6, (2.5, 3))
    assert r.corners == ((1, 2), (4, 2), (4, 4), (1, 4))


def test_touching_rectangles_do_not_overlap() -> None:
    assert not Rectangle(0, 0, 1, 1).overlaps(Rectangle(1, 0, 2, 1))
    assert Rectangle(0, 0, 1, 1).overlaps(Rectangle(0.99, 0, 2, 1))


@given(rectangles(), rectangles())
def test_overlapping_is_symmetric_and_follows_from_containing(a: Rectangle, b: Rectangle) -> None:
    assert a.overlaps(b) == b.overlaps(a)
    assert a.contains(a.grown(-0.01)) and a.overlaps(a.grown(-0.01))
    assert not a.contains(b) or a.overlaps(b)


def test_the_common_part_of_two_rectangles() -> None:
    assert Rectangle(0, 0, 3, 2).within(Rectangle(1, 1, 5, 5)) == Rectangle(1, 1, 3, 2)


@given(rectangles())
def test_every_side_leads_inwards(r: Rectangle) -> None:
    for side in sides(r):
        x, y = side.point((side.low + side.high) / 2, 0.02)
        assert r.x0 < x < r.x1 and r.y0 < y < r.y1


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        (Side(0, 5.0, 1.0, 2.0, 1), Rectangle(1.0, 4.9, 2.0, 5.2)),
        (Side(0, 5.0, 1.0, 2.0, -1), Rectangle(1.0, 4.8, 2.0, 5.1)),
        (Side(1, 5.0, 1.0, 2.0, 1), Rectangle(4.9, 1.0, 5.2, 2.0)),
        (Side(1, 5.0, 1.0, 2.0, -1), Rectangle(4.8, 1.0, 5.1, 2.0)),
    ],
)
def test_the_strip_along_a_side_reaches_outwards_and_inwards(side: Side, expected: Rectangle) -> None:
    strip = side.rectangle(1.0, 2.0, -0.1, 0.2)
    assert (strip.x0, strip.y0, strip.x1, strip.y1) == pytest.approx(
        (expected.x0, expected.y0, expected.x1, expected.y1)
    )


def test_the_end_to_the_right_of_somebody_with_the_back_to_a_side() -> None:
    south, north, west, east = sides(Rectangle(0, 0, 4, 3))
    # Facing north, right is east, the high end of the south side.
    assert south.rightward == 1
    assert north.rightward == -1
    # Facing east, right is south, the low end of the west side.
    assert west.rightward == -1
    assert east.rightward == 1
