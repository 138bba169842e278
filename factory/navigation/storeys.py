"""Find the levels people walk on in a mesh, by the heights where flat surface gathers.

A candidate is a height with at least `LEVEL_AREA` of flat surface within ±3 cm; two levels lie at least 0.15 m
apart, so split levels of 0.3 m are two storeys and stair treads, each far smaller than a level, none. Of the
candidates these are kept: where a person can stand in one region of `LEVEL_AREA` less its rim; that are not the
top of furniture; and, above the lowest, that are covered or walled in, which a roof is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from factory.navigation import surfaces
from factory.navigation.esdf import signed_distance
from factory.navigation.occupancy import LEVEL_TOLERANCE, PERSON_HEIGHT, Grid, Slab, floor_extent, min_normal_z, slab_of
from schemas.arrays import Bool, Float32, Float64, Int32
from schemas.errors import SceneError
from schemas.scenes import Scene, Storey

LEVEL_AREA = 4.0  # m² in one piece
SEPARATION = 0.15  # metres between two levels
_BIN = 0.01  # metres
_WINDOW = 0.06  # metres of height that count as one level
_UNDERSIDE = 0.4  # a surface just above with this share of the area is the floor, and this one its underside
_CELL = 0.10  # metres; coarse, since only areas are asked for
_HEADROOM = (0.12, 1.5)  # metres above the floor that must be free
_RIM = 0.2  # metres: how near to an edge nobody stands
_FURNITURE_HEIGHT = 1.2  # metres: a surface this near above a floor that goes on under it is a table, not a level
_PODIUM_AREA = 12.0  # m² above which it is a level all the same
_CANDIDATES = 64
_OPEN_AIR = 3.0  # metres of room above a floor that nothing covers


def storeys_of(scene: Scene) -> tuple[Storey, ...]:
    """The storeys of a scene: the adapter's own where it gives any, found in the mesh otherwise."""
    if scene.storeys:
        return scene.storeys
    try:
        return find_storeys(scene.mesh.vertices, scene.mesh.triangles)
    except SceneError as error:
        raise SceneError(f"scene {scene.ref.dataset}/{scene.ref.name}: {error}") from error


def find_storeys(
    vertices: Float32, triangles: Int32, max_slope: float = math.radians(30), max_cells: int = 4 * 10**7
) -> tuple[Storey, ...]:
    """The storeys of a mesh, lowest first; none where nobody could stand.

    vertices : (n, 3), world, Z up, metres; triangles : (m, 3); max_slope : of a floor, radians
    Raises SceneError for a mesh that cannot be used, or a level that spans more than `max_cells` of 10 cm.
    """
    vertices, triangles = surfaces.check_mesh(vertices, triangles)
    everywhere, nowhere = (-math.inf, math.inf), (math.inf, -math.inf)
    flat, _ = surfaces.choose(vertices, triangles, everywhere, min_normal_z(max_slope), nowhere)
    levels: list[_Level] = []
    for height, floor in _candidates(vertices, triangles, flat):
        level = _level(Slab(vertices, triangles, height, floor, flat[:0]), max_cells)
        if level and not _is_furniture(level, levels) and not (levels and _is_roof(level)):
            levels.append(level)
    top = float(vertices[:, 2].max())
    heights = [level.slab.floor_z for level in levels]
    return tuple(Storey(i, height, _ceiling(height, heights, top)) for i, height in enumerate(heights))


def _ceiling(floor_z: float, heights: list[float], top: float) -> float:
    """The next level a person fits under; else the top of the mesh, or open air where nothing is so high."""
    above = [height for height in heights if height - floor_z > PERSON_HEIGHT]
    if above:
        return min(above)
    return top if top - floor_z > PERSON_HEIGHT else floor_z + _OPEN_AIR


def _candidates(vertices: Float32, triangles: Int32, flat: Int32) -> list[tuple[float, Int32]]:
    """Heights, ascending, around which flat triangles gather, each with the indices of those at it.

    A height is the mean by area within its window.
    """
    if len(flat) == 0:
        return []
    z, area = surfaces.heights(vertices, triangles, flat)
    order = np.argsort(z, kind="stable")
    flat, z, area = flat[order], z[order], area[order]
    width = max(_BIN, float(z[-1] - z[0]) / 10**6)
    bins = ((z - z[0]) / width).astype(np.int64)
    gathered = np.stack([np.bincount(bins, weights=weight) for weight in (area, area * z)]).astype(np.float64)
    heights = []
    for height in _peaks(gathered[0], gathered[1], max(1, round(_WINDOW / 2 / width))):
        first, last = np.searchsorted(z, (height - LEVEL_TOLERANCE, height + LEVEL_TOLERANCE))
        heights.append((height, flat[first:last]))
    return heights


def _peaks(area: Float64, moment: Float64, reach: int) -> list[float]:
    """Mean heights of the windows of 2 · reach + 1 bins with the most area, while it is enough for a level."""
    left = area.copy()
    peaks: list[tuple[float, float]] = []
    while len(peaks) < _CANDIDATES:
        total = np.concatenate([[0.0], np.cumsum(np.pad(left, reach))])
        gathered = total[2 * reach + 1 :] - total[: -2 * reach - 1]
        peak = int(np.argmax(gathered))
        if gathered[peak] < LEVEL_AREA:
            break
        window = slice(max(0, peak - reach), peak + reach + 1)
        height = moment[window][left[window] > 0].sum() / left[window].sum()
        peaks.append((float(height), float(gathered[peak])))
        left[window] = 0.0
    return sorted(height for height, gathered in peaks if not _is_lesser(height, gathered, peaks))


def _is_lesser(height: float, gathered: float, peaks: list[tuple[float, float]]) -> bool:
    """Whether a peak is the noise beside a larger one, or the underside of a floor's slab."""
    near = [(other, area) for other, area in peaks if 0 < abs(other - height) < SEPARATION]
    return any(area > gathered * _UNDERSIDE if other > height else area * _UNDERSIDE > gathered for other, area in near)


@dataclass(frozen=True)
class _Level:
    """A candidate. support : cells with surface; region : the largest part of them where a person can stand;
    walled : cells with something at a person's height.
    """

    slab: Slab
    grid: Grid
    support: Bool
    region: Bool
    walled: Bool


def _level(slab: Slab, max_cells: int) -> _Level | None:
    """What the flat triangles at a height are; None where nobody could stand on LEVEL_AREA of them in one piece."""
    low, high = floor_extent(slab)
    cols, rows = (int(n) for n in np.ceil((high - low) / _CELL) + 4)
    if rows * cols > max_cells:
        raise SceneError(
            f"flat surface at z = {slab.floor_z:.2f} m spans {high[0] - low[0]:.0f} × {high[1] - low[1]:.0f} m; "
            f"storeys are sought over at most {max_cells * _CELL**2:.3g} m². Crop the scene or give its storeys"
        )
    grid = Grid((float(low[0]) - 1.37 * _CELL, float(low[1]) - 1.37 * _CELL), _CELL, rows, cols)
    support = slab.support(grid)
    if _largest_region(support) is None:
        return None
    walled = _blocked(slab, grid, _HEADROOM)
    region = _largest_region(support & ~walled)
    return None if region is None else _Level(slab, grid, support, region, walled)


def _blocked(slab: Slab, grid: Grid, between: tuple[float, float]) -> Bool:
    """Cells with anything in a range of heights above the slab's floor, metres."""
    return slab_of(slab.vertices, slab.triangles, slab.floor_z, 0.0, between).blocked(grid, *between)


def _largest_region(free: Bool) -> Bool | None:
    """The largest region of free cells less a rim, if it is as large as a square of LEVEL_AREA less its rim."""
    labels, count = ndimage.label(signed_distance(free, _CELL) >= _RIM)
    if count == 0:
        return None
    cells = np.bincount(labels.ravel())[1:]
    if cells.max() * _CELL**2 < (math.sqrt(LEVEL_AREA) - 2 * _RIM) ** 2:
        return None
    return np.asarray(labels == 1 + int(np.argmax(cells)))


def _is_furniture(level: _Level, below: list[_Level]) -> bool:
    """Whether it hangs low over a level that goes on under it, as tables do and raised rooms do not."""
    if np.count_nonzero(level.region) * _CELL**2 >= _PODIUM_AREA:
        return False
    points = (np.argwhere(level.region)[:, ::-1] + 0.5) * _CELL + np.asarray(level.grid.origin)
    near = [other for other in below if level.slab.floor_z - other.slab.floor_z < _FURNITURE_HEIGHT]
    return any(_share_over(other, points) > 0.5 for other in near)


def _share_over(level: _Level, points: Float64) -> float:
    """The share of points (k, 2) that lie over a level's surface."""
    col, row = ((points - np.asarray(level.grid.origin)) // _CELL).astype(np.int64).T
    on_grid = (row >= 0) & (col >= 0) & (row < level.grid.rows) & (col < level.grid.cols)
    return float(np.count_nonzero(level.support[row[on_grid], col[on_grid]])) / len(points)


def _is_roof(level: _Level) -> bool:
    """Whether nothing covers it and no walls stand around it."""
    covered = _blocked(level.slab, level.grid, (_HEADROOM[1], math.inf))
    if np.count_nonzero(covered & level.region) >= 0.1 * np.count_nonzero(level.region):
        return False
    rim = ndimage.binary_dilation(level.region, iterations=round(_RIM / _CELL) + 2) & ~level.region
    beside = ndimage.binary_dilation(level.walled)
    return bool(np.count_nonzero(rim & beside) < 0.25 * np.count_nonzero(rim))
