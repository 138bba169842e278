"""Measures of triangle surfaces that the tests of shapes and furniture share."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.shapes import Part, Piece
from schemas.arrays import Float64


def is_closed(part: Part) -> bool:
    """Every directed edge is used once, and once the other way round: no holes, no fins, one winding."""
    edges = np.concatenate([part.triangles[:, [0, 1]], part.triangles[:, [1, 2]], part.triangles[:, [2, 0]]])
    count = len(part.vertices)
    there = np.sort(edges[:, 0].astype(np.int64) * count + edges[:, 1])
    back = np.sort(edges[:, 1].astype(np.int64) * count + edges[:, 0])
    return len(np.unique(there)) == len(there) and np.array_equal(there, back)


def volume(part: Part) -> float:
    """Enclosed volume, m³; positive when the triangles are wound outwards."""
    a, b, c = np.moveaxis(part.vertices.astype(float)[part.triangles], 1, 0)
    return float(np.einsum("ij,ij->", np.cross(a, b), c) / 6)


def areas(part: Part) -> Float64:
    """Area of each triangle, m²."""
    a, b, c = np.moveaxis(part.vertices.astype(float)[part.triangles], 1, 0)
    area: Float64 = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    return area


def uv_areas(part: Part) -> Float64:
    """Area that each triangle covers of its texture, m²."""
    a, b, c = np.moveaxis(part.uv.astype(float), 1, 0)
    across: Float64 = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    return across


def box_of(piece: Piece) -> tuple[Float64, Float64]:
    """Lowest and highest corner of all parts."""
    points = np.concatenate([part.vertices for part in piece.parts]).astype(float)
    return points.min(axis=0), points.max(axis=0)


def highest_below(piece: Piece, x: float, y: float, ceiling: float) -> float:
    """Height at which something dropped at (x, y) from just under `ceiling` comes to rest; −inf if on nothing."""
    best = -np.inf
    for part in piece.parts:
        a, b, c = np.moveaxis(part.vertices.astype(float)[part.triangles], 1, 0)
        u, v, w = b[:, :2] - a[:, :2], c[:, :2] - a[:, :2], np.array([x, y]) - a[:, :2]
        determinant = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        level = np.abs(determinant) > 1e-12
        safe = np.where(level, determinant, 1.0)
        s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / safe
        t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / safe
        z = a[:, 2] + s * (b - a)[:, 2] + t * (c - a)[:, 2]
        hit = level & (s >= -1e-9) & (t >= -1e-9) & (s + t <= 1 + 1e-9) & (z <= ceiling)
        best = max(best, float(z[hit].max(initial=-np.inf)))
    return best
