"""A scene as GLB: a node an instance, a primitive a material; textures embedded as they are."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from schemas.arrays import AnyArray, Float64
from schemas.frames import world_to_habitat
from schemas.scenes import Mesh, Scene

Names = Callable[[int], str]


class Buffer:
    """The binary chunk as it grows, with its views and accessors."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add_bytes(self, data: bytes) -> int:
        self.content += b"\0" * (-len(self.content) % 4)
        self.views.append({"buffer": 0, "byteOffset": len(self.content), "byteLength": len(data)})
        self.content += data
        return len(self.views) - 1

    def add(self, values: AnyArray, kind: str, normalized: bool = False) -> int:
        types = {"f4": 5126, "u4": 5125, "u2": 5123, "u1": 5121}
        view = self.add_bytes(np.ascontiguousarray(values).tobytes())
        entry = {"bufferView": view, "componentType": types[values.dtype.str[1:]], "count": len(values), "type": kind}
        self.accessors.append(entry | ({"normalized": True} if normalized else {}))
        return len(self.accessors) - 1


def gltf_document(
    mesh: Mesh,
    name_of: Names,
    to_file: Callable[[Float64], Float64] = world_to_habitat,
    unlit: bool = False,
) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary chunk of a mesh whose nodes are the instances, named by `name_of`."""
    buffer = Buffer()
    meshes: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    for instance in sorted(set(mesh.instance.tolist())):
        primitives = []
        for material in sorted(set(mesh.material[mesh.instance == instance].tolist())):
            faces = np.flatnonzero((mesh.instance == instance) & (mesh.material == material))
            primitives.append(_primitive(buffer, mesh, faces, material, to_file))
        nodes.append({"name": name_of(instance), "mesh": len(meshes)})
        meshes.append({"primitives": primitives})
    images = [
        {
            "mimeType": "image/png" if t.encoded[:4] == b"\x89PNG" else "image/jpeg",
            "bufferView": buffer.add_bytes(t.encoded),
        }
        for t in mesh.textures
    ]
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": [_material(material, unlit) for material in mesh.materials],
        "images": images,
        "textures": [{"source": index} for index in range(len(images))],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.content)}],
    }
    if unlit:
        document["extensionsUsed"] = ["KHR_materials_unlit"]
    return document, bytes(buffer.content)


def _primitive(
    buffer: Buffer, mesh: Mesh, faces: AnyArray, material: int, to_file: Callable[[Float64], Float64]
) -> dict[str, Any]:
    vertices = to_file(mesh.vertices[mesh.triangles[faces]].reshape(-1, 3).astype(np.float64)).astype("<f4")
    attributes = {"POSITION": buffer.add(vertices, "VEC3")}
    if mesh.uv is not None:
        uv = mesh.uv[faces].reshape(-1, 2)
        attributes["TEXCOORD_0"] = buffer.add(np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1).astype("<f4"), "VEC2")
    if mesh.color is not None:
        attributes["COLOR_0"] = buffer.add(mesh.color[mesh.triangles[faces]].reshape(-1, 4), "VEC4", normalized=True)
    indices = buffer.add(np.arange(len(vertices), dtype="<u4")[:, None], "SCALAR")
    return {"attributes": attributes, "indices": indices, "material": material}


def _material(material: Any, unlit: bool) -> dict[str, Any]:
    surface: dict[str, Any] = {
        "baseColorFactor": [*material.base_color, 1.0],
        "roughnessFactor": material.roughness,
        "metallicFactor": material.metallic,
    }
    if material.texture is not None:
        surface["baseColorTexture"] = {"index": material.texture}
    entry: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": surface}
    extensions: dict[str, Any] = {"KHR_materials_unlit": {}} if unlit else {}
    if material.transmission:
        extensions["KHR_materials_transmission"] = {"transmissionFactor": material.transmission}
    if max(material.emission) > 0:
        strength = max(material.emission)
        entry["emissiveFactor"] = [value / strength for value in material.emission]
        extensions["KHR_materials_emissive_strength"] = {"emissiveStrength": strength}
    return entry | ({"extensions": extensions} if extensions else {})


def pack_glb(document: dict[str, Any], chunk: bytes) -> bytes:
    """The container: header, JSON padded with blanks, binary padded with zeros."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunk += b"\0" * (-len(chunk) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(chunk), b"BIN\0") + chunk
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def write_glb(
    path: Path,
    scene: Scene,
    to_file: Callable[[Float64], Float64] = world_to_habitat,
    unlit: bool = False,
    name_of: Names | None = None,
) -> None:
    """`scene` as a GLB file, Y up unless `to_file` says otherwise; nodes are named "<label>_<id>"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = name_of or instance_names(scene)
    path.write_bytes(pack_glb(*gltf_document(scene.mesh, names, to_file, unlit)))


def instance_names(scene: Scene) -> Names:
    return lambda number: f"{scene.instance(number).label}_{number:03d}" if number else "nothing"
