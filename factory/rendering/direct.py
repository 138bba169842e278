"""Light that reaches points of a surface straight from the lamps, by rays to places all over each of them.

Most lamps stand in other rooms than a point, and most of those that it sees, it sees whole. So a few points of each
cell of space find out which lamps reach there at all; each point sends a ray or two to each of these; and only where
neighbours differ, around the rim of a shadow, the others follow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import open3d as o3d
from numba import njit
from scipy.ndimage import binary_dilation

from factory.rendering.lamps import FAR, PLACES, SHEET, SUN, SURFACE, Lamp, Lamps
from factory.rendering.points import Points
from schemas.arrays import Bool, Float32, Float64, Int32, Int64

RAYS_A_SIZE, MOST_RAYS = 48, 16  # from a point to a lamp as large as it is far, and at most
# The same of a surface that shines: half of it is hidden by the rest, and it may be very near.
SURFACE_RAYS_A_SIZE, MOST_SURFACE_RAYS = 36, 48
FIRST_RAYS, FIRST_SURFACE_RAYS = 1, 2  # of these, before neighbours are compared
OBSTRUCTED = 0.1  # share of the directions from a lamp in which things stand so near that they count
FAINT = 5e-4  # light below which a lamp is not asked for
NEAREST = 0.01  # metres: nearer to a lamp nothing gets brighter
CHUNK = 1 << 19  # rays at a time
CELL = 0.5  # of space, metres; one in PROBED of its points that face alike asks for all lamps
PROBED, PROBE_RAYS = 16, 6
AROUND = np.ones((3, 3, 3, 1), np.bool_)  # a cell and those beside it, facing alike
BEFORE = 0.999  # share of its way after which a ray has reached the lamp
ALIKE = 3  # neighbours that a point must have to be judged by them


def direct_light(
    lamps: Lamps, points: Points, beside: Int32, tree: o3d.t.geometry.RaycastingScene, threads: int
) -> Float32:
    """What a white matt surface would send out (n, 3) at the points.

    beside : (n, k) int32, each point's neighbours on its piece of the surface, −1 for none
    tree : all that casts a shadow
    """
    light = np.zeros((len(points), 3), np.float32)
    cell, shape = _cells(points)
    probes = np.union1d(np.argsort(cell, kind="stable")[::PROBED], np.unique(cell, return_index=True)[1])
    clearance = _clearances(lamps, tree, threads)
    for e in range(len(lamps.kind)):
        sight = _Sight(lamps.one(e), e, float(clearance[e]), points, tree, threads)
        lit = probes[_brought(sight, probes, 0, PROBE_RAYS).any(axis=1)]
        reached = np.zeros(shape, np.bool_)
        reached.reshape(-1)[cell[lit]] = True
        reached = binary_dilation(reached, AROUND)
        rows = np.flatnonzero(reached.reshape(-1)[cell])
        light[rows] += _light_of(sight, rows, beside)
    return light


class _Sight(NamedTuple):
    """A lamp, its number, how near to it things stand that throw its shadow, metres, and what may see it."""

    lamp: Lamp
    number: int
    clearance: float
    points: Points
    tree: o3d.t.geometry.RaycastingScene
    threads: int


def _cells(points: Points) -> tuple[Int64, tuple[int, ...]]:
    """The cell (n,) of each point, by place and direction faced: a wall's two sides are apart. And cells an axis."""
    place = np.floor((points.position - points.position.min(axis=0, initial=np.inf)) / CELL)
    axis = np.abs(points.normal).argmax(axis=1)
    back = np.take_along_axis(points.normal, axis[:, None], axis=1) < 0
    cells = np.concatenate([place, 2 * axis[:, None] + back], axis=1).astype(np.int64)
    shape = tuple((cells.max(axis=0, initial=0) + 1).tolist())
    return np.ravel_multi_index(tuple(cells.T), shape), shape


def _clearances(lamps: Lamps, tree: o3d.t.geometry.RaycastingScene, threads: int) -> Float64:
    """How near to each lamp (e,) things stand that throw its shadow: the nearer, the softer is their shadow."""
    if not len(lamps.kind):
        return np.zeros(0)
    rays = np.concatenate([lamps.place, lamps.normal], axis=-1).astype(np.float32)
    away = tree.cast_rays(o3d.core.Tensor.from_numpy(rays), nthreads=threads)["t_hit"].numpy()
    return np.asarray(np.quantile(np.minimum(away, FAR), OBSTRUCTED, axis=1), np.float64)


def _light_of(sight: _Sight, rows: Int64, beside: Int32) -> Float32:
    """The lamp's light (k, 3) at the points `rows`."""
    partly = sight.lamp.kind == SURFACE  # half of it is hidden from everywhere, so none sees it whole
    first, most = (FIRST_SURFACE_RAYS, MOST_SURFACE_RAYS) if partly else (FIRST_RAYS, MOST_RAYS)
    light = _brought(sight, rows, 0, first)
    seen = np.zeros(len(sight.points), np.bool_)
    seen[rows] = light.any(axis=1)
    even = np.ones(len(seen), np.bool_)
    even[rows] = _alike_kernel(seen, rows, beside)
    alike = even[rows] & _alike_kernel(even, rows, beside)  # as the neighbours' neighbours are, too
    whole = alike & seen[rows] & (not partly)
    rest = np.flatnonzero(~alike | (seen[rows] & partly))
    light[whole] += _brought(sight, rows[whole], first, most, shadows=False)
    light[rest] += _brought(sight, rows[rest], first, most)
    return light


def _brought(sight: _Sight, rows: Int64, first: int, most: int, shadows: bool = True) -> Float32:
    """What the rays with numbers from `first` to `most` from each of the points `rows` bring, (k, 3)."""
    light = np.zeros((len(rows), 3), np.float32)
    room = min(CHUNK, most * len(rows)) + most
    rays, target, share = np.empty((room, 6), np.float32), np.empty(room, np.int64), np.empty((room, 3), np.float32)
    done = 0
    while done < len(rows):
        count, done = _rays_kernel(
            sight.points.position, sight.points.normal, rows, done, first, most,
            sight.lamp, sight.number, sight.clearance, rays, target, share,
        )  # fmt: skip
        hidden = np.zeros(count, np.bool_)
        if shadows:
            aimed = o3d.core.Tensor.from_numpy(rays[:count])
            hidden = sight.tree.test_occlusions(aimed, 0.0, BEFORE, sight.threads).numpy()
        _add_kernel(hidden, target, share, light)
    return light


@njit(cache=True, nogil=True)
def _rays_kernel(
    position: Float64, facing: Float64, rows: Int64, done: int, first: int, most: int,
    lamp: Lamp, number: int, clearance: float, rays: Float32, target: Int64, share: Float32,
) -> tuple[int, int]:  # fmt: skip
    """Write the rays to the lamp from the points `rows`, of which `done` have theirs, until CHUNK are exceeded.

    target, share : of which row each ray is and what it would bring. Returns their number and the rows done.
    """
    place, normal, strength, area, size, kind = lamp
    strongest = strength.max()
    count = 0
    for row in range(done, len(rows)):
        if count > CHUNK:
            return count, row
        i = rows[row]
        ox, oy, oz = position[i, 0], position[i, 1], position[i, 2]
        away = np.sqrt((place[0, 0] - ox) ** 2 + (place[0, 1] - oy) ** 2 + (place[0, 2] - oz) ** 2)
        wanted = _rays_to(away, strongest, size, kind, clearance)
        state = np.uint64(i) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(number) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
        start = int(state >> np.uint64(40)) % PLACES
        for k in range(first, min(wanted, most)):
            j = (start + k) % PLACES
            dx, dy, dz = place[j, 0], place[j, 1], place[j, 2]
            if kind != SUN:
                dx, dy, dz = dx - ox, dy - oy, dz - oz
            squared = max(dx * dx + dy * dy + dz * dz, NEAREST**2)
            length = np.sqrt(squared)
            brings = (dx * facing[i, 0] + dy * facing[i, 1] + dz * facing[i, 2]) / length / wanted
            if kind != SUN:
                brings /= squared
            if kind in (SHEET, SURFACE):
                slant = -(dx * normal[j, 0] + dy * normal[j, 1] + dz * normal[j, 2]) / length
                brings *= abs(slant) if kind == SURFACE else max(slant, 0.0)
                # However near, nothing is lit brighter than its lamp is.
                brings = min(brings, np.pi / area)
            if brings <= 0:
                continue
            rays[count, 0], rays[count, 1], rays[count, 2] = ox, oy, oz
            rays[count, 3], rays[count, 4], rays[count, 5] = dx, dy, dz
            target[count] = row
            for c in range(3):
                share[count, c] = brings * strength[c]
            count += 1
    return count, len(rows)


@njit(cache=True, nogil=True)
def _rays_to(away: float, strength: float, size: float, kind: int, clearance: float) -> int:
    """How many rays go to a lamp, one of whose places is so far `away`: none where it is too faint."""
    if kind == SUN:
        return 2
    if strength < FAINT * max(away - size / 2, NEAREST) ** 2:
        return 0
    if kind == SURFACE:
        return min(max(int(SURFACE_RAYS_A_SIZE * size / away), 3), MOST_SURFACE_RAYS)
    return min(max(int(RAYS_A_SIZE * size / max(min(away, clearance), NEAREST)), 2), MOST_RAYS)


@njit(cache=True, nogil=True)
def _add_kernel(hidden: Bool, target: Int64, share: Float32, light: Float32) -> None:
    for i in range(len(hidden)):
        if not hidden[i]:
            light[target[i]] += share[i]


@njit(cache=True, nogil=True)
def _alike_kernel(state: Bool, rows: Int64, beside: Int32) -> Bool:
    """(k,) bool: whether all neighbours of each of the points `rows` are as it is; not where it has few."""
    alike = np.empty(len(rows), np.bool_)
    for k in range(len(rows)):
        neighbours, same = 0, True
        for other in beside[rows[k]]:
            if other >= 0:
                neighbours += 1
                same = same and state[other] == state[rows[k]]
        alike[k] = same and neighbours >= ALIKE
    return alike
