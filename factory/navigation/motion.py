"""From a curve to motion: frames at an even spacing, with times that a differential drive can keep."""

from __future__ import annotations

import numpy as np
from numba import njit

from factory.navigation import spline
from factory.navigation.map import NavigationMap
from schemas.arrays import Float64
from schemas.episodes import Track

ACCELERATION = 1.0  # m/s², speeding up and braking
_PER_SPAN = 32


def follow(controls: Float64, built: NavigationMap, spacing: float, speed: float, max_turn_rate: float) -> Track:
    """The motion along a spline, control points (n, 2), at rest at both ends, heading along the tangent.

    Frames lie evenly along the curve, `spacing` metres apart or, so that the last is on the goal, slightly
    less. speed : m/s, the most; max_turn_rate : rad/s, kept at every frame and between any two.
    """
    at, length = evenly(controls, spacing)
    samples = spline.evaluate(controls, at)
    yaw = np.unwrap(np.arctan2(samples[:, 3], samples[:, 2]))
    step = length / (len(at) - 1)
    bend = np.abs(spline.curvature(samples))
    turn = np.abs(np.diff(yaw)) / step
    bend[:-1] = np.maximum(bend[:-1], turn)
    bend[1:] = np.maximum(bend[1:], turn)
    linear = _speeds(np.minimum(speed, max_turn_rate / np.maximum(bend, 1e-9)), step)
    times = np.concatenate([[0.0], np.cumsum(2 * step / (linear[:-1] + linear[1:]))])
    angular = spline.curvature(samples) * linear
    points = np.ascontiguousarray(samples[:, :2])
    points[[0, -1]] = controls[[1, -2]]  # to the last bit
    return Track(points, yaw, times, linear, angular, built.distance(points))


def evenly(controls: Float64, spacing: float) -> tuple[Float64, float]:
    """Parameters (k,) of points evenly spaced along the curve, both ends included, k ≥ 3, and its length, metres."""
    fine = spline.parameters(controls, _PER_SPAN)
    samples = spline.evaluate(controls, fine)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(samples[:, :2], axis=0).T))])
    count = max(2, int(np.ceil(along[-1] / spacing - 1e-6)))
    return np.interp(np.linspace(0.0, along[-1], count + 1), along, fine), float(along[-1])


def curve_length(controls: Float64) -> float:
    """Length of a spline, metres."""
    return evenly(controls, np.inf)[1]


@njit(cache=True, nogil=True)
def _speeds(limit: Float64, step: float) -> Float64:
    """The fastest speeds (k,) under `limit`, at rest at both ends, whose change keeps to ACCELERATION."""
    v = limit.copy()
    v[0] = v[-1] = 0.0
    for i in range(1, v.size):
        v[i] = min(v[i], np.sqrt(v[i - 1] * v[i - 1] + 2 * ACCELERATION * step))
    for i in range(v.size - 2, -1, -1):
        v[i] = min(v[i], np.sqrt(v[i + 1] * v[i + 1] + 2 * ACCELERATION * step))
    return v
