"""Light that reaches points of a surface by way of other surfaces, by rays into all directions.

What comes from afar hardly differs between neighbours, so it is taken from few of them. What stands near decides how
much of it there is, and sends light of its own: this is what darkens corners, and each point has it of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import open3d as o3d
from numba import njit

from factory.rendering.points import Points
from factory.rendering.quasirandom import strides
from schemas.arrays import Bool, Float32, Float64, Int32, Int64, UInt32

NEAR = 0.25  # metres
# Brightness beyond which a place counts no more, for Cycles caps what a path brings (`sample_clamp_indirect`), and near
# a lamp a few rays would be noise.
GLARE, NEAR_GLARE = 4.0, 1.0
CHUNK = 1 << 19  # rays at a time
_FIRST, _SECOND = strides(2)


@dataclass(frozen=True)
class Sender:
    """A surface that sends light on, m triangles.

    tree : all that is in a ray's way; kept : (t,) int64, its triangles' indices here
    reflected : (m, 3) float32, share of the light that a triangle sends on; lit : (m, 2) bool, sides that have light
    texel : (m, 3, 2, 2), spot : (m, 3, 2), as in `BakedLight`; sky : (3,) float32, what comes from where nothing is
    """

    tree: o3d.t.geometry.RaycastingScene
    kept: Int64
    reflected: Float32
    lit: Bool
    texel: Float32
    spot: Int32
    sky: Float32


@dataclass(frozen=True)
class Gathered:
    """What a white matt surface would send out at n points, of light that is sent on.

    near, far : (n, 3) float32, from things nearer than NEAR and from the others; open : (n,) float32, share of all
    directions, as a matt surface weighs them, in which nothing is near
    """

    near: Float32
    far: Float32
    open: Float32


@dataclass(frozen=True)
class Met:
    """What the rays of n points have met, r of each point.

    side : (n · r,) int32, 2 · triangle, and 1 more for its back; or NOTHING or DARK
    between : (n · r, 2) float32, weights of the triangle's second and third corner; near : (n · r,) bool
    """

    side: Int32
    between: Float32
    near: Bool
    rays: int


NOTHING, DARK = -1, -2  # what a ray has met: the sky, or what sends no light on


def look(sender: Sender, points: Points, rays: int, threads: int) -> Met:
    """What `rays` rays a point meet, however far away."""
    met = _unmet(len(points), rays, NOTHING)
    for first in range(0, len(points), CHUNK // rays):
        aimed = _rays_of(points, first, rays)
        _cast(sender, aimed, np.arange(first * rays, first * rays + len(aimed)), met, threads)
    return met


def gather(sender: Sender, texels: Float32, spots: Float32, met: Met) -> Gathered:
    """What the rays bring, where the surface has the light `texels` (H, W, 3) and `spots` (s, 3)."""
    count = len(met.side) // met.rays
    found = Gathered(*(np.zeros(shape, np.float32) for shape in ((count, 3), (count, 3), count)))
    _sum_kernel(
        met.side, met.between, met.near, met.rays,
        sender.reflected, sender.texel, sender.spot, sender.sky,
        texels, spots, found.near, found.far, found.open,
    )  # fmt: skip
    return found


def gather_near(
    sender: Sender, texels: Float32, spots: Float32, points: Points, rays: int, threads: int
) -> tuple[Float32, Float32]:
    """`near` and `open` of what `rays` rays a point bring: rays that meet nothing near are not followed further."""
    near, open_share = np.zeros((len(points), 3), np.float32), np.zeros(len(points), np.float32)
    for first in range(0, len(points), CHUNK // rays):
        aimed = _rays_of(points, first, rays)
        hidden = sender.tree.test_occlusions(o3d.core.Tensor.from_numpy(aimed), 0.0, NEAR, threads).numpy()
        rows = np.flatnonzero(hidden)
        met = _unmet(len(aimed) // rays, rays, DARK)
        _cast(sender, aimed[rows], rows, met, threads)
        found = gather(sender, texels, spots, met)
        part = slice(first, first + len(found.open))
        near[part], open_share[part] = found.near, found.open
    return near, open_share


def _rays_of(points: Points, first: int, rays: int) -> Float32:
    part = np.arange(first, min(first + CHUNK // rays, len(points)))
    return np.asarray(_rays_kernel(points.position[part], points.normal[part], part, rays))


def _unmet(points: int, rays: int, side: int) -> Met:
    count = points * rays
    return Met(np.full(count, side, np.int32), np.zeros((count, 2), np.float32), np.zeros(count, np.bool_), rays)


def _cast(sender: Sender, aimed: Float32, rows: Int64, met: Met, threads: int) -> None:
    """Write into `rows` of `met` what the rays `aimed` meet."""
    answer = sender.tree.cast_rays(o3d.core.Tensor.from_numpy(aimed), nthreads=threads)
    told = (answer[name].numpy() for name in ("t_hit", "primitive_ids", "primitive_uvs", "primitive_normals"))
    _met_kernel(*told, aimed, rows, sender.kept, sender.lit, met.side, met.between, met.near)


@njit(cache=True, nogil=True)
def _rays_kernel(position: Float64, normal: Float64, number: Int64, rays: int) -> Float32:
    """Rays (n · rays, 6) float32, as dense as a matt surface weighs them: M. Roberts' sequence R2, shifted a point."""
    aimed = np.empty((len(number) * rays, 6), np.float32)
    for i in range(len(number)):
        state = np.uint64(number[i] + 1) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        shift = float(state >> np.uint64(40)) / 2**24
        turn = float((state >> np.uint64(8)) & np.uint64(0xFFFFFF)) / 2**24
        nx, ny, nz = normal[i]
        # A frame around the normal without branches (T. Duff et al., "Building an orthonormal basis, revisited", 2017).
        sign = 1.0 if nz >= 0 else -1.0
        a = -1 / (sign + nz)
        b = nx * ny * a
        for k in range(rays):
            away = (shift + (k + 0.5) * _FIRST) % 1.0
            around = 2 * np.pi * ((turn + (k + 0.5) * _SECOND) % 1.0)
            radius, up = np.sqrt(away), np.sqrt(1 - away) + 1e-4
            x, y = radius * np.cos(around), radius * np.sin(around)
            row = i * rays + k
            aimed[row, 0], aimed[row, 1], aimed[row, 2] = position[i]
            aimed[row, 3] = x * (1 + sign * nx * nx * a) + y * b + up * nx
            aimed[row, 4] = x * sign * b + y * (sign + ny * ny * a) + up * ny
            aimed[row, 5] = -x * sign * nx - y * ny + up * nz
    return aimed


@njit(cache=True, nogil=True)
def _met_kernel(
    away: Float32, primitive: UInt32, weights: Float32, facing: Float32, aimed: Float32, rows: Int64,
    kept: Int64, lit: Bool, side: Int32, between: Float32, near: Bool,
) -> None:  # fmt: skip
    for i in range(len(away)):
        row = rows[i]
        if np.isinf(away[i]):
            continue
        t = kept[primitive[i]]
        along = facing[i, 0] * aimed[i, 3] + facing[i, 1] * aimed[i, 4] + facing[i, 2] * aimed[i, 5]
        turned = 1 if along > 0 else 0
        side[row] = 2 * t + turned if lit[t, turned] else DARK
        between[row] = weights[i]
        near[row] = away[i] < NEAR


@njit(cache=True, nogil=True)
def _sum_kernel(
    side: Int32, between: Float32, is_near: Bool, rays: int,
    reflected: Float32, texel: Float32, spot: Int32, sky: Float32,
    texels: Float32, spots: Float32, near: Float32, far: Float32, open_share: Float32,
) -> None:  # fmt: skip
    """Add what the rays have met to the means of their points."""
    height, width = texels.shape[:2]
    weights, color = np.empty(3), np.empty(3)
    for i in range(len(side)):
        point = i // rays
        if not is_near[i]:
            open_share[point] += np.float32(1 / rays)
        if side[i] == NOTHING:
            for c in range(3):
                far[point, c] += sky[c] / rays
        if side[i] < 0:
            continue
        t, turned = side[i] // 2, side[i] % 2
        weights[1:] = between[i]
        weights[0] = 1 - weights[1] - weights[2]
        u, v = 0.0, 0.0
        color[:] = 0
        for k in range(3):
            u += weights[k] * texel[t, k, turned, 0]
            v += weights[k] * texel[t, k, turned, 1]
            for c in range(3):
                color[c] += weights[k] * spots[spot[t, k, turned], c]
        row, column = min(int(v * height), height - 1), min(int(u * width), width - 1)
        for c in range(3):
            color[c] = (color[c] + texels[row, column, c]) * reflected[t, c]
        bright = (color[0] + color[1] + color[2]) / 3
        most = NEAR_GLARE if is_near[i] else GLARE
        share = min(1.0, most / max(bright, 1e-9)) / rays
        for c in range(3):
            if is_near[i]:
                near[point, c] += np.float32(share * color[c])
            else:
                far[point, c] += np.float32(share * color[c])
