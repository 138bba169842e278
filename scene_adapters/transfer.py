"""From one mesh of a scene to another: which triangle there is nearest to each triangle here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from schemas.arrays import Float32, Float64, Int32, UInt64

_SAME = 1e-3
_FAR = 1e9
# No entry is all ones: triangles are fewer than their bits can number.
_FREE = np.uint64(0xFFFFFFFFFFFFFFFF)
_PRIMES = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Surface:
    """Triangles (m, 3) of vertices (n, 3) that can be found by where their corners are.

    table : a hash table, open addressed, of a power of two and half of it free. An entry is a triangle's key with
        its number in place of the lower bits, a mask of which is `numbers`: those bits say where it stands. So a
        look takes one access to memory, which is what there is to wait for.
    """

    vertices: Float32
    triangles: Int32
    table: UInt64
    numbers: np.uint64


def findable(vertices: Float32, triangles: Int32) -> Surface:
    """The surface of these. Holds no lock, so that something else can be read meanwhile."""
    bits = len(triangles).bit_length()
    surface = Surface(vertices, triangles, np.full(1 << max(4, bits + 1), _FREE, np.uint64), np.uint64((1 << bits) - 1))
    _enter(_keys(vertices, triangles), surface.numbers, surface.table)
    return surface


def nearest_triangles(surface: Surface, to_vertices: Float32, to_triangles: Int32, limit: float) -> Int32:
    """For each of `to_triangles` (k,) the number of the surface's triangle nearest to its middle; −1 beyond `limit`.

    Triangles that both meshes have are matched as such, by order or by their corners: surfaces that touch
    cannot be confused then. `limit` is in metres.
    """
    if _same(surface.vertices, surface.triangles, to_vertices, to_triangles):
        return np.arange(len(to_triangles), dtype=np.int32)
    found = np.asarray(_found(_keys(to_vertices, to_triangles), surface.numbers, surface.table))
    rest = np.flatnonzero(found < 0)
    if len(rest) and len(surface.triangles):
        middle = to_vertices[to_triangles[rest]].mean(axis=1)
        number, distance = _closest(surface.vertices, surface.triangles, middle)
        found[rest] = np.where(distance <= limit, number, -1)
    return found


@njit(cache=True, nogil=True)
def carried(values: Int32, source: Int32, none: int) -> Int32:
    """(k,) of `values` (m,) those that `source` (k,) numbers, `none` where it is negative."""
    found = np.empty(len(source), np.int32)
    for row in range(len(source)):
        found[row] = values[source[row]] if source[row] >= 0 else none
    return found


@njit(cache=True, nogil=True)
def _same(vertices: Float32, triangles: Int32, to_vertices: Float32, to_triangles: Int32) -> bool:
    """Whether the two have the same triangles in the same order, to 1 mm."""
    if len(triangles) != len(to_triangles):
        return False
    for face in range(len(triangles)):
        for corner in range(3):
            for axis in range(3):
                here, there = vertices[triangles[face, corner], axis], to_vertices[to_triangles[face, corner], axis]
                if not abs(here - there) < _SAME:  # nor is it where one is NaN
                    return False
    return True


@njit(cache=True, nogil=True)
def _keys(vertices: Float32, triangles: Int32) -> UInt64:
    """(m,) a hash a triangle, equal for equal corners in any order, to 2 mm but for rounding."""
    corners, keys = np.empty(len(vertices), np.uint64), np.empty(len(triangles), np.uint64)
    for row in range(len(vertices)):
        x, y, z = _cell(vertices[row, 0]), _cell(vertices[row, 1]), _cell(vertices[row, 2])
        key = (x * _PRIMES[0]) ^ (y * _PRIMES[1]) ^ (z * _PRIMES[2])
        key = (key ^ (key >> np.uint64(32))) * _PRIMES[0]
        corners[row] = key ^ (key >> np.uint64(29))
    # Apart from the hashing, many of these looks are under way at a time.
    for face in range(len(triangles)):
        keys[face] = corners[triangles[face, 0]] + corners[triangles[face, 1]] + corners[triangles[face, 2]]
    return keys


@njit(cache=True, nogil=True)
def _cell(value: np.float32) -> np.uint64:
    # What is not finite matches nothing near; `checked` refuses it by name.
    place = value * np.float32(0.5 / _SAME) if abs(value) < _FAR else np.float32(_FAR)
    return np.uint64(np.int64(np.rint(place)))


@njit(cache=True, nogil=True)
def _enter(keys: UInt64, numbers: np.uint64, table: UInt64) -> None:
    """Put triangles into a surface's table by their keys (m,), the first of those that are alike."""
    for face in range(len(keys)):
        slot = _slot(table, keys[face], numbers)
        if table[slot] == _FREE:
            table[slot] = keys[face] & ~numbers | np.uint64(face)


@njit(cache=True, nogil=True)
def _found(keys: UInt64, numbers: np.uint64, table: UInt64) -> Int32:
    """(k,) the number of the triangle that has each of the keys (k,); −1 for none."""
    found = np.empty(len(keys), np.int32)
    for row in range(len(keys)):
        entry = table[_slot(table, keys[row], numbers)]
        found[row] = -1 if entry == _FREE else np.int32(entry & numbers)
    return found


@njit(cache=True, nogil=True)
def _slot(table: UInt64, key: np.uint64, numbers: np.uint64) -> np.uint64:
    """Where `key` is in the table, or would be."""
    mask = np.uint64(len(table) - 1)
    slot = key & mask
    while table[slot] != _FREE and (table[slot] ^ key) & ~numbers:
        slot = (slot + np.uint64(1)) & mask
    return slot


def _closest(vertices: Float32, triangles: Int32, points: Float32) -> tuple[Int32, Float64]:
    import open3d as o3d  # takes seconds to import, and most scenes do without

    scene = o3d.t.geometry.RaycastingScene()
    as_tensor = o3d.core.Tensor.from_numpy
    scene.add_triangles(
        as_tensor(np.ascontiguousarray(vertices, np.float32)), as_tensor(np.ascontiguousarray(triangles, np.uint32))
    )
    points = np.ascontiguousarray(np.nan_to_num(points, nan=_FAR, posinf=_FAR, neginf=-_FAR), np.float32)
    found = scene.compute_closest_points(as_tensor(points))
    distance = np.linalg.norm(found["points"].numpy() - points, axis=1).astype(np.float64)
    return found["primitive_ids"].numpy().astype(np.int32), distance
