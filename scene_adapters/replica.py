"""Replica: 18 scanned rooms and flats as quad PLYs with vertex colours, an object number a face.

Layouts: the original (<scene>/mesh.ply, <scene>/habitat/mesh_semantic.ply and info_semantic.json), and
the redistributed one of the SLAM benchmarks (<scene>_mesh.ply, scene names without underscore), which has
no labels. The frame is Z up, in metres, with the floor anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scene_adapters.adapter import Adapter, Refs, chosen, options
from scene_adapters.axes import detect_up, in_world, refuse_absurd_size, to_world
from scene_adapters.instances import Described, numbered, with_boxes
from scene_adapters.labels import Labels, read_labels, unmapped_note
from scene_adapters.meshes import checked, scene_mesh
from scene_adapters.paths import Root, dataset_root, parsing, read_bytes
from scene_adapters.ply import read_ply
from schemas.arrays import Float64, Int32, UInt16
from schemas.errors import SceneError
from schemas.frames import quaternion_matrix
from schemas.recipe import Scenes
from schemas.scenes import Instance, Lighting, Scene, SceneRef, make_scene

LICENCE = "Replica Research Terms"
_OPTIONS: dict[str, tuple[str, ...] | str] = {"category_table": ""}
_MAX_JSON_BYTES = 64 * 2**20
# In order of preference: with labels, without, and as the SLAM benchmarks have it; how far up the name is.
_LAYOUTS: tuple[tuple[str, int | None], ...] = (
    ("habitat/mesh_semantic.ply", 1),
    ("mesh.ply", 0),
    ("*_mesh.ply", None),
)
_BOX_TOLERANCE = 0.5


def list_scenes(scenes: Scenes) -> Refs:
    """The scenes under the root, from whichever layout; "room0" is named "room_0"."""
    options(scenes, _OPTIONS)
    root = dataset_root(scenes.root, scenes.dataset).resolve()
    found: dict[str, str] = {}
    for pattern, depth in _LAYOUTS:
        for path in sorted(root.rglob(pattern)):
            name = path.parents[depth].name if depth is not None else path.name.removesuffix("_mesh.ply")
            found.setdefault(_with_underscore(name), path.relative_to(root).as_posix())
    if not found:
        raise SceneError(
            f"{root}: holds no Replica scene; it should have room_0/habitat/mesh_semantic.ply, or room0_mesh.ply"
        )
    return chosen((SceneRef("replica", name, source, LICENCE) for name, source in found.items()), scenes)


def _with_underscore(name: str) -> str:
    return re.sub(r"^([a-z_]*[a-z])(\d+)$", r"\1_\2", name)


def load_scene(ref: SceneRef, scenes: Scenes) -> Scene:
    """One scene, unlit (the light is in the vertex colours). Raises SceneError."""
    labels = read_labels(options(scenes, _OPTIONS)["category_table"])
    root = Root(dataset_root(scenes.root, scenes.dataset).resolve())
    path = root.resolve(ref.source, root.folder)
    mesh, notes = checked(read_ply(path, root), path)
    objects = mesh.face_fields.get("object_id")
    if objects is None:
        info, objects = _NOTHING_SAID, np.full(len(mesh.triangles), -1, np.int32)
        notes = (*notes, f"{path.name}: no labels in this layout; habitat/mesh_semantic.ply has them")
    else:
        info = _read_info(root.resolve("info_semantic.json", path.parent))
    mesh = in_world(mesh, info.up, 1.0)
    refuse_absurd_size(mesh.bounds, str(path))
    shape_says, why = detect_up(mesh.vertices, mesh.triangles, mesh.bounds, "z")
    instances, instance = numbered(objects, lambda number: _described(info, labels, number), str(path))
    built = scene_mesh(mesh, instance)
    instances = with_boxes(instances, built)
    notes = (
        f"up axis {info.up} by the file" + ("" if shape_says == "z" else f", though the shape disagrees: {why}"),
        _box_note(info, objects, instance, instances),
        unmapped_note(instances),
        *notes,
    )
    return make_scene(ref, built, instances, lighting=Lighting.UNLIT, notes=tuple(note for note in notes if note))


@dataclass(frozen=True)
class _Info:
    """What info_semantic.json says: the class name of an object, centres of boxes in the file's frame, up."""

    label_of: Mapping[int, str]
    centres: tuple[tuple[int, Float64], ...]
    up: str


_NOTHING_SAID = _Info({}, (), "z")


def _read_info(path: Path) -> _Info:
    content = read_bytes(path, _MAX_JSON_BYTES)
    with parsing(path, "JSON"):
        info = json.loads(content)
        names = {int(entry["id"]): str(entry["name"]) for entry in info["classes"]}
        # A negative class is an object that nobody labelled.
        label_of = {number: names.get(int(kind), "undefined") for number, kind in enumerate(info["id_to_label"])}
        centres = tuple((int(entry["id"]), _box_centre(entry["oriented_bbox"])) for entry in info.get("objects", []))
        gravity = np.asarray(info.get("gravity_dir", [0, 0, -1]), dtype=np.float64).reshape(3)
        return _Info(label_of, centres, "y" if abs(gravity[1]) > abs(gravity[2]) else "z")


def _box_centre(box: dict[str, Any]) -> Float64:
    """Centre (3,) of an oriented box: "abb" is in the frame of the box, not of the scene."""
    orientation = box["orientation"]
    center = np.asarray(box["abb"]["center"], dtype=np.float64).reshape(3)
    rotation = quaternion_matrix(np.asarray(orientation["rotation"], dtype=np.float64).reshape(4))
    return np.asarray(rotation @ center + np.asarray(orientation["translation"], dtype=np.float64).reshape(3))


def _described(info: _Info, labels: Labels, number: int) -> Described | None:
    if number < 0:
        return None
    label = info.label_of.get(number, "undefined")
    return label, labels.category(label), None


def _box_note(info: _Info, objects: Int32, instance: UInt16, instances: tuple[Instance, ...]) -> str:
    """Says so when listed boxes lie away from their triangles, as they do when frames are confused."""
    numbers, first = np.unique(objects, return_index=True)
    instance_of = dict(zip(numbers.tolist(), instance[first].tolist(), strict=True))
    away = 0
    for number, centre in info.centres:
        if found := instance_of.get(number):
            box = instances[found - 1]
            world = to_world(centre[None].astype(np.float32), info.up, 1.0)[0]
            away += bool(
                (world < np.array(box.low) - _BOX_TOLERANCE).any()
                or (world > np.array(box.high) + _BOX_TOLERANCE).any()
            )
    return f"{away} of {len(info.centres)} listed boxes lie away from their triangles" if away else ""


ADAPTER = Adapter(
    name="replica",
    licence=LICENCE,
    how_to_obtain="run the download script of facebookresearch/Replica-Dataset (no account; accept its research terms)",
    list=list_scenes,
    load=load_scene,
)
