from __future__ import annotations

import math

import numpy as np
import pytest

from scene_adapters.procedural.arrangement import Arrangement
from scene_adapters.procedural.placement import Block, Window
from scene_adapters.procedural.rectangles import Rectangle, sides
from tests.scene_adapters.procedural.homes import palette

INSIDE = Rectangle(0, 0, 6, 5)
DOOR = Rectangle(0, 2, 0.9, 3)  # in the west side
SOUTH, NORTH, WEST, EAST = sides(INSIDE)
WINDOW = Window(NORTH, 2.0, 4.0, 0.9, 2.1)


def room(seed: int = 0, blocks: tuple[Block, ...] = (), inside: Rectangle = INSIDE) -> Arrangement:
    return Arrangement(inside, 2.6, [DOOR], blocks, [WINDOW], palette(), np.random.default_rng(seed))


def test_a_sofa_in_the_middle_of_a_wall_looks_into_the_room() -> None:
    sofa = room().against_wall("sofa", front=0.9, among=[SOUTH], middle=True)
    assert sofa is not None
    assert sofa.x == pytest.approx(3.0, abs=0.15)
    assert sofa.block.footprint.y0 == pytest.approx(0.016)
    assert sofa.ahead(0, 1)[1] == pytest.approx(sofa.y + 1)


def test_what_is_kept_free_before_one_piece_stays_free_of_others() -> None:
    arrangement = room()
    wardrobe = arrangement.against_wall("wardrobe", front=1.0, among=[SOUTH], middle=True)
    assert wardrobe is not None
    for _ in range(40):
        arrangement.scattered("box")
    before = Rectangle(wardrobe.block.footprint.x0 + 0.1, 0.7, wardrobe.block.footprint.x1 - 0.1, 1.5)
    others = [placed for placed in arrangement.placed if placed is not wardrobe]
    assert len(others) > 5
    assert not any(placed.block.footprint.overlaps(before) for placed in others)


def test_nothing_stands_before_the_door_however_full_the_room() -> None:
    arrangement = room()
    while arrangement.scattered("stool") is not None:
        assert len(arrangement.placed) < 300
    assert not any(placed.block.footprint.overlaps(DOOR) for placed in arrangement.placed)


def test_tall_pieces_leave_the_window_clear_and_low_ones_may_stand_below_it() -> None:
    arrangement = room()
    for _ in range(4):
        tall = arrangement.against_wall("wardrobe", among=[NORTH])
        assert tall is None or tall.block.footprint.x1 < 2.0 or tall.block.footprint.x0 > 4.0
    low = room().against_wall("bench", among=[NORTH], middle=True)
    assert low is not None
    assert 2.0 < low.x < 4.0


def test_a_piece_too_large_for_the_room_is_left_out() -> None:
    small = Rectangle(0, 1.8, 1.6, 3.2)
    assert room(inside=small).against_wall("bed_double") is None
    assert room(inside=small).in_middle("dining_table") is None


def test_nightstands_stand_on_either_side_of_the_bed_with_their_backs_in_line() -> None:
    arrangement = room()
    bed = arrangement.against_wall("bed_double", among=[EAST], middle=True)
    assert bed is not None
    left, right = (arrangement.beside(bed, "nightstand", hand) for hand in (-1, 1))
    assert left is not None and right is not None
    for stand in (left, right):
        assert stand.yaw == bed.yaw
        assert stand.block.footprint.x1 == pytest.approx(bed.block.footprint.x1)
    assert (left.y - bed.y) * (right.y - bed.y) < 0


def test_chairs_around_a_table_face_it_and_alternate_sides() -> None:
    arrangement = room()
    table = arrangement.in_middle("dining_table")
    assert table is not None
    chairs = arrangement.around(table, "dining_chair", 4)
    assert len(chairs) >= 2
    for chair in chairs:
        toward = np.subtract(chair.ahead(0, 1), (chair.x, chair.y))
        assert np.dot(toward, np.subtract((table.x, table.y), (chair.x, chair.y))) > 0
        assert not chair.block.footprint.overlaps(table.block.footprint)
    first, second = chairs[:2]
    assert math.cos(first.yaw - second.yaw) == pytest.approx(-1)


def test_what_stands_before_a_piece_faces_it_across_the_distance_asked_for() -> None:
    arrangement = room()
    desk = arrangement.against_wall("desk", front=0.95, among=[SOUTH], middle=True)
    assert desk is not None
    chair = arrangement.before(desk, "office_chair", 0.1)
    assert chair is not None
    assert chair.block.footprint.y0 - desk.block.footprint.y1 == pytest.approx(0.1)
    assert math.cos(chair.yaw - desk.yaw) == pytest.approx(-1)


def test_things_on_a_shelf_stand_on_its_boards_and_apart() -> None:
    arrangement = room()
    shelf = arrangement.against_wall("sideboard", among=[SOUTH])
    assert shelf is not None
    things = [thing for _ in range(12) if (thing := arrangement.on(shelf, "bottle")) is not None]
    assert len(things) >= 3
    boards = {round(shelf.z + top.z, 4) for top in shelf.piece.tops}
    for i, thing in enumerate(things):
        assert round(thing.z, 4) in boards
        assert shelf.block.footprint.grown(0.03).contains(thing.block.footprint)
        assert not any(thing.block.meets(other.block) for other in things[:i])


def test_a_picture_hangs_over_the_piece_it_belongs_to_and_never_on_the_window() -> None:
    arrangement = room()
    bed = arrangement.against_wall("bed_double", among=[SOUTH], middle=True)
    assert bed is not None
    picture = arrangement.hung("picture", 1.4, above=bed)
    assert picture is not None
    assert (picture.x, picture.z, picture.yaw) == pytest.approx((bed.x, 1.4, bed.yaw))
    for _ in range(10):
        other = arrangement.hung("picture", 1.4, among=[NORTH])
        assert other is None or other.block.footprint.x1 < 2.0 or other.block.footprint.x0 > 4.0


def test_a_lamp_moves_aside_for_a_beam_and_never_through_the_ceiling() -> None:
    beam = Block(Rectangle(2.9, 0, 3.1, 5), 2.44, 2.6)
    lamp = room(blocks=(beam,)).overhead("ceiling_lamp", 3.0, 2.5)
    assert lamp is not None
    assert not lamp.block.meets(beam)
    assert lamp.block.high == pytest.approx(2.6)
    assert math.hypot(lamp.x - 3.0, lamp.y - 2.5) < 1.2


def test_a_curtain_is_as_wide_and_long_as_its_window_needs() -> None:
    curtain = room().dressed(WINDOW, "curtain", 2.5, 0.03, 2.25)
    assert curtain is not None
    assert curtain.block.footprint.width == pytest.approx(2.5)
    assert (curtain.block.low, curtain.block.high) == pytest.approx((0.03, 2.25))
    assert curtain.block.footprint.y1 <= INSIDE.y1


def test_rugs_lie_under_furniture_but_not_over_each_other() -> None:
    arrangement = room()
    sofa = arrangement.against_wall("sofa", among=[SOUTH], middle=True)
    assert sofa is not None
    rug = arrangement.under(sofa, "rug", forward=1.2)
    assert rug is not None
    assert arrangement.before(sofa, "coffee_table", 0.4, turn=0.0) is not None
    assert arrangement.under(sofa, "rug", forward=1.2) is None


def test_a_pillar_reaches_the_ceiling_and_nothing_rises_through_it() -> None:
    pillar = room().pillar("column")
    assert pillar is not None
    assert pillar.block.high == pytest.approx(2.6)
    low = Arrangement(INSIDE, 1.2, [DOOR], (), (), palette(), np.random.default_rng(0))
    assert low.against_wall("wardrobe") is None
    assert low.against_wall("bench") is not None


def test_the_longest_wall_without_a_door_comes_first() -> None:
    assert room().sides()[-1] == WEST
    assert {room().sides()[0], room().sides()[1]} == {SOUTH, NORTH}


def test_equal_seeds_arrange_alike() -> None:
    def arranged(seed: int) -> list[tuple[float, float, float]]:
        arrangement = room(seed)
        for kind in ("sofa", "plant", "bookshelf", "armchair"):
            arrangement.against_wall(kind)
        return [(placed.x, placed.y, placed.yaw) for placed in arrangement.placed]

    assert arranged(4) == arranged(4)
    assert arranged(4) != arranged(5)
