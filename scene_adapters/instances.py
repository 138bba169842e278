"""From the object numbers that datasets paint on faces to a scene's instances, 1..N, and their boxes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numba import njit

from scene_adapters.meshes import MAX_UINT16
from schemas.arrays import AnyArray, Float32, Float64, Int32, UInt16
from schemas.errors import SceneError
from schemas.scenes import Instance, Mesh

Described = tuple[str, str, int | None]
"""Raw label, mpcat40 category, room."""

_LARGEST_TABLE = 1 << 22


def numbered(
    objects: AnyArray, describe: Callable[[int], Described | None], where: str
) -> tuple[tuple[Instance, ...], UInt16]:
    """Instances in order of object number, and the instance id (m,) of each triangle.

    objects : (m,) whole numbers, an object a triangle. describe : what an object is; None makes its
    triangles id 0. Boxes are left to `with_boxes`. Raises SceneError for more than 65,535.
    """
    present, place = distinct(objects)
    ids = np.zeros(len(present), np.uint16)
    instances: list[Instance] = []
    origin = (0.0, 0.0, 0.0)
    for row, number in enumerate(present.tolist()):
        found = describe(int(number))
        if found is None:
            continue
        if len(instances) == MAX_UINT16:
            raise SceneError(f"{where}: more than {MAX_UINT16} objects; take a smaller region of it")
        label, category, room = found
        instances.append(Instance(len(instances) + 1, label, category, origin, origin, room))
        ids[row] = len(instances)
    return tuple(instances), ids[place]


def of_objects(objects: AnyArray, value_of: Callable[[int], int]) -> Int32:
    """(m,) int32: `value_of` the object of each triangle, asked once for every object there is."""
    present, place = distinct(objects)
    values = np.array([value_of(int(number)) for number in present], dtype=np.int32)
    return np.asarray(values[place])


def distinct(objects: AnyArray) -> tuple[AnyArray, AnyArray]:
    """The numbers there are, ascending, and the place (m,) of each object's among them."""
    low = int(objects.min())
    size = int(objects.max()) - low + 1
    if size > _LARGEST_TABLE:
        present, place = np.unique(objects, return_inverse=True)
        return present, place.reshape(-1)
    # Object numbers lie close together: a table finds them ten times faster than sorting.
    table, place = np.zeros(size, np.int32), np.empty(len(objects), np.int32)
    _rank(objects, low, table, place)
    return np.flatnonzero(table) + low, place


@njit(cache=True, nogil=True)
def _rank(objects: AnyArray, low: int, table: Int32, place: Int32) -> None:
    """Set `table` where there is an object, to its rank from 1, and `place` to the rank from 0 of each object."""
    for face in range(len(objects)):
        table[objects[face] - low] = 1
    count = 0
    for number in range(len(table)):
        count += table[number]
        table[number] *= count
    for face in range(len(objects)):
        place[face] = table[objects[face] - low] - 1


def with_boxes(instances: tuple[Instance, ...], mesh: Mesh) -> tuple[Instance, ...]:
    """`instances` with `low` and `high` taken from the triangles; those without faces keep theirs."""
    boxes = instance_boxes(mesh, len(instances)).tolist()
    return tuple(
        instance if math.isnan(low[0]) else replace(instance, low=tuple(low), high=tuple(high))
        for instance, (low, high) in zip(instances, boxes, strict=True)
    )


def instance_boxes(mesh: Mesh, count: int) -> Float64:
    """Axis-aligned boxes (count, 2, 3) float64 of the instances 1..count; NaN for one without faces.

    Raises ValueError for an instance or a vertex that is not there.
    """
    if int(mesh.instance.max()) > count or not 0 <= mesh.triangles.min() <= mesh.triangles.max() < len(mesh.vertices):
        raise ValueError("mesh: names an instance or a vertex that is not there")
    boxes = np.full((count + 1, 2, 3), np.inf, np.float32)
    boxes[:, 1] = -np.inf
    _grow(boxes, mesh.vertices, mesh.triangles, mesh.instance)
    boxes[(boxes[:, 0] > boxes[:, 1]).any(axis=1)] = np.nan
    return boxes[1:].astype(np.float64)


@njit(cache=True, nogil=True)
def _grow(boxes: Float32, vertices: Float32, triangles: Int32, instance: UInt16) -> None:
    """Let each of `boxes` (count + 1, 2, 3) hold the triangles of its instance."""
    for face in range(len(triangles)):
        box = boxes[instance[face]]
        for corner in range(3):
            for axis in range(3):
                value = vertices[triangles[face, corner], axis]
                if value < box[0, axis]:
                    box[0, axis] = value
                if value > box[1, axis]:
                    box[1, axis] = value
