"""From the object numbers that datasets paint on faces to a scene's instances, 1..N."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scene_adapters.meshes import MAX_UINT16
from schemas.arrays import AnyArray, Int64, UInt16
from schemas.errors import SceneError
from schemas.scenes import Instance

Described = tuple[str, str, int | None]
"""Raw label, mpcat40 category, room."""


def numbered(
    objects: AnyArray, describe: Callable[[int], Described | None], where: str
) -> tuple[tuple[Instance, ...], UInt16]:
    """Instances in order of object number, and the instance id (m,) of each triangle.

    objects : (m,) whole numbers, an object a triangle. describe : what an object is; None makes its
    triangles id 0. Boxes are left to `schemas.scenes.with_boxes`. Raises SceneError for more than 65,535.
    """
    present, inverse = np.unique(objects, return_inverse=True)
    ids = np.zeros(len(present), np.uint16)
    instances: list[Instance] = []
    origin = (0.0, 0.0, 0.0)
    for place, number in enumerate(present.tolist()):
        found = describe(int(number))
        if found is None:
            continue
        if len(instances) == MAX_UINT16:
            raise SceneError(f"{where}: more than {MAX_UINT16} objects; take a smaller region of it")
        label, category, room = found
        instances.append(Instance(len(instances) + 1, label, category, origin, origin, room))
        ids[place] = len(instances)
    return tuple(instances), ids[inverse.reshape(-1)]


def of_objects(objects: AnyArray, value_of: Callable[[int], int]) -> Int64:
    """(m,) int64: `value_of` the object of each triangle, asked once for every object there is."""
    present, inverse = np.unique(objects, return_inverse=True)
    values = np.array([value_of(int(number)) for number in present], dtype=np.int64)
    return np.asarray(values[inverse.reshape(-1)])
