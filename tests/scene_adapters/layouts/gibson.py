"""A home laid out as Gibson: Habitat's flat GLBs, or the database's folders with labels in a pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from schemas.frames import world_to_habitat
from schemas.scenes import Scene
from tests.scene_adapters.layouts.glb import write_glb
from tests.scene_adapters.layouts.hm3d import z_up
from tests.scene_adapters.layouts.obj import write_obj
from tests.scene_adapters.layouts.ply import write_ply


def write_gibson_habitat(root: Path, scene: Scene, name: str = "Allensville") -> None:
    """<name>.glb, Z up inside; <name>_semantic.ply and <name>.scn as in gibson_semantic."""
    write_glb(root / f"{name}.glb", scene, z_up, unlit=True, name_of=lambda number: f"chunk{number}")
    fields = {"object_id": scene.mesh.instance.astype(np.int64)}
    write_ply(root / f"{name}_semantic.ply", scene.mesh.vertices, scene.mesh.triangles, face_fields=fields)
    (root / f"{name}.scn").write_text(json.dumps({"objects": list(_objects(scene).values()), "rooms": []}))


def write_gibson(root: Path, scene: Scene, name: str = "Allensville") -> None:
    """The database's folder: mesh_z_up.obj, mesh.obj (Y up), the scene graph; iGibson's floors.txt, unsorted."""
    folder = root / name
    write_obj(folder / "mesh_z_up.obj", scene, z_up, name_of=lambda _: "chunk")
    write_obj(folder / "mesh.obj", scene, world_to_habitat, name_of=lambda _: "chunk")
    write_scene_graph(folder / f"3DSceneGraph_{name}.npz", scene)
    heights = [storey.floor_z for storey in scene.storeys]
    (folder / "floors.txt").write_text("\n".join(str(height) for height in reversed(heights)) + "\n")


def write_scene_graph(path: Path, scene: Scene) -> None:
    """A value a face as doubles in a column, and dictionaries, pickled into an npz as they are distributed."""
    room_of = np.array([0] + [instance.room or 0 for instance in scene.instances])
    graph: dict[str, Any] = {
        "building": {
            "object_inst_segmentation": scene.mesh.instance.astype(np.float64)[:, None],
            "room_inst_segmentation": room_of[scene.mesh.instance].astype(np.float64)[:, None],
            "num_floors": len(scene.storeys),
            "voxel_size": np.float64(0.1),
        },
        "object": _objects(scene),
        "room": {room.id: {"id": room.id, "scene_category": room.label, "floor_number": "A"} for room in scene.rooms},
        "camera": {},
        "panorama": {},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, output=np.array(graph, dtype=object))


def _objects(scene: Scene) -> dict[int, dict[str, Any]]:
    return {
        instance.id: {"id": instance.id, "class_": instance.label, "parent_room": instance.room or 0}
        for instance in scene.instances
    }
