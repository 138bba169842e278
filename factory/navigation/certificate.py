"""Proof that a curve keeps its distance from everything that is not free, over its whole length.

Let D(p) be the distance from p to the nearest centre of a cell that is not free, c the cell edge and B the
bilinear field of `esdf` at p. An obstacle lies somewhere in such a cell, so it is at least D(p) − c/√2 away.
B interpolates values of at most D − c/2 at the four centres around p, and the distance to one point, which is
convex with second derivatives of at most 1/distance, exceeds itself by at most c²/(4 (D − c√2)) when
interpolated. With D ≥ B + c/2 − c/√2 this gives

    clearance ≥ B + c/2 − c/√2 − c² / (4 (B + c/2 − 3c/√2)),

1.4 cm under B for a robot of 0.25 m on 5 cm cells. Clearance is 1-Lipschitz: a piece of curve within r of a
point is at most r worse. Pieces are the convex hulls of Bézier points, halved until the bound is tight.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from factory.navigation.esdf import lookup
from factory.navigation.map import NavigationMap
from factory.navigation.spline import bezier
from schemas.arrays import Float32, Float64

_ROUNDING = 1e-5  # metres: float32 in the field
_DEPTH = 40


@njit(cache=True, nogil=True)
def _proven(value: float, resolution: float) -> float:
    base = value + resolution * (0.5 - math.sqrt(0.5)) - _ROUNDING
    convex = value + resolution * (0.5 - 3 * math.sqrt(0.5))
    worst = resolution * math.sqrt(0.5)
    return base - (min(worst, resolution * resolution / (4 * convex)) if convex > 0 else worst)


def proven_clearance(value: float, resolution: float) -> float:
    """A lower bound, metres, of the true distance to what is not free, where the ESDF reads `value` metres."""
    return float(_proven(value, resolution))


def needed_value(clearance: float, resolution: float) -> float:
    """The ESDF reading, metres, from which on `proven_clearance` is at least `clearance`."""
    low, high = clearance, clearance + 2 * resolution
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if _proven(middle, resolution) >= clearance else (middle, high)
    return high


def certify(controls: Float64, built: NavigationMap, tolerance: float = 0.002) -> float:
    """A proven lower bound, metres, of the clearance of a whole spline, control points (n, 2).

    It is within `tolerance` of the bound at the curve's worst point; −inf where the curve leaves the map.
    """
    return float(_certify(controls, built.esdf, *built.origin, built.resolution, tolerance))


@njit(cache=True, nogil=True)
def _certify(
    controls: Float64, esdf: Float32, origin_x: float, origin_y: float, resolution: float, tolerance: float
) -> float:
    """Branch and bound: the worst point seen bounds from above, the hulls from below."""
    if not np.isfinite(controls).all():
        return -np.inf
    height, width = esdf.shape[0] * resolution, esdf.shape[1] * resolution
    seen, proven = np.inf, np.inf
    stack, depth = np.empty((_DEPTH + 2, 4, 2)), np.empty(_DEPTH + 2, np.int32)
    for span in range(controls.shape[0] - 3):
        bezier(controls, span, stack[0])
        depth[0] = 0
        waiting = 1
        while waiting:
            waiting -= 1
            b = stack[waiting]
            mx = (b[0, 0] + 3 * b[1, 0] + 3 * b[2, 0] + b[3, 0]) / 8
            my = (b[0, 1] + 3 * b[1, 1] + 3 * b[2, 1] + b[3, 1]) / 8
            if not (0 <= mx - origin_x <= width and 0 <= my - origin_y <= height):
                return -np.inf
            here = _proven(lookup(esdf, origin_x, origin_y, resolution, mx, my), resolution)
            seen = min(seen, here)
            radius = 0.0
            for i in range(4):
                radius = max(radius, np.hypot(b[i, 0] - mx, b[i, 1] - my))
            if here - radius >= seen - tolerance or depth[waiting] >= _DEPTH:
                proven = min(proven, here - radius)
                continue
            deeper = depth[waiting] + 1
            _halve(b.copy(), stack[waiting], stack[waiting + 1])
            depth[waiting] = depth[waiting + 1] = deeper
            waiting += 2
    return proven


@njit(cache=True, nogil=True)
def _halve(b: Float64, first: Float64, second: Float64) -> None:
    """Both halves of a Bézier piece, by de Casteljau's algorithm."""
    for axis in range(2):
        p0, p1, p2, p3 = b[0, axis], b[1, axis], b[2, axis], b[3, axis]
        q0, q1, q2 = (p0 + p1) / 2, (p1 + p2) / 2, (p2 + p3) / 2
        r0, r1 = (q0 + q1) / 2, (q1 + q2) / 2
        middle = (r0 + r1) / 2
        first[0, axis], first[1, axis], first[2, axis], first[3, axis] = p0, q0, r0, middle
        second[0, axis], second[1, axis], second[2, axis], second[3, axis] = middle, r1, q2, p3
