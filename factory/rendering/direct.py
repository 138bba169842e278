"""Light that reaches points of a surface straight from the lamps, by rays to places all over each of them."""

from __future__ import annotations

import numpy as np
import open3d as o3d
from numba import njit

from factory.rendering.lamps import FAR, PLACES, SHEET, SUN, SURFACE, Lamps
from factory.rendering.points import Points
from schemas.arrays import Bool, Float32, Float64, Int64

RAYS_A_SIZE, MOST_RAYS = 10, 8  # from a point to a lamp as large as it is far, and at most
# The same of a surface that shines: half of it is hidden by the rest, and it may be very near.
SURFACE_RAYS_A_SIZE, MOST_SURFACE_RAYS = 36, 48
OBSTRUCTED = 0.1  # share of the directions from a lamp in which things stand so near that they count
FAINT = 5e-4  # light below which a lamp is not asked for
NEAREST = 0.01  # metres: nearer to a lamp nothing gets brighter
CHUNK = 1 << 19  # rays at a time
CELL = 0.5  # of space, metres; one in PROBED of its points asks for all lamps
PROBED = 16
BEFORE = 0.999  # share of its way after which a ray has reached the lamp


def direct_light(lamps: Lamps, points: Points, tree: o3d.t.geometry.RaycastingScene, threads: int) -> Float32:
    """What a white matt surface would send out (n, 3) at the points. `tree` : all that casts a shadow.

    Most lamps stand in other rooms than a point. A few points of each cell of space ask for all of them, the others
    for those that one in their cell, or in one beside it, sees.
    """
    clearance = _clearances(lamps, tree, threads)
    cells = np.floor((points.position - points.position.min(axis=0, initial=np.inf)) / CELL).astype(np.int64)
    reached = np.zeros((*(cells.max(axis=0, initial=0) + 3), len(lamps.kind)), np.bool_)
    firsts = np.unique(cells, axis=0, return_index=True)[1]
    few = np.union1d(np.lexsort(cells.T)[::PROBED], firsts)
    probes, whole = points.take(few), np.ones((1, 1, 1, 1), np.bool_)
    for lamp in range(len(lamps.kind)):
        one, near = lamps.take(np.array([lamp])), clearance[lamp : lamp + 1]
        lit = few[_traced(one, near, probes, 0 * cells[few], whole, tree, threads).any(axis=1)]
        for shift in np.ndindex(3, 3, 3):
            reached[(*(cells[lit] + shift).T, lamp)] = True
    return _traced(lamps, clearance, points, cells + 1, reached, tree, threads)


def _traced(
    lamps: Lamps, clearance: Float64, points: Points, cells: Int64, reached: Bool,
    tree: o3d.t.geometry.RaycastingScene, threads: int,
) -> Float32:  # fmt: skip
    """The light (n, 3) of those lamps that are `reached` (X, Y, Z, e) from the cells (n, 3) of the points."""
    light = np.zeros((len(points), 3), np.float32)
    room = CHUNK + MOST_SURFACE_RAYS * len(lamps.kind)
    rays, target, share = np.empty((room, 6), np.float32), np.empty(room, np.int64), np.empty((room, 3), np.float32)
    first = 0
    while first < len(light):
        count, first = _rays_kernel(
            points.position, points.normal, cells, reached, first,
            lamps.place, lamps.normal, lamps.strength, lamps.area, lamps.size, lamps.kind, clearance,
            rays, target, share,
        )  # fmt: skip
        hidden = tree.test_occlusions(o3d.core.Tensor.from_numpy(rays[:count]), 0.0, BEFORE, threads).numpy()
        _add_kernel(hidden, target, share, light)
    return light


def _clearances(lamps: Lamps, tree: o3d.t.geometry.RaycastingScene, threads: int) -> Float64:
    """How near to each lamp (e,) things stand that throw its shadow: the nearer, the softer is their shadow."""
    if not len(lamps.kind):
        return np.zeros(0)
    rays = np.concatenate([lamps.place, lamps.normal], axis=-1).astype(np.float32)
    away = tree.cast_rays(o3d.core.Tensor.from_numpy(rays), nthreads=threads)["t_hit"].numpy()
    return np.asarray(np.quantile(np.minimum(away, FAR), OBSTRUCTED, axis=1), np.float64)


@njit(cache=True, nogil=True)
def _rays_kernel(
    position: Float64, facing: Float64, cells: Int64, reached: Bool, first: int,
    place: Float64, normal: Float64, strength: Float64, area: Float64, size: Float64, kind: Int64, clearance: Float64,
    rays: Float32, target: Int64, share: Float32,
) -> tuple[int, int]:  # fmt: skip
    """Write the rays to places on each lamp from the points, of which `first` is the first, until CHUNK are exceeded.

    target, share : whose each ray is and what it would bring. Returns their number and the first point without rays.
    """
    count = 0
    for i in range(first, len(position)):
        if count > CHUNK:
            return count, i
        ox, oy, oz = position[i]
        x, y, z = cells[i]
        for e in range(len(kind)):
            if not reached[x, y, z, e]:
                continue
            wanted = _rays_to(place[e, 0], strength[e].max(), size[e], kind[e], clearance[e], position[i])
            state = np.uint64(i) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(e) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
            start = int(state >> np.uint64(40)) % PLACES
            for k in range(wanted):
                j = (start + k) % PLACES
                tx, ty, tz = place[e, j]
                if kind[e] == SUN:
                    tx, ty, tz = tx + ox, ty + oy, tz + oz
                dx, dy, dz = tx - ox, ty - oy, tz - oz
                squared = max(dx * dx + dy * dy + dz * dz, NEAREST**2)
                length = np.sqrt(squared)
                brings = (dx * facing[i, 0] + dy * facing[i, 1] + dz * facing[i, 2]) / length / wanted
                if kind[e] != SUN:
                    brings /= squared
                if kind[e] == SHEET or kind[e] == SURFACE:
                    slant = -(dx * normal[e, j, 0] + dy * normal[e, j, 1] + dz * normal[e, j, 2]) / length
                    brings *= abs(slant) if kind[e] == SURFACE else max(slant, 0.0)
                    # However near, nothing is lit brighter than its lamp is.
                    brings = min(brings, np.pi / area[e])
                if brings <= 0:
                    continue
                rays[count] = ox, oy, oz, dx, dy, dz
                target[count] = i
                for c in range(3):
                    share[count, c] = brings * strength[e, c]
                count += 1
    return count, len(position)


@njit(cache=True, nogil=True)
def _rays_to(place: Float64, strength: float, size: float, kind: int, clearance: float, position: Float64) -> int:
    """How many rays go to a lamp, one of whose places is `place`: none where it is too faint."""
    if kind == SUN:
        return 2
    away = np.sqrt(((place - position) ** 2).sum())
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
