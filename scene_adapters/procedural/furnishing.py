"""Furniture for a whole home: each room by its own rules, then what every room gets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from scene_adapters.procedural.arrangement import Arrangement
from scene_adapters.procedural.elements import Element
from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.fittings import Leaf
from scene_adapters.procedural.openings import CASING, Opening, OpeningKind
from scene_adapters.procedural.placement import Block, Placed, Window
from scene_adapters.procedural.plan import Plan
from scene_adapters.procedural.rectangles import Rectangle, sides
from scene_adapters.procedural.rules_by_day import furnish_dining, furnish_kitchen, furnish_living
from scene_adapters.procedural.rules_by_night import (
    furnish_bathroom,
    furnish_bedroom,
    furnish_corridor,
    furnish_gym,
    furnish_laundry,
    furnish_playroom,
    furnish_study,
)
from scene_adapters.procedural.shapes import Lamp, moved

DOOR_REACH = 0.9  # floor kept free on either side of a door, from the middle of the wall, metres
ARCH_REACH = 0.55  # the same for an archway, which has no leaf
_RULES: Mapping[str, Callable[[Arrangement], None]] = MappingProxyType(
    {
        "living": furnish_living,
        "dining": furnish_dining,
        "kitchen": furnish_kitchen,
        "bedroom": furnish_bedroom,
        "bathroom": furnish_bathroom,
        "study": furnish_study,
        "gym": furnish_gym,
        "laundry": furnish_laundry,
        "playroom": furnish_playroom,
        "corridor": furnish_corridor,
    }
)
_CLUTTER = ("box", "box", "toys", "toys", "books", "basket", "laundry_basket", "cushion", "stool", "plant")


@dataclass(frozen=True)
class Furnished:
    """A room's furniture: how it stands (for checks), what it is made of, and its lamps in the world frame."""

    placed: tuple[Placed, ...]
    elements: tuple[Element, ...]
    lamps: tuple[Lamp, ...]


def furnish(
    plan: Plan,
    openings: Sequence[Opening],
    leaves: Sequence[Leaf],
    beams: Sequence[Element],
    palette: Palette,
    generators: Callable[[int], np.random.Generator],
) -> Iterator[Furnished]:
    """The furniture of each room of a plan, in its order. generators : of each room's own random stream."""
    for index, plan_room in enumerate(plan.rooms):
        fixed = [Block(leaf.footprint, 0.0, 2.1) for leaf in leaves if leaf.element.room == index]
        fixed += [_block(beam, plan.floor_z(plan_room.storey)) for beam in beams if beam.room == index]
        room = Arrangement(
            plan_room.inside,
            plan.ceiling_height,
            list(_doors(plan, index, openings)),
            fixed,
            list(_windows(plan, index, openings)),
            palette,
            generators(index),
        )
        if plan_room.kind in _RULES:
            _arrange(room, plan_room.kind, plan.kind == "cluttered")
        elif plan_room.storey == plan.storeys - 1:
            _light(room)
        yield _furnished(room, index, plan.floor_z(plan_room.storey))


def _arrange(room: Arrangement, kind: str, cluttered: bool) -> None:
    _RULES[kind](room)
    _dress_windows(room, kind)
    _light(room)
    _decorate(room, kind)
    if cluttered:
        for _ in range(int(room.inside.area)):
            room.scattered(_CLUTTER[int(room.generator.integers(len(_CLUTTER)))])


def _dress_windows(room: Arrangement, kind: str) -> None:
    """Curtains or blinds, and a radiator under a window that leaves room for one."""
    blinds = kind in ("kitchen", "bathroom", "study", "laundry", "gym")
    bare = room.chance(0.2)
    for window in room.windows:
        if blinds and not bare:
            room.dressed(window, "blinds", window.high - window.low + 0.1, window.head - 0.45, window.head + 0.06)
        elif not bare:
            low = 0.03 if kind in ("living", "bedroom") else window.sill - 0.1
            room.dressed(
                window, "curtain", window.high - window.low + 0.5, low, min(window.head + 0.15, room.height - 0.05)
            )
        if window.sill > 0.8 and room.chance(0.7):
            piece = room.make("radiator")
            room.try_hung("radiator", piece, window.side, (window.low + window.high) / 2, 0.12)


def _light(room: Arrangement) -> None:
    """Lamps under the ceiling, about one each 12 m²."""
    columns = max(1, round(room.inside.width / 3.5))
    rows = max(1, round(room.inside.depth / 3.5))
    pendants = [placed for placed in room.placed if placed.kind == "pendant_lamp"]
    for i in range(columns):
        for j in range(rows):
            x = room.inside.x0 + (i + 0.5) * room.inside.width / columns
            y = room.inside.y0 + (j + 0.5) * room.inside.depth / rows
            if all(math.hypot(placed.x - x, placed.y - y) > 1.2 for placed in pendants):
                room.overhead("ceiling_lamp", x, y)


def _decorate(room: Arrangement, kind: str) -> None:
    if kind in ("bathroom", "laundry"):
        return
    for _ in range(1 + int(room.inside.area / 8)):
        room.hung("picture", float(room.generator.uniform(1.3, 1.5)))
    if room.chance(0.25):
        room.hung("clock", 1.8)


def _doors(plan: Plan, index: int, openings: Sequence[Opening]) -> Iterator[Rectangle]:
    """The floor before each door and its casing, within the room."""
    inside = plan.rooms[index].inside
    for opening in openings:
        if index in opening.rooms and opening.kind != OpeningKind.WINDOW:
            bare = opening.kind in (OpeningKind.ARCH, OpeningKind.OPEN)
            reach = ARCH_REACH if opening.kind == OpeningKind.ARCH else DOOR_REACH
            yield opening.zone(reach, 0.0 if bare else CASING).within(inside)


def _windows(plan: Plan, index: int, openings: Sequence[Opening]) -> Iterator[Window]:
    room = plan.rooms[index]
    for opening in openings:
        if opening.kind == OpeningKind.WINDOW and opening.rooms[0] == index:
            for cell_side, side in zip(sides(room.cell), sides(room.inside), strict=True):
                if cell_side.axis == opening.axis and abs(cell_side.at - opening.at) < 1e-6:
                    yield Window(side, opening.low, opening.high, opening.sill, opening.head)


def _block(element: Element, floor_z: float) -> Block:
    vertices = np.concatenate([part.vertices for part in element.parts])
    (x0, y0, z0), (x1, y1, z1) = vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist()
    return Block(Rectangle(x0, y0, x1, y1), z0 - floor_z, z1 - floor_z)


def _furnished(room: Arrangement, index: int, floor_z: float) -> Furnished:
    pieces = [moved(p.piece, p.x, p.y, p.z + floor_z, p.yaw) for p in room.placed]
    elements = tuple(Element(piece.label, piece.category, index, piece.parts) for piece in pieces)
    return Furnished(tuple(room.placed), elements, tuple(lamp for piece in pieces for lamp in piece.lamps))
