"""Lamps for a lit scene that has none: one under the ceiling of each room, in large rooms one for up to 16 m²."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

from scene_adapters.columns import CELL, Columns, level_columns
from scene_adapters.meshes import extent
from schemas.arrays import Bool, Float32, Float64, Int32, Int64, UInt8
from schemas.scenes import Light, LightKind

_TILE, _SAME_CEILING = 4.0, 1.0
_LEVEL, _DROP = 0.15, 0.05
_OPEN_AIR = 2.6
_LEAST_AREA = 1.0
_LIGHT, _HEIGHT = 1.5, 2.6  # W/m² of all of a room's surface, if it were square and so high, m
_CUT = 0.12  # under a ceiling: doors end lower, walls do not
_BELOW = (0.06, 0.12, 0.25, 0.4)  # where beams and fixtures are looked for, which would hide a lamp
_SIZE, _AWAY = 0.6, 0.45  # of a lamp, and from what is beside it, where there is room
_PIXELS = 5  # of a cell's edge
_MOST_CELLS = 400_000  # that are looked at so closely: 100,000 m²


def ceiling_lamps(vertices: Float32, triangles: Int32) -> tuple[Light, ...]:
    """Area lights for a scene in the world frame (vertices (n, 3), triangles (m, 3)), in a fixed order.

    The air under one ceiling is parted by what reaches up to it: rooms. A room, or each part of it of up to
    4 × 4 m, gets one lamp, away from walls, beams and fixtures: all of its surface together gets 1.5 W/m².
    """
    columns = level_columns(vertices, triangles, extent(vertices))
    cell, ceiling = _air(columns)
    storey = ceiling // _SAME_CEILING
    lamps: list[Light] = []
    for number in np.unique(storey):
        members = storey == number
        lamps += _under_one_ceiling(columns, cell[members], ceiling[members], vertices, triangles)
    return tuple(lamps)


def _under_one_ceiling(
    columns: Columns, cell: Int64, ceiling: Float64, vertices: Float32, triangles: Int32
) -> list[Light]:
    """Of the air in `cell`, whose `ceiling` is about the same everywhere."""
    rows, pixels = int(cell.max()) // columns.columns + 1, _PIXELS
    if rows * columns.columns > _MOST_CELLS:
        pixels = 1
    edge = CELL / pixels
    height = np.zeros(rows * columns.columns)
    height[cell] = ceiling
    fine = np.asarray(np.kron(height.reshape(rows, columns.columns), np.ones((pixels, pixels))), dtype=np.float64)
    free = (fine > 0).astype(np.uint8)
    clear, top = free.copy(), float(np.median(ceiling))
    triangles = triangles[_reaching(vertices, triangles, top - _BELOW[-1], top - _BELOW[0])]
    _draw_cut(free, vertices, triangles, top - _CUT, columns.low, edge)
    for below in _BELOW:
        _draw_cut(clear, vertices, triangles, top - below, columns.low, edge)
    clearance = edge * cv2.distanceTransform(np.pad(clear, 1), cv2.DIST_L2, 5)[1:-1, 1:-1].astype(np.float64)
    _, room = cv2.connectedComponents(free, connectivity=4)
    y, x = np.nonzero(free)
    order = np.argsort(room[y, x], kind="stable")
    y, x = y[order], x[order]
    starts = np.flatnonzero(np.diff(room[y, x], prepend=0))
    lamps = []
    for one in np.split(np.arange(len(x)), starts[1:]):
        xy = columns.low + (np.stack([x[one], y[one]], axis=1) + 0.5) * edge
        power = _LIGHT * (2 + 4 * _HEIGHT / (len(one) ** 0.5 * edge)) * edge**2  # of a pixel
        for part in _parts(xy):
            seen = y[one[part]], x[one[part]]
            lamps += _lamp(xy[part], fine[seen], clearance[seen], edge, power)
    return lamps


@njit(cache=True, nogil=True)
def _reaching(vertices: Float32, triangles: Int32, low: float, high: float) -> Bool:
    """(m,) which triangles have something between two heights, or within a millimetre of that."""
    found = np.zeros(len(triangles), np.bool_)
    for face in range(len(triangles)):
        a, b, c = vertices[triangles[face, 0], 2], vertices[triangles[face, 1], 2], vertices[triangles[face, 2], 2]
        found[face] = min(a, b, c) < high + 1e-3 and max(a, b, c) > low - 1e-3
    return found


def _draw_cut(free: UInt8, vertices: Float32, triangles: Int32, height: float, low: Float64, edge: float) -> None:
    """Take from the `free` pixels (rows, columns) those where the mesh crosses the level plane at `height`."""
    above = vertices[triangles, 2] > height
    crossing = (above[:, 0] != above[:, 1]) | (above[:, 1] != above[:, 2])
    first, above = triangles[crossing], above[crossing]
    second = np.roll(first, -1, axis=1)
    cut: Bool = above != np.roll(above, -1, axis=1)  # two edges of each triangle
    start, end = vertices[first[cut]].astype(np.float64), vertices[second[cut]].astype(np.float64)
    share = (height - start[:, 2]) / (end[:, 2] - start[:, 2])
    crossed = (start + share[:, None] * (end - start))[:, :2].reshape(-1, 2, 2)
    cv2.polylines(free, list(np.floor((crossed - low) / edge).astype(np.int32)), False, 0)


def _parts(xy: Float64) -> list[Int64]:
    """Indices of the pixels (n, 2) of a room, in even parts of up to 4 m each way."""
    x, y = (_even_part(along) for along in xy.T)
    _, part = np.unique(x * (int(y.max()) + 1) + y, return_inverse=True)
    return [np.flatnonzero(part == number) for number in range(int(part.max()) + 1)]


def _even_part(along: Float64) -> Int64:
    """Which of the parts of up to 4 m of what the values span each is in."""
    span = float(np.ptp(along))
    parts = max(1, int(np.ceil(span / _TILE)))
    share = (along - along.min()) / max(span, CELL)
    return np.asarray(np.minimum((share * parts).astype(np.int64), parts - 1))


def _lamp(xy: Float64, ceiling: Float64, clearance: Float64, edge: float, power: float) -> list[Light]:
    """One for air whose pixels are at `xy` (n, 2); none where it is hardly any."""
    # The usual height: what is below it are the insides of cupboards, which a column cannot tell from rooms.
    height = float(np.median(ceiling))
    own = np.abs(ceiling - height) < _LEVEL
    if int(own.sum()) * edge**2 < _LEAST_AREA:
        return []
    roomy = np.flatnonzero(own & (clearance >= min(_AWAY, 0.9 * float(clearance[own].max()))))
    middle = roomy[int(np.argmin(np.linalg.norm(xy[roomy] - xy[own].mean(axis=0), axis=1)))]
    place = (float(xy[middle, 0]), float(xy[middle, 1]), height - _DROP)
    size = round(min(_SIZE, 1.4 * float(clearance[middle])), 3)
    return [Light(LightKind.AREA, place, (0.0, 0.0, -1.0), (size, size), (1.0, 0.95, 0.88), power * int(own.sum()))]


def _air(columns: Columns) -> tuple[Int64, Float64]:
    """Cell and ceiling of every gap to stand in. Where most cells are open to the sky, lamps hang 2.6 m up."""
    cell, height = columns.cell, columns.height
    if not len(cell):
        return cell, height
    inside = np.flatnonzero(columns.gap)
    top = np.flatnonzero(np.append(cell[1:] != cell[:-1], True))
    open_air = top[~np.isin(cell[top], cell[inside])]
    if len(open_air) <= len(inside):
        return cell[inside], height[inside + 1]  # what is open are the tops of walls and roofs
    above = float(np.median(height[open_air])) + _OPEN_AIR
    return (
        np.concatenate([cell[inside], cell[open_air]]),
        np.concatenate([height[inside + 1], np.full(len(open_air), above)]),
    )
