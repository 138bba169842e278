from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from scene_adapters.procedural.plan import HALF_WALL, LABELS, SLAB, Plan, PlanRoom, draw_plan
from scene_adapters.procedural.rectangles import Rectangle

KINDS = ("flat", "small", "cluttered", "large", "two_storey")


def plans(kind: str, count: int = 25) -> list[Plan]:
    return [draw_plan(kind, np.random.default_rng(seed)) for seed in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_rooms_of_a_storey_overlap(kind: str) -> None:
    for plan in plans(kind):
        for a, b in combinations(plan.rooms, 2):
            assert a.storey != b.storey or not a.cell.overlaps(b.cell)


@pytest.mark.parametrize("kind", KINDS)
def test_rooms_have_sensible_sizes(kind: str) -> None:
    for plan in plans(kind):
        assert 2.4 <= plan.ceiling_height <= 3.0
        for room in plan.rooms:
            assert room.kind in LABELS
            assert min(room.inside.width, room.inside.depth) >= (1.15 if room.kind == "corridor" else 1.75)
            assert room.inside.area < 110


@pytest.mark.parametrize("kind", KINDS)
def test_every_home_has_what_one_needs_to_live(kind: str) -> None:
    for plan in plans(kind):
        kinds = [room.kind for room in plan.rooms]
        assert {"living", "kitchen", "bedroom", "bathroom", "corridor"} <= set(kinds)
        assert max(kinds.count("living"), kinds.count("kitchen")) == 1


def test_a_flat_has_up_to_nine_rooms() -> None:
    counts = {len(plan.rooms) for plan in plans("flat", 60)}
    assert min(counts) >= 5
    assert max(counts) <= 9
    assert len(counts) >= 3


def test_a_large_home_has_three_hundred_square_metres() -> None:
    assert all(300 <= plan.area < 450 for plan in plans("large", 40))


def test_stairs_stand_at_the_same_place_on_both_storeys() -> None:
    for plan in plans("two_storey"):
        lower, upper = (room for room in plan.rooms if room.kind == "stairwell")
        assert plan.storeys == 2
        assert (lower.storey, upper.storey) == (0, 1)
        assert lower.cell == upper.cell


def test_both_storeys_have_the_same_outline() -> None:
    for plan in plans("two_storey"):
        areas = [sum(room.cell.area for room in plan.rooms if room.storey == storey) for storey in (0, 1)]
        assert areas[0] == pytest.approx(areas[1], abs=0.05)


def test_equal_seeds_give_equal_plans_and_others_do_not() -> None:
    assert plans("flat", 5) == plans("flat", 5)
    assert len(set(plans("flat", 30))) == 30


def test_heights_and_areas_of_a_known_plan() -> None:
    cell = Rectangle(0, 0, 3, 2)
    plan = Plan("two_storey", (PlanRoom("bedroom", 0, cell), PlanRoom("stairwell", 1, cell)), 2.5)
    assert plan.storey_height == 2.5 + SLAB
    assert plan.floor_z(1) == plan.storey_height
    assert plan.area == pytest.approx((3 - 2 * HALF_WALL) * (2 - 2 * HALF_WALL))
