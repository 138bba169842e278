"""A home laid out as Replica: quads, a floor below zero, objects nobody labelled, boxes in their own frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from schemas.arrays import AnyArray, Float64
from schemas.frames import quaternion_matrix
from schemas.scenes import Scene
from tests.scene_adapters.layouts.ply import write_ply

# As in the dataset: ids of classes run from 1, and are not those of mpcat40.
_FIRST_CLASS = 1
_UNLABELLED = (-1, -2)


def quads(vertices: AnyArray, triangles: AnyArray, same: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Polygons (k, 4) and for each its first triangle: pairs (a b c, a c d) that are `same` joined to (a b c d).

    Only where a–c is the shorter diagonal, so that cutting the quad again gives the same triangles.

    A triangle without such a partner becomes a quad with a corner twice, as there are some in the dataset.
    """
    first, second = triangles[:-1], triangles[1:]
    joins = (first[:, 0] == second[:, 0]) & (first[:, 2] == second[:, 1]) & (same[:-1] == same[1:])
    ac, bd = (vertices[first[:, 0]] - vertices[first[:, 2]], vertices[first[:, 1]] - vertices[second[:, 2]])
    joins &= np.linalg.norm(ac, axis=1) <= np.linalg.norm(bd, axis=1)
    polygons, start, face = [], [], 0
    while face < len(triangles):
        pair = face < len(joins) and bool(joins[face])
        polygons.append([*triangles[face], triangles[face + 1, 2] if pair else triangles[face, 2]])
        start.append(face)
        face += 2 if pair else 1
    return np.array(polygons), np.array(start)


def write_replica(
    root: Path, scene: Scene, name: str, unlabelled: tuple[int, ...] = (), color: AnyArray | None = None
) -> None:
    """<root>/<name>/mesh.ply and habitat/…; the objects of instances in `unlabelled` get a negative class."""
    folder, mesh = root / name, scene.mesh
    polygons, start = quads(mesh.vertices, mesh.triangles, mesh.instance)
    colors = np.full((len(mesh.vertices), 3), 200) if color is None else color
    object_id = mesh.instance[start].astype(np.int64) - 1
    write_ply(folder / "mesh.ply", mesh.vertices, polygons, colors, normals=True)
    write_ply(
        folder / "habitat/mesh_semantic.ply", mesh.vertices, polygons, colors, {"object_id": object_id}, normals=True
    )
    names = sorted({instance.label for instance in scene.instances})
    class_of = {label: number + _FIRST_CLASS for number, label in enumerate(names)}
    info = {
        "classes": [
            {"id": class_of[label], "name": label.replace(" ", "-"), "children": [], "parents": []} for label in names
        ],
        "gravity_dir": [0, 0, -1],
        "id_to_label": [
            _UNLABELLED[instance.id % 2] if instance.id in unlabelled else class_of[instance.label]
            for instance in scene.instances
        ],
        # Fewer objects than ids, as in the dataset.
        "objects": [
            {"id": instance.id - 1, "class_id": class_of[instance.label], "class_name": instance.label, "node_id": 0,
             "oriented_bbox": _box(np.array(instance.low), np.array(instance.high))}
            for instance in scene.instances[1:]
        ],
    }  # fmt: skip
    (folder / "habitat/info_semantic.json").write_text(json.dumps(info))


def _box(low: Float64, high: Float64) -> dict[str, Any]:
    """A box turned by 30° about Z, whose "abb" centre is in its own frame."""
    rotation = np.array([0.0, 0.0, np.sin(np.pi / 12), np.cos(np.pi / 12)])
    translation = np.array([3.0, -2.0, 0.5])
    centre = quaternion_matrix(rotation).T @ ((low + high) / 2 - translation)
    return {
        "abb": {"center": centre.tolist(), "sizes": (high - low).tolist()},
        "orientation": {"rotation": rotation.tolist(), "translation": translation.tolist()},
    }
