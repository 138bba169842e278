"""A home laid out as HSSD: a stage, a model a thing, and a scene instance that puts them in place.

The models take turns in what real ones do: origins at the bottom or at the centre of mass, a centre of
mass of their own, another front, a scale.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from schemas.arrays import Float64
from schemas.frames import quaternion_matrix, world_to_habitat
from schemas.identity import digest
from schemas.scenes import Instance, Mesh, Scene
from tests.scene_adapters.homes import lean, part_of
from tests.scene_adapters.layouts.glb import gltf_document, pack_glb

STAGE = {"wall", "floor", "ceiling", "door", "window", "stairs", "railing", "misc", "void", "unlabeled", "lighting"}


def write_hssd(root: Path, scene: Scene, name: str = "102344022") -> dict[int, str]:
    """The dataset's folders for one scene; returns the handle of each model's instance."""
    on_stage = {instance.id for instance in scene.instances if instance.category in STAGE}
    keep = np.isin(scene.mesh.instance, sorted(on_stage))
    _write_model(root / f"stages/{name}.glb", part_of(scene.mesh, keep), lambda number: scene.instance(number).category)
    _write_json(
        root / f"stages/{name}.stage_config.json", {"render_asset": f"{name}.glb", "up": [0, 1, 0], "front": [0, 0, -1]}
    )
    handles: dict[int, str] = {}
    placements = []
    rows = ["id,name,main_category,wnsynsetkey"]
    for instance in scene.instances:
        if instance.id in on_stage:
            continue
        handle = digest("model", instance.id, instance.label)[:40]
        handles[instance.id] = handle
        placements.append(_write_object(root, scene.mesh, instance, handle))
        # The third way to say what a thing is: nothing in the table, an id of the lexicon in the config.
        rows.append(f"{handle},{instance.label},{'' if instance.id % 3 == 0 else instance.category},")
    _write_tables(root, rows, scene)
    _write_json(
        root / f"scenes/{name}.scene_instance.json",
        {
            "translation_origin": "asset_local",
            "stage_instance": {"template_name": f"stages/{name}"},
            "default_lighting": "lighting/hssd",
            "object_instances": placements,
            "articulated_object_instances": [],
        },
    )
    _write_json(root / f"semantics/scenes/{name}.semantic_config.json", {"region_annotations": _regions(scene)})
    return handles


def _write_object(root: Path, mesh: Mesh, instance: Instance, handle: str) -> dict[str, Any]:
    low, high = np.array(instance.low), np.array(instance.high)
    bottom = world_to_habitat(np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]))
    yaw = 0.3 + instance.id
    wxyz = np.array([np.cos(yaw / 2), 0.0, np.sin(yaw / 2), 0.0])
    rotation = quaternion_matrix(np.array([0.0, wxyz[2], 0.0, wxyz[0]]))
    placement: dict[str, Any] = {"template_name": handle, "motion_type": "STATIC", "rotation": (wxyz * 1.7).tolist()}
    config: dict[str, Any] = {
        "render_asset": f"{handle}.glb",
        "mass": 1.0,
        "semantic_id": instance.id if instance.id % 3 == 0 else 0,
    }
    translation, scale, turn = bottom, np.ones(3), np.eye(3)
    piece = part_of(mesh, mesh.instance == instance.id)

    def to_file(vertices: Float64) -> Float64:
        local = (world_to_habitat(vertices) - translation) @ rotation / scale
        return np.asarray(local @ turn)

    kind = instance.id % 4
    if kind == 1:
        local = to_file(piece.vertices.astype(np.float64))
        middle = (local.min(axis=0) + local.max(axis=0)) / 2
        placement |= {"translation_origin": "COM", "translation": (translation + rotation @ middle).tolist()}
    elif kind == 2:
        centre = np.array([0.1, -0.2, 0.3])
        config["COM"] = centre.tolist()
        placement |= {"translation_origin": "com", "translation": (translation + rotation @ centre).tolist()}
    elif kind == 3:
        turn, scale = np.diag([-1.0, 1.0, -1.0]), np.array([2.0, 0.5, 1.25])
        config |= {"up": [0, 1, 0], "front": [0, 0, 1]}
        placement |= {"non_uniform_scale": scale.tolist(), "translation": translation.tolist()}
    else:
        placement |= {"uniform_scale": 1.0, "translation": translation.tolist()}
    folder = root / "objects" / handle[0]
    _write_model(folder / f"{handle}.glb", piece, lambda _: "mesh", to_file)
    _write_json(folder / f"{handle}.object_config.json", config)
    return placement


def _write_model(path: Path, mesh: Mesh, name_of: Any, to_file: Any = world_to_habitat) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack_glb(*gltf_document(lean(mesh), name_of, to_file)))


def _write_tables(root: Path, rows: list[str], scene: Scene) -> None:
    (root / "semantics").mkdir(parents=True, exist_ok=True)
    (root / "semantics/objects.csv").write_text("\n".join(rows) + "\n")
    classes = [{"id": 0, "name": "undefined"}]
    classes += [{"id": instance.id, "name": instance.category} for instance in scene.instances]
    _write_json(root / "semantics/hssd-hab_semantic_lexicon.json", {"classes": classes})
    _write_json(
        root / "hssd-hab.scene_dataset_config.json",
        {"objects": {"default_attributes": {}, "paths": {".json": ["objects/*"]}}},
    )


def _regions(scene: Scene) -> list[dict[str, Any]]:
    entries = []
    for room in scene.rooms:
        storey = scene.storeys[room.storey]
        # Clockwise, as some are; every other one as an object instead of a list.
        loop = [[x, storey.floor_z, -y] for x, y in reversed(room.polygon)]
        entries.append(
            {
                "name": f"{room.label}_{room.id}",
                "label": room.label,
                "poly_loop": loop if room.id % 2 else {str(i): point for i, point in enumerate(loop)},
                "floor_height": storey.floor_z,
                "extrusion_height": storey.ceiling_z - storey.floor_z,
            }
        )
    return entries


def _write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
