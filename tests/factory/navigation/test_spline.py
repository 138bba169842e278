from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.navigation.spline import (
    bezier,
    curvature,
    evaluate,
    head_off,
    parameters,
    set_phantoms,
    sharpest_bend,
    through_polyline,
)
from schemas.arrays import Float64


def _random_controls(seed: int, count: int = 9) -> Float64:
    controls = np.random.default_rng(seed).normal(0, 1, (count, 2))
    set_phantoms(controls)
    return controls


def test_a_straight_line_keeps_its_ends_its_even_speed_and_no_curvature() -> None:
    controls = through_polyline(np.array([[0.0, 0.0], [3.0, 4.0]]), 0.5)
    samples = evaluate(controls, parameters(controls, 4))
    assert samples[0, :2] == pytest.approx([0, 0])
    assert samples[-1, :2] == pytest.approx([3, 4])
    assert samples[:, 2:4] == pytest.approx(np.tile([0.3, 0.4], (len(samples), 1)))
    assert curvature(samples) == pytest.approx(np.zeros(len(samples)), abs=1e-9)


def test_knots_are_no_farther_apart_than_asked_and_there_are_four_spans_at_least() -> None:
    assert len(through_polyline(np.array([[0.0, 0.0], [10.0, 0.0]]), 0.3)) == 34 + 3
    assert len(through_polyline(np.array([[0.0, 0.0], [0.1, 0.0]]), 0.3)) == 4 + 3


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_the_curve_is_clamped_and_unbent_at_its_ends(seed: int) -> None:
    controls = _random_controls(seed)
    ends = evaluate(controls, np.array([0.0, len(controls) - 3.0]))
    assert ends[0, :2] == pytest.approx(controls[1])
    assert ends[1, :2] == pytest.approx(controls[-2])
    assert ends[:, 4:] == pytest.approx(np.zeros((2, 2)), abs=1e-9)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0.01, 5.98))
def test_derivatives_are_those_of_the_points(seed: int, at: float) -> None:
    controls = _random_controls(seed)
    step = 1e-5
    before, here, after = evaluate(controls, np.array([at - step, at, at + step]))
    assert (after[:2] - before[:2]) / (2 * step) == pytest.approx(here[2:4], abs=1e-6)
    assert (after[2:4] - before[2:4]) / (2 * step) == pytest.approx(here[4:], abs=1e-3)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_bezier_points_draw_the_same_curve(seed: int, t: float) -> None:
    controls = _random_controls(seed)
    points = np.empty((4, 2))
    for span in range(len(controls) - 3):
        bezier(controls, span, points)
        s = 1 - t
        drawn = s**3 * points[0] + 3 * s * s * t * points[1] + 3 * s * t * t * points[2] + t**3 * points[3]
        assert drawn == pytest.approx(evaluate(controls, np.array([span + t]))[0, :2], abs=1e-9)


def test_the_curvature_of_a_circle_is_one_over_its_radius_and_signed() -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    for sign in (1, -1):
        controls = 2.0 * np.stack([np.cos(angle), sign * np.sin(angle)], axis=1)
        samples = evaluate(np.ascontiguousarray(controls), np.linspace(1, 190, 50))
        assert curvature(samples) == pytest.approx(np.full(50, sign / 2.0), rel=1e-3)


def test_a_curve_that_stops_while_turning_has_infinite_curvature_and_a_resting_one_none() -> None:
    assert curvature(np.array([[0, 0, 0.0, 0, 1.0, 0]]))[0] == 0.0
    assert math.isinf(curvature(np.array([[0, 0, 1e-7, 0, 0, 1e3]]))[0])


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_the_sharpest_bend_bounds_the_curvature_from_above(seed: int) -> None:
    controls = _random_controls(seed)
    fine = np.abs(curvature(evaluate(controls, parameters(controls, 2000)))).max()
    assert sharpest_bend(controls) >= fine * (1 - 1e-9)


def test_the_sharpest_bend_of_a_circle_is_tight() -> None:
    angle = np.linspace(0, 2 * np.pi, 40)
    controls = np.ascontiguousarray(0.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    assert 2.0 <= sharpest_bend(controls) < 2.06


def test_a_curve_that_turns_back_on_itself_bends_without_bound() -> None:
    controls = np.array([[0.0, 0], [1, 0], [2, 0], [1.5, 0], [0.7, 0], [0, 0], [-1, 0]])
    assert math.isinf(sharpest_bend(controls))


@pytest.mark.parametrize("heading", [0.0, 1.0, -2.5, math.pi])
def test_heading_off_sets_the_tangent_at_the_start(heading: float) -> None:
    controls = through_polyline(np.array([[0.0, 0.0], [4.0, 1.0]]), 0.3)
    head_off(controls, heading)
    start = evaluate(controls, np.array([0.0]))[0]
    assert start[:2] == pytest.approx([0, 0])
    assert math.cos(math.atan2(start[3], start[2]) - heading) == pytest.approx(1.0)
