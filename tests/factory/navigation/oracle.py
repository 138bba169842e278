"""Independent judges of navigation: exact distances to triangles, plain searches. Nothing of the factory is used."""

from __future__ import annotations

import heapq
import itertools
import math

import numpy as np
from numba import njit

from schemas.arrays import Float32, Float64, Int32


def slab_polygons(vertices: Float32, triangles: Int32, low: float, high: float) -> Float64:
    """Every triangle's part with low ≤ z ≤ high, seen from above: (k, 5, 2), corners repeated to fill."""
    corners = vertices[triangles].astype(np.float64)
    z = corners[:, :, 2]
    corners = corners[(z.max(axis=1) > low) & (z.min(axis=1) < high)]
    out = np.empty((len(corners), 5, 2))
    z = corners[:, :, 2]
    inside = (z >= low).all(axis=1) & (z <= high).all(axis=1)
    out[inside] = corners[inside][:, [0, 1, 2, 2, 2], :2]
    for index in np.nonzero(~inside)[0]:
        polygon = _cut(_cut(list(corners[index]), low, 1.0), high, -1.0)
        points = np.array([point[:2] for point in polygon])
        out[index] = points[np.minimum(np.arange(5), len(points) - 1)]
    return out


def _cut(polygon: list[Float64], bound: float, sign: float) -> list[Float64]:
    kept: list[Float64] = []
    for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        da, db = sign * (a[2] - bound), sign * (b[2] - bound)
        if da >= 0:
            kept.append(a)
        if da * db < 0:
            kept.append(a + da / (da - db) * (b - a))
    return kept or polygon[:1]


@njit(cache=True, nogil=True)
def _distance(x: float, y: float, polygon: Float64) -> float:
    """From a point to a convex polygon in the plane, 0 inside."""
    nearest, left, right = np.inf, True, True
    for i in range(5):
        ax, ay = polygon[i, 0], polygon[i, 1]
        bx, by = polygon[(i + 1) % 5, 0], polygon[(i + 1) % 5, 1]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        t = 0.0 if length == 0 else min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / length))
        nearest = min(nearest, math.hypot(x - ax - t * dx, y - ay - t * dy))
        side = dx * (y - ay) - dy * (x - ax)
        left, right = left and side >= 0, right and side <= 0
    area = 0.0
    for i in range(1, 4):
        area += (polygon[i, 0] - polygon[0, 0]) * (polygon[i + 1, 1] - polygon[0, 1])
        area -= (polygon[i, 1] - polygon[0, 1]) * (polygon[i + 1, 0] - polygon[0, 0])
    return 0.0 if (left or right) and area != 0 else nearest


@njit(cache=True, nogil=True)
def keeps_distance(controls: Float64, radius: float, polygons: Float64, boxes: Float64) -> float:
    """Proof that a uniform cubic B-spline stays `radius` metres from all polygons: the least distance met,
    capped at radius + 0.3 m; −1 where it comes within a micrometre of the radius.

    The curve's speed by its parameter is at most the longest edge of its control polygon, so from a point at
    distance d the parameter may advance by (d − radius) / that and no nearer point is missed. boxes : (k, 4)
    bounds of the polygons, x0, y0, x1, y1.
    """
    worst = np.inf
    near = np.empty(polygons.shape[0], np.int64)
    for span in range(controls.shape[0] - 3):
        q = controls[span : span + 4]
        fastest = 0.0
        for i in range(3):
            fastest = max(fastest, math.hypot(q[i + 1, 0] - q[i, 0], q[i + 1, 1] - q[i, 1]))
        reach = radius + 0.3
        x0, y0, x1, y1 = q[:, 0].min() - reach, q[:, 1].min() - reach, q[:, 0].max() + reach, q[:, 1].max() + reach
        count = 0
        for k in range(boxes.shape[0]):
            if boxes[k, 0] <= x1 and boxes[k, 2] >= x0 and boxes[k, 1] <= y1 and boxes[k, 3] >= y0:
                near[count] = k
                count += 1
        t = 0.0
        while True:
            s = 1 - t
            b0, b1 = s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6
            b2, b3 = (3 * s * s * s - 6 * s * s + 4) / 6, t * t * t / 6
            x = b0 * q[0, 0] + b1 * q[1, 0] + b2 * q[2, 0] + b3 * q[3, 0]
            y = b0 * q[0, 1] + b1 * q[1, 1] + b2 * q[2, 1] + b3 * q[3, 1]
            d = reach
            for i in range(count):
                k = near[i]
                if boxes[k, 0] > x + d or boxes[k, 2] < x - d or boxes[k, 1] > y + d or boxes[k, 3] < y - d:
                    continue
                d = min(d, _distance(x, y, polygons[k]))
            worst = min(worst, d)
            if d < radius + 1e-6:
                return -1.0
            if t >= 1.0:
                break
            t = min(1.0, t + max(1e-9, (d - radius) / max(fastest, 1e-12)))
    return worst


def bounds_of(polygons: Float64) -> Float64:
    """(k, 4) bounds of polygons (k, 5, 2): x0, y0, x1, y1."""
    return np.concatenate([polygons.min(axis=1), polygons.max(axis=1)], axis=1)


def a_star(weights: Float32, start: tuple[int, int], goal: tuple[int, int]) -> float | None:
    """Cost in cells of the cheapest eight-connected path without cut corners, or None. A textbook search."""
    rows, cols = weights.shape
    best = {start: 0.0}
    queue = [(0.0, 0.0, start)]
    while queue:
        _, cost, (row, col) = heapq.heappop(queue)
        if (row, col) == goal:
            return cost
        if cost > best[row, col]:
            continue
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                r, c = row + dr, col + dc
                if (dr, dc) == (0, 0) or not (0 <= r < rows and 0 <= c < cols):
                    continue
                if not (np.isfinite(weights[r, c]) and np.isfinite(weights[row, c]) and np.isfinite(weights[r, col])):
                    continue
                new = cost + math.hypot(dr, dc) * (float(weights[row, col]) + float(weights[r, c])) / 2
                if new < best.get((r, c), math.inf):
                    best[r, c] = new
                    h = max(abs(r - goal[0]), abs(c - goal[1])) + (math.sqrt(2) - 1) * min(
                        abs(r - goal[0]), abs(c - goal[1])
                    )
                    heapq.heappush(queue, (new + h, new, (r, c)))
    return None


def heap_field(weights: Float32, start: tuple[int, int]) -> Float32:
    """Costs (rows, cols) float32 by a binary heap, each step added as half of one cell and half of the other."""
    rows, cols = weights.shape
    field = np.full(weights.shape, np.inf, dtype=np.float32)
    if not np.isfinite(weights[start]):
        return field
    field[start] = 0
    queue = [(np.float32(0), start)]
    while queue:
        cost, (row, col) = heapq.heappop(queue)
        if cost > field[row, col]:
            continue
        for r in range(max(0, row - 1), min(rows, row + 2)):
            for c in range(max(0, col - 1), min(cols, col + 2)):
                if not (np.isfinite(weights[r, c]) and np.isfinite(weights[row, c]) and np.isfinite(weights[r, col])):
                    continue
                half = np.float32(math.hypot(r - row, c - col) / 2)
                new = (cost + half * weights[row, col]) + half * weights[r, c]
                if new < field[r, c]:
                    field[r, c] = new
                    heapq.heappush(queue, (new, (r, c)))
    return field


def path_cost(weights: Float32, path: Int32) -> float:
    """What a path of cells (n, 2) costs, added up in double precision."""
    total = 0.0
    for (r0, c0), (r1, c1) in itertools.pairwise(path):
        total += math.hypot(r1 - r0, c1 - c0) * (float(weights[r0, c0]) + float(weights[r1, c1])) / 2
    return total
