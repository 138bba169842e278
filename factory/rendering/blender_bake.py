# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of its own that finds the light at points of a scene: `python -P blender_bake.py JOB_FOLDER`.

The job is one of `blender_child.py`, path-traced, with a list of passes more in `job.json` and their points in
`scene.npz`: `position_PASS`, `normal_PASS`, `size_PASS`. What a white matt surface would send out at n points ends up
in `PASS.npy`, (n, 3) float32.

Each point is a triangle of its own that no ray meets, baked into a texel of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent))

import blender_child
import bpy

Array = np.ndarray[Any, Any]

WIDTH = 2048
# A triangle around the texel's middle that holds the middle of no other texel, and its corners' distances from there.
CORNERS = np.array([[-0.45, -0.3], [0.45, -0.3], [0.0, 0.6]])


def bake(folder: Path, report: int) -> None:
    """Find the light at all points of the job."""
    job = json.loads((folder / "job.json").read_text())
    with np.load(folder / "scene.npz", allow_pickle=False) as arrays:
        scene = dict(arrays)
    blender_child.start(job, folder)
    blender_child.tell(report, "engine", json.dumps(blender_child.provenance(job)))
    blender_child.build_scene(job, scene, folder / "textures")
    blender_child.tell(report, "loaded")
    for one in job["passes"]:
        points = (scene[f"{name}_{one['light']}"] for name in ("position", "normal", "size"))
        np.save(folder / f"{one['light']}.npy", _bake_points(one, *points))
        blender_child.tell(report, "baked", one["light"])
    blender_child.tell(report, "done")


def _bake_points(one: dict[str, Any], position: Array, normal: Array, size: Array) -> Array:
    height = -(-len(position) // WIDTH)
    image = bpy.data.images.new("light", WIDTH, height, alpha=False, float_buffer=True, is_data=True)
    target = _points_object(position, normal, size, height, image)
    cycles = bpy.context.scene.cycles
    cycles.samples, cycles.max_bounces, cycles.diffuse_bounces = one["samples"], one["bounces"], one["bounces"]
    for thing in bpy.context.selected_objects:
        thing.select_set(False)
    target.select_set(True)
    bpy.context.view_layer.objects.active = target
    bpy.ops.object.bake(type="DIFFUSE", pass_filter={one["light"]}, margin=0, use_clear=True)
    pixels = np.empty(4 * WIDTH * height, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.objects.remove(target)
    bpy.data.images.remove(image)
    return pixels.reshape(-1, 4)[: len(position), :3]


def _points_object(position: Array, normal: Array, size: Array, height: int, image: Any) -> Any:
    count = len(position)
    mesh = bpy.data.meshes.new("points")
    mesh.vertices.add(3 * count)
    mesh.vertices.foreach_set("co", _around(position, normal, size).astype(np.float32).reshape(-1))
    mesh.loops.add(3 * count)
    mesh.loops.foreach_set("vertex_index", np.arange(3 * count, dtype=np.int32))
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    texel = np.stack([np.arange(count) % WIDTH, np.arange(count) // WIDTH], axis=1)
    uv = (texel[:, None] + 0.5 + CORNERS) / (WIDTH, height)
    mesh.uv_layers.new(name="texel").uv.foreach_set("vector", uv.astype(np.float32).reshape(-1))
    mesh.materials.append(_white(image))
    mesh.update(calc_edges=True)
    thing = bpy.data.objects.new("points", mesh)
    # Were it hidden from all, Cycles would leave it out; camera rays there are none.
    for kind in ("diffuse", "glossy", "transmission", "volume_scatter", "shadow"):
        setattr(thing, f"visible_{kind}", False)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def _around(position: Array, normal: Array, size: Array) -> Array:
    """Triangles (n, 3, 3) around the points that face along their normals, a texel as large as `size` (n,)."""
    other = np.where(np.abs(normal[:, 2:]) > 0.9, [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]])
    tangent = np.cross(other, normal)
    tangent /= np.linalg.norm(tangent, axis=1)[:, None]
    axes = np.stack([tangent, np.cross(normal, tangent)], axis=1) * size[:, None, None]
    return np.asarray(position[:, None] + np.einsum("kc,nci->nki", CORNERS, axes))


def _white(image: Any) -> Any:
    made = bpy.data.materials.new("white")
    made.use_nodes = True
    nodes = made.node_tree.nodes
    nodes.clear()
    shader, output = nodes.new("ShaderNodeBsdfDiffuse"), nodes.new("ShaderNodeOutputMaterial")
    made.node_tree.links.new(shader.outputs[0], output.inputs["Surface"])
    texture = nodes.new("ShaderNodeTexImage")
    texture.image = image
    nodes.active = texture
    return made


if __name__ == "__main__":
    blender_child.main(Path(sys.argv[1]), bake)
