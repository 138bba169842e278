"""Make a path short, smooth and clear of obstacles: a spline's control points by L-BFGS, in one kernel.

The cost is an integral along the curve, midpoint rule with `_SAMPLES` a span, where h is the knot spacing:
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

_SAMPLES = 8
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
    value = _cost(controls, built.esdf, *built.origin, built.resolution, weights, _basis(), gradient)
    return float(value), gradient


@njit(cache=True, nogil=True)
def _basis() -> Float64:
    """B-spline weights (samples, 3, 4) of value, first and second derivative at the middles of the samples."""
    table = np.empty((_SAMPLES, 3, 4))
    for k in range(_SAMPLES):
        t = (k + 0.5) / _SAMPLES
        s = 1 - t
        table[k, 0] = np.array([s**3, 3 * t**3 - 6 * t**2 + 4, 3 * s**3 - 6 * s**2 + 4, t**3]) / 6
        table[k, 1] = np.array([-(s**2), 3 * t**2 - 4 * t, -3 * t**2 + 2 * t + 1, t**2]) / 2
        table[k, 2] = np.array([s, 1 - 3 * s, 1 - 3 * t, t])
    return table


@njit(cache=True, nogil=True)
def _cost(
    controls: Float64,
    esdf: Float32,
    origin_x: float,
    origin_y: float,
    resolution: float,
    weights: Float64,
    table: Float64,
    gradient: Float64,
) -> float:
    needed, preferred, max_curvature, bend, clear, force, steer, h = weights
    n = controls.shape[0]
    share = h / _SAMPLES
    total = 0.0
    gradient[:] = 0.0
    for span in range(n - 3):
        for k in range(_SAMPLES):
            x = y = dx = dy = ddx = ddy = 0.0
            for i in range(4):
                qx, qy = controls[span + i, 0], controls[span + i, 1]
                x, y = x + table[k, 0, i] * qx, y + table[k, 0, i] * qy
                dx, dy = dx + table[k, 1, i] * qx, dy + table[k, 1, i] * qy
                ddx, ddy = ddx + table[k, 2, i] * qx, ddy + table[k, 2, i] * qy
            total += share * ((dx * dx + dy * dy) / (h * h) + bend * (ddx * ddx + ddy * ddy) / h**4)
            gx = gy = 0.0
            gdx, gdy = 2 * share * dx / (h * h), 2 * share * dy / (h * h)
            gddx, gddy = 2 * share * bend * ddx / h**4, 2 * share * bend * ddy / h**4
            d, ex, ey = lookup_gradient(esdf, origin_x, origin_y, resolution, x, y)
            slope = 0.0
            if d < preferred:
                short = (preferred - d) / (preferred - needed)
                total += share * clear * short * short
                slope -= 2 * share * clear * short / (preferred - needed)
            if d < needed:
                short = (needed - d) / resolution
                total += share * force * short * short
                slope -= 2 * share * force * short / resolution
            gx, gy = slope * ex, slope * ey
            speed = max(1e-6, np.sqrt(dx * dx + dy * dy))
            cross = dx * ddy - dy * ddx
            bent = abs(cross) / (speed**3 * max_curvature) - 1
            if bent > 0:
                total += share * steer * bent * bent
                by = 2 * share * steer * bent / (speed**3 * max_curvature)
                turn = by if cross > 0 else -by
                along = 3 * by * abs(cross) / (speed * speed)
                gdx, gdy = gdx + turn * ddy - along * dx, gdy - turn * ddx - along * dy
                gddx, gddy = gddx - turn * dy, gddy + turn * dx
            for i in range(4):
                gradient[span + i, 0] += table[k, 0, i] * gx + table[k, 1, i] * gdx + table[k, 2, i] * gddx
                gradient[span + i, 1] += table[k, 0, i] * gy + table[k, 1, i] * gdy + table[k, 2, i] * gddy
    for axis in range(2):
        gradient[2, axis] -= gradient[0, axis]
        gradient[1, axis] += 2 * gradient[0, axis]
        gradient[n - 3, axis] -= gradient[n - 1, axis]
        gradient[n - 2, axis] += 2 * gradient[n - 1, axis]
        gradient[0, axis] = gradient[n - 1, axis] = 0.0
    return total


@njit(cache=True, nogil=True)
def _direction(gradient: Float64, steps: Float64, changes: Float64, stored: int, out: Float64) -> None:
    """The two-loop recursion: minus the approximate inverse Hessian times the gradient, in `out`."""
    out[:] = -gradient
    along = np.empty(_MEMORY)
    kept = min(stored, _MEMORY)
    for back in range(kept):
        k = (stored - 1 - back) % _MEMORY
        along[k] = (steps[k] * out).sum() / (steps[k] * changes[k]).sum()
        out -= along[k] * changes[k]
    if kept:
        k = (stored - 1) % _MEMORY
        out *= (steps[k] * changes[k]).sum() / (changes[k] * changes[k]).sum()
    for forward in range(kept):
        k = (stored - kept + forward) % _MEMORY
        correction = along[k] - (changes[k] * out).sum() / (steps[k] * changes[k]).sum()
        out += correction * steps[k]


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
    table = _basis()
    last = start.shape[0] - 2  # one past the last knot that moves
    current, trial = start.copy(), start.copy()
    gradient, trial_gradient = np.zeros_like(start), np.zeros_like(start)
    size = last - first
    steps, changes = np.empty((_MEMORY, size, 2)), np.empty((_MEMORY, size, 2))
    direction = np.empty((size, 2))
    value = _cost(current, esdf, origin_x, origin_y, resolution, weights, table, gradient)
    stored = 0
    for _ in range(iterations):
        _direction(gradient[first:last], steps, changes, stored, direction)
        slope = (direction * gradient[first:last]).sum()
        if slope >= 0:
            direction[:] = -gradient[first:last]
            slope = -(direction * direction).sum()
            stored = 0
        if slope > -1e-12:
            break
        # Before any curvature is known, no knot moves more than a fifth of the spacing.
        step = 1.0 if stored else min(1.0, 0.2 * weights[7] / np.abs(direction).max())
        accepted = False
        for _ in range(20):
            trial[first:last] = current[first:last] + step * direction
            set_phantoms(trial)
            new = _cost(trial, esdf, origin_x, origin_y, resolution, weights, table, trial_gradient)
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
        if (steps[k] * changes[k]).sum() > 1e-12:
            stored += 1
        gained = value - new
        current, trial = trial, current
        gradient, trial_gradient = trial_gradient, gradient
        value = new
        if gained < 1e-5 * abs(value):
            break
    return current
