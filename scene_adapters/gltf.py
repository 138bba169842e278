"""glTF 2.0 and GLB, read straight into arrays; textures stay the encoded bytes they are.

Nodes and primitives follow the Khronos glTF 2.0 specification. Skins, morph targets and animations are
left at rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from scene_adapters.gltf_buffers import (
    Document,
    accessor_values,
    float_values,
    frozen,
    index_values,
    item,
    open_document,
    read_view,
    refuse_unknown,
)
from scene_adapters.gltf_look import Looks, punctual_light, read_looks
from scene_adapters.images import srgb_from_linear
from scene_adapters.meshes import MAX_TRIANGLES, FileMesh, affine, extent, joined_looks, place
from scene_adapters.paths import Root, parsing
from schemas.arrays import Float32, Float64, UInt8, UInt32
from schemas.errors import SceneError
from schemas.frames import quaternion_matrix
from schemas.scenes import Light

_MAX_DEPTH = 256
_PLACING = {"matrix", "rotation", "scale", "translation"}


@dataclass(frozen=True)
class Part:
    """A primitive and where it stands; most of its arrays are the file's own, mapped.

    name : the names along the node hierarchy, joined by "/"
    matrix : (4, 4), from the primitive's frame to the scene's
    position : (n, 3) float32; corners : (m, 3) uint32, a triangle's indices of it
    material : index into those of the file
    uv : (n, 2) float32 or more, (0, 0) top left; or None where the material shows no texture
    color : (n, 4) uint8 sRGB; or None
    """

    name: str
    matrix: Float64
    position: Float32
    corners: UInt32
    material: int
    uv: Float32 | None
    color: UInt8 | None


@dataclass(frozen=True)
class GltfScene:
    """The default scene of a file, opened: what its arrays hold is mapped, and sound, but not read."""

    path: Path
    parts: tuple[Part, ...]
    looks: Looks
    lights: tuple[Light, ...]


def read_gltf(path: Path, root: Root) -> FileMesh:
    """The default scene of a .glb or .gltf file, in the file's frame: Y up, metres, where its author kept to that.

    Groups are the names along the node hierarchy. Raises SceneError: a damaged file, a reference out of
    `root`, a required extension that is not implemented (Draco and meshopt compression among them).
    """
    scene = open_gltf(path, root)
    with parsing(path, "glTF"):
        return assembled([scene])


def open_gltf(path: Path, root: Root) -> GltfScene:
    """The same, before its parts are put together. Raises SceneError likewise."""
    with parsing(path, "glTF"):
        document = open_document(path, root)
        looks = read_looks(document.json, path, root, lambda view: read_view(document, view))
        parts: list[Part] = []
        lights: list[Light] = []
        total = 0
        for node, matrix, name in _nodes(document):
            if "mesh" in node:
                found = list(_primitives(document, looks, node["mesh"], matrix, name))
                total += sum(max(len(part.corners), len(part.position) // 3) for part in found)
                _refuse_too_many(total, path)
                parts += found
            lights += punctual_light(document.json, node, matrix)
        if not parts:
            raise SceneError(f"{path}: has no triangles; export the meshes with the scene")
        return GltfScene(path, tuple(parts), looks, tuple(lights))


def _refuse_too_many(triangles: int, path: Path) -> None:
    if triangles > MAX_TRIANGLES:
        raise SceneError(
            f"{path}: more than {MAX_TRIANGLES} triangles once instanced, or more vertices than they can have; "
            "split the scene or decimate it"
        )


def bounds(scene: GltfScene, matrix: Float64) -> Float64:
    """Lowest and highest x, y, z (2, 3) of a scene through an affine `matrix` (4, 4); NaN where it is not finite."""
    with np.errstate(all="ignore"):
        boxes = np.stack([extent(affine(part.position, matrix @ part.matrix)) for part in scene.parts])
    return np.stack([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)])


def placed(scene: GltfScene, matrix: Float64) -> GltfScene:
    """`scene` through an affine `matrix` (4, 4), lights left out of account."""
    with np.errstate(all="ignore"):  # `checked` refuses what is not finite, by name
        parts = tuple(replace(part, matrix=matrix @ part.matrix) for part in scene.parts)
    return replace(scene, parts=parts, lights=())


def unmapped(scene: GltfScene) -> GltfScene:
    """`scene` with its arrays in memory, for where there are many of them: a mapped file stays open."""
    parts = tuple(
        replace(
            part,
            position=frozen(part.position.copy()),
            corners=frozen(part.corners.copy()),
            uv=None if part.uv is None else frozen(part.uv.copy()),
        )
        for part in scene.parts
    )
    return replace(scene, parts=parts)


def same_surface(one: GltfScene, other: GltfScene) -> bool:
    """Whether both have the same triangles in the same order, whatever they look like."""
    return len(one.parts) == len(other.parts) and all(
        bool((a.matrix == b.matrix).all()) and _equal(a.position, a.corners, b.position, b.corners)
        for a, b in zip(one.parts, other.parts, strict=True)
    )


@njit(cache=True, nogil=True)
def _equal(position: Float32, corners: UInt32, other_position: Float32, other_corners: UInt32) -> bool:
    """Whether vertices (n, 3) and the triangles (m, 3) of them are the others, too."""
    if len(position) != len(other_position) or len(corners) != len(other_corners):
        return False
    different = 0
    for row in range(len(position)):
        for axis in range(3):
            different += position[row, axis] != other_position[row, axis]
    for face in range(len(corners)):
        for corner in range(3):
            different += corners[face, corner] != other_corners[face, corner]
    return different == 0


def assembled(scenes: Sequence[GltfScene]) -> FileMesh:
    """One mesh of all parts of all `scenes`, each written to its place once: these are the largest arrays of a load.

    Equal textures and materials become one. Raises SceneError for too many triangles.
    """
    parts = [part for scene in scenes for part in scene.parts]
    materials, textures, of_material = joined_looks([(scene.looks.materials, scene.looks.textures) for scene in scenes])
    own = [of[part.material] for scene, of in zip(scenes, of_material, strict=True) for part in scene.parts]
    counts = [len(part.corners) for part in parts]
    v, t = (np.cumsum([0, *sizes]).tolist() for sizes in ([len(part.position) for part in parts], counts))
    _refuse_too_many(max(t[-1], v[-1] // 3), scenes[0].path)
    vertices, triangles = np.empty((v[-1], 3), np.float32), np.empty((t[-1], 3), np.int32)
    uv = np.zeros((t[-1], 3, 2), np.float32) if any(part.uv is not None for part in parts) else None
    color = np.full((v[-1], 4), 255, np.uint8) if any(part.color is not None for part in parts) else None
    for number, part in enumerate(parts):
        points, faces = slice(v[number], v[number + 1]), slice(t[number], t[number + 1])
        place(part.position, part.matrix, vertices[points])
        np.add(part.corners, v[number], out=triangles[faces], casting="unsafe")
        if uv is not None and part.uv is not None:
            _corner_uv(part.uv, part.corners, uv[faces])
        if color is not None and part.color is not None:
            color[points] = part.color
    return FileMesh(
        vertices=vertices,
        triangles=triangles,
        group=np.repeat(np.arange(len(parts), dtype=np.int32), counts),
        groups=tuple(part.name for part in parts),
        material=np.repeat(np.array(own, np.uint16), counts),
        materials=materials,
        textures=textures,
        uv=uv,
        color=color,
        lights=tuple(light for scene in scenes for light in scene.lights),
        unlit=all(scene.looks.unlit for scene in scenes),
        notes=tuple(dict.fromkeys(note for scene in scenes for note in scene.looks.notes)),
    )


@njit(cache=True, nogil=True)
def _corner_uv(uv: Float32, corners: UInt32, out: Float32) -> None:
    """Texture coordinates a corner (m, 3, 2), turned over: glTF counts v from the top."""
    for face in range(len(corners)):
        for corner in range(3):
            row = corners[face, corner]
            out[face, corner, 0] = uv[row, 0]
            out[face, corner, 1] = np.float32(1) - uv[row, 1]


def _nodes(document: Document) -> Iterator[tuple[dict[str, Any], Float64, str]]:
    """Every node of the default scene with its transform to the scene (4, 4) and its path of names."""
    nodes = document.json.get("nodes", [])
    names = _unique_names(nodes)
    here = np.eye(4)
    stack = [(index, here, "", 0) for index in reversed(_roots(document.json, nodes))]
    seen: set[int] = set()
    while stack:
        index, parent, path, depth = stack.pop()
        node = item(nodes, index)
        if index in seen or depth > _MAX_DEPTH:
            raise ValueError(f"node {index} is its own ancestor, has two parents or lies {_MAX_DEPTH} levels deep")
        seen.add(index)
        matrix = parent @ _local(node) if node.keys() & _PLACING else parent
        name = f"{path}/{names[index]}" if path else names[index]
        yield node, matrix, name
        stack += [(child, matrix, name, depth + 1) for child in reversed(node.get("children", []))]


def _roots(document: dict[str, Any], nodes: list[Any]) -> list[Any]:
    if document.get("scenes"):
        roots: list[Any] = item(document["scenes"], document.get("scene", 0)).get("nodes", [])
        return roots
    children = {child for node in nodes for child in node.get("children", [])}
    return [index for index in range(len(nodes)) if index not in children]


def _unique_names(nodes: list[Any]) -> list[str]:
    """Node names, "/" replaced; the second node of a name gets its index, so that instances stay apart."""
    taken: set[str] = set()
    names = []
    for index, node in enumerate(nodes):
        name = str(node.get("name") or f"node {index}").replace("/", "_")[:200]
        names.append(f"{name}#{index}" if name in taken else name)
        taken.add(name)
    return names


def _local(node: dict[str, Any]) -> Float64:
    if "matrix" in node:
        return np.asarray(node["matrix"], dtype=np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    matrix[:3, :3] = quaternion_matrix(_vector(node, "rotation", [0, 0, 0, 1])) * _vector(node, "scale", [1, 1, 1])
    matrix[:3, 3] = _vector(node, "translation", [0, 0, 0])
    return matrix


def _vector(node: dict[str, Any], key: str, default: list[float]) -> Float64:
    return np.asarray(node.get(key, default), dtype=np.float64).reshape(len(default))


def _primitives(document: Document, looks: Looks, mesh_index: Any, matrix: Float64, name: str) -> Iterator[Part]:
    mesh = item(document.json["meshes"], mesh_index)
    path = f"{name}/{str(mesh['name']).replace('/', '_')[:200]}" if mesh.get("name") else name
    for primitive in mesh["primitives"]:
        mode = primitive.get("mode", 4)
        if mode not in (4, 5, 6):
            continue
        if "POSITION" not in primitive["attributes"]:
            refuse_unknown(document.path, set(primitive.get("extensions", {})))
            continue
        yield _primitive(document, looks, primitive, mode, matrix, path)


def _primitive(
    document: Document, looks: Looks, primitive: dict[str, Any], mode: int, matrix: Float64, path: str
) -> Part:
    attributes = primitive["attributes"]
    position = float_values(document, attributes["POSITION"], 3)
    material = primitive.get("material")
    number = len(looks.materials) - 1 if material is None else material
    if not 0 <= number < len(looks.materials):
        raise ValueError(f"material {material!r} of {len(looks.materials) - 1}")
    if "indices" in primitive:
        index = index_values(document, primitive["indices"], len(position))
    else:
        index = frozen(np.arange(len(position), dtype=np.uint32))
    return Part(
        name=path,
        matrix=matrix,
        position=position,
        corners=_corners(index, mode),
        material=number,
        uv=_coordinates(document, looks, attributes, number, len(position)),
        color=_colors(document, attributes, len(position)),
    )


def _corners(index: UInt32, mode: int) -> UInt32:
    """Triangles (m, 3) of vertex indices (k,), as a list, a strip or a fan has them."""
    if mode == 4:
        return index[: len(index) // 3 * 3].reshape(-1, 3)
    first = index[:-2] if mode == 5 else np.repeat(index[:1], max(len(index) - 2, 0))
    return frozen(np.stack([first, index[1:-1], index[2:]], axis=1))


def _coordinates(
    document: Document, looks: Looks, attributes: dict[str, Any], material: int, count: int
) -> Float32 | None:
    """Texture coordinates (≥ `count`, 2) as the material shows them; None where it shows none."""
    channel, transform = looks.coordinates[material]
    if looks.materials[material].texture is None or f"TEXCOORD_{channel}" not in attributes:
        return None
    uv = float_values(document, attributes[f"TEXCOORD_{channel}"], 2)
    if len(uv) < count:
        raise ValueError(f"{len(uv)} texture coordinates for {count} vertices")
    return uv if transform is None else frozen((uv @ transform[:2, :2].T + transform[:2, 2]).astype(np.float32))


def _colors(document: Document, attributes: dict[str, Any], count: int) -> UInt8 | None:
    """Vertex colours as sRGB bytes.

    The standard says linear. Scanning tools store their sRGB bytes unchanged all the same, so only
    16-bit and float colours, which modelling tools write, are taken as linear.
    """
    if "COLOR_0" not in attributes:
        return None
    entry = item(document.json["accessors"], attributes["COLOR_0"])
    values = accessor_values(document, attributes["COLOR_0"])
    if len(values) != count or values.shape[1] not in (3, 4):
        raise ValueError("COLOR_0 does not fit the vertices")
    color = np.full((count, 4), 255, np.uint8)
    if entry["componentType"] == 5121:
        color[:, : values.shape[1]] = np.rint(values * 255) if values.dtype.kind == "f" else values
    else:
        color[:, :3] = np.rint(srgb_from_linear(np.nan_to_num(values[:, :3].astype(np.float64))) * 255)
    return color
