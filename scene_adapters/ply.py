"""PLY meshes: triangles, quads or polygons, mapped into memory, with whatever is stored a face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from scene_adapters.images import failures_note, texture
from scene_adapters.meshes import FileMesh
from scene_adapters.paths import Root, check_file, parsing, read_bytes
from scene_adapters.ply_columns import Ragged, Table, read_tables
from schemas.arrays import AnyArray, Float32, Int32, UInt8
from schemas.errors import SceneError
from schemas.scenes import Material, Texture

_CORNERS = ("vertex_indices", "vertex_index")
# Squared; the diagonals of a rectangle are equal but for rounding, which must not decide.
_CLEARLY_SHORTER = 0.999
_UV_NAMES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))


def read_ply(path: Path, root: Root) -> FileMesh:
    """All faces of a PLY file, in the file's own frame and order; a quad is cut along its shorter diagonal.

    Whole-number properties of the faces (object_id, category_id, …) are the `face_fields`, repeated for
    every triangle of a face; "face" is the face's own number. Stored normals are ignored: scans get them
    wrong. Raises SceneError: a damaged file, or one without faces.
    """
    check_file(path)
    with parsing(path, "PLY"):
        tables, comments = read_tables(path)
        vertex, face = tables.get("vertex", Table({}, {})), tables.get("face", Table({}, {}))
        corners = next((face.lists[name] for name in _CORNERS if name in face.lists), None)
        if corners is None or not len(corners.lengths) or not {"x", "y", "z"} <= set(vertex.values):
            raise SceneError(f"{path}: has no faces, only points; take the mesh, not the point cloud")
        corners = replace(corners, values=corners.values.astype(np.int32, copy=False))
        vertices = np.empty((len(vertex.values["x"]), 3), np.float32)
        for column, axis in enumerate("xyz"):
            vertices[:, column] = vertex.values[axis]
        place, face_of = _triangulated(corners, vertices)
        triangles = corners.values[place].reshape(-1, 3)
        columns = {name: values for name, values in face.values.items() if values.dtype.kind in "iu"}
        columns["face"] = np.arange(len(corners.lengths), dtype=np.int32)
        mesh = FileMesh(
            vertices=vertices,
            triangles=triangles,
            group=np.zeros(len(triangles), np.int32),
            groups=("",),
            material=np.zeros(len(triangles), np.uint16),
            materials=(Material("surface", (1.0, 1.0, 1.0)),),
            color=_colors(vertex.values),
            face_fields={name: values.astype(np.int32, copy=False)[face_of] for name, values in columns.items()},
        )
        uv = _coordinates(vertex.values, face.lists.get("texcoord"), corners, triangles, place)
        return mesh if uv is None else _textured(mesh, uv, comments, path, root)


def _triangulated(corners: Ragged, vertices: Float32) -> tuple[Int32 | slice, Int32 | slice]:
    """Places (m, 3) in `corners.values` of each triangle's corners, and the number (m,) of its face.

    Where all faces are triangles, each is all there are.
    """
    values = corners.values
    if len(values) and not (int(values.min()) >= 0 and int(values.max()) < len(vertices)):
        raise ValueError("a face refers to a vertex that is not there")
    if corners.uniform == 3:
        return slice(None), slice(None)
    starts = corners.starts.astype(np.int32)
    if corners.uniform == 4:
        a, b, c, d = values.reshape(-1, 4).T
        other = _squared(vertices, b, d) < _CLEARLY_SHORTER * _squared(vertices, a, c)
        first = starts + other
        place = np.empty((len(starts), 2, 3), np.int32)
        place[:, 0] = first[:, None] + np.array([0, 1, 2], np.int32)
        place[:, 1, 0] = first
        place[:, 1, 1] = first + 2
        place[:, 1, 2] = np.where(other, starts, starts + 3)
        return place.reshape(-1, 3), np.repeat(np.arange(len(starts), dtype=np.int32), 2)
    count = np.maximum(corners.lengths - 2, 0)
    face_of = np.repeat(np.arange(len(starts), dtype=np.int32), count)
    step = np.arange(len(face_of)) - np.repeat(np.cumsum(count) - count, count)
    first = starts[face_of]
    return np.stack([first, first + step + 1, first + step + 2], axis=1).astype(np.int32), face_of


def _squared(vertices: Float32, a: AnyArray, b: AnyArray) -> Float32:
    difference = vertices[a] - vertices[b]
    return np.asarray(np.einsum("ij,ij->i", difference, difference))


def _colors(columns: Mapping[str, AnyArray]) -> UInt8 | None:
    prefix = next((p for p in ("", "diffuse_") if f"{p}red" in columns), None)
    if prefix is None:
        return None
    channels = [columns[f"{prefix}{name}"] for name in ("red", "green", "blue")]
    color = np.full((len(channels[0]), 4), 255, np.uint8)
    for i, values in enumerate(channels):
        color[:, i] = np.rint(np.clip(values * 255, 0, 255)) if values.dtype.kind == "f" else values
    return color


def _coordinates(
    vertex: Mapping[str, AnyArray], listed: Ragged | None, corners: Ragged, triangles: Int32, place: Int32 | slice
) -> Float32 | None:
    """Texture coordinates (m, 3, 2): those listed a face, or else those of the vertices."""
    if listed is not None and np.array_equal(listed.lengths, 2 * corners.lengths):
        return listed.values.reshape(-1, 2).astype(np.float32)[place].reshape(-1, 3, 2)
    for u, v in _UV_NAMES:
        if u in vertex and v in vertex:
            return np.stack([vertex[u], vertex[v]], axis=1).astype(np.float32)[triangles]
    return None


def _textured(mesh: FileMesh, uv: Float32, comments: tuple[str, ...], path: Path, root: Root) -> FileMesh:
    """With the images of the header's `TextureFile` comments; `texnumber` tells a face's own."""
    names = [comment.split(None, 1)[1].strip() for comment in comments if comment.startswith("TextureFile ")]
    images: list[Texture] = []
    failures: list[tuple[str, str]] = []
    materials = []
    for name in names:
        file = root.resolve(name, path.parent)
        missing = not file.is_file() and root.skip_missing
        found = "missing" if missing else texture(name, read_bytes(file))
        materials.append(Material(name, (1.0, 1.0, 1.0), len(images) if isinstance(found, Texture) else None))
        if isinstance(found, Texture):
            images.append(found)
        else:
            failures.append((name, found))
    notes = failures_note(path.name, failures)
    if not images:
        return replace(mesh, notes=notes)
    number = mesh.face_fields.get("texnumber", np.zeros(len(mesh.triangles), np.int32))
    material = np.clip(number, 0, len(materials) - 1).astype(np.uint16)
    return replace(mesh, uv=uv, material=material, materials=tuple(materials), textures=tuple(images), notes=notes)
