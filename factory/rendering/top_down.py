"""A scene seen straight from above, roof taken off: for people, not for training."""

from __future__ import annotations

import cv2
import numpy as np
import open3d as o3d

from schemas.arrays import Bool, Float32, Float64, Int32, Int64, UInt8
from schemas.scenes import Scene, Storey

# People recognise a home best when it is cut at head height: furniture stays, lintels and lamps go.
_CUT = 2.0


def top_down(scene: Scene, storey: Storey, width: int = 1200) -> UInt8:
    """Orthographic picture of one storey, cut 2 m above its floor.

    returns (H, width, 3) uint8 sRGB, H at most 4 × width; north (+Y) is up, a bar of one metre is bottom left.
    """
    mesh = scene.mesh
    low, high = scene.bounds
    metres = float(max(high[0] - low[0], (high[1] - low[1]) / 4)) * 1.04 / width
    height = max(1, round(float(high[1] - low[1]) * 1.04 / metres))
    x = (low[0] + high[0]) / 2 + (np.arange(width) - (width - 1) / 2) * metres
    y = (low[1] + high[1]) / 2 - (np.arange(height) - (height - 1) / 2) * metres
    rays = np.zeros((height, width, 6), dtype=np.float32)
    rays[..., 0], rays[..., 1] = np.meshgrid(x, y)
    rays[..., 2] = min(storey.floor_z + _CUT, storey.ceiling_z - 0.05)
    rays[..., 5] = -1.0
    face, normal_z, drop = _cast(mesh.vertices, mesh.triangles, rays)
    seen = face >= 0
    tilt = np.abs(normal_z)
    shade = (0.55 + 0.45 * tilt) * np.clip(1.0 - 0.12 * np.where(seen, drop, 0.0), 0.5, 1.0)
    linear = _colours(scene)[mesh.material[face]] * shade[..., None]
    linear[~seen | (drop > _CUT + 0.6)] = 0.9
    linear[_within_walls(scene, rays)] = 0.03
    image: UInt8 = (np.clip(linear, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    metre = round(1 / metres)
    image[-14:-10, 12 : 12 + metre] = 20
    return image


def _cast(vertices: Float32, triangles: Int32, rays: Float32) -> tuple[Int64, Float32, Float32]:
    """For each ray (H, W, 6) the triangle it meets first or −1, the z of its normal, and the distance or inf."""
    caster = o3d.t.geometry.RaycastingScene()
    tensor = o3d.core.Tensor.from_numpy
    caster.add_triangles(tensor(vertices), tensor(np.ascontiguousarray(triangles, dtype=np.uint32)))
    hit = caster.cast_rays(tensor(rays))
    face = hit["primitive_ids"].numpy().astype(np.int64)
    face[face == caster.INVALID_ID] = -1
    return face, hit["primitive_normals"].numpy()[..., 2], hit["t_hit"].numpy()


def _within_walls(scene: Scene, rays: Float32) -> Bool:
    """Whether each ray starts inside a wall (H, W): the way up leads out of its surface, not into it.

    Only walls are met, because a ceiling may run on inside them.
    """
    walls = [instance.id for instance in scene.instances if instance.category in ("wall", "column", "window")]
    triangles = scene.mesh.triangles[np.isin(scene.mesh.instance, walls)]
    if len(triangles) == 0:
        return np.zeros(rays.shape[:2], dtype=bool)
    up = rays * np.array([1, 1, 1, -1, -1, -1], dtype=np.float32)
    face, normal_z, distance = _cast(scene.mesh.vertices, triangles, up)
    inside: Bool = (face >= 0) & (normal_z > 0.5) & (distance < _CUT)
    return inside


def _colours(scene: Scene) -> Float64:
    """Mean linear colour (materials, 3) of each material, texture included."""
    colours = np.array([material.base_color for material in scene.mesh.materials])
    for row, material in enumerate(scene.mesh.materials):
        if material.texture is not None:
            encoded = np.frombuffer(scene.mesh.textures[material.texture].encoded, dtype=np.uint8)
            image = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
            if image is not None:
                colours[row] *= (image.reshape(-1, 3).mean(axis=0)[::-1] / 255) ** 2.2
    return colours
