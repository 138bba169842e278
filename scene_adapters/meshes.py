"""What every mesh reader returns, and the way from there to a scene's `Mesh`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numba import njit

from schemas.arrays import AnyArray, Bool, Float32, Float64, Int32, UInt8, UInt16
from schemas.errors import SceneError
from schemas.scenes import Light, Material, Mesh, Texture

MAX_TRIANGLES = 100_000_000
MAX_UINT16 = 65535
MAX_COORDINATE = 1e7
_IDENTITY = np.eye(4)
_TAIL = 64


@dataclass(frozen=True)
class FileMesh:
    """A file's triangles, in the file's own frame and unit. n vertices, m triangles.

    vertices (n, 3) float32; triangles (m, 3) int32
    group : (m,) int32, index into `groups`, names from the outermost node to the innermost joined by "/"
    material : (m,) uint16, index into `materials`
    uv : (m, 3, 2) float32, (0, 0) bottom left; or None
    color : (n, 4) uint8, as stored; or None
    face_fields : a value a triangle, for the integer properties of the file's faces
    lights : in the file's frame and unit, too
    unlit : the file says its materials are shown without light
    """

    vertices: Float32
    triangles: Int32
    group: Int32
    groups: tuple[str, ...]
    material: UInt16
    materials: tuple[Material, ...]
    textures: tuple[Texture, ...] = ()
    uv: Float32 | None = None
    color: UInt8 | None = None
    face_fields: Mapping[str, Int32] = field(default_factory=dict)
    lights: tuple[Light, ...] = ()
    unlit: bool = False
    notes: tuple[str, ...] = ()

    @cached_property
    def bounds(self) -> Float64:
        """Lowest and highest x, y, z (2, 3) of the vertices; all NaN where one of them is not finite."""
        return np.asarray(extent(self.vertices))


def transformed(mesh: FileMesh, matrix: Float64) -> FileMesh:
    """`mesh` with its vertices through an affine `matrix` (4, 4), lights left out of account."""
    return replace(mesh, vertices=affine(mesh.vertices, matrix))


def affine(vertices: Float32, matrix: Float64) -> Float32:
    """Vertices (n, 3) through a `matrix` (4, 4), computed in doubles; `checked` refuses what is not finite then."""
    moved = np.empty_like(vertices)
    place(vertices, matrix, moved)
    return moved


def place(position: Float32, matrix: Float64, out: Float32) -> None:
    """Fill `out` (n, 3) with `position` (n, 3) through an affine matrix (4, 4)."""
    if (matrix == _IDENTITY).all():
        out[:] = position
    else:
        _place(position, matrix, out)


@njit(cache=True, nogil=True)
def _place(position: Float32, matrix: Float64, out: Float32) -> None:
    for row in range(len(position)):
        x, y, z = np.float64(position[row, 0]), np.float64(position[row, 1]), np.float64(position[row, 2])
        for axis in range(3):
            out[row, axis] = matrix[axis, 0] * x + matrix[axis, 1] * y + matrix[axis, 2] * z + matrix[axis, 3]


def merged(parts: Sequence[FileMesh]) -> FileMesh:
    """One mesh of all `parts`; groups stay apart, equal textures and materials become one."""
    if len(parts) == 1:
        return parts[0]
    materials, textures, of_material = joined_looks([(part.materials, part.textures) for part in parts])
    starts = np.cumsum([0] + [len(part.vertices) for part in parts])
    group_starts = np.cumsum([0] + [len(part.groups) for part in parts])
    return FileMesh(
        vertices=np.concatenate([part.vertices for part in parts]),
        triangles=np.concatenate([part.triangles + np.int32(s) for part, s in zip(parts, starts[:-1], strict=True)]),
        group=np.concatenate([part.group + np.int32(s) for part, s in zip(parts, group_starts[:-1], strict=True)]),
        groups=tuple(name for part in parts for name in part.groups),
        material=np.concatenate([of[part.material] for of, part in zip(of_material, parts, strict=True)]),
        materials=materials,
        textures=textures,
        uv=_filled([part.uv for part in parts], [(len(part.triangles), 3, 2) for part in parts], 0, np.float32),
        color=_filled([part.color for part in parts], [(len(part.vertices), 4) for part in parts], 255, np.uint8),
        lights=tuple(light for part in parts for light in part.lights),
        unlit=all(part.unlit for part in parts),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


@dataclass(frozen=True)
class Images:
    """Textures, equal ones once. alike : their numbers by length and end, which tell most apart without a look."""

    known: list[Texture] = field(default_factory=list)
    alike: dict[tuple[int, bytes], list[int]] = field(default_factory=dict)

    def number(self, texture: Texture) -> int:
        """The place among `known` of a texture's image, which is put there if it is new."""
        numbers = self.alike.setdefault((len(texture.encoded), texture.encoded[-_TAIL:]), [])
        for number in numbers:
            if self.known[number].encoded == texture.encoded:
                return number
        numbers.append(len(self.known))
        self.known.append(texture)
        return numbers[-1]


def joined_looks(
    looks: Sequence[tuple[tuple[Material, ...], tuple[Texture, ...]]],
) -> tuple[tuple[Material, ...], tuple[Texture, ...], list[UInt16]]:
    """All materials and all textures, equal ones once, and for each of `looks` the new numbers of its materials."""
    textures = Images()
    materials: dict[Material, int] = {}
    renumbered: list[UInt16] = []
    for own_materials, own_textures in looks:
        of_texture = [textures.number(texture) for texture in own_textures]
        of_material = [
            materials.setdefault(m if m.texture is None else replace(m, texture=of_texture[m.texture]), len(materials))
            for m in own_materials
        ]
        if len(materials) > MAX_UINT16:
            raise SceneError(f"more than {MAX_UINT16} materials; merge some before export")
        renumbered.append(np.asarray(of_material, dtype=np.uint16))
    return tuple(materials), tuple(textures.known), renumbered


def _filled(
    arrays: Sequence[AnyArray | None], shapes: Sequence[tuple[int, ...]], value: int, dtype: type
) -> AnyArray | None:
    """All arrays in a row, `value` standing in for the absent ones; None when all are."""
    if all(array is None for array in arrays):
        return None
    return np.concatenate(
        [np.full(shape, value, dtype) if array is None else array for array, shape in zip(arrays, shapes, strict=True)]
    )


def checked(mesh: FileMesh, path: Path) -> tuple[FileMesh, tuple[str, ...]]:
    """`mesh` without degenerate triangles and stray vertices, and notes on what was dropped.

    Raises SceneError naming `path`: no triangle left, NaN, infinity or more than 10⁷ among the vertices in use.
    """
    used, degenerate = _used(mesh.triangles, len(mesh.vertices))
    if degenerate == len(mesh.triangles):
        raise SceneError(
            f"{path}: has no triangles ({len(mesh.vertices)} points); export the surface, not a point cloud"
        )
    notes = (f"{path.name}: dropped {degenerate} degenerate triangles",) if degenerate else ()
    if degenerate:
        a, b, c = mesh.triangles.T
        mesh = with_triangles(mesh, (a != b) & (b != c) & (c != a))
    if not used.all():
        renumbered = np.cumsum(used, dtype=np.int32) - np.int32(1)
        mesh = replace(
            mesh,
            vertices=mesh.vertices[used],
            triangles=renumbered[mesh.triangles],
            color=None if mesh.color is None else mesh.color[used],
        )
    largest = float(np.abs(mesh.bounds).max())
    if not np.isfinite(largest):
        raise SceneError(f"{path}: vertices with NaN or infinity; it is damaged: fetch or export it again")
    if largest > MAX_COORDINATE:
        raise SceneError(
            f"{path}: coordinates beyond {MAX_COORDINATE:g}, a home in no unit; it is damaged: fetch it again"
        )
    return mesh, notes


@njit(cache=True, nogil=True)
def _used(triangles: Int32, count: int) -> tuple[Bool, int]:
    """Which of `count` vertices the triangles with three different corners use, and how many others there are."""
    used = np.zeros(count, np.bool_)
    degenerate = 0
    for face in range(len(triangles)):
        a, b, c = triangles[face, 0], triangles[face, 1], triangles[face, 2]
        if a == b or b == c or c == a:
            degenerate += 1
        else:
            used[a] = used[b] = used[c] = True
    return used, degenerate


@njit(cache=True, nogil=True)
def extent(vertices: Float32) -> Float64:
    """Lowest and highest x, y, z (2, 3) of vertices (n, 3); all NaN where one of them is not finite."""
    left = front = bottom = np.float32(np.inf)
    right = back = top = np.float32(-np.inf)
    finite = np.float32(0)
    for row in range(len(vertices)):
        x, y, z = vertices[row, 0], vertices[row, 1], vertices[row, 2]
        left, right = min(left, x), max(right, x)
        front, back = min(front, y), max(back, y)
        bottom, top = min(bottom, z), max(top, z)
        finite += (x + y + z) * np.float32(0)
    return np.array([[left, front, bottom], [right, back, top]], dtype=np.float64) + finite


@njit(cache=True, nogil=True)
def centred_within(vertices: Float32, triangles: Int32, low: Float64, high: Float64) -> Bool:
    """(m,) whether the middle of a triangle lies in the open box between `low` and `high` (3,)."""
    found = np.ones(len(triangles), np.bool_)
    for face in range(len(triangles)):
        a, b, c = triangles[face, 0], triangles[face, 1], triangles[face, 2]
        for axis in range(3):
            middle = (np.float64(vertices[a, axis]) + vertices[b, axis] + vertices[c, axis]) / 3
            if not low[axis] < middle < high[axis]:
                found[face] = False
    return found


def with_triangles(mesh: FileMesh, keep: Bool) -> FileMesh:
    """`mesh` with only the triangles where `keep` (m,) is true."""
    if keep.all():
        return mesh
    return replace(
        mesh,
        triangles=mesh.triangles[keep],
        group=mesh.group[keep],
        material=mesh.material[keep],
        uv=None if mesh.uv is None else mesh.uv[keep],
        face_fields={name: values[keep] for name, values in mesh.face_fields.items()},
    )


def scene_mesh(mesh: FileMesh, instance: UInt16) -> Mesh:
    """The `Mesh` of a scene: `mesh` is in the world frame, `instance` (m,) an id a triangle."""
    return Mesh(
        vertices=np.ascontiguousarray(mesh.vertices, dtype=np.float32),
        triangles=np.ascontiguousarray(mesh.triangles, dtype=np.int32),
        instance=np.ascontiguousarray(instance, dtype=np.uint16),
        material=np.ascontiguousarray(mesh.material, dtype=np.uint16),
        materials=mesh.materials,
        textures=mesh.textures,
        uv=mesh.uv if mesh.uv is None or _small(mesh.uv) else np.nan_to_num(np.clip(mesh.uv, -1e4, 1e4)),
        color=mesh.color,
    )


def _small(uv: Float32) -> bool:
    """Whether texture coordinates are finite and can be brought into 0..1 without losing all their digits."""
    with np.errstate(all="ignore"):
        return bool(uv.min(initial=0) > -1e4 and uv.max(initial=0) < 1e4)
