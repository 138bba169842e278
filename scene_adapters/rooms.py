"""Rooms from what datasets have: polygons, heights, and which of them a thing stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numba import njit

from schemas.arrays import AnyArray, Bool, Float32, Float64, Int32
from schemas.scenes import Instance, Room

_SAME_STOREY = 1.5
_FLOOR_TOLERANCE = 0.3
_PIXEL, _MAX_PIXELS = 0.02, 20_000
_EVERY, _FEW = 64, 8


@dataclass(frozen=True)
class Region:
    """A room with its heights: the floor's and the ceiling's z, metres."""

    room: Room
    floor_z: float
    ceiling_z: float


def regions(found: Sequence[tuple[str, Float64, float, float]]) -> tuple[Region, ...]:
    """Regions with ids 1..N in the order given, of (label, polygon (k, 2), floor z, ceiling z).

    Polygons are turned counter-clockwise; those without area are left out. Floors within 1.5 m of the
    next lower are one storey, counted from the lowest.
    """
    usable = [entry for entry in found if len(entry[1]) >= 3 and abs(signed_area(entry[1])) > 1e-4]
    heights = sorted(entry[2] for entry in usable)
    starts = [z for number, z in enumerate(heights) if number == 0 or z - heights[number - 1] > _SAME_STOREY]
    made: list[Region] = []
    for label, polygon, floor_z, ceiling_z in usable:
        storey = sum(floor_z >= start for start in starts) - 1
        turned = polygon if signed_area(polygon) > 0 else polygon[::-1]
        corners = tuple((float(x), float(y)) for x, y in turned)
        made.append(Region(Room(len(made) + 1, label, storey, corners), floor_z, ceiling_z))
    return tuple(made)


def signed_area(polygon: Float64) -> float:
    """Area of a polygon (k, 2), positive when it runs counter-clockwise."""
    x, y = polygon[:, 0], polygon[:, 1]
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


@njit(cache=True, nogil=True)
def inside(polygon: Float64, points: Float64) -> Bool:
    """(n,) whether points (n, 2) lie in a polygon (k, 2)."""
    found = np.zeros(len(points), np.bool_)
    for row in range(len(points)):
        found[row] = _holds(polygon, points[row, 0], points[row, 1])
    return found


@njit(cache=True, nogil=True)
def _holds(polygon: Float64, x: float, y: float) -> bool:
    """Whether crossings of a ray along +x are odd."""
    found = False
    for k in range(len(polygon)):
        ax, ay, bx, by = polygon[k - 1, 0], polygon[k - 1, 1], polygon[k, 0], polygon[k, 1]
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            found = not found
    return found


def with_rooms(instances: tuple[Instance, ...], found: Sequence[Region]) -> tuple[Instance, ...]:
    """`instances` with the first region that holds the middle of their box; those that have a room keep it."""
    if not instances or not found:
        return instances
    middle = np.array([[(a + b) / 2 for a, b in zip(i.low, i.high, strict=True)] for i in instances])
    room = np.zeros(len(instances), np.int64)
    for region in reversed(found):
        here = inside(np.array(region.room.polygon), middle[:, :2])
        here &= (middle[:, 2] > region.floor_z - _FLOOR_TOLERANCE) & (
            middle[:, 2] < region.ceiling_z + _FLOOR_TOLERANCE
        )
        room[here] = region.room.id
    return tuple(
        replace(instance, room=int(number)) if number and instance.room is None else instance
        for instance, number in zip(instances, room, strict=True)
    )


def hull(points: AnyArray) -> Float64:
    """Convex hull (k, 2), counter-clockwise, of points (n, 2)."""
    found = cv2.convexHull(np.ascontiguousarray(points, np.float32)).reshape(-1, 2).astype(np.float64)
    return np.asarray(found if len(found) < 3 or signed_area(found) > 0 else found[::-1])


def ground_hull(vertices: Float32, triangles: Int32) -> Float64:
    """The same of triangles (m, 3) seen from above: the outline of a room whose faces alone are known."""
    # What lies within the hull of a few of them cannot be a corner; sorting all the others takes long.
    core = hull(vertices[triangles[::_EVERY], :2].reshape(-1, 2))
    core = core[:: max(1, len(core) // _FEW)]
    return hull(np.concatenate([core, _outside(core, vertices, triangles)]))


@njit(cache=True, nogil=True)
def _outside(polygon: Float64, vertices: Float32, triangles: Int32) -> Float64:
    """x, y (k, 2) of the corners of triangles that are not in a convex polygon."""
    found = [(0.0, 0.0)]
    middle, reach = _circle(polygon)
    for face in range(len(triangles)):
        for corner in range(3):
            x, y = vertices[triangles[face, corner], 0], vertices[triangles[face, corner], 1]
            if (x - middle[0]) ** 2 + (y - middle[1]) ** 2 >= reach**2 and not _holds(polygon, x, y):
                found.append((np.float64(x), np.float64(y)))
    return np.array(found[1:]).reshape(-1, 2)


@njit(cache=True, nogil=True)
def _circle(polygon: Float64) -> tuple[tuple[float, float], float]:
    """Middle and radius of a circle within a convex polygon: what it holds is found so in a tenth of the time."""
    x, y = polygon[:, 0].mean(), polygon[:, 1].mean()
    radius = np.inf
    for k in range(len(polygon)):
        ax, ay = polygon[k - 1, 0], polygon[k - 1, 1]
        dx, dy = polygon[k, 0] - ax, polygon[k, 1] - ay
        length = np.hypot(dx, dy)
        radius = min(radius, abs(dx * (y - ay) - dy * (x - ax)) / length if length > 0 else 0.0)
    return (x, y), radius


def outline(triangles: Float64) -> Float64:
    """Outline (k, 2), counter-clockwise, of the union of level triangles (m, 3, 2), to 2 cm; the largest piece.

    Drawn on a grid and traced: sheets overlap, and their edges do not match.
    """
    low = triangles.reshape(-1, 2).min(axis=0) - 2 * _PIXEL
    size = np.ceil((triangles.reshape(-1, 2).max(axis=0) - low) / _PIXEL).astype(int) + 3
    if int(size.max()) > _MAX_PIXELS:
        return hull(triangles.reshape(-1, 2))
    grid = np.zeros((int(size[1]), int(size[0])), np.uint8)
    for corners in np.rint((triangles - low) / _PIXEL).astype(np.int32):
        cv2.fillConvexPoly(grid, corners, 1)
    pieces, _ = cv2.findContours(grid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(pieces, key=cv2.contourArea)
    traced = cv2.approxPolyDP(largest, 1.5, closed=True).reshape(-1, 2) * _PIXEL + low
    return np.asarray(traced if len(traced) < 3 or signed_area(traced) > 0 else traced[::-1], dtype=np.float64)
