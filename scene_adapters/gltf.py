"""glTF 2.0 and GLB, read straight into arrays; textures stay the encoded bytes they are.

The container, accessors and node transforms follow the Khronos glTF 2.0 specification. Skins, morph
targets and animations are left at rest.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from scene_adapters.gltf_look import Looks, punctual_light, read_looks
from scene_adapters.images import srgb_from_linear
from scene_adapters.meshes import MAX_TRIANGLES, FileMesh, joined_looks, place
from scene_adapters.paths import Root, data_uri, map_bytes, parsing
from schemas.arrays import AnyArray, Float32, Float64, Int32, UInt8
from schemas.errors import SceneError
from schemas.frames import quaternion_matrix

SUPPORTED_EXTENSIONS = frozenset(
    {
        "EXT_texture_webp",
        "KHR_lights_punctual",
        "KHR_materials_clearcoat",
        "KHR_materials_emissive_strength",
        "KHR_materials_ior",
        "KHR_materials_pbrSpecularGlossiness",
        "KHR_materials_sheen",
        "KHR_materials_specular",
        "KHR_materials_transmission",
        "KHR_materials_unlit",
        "KHR_materials_volume",
        "KHR_mesh_quantization",
        "KHR_texture_basisu",
        "KHR_texture_transform",
    }
)
_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_MAX_DEPTH = 256
_MAX_UNBACKED = 10_000_000


def read_gltf(path: Path, root: Root) -> FileMesh:
    """The default scene of a .glb or .gltf file, in the file's frame: Y up, metres, where its author kept to that.

    Groups are the names along the node hierarchy. Raises SceneError: a damaged file, a reference out of
    `root`, a required extension that is not implemented (Draco and meshopt compression among them).
    """
    with parsing(path, "glTF"):
        document = _open(path, root)
        looks = read_looks(document.json, path, root, lambda view: bytes(_view(document, view)))
        parts: list[_Part] = []
        lights = []
        total = 0
        for node, matrix, name in _nodes(document):
            if "mesh" in node:
                found = list(_primitives(document, looks, node["mesh"], matrix, name))
                total += sum(part.triangle_count for part in found)
                if total > MAX_TRIANGLES:
                    raise SceneError(
                        f"{path}: more than {MAX_TRIANGLES} triangles once instanced; split or decimate it"
                    )
                parts += found
            lights += punctual_light(document.json, node, matrix)
        if not parts:
            raise SceneError(f"{path}: has no triangles; export the meshes with the scene")
        return replace(_assembled(parts, looks), lights=tuple(lights))


@dataclass(frozen=True)
class _Part:
    """A primitive and where it stands; its values are still those in the file's buffers.

    position (n, 3); indices (k,) or None for 0..n − 1, to be read as the glTF `mode` says
    uv (n, 2) and how it is transformed, (2, 3); or None
    """

    name: str
    matrix: Float64
    position: Float32
    indices: AnyArray | None
    mode: int
    material: int
    uv: Float32 | None
    uv_transform: Float64
    color: UInt8 | None

    @property
    def triangle_count(self) -> int:
        count = len(self.position if self.indices is None else self.indices)
        return count // 3 if self.mode == 4 else max(count - 2, 0)


def _assembled(parts: Sequence[_Part], looks: Looks) -> FileMesh:
    """One mesh of all parts, each written to its place once: these are the largest arrays of a load."""
    materials, textures, (of_material,) = joined_looks([(looks.materials, looks.textures)])
    v, t = (
        np.cumsum([0, *counts]).tolist()
        for counts in ([len(part.position) for part in parts], [part.triangle_count for part in parts])
    )
    vertices, triangles = np.empty((v[-1], 3), np.float32), np.empty((t[-1], 3), np.int32)
    uv = np.zeros((t[-1], 3, 2), np.float32) if any(part.uv is not None for part in parts) else None
    color = np.full((v[-1], 4), 255, np.uint8) if any(part.color is not None for part in parts) else None
    for number, part in enumerate(parts):
        own = triangles[t[number] : t[number + 1]]
        _connect(part, v[number], own)
        place(part.position, part.matrix, vertices[v[number] : v[number + 1]])
        if uv is not None and part.uv is not None:
            _corner_uv(part.uv, own, v[number], part.uv_transform, uv[t[number] : t[number + 1]])
        if color is not None and part.color is not None:
            color[v[number] : v[number + 1]] = part.color
    counts = [part.triangle_count for part in parts]
    return FileMesh(
        vertices=vertices,
        triangles=triangles,
        group=np.repeat(np.arange(len(parts), dtype=np.int32), counts),
        groups=tuple(part.name for part in parts),
        material=np.repeat(of_material[[part.material for part in parts]], counts),
        materials=materials,
        textures=textures,
        uv=uv,
        color=color,
        unlit=looks.unlit,
        notes=looks.notes,
    )


def _connect(part: _Part, start: int, triangles: Int32) -> None:
    """Fill `triangles` (m, 3) with the part's, whose first vertex is number `start`."""
    if part.indices is None:
        index = np.arange(len(part.position))
    else:
        index = part.indices
        if index.dtype.kind != "u":
            raise ValueError(f"vertex indices of type {index.dtype}")
        if len(index) and int(index.max()) >= len(part.position):
            raise ValueError(f"vertex index {int(index.max())} of {len(part.position)}")
    corners: tuple[AnyArray, ...]
    if part.mode == 4:
        corners = (index[0 : 3 * len(triangles) : 3], index[1::3], index[2::3])
    elif part.mode == 5:
        corners = (index[:-2], index[1:-1], index[2:])
    else:
        corners = (index[:1], index[1:-1], index[2:])
    for column, values in enumerate(corners):
        np.add(values[: len(triangles)], start, out=triangles[:, column], casting="unsafe")


@njit(cache=True, nogil=True)
def _corner_uv(uv: Float32, triangles: Int32, start: int, transform: Float64, out: Float32) -> None:
    """Texture coordinates a corner (m, 3, 2), turned over: glTF counts v from the top."""
    for face in range(len(triangles)):
        for corner in range(3):
            row = triangles[face, corner] - start
            u, v = np.float64(uv[row, 0]), np.float64(uv[row, 1])
            out[face, corner, 0] = transform[0, 0] * u + transform[0, 1] * v + transform[0, 2]
            out[face, corner, 1] = 1 - (transform[1, 0] * u + transform[1, 1] * v + transform[1, 2])


@dataclass(frozen=True)
class _Document:
    path: Path
    json: dict[str, Any]
    buffers: tuple[memoryview, ...]


def _open(path: Path, root: Root) -> _Document:
    content = map_bytes(path)
    text, chunk = _split_glb(path, content) if bytes(content[:4]) == b"glTF" else (bytes(content), None)
    if chunk is None and path.suffix.lower() == ".glb":
        raise SceneError(f"{path}: does not begin with 'glTF': it is no GLB file; fetch or export it again")
    document = json.loads(text)
    version = str(document["asset"]["version"])
    if not version.startswith("2"):
        raise SceneError(f"{path}: glTF version {version}; only 2.0 is read, convert it")
    _refuse_unknown(path, set(document.get("extensionsRequired", [])))
    buffers = tuple(_buffer(path, root, entry, chunk) for entry in document.get("buffers", []))
    return _Document(path, document, buffers)


def _refuse_unknown(path: Path, required: set[str]) -> None:
    unknown = sorted(required - SUPPORTED_EXTENSIONS)
    if unknown:
        raise SceneError(
            f"{path}: needs {', '.join(unknown)}, which is not supported; "
            "write it without compression, e.g. `gltf-transform copy in.glb out.glb`"
        )


def _split_glb(path: Path, content: memoryview) -> tuple[bytes, memoryview]:
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise SceneError(f"{path}: GLB version {version}; only 2 is read, convert it")
    if length > len(content):
        raise SceneError(f"{path}: truncated: {len(content)} of {length} bytes; fetch it again")
    chunks: dict[bytes, memoryview] = {}
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<I4s", content, at)
        if at + 8 + size > length:
            raise SceneError(f"{path}: truncated: a chunk ends beyond the file; fetch it again")
        chunks.setdefault(kind, content[at + 8 : at + 8 + size])
        at += 8 + size
    return bytes(chunks[b"JSON"]), chunks.get(b"BIN\0", content[:0])


def _buffer(path: Path, root: Root, entry: dict[str, Any], chunk: memoryview | None) -> memoryview:
    uri = entry.get("uri")
    if uri is None:
        content = memoryview(b"") if chunk is None else chunk
    elif uri.startswith("data:"):
        content = memoryview(data_uri(uri, path))
    else:
        content = map_bytes(root.resolve(uri, path.parent))
    if len(content) < entry["byteLength"]:
        raise SceneError(
            f"{path}: a buffer of {len(content)} bytes where {entry['byteLength']} are declared: truncated"
        )
    return content


def _at(items: list[Any], index: Any) -> Any:
    if not isinstance(index, int) or not 0 <= index < len(items):
        raise ValueError(f"index {index!r} of {len(items)}")
    return items[index]


def _view(document: _Document, index: Any) -> memoryview:
    view = _at(document.json["bufferViews"], index)
    content: memoryview = _at(list(document.buffers), view["buffer"])
    start, length = view.get("byteOffset", 0), view["byteLength"]
    if not 0 <= start <= start + length <= len(content):
        raise ValueError(f"bufferView {index} lies outside its buffer")
    return content[start : start + length]


def _accessor(document: _Document, index: Any) -> AnyArray:
    """Values (count, width) in the stored type, or float32 in −1..1 where normalised."""
    entry = _at(document.json["accessors"], index)
    dtype = np.dtype(_DTYPES[entry["componentType"]])
    width, count = _WIDTHS[entry["type"]], entry["count"]
    if not isinstance(count, int) or count < 0:
        raise ValueError(f"accessor {index}: count {count!r}")
    if "bufferView" in entry:
        stride = document.json["bufferViews"][entry["bufferView"]].get("byteStride", 0)
        values = _strided(_view(document, entry["bufferView"]), dtype, count, width, entry.get("byteOffset", 0), stride)
    elif count > _MAX_UNBACKED:
        raise ValueError(f"accessor {index}: {count} values without data")
    else:
        values = np.zeros((count, width), dtype)
    if "sparse" in entry:
        values = _with_sparse(document, entry["sparse"], values)
    if entry.get("normalized") and dtype.kind in "iu":
        return np.asarray(np.maximum(values.astype(np.float32) / np.float32(np.iinfo(dtype).max), -1))
    return values


def _strided(view: memoryview, dtype: np.dtype[Any], count: int, width: int, offset: int, stride: int) -> AnyArray:
    packed = dtype.itemsize * width
    if stride and stride < packed:
        raise ValueError(f"byteStride {stride} below the {packed} bytes of a value")
    if count == 0:
        return np.zeros((0, width), dtype)
    return np.ndarray((count, width), dtype, view, offset, (stride or packed, dtype.itemsize))


def _with_sparse(document: _Document, sparse: dict[str, Any], values: AnyArray) -> AnyArray:
    values = values.copy()
    count, where, new = sparse["count"], sparse["indices"], sparse["values"]
    index_type = np.dtype(_DTYPES[where["componentType"]])
    indices = _strided(_view(document, where["bufferView"]), index_type, count, 1, where.get("byteOffset", 0), 0)
    view = _view(document, new["bufferView"])
    values[indices[:, 0]] = _strided(view, values.dtype, count, values.shape[1], new.get("byteOffset", 0), 0)
    return values


def _nodes(document: _Document) -> Iterator[tuple[dict[str, Any], Float64, str]]:
    """Every node of the default scene with its transform to the scene (4, 4) and its path of names."""
    nodes = document.json.get("nodes", [])
    names = _unique_names(nodes)
    stack = [(index, np.eye(4), "", 0) for index in reversed(_roots(document.json, nodes))]
    seen: set[int] = set()
    while stack:
        index, parent, path, depth = stack.pop()
        node = _at(nodes, index)
        if index in seen or depth > _MAX_DEPTH:
            raise ValueError(f"node {index} is its own ancestor, has two parents or lies {_MAX_DEPTH} levels deep")
        seen.add(index)
        matrix = parent @ _local(node)
        name = f"{path}/{names[index]}" if path else names[index]
        yield node, matrix, name
        stack += [(child, matrix, name, depth + 1) for child in reversed(node.get("children", []))]


def _roots(document: dict[str, Any], nodes: list[Any]) -> list[Any]:
    if document.get("scenes"):
        roots: list[Any] = _at(document["scenes"], document.get("scene", 0)).get("nodes", [])
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


def _primitives(document: _Document, looks: Looks, mesh_index: Any, matrix: Float64, name: str) -> Iterator[_Part]:
    mesh = _at(document.json["meshes"], mesh_index)
    path = f"{name}/{str(mesh['name']).replace('/', '_')[:200]}" if mesh.get("name") else name
    for primitive in mesh["primitives"]:
        mode = primitive.get("mode", 4)
        if mode not in (4, 5, 6):
            continue
        if "POSITION" not in primitive["attributes"]:
            _refuse_unknown(document.path, set(primitive.get("extensions", {})))
            continue
        yield _primitive(document, looks, primitive, mode, matrix, path)


def _primitive(
    document: _Document, looks: Looks, primitive: dict[str, Any], mode: int, matrix: Float64, path: str
) -> _Part:
    attributes = primitive["attributes"]
    position = _floats(document, attributes["POSITION"], 3)
    material = primitive.get("material")
    number = len(looks.materials) - 1 if material is None else material
    if not 0 <= number < len(looks.materials):
        raise ValueError(f"material {material!r} of {len(looks.materials) - 1}")
    channel, transform = looks.coordinates[number]
    uv = None
    if looks.materials[number].texture is not None and f"TEXCOORD_{channel}" in attributes:
        uv = _floats(document, attributes[f"TEXCOORD_{channel}"], 2)
        if len(uv) < len(position):
            raise ValueError(f"{len(uv)} texture coordinates for {len(position)} vertices")
    return _Part(
        name=path,
        matrix=matrix,
        position=position,
        indices=_accessor(document, primitive["indices"])[:, 0] if "indices" in primitive else None,
        mode=mode,
        material=number,
        uv=uv,
        uv_transform=np.eye(2, 3) if transform is None else np.ascontiguousarray(transform[:2]),
        color=_colors(document, attributes, len(position)),
    )


def _floats(document: _Document, index: Any, width: int) -> Float32:
    """An accessor's values (count, width), read-only as the file's own are: one compiled form serves all."""
    values = _accessor(document, index)
    if values.shape[1] != width:
        raise ValueError(f"accessor {index} is not VEC{width}")
    values = np.require(values, np.float32, ["C", "A"]).view()
    values.flags.writeable = False
    return values


def _colors(document: _Document, attributes: dict[str, Any], count: int) -> UInt8 | None:
    """Vertex colours as sRGB bytes.

    The standard says linear. Scanning tools store their sRGB bytes unchanged all the same, so only
    16-bit and float colours, which modelling tools write, are taken as linear.
    """
    if "COLOR_0" not in attributes:
        return None
    entry = _at(document.json["accessors"], attributes["COLOR_0"])
    values = _accessor(document, attributes["COLOR_0"])
    if len(values) != count or values.shape[1] not in (3, 4):
        raise ValueError("COLOR_0 does not fit the vertices")
    color = np.full((count, 4), 255, np.uint8)
    if entry["componentType"] == 5121:
        color[:, : values.shape[1]] = np.rint(values * 255) if values.dtype.kind == "f" else values
    else:
        color[:, :3] = np.rint(srgb_from_linear(np.nan_to_num(values[:, :3].astype(np.float64))) * 255)
    return color
