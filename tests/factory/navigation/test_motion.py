from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.navigation import NavigationMap, follow
from factory.navigation.esdf import signed_distance
from factory.navigation.motion import ACCELERATION, curve_length
from factory.navigation.spline import set_phantoms, through_polyline
from schemas.robots import Body
from schemas.scenes import Storey

FREE = np.ones((200, 200), dtype=bool)
FREE[[0, -1]] = False
MAP = NavigationMap(
    (-5.0, -5.0), 0.05, FREE, signed_distance(FREE, 0.05), Storey(0, 0.0, 2.5), Body(0.25, 1.5, 0.1, 0.5)
)


def test_a_straight_walk_by_hand() -> None:
    """2 m at 1 m/s² up to 1 m/s and back to rest: half a metre each, one metre in between, 1 + 1 + 1 seconds."""
    track = follow(through_polyline(np.array([[0.0, 0.0], [0.0, 2.0]]), 0.3), MAP, 0.04, 1.0, 1.5)
    assert len(track.points) == 51
    assert track.points[:, 1] == pytest.approx(np.linspace(0, 2, 51))
    assert track.times[-1] == pytest.approx(3.0, rel=0.01)
    assert track.yaw == pytest.approx(np.full(51, math.pi / 2))
    assert track.linear_speed.max() == pytest.approx(1.0)
    assert track.linear_speed[[0, -1]] == pytest.approx([0, 0])
    assert track.angular_speed == pytest.approx(np.zeros(51), abs=1e-9)
    assert track.clearance == pytest.approx(MAP.distance(track.points))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0.02, 0.2), st.floats(0.2, 2.0), st.floats(0.1, 3.0))
def test_any_curve_keeps_spacing_speed_turn_rate_and_acceleration(
    seed: int, spacing: float, speed: float, turn_rate: float
) -> None:
    controls = through_polyline(np.cumsum(np.random.default_rng(seed).normal(0, 1, (6, 2)), axis=0), 0.4)
    track = follow(controls, MAP, spacing, speed, turn_rate)
    steps = np.hypot(*np.diff(track.points, axis=0).T)
    interval = np.diff(track.times)
    assert steps.max() <= spacing * 1.005
    assert (interval > 0).all()
    assert (steps / interval).max() <= speed * 1.005
    assert np.abs(np.diff(track.yaw) / interval).max() <= turn_rate * (1 + 1e-6)
    assert np.abs(track.angular_speed).max() <= turn_rate * (1 + 1e-6)
    assert np.abs(np.diff(track.linear_speed) / interval).max() <= ACCELERATION * (1 + 1e-6)
    assert track.linear_speed.max() <= speed


def test_yaw_runs_on_through_a_full_circle() -> None:
    angle = np.linspace(0, 2 * np.pi, 60)
    track = follow(through_polyline(2 * np.stack([np.cos(angle), np.sin(angle)], axis=1), 0.3), MAP, 0.05, 1.0, 2.0)
    assert track.yaw[-1] - track.yaw[0] == pytest.approx(2 * math.pi, abs=0.25)
    assert np.abs(np.diff(track.yaw)).max() < 0.1


def test_the_last_frame_is_on_the_goal_whatever_the_length() -> None:
    for length in (0.03, 0.5, 1.01, 1.999):
        track = follow(through_polyline(np.array([[0.0, 0.0], [length, 0.0]]), 0.3), MAP, 0.04, 1.0, 1.5)
        assert track.points[-1] == pytest.approx([length, 0.0])
        assert np.isfinite(track.times).all()


def test_the_length_of_a_circle() -> None:
    angle = np.linspace(0, 2 * np.pi, 101)
    controls = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    set_phantoms(controls)
    assert curve_length(controls) == pytest.approx(2 * math.pi * 98 / 100, rel=0.01)
