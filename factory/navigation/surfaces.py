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
def _normal(a: Float32, b: Float32, c: Float32) -> tuple[float, float, float]:
    """Normal of a triangle, as long as twice its area."""
    ux, uy, uz = np.float64(b[0]) - a[0], np.float64(b[1]) - a[1], np.float64(b[2]) - a[2]
    vx, vy, vz = np.float64(c[0]) - a[0], np.float64(c[1]) - a[1], np.float64(c[2]) - a[2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@njit(cache=True, nogil=True)
def _is_flat(nx: float, ny: float, nz: float, min_normal_z: float) -> bool:
    return nz != 0 and abs(nz) >= min_normal_z * np.sqrt(nx * nx + ny * ny + nz * nz)


@njit(cache=True, nogil=True)
def _clip(points: Float64, count: int, axis: int, bound: float, keep_above: bool, out: Float64) -> int:
    """Sutherland–Hodgman: the part of a convex polygon on one side of an axis-aligned plane."""
    kept = 0
    for i in range(count):
        j = (i + 1) % count
        a = points[i, axis] - bound
        b = points[j, axis] - bound
        if not keep_above:
            a, b = -a, -b
        if a >= 0:
            out[kept] = points[i]
            kept += 1
        if (a >= 0) != (b >= 0):
            t = a / (a - b)
            for k in range(3):
                out[kept, k] = points[i, k] + t * (points[j, k] - points[i, k])
            out[kept, axis] = bound
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def _mark_convex(polygon: Float64, count: int, grid: Bool) -> None:
    """Mark every cell that a convex polygon touches; x, y in cells from the grid's origin.

    A row's strip cuts a convex interval out of it, so the cells between the interval's ends are
    exactly those touched.
    """
    rows, cols = grid.shape
    low = polygon[:count, 1].min()
    high = polygon[:count, 1].max()
    first = max(0, int(np.floor(low)))
    last = min(rows - 1, int(np.floor(high)))
    for row in range(first, last + 1):
        left, right = np.inf, -np.inf
        for i in range(count):
            x0, y0 = polygon[i, 0], polygon[i, 1]
            j = (i + 1) % count
            x1, y1 = polygon[j, 0], polygon[j, 1]
            if max(y0, y1) < row or min(y0, y1) > row + 1:
                continue
            t0, t1 = 0.0, 1.0
            if y0 != y1:
                a, b = (row - y0) / (y1 - y0), (row + 1 - y0) / (y1 - y0)
                t0, t1 = max(0.0, min(a, b)), min(1.0, max(a, b))
            xa, xb = x0 + t0 * (x1 - x0), x0 + t1 * (x1 - x0)
            left, right = min(left, xa, xb), max(right, xa, xb)
        if left <= right:
            for col in range(max(0, int(np.floor(left))), min(cols - 1, int(np.floor(right))) + 1):
                grid[row, col] = True


@njit(cache=True, nogil=True)
def mark_slab(
    vertices: Float32,
    triangles: Int32,
    low: float,
    high: float,
    origin_x: float,
    origin_y: float,
    resolution: float,
    grid: Bool,
) -> None:
    """Mark in `grid` every cell that a part of a triangle with low < z < high touches. Exact, conservative."""
    rows, cols = grid.shape
    polygon, spare = np.empty((8, 3)), np.empty((8, 3))
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        za, zb, zc = vertices[a, 2], vertices[b, 2], vertices[c, 2]
        bottom, top = min(za, zb, zc), max(za, zb, zc)
        if top <= low or bottom >= high:
            continue
        x_low, x_high, y_low, y_high = np.inf, -np.inf, np.inf, -np.inf
        for k, vertex in enumerate((a, b, c)):
            x = (np.float64(vertices[vertex, 0]) - origin_x) / resolution
            y = (np.float64(vertices[vertex, 1]) - origin_y) / resolution
            polygon[k, 0], polygon[k, 1], polygon[k, 2] = x, y, vertices[vertex, 2]
            x_low, x_high, y_low, y_high = min(x_low, x), max(x_high, x), min(y_low, y), max(y_high, y)
        if x_high < 0 or y_high < 0 or x_low >= cols or y_low >= rows:
            continue
        count = 3
        if bottom < low:
            count = _clip(polygon, count, 2, low, True, spare)
            polygon, spare = spare, polygon
        if top > high and count:
            count = _clip(polygon, count, 2, high, False, spare)
            polygon, spare = spare, polygon
        if count:
            _mark_convex(polygon, count, grid)


@njit(cache=True, nogil=True)
def mark_support(
    vertices: Float32,
    triangles: Int32,
    low: float,
    high: float,
    min_normal_z: float,
    origin_x: float,
    origin_y: float,
    resolution: float,
    grid: Bool,
) -> None:
    """Mark the cells whose centre has a surface over or under it with low ≤ z ≤ high and |normal z| ≥ min_normal_z."""
    rows, cols = grid.shape
    for index in range(triangles.shape[0]):
        a, b, c = vertices[triangles[index, 0]], vertices[triangles[index, 1]], vertices[triangles[index, 2]]
        if max(a[2], b[2], c[2]) < low or min(a[2], b[2], c[2]) > high:
            continue
        nx, ny, nz = _normal(a, b, c)
        if not _is_flat(nx, ny, nz, min_normal_z):
            continue
        y_low, y_high = min(a[1], b[1], c[1]) - _TOUCH, max(a[1], b[1], c[1]) + _TOUCH
        first = max(0, int(np.ceil((y_low - origin_y) / resolution - 0.5)))
        last = min(rows - 1, int(np.floor((y_high - origin_y) / resolution - 0.5)))
        for row in range(first, last + 1):
            y = origin_y + (row + 0.5) * resolution
            left, right = _chord(a, b, c, y)
            start = max(0, int(np.ceil((left - _TOUCH - origin_x) / resolution - 0.5)))
            stop = min(cols - 1, int(np.floor((right + _TOUCH - origin_x) / resolution - 0.5)))
            for col in range(start, stop + 1):
                x = origin_x + (col + 0.5) * resolution
                z = a[2] - (nx * (x - a[0]) + ny * (y - a[1])) / nz
                if low <= z <= high:
                    grid[row, col] = True


@njit(cache=True, nogil=True)
def _chord(a: Float32, b: Float32, c: Float32, y: float) -> tuple[float, float]:
    """The x-interval of a triangle on the line at `y`; empty (inf, −inf) where it does not reach."""
    left, right = np.inf, -np.inf
    for p, q in ((a, b), (b, c), (c, a)):
        low, high = min(p[1], q[1]), max(p[1], q[1])
        if y < low - _TOUCH or y > high + _TOUCH:
            continue
        if high - low < _TOUCH:
            left, right = min(left, p[0], q[0]), max(right, p[0], q[0])
        else:
            t = min(1.0, max(0.0, (y - p[1]) / (np.float64(q[1]) - p[1])))
            x = p[0] + t * (np.float64(q[0]) - p[0])
            left, right = min(left, x), max(right, x)
    return left, right


@njit(cache=True, nogil=True)
def flat_area_by_height(
    vertices: Float32,
    triangles: Int32,
    min_normal_z: float,
    bottom: float,
    bin_height: float,
    area: Float64,
    moment: Float64,
) -> None:
    """Gather the flat triangles by their centroid's z: plan area in `area` (bins,), m², and area · z in `moment`."""
    for index in range(triangles.shape[0]):
        a, b, c = vertices[triangles[index, 0]], vertices[triangles[index, 1]], vertices[triangles[index, 2]]
        nx, ny, nz = _normal(a, b, c)
        if _is_flat(nx, ny, nz, min_normal_z):
            z = (np.float64(a[2]) + b[2] + c[2]) / 3
            k = min(area.size - 1, max(0, int((z - bottom) / bin_height)))
            area[k] += abs(nz) / 2
            moment[k] += abs(nz) / 2 * z


@njit(cache=True, nogil=True)
def flat_area_along(
    vertices: Float32,
    triangles: Int32,
    low: float,
    high: float,
    min_normal_z: float,
    axis: int,
    window_low: Float64,
    window_high: Float64,
    start: float,
    bin_width: float,
    area: Float64,
) -> None:
    """Spread over `area` (bins along x or y) the plan area of the floor with low ≤ z ≤ high inside a window of x, y."""
    other = 1 - axis
    for index in range(triangles.shape[0]):
        a, b, c = vertices[triangles[index, 0]], vertices[triangles[index, 1]], vertices[triangles[index, 2]]
        if min(a[2], b[2], c[2]) > high or max(a[2], b[2], c[2]) < low:
            continue
        if max(a[other], b[other], c[other]) < window_low[other]:
            continue
        if min(a[other], b[other], c[other]) > window_high[other]:
            continue
        nx, ny, nz = _normal(a, b, c)
        if not _is_flat(nx, ny, nz, min_normal_z):
            continue
        first = int((min(a[axis], b[axis], c[axis]) - start) / bin_width)
        last = int((max(a[axis], b[axis], c[axis]) - start) / bin_width)
        first, last = max(0, first), min(area.size - 1, last)
        for k in range(first, last + 1):
            area[k] += abs(nz) / 2 / (last - first + 1)
