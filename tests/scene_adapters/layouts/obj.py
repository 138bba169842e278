"""A scene as OBJ with its MTL and images: an object an instance, faces in the scene's order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from schemas.arrays import Float64
from schemas.frames import world_to_habitat
from schemas.scenes import Scene
from tests.scene_adapters.layouts.glb import Names, instance_names


def write_obj(
    path: Path,
    scene: Scene,
    to_file: Callable[[Float64], Float64] = world_to_habitat,
    name_of: Names | None = None,
) -> None:
    """`path`, and beside it <stem>.mtl and the textures."""
    mesh, names = scene.mesh, name_of or instance_names(scene)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"mtllib {path.stem}.mtl"]
    lines += ["v " + " ".join(f"{value:.6f}" for value in row) for row in to_file(mesh.vertices.astype(np.float64))]
    uv = np.zeros((len(mesh.triangles), 3, 2), np.float32) if mesh.uv is None else mesh.uv
    lines += [f"vt {u:.6f} {v:.6f}" for u, v in uv.reshape(-1, 2)]
    before: tuple[int, int] | None = None
    for face, (triangle, instance, material) in enumerate(
        zip(mesh.triangles, mesh.instance, mesh.material, strict=True)
    ):
        if before is None or before[0] != instance:
            lines.append(f"o {names(int(instance))}")
        if before is None or before[1] != material:
            lines.append(f"usemtl {mesh.materials[material].name}")
        before = (int(instance), int(material))
        lines.append("f " + " ".join(f"{vertex + 1}/{3 * face + corner + 1}" for corner, vertex in enumerate(triangle)))
    path.write_text("\n".join(lines) + "\n")
    _write_mtl(path, scene)


def _write_mtl(path: Path, scene: Scene) -> None:
    lines = []
    for material in scene.mesh.materials:
        srgb = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in material.base_color]
        lines += [f"newmtl {material.name}", "Kd " + " ".join(f"{value:.6f}" for value in srgb)]
        lines += [f"Pr {material.roughness}"]
        if material.texture is not None:
            lines.append(f"map_Kd {_texture_name(scene, material.texture)}")
    path.with_suffix(".mtl").write_text("\n".join(lines) + "\n")
    for number, texture in enumerate(scene.mesh.textures):
        (path.parent / _texture_name(scene, number)).write_bytes(texture.encoded)


def _texture_name(scene: Scene, number: int) -> str:
    kind = "png" if scene.mesh.textures[number].encoded[:4] == b"\x89PNG" else "jpg"
    return f"texture {number}.{kind}"
