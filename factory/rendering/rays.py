"""Rays through the pixels of a camera, and which of them need not be traced."""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Bool, Float32, Float64, Int32, Int64


@njit(cache=True, nogil=True, error_model="numpy")
def aim(width: int, height: int, rotation: Float64, origin: Float64, lens: Float64, offset: Float64) -> Float32:
    """Rays (H·W, 6) float32 beside the pixels' centres: origins, and directions of length 1 along the optical axis.

    rotation : (3, 3), camera to world; origin : (3,); lens : fx, fy, cx, cy; offset : (2,) in pixels
    """
    rays = np.empty((height * width, 6), np.float32)
    for v in range(height):
        for u in range(width):
            x, y = (u + offset[0] - lens[2]) / lens[0], (v + offset[1] - lens[3]) / lens[1]
            for i in range(3):
                rays[v * width + u, i] = origin[i]
                rays[v * width + u, 3 + i] = rotation[i, 0] * x + rotation[i, 1] * y + rotation[i, 2]
    return rays


@njit(cache=True, nogil=True, error_model="numpy")
def find_plain(triangle: Int64) -> Bool:
    """Which pixels (H, W) show one triangle (H, W), −1 for none, with all around: what is beside their centre is it."""
    height, width = triangle.shape
    plain = np.ones((height, width), np.bool_)
    for v in range(height):
        for u in range(width):
            for y in range(max(v - 1, 0), min(v + 2, height)):
                for x in range(max(u - 1, 0), min(u + 2, width)):
                    plain[v, u] &= triangle[y, x] == triangle[v, u]
    return plain


@njit(cache=True, nogil=True, error_model="numpy")
def meet(vertices: Float32, triangles: Int32, rays: Float32, triangle: Int64, plain: Bool) -> tuple[Float32, Float32]:
    """Where `rays` (n, 6) meet `triangle` (n,), if `plain`: how far (n,), infinite for the triangle −1, and the
    barycentric weights (n, 2) of its second and third corner.

    A. Möller and B. Trumbore, "Fast, minimum storage ray/triangle intersection", 1997.
    """
    weights, distance = np.zeros((len(rays), 2), np.float32), np.full(len(rays), np.inf, np.float32)
    edges, toward = np.empty((2, 3)), np.empty(3)
    for i in range(len(rays)):
        t = triangle[i]
        if t < 0 or not plain[i]:
            continue
        a, b, c = triangles[t]
        for k in range(3):
            edges[0, k] = vertices[b, k] - vertices[a, k]
            edges[1, k] = vertices[c, k] - vertices[a, k]
            toward[k] = rays[i, k] - vertices[a, k]
        dx, dy, dz = rays[i, 3], rays[i, 4], rays[i, 5]
        px = dy * edges[1, 2] - dz * edges[1, 1]
        py = dz * edges[1, 0] - dx * edges[1, 2]
        pz = dx * edges[1, 1] - dy * edges[1, 0]
        whole = px * edges[0, 0] + py * edges[0, 1] + pz * edges[0, 2]
        qx = toward[1] * edges[0, 2] - toward[2] * edges[0, 1]
        qy = toward[2] * edges[0, 0] - toward[0] * edges[0, 2]
        qz = toward[0] * edges[0, 1] - toward[1] * edges[0, 0]
        weights[i, 0] = (px * toward[0] + py * toward[1] + pz * toward[2]) / whole
        weights[i, 1] = (qx * dx + qy * dy + qz * dz) / whole
        distance[i] = (qx * edges[1, 0] + qy * edges[1, 1] + qz * edges[1, 2]) / whole
    return distance, weights
