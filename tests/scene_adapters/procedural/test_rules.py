"""How rooms are furnished by their rules: what belongs together, and what a room is too small for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import pytest

from scene_adapters.procedural import rules_by_day, rules_by_night
from scene_adapters.procedural.arrangement import Arrangement
from scene_adapters.procedural.placement import FLAT, Placed
from scene_adapters.procedural.rectangles import Rectangle, sides
from tests.scene_adapters.procedural.arrangements import arrangement

Rule = Callable[[Arrangement], None]
SEEDS = range(5)


def furnished(rule: Rule, seed: int, width: float = 4.5, depth: float = 4.0) -> Arrangement:
    """A room with a door at the low end of its west side and no window."""
    room = arrangement(Rectangle(0, 0, width, depth), Rectangle(0, 0.1, 0.9, 1.1), seed)
    rule(room)
    return room


def kinds(room: Arrangement) -> Counter[str]:
    return Counter(placed.kind for placed in room.placed)


def of(room: Arrangement, kind: str) -> list[Placed]:
    return [placed for placed in room.placed if placed.kind == kind]


ALL_RULES = [
    rules_by_day.furnish_living,
    rules_by_day.furnish_dining,
    rules_by_day.furnish_kitchen,
    rules_by_night.furnish_bedroom,
    rules_by_night.furnish_bathroom,
    rules_by_night.furnish_study,
    rules_by_night.furnish_gym,
    rules_by_night.furnish_laundry,
    rules_by_night.furnish_playroom,
    rules_by_night.furnish_corridor,
]


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.__name__)
def test_a_cupboard_of_a_room_gets_nothing_that_shuts_it(rule: Rule) -> None:
    room = furnished(rule, 0, 1.3, 1.4)
    for placed in room.placed:
        assert placed.block.high <= FLAT or not placed.block.footprint.overlaps(Rectangle(0, 0.1, 0.9, 1.1))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_kitchen_has_a_run_of_units_with_cooker_sink_and_fridge(seed: int) -> None:
    room = furnished(rules_by_day.furnish_kitchen, seed)
    assert {"fridge", "kitchen_sink", "oven"} <= set(kinds(room))
    units = [p for p in room.placed if p.kind in ("kitchen_counter", "kitchen_sink", "oven", "dishwasher")]
    # Side by side: each stands against another of the run, or the fridge.
    run = [*units, *of(room, "fridge")]
    touching = [
        a for a in units if any(a is not b and a.block.footprint.grown(0.02).overlaps(b.block.footprint) for b in run)
    ]
    assert len(touching) >= 0.6 * len(units)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_hood_hangs_over_the_cooker_and_cabinets_over_counters(seed: int) -> None:
    room = furnished(rules_by_day.furnish_kitchen, seed)
    (oven,) = of(room, "oven")
    for hood in of(room, "range_hood"):
        assert (hood.x, hood.y) != (oven.x, oven.y)
        along = 0 if abs(math.sin(oven.yaw)) < 0.5 else 1
        assert (hood.x, hood.y)[along] == pytest.approx((oven.x, oven.y)[along])
        assert hood.yaw == oven.yaw and hood.z == 1.55
    for cabinet in of(room, "wall_cabinet"):
        below = [p for p in room.placed if p.kind in ("kitchen_counter", "dishwasher")]
        assert any(p.block.footprint.overlaps(cabinet.block.footprint) for p in below)


def test_a_small_kitchen_has_no_island_and_a_large_one_has() -> None:
    large = [furnished(rules_by_day.furnish_kitchen, seed, 6.0, 5.0) for seed in SEEDS]
    assert any(kinds(room)["kitchen_island"] for room in large)
    assert not any(kinds(furnished(rules_by_day.furnish_kitchen, seed, 3.8, 3.5))["kitchen_island"] for seed in SEEDS)
    for room in large:
        for island in of(room, "kitchen_island"):
            lamp = of(room, "pendant_lamp")
            assert lamp and math.hypot(lamp[0].x - island.x, lamp[0].y - island.y) < 1.2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bedroom_has_one_bed_as_large_as_its_floor_allows(seed: int) -> None:
    large, small = (furnished(rules_by_night.furnish_bedroom, seed, *size) for size in ((4.5, 4.0), (3.1, 2.9)))
    assert kinds(large)["bed_double"] + kinds(large)["bed_single"] == 1
    assert kinds(small)["bed_double"] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_head_of_a_bed_is_at_a_wall_and_nightstands_are_beside_it(seed: int) -> None:
    room = furnished(rules_by_night.furnish_bedroom, seed, 5.0, 4.5)
    (bed,) = [*of(room, "bed_double"), *of(room, "bed_single")]
    head = bed.ahead(0.0, -bed.piece.size[1] / 2)
    assert min(abs(head[1 - side.axis] - side.at) for side in sides(room.inside)) < 0.03
    for stand in of(room, "nightstand"):
        assert stand.yaw == bed.yaw
        assert bed.block.footprint.grown(0.1).overlaps(stand.block.footprint)
    assert kinds(room)["nightstand"] <= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bathroom_has_one_toilet_and_a_mirror_only_over_its_basin(seed: int) -> None:
    room = furnished(rules_by_night.furnish_bathroom, seed, 3.0, 2.6)
    found = kinds(room)
    assert found["toilet"] == 1
    assert found["bathtub"] + found["shower"] >= 1
    for mirror in of(room, "mirror"):
        (basin,) = of(room, "bathroom_sink")
        assert basin.block.footprint.overlaps(mirror.block.footprint)
        assert mirror.z == 1.15


@pytest.mark.parametrize("seed", SEEDS)
def test_a_study_has_a_screen_on_its_desk_and_a_chair_before_it(seed: int) -> None:
    room = furnished(rules_by_night.furnish_study, seed)
    (desk,) = of(room, "desk")
    (screen,) = [*of(room, "monitor"), *of(room, "laptop")]
    assert screen.z == pytest.approx(0.74, abs=1e-3)
    assert desk.block.footprint.contains(screen.block.footprint)
    assert screen.yaw == desk.yaw
    (chair,) = of(room, "office_chair")
    assert math.cos(chair.yaw - desk.yaw) == pytest.approx(-1.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sofa_faces_the_television_with_a_table_between(seed: int) -> None:
    room = furnished(rules_by_day.furnish_living, seed, 5.5, 4.8)
    (sofa,) = of(room, "sofa")
    for screen in of(room, "tv"):
        (stand,) = of(room, "tv_stand")
        assert stand.block.footprint.grown(0.05).contains(screen.block.footprint)
    for table in of(room, "coffee_table"):
        toward = math.dist((table.x, table.y), (sofa.x, sofa.y))
        assert sofa.ahead(0, toward) == pytest.approx((table.x, table.y), abs=1e-6)
        gap = toward - (sofa.piece.size[1] + table.piece.size[1]) / 2
        assert gap == pytest.approx(0.42, abs=0.01)


def test_a_very_large_living_room_has_a_column_and_a_second_place_to_sit() -> None:
    rooms = [furnished(rules_by_day.furnish_living, seed, 9.0, 7.0) for seed in SEEDS]
    assert sum(kinds(room)["column"] for room in rooms) >= 3
    assert all(kinds(room)["column"] <= 1 for room in rooms)
    assert sum(kinds(room)["armchair"] for room in rooms) >= 5


@pytest.mark.parametrize("seed", SEEDS)
def test_dining_chairs_are_at_most_eight_and_the_lamp_hangs_over_the_table(seed: int) -> None:
    room = furnished(rules_by_day.furnish_dining, seed)
    (table,) = of(room, "dining_table")
    assert 2 <= kinds(room)["dining_chair"] <= 8
    (lamp,) = of(room, "pendant_lamp")
    assert math.hypot(lamp.x - table.x, lamp.y - table.y) < 0.3


def test_shelves_are_stocked_board_by_board() -> None:
    room = arrangement(Rectangle(0, 0, 4, 4), Rectangle(0, 0.1, 0.9, 1.1), 0)
    shelf = room.against_wall("sideboard")
    assert shelf is not None
    rules_by_day.stocked(room, shelf, ("bottle",))
    # Two tries a top, and a sideboard has one.
    assert 1 <= kinds(room)["bottle"] <= 2
    before = len(room.placed)
    rules_by_day.stocked(room, None, ("bottle",))
    rules_by_day.laid(room, None, ("bottle",), 1.0)
    rules_by_day.laid(room, shelf, ("bottle",), 0.0)
    assert len(room.placed) == before
