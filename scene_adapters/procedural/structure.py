"""The shell of a home: floors, ceilings, walls with skirting, and ceiling beams.

Every room has its own half of each wall, from its surface to the wall's centre line, so that it can look
different from its neighbour; an outer wall is thicker by `OUTER`. Floors and ceilings reach to the centre lines
and so meet in the middle of doorways and inside walls.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from scene_adapters.procedural.elements import Element, upright_box
from scene_adapters.procedural.openings import CASING, Opening, OpeningKind, outer_sides
from scene_adapters.procedural.plan import HALF_WALL, SLAB, Plan, PlanRoom
from scene_adapters.procedural.rectangles import Rectangle, Side, sides
from scene_adapters.procedural.shapes import Part

OUTER = 0.18  # of an outer wall beyond the room's cell, metres
_SKIRTING = (0.012, 0.08)  # thickness and height, metres
_LOOKS_LIKE = {"stairwell": "corridor", "gym": "study", "laundry": "bathroom", "playroom": "bedroom"}


def finish_of(surface: str, room: PlanRoom) -> str:
    """Palette key of a room's "wall" or "floor"."""
    return f"{surface}.{_LOOKS_LIKE.get(room.kind, room.kind)}"


def build_shell(plan: Plan, openings: tuple[Opening, ...], generator: np.random.Generator) -> Iterator[Element]:
    """All floors, ceilings and walls of a plan, and in some living rooms beams."""
    for index, room in enumerate(plan.rooms):
        floor_z = plan.floor_z(room.storey)
        ceiling_z = floor_z + plan.ceiling_height
        if room.kind != "stairwell" or room.storey == 0:
            floor = upright_box(finish_of("floor", room), room.cell, floor_z - SLAB / 2, floor_z)
            yield Element("floor", "floor", index, (floor,))
        if room.kind != "stairwell" or room.storey == plan.storeys - 1:
            ceiling = upright_box("ceiling", room.cell, ceiling_z, ceiling_z + SLAB / 2)
            yield Element("ceiling", "ceiling", index, (ceiling,))
        for side in sides(room.cell):
            parts = tuple(_wall(plan, index, side, openings))
            if parts:
                yield Element("wall", "wall", index, parts)
        if room.kind == "living" and plan.ceiling_height > 2.6 and generator.random() < 0.35:
            yield from _beams(index, room, ceiling_z)


def _wall(plan: Plan, index: int, side: Side, openings: tuple[Opening, ...]) -> Iterator[Part]:
    """One side of a room, in pieces between its openings and where its outside changes."""
    room = plan.rooms[index]
    floor_z = plan.floor_z(room.storey)
    # A wall ends inside the floor above it, which runs on through the doors there; around the stairs is no floor.
    top = floor_z + plan.storey_height - (0.0 if room.kind == "stairwell" else SLAB / 2)
    holes = [
        opening
        for opening in openings
        if index in opening.rooms and opening.axis == side.axis and abs(opening.at - side.at) < 1e-6
    ]
    outside = [part for part in outer_sides(plan, index) if part.axis == side.axis and part.at == side.at]
    inset = 0.0 if side.axis == 0 else HALF_WALL
    ends = {side.low + inset, side.high - inset}
    breaks = {end for hole in holes for end in (hole.low, hole.high)} | {
        end for part in outside for end in (part.low, part.high)
    }
    ends |= {end for end in breaks if min(ends) < end < max(ends)}
    for low, high in pairwise(sorted(ends)):
        middle = (low + high) / 2
        outer = -OUTER if any(part.low < middle < part.high for part in outside) else 0.0
        footprint = side.rectangle(low, high, outer, HALF_WALL)
        hole = next((hole for hole in holes if hole.low < middle < hole.high), None)
        sill, head = (top - floor_z, top - floor_z) if hole is None else (hole.sill, hole.head)
        if hole is not None and hole.kind == OpeningKind.OPEN:
            head += 0.01  # into the ceiling, which runs through
        if sill > 0:
            yield upright_box(finish_of("wall", room), footprint, floor_z, floor_z + sill)
        if floor_z + head < top:
            yield upright_box(finish_of("wall", room), footprint, floor_z + head, top)
        if sill > 2 * _SKIRTING[1] and room.kind != "stairwell":
            yield from _skirting(side, low, high, holes, floor_z)


def _skirting(side: Side, low: float, high: float, holes: list[Opening], floor_z: float) -> Iterator[Part]:
    """Along the foot of a wall, up to a door's casing and into the room's corners without overlap."""
    thickness, height = _SKIRTING
    corner = HALF_WALL + (thickness if side.axis == 1 else 0.0)
    low, high = max(low, side.low + corner), min(high, side.high - corner)
    cased = [hole for hole in holes if hole.kind in (OpeningKind.DOOR, OpeningKind.ENTRANCE)]
    low += CASING * any(hole.high == low for hole in cased)
    high -= CASING * any(hole.low == high for hole in cased)
    if high - low > 0.02:
        footprint = side.rectangle(low, high, HALF_WALL, HALF_WALL + thickness)
        yield upright_box("skirting", footprint, floor_z, floor_z + height)


def _beams(index: int, room: PlanRoom, ceiling_z: float) -> Iterator[Element]:
    """Across the shorter way, about 1.3 m apart."""
    inside = room.inside
    along_x = inside.width > inside.depth
    length = inside.width if along_x else inside.depth
    count = max(2, round(length / 1.3))
    for i in range(count):
        at = (i + 0.5) * length / count
        if along_x:
            footprint = Rectangle(inside.x0 + at - 0.07, inside.y0, inside.x0 + at + 0.07, inside.y1)
        else:
            footprint = Rectangle(inside.x0, inside.y0 + at - 0.07, inside.x1, inside.y0 + at + 0.07)
        yield Element("ceiling beam", "beam", index, (upright_box("wood", footprint, ceiling_z - 0.16, ceiling_z),))
