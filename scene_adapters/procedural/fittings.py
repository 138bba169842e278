"""What fills the holes in walls: door frames and leaves, windows with glass and sills."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scene_adapters.procedural.elements import Element, upright_box
from scene_adapters.procedural.openings import CASING, FRAME, Opening, OpeningKind
from scene_adapters.procedural.plan import HALF_WALL, SLAB, Plan
from scene_adapters.procedural.rectangles import Rectangle, Side, sides
from scene_adapters.procedural.shapes import Part, box, moved
from scene_adapters.procedural.structure import OUTER

_LEAF = 0.04  # thickness of a door leaf, metres
_SWING = 0.8  # floor before another door that a leaf must not take up, metres


@dataclass(frozen=True)
class Leaf:
    """An open door leaf: the element and the floor it takes up in the room it swings into."""

    element: Element
    footprint: Rectangle


def build_doors(plan: Plan, openings: tuple[Opening, ...]) -> Iterator[Element]:
    """The frames of all doors, and the closed leaf of the front door."""
    for opening in openings:
        if opening.kind in (OpeningKind.DOOR, OpeningKind.ENTRANCE):
            yield _frame(plan, opening)
        if opening.kind == OpeningKind.ENTRANCE:
            floor_z = plan.floor_z(plan.rooms[opening.rooms[0]].storey)
            width, height = opening.high - opening.low - 2 * FRAME, opening.head - FRAME
            side = _room_side(plan, opening, opening.rooms[0])
            leaf = _hung(_panel(width, height), side, opening.low + FRAME, -OUTER / 2, floor_z, 0.0)
            yield Element("front door", "door", opening.rooms[0], leaf)


def build_leaves(plan: Plan, openings: tuple[Opening, ...], generator: np.random.Generator) -> Iterator[Leaf]:
    """Leaves of about two doors in three, standing open in the room that is not the corridor."""
    for opening in openings:
        if opening.kind != OpeningKind.DOOR or generator.random() > 0.65:
            continue
        index = min(opening.rooms, key=lambda i: i is None or plan.rooms[i].kind == "corridor")
        leaf = None if index is None else _open_leaf(plan, opening, index, generator)
        if leaf is not None and not any(_in_the_way(leaf, other) for other in openings if other is not opening):
            yield leaf


def _in_the_way(leaf: Leaf, opening: Opening) -> bool:
    return (
        opening.kind != OpeningKind.WINDOW
        and leaf.element.room in opening.rooms
        and leaf.footprint.overlaps(opening.zone(_SWING))
    )


def build_windows(plan: Plan, openings: tuple[Opening, ...]) -> Iterator[Element]:
    """Frame, bars, glass and inner sill of every window."""
    for opening in openings:
        if opening.kind == OpeningKind.WINDOW:
            yield _window(plan, opening)


def _frame(plan: Plan, opening: Opening) -> Element:
    """A lining through the wall with boards on both surfaces; outwards from where the floor ends also a threshold."""
    room = plan.rooms[opening.rooms[0]]
    floor_z = plan.floor_z(room.storey)
    side = _room_side(plan, opening, opening.rooms[0])
    outer = -OUTER if opening.rooms[1] is None else -HALF_WALL
    low, high, head = opening.low, opening.high, floor_z + opening.head
    parts = [
        _board(side, low, low + FRAME, outer, HALF_WALL, floor_z, head),
        _board(side, high - FRAME, high, outer, HALF_WALL, floor_z, head),
        _board(side, low + FRAME, high - FRAME, outer, HALF_WALL, head - FRAME, head),
    ]
    if opening.kind == OpeningKind.ENTRANCE:
        parts.append(_board(side, low, high, outer, 0.0, floor_z - SLAB / 2, floor_z))
    for near, far in ((HALF_WALL, HALF_WALL + 0.015), (outer - 0.015, outer)):
        parts += [
            _board(side, low - CASING, low + 0.01, near, far, floor_z, head + CASING),
            _board(side, high - 0.01, high + CASING, near, far, floor_z, head + CASING),
            _board(side, low + 0.01, high - 0.01, near, far, head - 0.01, head + CASING),
        ]
    return Element("door frame", "door", opening.rooms[0], tuple(parts))


def _board(side: Side, low: float, high: float, near: float, far: float, z0: float, z1: float) -> Part:
    return upright_box("door_frame", side.rectangle(low, high, near, far), z0, z1, 0.002)


def _panel(width: float, height: float) -> tuple[Part, ...]:
    """A leaf in its own frame: hinge at the origin, x along it, 1 cm above the floor; raised fields and handles."""
    parts = [box("door", (0, -_LEAF / 2, 0.01), (width, _LEAF / 2, height - 0.005))]
    for face in (-1, 1):
        near, far = sorted((face * _LEAF / 2, face * (_LEAF / 2 + 0.008)))
        for z0, z1 in ((0.22, 0.88), (1.08, height - 0.2)):
            parts.append(box("door", (0.13, near, z0), (width - 0.13, far, z1), 0.006))
        near, far = sorted((face * _LEAF / 2, face * (_LEAF / 2 + 0.05)))
        parts.append(box("metal", (width - 0.075, near, 0.99), (width - 0.055, far, 1.01)))
        near, far = sorted((face * (_LEAF / 2 + 0.038), face * (_LEAF / 2 + 0.055)))
        parts.append(box("metal", (width - 0.18, near, 0.988), (width - 0.05, far, 1.012)))
    return tuple(parts)


def _open_leaf(plan: Plan, opening: Opening, index: int, generator: np.random.Generator) -> Leaf | None:
    """Hinged at the jamb nearer to the room's corner: square to the wall there, else folded back onto the wall.

    None where neither leaves room.
    """
    room = plan.rooms[index]
    side = _room_side(plan, opening, index)
    at_low = opening.low - side.low < side.high - opening.high
    width = opening.high - opening.low - 2 * FRAME
    hinge = opening.low + FRAME if at_low else opening.high - FRAME
    spare = opening.low - side.low if at_low else side.high - opening.high
    back = -1 if at_low else 1
    if spare < 0.45:
        angle, reach = float(generator.uniform(1.5, 1.62)), HALF_WALL + width + 0.05
        ends = sorted((hinge - back * 0.10, hinge + back * 0.10))
    elif spare > width + 0.25:
        angle, reach = 3.05, HALF_WALL + 0.2
        ends = sorted((hinge, hinge + back * (width + 0.03)))
    else:
        return None
    footprint = side.rectangle(ends[0], ends[1], HALF_WALL, reach)
    floor_z = plan.floor_z(room.storey)
    turn = angle if at_low else np.pi - angle
    parts = _hung(_panel(width, opening.head - FRAME), side, hinge, HALF_WALL + 0.03, floor_z, turn)
    return Leaf(Element("door", "door", index, parts), footprint)


def _hung(panel: tuple[Part, ...], side: Side, along: float, inner: float, z: float, turn: float) -> tuple[Part, ...]:
    """A leaf turned by `turn` from the side's low-to-high direction towards the room."""
    x, y = side.point(along, inner)
    swings_left = (side.axis == 0) == (side.inward == 1)
    start = 0.0 if side.axis == 0 else np.pi / 2
    yaw = start + (turn if swings_left else -turn)
    return tuple(moved(part, x, y, z, yaw) for part in panel)


def _window(plan: Plan, opening: Opening) -> Element:
    room = plan.rooms[opening.rooms[0]]
    floor_z = plan.floor_z(room.storey)
    side = _room_side(plan, opening, opening.rooms[0])
    z0, z1 = floor_z + opening.sill, floor_z + opening.head
    near, far = -0.11, -0.05
    panes = max(1, round((opening.high - opening.low) / 0.8))
    width = (opening.high - opening.low - FRAME) / panes
    parts = []
    for i in range(panes + 1):
        at = opening.low + i * width
        parts.append(_bar(side, at, at + FRAME, near, far, z0, z1))
    for i in range(panes):
        low, high = opening.low + i * width + FRAME, opening.low + (i + 1) * width
        parts.append(_bar(side, low, high, near, far, z0, z0 + FRAME))
        parts.append(_bar(side, low, high, near, far, z1 - FRAME, z1))
        parts.append(_pane(side, low, high, (near + far) / 2, z0 + FRAME, z1 - FRAME))
    parts.append(_bar(side, opening.low, opening.high, far, HALF_WALL, z0, z0 + 0.025))
    parts.append(_bar(side, opening.low - 0.05, opening.high + 0.05, HALF_WALL, HALF_WALL + 0.04, z0, z0 + 0.025))
    return Element("window", "window", opening.rooms[0], tuple(parts))


def _pane(side: Side, low: float, high: float, inner: float, z0: float, z1: float) -> Part:
    """Glass without thickness that faces the room: light passes one surface, and no inner reflection darkens it."""
    corners = [(*side.point(along, inner), z) for along, z in ((low, z0), (high, z0), (high, z1), (low, z1))]
    turns = [(0, 1, 2), (0, 2, 3)] if side.rightward < 0 else [(0, 2, 1), (0, 3, 2)]
    triangles = np.array(turns, dtype=np.int32)
    return Part(np.array(corners, dtype=np.float32), triangles, np.zeros((2, 3, 2), dtype=np.float32), "glass")


def _bar(side: Side, low: float, high: float, near: float, far: float, z0: float, z1: float) -> Part:
    return upright_box("window_frame", side.rectangle(low, high, near, far), z0, z1, 0.003)


def _room_side(plan: Plan, opening: Opening, index: int) -> Side:
    """The side of room `index` in which the opening is."""
    return next(
        side for side in sides(plan.rooms[index].cell) if side.axis == opening.axis and abs(side.at - opening.at) < 1e-6
    )
