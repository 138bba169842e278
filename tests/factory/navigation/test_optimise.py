from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from factory.navigation import NavigationMap
from factory.navigation.esdf import signed_distance
from factory.navigation.optimise import Cost, cost_gradient, knot_spacing, optimise
from factory.navigation.spline import curvature, evaluate, parameters, set_phantoms, through_polyline
from schemas.arrays import Float64
from schemas.robots import Body
from schemas.scenes import Storey

COST = Cost(needed=0.27, preferred=0.6, max_curvature=3.0)


def _pillars(seed: int = 0) -> NavigationMap:
    free = np.ones((120, 160), dtype=bool)
    free[[0, -1]] = False
    free[:, [0, -1]] = False
    for row, col in np.random.default_rng(seed).integers(15, 105, (8, 2)):
        free[row : row + 4, col : col + 4] = False
    esdf = signed_distance(free, 0.05)
    return NavigationMap((0.0, 0.0), 0.05, free, esdf, Storey(0, 0.0, 2.5), Body(0.25, 1.5, 0.1, 0.5))


def _wiggle(seed: int) -> Float64:
    """A jagged start, so that every term of the cost takes part."""
    generator = np.random.default_rng(seed)
    controls = through_polyline(np.array([[0.8, 0.9], [4.0, 3.5], [7.0, 5.0]]), 0.3)
    controls[2:-2] += generator.normal(0, 0.08, controls[2:-2].shape)
    set_phantoms(controls)
    return controls


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_the_cost(seed: int) -> None:
    built, start = _pillars(seed), _wiggle(seed)
    knot = knot_spacing(start)

    def cost_of(free: Float64) -> float:
        controls = start.copy()
        controls[2:-2] = free.reshape(-1, 2)
        set_phantoms(controls)
        return cost_gradient(controls, built, COST, knot)[0]

    _, gradient = cost_gradient(start, built, COST, knot)
    numeric = approx_fprime(start[2:-2].ravel(), cost_of, 1e-7)
    scale = np.abs(numeric).max()
    assert gradient[2:-2].ravel() == pytest.approx(numeric, abs=2e-3 * scale)


def test_the_cost_of_a_straight_even_line_far_from_everything_is_its_length() -> None:
    built = replace(_pillars(), esdf=np.full((120, 160), 9.0, dtype=np.float32))
    controls = through_polyline(np.array([[1.0, 1.0], [4.0, 5.0]]), 0.25)
    value, _ = cost_gradient(controls, built, COST, knot_spacing(controls))
    assert value == pytest.approx(5.0)


@pytest.mark.parametrize("seed", [0, 1, 2, 5, 6])  # starts in one basin; others end left or right of a pillar
def test_it_finds_what_scipy_finds_on_the_same_cost(seed: int) -> None:
    built, start = _pillars(seed), _wiggle(seed)
    knot = knot_spacing(start)

    def value_gradient(free: Float64) -> tuple[float, Float64]:
        controls = start.copy()
        controls[2:-2] = free.reshape(-1, 2)
        set_phantoms(controls)
        value, gradient = cost_gradient(controls, built, COST, knot)
        return value, gradient[2:-2].ravel()

    peer = minimize(value_gradient, start[2:-2].ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    ours, _ = cost_gradient(optimise(start, built, COST, iterations=100), built, COST, knot)
    assert ours <= 1.001 * float(peer.fun)


def test_the_ends_stay_and_the_path_gets_smoother_and_clear() -> None:
    built, start = _pillars(1), _wiggle(1)
    better = optimise(start, built, COST, iterations=200)
    assert better[[1, -2]] == pytest.approx(start[[1, -2]])
    before, after = (evaluate(c, parameters(c, 8)) for c in (start, better))
    assert np.abs(curvature(after)).max() < np.abs(curvature(before)).max()
    assert built.distance(after[:, :2]).min() > built.distance(before[:, :2]).min()


def test_a_held_heading_is_kept() -> None:
    start = _wiggle(1)
    better = optimise(start, _pillars(1), COST, hold_heading=True)
    assert better[1:3] == pytest.approx(start[1:3])


def test_it_stops_at_once_on_a_straight_line_in_the_open() -> None:
    built = replace(_pillars(), esdf=np.full((120, 160), 9.0, dtype=np.float32))
    controls = through_polyline(np.array([[1.0, 1.0], [5.0, 4.0]]), 0.3)
    assert optimise(controls, built, COST) == pytest.approx(controls)
