"""From one mesh of a scene to another: which triangle there is nearest to each triangle here."""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import AnyArray, Float32, Float64, Int32, Int64

_SAME = 1e-3
_FAR = 1e9


def nearest_triangles(
    vertices: Float32, triangles: Int32, to_vertices: Float32, to_triangles: Int32, limit: float
) -> Int64:
    """For each of `to_triangles` (k,) the number of the triangle nearest to its middle; −1 beyond `limit` metres.

    Triangles that both meshes have are matched as such, by order or by their corners: surfaces that touch
    cannot be confused then.
    """
    if len(triangles) == len(to_triangles) and len(triangles):
        apart = vertices[triangles] - to_vertices[to_triangles]
        if float(np.abs(apart).max()) < _SAME:  # False for NaN
            return np.arange(len(triangles), dtype=np.int64)
    found = _equal(_corners_key(vertices, triangles), _corners_key(to_vertices, to_triangles))
    rest = np.flatnonzero(found < 0)
    if len(rest) and len(triangles):
        number, distance = _closest(vertices, triangles, to_vertices[to_triangles[rest]].mean(axis=1))
        found[rest] = np.where(distance <= limit, number, -1)
    return found


@njit(cache=True, nogil=True)
def _corners_key(vertices: Float32, triangles: Int32) -> AnyArray:
    """(m,) a hash a triangle, equal for equal corners in any order, to 2 mm but for rounding."""
    keys = np.zeros(len(triangles), np.uint64)
    for face in range(len(triangles)):
        key = np.uint64(0x9E3779B97F4A7C15)
        for axis in range(3):
            a = np.float64(vertices[triangles[face, 0], axis])
            b = np.float64(vertices[triangles[face, 1], axis])
            c = np.float64(vertices[triangles[face, 2], axis])
            for value in (min(a, b, c), max(a, b, c), (a + b + c) / 3):
                # What is not finite matches nothing near; `checked` refuses it by name.
                place = value / (2 * _SAME) if abs(value) < _FAR else _FAR
                key = (key ^ np.uint64(np.int64(np.rint(place)))) * np.uint64(0xBF58476D1CE4E5B9)
                key = key ^ (key >> np.uint64(29))
        keys[face] = key
    return keys


def _equal(keys: AnyArray, wanted: AnyArray) -> Int64:
    """(k,) where each of `wanted` is in `keys`, the first of several; −1 for none."""
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    known, first = np.unique(keys, return_index=True)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, first[place], -1).astype(np.int64)


def _closest(vertices: Float32, triangles: Int32, points: Float32) -> tuple[Int64, Float64]:
    import open3d as o3d  # takes seconds to import, and most scenes do without

    scene = o3d.t.geometry.RaycastingScene()
    as_tensor = o3d.core.Tensor.from_numpy
    scene.add_triangles(
        as_tensor(np.ascontiguousarray(vertices, np.float32)), as_tensor(np.ascontiguousarray(triangles, np.uint32))
    )
    points = np.ascontiguousarray(np.nan_to_num(points, nan=_FAR, posinf=_FAR, neginf=-_FAR), np.float32)
    found = scene.compute_closest_points(as_tensor(points))
    distance = np.linalg.norm(found["points"].numpy() - points, axis=1).astype(np.float64)
    return found["primitive_ids"].numpy().astype(np.int64), distance
