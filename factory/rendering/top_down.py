"""A scene seen straight from above, roof taken off: for people, not for training."""

from __future__ import annotations

import cv2
import numpy as np
import open3d as o3d

from schemas.arrays import Float64, UInt8
from schemas.scenes import Scene, Storey

# People recognise a home best when it is cut at head height: furniture stays, lintels and lamps go.
_CUT = 2.0


def top_down(scene: Scene, storey: Storey, width: int = 1200) -> UInt8:
    """Orthographic picture of one storey, cut 2 m above its floor.

    returns (H, width, 3) uint8 sRGB; north (+Y) is up, a bar of one metre is bottom left.
    """
    mesh = scene.mesh
    caster = o3d.t.geometry.RaycastingScene()
    caster.add_triangles(
        o3d.core.Tensor.from_numpy(mesh.vertices), o3d.core.Tensor.from_numpy(mesh.triangles.astype(np.uint32))
    )
    low, high = scene.bounds
    metres = float(high[0] - low[0]) * 1.04 / width
    height = max(1, round(float(high[1] - low[1]) * 1.04 / metres))
    x = (low[0] + high[0]) / 2 + (np.arange(width) - (width - 1) / 2) * metres
    y = (low[1] + high[1]) / 2 - (np.arange(height) - (height - 1) / 2) * metres
    rays = np.zeros((height, width, 6), dtype=np.float32)
    rays[..., 0], rays[..., 1] = np.meshgrid(x, y)
    rays[..., 2] = min(storey.floor_z + _CUT, storey.ceiling_z - 0.05)
    rays[..., 5] = -1.0
    hit = caster.cast_rays(o3d.core.Tensor.from_numpy(rays))
    face = hit["primitive_ids"].numpy()
    seen = face != caster.INVALID_ID
    face = np.where(seen, face, 0)
    tilt = np.abs(hit["primitive_normals"].numpy()[..., 2])
    drop = hit["t_hit"].numpy()
    shade = (0.55 + 0.45 * tilt) * np.clip(1.0 - 0.12 * np.where(seen, drop, 0.0), 0.5, 1.0)
    # From inside a wall the way up leads out of a surface, not into one.
    rays[..., 5] = 1.0
    up = caster.cast_rays(o3d.core.Tensor.from_numpy(rays))
    above = up["primitive_ids"].numpy()
    solid = (up["primitive_normals"].numpy()[..., 2] > 0.5) & (above != caster.INVALID_ID) & (up["t_hit"].numpy() < 2.0)
    linear = _colours(scene)[mesh.material[face]] * shade[..., None]
    linear[~seen | (drop > _CUT + 0.6)] = 0.9
    linear[solid & np.isin(mesh.instance[np.where(solid, above, 0)], _walls(scene))] = 0.03
    image: UInt8 = (np.clip(linear, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    metre = round(1 / metres)
    image[-14:-10, 12 : 12 + metre] = 20
    return image


def _walls(scene: Scene) -> list[int]:
    return [instance.id for instance in scene.instances if instance.category in ("wall", "column", "window")]


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
