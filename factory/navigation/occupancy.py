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
from numba import njit
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
# Walls stand at round coordinates: cell borders keep off those, by a share of the cell that no round number is.
_LATTICE_SHIFT = (3 - math.sqrt(5)) / 2
_CORNERS = [(rows, cols) for rows in (np.s_[:-1], np.s_[1:]) for cols in (np.s_[:-1], np.s_[1:])]
_DIRECTIONS = np.stack([np.sin(np.arange(8) * np.pi / 8), np.cos(np.arange(8) * np.pi / 8)], axis=1)
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

    vertices : (n, 3) float32; triangles : (m, 3) int32; floor_z : metres
    floor, solid : (k,) int32, indices of the flat triangles at the floor's height, and of all that could block
    """

    vertices: Float32
    triangles: Int32
    floor_z: float
    floor: Int32
    solid: Int32

    def blocked(self, grid: Grid, low: float, high: float) -> Bool:
        """Cells that a triangle enters between `low` and `high` metres above the floor, ends not counted."""
        marked = grid.zeros()
        low, high = self.floor_z + low + _EPSILON, self.floor_z + high - _EPSILON
        surfaces.mark_slab(
            self.vertices, self.triangles, self.solid, low, high, *grid.origin, grid.resolution, marked
        )  # fmt: skip
        return marked

    def support(self, grid: Grid) -> Bool:
        """Cells whose centre has floor."""
        marked = grid.zeros()
        self._mark_support(grid.origin, grid.resolution, marked)
        return marked

    def corner_support(self, grid: Grid, wanted: Bool) -> Bool:
        """Of the cells wanted, those all of whose corners have floor; the rest may come out either way."""
        lattice = np.ones((grid.rows + 1, grid.cols + 1), dtype=bool)
        for rows, cols in _CORNERS:
            lattice[rows, cols] &= ~wanted
        half = grid.resolution / 2
        self._mark_support((grid.origin[0] - half, grid.origin[1] - half), grid.resolution, lattice)
        return np.asarray(np.logical_and.reduce([lattice[rows, cols] for rows, cols in _CORNERS]))

    def _mark_support(self, origin: tuple[float, float], resolution: float, marked: Bool) -> None:
        low, high = self.floor_z - LEVEL_TOLERANCE, self.floor_z + LEVEL_TOLERANCE
        surfaces.mark_support(self.vertices, self.triangles, self.floor, low, high, *origin, resolution, marked)


def slab_of(vertices: Float32, triangles: Int32, floor_z: float, max_slope: float, solid: tuple[float, float]) -> Slab:
    """The part of a mesh that matters to a body on a floor.

    max_slope : of floor, radians; solid : from where to where above the floor things block, metres
    """
    level = (floor_z - LEVEL_TOLERANCE, floor_z + LEVEL_TOLERANCE)
    blocking = (floor_z + solid[0], floor_z + solid[1])
    chosen = surfaces.choose(vertices, triangles, level, min_normal_z(max_slope), blocking)
    return Slab(vertices, triangles, floor_z, *chosen)


def min_normal_z(max_slope: float) -> float:
    """|normal z| of a surface that steep, radians; a hair less, for float32."""
    return math.cos(max_slope) - 1e-6


def occupancy(slab: Slab, grid: Grid, body: Body) -> Bool:
    """Free cells (rows, cols) for a body, before any erosion by its radius."""
    blocked = slab.blocked(grid, body.step_height, body.height)
    support = slab.support(grid)
    floor, gap = support & ~blocked, ~support & ~blocked
    bridged = narrow_gaps(floor, gap, grid.resolution)
    ledge = floor & _grown_within(gap & ~bridged, floor, 1)
    if ledge.any():
        ledge &= ~slab.corner_support(grid, ledge)
    free = (floor | bridged) & ~ledge
    return without_pockets(free, slab, grid, body)


def narrow_gaps(floor: Bool, gap: Bool, resolution: float) -> Bool:
    """The cells of `gap` to bridge: no wider than GAP_WIDTH across, with floor at both ends and nothing between."""
    narrow = _between(floor, gap, round(GAP_WIDTH / resolution))
    if not narrow.any():
        return np.asarray(narrow)
    reach = GAP_WIDTH / 2 / resolution
    wide = gap & (signed_distance(~floor, 1.0) > reach)
    # A hole's corner lies √2 times as far from where the hole is wide as its sides, and cells round that off.
    corner = math.ceil((reach + 1.5) * math.sqrt(2))
    return np.asarray(narrow & ~_grown_within(wide, gap, corner))


@njit(cache=True, nogil=True)
def _grown_within(seed: Bool, within: Bool, steps: int) -> Bool:
    """`seed` and the cells of `within` at most so many steps, to any of the eight neighbours, away inside it."""
    rows, cols = seed.shape
    grown = seed.copy()
    front = np.flatnonzero(seed)
    for _ in range(steps):
        following = np.empty(8 * front.size, np.int64)
        count = 0
        for cell in front:
            row, col = cell // cols, cell % cols
            for r in range(max(0, row - 1), min(rows, row + 2)):
                for c in range(max(0, col - 1), min(cols, col + 2)):
                    if within[r, c] and not grown[r, c]:
                        grown[r, c] = True
                        following[count] = r * cols + c
                        count += 1
        front = following[:count]
    return grown


@njit(cache=True, nogil=True)
def _between(floor: Bool, gap: Bool, width: int) -> Bool:
    """Cells of `gap` on a straight run of at most `width` gap cells, in one of eight directions, floor at both ends."""
    between = np.zeros_like(gap)
    for row, col in zip(*np.nonzero(gap)):  # noqa: B905
        for k in range(8):
            dy, dx = _DIRECTIONS[k]
            ahead = _run(floor, gap, row, col, dy, dx, width)
            if ahead <= width and ahead + _run(floor, gap, row, col, -dy, -dx, width) - 1 <= width:
                between[row, col] = True
                break
    return between


@njit(cache=True, nogil=True)
def _run(floor: Bool, gap: Bool, row: int, col: int, dy: float, dx: float, width: int) -> int:
    """Steps from a gap cell through gap to the first floor cell in a direction; over 2 · width where there is none."""
    for step in range(1, width + 1):
        r, c = row + round(step * dy), col + round(step * dx)
        if r < 0 or c < 0 or r >= gap.shape[0] or c >= gap.shape[1]:
            break
        if floor[r, c]:
            return step
        if not gap[r, c]:
            break
    return 2 * width + 2


def without_pockets(free: Bool, slab: Slab, grid: Grid, body: Body) -> Bool:
    """`free` without the regions too small to be a room, or closed and lower than a person."""
    labels, count = ndimage.label(free)
    if count == 0:
        return free
    cells = np.bincount(labels.ravel(), minlength=count + 1)
    keep = cells * grid.resolution**2 >= POCKET_AREA
    if body.height < PERSON_HEIGHT and np.count_nonzero(keep[1:]) > 1:
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
    low, high = floor_extent(slab)
    corner = (np.floor(low / resolution) - 3 + _LATTICE_SHIFT) * resolution
    cols, rows = (int(n) for n in np.ceil((high - corner) / resolution) + 3)
    if rows * cols > max_cells:
        raise SceneError(
            f"the floor at z = {slab.floor_z:.2f} m is {high[0] - low[0]:.0f} × {high[1] - low[1]:.0f} m, "
            f"{rows * cols:.3g} cells at {resolution} m; the cap is {max_cells:.3g}. "
            "Give a coarser resolution, a higher max_cells, or crop the scene"
        )
    return Grid((float(corner[0]), float(corner[1])), resolution, rows, cols)


def floor_extent(slab: Slab) -> tuple[Float64, Float64]:
    """Lowest and highest (x, y) of a slab's floor, which has triangles, in metres and without outliers.

    Along each axis their area is gathered in bins of about a metre; runs of filled bins, two empty ones apart,
    with under a hundredth of the largest run's area are left out.
    """
    mesh, floor = (slab.vertices, slab.triangles), slab.floor
    bounds = surfaces.extent(*mesh, floor)
    axis, settled = 0, 0
    while settled < 2:
        low, high = _main_runs(mesh, floor, axis, bounds[axis], bounds[axis + 2])
        settled += 1
        if (low, high) != (bounds[axis], bounds[axis + 2]):
            floor, settled = surfaces.reaching(*mesh, floor, axis, low, high), 1
            bounds = surfaces.extent(*mesh, floor)
        axis = 1 - axis
    return np.array(bounds[:2]), np.array(bounds[2:])


def _main_runs(mesh: tuple[Float32, Int32], floor: Int32, axis: int, start: float, stop: float) -> tuple[float, float]:
    """From the first to the last run of bins that hold area to speak of, between `start` and `stop`, metres."""
    width = max(1.0, (stop - start) / 65536)
    area = np.zeros(int((stop - start) / width) + 1)
    surfaces.spread_area(*mesh, floor, axis, start, width, area)
    runs, count = ndimage.label(ndimage.binary_closing(np.pad(area > 0, 2), np.ones(3))[2:-2])
    weight = np.bincount(runs, weights=area, minlength=count + 1)
    main = np.nonzero((weight >= 0.01 * weight.max())[runs] & (runs > 0))[0]
    first, last = int(main[0]), int(main[-1])
    return start if first == 0 else start + first * width, stop if last == area.size - 1 else start + (last + 1) * width
