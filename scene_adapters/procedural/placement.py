"""Where a piece stands, hangs or lies, and the space it takes there.

Heights are above the room's floor; x and y are the world's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from scene_adapters.procedural.rectangles import Rectangle, Side
from scene_adapters.procedural.shapes import Part, Piece

FLAT = 0.04  # what is no higher is walked on, metres
# The yaw of a piece with its back to a side, by the side's axis and inward direction.
YAW_AT = MappingProxyType({(0, 1): 0.0, (0, -1): math.pi, (1, 1): -math.pi / 2, (1, -1): math.pi / 2})


@dataclass(frozen=True)
class Block:
    """Space that is taken: a footprint between two heights."""

    footprint: Rectangle
    low: float
    high: float

    def meets(self, other: Block) -> bool:
        """Whether the two interpenetrate."""
        return min(self.high, other.high) - max(self.low, other.low) > 1e-3 and self.footprint.overlaps(other.footprint)


@dataclass(frozen=True)
class Window:
    """A window in a side of the room: its ends along the side, sill and head."""

    side: Side
    low: float
    high: float
    sill: float
    head: float


@dataclass(frozen=True)
class Placed:
    """A piece in its place: origin, yaw and the space it takes."""

    kind: str
    piece: Piece
    x: float
    y: float
    z: float
    yaw: float
    block: Block

    def ahead(self, right: float, forward: float) -> tuple[float, float]:
        """World (x, y) of a point given to the piece's right and in front of its origin."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return self.x + c * right - s * forward, self.y + s * right + c * forward


def floor_before(placed: Placed, depth: float) -> Rectangle:
    """The floor up to `depth` metres before a standing piece, as wide as it is."""
    near = placed.piece.size[1] / 2 + 0.005
    side = placed.piece.size[0] / 2 * 0.98
    return _footprint(placed.x, placed.y, placed.yaw, (-side, near), (side, near + depth))


def stood(kind: str, piece: Piece, x: float, y: float, z: float, yaw: float) -> Placed:
    """A piece on the floor or a top: its origin is the centre of its footprint."""
    w, d, h = piece.size
    return Placed(kind, piece, x, y, z, yaw, Block(_footprint(x, y, yaw, (-w / 2, -d / 2), (w / 2, d / 2)), z, z + h))


def mounted(kind: str, piece: Piece, x: float, y: float, z: float, yaw: float) -> Placed:
    """A piece on a wall: its origin is the middle of its back face's lower edge."""
    w, d, h = piece.size
    return Placed(kind, piece, x, y, z, yaw, Block(_footprint(x, y, yaw, (-w / 2, 0.0), (w / 2, d)), z, z + h))


def hanging(kind: str, piece: Piece, x: float, y: float, z: float) -> Placed:
    """A piece under a ceiling at height `z`: its origin is the centre of its upper face."""
    w, d, h = piece.size
    return Placed(kind, piece, x, y, z, 0.0, Block(_footprint(x, y, 0.0, (-w / 2, -d / 2), (w / 2, d / 2)), z - h, z))


def tops(anchor: Placed) -> Iterator[tuple[Rectangle, float, float]]:
    """The tops of a placed piece: area, height above the floor, and metres free above (inf for the highest)."""
    for top in anchor.piece.tops:
        higher = [other.z - top.z for other in anchor.piece.tops if other.z > top.z + 0.02]
        area = _footprint(anchor.x, anchor.y, anchor.yaw, top.low, top.high)
        yield area, anchor.z + top.z, min(higher, default=math.inf) - 0.03


def stretched(piece: Piece, width: float, height: float) -> Piece:
    """The piece scaled along x and z to that width and height."""
    factor = np.array([width / piece.size[0], 1.0, height / piece.size[2]], dtype=np.float32)
    parts: tuple[Part, ...] = tuple(replace(part, vertices=part.vertices * factor) for part in piece.parts)
    return replace(piece, parts=parts, size=(width, piece.size[1], height))


def _footprint(x: float, y: float, yaw: float, low: tuple[float, float], high: tuple[float, float]) -> Rectangle:
    """The world's rectangle around a piece's own from `low` to `high`, turned by `yaw` about (x, y)."""
    c, s = math.cos(yaw), math.sin(yaw)
    corners = [(x + c * u - s * v, y + s * u + c * v) for u in (low[0], high[0]) for v in (low[1], high[1])]
    xs, ys = zip(*corners, strict=True)
    return Rectangle(min(xs), min(ys), max(xs), max(ys))
