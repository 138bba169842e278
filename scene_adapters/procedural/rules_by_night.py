"""How bedrooms, bathrooms and the rooms for work, play and laundry are furnished."""

from __future__ import annotations

from scene_adapters.procedural.arrangement import Arrangement
from scene_adapters.procedural.placement import Placed
from scene_adapters.procedural.rules_by_day import laid, stocked


def furnish_bedroom(room: Arrangement) -> None:
    """A bed with its head to a wall, nightstands with lamps, a wardrobe, a chest of drawers, perhaps a desk."""
    kind = "bed_double" if room.inside.area > 9.5 else "bed_single"
    bed = room.against_wall(kind, front=0.5, among=room.sides()[:3], middle=kind == "bed_double")
    bed = bed or room.against_wall("bed_single")
    if bed is not None:
        room.under(bed, "rug", forward=0.5)
        for hand in (-1, 1):
            stand = room.beside(bed, "nightstand", hand, 0.06)
            if stand is not None:
                room.on(stand, "table_lamp" if room.chance(0.8) else "books")
        room.on(bed, "cushion")
        room.hung("picture", 1.35, above=bed)
        if room.inside.area > 16 and room.chance(0.5):
            room.before(bed, "bench", 0.08, turn=0.0)
    room.against_wall("wardrobe", front=0.65)
    chest = room.against_wall("chest_of_drawers", front=0.6)
    laid(room, chest, ("vase", "books", "box", "plant"), 0.45)
    if chest is not None:
        room.hung("mirror", 1.15, above=chest)
    if room.chance(0.45) and room.inside.area > 12:
        _desk(room, "dining_chair")
    if room.inside.area > 24:
        chair = room.against_wall("armchair", front=0.5)
        if chair is not None:
            room.beside(chair, "floor_lamp", 1, 0.1)
        stocked(room, room.against_wall("bookshelf", front=0.5), ("books", "books", "box"))
    for extra, probability in (("clothes_rack", 0.4), ("laundry_basket", 0.4), ("stool", 0.2), ("basket", 0.3)):
        if room.chance(probability):
            room.against_wall(extra)
    if room.chance(0.5):
        room.in_corner("plant")


def furnish_bathroom(room: Arrangement) -> None:
    """A bath or a shower, a toilet, a basin under a mirror, towels."""
    room.in_corner("bathtub" if room.inside.area > 5.0 and room.chance(0.65) else "shower")
    if room.inside.area > 10:
        room.in_corner("shower")
    room.against_wall("toilet", front=0.5)
    basin = room.against_wall("bathroom_sink", front=0.6)
    if basin is not None:
        room.hung("mirror", 1.15, above=basin)
        room.under(basin, "rug", forward=0.7)
        laid(room, basin, ("bottle",), 0.5)
    if room.chance(0.35) and room.inside.area > 5:
        room.against_wall("washing_machine", front=0.5)
    for extra, probability in (("laundry_basket", 0.6), ("trash_can", 0.6), ("stool", 0.2), ("plant", 0.3)):
        if room.chance(probability):
            room.against_wall(extra)
    for _ in range(2):
        room.hung("towel", 0.9)


def furnish_study(room: Arrangement) -> None:
    """A desk with a screen and a chair before it, bookshelves, a whiteboard."""
    desk = _desk(room, "office_chair")
    for _ in range(1 + int(room.inside.area > 9)):
        stocked(room, room.against_wall("bookshelf", front=0.5), ("books", "books", "books", "box", "vase"))
    room.hung("whiteboard", 1.0)
    if room.inside.area > 9:
        chair = room.against_wall("armchair", front=0.4)
        if chair is not None and room.chance(0.6):
            room.beside(chair, "floor_lamp", 1, 0.1)
    if desk is not None:
        room.under(desk, "rug", forward=0.9)
    room.against_wall("trash_can")
    room.in_corner("plant")


def _desk(room: Arrangement, seat: str) -> Placed | None:
    desk = room.against_wall("desk", front=0.95)
    if desk is None:
        return None
    room.before(desk, seat, 0.04)
    room.on(desk, "monitor" if room.chance(0.6) else "laptop", facing=True)
    laid(room, desk, ("table_lamp", "books", "box"), 0.5)
    return desk


def furnish_gym(room: Arrangement) -> None:
    """Machines and weights on a mat before a mirror."""
    room.against_wall("exercise_bike", front=0.4)
    room.against_wall("dumbbell_rack", front=0.7)
    if room.inside.area > 12:
        room.against_wall("exercise_bike", front=0.4)
    bench = room.in_middle("bench")
    if bench is not None:
        room.under(bench, "rug")
    room.hung("mirror", 0.6)
    room.hung("towel", 1.0)
    room.in_corner("plant")
    room.against_wall("basket")


def furnish_laundry(room: Arrangement) -> None:
    """Machines side by side, baskets, a rack."""
    machine = room.against_wall("washing_machine", front=0.6)
    if machine is not None:
        room.beside(machine, "washing_machine", 1, 0.02)
        laid(room, machine, ("bottle", "box", "bottle"), 0.6)
    for kind in ("clothes_rack", "laundry_basket", "bathroom_sink", "basket", "shoe_rack", "box"):
        room.against_wall(kind)
    stocked(room, room.against_wall("bookshelf", front=0.5), ("box", "box", "bottle", "bottle"))


def furnish_playroom(room: Arrangement) -> None:
    """A rug, low furniture and toys about."""
    table = room.in_middle("coffee_table", spread=0.5)
    if table is not None:
        room.under(table, "rug")
        room.around(table, "stool", 2)
        laid(room, table, ("toys", "books"))
    stocked(room, room.against_wall("bookshelf", front=0.5), ("toys", "books", "box"))
    room.against_wall("bed_single", front=0.5)
    for kind in ("basket", "box", "chest_of_drawers", "armchair"):
        room.against_wall(kind)
    for _ in range(4):
        room.scattered("toys")


def furnish_corridor(room: Arrangement) -> None:
    """What stands flat along a wall where one comes in, as far as one still gets past; more in a long one."""
    for _ in range(max(1, round(room.inside.area / 14))):
        if room.chance(0.6):
            cabinet = room.against_wall("sideboard")
            laid(room, cabinet, ("vase", "bowl_with_fruit", "table_lamp"))
            if cabinet is not None:
                room.hung("mirror", 1.2, above=cabinet)
        for kind, probability in (("shoe_rack", 0.6), ("bench", 0.5), ("plant", 0.6), ("stool", 0.2)):
            if room.chance(probability):
                room.against_wall(kind)
        if room.chance(0.5):
            room.in_middle("rug", spread=0.9)
        if room.chance(0.4):
            room.hung("mirror", 0.9)
    if room.chance(0.4):
        room.in_corner("clothes_rack")
