"""A home laid out as 3D-FRONT: a house in JSON, models of 3D-FUTURE, and what is wrong with nearly every house."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from scene_adapters.images import linear_from_srgb, srgb_from_linear
from schemas.arrays import Float64
from schemas.frames import quaternion_matrix, world_to_habitat
from schemas.identity import digest
from schemas.scenes import Instance, Scene
from tests.scene_adapters.homes import lean, part_of
from tests.scene_adapters.layouts.obj import write_obj

KINDS = {
    "wall": "WallInner", "floor": "Floor", "ceiling": "SmartCustomizedCeiling", "window": "Window", "door": "Door",
    "column": "Column", "beam": "Beam",
}  # fmt: skip
_UV_SCALE = 2.0


def write_front3d(root: Path, scene: Scene, name: str = "00004f89-9aa5-43c2-ae3c-129586be8aaa") -> dict[int, str]:
    """3D-FRONT/<name>.json, 3D-FUTURE-model/, 3D-FRONT-texture/; returns the jid of each model's instance."""
    house: dict[str, Any] = {"uid": name, "version": "2.0", "furniture": [], "mesh": [], "material": []}
    children: dict[int | None, list[dict[str, Any]]] = {None: [], **{room.id: [] for room in scene.rooms}}
    models: list[dict[str, str]] = []
    jids: dict[int, str] = {}
    for instance in scene.instances:
        room = children[instance.room]
        if instance.category in KINDS:
            for entry in _meshes(root, scene, instance, house["material"]):
                house["mesh"].append(entry)
                room.append({"ref": entry["uid"], "instanceid": f"mesh/{len(house['mesh'])}", **_still()})
            continue
        jid = digest("model", instance.id)[:8] + "-5aa5-43c2"
        jids[instance.id] = jid
        uid = f"{instance.id}/model"
        furniture = {"uid": uid, "jid": jid, "bbox": [9, 9, 9], "size": [1, 2, 3], "title": f"model/{instance.label}"}
        house["furniture"].append(furniture | ({"valid": True} if instance.id % 2 else {}))
        # Every fourth is only known by its title.
        if instance.id % 4:
            models.append({"model_id": jid, "super-category": "Others", "category": instance.label})
        else:
            furniture["title"] = instance.label
            house["furniture"][-1]["title"] = instance.label
        room.append({"ref": uid, "instanceid": f"furniture/{instance.id}", **_write_model(root, scene, instance, jid)})
    house["furniture"].append({"uid": "997/model", "jid": "gone", "valid": False})
    loose = [{"ref": "998/model", **_still()}, {"ref": "997/model", **_still()}]
    rooms = [
        {"type": room.label, "instanceid": f"room-{room.id}", **_still(), "children": children[room.id] + loose}
        for room in scene.rooms
    ]
    rooms.append({"type": "OtherRoom", "instanceid": "rest", **_still(), "children": children[None]})
    house["scene"] = {"ref": "x", **_still(), "room": rooms}
    (root / "3D-FRONT").mkdir(parents=True, exist_ok=True)
    (root / "3D-FRONT" / f"{name}.json").write_text(json.dumps(house))
    (root / "3D-FUTURE-model").mkdir(exist_ok=True)
    (root / "3D-FUTURE-model/model_info.json").write_text(json.dumps(models))
    return jids


def _still() -> dict[str, Any]:
    return {"pos": [0, 0, 0], "rot": [0, 0, 0, 1], "scale": [1, 1, 1]}


def _meshes(root: Path, scene: Scene, instance: Instance, materials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry a material; texture coordinates twice as large, with a transform that halves them."""
    mesh = scene.mesh
    entries = []
    for number in sorted(set(mesh.material[mesh.instance == instance.id].tolist())):
        faces = np.flatnonzero((mesh.instance == instance.id) & (mesh.material == number))
        vertices = world_to_habitat(mesh.vertices[mesh.triangles[faces]].reshape(-1, 3).astype(np.float64))
        look = mesh.materials[number]
        uid = f"material{instance.id}/{number}"
        material: dict[str, Any] = {
            "uid": uid,
            "color": [*np.rint(srgb_from_linear(np.array(look.base_color)) * 255).tolist(), 255],
            "UVTransform": [1 / _UV_SCALE, 0, 0, 0, 1 / _UV_SCALE, 0, 0, 0, 1],
        }
        if look.texture is not None:
            jid = f"texture{look.texture}-{digest(look.base_color)[:8]}"
            material |= {"jid": jid, "texture": f"https://example.org/i/{jid}/wallfloor.png"}
            folder = root / "3D-FRONT-texture" / jid
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "texture.png").write_bytes(_tinted(mesh.textures[look.texture].encoded, look.base_color))
        materials.append(material)
        uv = [] if mesh.uv is None else (mesh.uv[faces].reshape(-1) * _UV_SCALE).round(6).tolist()
        entries.append(
            {
                "uid": f"mesh{instance.id}/{number}",
                "type": f" {KINDS[instance.category]} " if instance.id % 5 == 0 else KINDS[instance.category],
                "xyz": vertices.round(6).reshape(-1).tolist(),
                "normal": [0.0] * vertices.size,
                "uv": uv if instance.category != "ceiling" else [],
                "faces": list(range(len(vertices))),
                "material": uid,
            }
        )
    return entries


def _tinted(encoded: bytes, tint: tuple[float, float, float]) -> bytes:
    """The image with the colour in it: here a surface shows its image or its colour, not their product."""
    if tint == (1.0, 1.0, 1.0):
        return encoded
    image = np.asarray(cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR), np.float64) / 255
    shown = np.rint(srgb_from_linear(linear_from_srgb(image) * np.array(tint)[::-1]) * 255).astype(np.uint8)
    found: bytes = cv2.imencode(".png", shown)[1].tobytes()
    return found


def _write_model(root: Path, scene: Scene, instance: Instance, jid: str) -> dict[str, Any]:
    """raw_model.obj around its bottom centre, and where it stands; every third is mirrored, every other turned."""
    low, high = np.array(instance.low), np.array(instance.high)
    position = world_to_habitat(np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]))
    yaw = 0.7 * instance.id
    xyzw = np.array([0.0, np.sin(yaw / 2), 0.0, np.cos(yaw / 2)])
    rotation = quaternion_matrix(xyzw)
    scale = np.array([-1.0, 1.0, 1.0]) if instance.id % 3 == 0 else np.array([0.5, 2.0, 1.25])

    def to_file(vertices: Float64) -> Float64:
        return np.asarray((world_to_habitat(vertices) - position) @ rotation / scale)

    piece = lean(part_of(scene.mesh, scene.mesh.instance == instance.id))
    path = root / "3D-FUTURE-model" / jid / "raw_model.obj"
    write_obj(path, replace(scene, mesh=piece), to_file, name_of=lambda _: "mesh")
    with path.open("a") as file:
        file.write("g a_Shadow_plane\nv 900 0 0\nv 0 900 0\nv 0 0 900\nf -1 -2 -3\n")
    library = path.with_suffix(".mtl")
    library.write_text(library.read_text().replace("newmtl", "Ke 5 5 5\nTf 0 0 0\nd 0.0\nnewmtl") + "Ke 5 5 5\nd 0.0\n")
    return {"pos": position.tolist(), "rot": xyzw.tolist(), "scale": scale.tolist()}
