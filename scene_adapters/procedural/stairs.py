"""Stairs from storey to storey: two flights side by side with a landing at the far wall, and railings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scene_adapters.procedural.elements import Element, upright_box
from scene_adapters.procedural.openings import Opening, OpeningKind
from scene_adapters.procedural.plan import HALF_WALL, Plan
from scene_adapters.procedural.rectangles import Side, sides
from scene_adapters.procedural.shapes import Part, Vec3, cylinder, tube

_RISER = 0.175  # aimed at, metres
_LANDING = 1.0  # least depth, metres
_GAP = 0.08  # between the flights, metres
_RAIL = 0.92  # height of a handrail above a nosing or floor, metres


def build_stairs(plan: Plan, openings: tuple[Opening, ...]) -> Iterator[Element]:
    """The stairs that lead up from each storey but the last, and the railing that guards the hole above."""
    for opening in openings:
        first = plan.rooms[opening.rooms[0]]
        if opening.kind != OpeningKind.OPEN or first.storey == plan.storeys - 1:
            continue
        index = next(i for i in opening.rooms if i is not None and plan.rooms[i].kind == "stairwell")
        above = next(
            i for i, room in enumerate(plan.rooms) if room.kind == "stairwell" and room.storey == first.storey + 1
        )
        yield from _stairs(plan, index, above, opening)


def _stairs(plan: Plan, index: int, above: int, opening: Opening) -> Iterator[Element]:
    cell = plan.rooms[index].cell
    side = next(side for side in sides(cell) if side.axis == opening.axis and abs(side.at - opening.at) < 1e-6)
    floor_z, rise = plan.floor_z(plan.rooms[index].storey), plan.storey_height
    deep = (cell.depth if side.axis == 0 else cell.width) - HALF_WALL
    steps = round(rise / 2 / _RISER)
    going = min(0.30, (deep - HALF_WALL - _LANDING) / (steps - 1))
    riser = rise / (2 * steps)
    low, high = side.low + HALF_WALL, side.high - HALF_WALL
    middle = (low + high) / 2
    turn = HALF_WALL + (steps - 1) * going
    parts: list[Part] = []
    for i in range(steps - 1):
        near, far = HALF_WALL + i * going, HALF_WALL + (i + 1) * going
        up, down = floor_z + (i + 1) * riser, floor_z + rise - (i + 1) * riser
        parts.append(upright_box("stair", side.rectangle(low, middle - _GAP / 2, near, far), floor_z, up, 0.004))
        parts.append(upright_box("stair", side.rectangle(middle + _GAP / 2, high, near, far), floor_z, down, 0.004))
    parts.append(upright_box("stair", side.rectangle(low, high, turn, deep), floor_z, floor_z + rise / 2, 0.004))
    yield Element("stairs", "stairs", index, tuple(parts))
    top, landing = floor_z + rise, floor_z + rise / 2
    yield Element("stair railing", "railing", index, _railing(side, middle, HALF_WALL, top, middle, turn, landing))
    guard = _railing(side, low + 0.02, HALF_WALL / 2, top, middle, HALF_WALL / 2, top)
    yield Element("railing", "railing", above, guard)


def _railing(
    side: Side, along0: float, inner0: float, z0: float, along1: float, inner1: float, z1: float
) -> tuple[Part, ...]:
    """Posts, balusters about 14 cm apart and a handrail over a straight line from one foot to the other."""
    first, last = (*side.point(along0, inner0), z0), (*side.point(along1, inner1), z1)
    start, end = np.array(first, float), np.array(last, float)
    count = max(2, round(float(np.hypot(*(end - start)[:2])) / 0.14))
    parts = [tube("wood.second", [_above(start, _RAIL), _above(end, _RAIL)], 0.024)]
    for i in range(count + 1):
        foot = start + (end - start) * i / count
        radius = 0.03 if i in (0, count) else 0.011
        parts.append(cylinder("iron", _above(foot, -0.02), _above(foot, _RAIL - 0.01), radius, segments=8))
    return tuple(parts)


def _above(point: np.ndarray[tuple[int], np.dtype[np.float64]], height: float) -> Vec3:
    return float(point[0]), float(point[1]), float(point[2]) + height
