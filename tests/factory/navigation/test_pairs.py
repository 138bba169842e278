from __future__ import annotations

import numpy as np
import pytest

from factory.navigation import Ground, Limits, NavigationMap, ground, map_mesh
from factory.navigation.fields import geodesic_field
from factory.navigation.pairs import draw_goal, draw_start, regions, rooms_at
from schemas.robots import Body
from schemas.scenes import Room
from tests.rooms import two_rooms

SCENE = two_rooms()


@pytest.fixture(scope="module")
def place() -> Ground:
    built = map_mesh(SCENE.mesh.vertices, SCENE.mesh.triangles, SCENE.storeys[0], Body(0.25, 1.5, 0.1, 0.5))
    assert isinstance(built, NavigationMap)
    return ground(built, Limits())


def test_rooms_are_looked_up_by_their_polygons() -> None:
    notch = Room(7, "l-shaped", 0, ((0, 0), (4, 0), (4, 4), (2, 4), (2, 2), (0, 2)))
    points = np.array([[1.0, 1.0], [3.0, 3.0], [1.0, 3.0], [5.0, 1.0], [3.9, 0.1]])
    assert rooms_at((notch,), points).tolist() == [7, 7, 0, 0, 7]


def test_of_two_rooms_that_overlap_the_first_counts() -> None:
    square = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
    assert rooms_at((Room(2, "a", 0, square), Room(1, "b", 0, square)), np.array([[1.0, 1.0]])).tolist() == [2]


def test_regions_are_the_rooms_and_hold_only_cells_the_robot_may_be_in(place: Ground) -> None:
    where = regions(place, SCENE.rooms)
    assert where.count == 2
    assert place.traversable[where.cells[:, 0], where.cells[:, 1]].all()
    x = place.built.centres(where.cells)[:, 0]
    assert (x[where.region == 0] < 5).all()
    assert (x[where.region == 1] >= 5).all()


def test_without_rooms_tiles_of_three_metres_are_regions(place: Ground) -> None:
    where = regions(place, ())
    assert len(where.cells) == np.count_nonzero(place.traversable)
    for region in range(where.count):
        points = place.built.centres(where.cells[where.region == region])
        assert np.ptp(points, axis=0).max() <= 3.0


def test_rooms_elsewhere_do_not_leave_the_storey_without_starts(place: Ground) -> None:
    far = Room(1, "elsewhere", 0, ((100, 100), (101, 100), (101, 101)))
    assert regions(place, (far,)).count > 0


def test_starts_fall_in_their_region_and_differ(place: Ground) -> None:
    where = regions(place, SCENE.rooms)
    generator = np.random.default_rng(0)
    cells = {draw_start(where, 1, generator) for _ in range(50)}
    assert len(cells) > 40
    known = {tuple(cell) for cell in where.cells[where.region == 1].tolist()}
    assert cells <= known


def test_goals_lie_in_their_share_of_the_distances_and_in_every_room(place: Ground) -> None:
    where = regions(place, SCENE.rooms)
    generator = np.random.default_rng(1)
    start = draw_start(where, 0, generator)
    shortest = geodesic_field(place.open_weights, start)
    reached = shortest[where.cells[:, 0], where.cells[:, 1]]
    low, high = 20 * 1.0824, 200.0
    far = float(reached[reached <= high].max())
    rooms = set()
    for k in range(60):
        share = (k % 4 / 4, (k % 4 + 1) / 4)
        goal = draw_goal(where, shortest, (20.0, 200.0), share, generator)
        assert goal is not None
        assert low + share[0] * (far - low) - 1 <= shortest[goal] <= low + share[1] * (far - low) + 1
        rooms.add(int(place.built.centres(np.array([goal]))[0, 0] > 5))
    assert rooms == {0, 1}


def test_no_goal_where_nothing_is_in_range(place: Ground) -> None:
    where = regions(place, SCENE.rooms)
    shortest = geodesic_field(place.open_weights, draw_start(where, 0, np.random.default_rng(2)))
    assert draw_goal(where, shortest, (5000.0, 6000.0), (0.0, 1.0), np.random.default_rng(2)) is None


def test_an_empty_share_falls_back_on_the_whole_range(place: Ground) -> None:
    where = regions(place, SCENE.rooms)
    start = draw_start(where, 0, np.random.default_rng(3))
    shortest = geodesic_field(place.open_weights, start)
    assert draw_goal(where, shortest, (20.0, 100.0), (0.5, 0.5), np.random.default_rng(3)) is not None
