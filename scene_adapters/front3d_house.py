"""A house of 3D-FRONT as its JSON file has it: meshes, materials, furniture, and rooms that place them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scene_adapters.paths import parsing, read_bytes
from schemas.arrays import Float32, Float64, Int32
from schemas.errors import SceneError
from schemas.frames import quaternion_matrix

_MAX_BYTES = 256 * 2**20


@dataclass(frozen=True)
class HouseMesh:
    """A piece of the building. vertices (n, 3); triangles (m, 3); uv (n, 2) or None; material by its uid."""

    kind: str
    vertices: Float32
    triangles: Int32
    uv: Float32 | None
    material: str


@dataclass(frozen=True)
class HouseMaterial:
    """color : sRGB 0..1. textures : names under which the image may lie. transform : (3, 3) of the uv, or None."""

    color: tuple[float, float, float]
    textures: tuple[str, ...]
    transform: Float64 | None


@dataclass(frozen=True)
class Furniture:
    """A model by its jid; `title` is what the designer called it, often "". published : that there is a model."""

    jid: str
    title: str
    published: bool


@dataclass(frozen=True)
class Child:
    """Something in a room (`room` counts them, −1 for what no room has), by the uid of a mesh or of furniture."""

    reference: str
    room: int
    matrix: Float64


@dataclass(frozen=True)
class House:
    """By uid. rooms : the kind of each. children : in the order of the file."""

    meshes: Mapping[str, HouseMesh]
    materials: Mapping[str, HouseMaterial]
    furniture: Mapping[str, Furniture]
    rooms: tuple[str, ...]
    children: tuple[Child, ...]


def read_house(path: Path) -> House:
    """The house in its own frame: Y up, metres. Raises SceneError for a damaged file or one of another kind."""
    content = read_bytes(path, _MAX_BYTES)
    with parsing(path, "3D-FRONT JSON"):
        house = json.loads(content)
        if not {"mesh", "furniture", "scene"} <= set(house):
            raise SceneError(f"{path}: has no mesh, furniture and scene: no house of 3D-FRONT")
        rooms = house["scene"].get("room", [])
        meshes = {str(entry["uid"]): _mesh(entry) for entry in house["mesh"]}
        children = [child for number, room in enumerate(rooms) for child in _children(room, number)]
        placed = {child.reference for child in children}
        children += [Child(uid, -1, np.eye(4)) for uid in meshes if uid not in placed]
        return House(
            meshes=meshes,
            materials={str(entry["uid"]): _material(entry) for entry in house.get("material", [])},
            furniture={str(entry["uid"]): _furniture(entry) for entry in house["furniture"]},
            rooms=tuple(str(room.get("type") or "OtherRoom") for room in rooms),
            children=tuple(children),
        )


def _mesh(entry: Mapping[str, Any]) -> HouseMesh:
    vertices = np.asarray(entry["xyz"], dtype=np.float64).reshape(-1, 3).astype(np.float32)
    triangles = np.asarray(entry["faces"], dtype=np.int64).reshape(-1, 3)
    if triangles.size and not 0 <= int(triangles.min()) <= int(triangles.max()) < len(vertices):
        raise ValueError(f"mesh {entry['uid']} refers to a vertex that is not there")
    uv = np.asarray(entry.get("uv") or [], dtype=np.float64)
    # One house has a mesh without texture coordinates.
    fits = uv.size == 2 * len(vertices)
    return HouseMesh(
        kind=str(entry.get("type") or "").strip(),
        vertices=vertices,
        triangles=triangles.astype(np.int32),
        uv=uv.reshape(-1, 2).astype(np.float32) if fits else None,
        material=str(entry.get("material") or ""),
    )


def _material(entry: Mapping[str, Any]) -> HouseMaterial:
    color = np.asarray(entry.get("color") or [255, 255, 255], dtype=np.float64).reshape(-1)[:3] / 255
    red, green, blue = np.clip(color, 0, 1)
    # The image's folder is the last one of its address, or named after the material; most have no image.
    address = [part for part in str(entry.get("texture") or "").replace("\\", "/").split("/") if part]
    names = [*address[-2:-1], str(entry.get("jid") or "")] if address else []
    transform = entry.get("UVTransform")
    matrix = None if not transform else np.asarray(transform, dtype=np.float64).reshape(3, 3)
    return HouseMaterial(
        (float(red), float(green), float(blue)), tuple(name for name in names if _is_plain(name)), matrix
    )


def _furniture(entry: Mapping[str, Any]) -> Furniture:
    title = str(entry.get("category") or entry.get("title") or "")
    jid = str(entry.get("jid") or "")
    return Furniture(jid, title, entry.get("valid") is not False and _is_plain(jid))


def _is_plain(name: str) -> bool:
    """Whether a name can only be that of a folder: the file is hostile until read."""
    return bool(name) and len(name) <= 128 and all(c.isalnum() or c in "-_" for c in name)


def _children(room: Mapping[str, Any], number: int) -> list[Child]:
    outer = _matrix(room)
    return [Child(str(entry["ref"]), number, outer @ _matrix(entry)) for entry in room.get("children", [])]


def _matrix(entry: Mapping[str, Any]) -> Float64:
    """T · R · S of something placed, (4, 4); the rotation is (x, y, z, w), a negative scale mirrors."""
    matrix = np.eye(4)
    rotation = np.asarray(entry.get("rot") or [0, 0, 0, 1], dtype=np.float64).reshape(4)
    scale = np.asarray(entry.get("scale") or [1, 1, 1], dtype=np.float64).reshape(3)
    matrix[:3, :3] = quaternion_matrix(rotation) * scale
    matrix[:3, 3] = np.asarray(entry.get("pos") or [0, 0, 0], dtype=np.float64).reshape(3)
    if not np.isfinite(matrix).all():
        raise ValueError(f"{entry.get('instanceid')}: its place is not finite")
    return matrix
