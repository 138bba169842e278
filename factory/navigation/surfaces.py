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
def _is_flat(corners: Float32, min_normal_z: float) -> bool:
    """Whether a triangle (9,) is a surface, with |normal z| ≥ min_normal_z. A degenerate one is none."""
    nx, ny, nz = _normal(corners)
    return bool(nz != 0) and abs(nz) >= min_normal_z * np.sqrt(nx * nx + ny * ny + nz * nz)


@njit(cache=True, nogil=True)
def _normal(c: Float32) -> tuple[float, float, float]:
    """Normal of a triangle (9,), as long as twice its area."""
    ux, uy, uz = np.float64(c[3]) - c[0], np.float64(c[4]) - c[1], np.float64(c[5]) - c[2]
    vx, vy, vz = np.float64(c[6]) - c[0], np.float64(c[7]) - c[1], np.float64(c[8]) - c[2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@njit(cache=True, nogil=True)
def gather(vertices: Float32, triangles: Int32, low: float, high: float, min_normal_z: float) -> Float32:
    """The triangles that reach into low ≤ z ≤ high and are flat enough → (k, 9) float32, three corners each.

    `min_normal_z` 0 takes them all, upright ones too.
    """
    found = np.empty((triangles.shape[0], 9), np.float32)
    count = 0
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        za, zb, zc = vertices[a, 2], vertices[b, 2], vertices[c, 2]
        if max(za, zb, zc) < low or min(za, zb, zc) > high:
            continue
        corners = found[count]
        corners[0], corners[1], corners[2] = vertices[a, 0], vertices[a, 1], za
        corners[3], corners[4], corners[5] = vertices[b, 0], vertices[b, 1], zb
        corners[6], corners[7], corners[8] = vertices[c, 0], vertices[c, 1], zc
        if min_normal_z == 0 or _is_flat(corners, min_normal_z):
            count += 1
    return found[:count].copy()


@njit(cache=True, nogil=True)
def flat_only(corners: Float32, min_normal_z: float) -> Bool:
    """Which triangles (k, 9) are surfaces no steeper than that: (k,) bool."""
    flat = np.empty(corners.shape[0], np.bool_)
    for index in range(corners.shape[0]):
        flat[index] = _is_flat(corners[index], min_normal_z)
    return flat


def plan_area(corners: Float32) -> Float64:
    """Area (k,), m², of triangles (k, 9) seen from above."""
    c = corners.astype(np.float64)
    cross = (c[:, 3] - c[:, 0]) * (c[:, 7] - c[:, 1]) - (c[:, 4] - c[:, 1]) * (c[:, 6] - c[:, 0])
    return np.asarray(np.abs(cross) / 2)


@njit(cache=True, nogil=True)
def _clip(points: Float64, count: int, bound: float, sign: float, out: Float64) -> int:
    """Sutherland–Hodgman: what of a convex polygon (count, 3) has sign · (z − bound) ≥ 0, in `out`."""
    kept = 0
    for i in range(count):
        j = (i + 1) % count
        a, b = sign * (points[i, 2] - bound), sign * (points[j, 2] - bound)
        if a >= 0:
            out[kept, 0], out[kept, 1], out[kept, 2] = points[i, 0], points[i, 1], points[i, 2]
            kept += 1
        if (a >= 0) != (b >= 0):
            t = a / (a - b)
            out[kept, 0] = points[i, 0] + t * (points[j, 0] - points[i, 0])
            out[kept, 1] = points[i, 1] + t * (points[j, 1] - points[i, 1])
            out[kept, 2] = bound
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
    corners: Float32, low: float, high: float, origin_x: float, origin_y: float, resolution: float, grid: Bool
) -> None:
    """Mark in `grid` each cell touched by a part with low < z < high of a triangle (k, 9). Exact, conservative."""
    rows, cols = grid.shape
    polygon, spare = np.empty((8, 3)), np.empty((8, 3))
    for index in range(corners.shape[0]):
        c = corners[index]
        bottom, top = min(c[2], c[5], c[8]), max(c[2], c[5], c[8])
        if top <= low or bottom >= high:
            continue
        x_low, x_high, y_low, y_high = np.inf, -np.inf, np.inf, -np.inf
        for k in range(3):
            x = (np.float64(c[3 * k]) - origin_x) / resolution
            y = (np.float64(c[3 * k + 1]) - origin_y) / resolution
            polygon[k, 0], polygon[k, 1], polygon[k, 2] = x, y, c[3 * k + 2]
            x_low, x_high, y_low, y_high = min(x_low, x), max(x_high, x), min(y_low, y), max(y_high, y)
        if x_high < 0 or y_high < 0 or x_low >= cols or y_low >= rows:
            continue
        one_cell = int(x_low) == int(x_high) and int(y_low) == int(y_high) and min(x_low, y_low) >= 0
        if one_cell and bottom >= low and top <= high:
            grid[int(y_low), int(x_low)] = True
            continue
        count = 3
        if bottom < low:
            count = _clip(polygon, count, low, 1.0, spare)
            polygon, spare = spare, polygon
        if top > high and count:
            count = _clip(polygon, count, high, -1.0, spare)
            polygon, spare = spare, polygon
        if count:
            _mark_convex(polygon, count, grid)


@njit(cache=True, nogil=True)
def mark_support(
    corners: Float32, low: float, high: float, origin_x: float, origin_y: float, resolution: float, grid: Bool
) -> None:
    """Mark the cells whose centre lies over or under a flat triangle (k, 9) with low ≤ z ≤ high there."""
    rows, cols = grid.shape
    for index in range(corners.shape[0]):
        c = corners[index]
        if max(c[2], c[5], c[8]) < low or min(c[2], c[5], c[8]) > high:
            continue
        nx, ny, nz = _normal(c)
        y_low, y_high = min(c[1], c[4], c[7]) - _TOUCH, max(c[1], c[4], c[7]) + _TOUCH
        first = max(0, int(np.ceil((y_low - origin_y) / resolution - 0.5)))
        last = min(rows - 1, int(np.floor((y_high - origin_y) / resolution - 0.5)))
        for row in range(first, last + 1):
            y = origin_y + (row + 0.5) * resolution
            left, right = _chord(c, y)
            start = max(0, int(np.ceil((left - _TOUCH - origin_x) / resolution - 0.5)))
            stop = min(cols - 1, int(np.floor((right + _TOUCH - origin_x) / resolution - 0.5)))
            for col in range(start, stop + 1):
                x = origin_x + (col + 0.5) * resolution
                z = c[2] - (nx * (x - c[0]) + ny * (y - c[1])) / nz
                if low <= z <= high:
                    grid[row, col] = True


@njit(cache=True, nogil=True)
def _chord(c: Float32, y: float) -> tuple[float, float]:
    """The x-interval of a triangle (9,) on the line at `y`; an empty one where it does not reach."""
    left, right = 1e30, -1e30
    for i in range(3):
        j = (i + 1) % 3
        px, py = np.float64(c[3 * i]), np.float64(c[3 * i + 1])
        qx, qy = np.float64(c[3 * j]), np.float64(c[3 * j + 1])
        low, high = min(py, qy), max(py, qy)
        if y < low - _TOUCH or y > high + _TOUCH:
            continue
        if high - low < _TOUCH:
            left, right = min(left, px, qx), max(right, px, qx)
        else:
            x = px + min(1.0, max(0.0, (y - py) / (qy - py))) * (qx - px)
            left, right = min(left, x), max(right, x)
    return left, right
