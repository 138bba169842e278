"""What a home is put together from: named solids, each of which becomes one instance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scene_adapters.procedural.rectangles import Rectangle
from scene_adapters.procedural.shapes import Part, box


@dataclass(frozen=True)
class Element:
    """One instance to be. room : index of the plan's room; parts are in the world frame."""

    label: str
    category: str
    room: int
    parts: tuple[Part, ...]


def upright_box(finish: str, footprint: Rectangle, low: float, high: float, bevel: float = 0.0) -> Part:
    """A box over `footprint` whose texture stands upright and runs on from box to box.

    Texture coordinates are the world's: (x, y) on level faces, (x or y, z) on others.
    """
    part = box(finish, (footprint.x0, footprint.y0, low), (footprint.x1, footprint.y1, high), bevel)
    corners = part.vertices[part.triangles]
    normal = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    facing = normal.argmax(axis=1)
    axes = np.array([(1, 2), (0, 2), (0, 1)])[facing]
    return replace(part, uv=np.take_along_axis(corners, axes[:, None, :], axis=2))
