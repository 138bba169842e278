"""Kernels that turn triangles into grids: what blocks a slab of heights, and what carries a foot.

A grid is (rows, cols) with row 0 at the lowest y and column 0 at the lowest x; `origin` is the corner
of cell (0, 0) in metres. Winding is not relied on: a surface counts from both sides.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Bool, Float32, Float64, Int32
from schemas.errors import SceneError

_TOUCH = 1e-7  # metres: triangles that share an edge leave no crack between them


def check_mesh(vertices: Float32, triangles: Int32) -> tuple[Float32, Int32]:
    """(n, 3) vertices in metres and (m, 3) indices, as contiguous float32 and int32.

    Raises SceneError where there is nothing, an index is out of range, or a coordinate is not finite.
    """
    vertices = np.ascontiguousarray(vertices, dtype=np.float32)
    triangles = np.ascontiguousarray(triangles, dtype=np.int32)
    if vertices.size == 0 or triangles.size == 0:
        raise SceneError("the mesh is empty: planning needs at least a floor; check the file and its loader")
    if vertices.ndim != 2 or vertices.shape[1] != 3 or triangles.ndim != 2 or triangles.shape[1] != 3:
        raise SceneError(f"vertices {vertices.shape}, triangles {triangles.shape}: expected (n, 3) and (m, 3)")
    if not np.isfinite(vertices).all():
        bad = int(np.count_nonzero(~np.isfinite(vertices).all(axis=1)))
        raise SceneError(f"{bad} of {len(vertices)} vertices are NaN or infinite; repair the mesh or drop their faces")
    if int(triangles.min()) < 0 or int(triangles.max()) >= len(vertices):
        raise SceneError(f"triangle indices {triangles.min()}..{triangles.max()} but {len(vertices)} vertices")
    return vertices, triangles


@njit(cache=True, nogil=True)
def _load(vertices: Float32, triangles: Int32, index: int, c: Float64) -> None:
    """The three corners of a triangle, as (9,) float64."""
    for k in range(3):
        vertex = triangles[index, k]
        c[3 * k], c[3 * k + 1], c[3 * k + 2] = vertices[vertex, 0], vertices[vertex, 1], vertices[vertex, 2]


@njit(cache=True, nogil=True)
def _normal(c: Float64) -> tuple[float, float, float]:
    """Normal of a triangle (9,), as long as twice its area."""
    ux, uy, uz = c[3] - c[0], c[4] - c[1], c[5] - c[2]
    vx, vy, vz = c[6] - c[0], c[7] - c[1], c[8] - c[2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@njit(cache=True, nogil=True)
def choose(
    vertices: Float32,
    triangles: Int32,
    flat_between: tuple[float, float],
    min_normal_z: float,
    any_between: tuple[float, float],
) -> tuple[Int32, Int32]:
    """Indices of the triangles of two ranges of z: the flat ones of the first, all of the second.

    Flat is |normal z| ≥ min_normal_z; a degenerate triangle is not. A triangle is of a range that it reaches into.
    """
    flat, solid = np.empty(triangles.shape[0], np.int32), np.empty(triangles.shape[0], np.int32)
    flats, solids = 0, 0
    c = np.empty(9)
    for index in range(triangles.shape[0]):
        za, zb = vertices[triangles[index, 0], 2], vertices[triangles[index, 1], 2]
        zc = vertices[triangles[index, 2], 2]
        bottom, top = min(za, zb, zc), max(za, zb, zc)
        if top > any_between[0] and bottom < any_between[1]:
            solid[solids] = index
            solids += 1
        if top >= flat_between[0] and bottom <= flat_between[1]:
            _load(vertices, triangles, index, c)
            nx, ny, nz = _normal(c)
            if nz != 0 and nz * nz >= min_normal_z * min_normal_z * (nx * nx + ny * ny + nz * nz):
                flat[flats] = index
                flats += 1
    return flat[:flats].copy(), solid[:solids].copy()


@njit(cache=True, nogil=True)
def heights(vertices: Float32, triangles: Int32, chosen: Int32) -> tuple[Float64, Float64]:
    """Of the chosen triangles (k,), the mean height (k,) in metres and the area seen from above (k,) in m²."""
    z, area = np.empty(chosen.size), np.empty(chosen.size)
    c = np.empty(9)
    for i in range(chosen.size):
        _load(vertices, triangles, chosen[i], c)
        z[i], area[i] = (c[2] + c[5] + c[8]) / 3, abs(_normal(c)[2]) / 2
    return z, area


@njit(cache=True, nogil=True)
def extent(vertices: Float32, triangles: Int32, chosen: Int32) -> tuple[float, float, float, float]:
    """Lowest x, lowest y, highest x, highest y of the chosen triangles."""
    x_low, y_low, x_high, y_high = np.inf, np.inf, -np.inf, -np.inf
    c = np.empty(9)
    for index in chosen:
        _load(vertices, triangles, index, c)
        x_low, x_high = min(x_low, c[0], c[3], c[6]), max(x_high, c[0], c[3], c[6])
        y_low, y_high = min(y_low, c[1], c[4], c[7]), max(y_high, c[1], c[4], c[7])
    return x_low, y_low, x_high, y_high


@njit(cache=True, nogil=True)
def spread_area(
    vertices: Float32, triangles: Int32, chosen: Int32, axis: int, start: float, width: float, bins: Float64
) -> None:
    """Add the area seen from above of each chosen triangle, in even shares, to the bins along x or y it touches."""
    c, per_metre = np.empty(9), 1.0 / width
    for index in chosen:
        _load(vertices, triangles, index, c)
        first = int((min(c[axis], c[axis + 3], c[axis + 6]) - start) * per_metre)
        last = int((max(c[axis], c[axis + 3], c[axis + 6]) - start) * per_metre)
        share = abs(_normal(c)[2]) / 2 / (last - first + 1)
        for k in range(max(0, first), min(bins.size - 1, last) + 1):
            bins[k] += share


@njit(cache=True, nogil=True)
def reaching(vertices: Float32, triangles: Int32, chosen: Int32, axis: int, low: float, high: float) -> Int32:
    """Those of the chosen triangles that reach into low ≤ x ≤ high, or y for axis 1."""
    kept = np.empty_like(chosen)
    count = 0
    c = np.empty(9)
    for index in chosen:
        _load(vertices, triangles, index, c)
        if max(c[axis], c[axis + 3], c[axis + 6]) >= low and min(c[axis], c[axis + 3], c[axis + 6]) <= high:
            kept[count] = index
            count += 1
    return kept[:count].copy()


@njit(cache=True, nogil=True)
def _clip(points: Float64, count: int, bound: float, sign: float, spare: Float64) -> int:
    """Sutherland–Hodgman: cut a convex polygon (count, 3) to sign · (z − bound) ≥ 0, by way of `spare`."""
    kept = 0
    for i in range(count):
        j = (i + 1) % count
        a, b = sign * (points[i, 2] - bound), sign * (points[j, 2] - bound)
        if a >= 0:
            spare[kept, 0], spare[kept, 1], spare[kept, 2] = points[i, 0], points[i, 1], points[i, 2]
            kept += 1
        if (a >= 0) != (b >= 0):
            t = a / (a - b)
            spare[kept, 0] = points[i, 0] + t * (points[j, 0] - points[i, 0])
            spare[kept, 1] = points[i, 1] + t * (points[j, 1] - points[i, 1])
            spare[kept, 2] = bound
            kept += 1
    for i in range(kept):
        points[i, 0], points[i, 1], points[i, 2] = spare[i, 0], spare[i, 1], spare[i, 2]
    return kept


@njit(cache=True, nogil=True)
def _mark_convex(polygon: Float64, count: int, grid: Bool) -> None:
    """Mark every cell that a convex polygon touches; x, y in cells from the grid's origin.

    A row's strip cuts a convex interval out of it, so the cells between the interval's ends are
    exactly those touched. Within one row or column, as most walls lie, that is all of them.
    """
    rows, cols = grid.shape
    x_low = x_high = polygon[0, 0]
    y_low = y_high = polygon[0, 1]
    for i in range(1, count):
        x_low, x_high = min(x_low, polygon[i, 0]), max(x_high, polygon[i, 0])
        y_low, y_high = min(y_low, polygon[i, 1]), max(y_high, polygon[i, 1])
    if x_high < 0 or y_high < 0 or x_low >= cols or y_low >= rows:
        return
    first, last = int(max(0.0, y_low)), int(min(rows - 1.0, y_high))
    start, stop = int(max(0.0, x_low)), int(min(cols - 1.0, x_high))
    for row in range(first, last + 1):
        left, right = start, stop
        if first < last and start < stop:
            low, high = _strip(polygon, count, row)
            left, right = max(start, int(np.floor(low))), min(stop, int(np.floor(high)))
        for col in range(left, right + 1):
            grid[row, col] = True


@njit(cache=True, nogil=True)
def _strip(polygon: Float64, count: int, row: int) -> tuple[float, float]:
    """The x-interval of a convex polygon within row ≤ y ≤ row + 1, which it reaches into."""
    left, right = np.inf, -np.inf
    for i in range(count):
        j = i + 1 if i + 1 < count else 0
        x0, y0, x1, y1 = polygon[i, 0], polygon[i, 1], polygon[j, 0], polygon[j, 1]
        if max(y0, y1) < row or min(y0, y1) > row + 1:
            continue
        xa, xb = x0, x1
        if y0 != y1:
            slope = (x1 - x0) / (y1 - y0)
            xa = x0 + (min(max(y0, row), row + 1) - y0) * slope
            xb = x0 + (min(max(y1, row), row + 1) - y0) * slope
        left, right = min(left, xa, xb), max(right, xa, xb)
    return (left, right) if left <= right else (0.0, -1.0)


@njit(cache=True, nogil=True)
def mark_slab(
    vertices: Float32,
    triangles: Int32,
    chosen: Int32,
    low: float,
    high: float,
    origin_x: float,
    origin_y: float,
    resolution: float,
    grid: Bool,
) -> None:
    """Mark in `grid` each cell touched by a part with low < z < high of a chosen triangle. Exact, conservative."""
    polygon, spare = np.empty((8, 3)), np.empty((8, 3))
    per_metre = 1.0 / resolution
    c = np.empty(9)
    for index in chosen:
        _load(vertices, triangles, index, c)
        bottom, top = min(c[2], c[5], c[8]), max(c[2], c[5], c[8])
        if top <= low or bottom >= high:
            continue
        x0, y0 = (c[0] - origin_x) * per_metre, (c[1] - origin_y) * per_metre
        x1, y1 = (c[3] - origin_x) * per_metre, (c[4] - origin_y) * per_metre
        x2, y2 = (c[6] - origin_x) * per_metre, (c[7] - origin_y) * per_metre
        if _all_marked(grid, min(x0, x1, x2), max(x0, x1, x2), min(y0, y1, y2), max(y0, y1, y2)):
            continue
        polygon[0, 0], polygon[0, 1], polygon[0, 2] = x0, y0, c[2]
        polygon[1, 0], polygon[1, 1], polygon[1, 2] = x1, y1, c[5]
        polygon[2, 0], polygon[2, 1], polygon[2, 2] = x2, y2, c[8]
        count = 3
        if bottom < low:
            count = _clip(polygon, count, low, 1.0, spare)
        if top > high and count:
            count = _clip(polygon, count, high, -1.0, spare)
        if count:
            _mark_convex(polygon, count, grid)


@njit(cache=True, nogil=True)
def _all_marked(grid: Bool, x_low: float, x_high: float, y_low: float, y_high: float) -> bool:
    """Whether no cell that a box touches, given in cells, is left to mark; large boxes are not looked through."""
    first, last = int(max(0.0, y_low)), int(min(grid.shape[0] - 1.0, y_high))
    start, stop = int(max(0.0, x_low)), int(min(grid.shape[1] - 1.0, x_high))
    if x_high < 0 or y_high < 0 or start > stop or first > last:
        return True
    if (last - first + 1) * (stop - start + 1) > 16:
        return False
    for row in range(first, last + 1):
        for col in range(start, stop + 1):
            if not grid[row, col]:
                return False
    return True


@njit(cache=True, nogil=True)
def mark_support(
    vertices: Float32,
    triangles: Int32,
    chosen: Int32,
    low: float,
    high: float,
    origin_x: float,
    origin_y: float,
    resolution: float,
    grid: Bool,
) -> None:
    """Mark the cells whose centre lies over or under a chosen, flat triangle with low ≤ z ≤ high there."""
    rows, cols = grid.shape
    per_metre = 1.0 / resolution
    touch = _TOUCH * per_metre
    c = np.empty(9)
    for index in chosen:
        _load(vertices, triangles, index, c)
        x0, y0 = (c[0] - origin_x) * per_metre, (c[1] - origin_y) * per_metre
        x1, y1 = (c[3] - origin_x) * per_metre, (c[4] - origin_y) * per_metre
        x2, y2 = (c[6] - origin_x) * per_metre, (c[7] - origin_y) * per_metre
        x_low, x_high = min(x0, x1, x2) - touch, max(x0, x1, x2) + touch
        y_low, y_high = min(y0, y1, y2) - touch, max(y0, y1, y2) + touch
        nx, ny, nz = _normal(c)
        level = min(c[2], c[5], c[8]) >= low and max(c[2], c[5], c[8]) <= high
        sign = 1.0 if nz > 0 else -1.0
        for row in range(int(max(0.0, np.ceil(y_low - 0.5))), int(min(rows - 1.0, np.floor(y_high - 0.5))) + 1):
            y = row + 0.5
            for col in range(int(max(0.0, np.ceil(x_low - 0.5))), int(min(cols - 1.0, np.floor(x_high - 0.5))) + 1):
                x = col + 0.5
                if (
                    not grid[row, col]
                    and _left_of(x0, y0, x1, y1, x, y, sign, touch)
                    and _left_of(x1, y1, x2, y2, x, y, sign, touch)
                    and _left_of(x2, y2, x0, y0, x, y, sign, touch)
                ):
                    z = c[2] - resolution * (nx * (x - x0) + ny * (y - y0)) / nz
                    grid[row, col] = level or low <= z <= high


@njit(cache=True, nogil=True)
def _left_of(x0: float, y0: float, x1: float, y1: float, x: float, y: float, sign: float, touch: float) -> bool:
    """Whether a point lies left of an edge, or right for sign −1, or within about `touch` of it."""
    dx, dy = x1 - x0, y1 - y0
    return sign * (dx * (y - y0) - dy * (x - x0)) >= -touch * (abs(dx) + abs(dy))
