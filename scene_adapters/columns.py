"""Level surfaces, column by column: what is a floor, and what hangs over somebody's head.

Over a grid of 0.5 m, two successive level surfaces of a column with room to stand between them are a
floor and a ceiling, whatever their winding says.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from scene_adapters.meshes import extent
from schemas.arrays import Bool, Float32, Float64, Int32, Int64, UInt8

CELL = 0.5
HEADROOM = 1.9
WALL, FLOOR, CEILING = 0, 1, 2
_MAX_CELLS = 4_000_000
_BIN = 0.05
_LEVEL_COSINE = 0.9
_LEAST_ROOM, _MARGIN = 4.0, 1.0


@dataclass(frozen=True)
class Columns:
    """Heights, ascending in each cell, of the level surfaces in a scene; n in all.

    cell : (n,) int64, row · columns + column; height : (n,), world, metres
    gap : (n − 1,) bool, whether there is room to stand between a height and the next, in one cell
    low : (2,) x, y of the grid's corner
    """

    cell: Int64
    height: Float64
    gap: Bool
    low: Float64
    columns: int

    def centres(self, cell: Int64) -> Float64:
        """(k, 2) x, y of cells (k,)."""
        return np.asarray(self.low + (np.stack([cell % self.columns, cell // self.columns], axis=1) + 0.5) * CELL)


def level_columns(vertices: Float32, triangles: Int32, bounds: Float64) -> Columns:
    """The columns of a mesh in the world frame; none at all where its `bounds` (2, 3) span over a square kilometre."""
    lowest, highest = bounds
    low, size = lowest[:2], highest[:2] - lowest[:2]
    columns = int(size[0] / CELL) + 1
    if columns * (size[1] / CELL + 1) > _MAX_CELLS:
        return Columns(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_), low, columns)
    cell, height = _sampled(vertices, triangles, level(vertices, triangles), low, columns)
    order = np.lexsort((height, cell))
    cell, height = cell[order], height[order]
    gap = (cell[1:] == cell[:-1]) & (height[1:] - height[:-1] > HEADROOM)
    return Columns(cell, height, gap, low, columns)


@njit(cache=True, nogil=True)
def level(vertices: Float32, triangles: Int32) -> Bool:
    """(m,) whether a triangle is within 26° of level."""
    found = np.zeros(len(triangles), np.bool_)
    for face in range(len(triangles)):
        a, b, c = vertices[triangles[face, 0]], vertices[triangles[face, 1]], vertices[triangles[face, 2]]
        ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        found[face] = nz * nz > _LEVEL_COSINE**2 * (nx * nx + ny * ny + nz * nz)
    return found


def structure(vertices: Float32, triangles: Int32) -> UInt8:
    """(m,) uint8: WALL, FLOOR or CEILING for each triangle of a building without labels.

    A level triangle is what most columns say that its height (to 5 cm) is; a height that is neither
    floor nor ceiling anywhere, as the top of a sill, belongs to the walls. A sheet that is the
    ceiling below and the floor above counts as floor.
    """
    found = np.full(len(triangles), WALL, np.uint8)
    columns = level_columns(vertices, triangles, extent(vertices))
    if not columns.gap.any():
        return found
    is_level = level(vertices, triangles)
    height = vertices[triangles[is_level], 2].mean(axis=1)
    base = min(float(height.min()), float(columns.height.min()))
    bins = int((max(float(height.max()), float(columns.height.max())) - base) / _BIN) + 2
    floors = np.bincount(((columns.height[:-1][columns.gap] - base) / _BIN).astype(np.int64), minlength=bins)
    ceilings = np.bincount(((columns.height[1:][columns.gap] - base) / _BIN).astype(np.int64), minlength=bins)
    # A surface may straddle two bins.
    floors, ceilings = (np.convolve(votes, [1, 1, 1], "same") for votes in (floors, ceilings))
    place = ((height - base) / _BIN).astype(np.int64)
    found[is_level] = np.where(
        np.maximum(floors, ceilings)[place] == 0, WALL, np.where(floors[place] >= ceilings[place], FLOOR, CEILING)
    )
    return found


def indoor_bounds(vertices: Float32, triangles: Int32, bounds: Float64) -> Float64 | None:
    """Lowest and highest x, y (2, 2) of what has a roof, with a margin of 1 m; None where nothing has.

    bounds : (2, 3), of the mesh.

    Scans see the street through their windows and stretch it over tens of metres. Roofed patches below
    4 m² in one piece do not count.
    """
    columns = level_columns(vertices, triangles, bounds)
    if not columns.gap.any():
        return None
    cell = columns.cell[:-1][columns.gap]
    grid = np.zeros((int(cell.max()) // columns.columns + 1, columns.columns), np.uint8)
    grid[cell // columns.columns, cell % columns.columns] = 1
    count, number, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=4)
    large = [part for part in range(1, count) if stats[part, cv2.CC_STAT_AREA] * CELL**2 >= _LEAST_ROOM]
    if not large:
        return None
    row, column = np.nonzero(np.isin(number, large))
    low = columns.low + np.array([column.min(), row.min()]) * CELL - _MARGIN
    high = columns.low + np.array([column.max() + 1, row.max() + 1]) * CELL + _MARGIN
    return np.stack([low, high])


@njit(cache=True, nogil=True)
def _sampled(vertices: Float32, triangles: Int32, wanted: Bool, low: Float64, columns: int) -> tuple[Int64, Float64]:
    """Cell number and height wherever a `wanted` triangle covers a cell's centre."""
    cells, heights = [np.int64(0)], [0.0]
    for face in range(len(triangles)):
        if not wanted[face]:
            continue
        a, b, c = vertices[triangles[face, 0]], vertices[triangles[face, 1]], vertices[triangles[face, 2]]
        ax, ay, az = (a[0] - low[0]) / CELL, (a[1] - low[1]) / CELL, float(a[2])
        ux, uy, uz = (b[0] - low[0]) / CELL - ax, (b[1] - low[1]) / CELL - ay, b[2] - az
        vx, vy, vz = (c[0] - low[0]) / CELL - ax, (c[1] - low[1]) / CELL - ay, c[2] - az
        left, right = np.ceil(min(ax, ax + ux, ax + vx) - 0.5), np.floor(max(ax, ax + ux, ax + vx) - 0.5)
        front, back = np.ceil(min(ay, ay + uy, ay + vy) - 0.5), np.floor(max(ay, ay + uy, ay + vy) - 0.5)
        area = ux * vy - uy * vx
        if left > right or front > back or area == 0.0:  # most triangles lie between the centres
            continue
        for row in range(int(front), int(back) + 1):
            for column in range(int(left), int(right) + 1):
                px, py = column + 0.5 - ax, row + 0.5 - ay
                s, t = (px * vy - py * vx) / area, (ux * py - uy * px) / area
                if s >= 0.0 and t >= 0.0 and s + t <= 1.0:
                    cells.append(np.int64(row * columns + column))
                    heights.append(az + s * uz + t * vz)
    return np.array(cells[1:], np.int64), np.array(heights[1:], np.float64)
