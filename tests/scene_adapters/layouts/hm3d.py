"""A home laid out as HM3D: a Z-up GLB with baked images, and a second one painted with a colour an instance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from schemas.arrays import AnyArray, Float64
from schemas.scenes import Material, Mesh, Scene, Texture
from tests.scene_adapters.layouts.glb import gltf_document, pack_glb

_PATCH, _SIDE = 8, 32


def z_up(vertices: Float64) -> Float64:
    return vertices


def palette(count: int) -> AnyArray:
    """Colours (count + 1, 3), all different, in no order; the first is black, for nothing."""
    numbers = np.random.default_rng(5).choice(np.arange(1, 2**24), count, replace=False)
    packed = np.concatenate([[0], numbers])
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.uint8)


def write_hm3d(
    root: Path,
    scene: Scene,
    folder: str = "val/00800-TEEsavR23oF",
    basis: bool = False,
    vertex_colors: bool = False,
    shuffled: bool = False,
    unannotated: tuple[int, ...] = (),
) -> None:
    """<folder>/<id>.glb (or .basis.glb), <id>.semantic.glb, <id>.semantic.txt.

    shuffled : the painted mesh has its triangles in another order. unannotated : instances left black.
    """
    path = root / folder
    path.mkdir(parents=True, exist_ok=True)
    stem = path.name.partition("-")[2] or path.name
    document, chunk = gltf_document(scene.mesh, lambda number: f"chunk{number}", z_up, unlit=True)
    if basis:
        for image in document["images"]:
            image["mimeType"] = "image/x-basis"
        chunk = chunk.replace(b"\x89PNG", b"sB\x13\0").replace(b"\xff\xd8\xff", b"sB\x13")
    (path / f"{stem}{'.basis' if basis else ''}.glb").write_bytes(pack_glb(document, chunk))
    mesh = _painted(scene, vertex_colors, shuffled, unannotated)
    (path / f"{stem}.semantic.glb").write_bytes(pack_glb(*gltf_document(mesh, lambda number: f"chunk{number}", z_up)))
    (path / f"{stem}.semantic.txt").write_text("\r\n".join(_lines(scene)))


def _lines(scene: Scene) -> list[str]:
    colors = palette(len(scene.instances))
    lines = ["HM3D Semantic Annotations"]
    for instance in scene.instances:
        red, green, blue = colors[instance.id]
        # Blanks and capitals as annotators leave them; a comma inside a name.
        name = {0: f" {instance.label} ", 1: instance.label.upper()}.get(instance.id % 3, instance.label)
        name = f"{name}, {name}" if instance.id == 2 else name
        lines.append(f'{instance.id},{red:02X}{green:02X}{blue:02X},"{name}",{instance.room or 0}')
    return lines


def _painted(scene: Scene, vertex_colors: bool, shuffled: bool, unannotated: tuple[int, ...]) -> Mesh:
    mesh = scene.mesh
    colors = palette(len(scene.instances))
    colors[list(unannotated)] = 0
    order = np.random.default_rng(6).permutation(len(mesh.triangles)) if shuffled else np.arange(len(mesh.triangles))
    count = len(mesh.triangles)
    flat = replace(
        mesh,
        vertices=mesh.vertices[mesh.triangles[order]].reshape(-1, 3),
        triangles=np.arange(3 * count, dtype=np.int32).reshape(-1, 3),
        instance=(np.arange(count) // 997).astype(np.uint16) if shuffled else mesh.instance,
        material=np.zeros(count, np.uint16) if shuffled else mesh.material,
        materials=tuple(Material("paint", (1.0, 1.0, 1.0)) for _ in mesh.materials),
        textures=(),
        uv=None,
    )
    instance = mesh.instance[order].astype(np.int64)
    if vertex_colors:
        rgba = np.full((3 * count, 4), 255, np.uint8)
        rgba[:, :3] = np.repeat(colors[instance], 3, axis=0)
        return replace(flat, color=rgba)
    side = _SIDE * _PATCH
    image = np.zeros((side, side, 3), np.uint8)
    for number, color in enumerate(colors):
        top, left = number // _SIDE * _PATCH, number % _SIDE * _PATCH
        image[top : top + _PATCH, left : left + _PATCH] = color
    # Corners near the edges of the patch: a filter, or a row too far, would fetch the neighbour's colour.
    corners = np.array([[0.05, 0.05], [0.95, 0.05], [0.05, 0.95]])
    row, column = np.divmod(instance, _SIDE)
    uv = (np.stack([column, row], axis=1)[:, None] + corners) * _PATCH / side
    uv[..., 1] = 1 - uv[..., 1]
    texture = Texture("paint", cv2.imencode(".png", image[..., ::-1])[1].tobytes())
    materials = tuple(replace(material, texture=0) for material in flat.materials)
    return replace(flat, uv=uv.astype(np.float32), textures=(texture,), materials=materials)
