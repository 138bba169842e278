from __future__ import annotations

import numpy as np
import pytest

from factory.rendering.points import Points, join_points
from factory.rendering.smoothing import fill, neighbour_means, resample
from schemas.arrays import Float64

UP, DOWN = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0])


def sheet(normal: Float64, height: float = 0.0) -> Points:
    """20 × 20 points 5 cm apart."""
    x, y = np.meshgrid(np.arange(20) * 0.05, np.arange(20) * 0.05)
    position = np.stack([x.ravel(), y.ravel(), np.full(400, height)], axis=1)
    return Points(position, np.tile(normal, (400, 1)))


def test_gaps_take_the_mean_of_what_is_beside_them_on_their_grid() -> None:
    light = np.zeros((3, 4, 3), np.float32)
    light[:, 0], light[:, 3] = 1.0, 9.0
    known = np.zeros((3, 4), np.bool_)
    known[:, [0, 3]] = True
    owner = np.tile(np.array([0, 0, 1, 1], np.int32), (3, 1))
    filled = fill(light, known, owner, 1)
    assert filled[:, 1] == pytest.approx(1.0)
    assert filled[:, 2] == pytest.approx(9.0)


def test_gaps_are_filled_as_deep_as_asked_and_no_deeper() -> None:
    light, known = np.zeros((1, 6, 3), np.float32), np.zeros((1, 6), np.bool_)
    light[0, 0], known[0, 0] = 2.0, True
    filled = fill(light, known, np.zeros((1, 6), np.int32), 3)
    assert filled[0, :, 0].tolist() == [2, 2, 2, 2, 0, 0]
    assert light[0, 1, 0] == 0, "what is given stays as it was"


def test_what_belongs_to_no_grid_stays_dark() -> None:
    light, known = np.ones((1, 2, 3), np.float32), np.array([[True, False]])
    light[0, 1] = 0
    assert fill(light, known, np.array([[0, -1]], np.int32), 5)[0, 1].max() == 0


def test_even_light_stays_even() -> None:
    points = sheet(UP)
    light = np.tile(np.array([0.3, 0.6, 0.9], np.float32), (400, 1))
    assert neighbour_means(points, points, 0.1, 1) @ light == pytest.approx(light, rel=1e-5)


def test_noise_shrinks_and_the_level_stays() -> None:
    points = sheet(UP)
    light = np.random.default_rng(0).gamma(16, 1 / 16, (400, 3)).astype(np.float32)
    smooth = neighbour_means(points, points, 0.2, 1) @ light
    assert smooth.std() < 0.4 * light.std()
    assert smooth.mean() == pytest.approx(1.0, abs=0.06)


def test_the_two_sides_of_a_board_do_not_mix() -> None:
    top, bottom = sheet(UP, 0.01), sheet(DOWN, -0.01)
    light = np.concatenate([np.full((400, 3), 1.0), np.full((400, 3), 0.01)]).astype(np.float32)
    both = join_points([top, bottom])
    smooth = neighbour_means(both, both, 0.05, 1) @ light
    assert smooth[:400].min() > 0.9
    assert smooth[400:].max() < 0.05


def test_few_bright_samples_among_many_dark_ones_keep_their_light() -> None:
    """As a lamp behind a door is found by one path in ten: to mistrust the one would darken the room."""
    points = sheet(UP)
    light = np.where(np.random.default_rng(3).random((400, 1)) < 0.1, 5.0, 0.0).astype(np.float32).repeat(3, axis=1)
    smooth = neighbour_means(points, points, 0.2, 1) @ light
    assert smooth.mean() == pytest.approx(light.mean(), rel=0.05)


def test_threads_change_nothing_and_no_points_are_no_fault() -> None:
    points = sheet(UP)
    light = np.random.default_rng(1).random((400, 3)).astype(np.float32)
    one, two = (neighbour_means(points, points, 0.1, threads) @ light for threads in (1, 2))
    assert np.array_equal(one, two)
    none = points.take(np.arange(0))
    assert (neighbour_means(none, points, 0.1, 1) @ light[:0]).max() == 0
    assert (neighbour_means(points, none, 0.1, 1) @ light).shape == (0, 3)


def test_a_coarse_grid_is_read_linearly_and_exactly_at_its_ends() -> None:
    coarse = np.zeros((3, 4, 3), np.float32)
    coarse[1:3, 1:4] = np.arange(3)[None, :, None] * 10.0 + np.arange(2)[:, None, None]
    node = np.array([[0, 0], [8, 0], [4, 3], [8, 6], [1, 6]])
    grid = np.zeros(5, np.int64)
    shapes = np.array([[9, 7]]), np.array([[3, 2]]), np.array([[1, 1]])
    values = resample(coarse, grid, node, *shapes)[:, 0]
    assert values == pytest.approx([0.0, 20.0, 10.5, 21.0, 3.5])
