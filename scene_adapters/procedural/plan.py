"""Floor plans: which rooms a home has and where they lie.

Rooms are rectangles that meet along the centre lines of walls. Every storey has a corridor with a strip of rooms
on either side; in some homes living room, kitchen and dining room stand across the end of the corridor instead.
A home with two storeys has its stairs at the same end of the same strip on both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np

from scene_adapters.procedural.rectangles import Rectangle
from schemas.arrays import Float64

HALF_WALL = 0.06  # from a wall's centre line to its surface, metres
SLAB = 0.30  # from a ceiling to the floor above, metres

LABELS = {
    "living": "living room",
    "kitchen": "kitchen",
    "dining": "dining room",
    "bedroom": "bedroom",
    "bathroom": "bathroom",
    "study": "study",
    "corridor": "hallway",
    "stairwell": "stairs",
    "gym": "gym",
    "laundry": "laundry room",
    "playroom": "playroom",
}
_AREA = {
    "living": (18.0, 28.0),
    "kitchen": (9.0, 13.0),
    "dining": (10.0, 15.0),
    "bedroom": (10.5, 16.0),
    "bathroom": (5.0, 7.5),
    "study": (8.0, 12.0),
    "gym": (11.0, 15.0),
    "laundry": (5.0, 7.0),
    "playroom": (10.0, 14.0),
}
_LEAST_WIDTH = {
    "living": 3.6,
    "kitchen": 2.7,
    "dining": 2.9,
    "bedroom": 2.9,
    "bathroom": 2.0,
    "study": 2.5,
    "gym": 2.8,
    "laundry": 2.0,
    "playroom": 2.8,
    "stairwell": 2.3,
}
_DAY = ("living", "dining", "kitchen")
_LEAST_LARGE_AREA = 305.0


@dataclass(frozen=True)
class PlanRoom:
    """A room: `cell` reaches to the centre lines of its walls, `inside` to their surfaces."""

    kind: str
    storey: int
    cell: Rectangle

    @property
    def inside(self) -> Rectangle:
        """The floor between the wall surfaces."""
        return self.cell.grown(-HALF_WALL)


@dataclass(frozen=True)
class Plan:
    """The rooms of a home, the lower storey's first, and its heights in metres."""

    kind: str
    rooms: tuple[PlanRoom, ...]
    ceiling_height: float

    @property
    def storeys(self) -> int:
        """How many levels there are."""
        return 1 + max(room.storey for room in self.rooms)

    @property
    def storey_height(self) -> float:
        """From a floor to the floor above, metres."""
        return self.ceiling_height + SLAB

    @property
    def area(self) -> float:
        """Floor of all rooms between the wall surfaces, m²; the hole above the stairs does not count."""
        return sum(room.inside.area for room in self.rooms if room.storey == 0 or room.kind != "stairwell")

    def floor_z(self, storey: int) -> float:
        """Height of a storey's floor, metres."""
        return storey * self.storey_height


def draw_plan(kind: str, generator: np.random.Generator) -> Plan:
    """A plan of one kind: "flat", "small", "cluttered", "large" or "two_storey"."""
    rooms = _two_storeys(generator) if kind == "two_storey" else _one_storey(kind, generator)
    plan = Plan(kind, _turned(rooms, generator), round(float(generator.uniform(2.4, 3.0)), 2))
    if kind == "large" and plan.area < _LEAST_LARGE_AREA:
        factor = 1.005 * math.sqrt(_LEAST_LARGE_AREA / plan.area)
        plan = replace(plan, rooms=tuple(replace(room, cell=_scaled(room.cell, factor)) for room in plan.rooms))
    return plan


def _one_storey(kind: str, generator: np.random.Generator) -> list[PlanRoom]:
    day, rest = _program(kind, generator)
    growth = float(generator.uniform(1.35, 1.5)) if kind == "large" else 1.0
    corridor = float(generator.uniform(1.3, 1.7)) * growth
    depths = generator.uniform(3.3, 4.4, 2) * growth
    areas = {name: (low * growth**2, high * growth**2) for name, (low, high) in _AREA.items()}
    if generator.random() < 0.5:
        return _spine([day, *([name] for name in rest)], depths, corridor, areas, 0, generator)
    return _column(day, rest, depths, corridor, areas, generator)


def _program(kind: str, generator: np.random.Generator) -> tuple[list[str], list[str]]:
    """The rooms by day, in the order in which they adjoin, and all others."""
    day = ["living", "kitchen"]
    if kind == "small":
        return day, ["bedroom", "bathroom", *(["study"] if generator.random() < 0.3 else [])]
    extra = [str(name) for name in generator.permutation(["study", "gym", "laundry", "playroom", "bedroom"])]
    if kind == "large":
        return list(_DAY), ["bedroom"] * 3 + ["bathroom"] * 2 + extra[: int(generator.integers(2, 4))]
    if generator.random() < 0.6:
        day = list(_DAY)
    rest = ["bedroom", "bathroom", *extra[: int(generator.integers(1, 4))]]
    return day, rest


def _spine(
    blocks: list[list[str]],
    depths: Float64,
    corridor: float,
    areas: dict[str, tuple[float, float]],
    storey: int,
    generator: np.random.Generator,
) -> list[PlanRoom]:
    """A corridor along x with a strip of rooms on either side; a block of rooms stays together."""
    front, back = _balanced(blocks, areas, generator)
    front_widths, back_widths = (
        _widths(strip, depth, areas, generator) for strip, depth in zip((front, back), depths, strict=True)
    )
    length = max(sum(front_widths), sum(back_widths))
    front_widths, back_widths = _stretched(front_widths, length), _stretched(back_widths, length)
    low, high = float(depths[0]), float(depths[0]) + corridor
    return [
        PlanRoom("corridor", storey, Rectangle(0.0, low, length, high)),
        *_strip(front, front_widths, 0.0, 0.0, low, storey),
        *_strip(back, back_widths, 0.0, high, high + float(depths[1]), storey),
    ]


def _column(
    day: list[str],
    rest: list[str],
    depths: Float64,
    corridor: float,
    areas: dict[str, tuple[float, float]],
    generator: np.random.Generator,
) -> list[PlanRoom]:
    """The rooms by day stacked along y at x < 0, the others along a corridor that leads away from them."""
    night = _spine([[name] for name in rest], depths, corridor, areas, 0, generator)
    total = float(depths.sum()) + corridor
    drawn = [float(generator.uniform(*areas[name])) for name in day]
    width = max(sum(drawn) / total, 3.6)
    extents = _stretched([max(area / width, _LEAST_WIDTH[name]) for name, area in zip(day, drawn, strict=True)], total)
    edges = _clear_of(np.cumsum(extents)[:-1].tolist(), night[0].cell)
    rooms = [
        PlanRoom(name, 0, Rectangle(-width, low, 0.0, high))
        for name, (low, high) in zip(day, pairwise([0.0, *edges, total]), strict=True)
    ]
    return [night[0], *rooms, *night[1:]]


def _clear_of(edges: list[float], corridor: Rectangle) -> list[float]:
    """The walls between the rooms by day, moved off the corridor's end so that it leads into one room."""
    low, high = corridor.y0 - 0.1, corridor.y1 + 0.1
    if len(edges) == 2:
        return [min(edges[0], low), max(edges[1], high)]
    (edge,) = edges
    if low < edge < high:
        edge = low if edge - low < high - edge else high
    return [edge]


def _two_storeys(generator: np.random.Generator) -> list[PlanRoom]:
    """Two corridors above each other, the stairs at the high end of both back strips."""
    corridor = float(generator.uniform(1.4, 1.8))
    depth, back_depth = float(generator.uniform(3.6, 4.6)), float(generator.uniform(3.9, 4.5))
    stairs = float(generator.uniform(2.3, 2.6))
    fronts = ["living", "dining"], ["bedroom", "bathroom", "bedroom"]
    backs = (
        ["kitchen", str(generator.choice(["study", "gym", "laundry"])), "bathroom"],
        ["bedroom", str(generator.choice(["study", "playroom", "bathroom"]))],
    )
    front_widths = [_widths(names, depth, _AREA, generator) for names in fronts]
    back_widths = [_widths(names, back_depth, _AREA, generator) for names in backs]
    length = max(*(sum(widths) for widths in front_widths), *(sum(widths) + stairs for widths in back_widths))
    high = depth + corridor
    rooms: list[PlanRoom] = []
    for storey in range(2):
        front = _stretched(front_widths[storey], length)
        back = [*_stretched(back_widths[storey], length - stairs), stairs]
        rooms += [
            PlanRoom("corridor", storey, Rectangle(0.0, depth, length, high)),
            *_strip(fronts[storey], front, 0.0, 0.0, depth, storey),
            *_strip([*backs[storey], "stairwell"], back, 0.0, high, high + back_depth, storey),
        ]
    return rooms


def _balanced(
    blocks: list[list[str]], areas: dict[str, tuple[float, float]], generator: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Share the blocks between two strips of about equal area, each in drawn order."""
    sizes = [sum(sum(areas[name]) / 2 for name in block) for block in blocks]
    choices = [
        chosen for count in range(1, len(blocks)) for chosen in combinations(range(len(blocks)), count) if 0 in chosen
    ]
    best = min(choices, key=lambda chosen: abs(2 * sum(sizes[i] for i in chosen) - sum(sizes)))
    strips: tuple[list[str], list[str]] = ([], [])
    for i in generator.permutation(len(blocks)):
        strips[0 if i in best else 1].extend(blocks[i])
    return strips


def _widths(
    names: list[str], depth: float, areas: dict[str, tuple[float, float]], generator: np.random.Generator
) -> list[float]:
    return [max(float(generator.uniform(*areas[name])) / depth, _LEAST_WIDTH[name]) for name in names]


def _stretched(widths: list[float], length: float) -> list[float]:
    """`widths` scaled to fill `length`."""
    factor = length / sum(widths)
    return [width * factor for width in widths]


def _strip(names: list[str], widths: list[float], x: float, y0: float, y1: float, storey: int) -> list[PlanRoom]:
    edges = [x, *(x + np.cumsum(widths)).tolist()]
    return [
        PlanRoom(name, storey, Rectangle(low, y0, high, y1))
        for name, (low, high) in zip(names, pairwise(edges), strict=True)
    ]


def _turned(rooms: list[PlanRoom], generator: np.random.Generator) -> tuple[PlanRoom, ...]:
    """The same plan mirrored, turned by a quarter, both or neither, and rounded to millimetres."""
    mirror_x, mirror_y, quarter = (bool(flip) for flip in generator.integers(0, 2, 3))

    def turn(cell: Rectangle) -> Rectangle:
        x0, x1 = (-cell.x1, -cell.x0) if mirror_x else (cell.x0, cell.x1)
        y0, y1 = (-cell.y1, -cell.y0) if mirror_y else (cell.y0, cell.y1)
        corners = (y0, x0, y1, x1) if quarter else (x0, y0, x1, y1)
        return Rectangle(*(round(float(value), 3) for value in corners))

    return tuple(replace(room, cell=turn(room.cell)) for room in rooms)


def _scaled(cell: Rectangle, factor: float) -> Rectangle:
    return Rectangle(*(round(value * factor, 3) for value in (cell.x0, cell.y0, cell.x1, cell.y1)))
