"""Wavefront OBJ: two compiled passes over the bytes, faces kept in the file's order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numba import njit

from scene_adapters.meshes import FileMesh
from scene_adapters.mtl import read_library
from scene_adapters.paths import Root, parsing, read_bytes
from schemas.arrays import Float32, Float64, Int32, Int64, UInt8
from schemas.errors import SceneError

_NEWLINE, _BLANK, _TAB, _RETURN, _SLASH = 10, 32, 9, 13, 47
_MINUS, _PLUS, _POINT = 45, 43, 46


def read_obj(path: Path, root: Root) -> FileMesh:
    """All faces of an OBJ file, polygons as fans, in the file's own frame and order.

    Groups are object names, with the group's where there is one ("object/group"). Vertex colours after
    the coordinates are read. `face_fields["face"]` is the number of the face a triangle is of. Raises
    SceneError: a damaged file, or a material library or image that is missing (unless `root.skip_missing`).
    """
    content = read_bytes(path)
    with parsing(path, "OBJ"):
        if b"\\" in content:
            content = content.replace(b"\\\r\n", b"   ").replace(b"\\\n", b"  ")
        data = np.frombuffer(content, dtype=np.uint8)
        counts = _count(data)
        vertices, uv, corners, corner_uv, state, face, directives = _fill(data, counts)
        if not len(corners):
            raise SceneError(f"{path}: has no triangles; export the surface with its faces")
        if corners.min() < 0 or corners.max() >= len(vertices) or corner_uv.max() >= len(uv):
            raise ValueError("a face refers to a vertex that is not there")
        texts = [_line(content, int(start)) for start in directives]
        names = [text.split(None, 1)[1] for text in texts if text.startswith("mtllib ")]
        library = read_library(path, root, names)
        groups, group_of, material_of = _states(texts, library.index)
        return FileMesh(
            vertices=vertices[:, :3].astype(np.float32),
            triangles=corners,
            group=group_of[state],
            groups=groups,
            material=material_of[state].astype(np.uint16),
            materials=library.materials,
            textures=library.textures,
            uv=_corner_coordinates(uv, corner_uv) if library.textures and len(uv) else None,
            color=_color_bytes(vertices[:, 3:]) if np.isfinite(vertices[:, 3:]).all() else None,
            face_fields={"face": face},
            notes=library.notes,
        )


def _corner_coordinates(uv: Float64, corner_uv: Int32) -> Float32:
    found = uv.astype(np.float32)[corner_uv]
    found[corner_uv < 0] = 0
    return found


def _color_bytes(values: Float64) -> UInt8:
    """RGB in 0..1 (or 0..255, which some tools write) as sRGB bytes with alpha."""
    color = np.full((len(values), 4), 255, dtype=np.uint8)
    color[:, :3] = np.rint(np.clip(values * (1 if values.max() > 1.001 else 255), 0, 255))
    return color


def _line(content: bytes, start: int) -> str:
    return content[start : start + 4096].split(b"\n", 1)[0].decode("utf-8", "replace").strip()


def _states(texts: list[str], materials: dict[str, int]) -> tuple[tuple[str, ...], Int32, Int32]:
    """Group and material of a face by the number of directives before it."""
    groups: dict[str, int] = {"": 0}
    group_of, material_of = [0], [len(materials)]
    outer = inner = ""
    for text in texts:
        word, _, rest = text.partition(" ")
        rest = rest.strip()
        if word == "o":
            outer, inner = rest.replace("/", "_")[:200], ""
        elif word == "g":
            inner = "" if rest == outer else rest.replace("/", "_")[:200]
        material_of.append(materials.get(rest, len(materials)) if word == "usemtl" else material_of[-1])
        group_of.append(groups.setdefault("/".join(name for name in (outer, inner) if name), len(groups)))
    return tuple(groups), np.array(group_of, np.int32), np.array(material_of, np.int32)


@njit(cache=True, nogil=True)
def _skip_blanks(data: UInt8, at: int) -> int:
    while at < len(data) and (data[at] == _BLANK or data[at] == _TAB or data[at] == _RETURN):
        at += 1
    return at


@njit(cache=True, nogil=True)
def _skip_word(data: UInt8, at: int) -> int:
    while at < len(data) and data[at] > _BLANK:
        at += 1
    return at


@njit(cache=True, nogil=True)
def _next_line(data: UInt8, at: int) -> int:
    while at < len(data) and data[at] != _NEWLINE:
        at += 1
    return at + 1


@njit(cache=True, nogil=True)
def _kind(data: UInt8, at: int) -> int:
    """What the line at `at` is: 1 vertex, 2 texture coordinate, 3 face, 4 a name (o, g, usemtl, mtllib), 0 else."""
    if at + 1 >= len(data):
        return 0
    first, second = data[at], data[at + 1]
    blank = second in (_BLANK, _TAB)
    if first == ord("v"):
        return 1 if blank else 2 if second == ord("t") else 0
    if first == ord("f"):
        return 3 if blank else 0
    if (first == ord("o") or first == ord("g")) and (blank or second in (_NEWLINE, _RETURN)):
        return 4
    return 4 if (first == ord("u") and second == ord("s")) or (first == ord("m") and second == ord("t")) else 0


@njit(cache=True, nogil=True)
def _count(data: UInt8) -> tuple[int, int, int, int]:
    """Numbers of vertices, texture coordinates, triangles and names."""
    vertices = coordinates = triangles = names = 0
    at = 0
    while at < len(data):
        at = _skip_blanks(data, at)
        kind = _kind(data, at)
        if kind == 1:
            vertices += 1
        elif kind == 2:
            coordinates += 1
        elif kind == 4:
            names += 1
        elif kind == 3:
            corners = 0
            at = _skip_blanks(data, at + 1)
            while at < len(data) and data[at] > _BLANK:
                corners += 1
                at = _skip_blanks(data, _skip_word(data, at))
            triangles += max(corners - 2, 0)
        at = _next_line(data, at)
    return vertices, coordinates, triangles, names


@njit(cache=True, nogil=True)
def _number(data: UInt8, at: int) -> tuple[float, int]:
    """The decimal number at `at` and where it ends; NaN when there is none."""
    start = at
    negative = at < len(data) and data[at] == _MINUS
    if at < len(data) and (data[at] == _MINUS or data[at] == _PLUS):
        at += 1
    mantissa, scale, digits = 0.0, 0, 0
    while at < len(data) and 48 <= data[at] <= 57:
        mantissa, digits, at = mantissa * 10 + (data[at] - 48), digits + 1, at + 1
    if at < len(data) and data[at] == _POINT:
        at += 1
        while at < len(data) and 48 <= data[at] <= 57:
            mantissa, digits, scale, at = mantissa * 10 + (data[at] - 48), digits + 1, scale - 1, at + 1
    if digits == 0:
        return np.nan, start
    if at < len(data) and (data[at] == ord("e") or data[at] == ord("E")):
        exponent, end = _integer(data, at + 1)
        if end > at + 1:
            scale, at = scale + min(max(exponent, -400), 400), end
    value = mantissa / 10.0**-scale if scale < 0 else mantissa * 10.0**scale
    return (-value if negative else value), at


@njit(cache=True, nogil=True)
def _integer(data: UInt8, at: int) -> tuple[int, int]:
    """The whole number at `at` and where it ends; (0, at) when there is none."""
    start = at
    negative = at < len(data) and data[at] == _MINUS
    if at < len(data) and (data[at] == _MINUS or data[at] == _PLUS):
        at += 1
    value, digits = 0, 0
    while at < len(data) and 48 <= data[at] <= 57:
        value, digits, at = min(value * 10 + (data[at] - 48), 1 << 40), digits + 1, at + 1
    return (0, start) if digits == 0 else ((-value if negative else value), at)


@njit(cache=True, nogil=True)
def _index(data: UInt8, at: int, known: int) -> tuple[int, int]:
    """A vertex reference as an index from 0, −1 for none; a negative one counts back from the `known` so far."""
    value, end = _integer(data, at)
    if end == at:
        return -1, end
    index = value - 1 if value > 0 else known + value
    return (min(index, 1 << 30) if value != 0 and index >= 0 else -1), end


@njit(cache=True, nogil=True)
def _fill(data: UInt8, counts: tuple[int, int, int, int]) -> tuple[Float64, Float64, Int32, Int32, Int32, Int32, Int64]:
    """Vertices (n, 6) with colour or NaN, uv (k, 2), and a triangle: corners, their uv, names before it, its face."""
    vertices = np.full((counts[0], 6), np.nan)
    uv = np.zeros((counts[1], 2))
    corners = np.zeros((counts[2], 3), np.int32)
    corner_uv = np.full((counts[2], 3), -1, np.int32)
    state = np.zeros(counts[2], np.int32)
    face_of = np.zeros(counts[2], np.int32)
    names = np.zeros(counts[3], np.int64)
    n = k = m = d = face = at = 0
    while at < len(data):
        at = _skip_blanks(data, at)
        kind = _kind(data, at)
        if kind == 1 or kind == 2:
            row = vertices[n] if kind == 1 else uv[k]
            at += kind
            for column in range(len(row)):
                at = _skip_blanks(data, at)
                value, end = _number(data, at)
                if end == at:
                    break
                row[column], at = value, end
            n, k = (n + 1, k) if kind == 1 else (n, k + 1)
        elif kind == 4:
            names[d], d = at, d + 1
        elif kind == 3:
            first = last = first_uv = last_uv = -1
            seen = 0
            at = _skip_blanks(data, at + 1)
            while at < len(data) and data[at] > _BLANK:
                v, end = _index(data, at, n)
                t = -1
                if end < len(data) and data[end] == _SLASH:
                    t, end = _index(data, end + 1, k)
                if seen >= 2:
                    corners[m, 0], corners[m, 1], corners[m, 2] = first, last, v
                    corner_uv[m, 0], corner_uv[m, 1], corner_uv[m, 2] = first_uv, last_uv, t
                    state[m], face_of[m] = d, face
                    m += 1
                if seen == 0:
                    first, first_uv = v, t
                last, last_uv, seen = v, t, seen + 1
                at = _skip_blanks(data, _skip_word(data, max(end, at + 1)))
            face += 1
        at = _next_line(data, at)
    return vertices, uv, corners, corner_uv, state, face_of, names
