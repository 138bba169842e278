"""Lamps for a lit scene that has none: one under the ceiling for about 16 m² of floor."""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Float32, Float64, Int32, Int64
from schemas.scenes import Light, LightKind

_CELL, _TILE = 0.5, 4.0
_HEADROOM, _SAME_CEILING = 1.9, 1.0
_LEVEL, _DROP = 0.15, 0.05
_OPEN_AIR = 2.6
_LEAST_AREA = 1.5
_POWER_PER_AREA = 6.0
_MAX_CELLS = 4_000_000


def ceiling_lamps(vertices: Float32, triangles: Int32) -> tuple[Light, ...]:
    """Area lights for a scene in the world frame (vertices (n, 3), triangles (m, 3)), in a fixed order.

    Over a grid of 0.5 m, each gap of 1.9 m between one level surface and the next above is a room's air;
    the air in a tile of 4 × 4 m under one ceiling gets one lamp of 6 W/m².
    """
    low = vertices.min(axis=0).astype(np.float64)
    size = vertices.max(axis=0) - low
    columns = max(int(size[0] / _CELL) + 1, 1)
    if columns * (size[1] / _CELL + 1) > _MAX_CELLS:
        return ()
    corners = vertices[triangles].astype(np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    level = np.abs(normal[:, 2]) > 0.9 * np.linalg.norm(normal, axis=1)
    cell, height = _sampled((corners[level] - low) / np.array([_CELL, _CELL, 1.0]), columns)
    air_cell, ceiling = _air(cell, height)
    x, y = (air_cell % columns + 0.5) * _CELL, (air_cell // columns + 0.5) * _CELL
    keys = np.stack([y // _TILE, x // _TILE, ceiling // _SAME_CEILING], axis=1).astype(np.int64)
    _, group = np.unique(keys, axis=0, return_inverse=True)
    lamps = []
    for number in range(int(group.max()) + 1 if len(group) else 0):
        members = np.flatnonzero(group.ravel() == number)
        # The usual height: what is below it are the insides of cupboards, which a column cannot tell from rooms.
        height = float(np.median(ceiling[members]))
        members = members[np.abs(ceiling[members] - height) < _LEVEL]
        area = len(members) * _CELL**2
        if area < _LEAST_AREA:
            continue
        spread = np.hypot(x[members] - x[members].mean(), y[members] - y[members].mean())
        middle = members[int(np.argmin(spread))]
        place = (float(low[0] + x[middle]), float(low[1] + y[middle]), float(low[2]) + height - _DROP)
        lamps.append(
            Light(LightKind.AREA, place, (0.0, 0.0, -1.0), (0.6, 0.6), (1.0, 0.95, 0.88), _POWER_PER_AREA * area)
        )
    return tuple(lamps)


def _air(cell: Int64, height: Float64) -> tuple[Int64, Float64]:
    """Cell and ceiling of every gap to stand in. Where most cells are open to the sky, lamps hang 2.6 m up."""
    order = np.lexsort((height, cell))
    cell, height = cell[order], height[order]
    if not len(cell):
        return cell, height
    same = cell[1:] == cell[:-1]
    gap = same & (height[1:] - height[:-1] > _HEADROOM)
    inside = np.flatnonzero(gap)
    top = np.flatnonzero(np.append(~same, True))
    open_air = top[~np.isin(cell[top], cell[inside])]
    if len(open_air) <= len(inside):
        open_air = open_air[:0]  # the tops of walls and roofs
    above = float(np.median(height[open_air])) + _OPEN_AIR if len(open_air) else 0.0
    return (
        np.concatenate([cell[inside], cell[open_air]]),
        np.concatenate([height[inside + 1], np.full(len(open_air), above)]),
    )


@njit(cache=True, nogil=True)
def _sampled(corners: Float64, columns: int) -> tuple[Int64, Float64]:
    """Cell number and height wherever a triangle (m, 3, 3), in cells, covers a cell's centre."""
    cells, heights = [np.int64(0)], [0.0]
    for triangle in corners:
        ax, ay, az = triangle[0]
        ux, uy, uz = triangle[1, 0] - ax, triangle[1, 1] - ay, triangle[1, 2] - az
        vx, vy, vz = triangle[2, 0] - ax, triangle[2, 1] - ay, triangle[2, 2] - az
        area = ux * vy - uy * vx
        if area == 0.0:
            continue
        for row in range(int(triangle[:, 1].min()), int(triangle[:, 1].max()) + 1):
            for column in range(int(triangle[:, 0].min()), int(triangle[:, 0].max()) + 1):
                px, py = column + 0.5 - ax, row + 0.5 - ay
                s, t = (px * vy - py * vx) / area, (ux * py - uy * px) / area
                if s >= 0.0 and t >= 0.0 and s + t <= 1.0:
                    cells.append(np.int64(row * columns + column))
                    heights.append(az + s * uz + t * vz)
    return np.array(cells[1:], np.int64), np.array(heights[1:], np.float64)
