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
    """The mesh around one floor: what `occupancy` and `find_storeys` ask about."""

    vertices: Float32
    triangles: Int32
    floor_z: float
    max_slope: float

    def blocked(self, grid: Grid, low: float, high: float) -> Bool:
        """Cells that a triangle enters between `low` and `high` metres above the floor, ends not counted."""
        marked = grid.zeros()
        low, high = self.floor_z + low + _EPSILON, self.floor_z + high - _EPSILON
        surfaces.mark_slab(self.vertices, self.triangles, low, high, *grid.origin, grid.resolution, marked)
        return marked

    def support(self, grid: Grid) -> Bool:
        """Cells whose centre has floor."""
        marked = grid.zeros()
        low, high = self.floor_z - LEVEL_TOLERANCE, self.floor_z + LEVEL_TOLERANCE
        flat = math.cos(self.max_slope) - 1e-6
        surfaces.mark_support(
            self.vertices, self.triangles, low, high, flat, *grid.origin, grid.resolution, marked
        )  # fmt: skip
        return marked

    def corner_support(self, grid: Grid) -> Bool:
        """Cells all of whose corners have floor."""
        half = grid.resolution / 2
        x, y = grid.origin
        lattice = self.support(Grid((x - half, y - half), grid.resolution, grid.rows + 1, grid.cols + 1))
        return np.asarray(lattice[:-1, :-1] & lattice[1:, :-1] & lattice[:-1, 1:] & lattice[1:, 1:])


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
    wide = gap & (ndimage.distance_transform_edt(~floor) > reach + 0.5)
    # A disc of half the width misses a square hole's corners by (√2 − 1) of it: grow by the diagonal.
    rim = ndimage.binary_dilation(wide, _EVERY_CELL_NEIGHBOUR, iterations=math.ceil(reach * math.sqrt(2)), mask=gap)
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

    Raises SceneError when it would have more than `max_cells` cells.
    """
    extent = floor_extent(slab)
    if extent is None:
        raise SceneError(
            f"no floor at z = {slab.floor_z:.2f} m: no surface flat enough within {LEVEL_TOLERANCE} m of it"
        )
    low, high = extent
    corner = (np.floor(low / resolution) - 3 + _LATTICE_SHIFT) * resolution
    cols, rows = (int(n) for n in np.ceil((high - corner) / resolution) + 3)
    if rows * cols > max_cells:
        raise SceneError(
            f"the floor at z = {slab.floor_z:.2f} m is {high[0] - low[0]:.0f} × {high[1] - low[1]:.0f} m, "
            f"{rows * cols:.3g} cells at {resolution} m; the cap is {max_cells:.3g}. "
            "Give a coarser resolution, a higher max_cells, or crop the scene"
        )
    return Grid((float(corner[0]), float(corner[1])), resolution, rows, cols)


def floor_extent(slab: Slab) -> tuple[Float64, Float64] | None:
    """Lowest and highest (x, y) of a storey's floor, metres, without outliers; None where there is no floor.

    Along each axis the floor's area is gathered in bins of about a metre; runs of filled bins with under a
    hundredth of the largest run's area are left out.
    """
    window_low, window_high = np.full(2, -np.inf), np.full(2, np.inf)
    corners = slab.vertices[:, :2].astype(np.float64)
    bounds = corners.min(axis=0), corners.max(axis=0)
    for axis in (0, 1, 0):
        start, stop = float(bounds[0][axis]), float(bounds[1][axis])
        width = max(1.0, (stop - start) / 65536)
        area = np.zeros(int((stop - start) / width) + 1)
        surfaces.flat_area_along(
            slab.vertices, slab.triangles, slab.floor_z - LEVEL_TOLERANCE, slab.floor_z + LEVEL_TOLERANCE,
            math.cos(slab.max_slope) - 1e-6, axis, window_low, window_high, start, width, area,
        )  # fmt: skip
        if not area.any():
            return None
        runs, count = ndimage.label(ndimage.binary_closing(np.pad(area > 0, 2), np.ones(3))[2:-2])
        weight = ndimage.sum_labels(area, runs, np.arange(1, count + 1))
        kept = np.nonzero(np.isin(runs, 1 + np.nonzero(weight >= 0.01 * weight.max())[0]))[0]
        window_low[axis] = max(start, start + kept[0] * width)
        window_high[axis] = min(stop, start + (kept[-1] + 1) * width)
    return window_low, window_high
