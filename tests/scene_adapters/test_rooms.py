from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scene_adapters.rooms import ground_hull, hull, inside, outline, regions, signed_area, with_rooms
from schemas.scenes import Instance

SQUARE = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], np.float64)
# An L: the square without its upper right quarter.
ELL = np.array([[0, 0], [4, 0], [4, 2], [2, 2], [2, 4], [0, 4]], np.float64)


def test_area_is_positive_counter_clockwise() -> None:
    assert signed_area(SQUARE) == 16 and signed_area(SQUARE[::-1]) == -16 and signed_area(ELL) == 12


def test_points_are_inside_an_ell_but_not_in_its_notch() -> None:
    points = np.array([[1, 1], [3, 1], [1, 3], [3, 3], [-1, 1], [5, 1]])
    assert inside(ELL, points).tolist() == [True, True, True, False, False, False]


@given(st.lists(st.tuples(st.floats(-3, 7), st.floats(-3, 7)), min_size=1, max_size=20))
def test_inside_a_square_is_what_its_sides_say(points: list[tuple[float, float]]) -> None:
    found = inside(SQUARE, np.array(points))
    for (x, y), answer in zip(points, found, strict=True):
        if 0 < x < 4 and 0 < y < 4:
            assert answer
        if x < 0 or x > 4 or y < 0 or y > 4:
            assert not answer


def test_regions_turn_counter_clockwise_and_gather_into_storeys() -> None:
    found = regions(
        [
            ("attic", SQUARE, 5.6, 8.0),
            ("kitchen", SQUARE[::-1], 0.0, 2.6),
            ("a line", SQUARE[:2], 0.0, 2.6),
            ("sunken lounge", SQUARE, -0.4, 2.6),
            ("bedroom", SQUARE, 2.8, 5.4),
        ]
    )
    assert [(r.room.id, r.room.label, r.room.storey) for r in found] == [
        (1, "attic", 2),
        (2, "kitchen", 0),
        (3, "sunken lounge", 0),
        (4, "bedroom", 1),
    ]
    assert all(signed_area(np.array(region.room.polygon)) > 0 for region in found)


def test_things_stand_in_the_room_that_holds_their_middle_on_their_storey() -> None:
    found = regions([("below", SQUARE, 0.0, 2.6), ("above", SQUARE, 2.8, 5.4)])

    def thing(number: int, z: float, x: float = 1.0, room: int | None = None) -> Instance:
        return Instance(number, "box", "objects", (x, 1, z), (x + 1, 2, z + 1), room)

    placed = with_rooms((thing(1, 0.0), thing(2, 3.0), thing(3, 0.0, x=9.0), thing(4, 0.0, room=7)), found)
    assert [instance.room for instance in placed] == [1, 2, None, 7]
    assert with_rooms((), found) == ()


def test_a_hull_has_the_corners_of_its_points() -> None:
    points = np.concatenate([SQUARE, [[1, 1], [2, 3]]])
    assert signed_area(hull(points)) == pytest.approx(16)


def test_the_hull_of_the_ground_is_that_of_all_its_corners() -> None:
    random = np.random.default_rng(0)
    vertices = random.normal(size=(3000, 3)).astype(np.float32)
    triangles = random.integers(0, 3000, (2000, 3)).astype(np.int32)
    every = hull(vertices[np.unique(triangles), :2])
    found = ground_hull(vertices, triangles)
    assert {tuple(corner) for corner in found} == {tuple(corner) for corner in every}


def test_an_outline_follows_a_notch_and_overlapping_sheets() -> None:
    triangles = np.array(
        [[[0, 0], [4, 0], [4, 2]], [[0, 0], [4, 2], [0, 2]], [[0, 1], [2, 1], [2, 4]], [[0, 1], [2, 4], [0, 4]]], float
    )
    found = outline(triangles)
    assert signed_area(found) == pytest.approx(12, rel=0.03)
    assert not inside(found, np.array([[3.0, 3.0]]))[0] and inside(found, np.array([[1.0, 3.0]]))[0]


def test_an_outline_too_large_to_draw_is_a_hull() -> None:
    triangles = np.array([[[0, 0], [900, 0], [0, 900]]], float)
    assert signed_area(outline(triangles)) == pytest.approx(405_000)
