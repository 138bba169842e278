"""Wavefront OBJ: two compiled passes over the file, in blocks, faces kept in the file's order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit

from scene_adapters.meshes import FileMesh
from scene_adapters.mtl import read_library
from scene_adapters.paths import Root, check_file, parsing
from schemas.arrays import Float32, Int32, Int64, UInt8, UInt16
from schemas.errors import SceneError

_NEWLINE, _BLANK, _TAB, _RETURN, _SLASH = 10, 32, 9, 13, 47
_MINUS, _PLUS, _POINT = 45, 43, 46
_NAMES = 3
_BLOCK_BYTES, _LONGEST_LINE = 2**20, 64 * 2**20


def read_obj(path: Path, root: Root) -> FileMesh:
    """All faces of an OBJ file, polygons as fans, in the file's own frame and order.

    Groups are object names, with the group's where there is one ("object/group"). Vertex colours after
    the coordinates are read. `face_fields["face"]` is the number of the face a triangle is of. Raises
    SceneError: a damaged file, or a material library or image that is missing (unless `root.skip_missing`).
    """
    check_file(path)
    with parsing(path, "OBJ"):
        found = _empty(*np.sum([_count(_bytes(block)) for block in _blocks(path)], axis=0).tolist())
        texts: list[str] = []
        for block in _blocks(path):
            before = len(texts)
            _fill(_bytes(block), found)
            texts += [_line(block, start) for start in found.names[before : found.filled[_NAMES]].tolist()]
        if not len(found.corners):
            raise SceneError(f"{path}: has no triangles; export the surface with its faces")
        if (
            found.corners.min() < 0
            or found.corners.max() >= len(found.vertices)
            or found.corner_uv.max() >= len(found.uv)
        ):
            raise ValueError("a face refers to a vertex that is not there")
        names = [text.split(None, 1)[1] for text in texts if text.startswith("mtllib ")]
        library = read_library(path, root, names)
        groups, group_of, material_of = _states(texts, library.index)
        return FileMesh(
            vertices=found.vertices,
            triangles=found.corners,
            group=group_of[found.state],
            groups=groups,
            material=material_of[found.state],
            materials=library.materials,
            textures=library.textures,
            uv=_corner_coordinates(found.uv, found.corner_uv) if library.textures and len(found.uv) else None,
            color=_color_bytes(found.color) if np.isfinite(found.color).all() else None,
            face_fields={"face": found.face},
            notes=library.notes,
        )


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in pieces of whole lines, lines that a backslash continues made one."""
    with path.open("rb") as file:
        rest = b""
        while read := file.read(_BLOCK_BYTES):
            block = rest + read
            if b"\\" in block:  # blanks for what joins two lines; one at the very end waits in the rest
                block = block.replace(b"\\\r\n", b"   ").replace(b"\\\n", b"  ")
            end = block.rfind(b"\n") + 1
            rest = block[end:]
            if len(rest) > _LONGEST_LINE:
                raise ValueError(f"a line of more than {_LONGEST_LINE} bytes")
            yield block[:end]
        yield rest


def _bytes(block: bytes) -> UInt8:
    return np.frombuffer(block, np.uint8)


class _Arrays(NamedTuple):
    """What a file has, as far as it is filled.

    vertices (n, 3); color (n, 3), NaN where there is none; uv (k, 2)
    corners and their uv (m, 3), −1 for none; state (m,), how many names stand before a triangle; face (m,)
    names (d,), where they begin in their block; filled (5,) how many vertices, uv, triangles, names, faces
    """

    vertices: Float32
    color: Float32
    uv: Float32
    corners: Int32
    corner_uv: Int32
    state: Int32
    face: Int32
    names: Int64
    filled: Int64


def _empty(vertices: int, coordinates: int, triangles: int, names: int) -> _Arrays:
    return _Arrays(
        vertices=np.full((vertices, 3), np.nan, np.float32),
        color=np.full((vertices, 3), np.nan, np.float32),
        uv=np.zeros((coordinates, 2), np.float32),
        corners=np.zeros((triangles, 3), np.int32),
        corner_uv=np.full((triangles, 3), -1, np.int32),
        state=np.zeros(triangles, np.int32),
        face=np.zeros(triangles, np.int32),
        names=np.zeros(names, np.int64),
        filled=np.zeros(5, np.int64),
    )


def _corner_coordinates(uv: Float32, corner_uv: Int32) -> Float32:
    found = uv[corner_uv]
    found[corner_uv < 0] = 0
    return found


def _color_bytes(values: Float32) -> UInt8:
    """RGB in 0..1 (or 0..255, which some tools write) as sRGB bytes with alpha."""
    color = np.full((len(values), 4), 255, dtype=np.uint8)
    color[:, :3] = np.rint(np.clip(values * (1 if values.max() > 1.001 else 255), 0, 255))
    return color


def _line(content: bytes, start: int) -> str:
    return content[start : start + 4096].split(b"\n", 1)[0].decode("utf-8", "replace").strip()


def _states(texts: list[str], materials: dict[str, int]) -> tuple[tuple[str, ...], Int32, UInt16]:
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
    return tuple(groups), np.array(group_of, np.int32), np.array(material_of, np.uint16)


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
def _count(data: UInt8) -> Int64:
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
    return np.array([vertices, coordinates, triangles, names])


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
def _fill(data: UInt8, into: _Arrays) -> None:
    """Put what the lines `data` have behind what is there already."""
    n, k, m, d, face = into.filled
    at = 0
    while at < len(data):
        at = _skip_blanks(data, at)
        kind = _kind(data, at)
        if kind == 1:
            at = _numbers(data, _numbers(data, at + 1, into.vertices[n]), into.color[n])
            n += 1
        elif kind == 2:
            at = _numbers(data, at + 2, into.uv[k])
            k += 1
        elif kind == 4:
            into.names[d], d = at, d + 1
        elif kind == 3:
            at, m = _face(data, at + 1, into, n, k, m, d, face)
            face += 1
        at = _next_line(data, at)
    into.filled[:] = n, k, m, d, face


@njit(cache=True, nogil=True)
def _numbers(data: UInt8, at: int, row: Float32) -> int:
    """Fill `row` as far as there are numbers; where they end."""
    for column in range(len(row)):
        at = _skip_blanks(data, at)
        value, end = _number(data, at)
        if end == at:
            break
        row[column], at = value, end
    return at


@njit(cache=True, nogil=True)
def _face(data: UInt8, at: int, into: _Arrays, n: int, k: int, m: int, d: int, face: int) -> tuple[int, int]:
    """A polygon as a fan of triangles, the first of them number m; where it ends, and how many there are then."""
    first = last = first_uv = last_uv = -1
    seen = 0
    at = _skip_blanks(data, at)
    while at < len(data) and data[at] > _BLANK:
        v, end = _index(data, at, n)
        t = -1
        if end < len(data) and data[end] == _SLASH:
            t, end = _index(data, end + 1, k)
        if seen >= 2:
            into.corners[m, 0], into.corners[m, 1], into.corners[m, 2] = first, last, v
            into.corner_uv[m, 0], into.corner_uv[m, 1], into.corner_uv[m, 2] = first_uv, last_uv, t
            into.state[m], into.face[m] = d, face
            m += 1
        if seen == 0:
            first, first_uv = v, t
        last, last_uv, seen = v, t, seen + 1
        at = _skip_blanks(data, _skip_word(data, max(end, at + 1)))
    return at, m
