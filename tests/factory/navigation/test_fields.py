from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from factory.navigation.fields import (
    clearance_weights,
    geodesic_field,
    path_length,
    path_to,
    taut_path,
)
from schemas.arrays import Float32, Int32, Int64
from tests.factory.navigation.oracle import a_star

INF = np.float32(np.inf)


def _maze(seed: int, rows: int = 40, cols: int = 50, density: float = 0.3) -> Float32:
    generator = np.random.default_rng(seed)
    weights = generator.uniform(1, 6, (rows, cols)).astype(np.float32)
    weights[generator.random((rows, cols)) < density] = INF
    return weights


def _cell(index: Int64) -> tuple[int, int]:
    return int(index[0]), int(index[1])


def _cost(weights: Float32, path: Int32) -> float:
    total = 0.0
    for (r0, c0), (r1, c1) in itertools.pairwise(path):
        total += math.hypot(r1 - r0, c1 - c0) * (float(weights[r0, c0]) + float(weights[r1, c1])) / 2
    return total


def test_an_open_grid_gives_octile_distances() -> None:
    field = geodesic_field(np.ones((9, 9), dtype=np.float32), (4, 4))
    assert field[4, 8] == pytest.approx(4)
    assert field[8, 8] == pytest.approx(4 * math.sqrt(2))
    assert field[0, 3] == pytest.approx(3 + math.sqrt(2))


@pytest.mark.parametrize("seed", range(6))
def test_field_and_path_agree_with_a_star_on_every_pair(seed: int) -> None:
    weights = _maze(seed)
    cells = np.argwhere(np.isfinite(weights))
    generator = np.random.default_rng(seed + 100)
    start = _cell(cells[generator.integers(len(cells))])
    field = geodesic_field(weights, start)
    for row, col in cells[generator.integers(len(cells), size=40)]:
        goal = (int(row), int(col))
        cost = a_star(weights, start, goal)
        assert math.isfinite(field[goal]) == (cost is not None)
        path = path_to(field, weights, goal)
        assert (path is None) == (cost is None)
        if cost is not None and path is not None:
            assert field[goal] == pytest.approx(cost, rel=1e-5)
            assert _cost(weights, path) == pytest.approx(cost, rel=1e-5)
            assert tuple(path[0]) == start
            assert tuple(path[-1]) == goal


def test_steps_of_a_path_are_neighbours_and_cut_no_corner() -> None:
    weights = _maze(3, density=0.35)
    start = _cell(np.argwhere(np.isfinite(weights))[0])
    field = geodesic_field(weights, start)
    for goal in np.argwhere(np.isfinite(field))[::50]:
        path = path_to(field, weights, (int(goal[0]), int(goal[1])))
        assert path is not None
        for (r0, c0), (r1, c1) in itertools.pairwise(path):
            assert max(abs(r1 - r0), abs(c1 - c0)) == 1
            assert np.isfinite(weights[[r0, r1, r0, r1], [c0, c1, c1, c0]]).all()


def test_two_islands_are_not_joined() -> None:
    weights = np.ones((10, 21), dtype=np.float32)
    weights[:, 10] = INF
    field = geodesic_field(weights, (5, 3))
    assert np.isfinite(field[:, :10]).all()
    assert np.isinf(field[:, 10:]).all()
    assert path_to(field, weights, (5, 15)) is None


def test_a_start_that_cannot_be_entered_reaches_nothing() -> None:
    weights = np.ones((4, 4), dtype=np.float32)
    weights[1, 1] = INF
    assert np.isinf(geodesic_field(weights, (1, 1))).all()


@pytest.mark.parametrize("start", [(-1, 0), (0, 4), (4, 0)])
def test_a_start_off_the_grid_is_an_error(start: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="off the grid"):
        geodesic_field(np.ones((4, 4), dtype=np.float32), start)


@pytest.mark.parametrize("weight", [0.5, -1.0, np.nan])
def test_weights_under_one_are_an_error(weight: float) -> None:
    weights = np.ones((4, 4), dtype=np.float32)
    weights[2, 2] = weight
    with pytest.raises(ValueError, match="at least 1"):
        geodesic_field(weights, (0, 0))


def test_a_goal_off_the_grid_has_no_path() -> None:
    weights = np.ones((4, 4), dtype=np.float32)
    assert path_to(geodesic_field(weights, (0, 0)), weights, (4, 0)) is None


def test_a_field_of_other_weights_is_an_error_and_not_a_hang() -> None:
    weights = np.ones((6, 6), dtype=np.float32)
    with pytest.raises(ValueError, match="does not belong"):
        path_to(np.full((6, 6), 3.0, dtype=np.float32), weights, (2, 2))


def test_heavy_weights_fill_more_entries_than_the_pool_begins_with() -> None:
    generator = np.random.default_rng(0)
    weights = generator.uniform(1, 1000, (400, 400)).astype(np.float32)
    field = geodesic_field(weights, (200, 200))
    goal = (3, 390)
    path = path_to(field, weights, goal)
    assert path is not None
    assert field[goal] == pytest.approx(_cost(weights, path), rel=1e-4)
    assert np.isfinite(field).all()


def test_no_cell_could_be_reached_more_cheaply() -> None:
    """The field is the fixed point of its own relaxation: exact, whatever the order of settling."""
    weights = _maze(11, 80, 80)
    start = _cell(np.argwhere(np.isfinite(weights))[40])
    field = geodesic_field(weights, start).astype(np.float64)
    w = np.pad(weights.astype(np.float64), 1, constant_values=np.inf)
    f = np.pad(field, 1, constant_values=np.inf)
    for dr, dc in [(0, 1), (1, 0), (1, 1), (1, -1)]:
        for r, c in ((dr, dc), (-dr, -dc)):
            here, there = np.s_[1:-1, 1:-1], np.s_[1 + r : 81 + r, 1 + c : 81 + c]
            step = math.hypot(r, c) * (w[here] + w[there]) / 2
            if r and c:
                step = step + np.where(np.isinf(w[1 + r : 81 + r, 1:-1]) | np.isinf(w[1:-1, 1 + c : 81 + c]), np.inf, 0)
            assert (f[here] <= f[there] + step + 1e-3).all()


def test_weights_fall_from_the_needed_to_the_preferred_clearance() -> None:
    esdf = np.array([[0.1, 0.2, 0.4, 0.6, 0.9]], np.float32)
    weights = clearance_weights(esdf, 0.2, 0.6, strength=4.0)
    assert weights[0] == pytest.approx([np.inf, 5.0, 2.0, 1.0, 1.0], rel=1e-5)


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
