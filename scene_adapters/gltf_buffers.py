"""The container of a glTF 2.0 file and the arrays in its buffers, as mapped: nothing is copied that need not be.

Follows the Khronos glTF 2.0 specification.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scene_adapters.paths import Root, data_uri, map_bytes, read_range
from schemas.arrays import AnyArray, Float32, UInt32
from schemas.errors import SceneError

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
_DTYPES = {
    number: np.dtype(name)
    for number, name in ((5120, "<i1"), (5121, "<u1"), (5122, "<i2"), (5123, "<u2"), (5125, "<u4"), (5126, "<f4"))
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_MAX_UNBACKED = 10_000_000


@dataclass(frozen=True)
class Buffer:
    """Bytes as mapped, and the file they are in from byte `start` on; None for those inside of JSON."""

    content: memoryview
    file: Path | None = None
    start: int = 0


@dataclass(frozen=True)
class Document:
    """A file's JSON, and its buffers."""

    path: Path
    json: dict[str, Any]
    buffers: tuple[Buffer, ...]


def open_document(path: Path, root: Root) -> Document:
    """The document of a .glb or .gltf file. Raises SceneError."""
    content = map_bytes(path)
    text, chunk = _split_glb(path, content) if bytes(content[:4]) == b"glTF" else (bytes(content), None)
    if chunk is None and path.suffix.lower() == ".glb":
        raise SceneError(f"{path}: does not begin with 'glTF': it is no GLB file; fetch or export it again")
    document = json.loads(text)
    version = str(document["asset"]["version"])
    if not version.startswith("2"):
        raise SceneError(f"{path}: glTF version {version}; only 2.0 is read, convert it")
    refuse_unknown(path, set(document.get("extensionsRequired", [])))
    buffers = tuple(_buffer(path, root, entry, chunk) for entry in document.get("buffers", []))
    return Document(path, document, buffers)


def refuse_unknown(path: Path, required: set[str]) -> None:
    """Raises SceneError where a required extension is not supported."""
    unknown = sorted(required - SUPPORTED_EXTENSIONS)
    if unknown:
        raise SceneError(
            f"{path}: needs {', '.join(unknown)}, which is not supported; "
            "write it without compression, e.g. `gltf-transform copy in.glb out.glb`"
        )


def _split_glb(path: Path, content: memoryview) -> tuple[bytes, Buffer]:
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise SceneError(f"{path}: GLB version {version}; only 2 is read, convert it")
    if length > len(content):
        raise SceneError(f"{path}: truncated: {len(content)} of {length} bytes; fetch it again")
    chunks: dict[bytes, Buffer] = {}
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<I4s", content, at)
        if at + 8 + size > length:
            raise SceneError(f"{path}: truncated: a chunk ends beyond the file; fetch it again")
        chunks.setdefault(kind, Buffer(content[at + 8 : at + 8 + size], path, at + 8))
        at += 8 + size
    return bytes(chunks[b"JSON"].content), chunks.get(b"BIN\0", Buffer(content[:0]))


def _buffer(path: Path, root: Root, entry: dict[str, Any], chunk: Buffer | None) -> Buffer:
    uri = entry.get("uri")
    if uri is None:
        found = Buffer(memoryview(b"")) if chunk is None else chunk
    elif uri.startswith("data:"):
        found = Buffer(memoryview(data_uri(uri, path)))
    else:
        file = root.resolve(uri, path.parent)
        found = Buffer(map_bytes(file), file)
    if len(found.content) < entry["byteLength"]:
        raise SceneError(
            f"{path}: a buffer of {len(found.content)} bytes where {entry['byteLength']} are declared: truncated"
        )
    return found


def item(items: Sequence[Any], index: Any) -> Any:
    """`items[index]` of an index that a file gives. Raises ValueError."""
    if not isinstance(index, int) or not 0 <= index < len(items):
        raise ValueError(f"index {index!r} of {len(items)}")
    return items[index]


def view_bytes(document: Document, index: Any) -> memoryview:
    """The bytes of a bufferView, mapped. Raises ValueError, LookupError or TypeError, as all that follow."""
    buffer, start, length = _view(document, index)
    return buffer.content[start : start + length]


def read_view(document: Document, index: Any) -> bytes:
    """The bytes of a bufferView, read: what is kept anyway need not be mapped too. Raises SceneError also."""
    buffer, start, length = _view(document, index)
    if buffer.file is None:
        return bytes(buffer.content[start : start + length])
    return read_range(buffer.file, buffer.start + start, length)


def _view(document: Document, index: Any) -> tuple[Buffer, int, int]:
    """The buffer of a bufferView, where in it that begins, and its length."""
    view = item(document.json["bufferViews"], index)
    buffer: Buffer = item(document.buffers, view["buffer"])
    start, length = view.get("byteOffset", 0), view["byteLength"]
    if not 0 <= start <= start + length <= len(buffer.content):
        raise ValueError(f"bufferView {index} lies outside its buffer")
    return buffer, start, length


def accessor_values(document: Document, index: Any) -> AnyArray:
    """Values (count, width) in the stored type, or float32 in −1..1 where normalised."""
    entry = item(document.json["accessors"], index)
    dtype = _DTYPES[entry["componentType"]]
    width, count = _WIDTHS[entry["type"]], entry["count"]
    if not isinstance(count, int) or count < 0:
        raise ValueError(f"accessor {index}: count {count!r}")
    if "bufferView" in entry:
        stride = document.json["bufferViews"][entry["bufferView"]].get("byteStride", 0)
        values = _strided(
            view_bytes(document, entry["bufferView"]), dtype, count, width, entry.get("byteOffset", 0), stride
        )
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


def _with_sparse(document: Document, sparse: dict[str, Any], values: AnyArray) -> AnyArray:
    values = values.copy()
    count, where, new = sparse["count"], sparse["indices"], sparse["values"]
    index_type = _DTYPES[where["componentType"]]
    indices = _strided(view_bytes(document, where["bufferView"]), index_type, count, 1, where.get("byteOffset", 0), 0)
    view = view_bytes(document, new["bufferView"])
    values[indices[:, 0]] = _strided(view, values.dtype, count, values.shape[1], new.get("byteOffset", 0), 0)
    return values


def float_values(document: Document, index: Any, width: int) -> Float32:
    """An accessor's values (count, width), read-only."""
    values = accessor_values(document, index)
    if values.shape[1] != width:
        raise ValueError(f"accessor {index} is not VEC{width}")
    return frozen(np.asarray(values, np.float32))


def index_values(document: Document, index: Any, below: int) -> UInt32:
    """An accessor's vertex indices (count,), read-only, all of them `below` a number."""
    values = accessor_values(document, index)[:, 0]
    if values.dtype.kind != "u":
        raise ValueError(f"vertex indices of type {values.dtype}")
    if len(values) and int(values.max()) >= below:
        raise ValueError(f"vertex index {int(values.max())} of {below}")
    return frozen(np.asarray(values, np.uint32))


def frozen(values: AnyArray) -> AnyArray:
    """`values` aligned and in one piece, and read-only as the file's own are: one compiled form serves all."""
    if not (values.flags.c_contiguous and values.flags.aligned):
        values = values.copy()
    if values.flags.writeable:
        values = values.view()
        values.flags.writeable = False
    return values
