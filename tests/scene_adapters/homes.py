"""The homes that the layouts are written from."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from scene_adapters.procedural.home import home
from schemas.arrays import Bool
from schemas.scenes import Mesh, Scene


@cache
def furnished() -> Scene:
    """A furnished procedural home of about 60,000 triangles, with textures, rooms and lamps."""
    return home(2, "any")


def part_of(mesh: Mesh, keep: Bool) -> Mesh:
    """`mesh` with only the triangles where `keep` is true, and only their vertices."""
    triangles = mesh.triangles[keep]
    used, renumbered = np.unique(triangles, return_inverse=True)
    return Mesh(
        vertices=mesh.vertices[used],
        triangles=renumbered.reshape(-1, 3).astype(np.int32),
        instance=mesh.instance[keep],
        material=mesh.material[keep],
        materials=mesh.materials,
        textures=mesh.textures,
        uv=None if mesh.uv is None else mesh.uv[keep],
        color=None if mesh.color is None else mesh.color[used],
    )


def lean(mesh: Mesh) -> Mesh:
    """`mesh` with only the textures that its triangles show."""
    looks = [mesh.materials[number] for number in set(mesh.material.tolist())]
    used = sorted({look.texture for look in looks if look.texture is not None})
    number = {texture: place for place, texture in enumerate(used)}
    return replace(
        mesh,
        textures=tuple(mesh.textures[texture] for texture in used),
        materials=tuple(replace(m, texture=number.get(-1 if m.texture is None else m.texture)) for m in mesh.materials),
    )
