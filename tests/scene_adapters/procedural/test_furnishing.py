from __future__ import annotations

import math
from itertools import combinations

import pytest

from scene_adapters.procedural.furnishing import Furnished
from scene_adapters.procedural.openings import OpeningKind
from scene_adapters.procedural.placement import FLAT, Placed
from scene_adapters.procedural.plan import PlanRoom
from scene_adapters.procedural.rectangles import Rectangle, sides
from tests.scene_adapters.procedural.homes import CHOSEN, designed

TO_THE_WALL = ("bed_double", "bed_single", "toilet", "bathroom_sink", "wardrobe", "fridge", "oven", "tv_stand", "piano")


def furnished_rooms() -> list[tuple[PlanRoom, Furnished]]:
    return [
        pair
        for seed, kind in CHOSEN
        for pair in zip(designed(seed, kind).plan.rooms, designed(seed, kind).furnished, strict=True)
    ]


def supports(one: Placed, other: Placed) -> bool:
    """Whether `other` stands on a top of `one`."""
    return other.z > 0 and any(abs(one.z + top.z - other.z) < 1e-6 for top in one.piece.tops)


def test_no_two_pieces_interpenetrate() -> None:
    for room, furnished in furnished_rooms():
        solid = [placed for placed in furnished.placed if placed.block.high > FLAT]
        for a, b in combinations(solid, 2):
            assert not a.block.meets(b.block) or supports(a, b) or supports(b, a), (room.kind, a.kind, b.kind)


def test_every_piece_is_within_its_room() -> None:
    for room, furnished in furnished_rooms():
        for placed in furnished.placed:
            assert room.inside.contains(placed.block.footprint), (room.kind, placed.kind)


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_no_piece_stands_in_a_door(seed: int, kind: str) -> None:
    made = designed(seed, kind)
    for opening in made.openings:
        reach = 0.5 if opening.kind == OpeningKind.ARCH else 0.85
        for index in (room for room in opening.rooms if room is not None):
            if opening.kind == OpeningKind.WINDOW or made.plan.rooms[index].kind == "stairwell":
                continue
            for placed in made.furnished[index].placed:
                low = placed.block.high > FLAT and placed.block.low < 2.0
                assert not (low and placed.block.footprint.overlaps(opening.zone(reach))), (opening, placed.kind)


def test_what_belongs_against_a_wall_has_its_back_there() -> None:
    seen = set()
    for room, furnished in furnished_rooms():
        for placed in furnished.placed:
            if placed.kind in TO_THE_WALL:
                seen.add(placed.kind)
                back = placed.ahead(0.0, -placed.piece.size[1] / 2)
                assert _distance_to_wall(back, room.inside) < 0.03, placed.kind
                assert _distance_to_wall(placed.ahead(0.0, 0.0), room.inside) > 0.1
    assert {"toilet", "bed_double", "fridge", "oven"} <= seen


def _distance_to_wall(point: tuple[float, float], inside: Rectangle) -> float:
    return min(abs(point[1 - side.axis] - side.at) for side in sides(inside))


def test_chairs_face_their_table() -> None:
    count = 0
    for _, furnished in furnished_rooms():
        tables = [placed for placed in furnished.placed if placed.kind in ("dining_table", "desk")]
        for chair in (placed for placed in furnished.placed if placed.kind in ("dining_chair", "office_chair")):
            facing = [table for table in tables if _faces(chair, table)]
            assert facing, chair
            count += 1
    assert count >= 8


def _faces(chair: Placed, table: Placed) -> bool:
    x, y = chair.ahead(0.0, chair.piece.size[1] / 2 + 0.3)
    return table.block.footprint.contains(Rectangle(x, y, x, y))


def test_sofas_look_at_the_television() -> None:
    for _, furnished in furnished_rooms():
        kinds = {placed.kind: placed for placed in furnished.placed}
        if {"sofa", "tv"} <= set(kinds):
            sofa, screen = kinds["sofa"], kinds["tv"]
            assert math.cos(sofa.yaw - screen.yaw) < 0.1 or _faces(sofa, screen)


def test_every_room_has_the_things_it_is_named_for() -> None:
    wanted = {
        "living": {"sofa"},
        "kitchen": {"fridge", "kitchen_counter"},
        "bedroom": {"nightstand", "wardrobe", "bed_double", "bed_single", "chest_of_drawers"},
        "bathroom": {"toilet", "bathroom_sink", "bathtub", "shower"},
        "study": {"desk", "bookshelf"},
    }
    for room, furnished in furnished_rooms():
        kinds = {placed.kind for placed in furnished.placed}
        least = 2 if room.kind in ("kitchen", "bedroom", "bathroom") else 1
        assert len(kinds & wanted.get(room.kind, kinds)) >= min(least, len(kinds)), (room.kind, kinds)


def test_every_room_but_the_foot_of_the_stairs_has_a_lamp() -> None:
    for room, furnished in furnished_rooms():
        if room.kind != "stairwell":
            assert furnished.lamps, room.kind


def test_a_cluttered_home_has_more_lying_about_than_a_flat_of_the_same_seed() -> None:
    def loose(kind: str) -> float:
        made = designed(0, kind)
        things = sum(placed.z == 0 for furnished in made.furnished for placed in furnished.placed)
        return things / made.plan.area

    assert loose("cluttered") > 1.3 * loose("flat")
