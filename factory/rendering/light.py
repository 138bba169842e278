"""Diffuse light, found once for a home and looked up in every frame after.

Light that a matt surface sends out is the same from wherever one looks, so it need not be traced again for
each frame. Surfaces are cut into small triangles; each side of each is lit by the lamps it sees, then by
the other triangles it sees, over and over (radiosity by gathering: Cohen and Wallace, 1993).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import open3d as o3d

from factory.rendering.tessellation import tessellate
from factory.rendering.textures import mean_colors
from schemas.arrays import Bool, Float32, Float64, Int32, Int64
from schemas.identity import generator
from schemas.scenes import Light, LightKind, Mesh, Scene

LONGEST_EDGE = 0.2  # metres
MOST_TRIANGLES = 1_000_000  # a surface too large for it is cut coarser
STRATA = (8, 6)  # of the rays that gather, round and up
BOUNCES = 4
NOTICED = 1e-3  # light of a lamp below this share of white is not looked for
OPEN = 0.04  # a side whose rays all end nearer than this is inside something, metres
# A lamp's own shade is hundreds of times brighter than white; gathered by one ray in fifty it would speckle.
BRIGHTEST = 2.0


@dataclass(frozen=True)
class BakedLight:
    """Light on a tessellated scene of m triangles.

    mesh : the scene's surface, cut fine
    radiance : (m, 3, 2, 3) float32, at each corner, on the front (seen from where the corners run
    counter-clockwise) and on the back: linear RGB that a white matt surface would send out
    """

    mesh: Mesh
    radiance: Float32


@dataclass(frozen=True)
class _Sides:
    """Both sides of n triangles: first all fronts, then all backs. point, normal, tangent, bitangent : (2n, 3)."""

    point: Float64
    normal: Float64
    tangent: Float64
    bitangent: Float64


class _Tracer:
    """Which side of which triangle a ray meets; glass is not met."""

    def __init__(self, mesh: Mesh, threads: int) -> None:
        clear = np.array([material.transmission > 0.5 for material in mesh.materials])
        self._threads = threads
        self._kept = np.flatnonzero(~clear[mesh.material])
        self._count = len(mesh.triangles)
        self._tree = o3d.t.geometry.RaycastingScene(nthreads=threads)
        self._tree.add_triangles(
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(mesh.vertices)),
            o3d.core.Tensor.from_numpy(mesh.triangles[self._kept].astype(np.uint32)),
        )

    def trace(self, origin: Float64, direction: Float64) -> tuple[Float32, Int64]:
        """Distance in lengths of `direction`, infinite where nothing is met, and the side's index, or −1."""
        rays = np.concatenate([origin, direction], axis=1).astype(np.float32)
        answer = self._tree.cast_rays(o3d.core.Tensor.from_numpy(rays), nthreads=self._threads)
        distance = answer["t_hit"].numpy()
        back = np.einsum("ij,ij->i", answer["primitive_normals"].numpy(), rays[:, 3:]) > 0
        side = np.full(len(rays), -1, np.int64)
        met = np.isfinite(distance)
        side[met] = self._kept[answer["primitive_ids"].numpy()[met]] + np.where(back[met], self._count, 0)
        return distance, side


def bake_light(scene: Scene, threads: int = 0) -> BakedLight:
    """The diffuse light of a lit scene, from its lights and emitting surfaces, glass taken as open.

    threads : of the ray caster, 0 for all; they do not change the result
    """
    mesh = tessellate(scene.mesh, _longest_edge(scene.mesh))
    tracer = _Tracer(mesh, threads)
    sides, area = _sides(mesh)
    random = generator(0, scene.digest, 0, 0, "light")
    seen = np.flatnonzero(_is_open(sides, tracer, random))
    open_sides = _Sides(*(array[seen] for array in (sides.point, sides.normal, sides.tangent, sides.bitangent)))
    direct = np.zeros((2 * len(mesh.triangles), 3), np.float32)
    for light in scene.lights:
        direct[seen] += _from_light(light, open_sides, tracer, random)
    total = _with_bounces(scene, mesh, direct, seen, _gather(open_sides, tracer, random))
    known = np.zeros(len(total), np.bool_)
    known[seen] = True
    return BakedLight(mesh, _at_corners(mesh, sides.normal[: len(area)], area, total, known))


def _longest_edge(mesh: Mesh) -> float:
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    doubled = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    # Halving leaves triangles of about a fifth of the square of the longest edge.
    return max(LONGEST_EDGE, float(np.sqrt(2.5 * doubled.sum() / MOST_TRIANGLES)))


def _sides(mesh: Mesh) -> tuple[_Sides, Float64]:
    """Both sides, a millimetre off the surface, and the areas (n,) of the triangles."""
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(normal, axis=1)
    normal /= np.maximum(doubled, 1e-12)[:, None]
    normal = np.concatenate([normal, -normal])
    point = np.tile(corners.mean(axis=1), (2, 1)) + 1e-3 * normal
    return _Sides(point, normal, *_frame(normal)), doubled / 2


def _frame(normal: Float64) -> tuple[Float64, Float64]:
    """Two unit vectors at right angles to `normal` (n, 3) and to each other."""
    other = np.where(np.abs(normal[:, 2:]) > 0.9, np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]]))
    tangent = np.cross(other, normal)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1), 1e-12)[:, None]
    return tangent, np.cross(normal, tangent)


def _cosine_rays(sides: _Sides, around: Float64, up: Float64) -> Float64:
    """Directions (n, 3) with density cos θ/π over the hemisphere, from numbers in 0..1 (Malley's method)."""
    radius, angle = np.sqrt(up)[:, None], 2 * np.pi * around[:, None]
    flat = radius * (np.cos(angle) * sides.tangent + np.sin(angle) * sides.bitangent)
    return np.asarray(flat + np.sqrt(1 - up)[:, None] * sides.normal)


def _is_open(sides: _Sides, tracer: _Tracer, random: np.random.Generator) -> Bool:
    """Whether each side can be seen at all: some ray gets further than OPEN."""
    count = len(sides.point)
    found = np.zeros(count, np.bool_)
    for k in range(6):
        around, up = (k + random.random(count)) / 6, random.uniform(0.05, 0.95, count)
        found |= tracer.trace(sides.point, _cosine_rays(sides, around, up))[0] > OPEN
    return found


def _from_light(light: Light, sides: _Sides, tracer: _Tracer, random: np.random.Generator) -> Float32:
    """Radiance (n, 3) that white sides send out under one light, in Blender's units of power."""
    color = np.array(light.color, np.float32)
    arriving = np.zeros(len(sides.point), np.float32)
    samples = 4 if light.kind is LightKind.AREA else 1
    for k in range(samples):
        towards, strength = _towards_light(light, sides, k, random)
        strength = strength / samples
        lit = np.flatnonzero(strength > NOTICED / samples)
        clear = tracer.trace(sides.point[lit], towards[lit])[0] > 0.999
        arriving[lit] += np.where(clear, strength[lit], 0)
    return arriving[:, None] * color


def _towards_light(light: Light, sides: _Sides, sample: int, random: np.random.Generator) -> tuple[Float64, Float64]:
    """Vectors (n, 3) to a point on the light, and the radiance (n,) of a white side if nothing is between."""
    count, axis = len(sides.point), np.array([light.direction])
    if light.kind is LightKind.SUN:
        towards = np.broadcast_to(-1000.0 * axis, (count, 3))
        return towards, light.power / np.pi * np.maximum(-(sides.normal @ axis[0]), 0)
    if light.kind is LightKind.AREA:
        tangent, bitangent = _frame(axis)
        across = (sample % 2 + random.random(count)) / 2 - 0.5
        along = (sample // 2 + random.random(count)) / 2 - 0.5
        place = across[:, None] * light.size[0] * tangent + along[:, None] * light.size[1] * bitangent
    else:
        place = random.normal(size=(count, 3))
        place *= light.size[0] / 2 / np.linalg.norm(place, axis=1)[:, None]
    towards = np.array(light.position) + place - sides.point
    squared = np.maximum((towards**2).sum(axis=1), 1e-6)
    cosine = np.maximum((towards * sides.normal).sum(axis=1), 0) / np.sqrt(squared)
    if light.kind is LightKind.AREA:
        leaving = np.maximum(-(towards @ axis[0]), 0) / np.sqrt(squared) / np.pi
    else:
        leaving = np.full(count, 1 / (4 * np.pi))
    return towards, light.power * leaving * cosine / (np.pi * squared)


def _gather(sides: _Sides, tracer: _Tracer, random: np.random.Generator) -> Int32:
    """The sides (n, rays) that each side sees, spread by the cosine; −1 where it sees the open."""
    round_, up = STRATA
    count = len(sides.point)
    seen = np.empty((count, round_ * up), np.int32)
    for k in range(round_ * up):
        around, height = (k % round_ + random.random(count)) / round_, (k // round_ + random.random(count)) / up
        seen[:, k] = tracer.trace(sides.point, _cosine_rays(sides, around, height))[1]
    return seen


def _with_bounces(scene: Scene, mesh: Mesh, direct: Float32, seen: Int64, gathered: Int32) -> Float32:
    """`direct` (2n, 3) and what comes by way of other surfaces."""
    albedo = np.tile(mean_colors(scene)[mesh.material], (2, 1))
    emitted = np.array([material.emission for material in mesh.materials], np.float32)[mesh.material]
    emitted = np.minimum(np.tile(emitted, (2, 1)), BRIGHTEST)
    total = direct.copy()
    for _ in range(BOUNCES):
        sent = albedo * np.minimum(total, BRIGHTEST) + emitted
        sent = np.concatenate([sent, np.zeros((1, 3), np.float32)])  # index −1: the open sends nothing
        arriving = np.zeros((len(seen), 3), np.float32)
        for k in range(gathered.shape[1]):
            arriving += sent[gathered[:, k]]
        total[seen] = direct[seen] + arriving / gathered.shape[1]
    return total


def _at_corners(mesh: Mesh, normal: Float64, area: Float64, total: Float32, known: Bool) -> Float32:
    """Radiance (n, 3, 2, 3) at corners: the mean of the triangles that meet there in one smooth surface."""
    group = _smooth_groups(mesh, normal)
    count = int(group.max()) + 1
    sides = []
    for rows in (slice(0, len(area)), slice(len(area), None)):
        # A side inside something tells nothing, unless there is no other.
        weight = np.repeat(np.where(known[rows], area, 1e-6 * area) + 1e-12, 3)
        value = np.repeat(np.minimum(total[rows], 3 * BRIGHTEST), 3, axis=0)
        whole = np.bincount(group, weight, count)
        mean = np.stack([np.bincount(group, weight * value[:, c], count) / whole for c in range(3)], axis=1)
        sides.append(mean[group].reshape(len(area), 3, 3))
    return np.stack(sides, axis=2).astype(np.float32)


def _smooth_groups(mesh: Mesh, normal: Float64) -> Int64:
    """A number for each corner (3n,); equal where corners meet in one instance and their surfaces do not crease."""
    place = np.unique(np.rint(mesh.vertices * 1000).astype(np.int64), axis=0, return_inverse=True)[1].reshape(-1)
    corner = place[mesh.triangles].reshape(-1).astype(np.int64) * 65536 + np.repeat(mesh.instance, 3)
    spot = np.unique(corner, return_inverse=True)[1].reshape(-1)
    each = np.repeat(normal, 3, axis=0)
    mean = np.stack([np.bincount(spot, each[:, c]) for c in range(3)], axis=1)
    mean = mean / np.maximum(np.linalg.norm(mean, axis=1), 1e-12)[:, None]
    creased = np.bincount(spot, (each * mean[spot]).sum(axis=1) < 0.75) > 0
    facing = (np.rint(1.5 * each).astype(np.int64) + 2) @ np.array([25, 5, 1])
    return np.unique(spot * 126 + np.where(creased[spot], facing + 1, 0), return_inverse=True)[1].reshape(-1)
