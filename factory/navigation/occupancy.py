"""From triangles to the cells where a robot's footprint centre may be over firm, open floor.

A cell is blocked when any triangle enters the slab between step height and body height above it. It has
floor when its centre does: a surface no steeper than the body's limit within `LEVEL_TOLERANCE` of the
storey's height. Ledges, narrow gaps and hollow solids are settled after that, in this order:

* A gap without floor, not blocked and at most `GAP_WIDTH` wide between two pieces of floor is bridged: floor
  sheets of assembled homes stop at the walls, doorways included. Whatever is wider anywhere near stays open.
* A cell beside a drop keeps its floor only if all its corners have floor too, so no cell that counts as
  floor reaches over an edge.
* A region of floor shut off from the rest is dropped when it is small or low inside: a piece of furniture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from factory.navigation import surfaces
from factory.navigation.esdf import signed_distance
from schemas.arrays import Bool, Float32, Float64, Int32
from schemas.errors import SceneError
from schemas.robots import Body

LEVEL_TOLERANCE = 0.10  # metres a floor may lie above or below its storey's height; the lowest tread is higher
GAP_WIDTH = 0.40  # metres; walls of assembled homes are 0.2–0.35 m thick
POCKET_AREA = 2.0  # m²; wardrobes and kitchen islands are smaller inside, closed rooms hardly ever
PERSON_HEIGHT = 1.8  # metres; a closed region with a lower top is the inside of a bed or a box
_EVERY_CELL_NEIGHBOUR = np.ones((3, 3), dtype=bool)
# Walls stand at round coordinates: cell borders keep off those, by a share of the cell that no round number is.
_LATTICE_SHIFT = (3 - math.sqrt(5)) / 2
_EPSILON = 1e-4  # metres: a box exactly as high as a step is no obstacle, in float32 either


@dataclass(frozen=True)
class Grid:
    """Where a raster lies: world (x, y) of the corner of cell (0, 0), cell edge in metres, and its shape."""

    origin: tuple[float, float]
    resolution: float
    rows: int
    cols: int

    def zeros(self) -> Bool:
        """An empty raster."""
        return np.zeros((self.rows, self.cols), dtype=bool)


@dataclass(frozen=True)
class Slab:
    """The mesh around one floor.

    floor : (k, 9) float32, the flat triangles at its height; solid : (m, 9) float32, all up to `top` above it
    """

    floor_z: float
    floor: Float32
    solid: Float32

    def blocked(self, grid: Grid, low: float, high: float) -> Bool:
        """Cells that a triangle enters between `low` and `high` metres above the floor, ends not counted."""
        marked = grid.zeros()
        low, high = self.floor_z + low + _EPSILON, self.floor_z + high - _EPSILON
        surfaces.mark_slab(self.solid, low, high, *grid.origin, grid.resolution, marked)
        return marked

    def support(self, grid: Grid) -> Bool:
        """Cells whose centre has floor."""
        marked = grid.zeros()
        low, high = self.floor_z - LEVEL_TOLERANCE, self.floor_z + LEVEL_TOLERANCE
        surfaces.mark_support(self.floor, low, high, *grid.origin, grid.resolution, marked)
        return marked

    def corner_support(self, grid: Grid) -> Bool:
        """Cells all of whose corners have floor."""
        half = grid.resolution / 2
        x, y = grid.origin
        lattice = self.support(Grid((x - half, y - half), grid.resolution, grid.rows + 1, grid.cols + 1))
        return np.asarray(lattice[:-1, :-1] & lattice[1:, :-1] & lattice[:-1, 1:] & lattice[1:, 1:])


def slab_of(vertices: Float32, triangles: Int32, floor_z: float, max_slope: float, top: float) -> Slab:
    """The part of a mesh that matters to a body on a floor: max_slope in radians, top in metres above it."""
    solid = surfaces.gather(vertices, triangles, floor_z - LEVEL_TOLERANCE, floor_z + top, 0.0)
    low = solid[:, 2::3].min(axis=1, initial=np.inf) <= floor_z + LEVEL_TOLERANCE
    near = solid[low]
    return Slab(floor_z, near[surfaces.flat_only(near, min_normal_z(max_slope))], solid)


def min_normal_z(max_slope: float) -> float:
    """|normal z| of a surface that steep, radians; a hair less, for float32."""
    return math.cos(max_slope) - 1e-6


def occupancy(slab: Slab, grid: Grid, body: Body) -> Bool:
    """Free cells (rows, cols) for a body, before any erosion by its radius."""
    blocked = slab.blocked(grid, body.step_height, body.height)
    floor = slab.support(grid)
    gap = ~floor & ~blocked
    bridged = narrow_gaps(floor, gap, grid.resolution)
    drop = gap & ~bridged
    ledge = floor & ~slab.corner_support(grid) & ndimage.binary_dilation(drop, _EVERY_CELL_NEIGHBOUR)
    free = (floor | bridged) & ~blocked & ~ledge
    return without_pockets(free, slab, grid, body)


def narrow_gaps(floor: Bool, gap: Bool, resolution: float) -> Bool:
    """The cells of `gap` to bridge: no wider than GAP_WIDTH across, with floor at both ends and nothing between."""
    if not floor.any() or not gap.any():
        return np.zeros_like(gap)
    reach = GAP_WIDTH / 2 / resolution
    wide = gap & (signed_distance(~floor, 1.0) > reach)
    # A hole's corner lies √2 times as far from where the hole is wide as its sides, and cells round that off.
    corner = math.ceil((reach + 1.5) * math.sqrt(2))
    rim = ndimage.binary_dilation(wide, _EVERY_CELL_NEIGHBOUR, iterations=corner, mask=gap) if wide.any() else wide
    narrow = gap & ~rim
    return np.asarray(narrow & _between(floor, narrow, round(GAP_WIDTH / resolution)))


def _between(floor: Bool, gap: Bool, width: int) -> Bool:
    """Cells of `gap` on a straight run of at most `width` gap cells, in one of eight directions, floor at both ends."""
    rows, cols = np.nonzero(gap)
    found = np.zeros(len(rows), dtype=bool)
    padded_floor, padded_gap = np.pad(floor, width + 1), np.pad(gap, width + 1)
    for angle in np.arange(8) * math.pi / 8:
        dy, dx = math.sin(angle), math.cos(angle)
        reach = np.zeros((2, len(rows)), dtype=np.int64)
        for side, sign in enumerate((1, -1)):
            running = np.ones(len(rows), dtype=bool)
            for step in range(1, width + 1):
                r = rows + width + 1 + round(sign * step * dy)
                c = cols + width + 1 + round(sign * step * dx)
                arrived = running & padded_floor[r, c] & (reach[side] == 0)
                reach[side][arrived] = step
                running &= padded_gap[r, c] & ~arrived
        found |= (reach > 0).all(axis=0) & (reach.sum(axis=0) - 1 <= width)
    between = np.zeros_like(gap)
    between[rows[found], cols[found]] = True
    return between


def without_pockets(free: Bool, slab: Slab, grid: Grid, body: Body) -> Bool:
    """`free` without the regions too small to be a room, or closed and lower than a person."""
    labels, count = ndimage.label(free)
    if count == 0:
        return free
    cells = np.bincount(labels.ravel(), minlength=count + 1)
    keep = cells * grid.resolution**2 >= POCKET_AREA
    if body.height < PERSON_HEIGHT and count > 1:
        covered = slab.blocked(grid, body.height, PERSON_HEIGHT)
        keep &= np.bincount(labels[covered], minlength=count + 1) < 0.5 * cells
    keep[0] = False
    return np.asarray(keep[labels])


def frame(slab: Slab, resolution: float, max_cells: int) -> Grid:
    """The grid over a storey's floor, cut to where the floor is: a stray triangle far off does not stretch it.

    Raises SceneError where there is no floor, or when the grid would have more than `max_cells` cells.
    """
    if len(slab.floor) == 0:
        raise SceneError(f"no floor at z = {slab.floor_z:.2f} m: nothing flat within {LEVEL_TOLERANCE} m of it")
    low, high = floor_extent(slab.floor)
    corner = (np.floor(low / resolution) - 3 + _LATTICE_SHIFT) * resolution
    cols, rows = (int(n) for n in np.ceil((high - corner) / resolution) + 3)
    if rows * cols > max_cells:
        raise SceneError(
            f"the floor at z = {slab.floor_z:.2f} m is {high[0] - low[0]:.0f} × {high[1] - low[1]:.0f} m, "
            f"{rows * cols:.3g} cells at {resolution} m; the cap is {max_cells:.3g}. "
            "Give a coarser resolution, a higher max_cells, or crop the scene"
        )
    return Grid((float(corner[0]), float(corner[1])), resolution, rows, cols)


def floor_extent(floor: Float32) -> tuple[Float64, Float64]:
    """Lowest and highest (x, y) of flat triangles (k, 9), k ≥ 1, metres, without outliers.

    Along each axis their area is gathered in bins of about a metre; runs of filled bins, two empty ones apart,
    with under a hundredth of the largest run's area are left out.
    """
    low = np.stack([floor[:, axis::3].min(axis=1) for axis in (0, 1)], axis=1).astype(np.float64)
    high = np.stack([floor[:, axis::3].max(axis=1) for axis in (0, 1)], axis=1).astype(np.float64)
    area = surfaces.plan_area(floor)
    kept = np.ones(len(floor), dtype=bool)
    for axis in (0, 1, 0):
        kept[kept] = _in_main_runs(low[kept, axis], high[kept, axis], area[kept])
    return low[kept].min(axis=0), high[kept].max(axis=0)


def _in_main_runs(low: Float64, high: Float64, area: Float64) -> Bool:
    """Which intervals (k,) lie in runs that hold area to speak of."""
    start, stop = float(low.min()), float(high.max())
    width = max(1.0, (stop - start) / 65536)
    first, last = ((value - start) // width for value in (low, high))
    edges = np.zeros(int((stop - start) / width) + 3)
    np.add.at(edges, first.astype(np.int64), 1.0)
    np.add.at(edges, last.astype(np.int64) + 1, -1.0)
    filled = np.pad(np.cumsum(edges) > 0.5, 2)
    runs, count = ndimage.label(ndimage.binary_closing(filled, np.ones(3))[2:-2])
    run = runs[first.astype(np.int64)]
    weight = np.bincount(run, weights=area, minlength=count + 1)
    return np.asarray((weight >= 0.01 * weight.max())[run])
