"""Light at points of a surface: gaps filled, noise taken out by means over neighbours, coarse grids made finer."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from factory.rendering.points import Points
from schemas.arrays import Bool, Float32, Float64, Int32, Int64

NORMAL_REACH = 0.15  # metres that a unit of difference between normals counts for
NEIGHBOURS = 48


@njit(cache=True)
def fill(light: Float32, known: Bool, owner: Int32, rounds: int) -> Float32:
    """`light` (H, W, 3) with each unknown texel the mean of the known ones around it on its grid.

    owner : (H, W) int32, grid of each texel, −1 for none; rounds : how many texels deep
    """
    filled, known = light.copy(), known.copy()
    height, width = owner.shape
    for _ in range(rounds):
        before = known.copy()
        for y in range(height):
            for x in range(width):
                if before[y, x] or owner[y, x] < 0:
                    continue
                total, count = np.zeros(3, np.float32), 0
                for v in range(max(y - 1, 0), min(y + 2, height)):
                    for u in range(max(x - 1, 0), min(x + 2, width)):
                        if before[v, u] and owner[v, u] == owner[y, x]:
                            total += filled[v, u]
                            count += 1
                if count:
                    filled[y, x] = total / np.float32(count)
                    known[y, x] = True
    return filled


def neighbour_means(source: Points, target: Points, reach: float, threads: int) -> csr_array:
    """A matrix (n, m) that makes of values at `source` (m) means at `target` (n), over what is near and faces alike.

    reach : metres at which a neighbour's weight has fallen to exp(−½)
    """
    count, shape = min(NEIGHBOURS, len(source)), (len(target), len(source))
    if not count or not shape[0]:
        return csr_array(shape, dtype=np.float32)
    away, near = KDTree(_features(source), leafsize=32).query(_features(target), count, workers=max(threads, 1))
    away, near = away.reshape(-1, count), near.reshape(-1, count)
    weight = np.exp(-0.5 * (away**2 - away[:, :1] ** 2) / reach**2)
    weight /= weight.sum(axis=1, keepdims=True)
    starts = np.arange(shape[0] + 1) * count
    return csr_array((weight.astype(np.float32).reshape(-1), near.astype(np.int32).reshape(-1), starts), shape)


def _features(points: Points) -> Float64:
    return np.concatenate([points.position, NORMAL_REACH * points.normal], axis=1)


@njit(cache=True)
def resample(
    coarse: Float32, grid: Int64, node: Int64, nodes: Int64, coarse_nodes: Int64, coarse_corner: Int64
) -> Float32:
    """`coarse` (H, W, c) at the nodes (n, 2) of finer grids of the same rectangles: bilinear, (n, c).

    grid : (n,) of each node; nodes, coarse_nodes, coarse_corner : (r, 2), as in `Grids`
    """
    result = np.empty((len(grid), coarse.shape[2]), np.float32)
    for i in range(len(grid)):
        g = grid[i]
        x = node[i, 0] * (coarse_nodes[g, 0] - 1) / (nodes[g, 0] - 1)
        y = node[i, 1] * (coarse_nodes[g, 1] - 1) / (nodes[g, 1] - 1)
        u, v = min(int(x), coarse_nodes[g, 0] - 2), min(int(y), coarse_nodes[g, 1] - 2)
        s, t = np.float32(x - u), np.float32(y - v)
        u, v = u + coarse_corner[g, 0], v + coarse_corner[g, 1]
        upper = coarse[v, u] * (1 - s) + coarse[v, u + 1] * s
        lower = coarse[v + 1, u] * (1 - s) + coarse[v + 1, u + 1] * s
        result[i] = upper * (1 - t) + lower * t
    return result
