"""Uniform cubic B-splines in the plane.

Control points Q (n, 2), n ≥ 5, metres; span k of n − 3 is drawn by Q[k..k+3] with t in [0, 1]. The first and
last point are phantoms, Q[0] = 2 Q[1] − Q[2] and likewise at the end, so the curve runs from Q[1] to
Q[n−2] and its curvature is zero at both.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Float64


def through_polyline(points: Float64, knot_spacing: float) -> Float64:
    """Control points (n, 2) spread evenly by length over a polyline (m, 2), its ends kept.

    Their distance is at most `knot_spacing` metres, and there are at least four spans.
    """
    points = np.asarray(points, dtype=np.float64)
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    spans = max(4, int(np.ceil(along[-1] / knot_spacing)))
    at = np.linspace(0.0, along[-1], spans + 1)
    inner = np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1)
    controls = np.concatenate([inner[:1], inner, inner[-1:]])
    set_phantoms(controls)
    return controls


def head_off(controls: Float64, heading: float) -> None:
    """Turn the second knot, in place, so that the curve leaves its start at `heading`, radians."""
    knot = float(np.hypot(*(controls[2] - controls[1])))
    controls[2] = controls[1] + knot * np.array([np.cos(heading), np.sin(heading)])
    set_phantoms(controls)


@njit(cache=True, nogil=True)
def set_phantoms(controls: Float64) -> None:
    """Put the first and the last control point, in place, where they clamp the curve to its ends."""
    n = controls.shape[0]
    for axis in range(2):
        controls[0, axis] = 2 * controls[1, axis] - controls[2, axis]
        controls[n - 1, axis] = 2 * controls[n - 2, axis] - controls[n - 3, axis]


@njit(cache=True, nogil=True)
def bezier(controls: Float64, span: int, out: Float64) -> None:
    """The four Bézier points (4, 2) of one span; the curve lies in their convex hull."""
    for axis in range(2):
        a, b = controls[span, axis], controls[span + 1, axis]
        c, d = controls[span + 2, axis], controls[span + 3, axis]
        out[0, axis] = (a + 4 * b + c) / 6
        out[1, axis] = (2 * b + c) / 3
        out[2, axis] = (b + 2 * c) / 3
        out[3, axis] = (b + 4 * c + d) / 6


def parameters(controls: Float64, per_span: int) -> Float64:
    """Parameters (k,) along the whole curve, `per_span` to a span and the end."""
    spans = len(controls) - 3
    return np.linspace(0.0, spans, spans * per_span + 1)


@njit(cache=True, nogil=True)
def evaluate(controls: Float64, parameter: Float64) -> Float64:
    """The curve at parameters (k,) in [0, n − 3] → (k, 6): x, y and their first and second derivatives."""
    spans = controls.shape[0] - 3
    out = np.empty((parameter.size, 6))
    for k in range(parameter.size):
        span = min(max(int(parameter[k]), 0), spans - 1)
        t = parameter[k] - span
        s = 1 - t
        for axis in range(2):
            a, b = controls[span, axis], controls[span + 1, axis]
            c, d = controls[span + 2, axis], controls[span + 3, axis]
            out[k, axis] = (
                s * s * s * a + (3 * t * t * t - 6 * t * t + 4) * b
                + (3 * s * s * s - 6 * s * s + 4) * c + t * t * t * d
            ) / 6  # fmt: skip
            out[k, 2 + axis] = (s * s * (b - a) + (1 + 2 * t - 2 * t * t) * (c - b) + t * t * (d - c)) / 2
            out[k, 4 + axis] = s * (a - 2 * b + c) + t * (b - 2 * c + d)
    return out


def curvature(samples: Float64) -> Float64:
    """Signed curvature (k,) in 1/m, left positive, of samples (k, 6) from `evaluate`; inf where the curve stops."""
    speed = np.hypot(samples[:, 2], samples[:, 3])
    cross = samples[:, 2] * samples[:, 5] - samples[:, 3] * samples[:, 4]
    bent = np.where(np.abs(cross) > 1e-12, np.inf, 0.0)
    return np.asarray(np.divide(cross, speed**3, out=bent, where=speed > 1e-6))


def sharpest_bend(controls: Float64, per_span: int = 64) -> float:
    """An upper bound of |curvature| over the whole curve, 1/m, a few per cent above it at most; inf at a cusp.

    Between two samples the velocity changes by at most the largest second difference of the control points,
    and velocity × acceleration by at most the speed times the third difference.
    """
    return float(_sharpest_bend(controls, per_span))


@njit(cache=True, nogil=True)
def _sharpest_bend(controls: Float64, per_span: int) -> float:
    half = 0.5 / per_span
    worst = 0.0
    for span in range(controls.shape[0] - 3):
        q = controls[span : span + 4]
        ax, ay = q[0, 0] - 2 * q[1, 0] + q[2, 0], q[0, 1] - 2 * q[1, 1] + q[2, 1]
        bx, by = q[1, 0] - 2 * q[2, 0] + q[3, 0], q[1, 1] - 2 * q[2, 1] + q[3, 1]
        second, third = max(np.hypot(ax, ay), np.hypot(bx, by)), np.hypot(bx - ax, by - ay)
        for k in range(per_span):
            t = (k + 0.5) / per_span
            s = 1 - t
            u, v, w = s * s / 2, (1 + 2 * t - 2 * t * t) / 2, t * t / 2
            dx = u * (q[1, 0] - q[0, 0]) + v * (q[2, 0] - q[1, 0]) + w * (q[3, 0] - q[2, 0])
            dy = u * (q[1, 1] - q[0, 1]) + v * (q[2, 1] - q[1, 1]) + w * (q[3, 1] - q[2, 1])
            speed = np.hypot(dx, dy)
            cross = abs(dx * (s * ay + t * by) - dy * (s * ax + t * bx))
            slowest = speed - second * half
            if slowest <= 0:
                return np.inf
            worst = max(worst, (cross + (speed + second * half) * third * half) / slowest**3)
    return worst
