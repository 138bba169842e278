from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.navigation.fields import clearance_weights, geodesic_field
from schemas.arrays import Float64
from tests.factory.navigation.mazes import maze, open_cells
from tests.factory.navigation.oracle import heap_field

INF = np.float32(np.inf)


def _octile(shape: tuple[int, int], start: tuple[int, int]) -> Float64:
    down, across = np.abs(np.arange(shape[0]) - start[0])[:, None], np.abs(np.arange(shape[1]) - start[1])[None]
    return np.maximum(down, across) + (math.sqrt(2) - 1) * np.minimum(down, across)


def test_an_open_grid_gives_octile_distances() -> None:
    field = geodesic_field(np.ones((9, 9), dtype=np.float32), (4, 4))
    assert field[4, 8] == pytest.approx(4)
    assert field[8, 8] == pytest.approx(4 * math.sqrt(2))
    assert field[0, 3] == pytest.approx(3 + math.sqrt(2))


def test_a_front_longer_than_the_buckets_have_room_for_makes_them_grow() -> None:
    """Eight times the cells of a bucket must fit, and one holds 1,300 here: more than the 4096 it begins with."""
    field = geodesic_field(np.ones((500, 500), dtype=np.float32), (250, 240))
    assert np.allclose(field, _octile((500, 500), (250, 240)), rtol=1e-4)


@settings(max_examples=80)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 22),
    cols=st.integers(1, 22),
    density=st.floats(0, 0.6),
    heaviest=st.sampled_from([1.0, 1.5, 6.0, 1024.0]),
    levels=st.sampled_from([1, 2, 2**10]),
)
def test_a_field_is_bit_for_bit_that_of_a_binary_heap(
    seed: int, rows: int, cols: int, density: float, heaviest: float, levels: int
) -> None:
    """Whatever the size, the share of walls, how heavy cells are, and how many of them weigh the same."""
    weights = maze(seed, rows, cols, density, heaviest)
    open_ = np.isfinite(weights)
    weights[open_] = np.ceil(weights[open_] * levels) / levels
    weights = np.minimum(weights, np.where(open_, np.float32(1024), INF))
    start = (seed % rows, seed // 7 % cols)
    assert np.array_equal(geodesic_field(weights, start), heap_field(weights, start))


def test_the_same_field_again_and_from_any_memory_layout() -> None:
    weights = maze(4)
    start = open_cells(weights)[0]
    field = geodesic_field(weights, start)
    assert np.array_equal(field, geodesic_field(weights, start))
    assert np.array_equal(field, geodesic_field(np.asfortranarray(weights), start))
    assert np.array_equal(field.T, geodesic_field(weights.T, (start[1], start[0])))


def test_two_islands_are_not_joined() -> None:
    weights = np.ones((10, 21), dtype=np.float32)
    weights[:, 10] = INF
    field = geodesic_field(weights, (5, 3))
    assert np.isfinite(field[:, :10]).all()
    assert np.isinf(field[:, 10:]).all()


def test_islands_that_touch_at_a_corner_are_not_joined() -> None:
    weights = np.full((4, 4), INF)
    weights[:2, :2], weights[2:, 2:] = 1, 1
    assert np.isinf(geodesic_field(weights, (0, 0))[2:, 2:]).all()


def test_a_start_that_cannot_be_entered_reaches_nothing() -> None:
    weights = np.ones((4, 4), dtype=np.float32)
    weights[1, 1] = INF
    assert np.isinf(geodesic_field(weights, (1, 1))).all()


def test_a_grid_with_no_open_cell_is_reached_nowhere() -> None:
    assert np.isinf(geodesic_field(np.full((3, 5), INF), (1, 2))).all()


@pytest.mark.parametrize("start", [(-1, 0), (0, 4), (4, 0)])
def test_a_start_off_the_grid_is_an_error(start: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="off the grid"):
        geodesic_field(np.ones((4, 4), dtype=np.float32), start)


@pytest.mark.parametrize(("weight", "said"), [(0.5, "least 1"), (-1.0, "least 1"), (np.nan, "least 1"), (1e9, "most")])
def test_weights_out_of_bounds_are_an_error(weight: float, said: str) -> None:
    weights = np.ones((4, 4), dtype=np.float32)
    weights[2, 2] = weight
    with pytest.raises(ValueError, match=said):
        geodesic_field(weights, (0, 0))


def test_a_way_too_heavy_for_float32_is_an_error() -> None:
    with pytest.raises(ValueError, match="2²³"):
        geodesic_field(np.full((1, 9000), 1000, dtype=np.float32), (0, 0))


def test_no_cell_could_be_reached_more_cheaply() -> None:
    """The field is the fixed point of its own relaxation: exact, whatever the order of settling."""
    weights = maze(11, 80, 80)
    field = geodesic_field(weights, open_cells(weights)[40]).astype(np.float64)
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
