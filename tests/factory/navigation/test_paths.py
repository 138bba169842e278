from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from factory.navigation.fields import clearance_weights, geodesic_field
from factory.navigation.paths import path_length, path_to, taut_path
from tests.factory.navigation.mazes import maze, open_cells
from tests.factory.navigation.oracle import a_star, path_cost

INF = np.float32(np.inf)


@pytest.mark.parametrize("seed", range(6))
def test_field_and_path_agree_with_a_star_on_every_pair(seed: int) -> None:
    weights = maze(seed)
    cells = open_cells(weights)
    generator = np.random.default_rng(seed + 100)
    start = cells[generator.integers(len(cells))]
    field = geodesic_field(weights, start)
    for index in generator.integers(len(cells), size=40):
        goal = cells[index]
        cost = a_star(weights, start, goal)
        assert math.isfinite(field[goal]) == (cost is not None)
        path = path_to(field, weights, goal)
        assert (path is None) == (cost is None)
        if cost is not None and path is not None:
            assert field[goal] == pytest.approx(cost, rel=1e-5)
            assert path_cost(weights, path) == pytest.approx(cost, rel=1e-5)
            assert tuple(path[0]) == start
            assert tuple(path[-1]) == goal


def test_steps_of_a_path_are_neighbours_and_cut_no_corner() -> None:
    weights = maze(3, density=0.35)
    field = geodesic_field(weights, open_cells(weights)[0])
    for goal in open_cells(field)[::50]:
        path = path_to(field, weights, goal)
        assert path is not None
        for (r0, c0), (r1, c1) in itertools.pairwise(path):
            assert max(abs(r1 - r0), abs(c1 - c0)) == 1
            assert np.isfinite(weights[[r0, r1, r0, r1], [c0, c1, c1, c0]]).all()


def test_a_path_through_heavy_cells_costs_what_the_field_says() -> None:
    weights = maze(0, 400, 400, density=0.0, heaviest=1000.0)
    field = geodesic_field(weights, (200, 200))
    path = path_to(field, weights, (3, 390))
    assert path is not None
    assert field[3, 390] == pytest.approx(path_cost(weights, path), rel=1e-4)


def test_a_straight_path_of_the_lightest_cells_has_a_cell_more_than_it_costs() -> None:
    weights = np.ones((1, 5000), dtype=np.float32)
    path = path_to(geodesic_field(weights, (0, 0)), weights, (0, 4999))
    assert path is not None
    assert np.array_equal(path[:, 1], np.arange(5000))


def test_the_path_to_the_start_is_the_start() -> None:
    weights = np.ones((4, 4), dtype=np.float32)
    path = path_to(geodesic_field(weights, (2, 1)), weights, (2, 1))
    assert path is not None
    assert path.tolist() == [[2, 1]]


def test_a_goal_that_cannot_be_reached_has_no_path() -> None:
    weights = np.ones((10, 21), dtype=np.float32)
    weights[:, 10] = INF
    assert path_to(geodesic_field(weights, (5, 3)), weights, (5, 15)) is None


def test_a_goal_off_the_grid_has_no_path() -> None:
    weights = np.ones((4, 4), dtype=np.float32)
    assert path_to(geodesic_field(weights, (0, 0)), weights, (4, 0)) is None


def test_a_field_of_other_weights_is_an_error_and_not_a_hang() -> None:
    weights = np.ones((6, 6), dtype=np.float32)
    with pytest.raises(ValueError, match="does not belong"):
        path_to(np.full((6, 6), 3.0, dtype=np.float32), weights, (2, 2))


def test_a_field_whose_steps_cost_too_little_is_an_error() -> None:
    weights = np.ones((1, 60), dtype=np.float32)
    field = 0.1 * geodesic_field(weights, (0, 0))
    with pytest.raises(ValueError, match="does not belong"):
        path_to(field, weights, (0, 59))


def test_clearance_keeps_the_path_off_the_walls_of_a_corridor() -> None:
    esdf = np.minimum(np.arange(11), 10 - np.arange(11))[:, None] * np.ones((1, 60)) * 0.05
    weights = clearance_weights(esdf.astype(np.float32), 0.05, 0.25)
    path = path_to(geodesic_field(weights, (1, 0)), weights, (1, 59))
    assert path is not None
    assert np.median(path[:, 0]) == 5


def test_a_taut_path_keeps_its_ends_sees_along_its_legs_and_is_no_longer() -> None:
    weights = np.ones((60, 60), dtype=np.float32)
    weights[10:50, 28:31] = INF
    path = path_to(geodesic_field(weights, (30, 5)), weights, (33, 55))
    assert path is not None
    taut = taut_path(np.isfinite(weights), path)
    assert tuple(taut[0]) == (30, 5)
    assert tuple(taut[-1]) == (33, 55)
    assert path_length(taut) <= path_length(path)
    # Around the upper or lower end of the wall, worked out by its corners.
    assert path_length(taut) == pytest.approx(math.hypot(23, 21) + 2 + math.hypot(25, 17), rel=0.03)


def test_a_straight_view_is_one_leg() -> None:
    weights = np.ones((50, 50), dtype=np.float32)
    path = path_to(geodesic_field(weights, (3, 4)), weights, (41, 21))
    assert path is not None
    assert len(taut_path(np.isfinite(weights), path)) == 2


def test_path_length_by_hand() -> None:
    assert path_length(np.array([[0, 0], [3, 4], [3, 5]])) == pytest.approx(6)
