"""Doors, archways and windows: where rooms open to each other and to the outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from scene_adapters.procedural.plan import HALF_WALL, Plan, PlanRoom
from scene_adapters.procedural.rectangles import Rectangle, Side, sides

FRAME = 0.04  # thickness of the frame of a door or window, metres
CASING = 0.07  # width of the boards around a door, metres
_CORNER = 0.14  # least distance from an opening to a room's corner, metres
_DAY = ("living", "dining", "kitchen")


class OpeningKind(StrEnum):
    """DOOR: framed, passable. ENTRANCE: the closed front door. ARCH: without a leaf. OPEN: no wall at all."""

    DOOR = "door"
    ENTRANCE = "entrance"
    ARCH = "arch"
    OPEN = "open"
    WINDOW = "window"


@dataclass(frozen=True)
class Opening:
    """A hole in a wall.

    rooms : indices of the plan's rooms it joins; the second is None for the outside
    axis, at : as of `Side`; low, high : its ends along the wall; sill, head : above the storey's floor; metres
    """

    kind: OpeningKind
    rooms: tuple[int, int | None]
    axis: int
    at: float
    low: float
    high: float
    sill: float
    head: float

    @property
    def passable(self) -> bool:
        """Whether one walks through it."""
        return self.kind in (OpeningKind.DOOR, OpeningKind.ARCH, OpeningKind.OPEN)

    def zone(self, reach: float, margin: float = 0.0) -> Rectangle:
        """The floor within `reach` metres of it, on both sides, wider than it by `margin` at either end."""
        line = Side(self.axis, self.at, self.low, self.high, 1)
        return line.rectangle(self.low - margin, self.high + margin, -reach, reach)


def draw_openings(plan: Plan, generator: np.random.Generator) -> tuple[Opening, ...]:
    """All openings of a plan. Every room of a storey can be reached from every other."""
    inner = [opening for shared in _shared(plan) if (opening := _between(plan, *shared, generator)) is not None]
    outer = [(index, side) for index in range(len(plan.rooms)) for side in outer_sides(plan, index)]
    entrance = _entrance(plan, outer, generator)
    windows = [
        window
        for index, side in outer
        for window in _windows(plan, index, side, generator)
        if not _near(window, entrance)
    ]
    return (*inner, entrance, *windows)


def _shared(plan: Plan) -> Iterator[tuple[int, int, Side]]:
    """Pairs of rooms with the part of a side that they share, as a side of the first."""
    for (i, a), (j, b) in combinations(enumerate(plan.rooms), 2):
        if a.storey != b.storey:
            continue
        for side in sides(a.cell):
            overlap = _overlap(side, b.cell)
            if overlap is not None and overlap.high - overlap.low > 2 * _CORNER:
                yield i, j, overlap


def _overlap(side: Side, cell: Rectangle) -> Side | None:
    """The part of `side` along which `cell` lies on its other side."""
    for other in sides(cell):
        if other.axis == side.axis and other.inward == -side.inward and abs(other.at - side.at) < 1e-6:
            low, high = max(side.low, other.low), min(side.high, other.high)
            return Side(side.axis, side.at, low, high, side.inward) if low < high else None
    return None


def outer_sides(plan: Plan, index: int) -> list[Side]:
    """The parts of a room's sides with no room behind them."""
    room = plan.rooms[index]
    parts = []
    for side in sides(room.cell):
        inner = [_overlap(side, other.cell) for other in plan.rooms if other.storey == room.storey]
        low = side.low
        for part in sorted((part for part in inner if part is not None), key=lambda part: part.low):
            if part.low > low:
                parts.append(Side(side.axis, side.at, low, part.low, side.inward))
            low = max(low, part.high)
        if side.high > low:
            parts.append(Side(side.axis, side.at, low, side.high, side.inward))
    return parts


def _between(plan: Plan, i: int, j: int, side: Side, generator: np.random.Generator) -> Opening | None:
    kinds = {plan.rooms[i].kind, plan.rooms[j].kind}
    length = side.high - side.low
    if kinds == {"corridor", "stairwell"}:
        low, high = side.low + HALF_WALL, side.high - HALF_WALL
        return Opening(OpeningKind.OPEN, (i, j), side.axis, side.at, low, high, 0.0, plan.ceiling_height)
    if "stairwell" in kinds:
        return None
    if kinds <= set(_DAY) and length > 1.6:
        width = min(float(generator.uniform(1.2, 2.6)), length - 2 * _CORNER - 0.2)
        return _placed(OpeningKind.ARCH, (i, j), side, width, _head(plan), generator)
    if "corridor" not in kinds or length < 1.15:
        return None
    width = min(float(generator.uniform(0.82, 1.0)) + 2 * FRAME, length - 2 * _CORNER)
    if kinds & {"living", "dining"} and generator.random() < 0.5:
        width = min(float(generator.uniform(1.1, 1.6)), length - 2 * _CORNER)
        return _placed(OpeningKind.ARCH, (i, j), side, width, _head(plan), generator)
    return _placed(OpeningKind.DOOR, (i, j), side, width, 2.04 + FRAME, generator)


def _head(plan: Plan) -> float:
    return round(min(2.35, plan.ceiling_height - 0.2), 3)


def _placed(
    kind: OpeningKind,
    rooms: tuple[int, int | None],
    side: Side,
    width: float,
    head: float,
    generator: np.random.Generator,
    sill: float = 0.0,
) -> Opening:
    """At a drawn place along the side; a door stands near one end of it more often than not."""
    slack = side.high - side.low - width - 2 * _CORNER
    shift = float(generator.uniform(0, min(slack, 0.25)))
    if kind == OpeningKind.ARCH or generator.random() < 0.25:
        shift = slack * float(generator.uniform(0.3, 0.7))
    elif generator.random() < 0.5:
        shift = slack - shift
    low = round(side.low + _CORNER + shift, 3)
    return Opening(kind, rooms, side.axis, side.at, low, round(low + width, 3), sill, head)


def _entrance(plan: Plan, outer: list[tuple[int, Side]], generator: np.random.Generator) -> Opening:
    """The front door: in a corridor's end where it has one, else in a room by day."""

    def rank(choice: tuple[int, Side]) -> tuple[bool, bool, float]:
        room: PlanRoom = plan.rooms[choice[0]]
        length = choice[1].high - choice[1].low
        return room.storey == 0 and length > 1.32, room.kind == "corridor", length * (room.kind in (*_DAY, "corridor"))

    index, side = max(outer, key=rank)
    return _placed(OpeningKind.ENTRANCE, (index, None), side, 0.95 + 2 * FRAME, 2.04 + FRAME, generator)


def _windows(plan: Plan, index: int, side: Side, generator: np.random.Generator) -> list[Opening]:
    """One window in a short outer wall, more in a long one, evenly spaced; at times none."""
    room = plan.rooms[index]
    length = side.high - side.low
    if length < 1.3 or (room.kind == "stairwell" and room.storey == 0) or generator.random() < 0.12:
        return []
    count = 1 if room.kind == "bathroom" else max(1, int(length / 3.4))
    sill, head = 0.9, min(2.2, plan.ceiling_height - 0.25)
    width = min(float(generator.uniform(1.1, 1.9)), length / count - 0.7)
    if room.kind == "bathroom":
        sill, width = 1.35, min(width, 0.8)
    elif room.kind == "kitchen":
        sill = 1.1
    elif room.kind == "living" and generator.random() < 0.5:
        sill, width = 0.25, min(width * 1.25, length / count - 0.7)
    elif room.kind == "corridor":
        width = min(width, 1.0)
    if width < 0.45:
        return []
    pitch = length / count
    return [
        Opening(OpeningKind.WINDOW, (index, None), side.axis, side.at, round(low, 3), round(low + width, 3), sill, head)
        for low in (side.low + (i + 0.5) * pitch - width / 2 for i in range(count))
    ]


def _near(window: Opening, entrance: Opening) -> bool:
    same_wall = window.rooms == entrance.rooms and window.axis == entrance.axis and window.at == entrance.at
    return same_wall and window.low < entrance.high + 0.3 and entrance.low < window.high + 0.3
