"""How living rooms, dining rooms and kitchens are furnished."""

from __future__ import annotations

import math

from scene_adapters.procedural.arrangement import Arrangement
from scene_adapters.procedural.placement import Placed
from scene_adapters.procedural.rectangles import Side

_COUNTER_FRONT = 0.8  # floor kept free before a run of kitchen units, metres
_UNITS = ("fridge", "kitchen_counter", "kitchen_sink", "dishwasher", "oven", "kitchen_counter")


def furnish_living(room: Arrangement) -> None:
    """A sofa opposite the television with a table between; armchairs, shelves, perhaps a fireplace or a piano."""
    if room.chance(0.3):
        fireplace = room.against_wall("fireplace", front=0.9, among=room.sides()[:2], middle=True)
        if fireplace is not None:
            room.on(fireplace, "vase")
            room.hung("mirror" if room.chance(0.5) else "picture", 1.45, above=fireplace)
    _seating(room)
    if room.chance(0.25) and room.inside.area > 20:
        piano = room.against_wall("piano", front=0.8)
        if piano is not None:
            room.before(piano, "stool", 0.15)
    for _ in range(1 + int(room.inside.area > 22) + int(room.inside.area > 40)):
        stocked(room, room.against_wall("bookshelf", front=0.6), ("books", "books", "books", "vase", "box", "plant"))
    if room.chance(0.6):
        sideboard = room.against_wall("sideboard", front=0.6)
        laid(room, sideboard, ("vase", "books", "table_lamp", "box"))
        if sideboard is not None:
            room.hung("picture" if room.chance(0.6) else "mirror", 1.3, above=sideboard)
    if room.inside.area > 22:
        _eating_place(room, 6)
    if room.inside.area > 45:
        _second_group(room)
        room.pillar("column")
    for _ in range(1 + int(room.chance(0.6)) + int(room.inside.area > 35)):
        room.in_corner("plant")
    room.in_corner("floor_lamp")
    if room.chance(0.4):
        room.against_wall("basket")


def _seating(room: Arrangement) -> None:
    stand = room.against_wall("tv_stand", front=0.4, among=room.sides()[:3], middle=True)
    sofa = None
    if stand is not None:
        room.on(stand, "tv", facing=True)
        deep = room.inside.depth if abs(math.sin(stand.yaw)) < 0.5 else room.inside.width
        for distance in (min(3.2, deep - 1.7), 2.4, 2.1, 1.8):
            sofa = sofa or room.before(stand, "sofa", distance)
    sofa = sofa or room.against_wall("sofa", front=0.9, middle=True)
    if sofa is None:
        return
    _around_sofa(room, sofa)


def _around_sofa(room: Arrangement, sofa: Placed) -> None:
    room.under(sofa, "rug", forward=sofa.piece.size[1] / 2 + 0.75)
    table = room.before(sofa, "coffee_table", 0.42, turn=0.0)
    laid(room, table, ("books", "bowl_with_fruit", "vase"))
    for hand in (-1, 1):
        if room.chance(0.6):
            right = hand * (sofa.piece.size[0] / 2 + 0.35)
            room.before(sofa, "armchair", 0.25, turn=hand * math.pi / 2, right=right)
        if room.chance(0.5):
            room.beside(sofa, "floor_lamp" if room.chance(0.5) else "plant", hand, 0.12)
    for _ in range(int(room.generator.integers(1, 4))):
        room.on(sofa, "cushion")


def _second_group(room: Arrangement) -> None:
    """In a large living room: an armchair apart to read in, by a plant and a lamp."""
    first = room.against_wall("armchair", front=0.5)
    if first is not None:
        room.beside(first, "plant", 1, 0.1)
        room.beside(first, "floor_lamp", -1, 0.1)


def furnish_dining(room: Arrangement) -> None:
    """A table with chairs all around under a lamp; a sideboard with things on it."""
    table = room.in_middle("dining_table", spread=0.3)
    if table is not None:
        room.under(table, "rug")
        room.overhead("pendant_lamp", table.x, table.y)
        if room.chance(0.2):
            room.before(table, "bench", 0.05, turn=math.pi)
        room.around(table, "dining_chair", int(room.generator.integers(4, 9)))
        laid(room, table, ("bowl_with_fruit", "vase", "bottle"))
    sideboard = room.against_wall("sideboard", front=0.5)
    laid(room, sideboard, ("vase", "table_lamp", "bottle", "bowl_with_fruit"))
    if sideboard is not None:
        room.hung("picture", 1.3, above=sideboard)
    if room.inside.area > 20:
        stocked(room, room.against_wall("bookshelf", front=0.5), ("books", "vase", "books"))
        room.in_corner("floor_lamp")
    room.in_corner("plant")


def furnish_kitchen(room: Arrangement) -> None:
    """Units along one wall or more, cabinets and a hood above; an island or a table where there is room."""
    missing = list(_UNITS)
    for wall in room.sides()[:3]:
        spare = ["kitchen_counter"] * (3 if missing or room.inside.area > 11 else 0)
        missing = _run_of_units(room, wall, [*missing, *spare])
    island = room.in_middle("kitchen_island") if room.inside.area > 15 else None
    if island is not None:
        room.around(island, "stool", 3)
        laid(room, island, ("bowl_with_fruit", "bottle"))
        room.overhead("pendant_lamp", island.x, island.y)
    else:
        _eating_place(room, 4)
    room.against_wall("trash_can")
    if room.chance(0.5):
        room.hung("clock", 1.9)


def _run_of_units(room: Arrangement, wall: Side, kinds: list[str]) -> list[str]:
    """One unit after another along a wall, as far as there is room; each with what belongs above and on it.

    Returns the kinds that are still missing, spare counters aside.
    """
    last: Placed | None = None
    hand = 1 if room.chance(0.5) else -1
    missing = []
    for kind in kinds:
        if last is None:
            placed = _first_unit(room, kind, wall, hand)
        else:
            placed = room.beside(last, kind, -hand * wall.rightward, 0.0, _COUNTER_FRONT)
        if placed is not None:
            last = placed
            _fit_out(room, placed, wall)
        elif kind in _UNITS:
            missing.append(kind)
    return missing


def _fit_out(room: Arrangement, unit: Placed, wall: Side) -> None:
    """What stands on a kitchen unit and hangs above it."""
    if unit.kind == "oven":
        room.on(unit, "pan")
        room.hung("range_hood", 1.55, above=unit, among=[wall])
    elif unit.kind in ("kitchen_counter", "dishwasher"):
        there = {placed.kind for placed in room.placed}
        laid(
            room, unit, tuple(kind for kind in ("kettle", "bowl_with_fruit", "bottle", "box") if kind not in there), 0.4
        )
        room.hung("wall_cabinet", 1.45, above=unit, among=[wall])


def _eating_place(room: Arrangement, most: int) -> None:
    table = room.in_middle("dining_table", spread=0.7)
    if table is not None:
        room.around(table, "dining_chair", most)
        laid(room, table, ("bowl_with_fruit", "vase"))


def _first_unit(room: Arrangement, kind: str, wall: Side, hand: int) -> Placed | None:
    """As near to one end of the wall as it fits."""
    piece = room.make(kind)
    reach = piece.size[0] / 2 + 0.02
    for step in range(max(0, int((wall.high - wall.low - 2 * reach) / 0.1))):
        along = wall.high - reach - 0.1 * step if hand > 0 else wall.low + reach + 0.1 * step
        placed = room.try_at_wall(kind, piece, wall, along, _COUNTER_FRONT)
        if placed is not None:
            return placed
    return None


def laid(room: Arrangement, anchor: Placed | None, kinds: tuple[str, ...], probability: float = 0.6) -> None:
    """Some of these things on a piece."""
    for kind in kinds:
        if anchor is not None and room.chance(probability):
            room.on(anchor, kind)


def stocked(room: Arrangement, shelf: Placed | None, kinds: tuple[str, ...]) -> None:
    """A shelf filled with things drawn from `kinds`, about two a board."""
    if shelf is None:
        return
    for _ in range(2 * len(shelf.piece.tops)):
        room.on(shelf, kinds[int(room.generator.integers(len(kinds)))])
