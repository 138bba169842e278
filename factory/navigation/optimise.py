"""Make a path short, smooth and clear of obstacles: a spline's control points by L-BFGS, in one kernel.

The cost is an integral along the curve, the last three terms by the midpoint rule with `_SAMPLES` a span; h is
the knot spacing:
    length       |p'|² / h, the length where the knots are even, which this term also makes them
    bending      `bend` · |p''|² / h³, the squared curvature likewise
    clearance    `clear` · h · ((preferred − d) / (preferred − needed))² where the ESDF d is short of `preferred`
    violation    `force` · h · ((needed − d) / resolution)² where it is short of `needed`
    steering     `steer` · h · (|κ| / κ_max − 1)² where the curvature κ is too large
It is a penalty: what comes out is certified afterwards, never trusted. L-BFGS is Nocedal and Wright's
algorithm 7.5 with a backtracking line search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from factory.navigation.esdf import lookup_gradient
from factory.navigation.map import NavigationMap
from factory.navigation.spline import set_phantoms
from schemas.arrays import Float32, Float64

_SAMPLES = 6
_MEMORY = 8


@dataclass(frozen=True)
class Cost:
    """Weights and limits; the module's docstring has the formula.

    needed, preferred : ESDF values, metres; max_curvature : 1/m
    """

    needed: float
    preferred: float
    max_curvature: float
    bend: float = 0.03
    clear: float = 1.0
    force: float = 20.0
    steer: float = 10.0

    def weights(self, knot: float) -> Float64:
        """All as one array, for the kernel; `knot` is h in metres."""
        return np.array(
            [self.needed, self.preferred, self.max_curvature, self.bend, self.clear, self.force, self.steer, knot]
        )


def knot_spacing(controls: Float64) -> float:
    """Mean distance between successive knots, metres, at least a millimetre."""
    steps = np.diff(controls[1:-1], axis=0)
    return max(1e-3, float(np.hypot(steps[:, 0], steps[:, 1]).mean()))


def optimise(
    controls: Float64, built: NavigationMap, cost: Cost, *, hold_heading: bool = False, iterations: int = 100
) -> Float64:
    """Control points (n, 2) of a better curve between the same ends; with `hold_heading` leaving the start alike."""
    weights = cost.weights(knot_spacing(controls))
    first = 3 if hold_heading else 2
    return np.asarray(_minimise(controls, built.esdf, *built.origin, built.resolution, weights, first, iterations))


def cost_gradient(controls: Float64, built: NavigationMap, cost: Cost, knot: float) -> tuple[float, Float64]:
    """The cost of a curve and its derivative (n, 2) by the control points, the phantoms' share with their knots'."""
    gradient = np.zeros_like(controls)
    weights = cost.weights(knot)
    value = _cost(controls, built.esdf, *built.origin, built.resolution, weights, gradient)
    return float(value), gradient


@njit(cache=True, nogil=True)
def _cost(
    controls: Float64,
    esdf: Float32,
    origin_x: float,
    origin_y: float,
    resolution: float,
    weights: Float64,
    gradient: Float64,
) -> float:
    """The cost, and in `gradient` its derivative: by each span's polynomial first, then by its control points."""
    needed, preferred, max_curvature, bend, clear, force, steer, h = weights
    n = controls.shape[0]
    share, band = h / _SAMPLES, preferred - needed
    total = 0.0
    gradient[:] = 0.0
    g = np.empty((2, 4))
    for span in range(n - 3):
        x0, x1, x2, x3 = _polynomial(controls, span, 0)
        y0, y1, y2, y3 = _polynomial(controls, span, 1)
        total += _elastic(x1, x2, x3, 1 / h, bend / (h * h * h), g[0])
        total += _elastic(y1, y2, y3, 1 / h, bend / (h * h * h), g[1])
        for k in range(_SAMPLES):
            t = (k + 0.5) / _SAMPLES
            x, y = x0 + t * (x1 + t * (x2 + t * x3)), y0 + t * (y1 + t * (y2 + t * y3))
            d, ex, ey = lookup_gradient(esdf, origin_x, origin_y, resolution, x, y)
            if d < preferred:
                short = (preferred - d) / band
                total += share * clear * short * short
                slope = -2 * share * clear * short / band
                if d < needed:
                    short = (needed - d) / resolution
                    total += share * force * short * short
                    slope -= 2 * share * force * short / resolution
                _pull(g[0], t, slope * ex, 0.0, 0.0)
                _pull(g[1], t, slope * ey, 0.0, 0.0)
            dx, dy = x1 + t * (2 * x2 + 3 * t * x3), y1 + t * (2 * y2 + 3 * t * y3)
            ddx, ddy = 2 * x2 + 6 * t * x3, 2 * y2 + 6 * t * y3
            square, cross = dx * dx + dy * dy, dx * ddy - dy * ddx
            if cross * cross > max_curvature * max_curvature * square * square * square:
                speed = max(1e-6, np.sqrt(square))
                by = 1 / (speed * speed * speed * max_curvature)
                bent = abs(cross) * by - 1
                total += share * steer * bent * bent
                by *= 2 * share * steer * bent
                turn, along = by if cross > 0 else -by, 3 * by * abs(cross) / (speed * speed)
                _pull(g[0], t, 0.0, turn * ddy - along * dx, -turn * dy)
                _pull(g[1], t, 0.0, -turn * ddx - along * dy, turn * dx)
        _add_gradient(gradient, span, 0, g[0])
        _add_gradient(gradient, span, 1, g[1])
    for axis in range(2):
        gradient[2, axis] -= gradient[0, axis]
        gradient[1, axis] += 2 * gradient[0, axis]
        gradient[n - 3, axis] -= gradient[n - 1, axis]
        gradient[n - 2, axis] += 2 * gradient[n - 1, axis]
        gradient[0, axis] = gradient[n - 1, axis] = 0.0
    return total


@njit(cache=True, nogil=True)
def _polynomial(controls: Float64, span: int, axis: int) -> tuple[float, float, float, float]:
    """One span of the B-spline as a polynomial of t in [0, 1], lowest power first."""
    a, b, c, d = controls[span, axis], controls[span + 1, axis], controls[span + 2, axis], controls[span + 3, axis]
    return (a + 4 * b + c) / 6, (c - a) / 2, (a - 2 * b + c) / 2, (d - a + 3 * (b - c)) / 6


@njit(cache=True, nogil=True)
def _elastic(c1: float, c2: float, c3: float, stretch: float, bend: float, g: Float64) -> float:
    """Stretch · ∫ p'² + bend · ∫ p''² of one span and axis, exactly; its derivative by the coefficients in `g` (4,)."""
    g[0] = 0.0
    g[1] = stretch * 2 * (c1 + c2 + c3)
    g[2] = stretch * (2 * c1 + 8 * c2 / 3 + 3 * c3) + bend * (8 * c2 + 12 * c3)
    g[3] = stretch * (2 * c1 + 3 * c2 + 3.6 * c3) + bend * (12 * c2 + 24 * c3)
    value: float = (c1 * g[1] + c2 * g[2] + c3 * g[3]) / 2  # a quadratic form is half its derivative along itself
    return value


@njit(cache=True, nogil=True)
def _pull(g: Float64, t: float, by_p: float, by_dp: float, by_ddp: float) -> None:
    """Add a derivative by p, p' and p'' at t to that by the coefficients."""
    g[0] += by_p
    g[1] += t * by_p + by_dp
    g[2] += t * (t * by_p + 2 * by_dp) + 2 * by_ddp
    g[3] += t * (t * (t * by_p + 3 * by_dp) + 6 * by_ddp)


@njit(cache=True, nogil=True)
def _add_gradient(gradient: Float64, span: int, axis: int, g: Float64) -> None:
    """Add the derivative by the coefficients of `_polynomial` to that by the control points."""
    gradient[span, axis] += g[0] / 6 - g[1] / 2 + g[2] / 2 - g[3] / 6
    gradient[span + 1, axis] += 2 * g[0] / 3 - g[2] + g[3] / 2
    gradient[span + 2, axis] += g[0] / 6 + g[1] / 2 + g[2] / 2 - g[3] / 2
    gradient[span + 3, axis] += g[3] / 6


@njit(cache=True, nogil=True)
def _dot(a: Float64, b: Float64) -> float:
    total = 0.0
    for i in range(a.shape[0]):
        total += a[i, 0] * b[i, 0] + a[i, 1] * b[i, 1]
    return total


@njit(cache=True, nogil=True)
def _add(out: Float64, factor: float, a: Float64) -> None:
    for i in range(a.shape[0]):
        out[i, 0] += factor * a[i, 0]
        out[i, 1] += factor * a[i, 1]


@njit(cache=True, nogil=True)
def _direction(gradient: Float64, steps: Float64, changes: Float64, stored: int, out: Float64) -> None:
    """The two-loop recursion: minus the approximate inverse Hessian times the gradient, in `out`."""
    out[:] = -gradient
    along, inverse = np.empty(_MEMORY), np.empty(_MEMORY)
    kept = min(stored, _MEMORY)
    for back in range(kept):
        k = (stored - 1 - back) % _MEMORY
        inverse[k] = 1 / _dot(steps[k], changes[k])
        along[k] = inverse[k] * _dot(steps[k], out)
        _add(out, -along[k], changes[k])
    if kept:
        k = (stored - 1) % _MEMORY
        out *= 1 / (inverse[k] * _dot(changes[k], changes[k]))
    for forward in range(kept):
        k = (stored - kept + forward) % _MEMORY
        _add(out, along[k] - inverse[k] * _dot(changes[k], out), steps[k])


@njit(cache=True, nogil=True)
def _minimise(
    start: Float64,
    esdf: Float32,
    origin_x: float,
    origin_y: float,
    resolution: float,
    weights: Float64,
    first: int,
    iterations: int,
) -> Float64:
    last = start.shape[0] - 2  # one past the last knot that moves
    current, trial = start.copy(), start.copy()
    gradient, trial_gradient = np.zeros_like(start), np.zeros_like(start)
    size = last - first
    steps, changes = np.empty((_MEMORY, size, 2)), np.empty((_MEMORY, size, 2))
    direction = np.empty((size, 2))
    value = _cost(current, esdf, origin_x, origin_y, resolution, weights, gradient)
    stored = 0
    for _ in range(iterations):
        _direction(gradient[first:last], steps, changes, stored, direction)
        slope = _dot(direction, gradient[first:last])
        if slope >= 0:
            direction[:] = -gradient[first:last]
            slope = -_dot(direction, direction)
            stored = 0
        if slope > -1e-12:
            break
        # Before any curvature is known, no knot moves more than a fifth of the spacing.
        step = 1.0 if stored else min(1.0, 0.2 * weights[7] / np.abs(direction).max())
        accepted = False
        for _ in range(20):
            trial[first:last] = current[first:last] + step * direction
            set_phantoms(trial)
            new = _cost(trial, esdf, origin_x, origin_y, resolution, weights, trial_gradient)
            if new <= value + 1e-4 * step * slope:
                accepted = True
                break
            step *= max(0.1, min(0.5, -slope * step / (2 * (new - value - slope * step))))
        if not accepted:
            if stored == 0:
                break
            stored = 0
            continue
        k = stored % _MEMORY
        steps[k] = trial[first:last] - current[first:last]
        changes[k] = trial_gradient[first:last] - gradient[first:last]
        if _dot(steps[k], changes[k]) > 1e-12:
            stored += 1
        gained = value - new
        current, trial = trial, current
        gradient, trial_gradient = trial_gradient, gradient
        value = new
        if gained < 1e-5 * abs(value):
            break
    return current
