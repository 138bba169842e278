from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from factory.navigation import NavigationMap
from factory.navigation.certificate import certify, needed_value, proven_clearance
from factory.navigation.esdf import signed_distance
from factory.navigation.spline import evaluate, parameters, through_polyline
from schemas.arrays import Bool, Float64
from schemas.robots import Body
from schemas.scenes import Storey

CELL = 0.05


def _map(free: Bool, cell: float = CELL) -> NavigationMap:
    return NavigationMap(
        (0.0, 0.0), cell, free, signed_distance(free, cell), Storey(0, 0.0, 2.5), Body(0.25, 1.5, 0.1, 0.5)
    )


def _scattered(seed: int) -> Bool:
    generator = np.random.default_rng(seed)
    free = generator.random((80, 80)) > 0.004
    free[[0, -1]] = False
    free[:, [0, -1]] = False
    return free


def _true_clearance(free: Bool, points: Float64) -> Float64:
    """Exact distance to the nearest point of any cell that is not free: squares, not their centres."""
    blocked = (np.argwhere(~free)[:, ::-1] + 0.5) * CELL
    gap = np.maximum(np.abs(points[:, None] - blocked) - CELL / 2, 0)
    return np.asarray(np.hypot(gap[..., 0], gap[..., 1]).min(axis=1))


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_no_point_is_nearer_to_an_obstacle_than_proven(seed: int) -> None:
    free = _scattered(seed)
    points = np.random.default_rng(seed + 1).uniform(0.1, 3.9, (300, 2))
    built = _map(free)
    proven = np.array([proven_clearance(value, CELL) for value in built.distance(points)])
    assert (proven <= _true_clearance(free, points) + 1e-9).all()


def test_the_slack_at_five_centimetres_is_a_centimetre_and_a_half() -> None:
    assert 0.3 - proven_clearance(0.3, 0.05) == pytest.approx(0.0104 + 0.0027, abs=0.001)


@pytest.mark.parametrize("cell", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("radius", [0.1, 0.25, 0.6])
def test_the_needed_reading_is_the_least_that_proves_the_radius(cell: float, radius: float) -> None:
    needed = needed_value(radius, cell)
    assert proven_clearance(needed, cell) >= radius
    assert proven_clearance(needed - 1e-6, cell) < radius


@settings(max_examples=40)
@given(st.integers(0, 10**6))
@example(3882)
def test_a_certificate_bounds_every_point_of_the_curve_and_is_tight(seed: int) -> None:
    built = _map(_scattered(seed))
    generator = np.random.default_rng(seed + 2)
    controls = through_polyline(generator.uniform(0.3, 3.7, (5, 2)), 0.3)
    proven = certify(controls, built, tolerance=0.002)
    points = evaluate(controls, parameters(controls, 100))[:, :2]
    assert proven <= _true_clearance(built.free, points).min() + 1e-9 or proven < 0
    # A neighbour's reading may prove more for a point than its own does, so this bounds from below only.
    bounds = [proven_clearance(value, CELL) for value in built.distance(points)]
    assert proven >= min(bounds) - 0.003


def test_a_curve_through_a_thin_obstacle_between_its_knots_is_found_out() -> None:
    free = np.ones((80, 80), dtype=bool)
    free[40, 40] = False
    controls = through_polyline(np.array([[0.5, 2.02], [3.5, 2.02]]), 1.5)
    assert certify(controls, _map(free)) < 0


def test_a_curve_beyond_the_grid_is_not_certified() -> None:
    controls = through_polyline(np.array([[1.0, 1.0], [9.0, 1.0]]), 0.3)
    assert certify(controls, _map(np.ones((80, 80), dtype=bool))) < 0


def test_a_curve_that_is_not_finite_has_no_bound() -> None:
    controls = np.full((8, 2), np.nan)
    assert certify(controls, _map(_scattered(0))) == -math.inf
