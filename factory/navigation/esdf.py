"""Signed Euclidean distance fields: exact transform, bilinear lookup, gradient.

The value at a cell's centre is the distance to the nearest centre of the other kind, less half a cell:
positive where free, negative where not, zero on the border between two cells. The transform is the lower
envelope of parabolas of Felzenszwalb and Huttenlocher (Theory of Computing 8, 2012), rows after columns.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Bool, Float32, Float64, Int32, Int64

_NONE = np.int32(30_000)  # cells; a column without the other kind, squared it still fits float64 exactly


def signed_distance(free: Bool, resolution: float) -> Float32:
    """ESDF (rows, cols) float32 of a free grid, metres, positive in free.

    Where there is only one kind of cell the field is ±(rows + cols) · resolution everywhere.
    """
    out = np.empty(free.shape, dtype=np.float32)
    limit = float(free.shape[0] + free.shape[1])
    if free.all() or not free.any():
        out[:] = limit * resolution * (1 if free.any() else -1)
        return out
    _transform(np.ascontiguousarray(free), resolution, out)
    return out


@njit(cache=True, nogil=True)
def _transform(free: Bool, resolution: float, out: Float32) -> None:
    """Along columns, then along rows run by run: what lies beyond a run's end is farther than the end itself."""
    rows, cols = free.shape
    nearest = _along_columns(free)
    site, height, border = np.empty(cols + 2, np.int64), np.empty(cols + 2), np.empty(cols + 3)
    for row in range(rows):
        first = 0
        while first < cols:
            last = first
            while last + 1 < cols and free[row, last + 1] == free[row, first]:
                last += 1
            sign = resolution if free[row, first] else -resolution
            _along_run(nearest[row], first, last, sign, site, height, border, out[row])
            first = last + 1


@njit(cache=True, nogil=True)
def _along_columns(free: Bool) -> Int32:
    """Distance in cells, up or down the column, to the nearest cell of the other kind."""
    rows, cols = free.shape
    nearest = np.empty((rows, cols), np.int32)
    for col in range(cols):
        nearest[0, col] = _NONE
    for row in range(1, rows):
        for col in range(cols):
            other = free[row, col] != free[row - 1, col]
            nearest[row, col] = 1 if other else min(_NONE, nearest[row - 1, col] + 1)
    for row in range(rows - 2, -1, -1):
        for col in range(cols):
            other = free[row, col] != free[row + 1, col]
            up = 1 if other else min(_NONE, nearest[row + 1, col] + 1)
            nearest[row, col] = min(nearest[row, col], up)
    return nearest


@njit(cache=True, nogil=True)
def _along_run(
    nearest: Int32,
    first: int,
    last: int,
    sign: float,
    site: Int64,
    height: Float64,
    border: Float64,
    out: Float32,
) -> None:
    """Lower envelope over the cells first..last of one kind, between two of the other, whose height is 0."""
    count = 0
    for col in range(max(0, first - 1), min(nearest.size, last + 2)):
        step = nearest[col] if first <= col <= last else 0
        if step >= _NONE:
            continue
        h = np.float64(step) * step + np.float64(col) * col
        crossing = -np.inf
        while count:
            crossing = (h - height[count - 1]) / (2.0 * (col - site[count - 1]))
            if crossing > border[count - 1]:
                break
            count -= 1
        site[count], height[count], border[count] = col, h, crossing if count else -np.inf
        count += 1
    if count == 0:
        return
    border[count] = np.inf
    k = 0
    for col in range(first, last + 1):
        while border[k + 1] < col:
            k += 1
        square = height[k] + np.float64(col) * (col - 2 * site[k])
        out[col] = sign * (np.sqrt(square) - 0.5)


@njit(cache=True, nogil=True)
def lookup(esdf: Float32, origin_x: float, origin_y: float, resolution: float, x: float, y: float) -> float:
    """The field at a point in metres, bilinear between centres; beyond the grid it falls by the distance to it."""
    value: float = lookup_gradient(esdf, origin_x, origin_y, resolution, x, y)[0]
    return value


@njit(cache=True, nogil=True)
def lookup_gradient(
    esdf: Float32, origin_x: float, origin_y: float, resolution: float, x: float, y: float
) -> tuple[float, float, float]:
    """The field at a point and its gradient there: value in metres, d/dx, d/dy."""
    rows, cols = esdf.shape
    per_metre = 1.0 / resolution
    u = (x - origin_x) * per_metre - 0.5
    v = (y - origin_y) * per_metre - 0.5
    cu = min(max(u, 0.0), cols - 1.0)
    cv = min(max(v, 0.0), rows - 1.0)
    col, row = min(int(cu), cols - 2), min(int(cv), rows - 2)
    a, b = cu - col, cv - row
    e00, e01 = np.float64(esdf[row, col]), np.float64(esdf[row, col + 1])
    e10, e11 = np.float64(esdf[row + 1, col]), np.float64(esdf[row + 1, col + 1])
    value = (1 - b) * ((1 - a) * e00 + a * e01) + b * ((1 - a) * e10 + a * e11)
    dx = ((1 - b) * (e01 - e00) + b * (e11 - e10)) * per_metre
    dy = ((1 - a) * (e10 - e00) + a * (e11 - e01)) * per_metre
    if u != cu or v != cv:
        away = np.hypot(u - cu, v - cv)
        return value - away * resolution, -(u - cu) / away, -(v - cv) / away
    return value, dx, dy


def sample(esdf: Float32, origin: tuple[float, float], resolution: float, points: Float64) -> Float64:
    """The field at points (n, 2), metres, world → (n,) float64 metres."""
    return np.asarray(_sample(esdf, origin[0], origin[1], resolution, np.asarray(points, dtype=np.float64)))


@njit(cache=True, nogil=True)
def _sample(esdf: Float32, origin_x: float, origin_y: float, resolution: float, points: Float64) -> Float64:
    values = np.empty(points.shape[0])
    for i in range(points.shape[0]):
        values[i] = lookup(esdf, origin_x, origin_y, resolution, points[i, 0], points[i, 1])
    return values
