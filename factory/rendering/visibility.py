"""Which sides of a scene's triangles somebody in it can see."""

from __future__ import annotations

import numpy as np
import open3d as o3d

from factory.rendering.points import Points
from schemas.arrays import Bool, Float64, Int64
from schemas.scenes import Mesh

STANDPOINTS = 4096
OPEN = 0.05  # metres
RAYS = 384  # from each
EYES = (0.3, 1.8)  # heights of a camera over what it stands on, metres
ROOM = 0.6  # metres to see from it in half of all directions: less is the inside of a wall or a wardrobe


def seen_sides(mesh: Mesh, threads: int, random: np.random.Generator) -> Bool:
    """(m, 2) bool: whether the front and the back of each triangle is met by a ray from where a camera may be.

    Cameras stand on level surfaces, under a ceiling where there is one. Glass is not in the way.
    """
    tree, kept = tree_without_glass(mesh, threads)
    eyes = _eyes(mesh, tree, random)
    direction = random.normal(size=(RAYS * len(eyes), 3))
    direction[:, 2] *= 0.7  # cameras look ahead more than up or down
    rays = np.concatenate([np.repeat(eyes, RAYS, axis=0), direction], axis=1).astype(np.float32)
    seen = np.zeros((len(mesh.triangles), 2), np.bool_)
    for part in np.array_split(rays, 16):
        answer = tree.cast_rays(o3d.core.Tensor.from_numpy(part), nthreads=threads)
        met = np.isfinite(answer["t_hit"].numpy())
        triangle = kept[answer["primitive_ids"].numpy()[met].astype(np.int64)]
        back = np.einsum("ij,ij->i", answer["primitive_normals"].numpy()[met], part[met, 3:]) > 0
        seen[triangle, back.astype(np.int64)] = True
    return seen


def is_open(tree: o3d.t.geometry.RaycastingScene, points: Points, threads: int) -> Bool:
    """(n,) bool: whether some ray up from each point gets further than OPEN; else it is inside something."""
    position, normal = points.position, points.normal
    other = np.where(np.abs(normal[:, 2:]) > 0.9, np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]]))
    tangent = np.cross(other, normal)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1), 1e-12)[:, None]
    bitangent = np.cross(normal, tangent)
    found = np.zeros(len(position), np.bool_)
    for around, out in ((0.0, 2.0), (0.7, 0.5), (2.2, 0.5), (3.8, 0.5), (5.4, 0.5)):
        direction = out * normal + np.cos(around) * tangent + np.sin(around) * bitangent
        direction /= np.linalg.norm(direction, axis=1)[:, None]
        rays = np.concatenate([position, direction], axis=1).astype(np.float32)
        found |= tree.cast_rays(o3d.core.Tensor.from_numpy(rays), nthreads=threads)["t_hit"].numpy() > OPEN
    return found


def tree_without_glass(mesh: Mesh, threads: int) -> tuple[o3d.t.geometry.RaycastingScene, Int64]:
    """A ray caster of all that is not glass, and for its triangles their indices in `mesh`."""
    clear = np.array([material.transmission > 0.5 for material in mesh.materials])
    kept = np.flatnonzero(~clear[mesh.material])
    tree = o3d.t.geometry.RaycastingScene(nthreads=threads)
    tree.add_triangles(
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(mesh.vertices)),
        o3d.core.Tensor.from_numpy(mesh.triangles[kept].astype(np.uint32)),
    )
    return tree, kept


def _eyes(mesh: Mesh, tree: o3d.t.geometry.RaycastingScene, random: np.random.Generator) -> Float64:
    ground = _points_on_level_surfaces(mesh, random)
    lifted = ground + np.array([0.0, 0.0, 0.01])
    up = np.concatenate([lifted, np.tile([0.0, 0.0, 1.0], (len(ground), 1))], axis=1)
    free = tree.cast_rays(o3d.core.Tensor.from_numpy(up.astype(np.float32)))["t_hit"].numpy()
    indoors = np.isfinite(free) & (free > 2 * EYES[0])
    # A scene without ceilings is looked at from everywhere.
    stand = np.flatnonzero(indoors if indoors.mean() > 0.05 else free > 2 * EYES[0])[: 2 * STANDPOINTS]
    low, high = EYES
    height = random.uniform(low, np.clip(free[stand] - 0.1, low + 0.01, high))
    eyes = ground[stand] + np.stack([0 * height, 0 * height, height], axis=1)
    around = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    level = np.stack([np.cos(around), np.sin(around), 0 * around], axis=1)
    rays = np.concatenate([np.repeat(eyes, 16, axis=0), np.tile(level, (len(eyes), 1))], axis=1).astype(np.float32)
    sight = tree.cast_rays(o3d.core.Tensor.from_numpy(rays))["t_hit"].numpy().reshape(-1, 16)
    return np.asarray(eyes[np.median(sight, axis=1) > ROOM])


def _points_on_level_surfaces(mesh: Mesh, random: np.random.Generator) -> Float64:
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    weight = np.abs(doubled[:, 2])
    chosen = random.choice(len(weight), 8 * STANDPOINTS, p=weight / weight.sum())
    first, second = random.random((2, len(chosen), 1))
    over = first + second > 1
    first, second = np.where(over, 1 - first, first), np.where(over, 1 - second, second)
    a, b, c = corners[chosen].transpose(1, 0, 2)
    return np.asarray(a + first * (b - a) + second * (c - a))
