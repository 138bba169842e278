from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.openings import FRAME, Opening, OpeningKind, draw_openings, outer_sides
from scene_adapters.procedural.plan import HALF_WALL, Plan, PlanRoom, draw_plan
from scene_adapters.procedural.rectangles import Rectangle, Side

KINDS = ("flat", "small", "large", "two_storey")


def drawn(kind: str, count: int = 25) -> list[tuple[Plan, tuple[Opening, ...]]]:
    homes = []
    for seed in range(count):
        generator = np.random.default_rng(seed)
        plan = draw_plan(kind, generator)
        homes.append((plan, draw_openings(plan, generator)))
    return homes


@pytest.mark.parametrize("kind", KINDS)
def test_every_room_can_be_reached_from_the_front_door(kind: str) -> None:
    for plan, openings in drawn(kind, 60):
        entrance = next(opening for opening in openings if opening.kind == OpeningKind.ENTRANCE)
        for storey in range(plan.storeys):
            rooms = {i for i, room in enumerate(plan.rooms) if room.storey == storey}
            start = entrance.rooms[0] if storey == 0 else min(rooms)
            assert _reached(start, openings) == rooms


def _reached(start: int, openings: tuple[Opening, ...]) -> set[int]:
    reached, waiting = set(), [start]
    while waiting:
        room = waiting.pop()
        if room not in reached:
            reached.add(room)
            waiting += [i for o in openings if o.passable and room in o.rooms for i in o.rooms if i is not None]
    return reached


@pytest.mark.parametrize("kind", KINDS)
def test_one_passes_through_every_door(kind: str) -> None:
    for _, openings in drawn(kind):
        for opening in openings:
            if opening.kind == OpeningKind.DOOR:
                assert 0.80 <= opening.high - opening.low - 2 * FRAME <= 1.1
            if opening.passable:
                assert opening.high - opening.low >= 0.8
                assert opening.sill == 0
                assert opening.head >= 2.0


@pytest.mark.parametrize("kind", KINDS)
def test_windows_and_the_front_door_lead_outside_and_doors_do_not(kind: str) -> None:
    for plan, openings in drawn(kind):
        assert any(opening.kind == OpeningKind.WINDOW for opening in openings)
        for opening in openings:
            beyond = _room_beyond(plan, opening)
            assert (beyond is None) == (opening.kind in (OpeningKind.WINDOW, OpeningKind.ENTRANCE))
            assert beyond == opening.rooms[1]


def _room_beyond(plan: Plan, opening: Opening) -> int | None:
    """The other room that the middle of the opening leads to, found by stepping through it."""
    middle = (opening.low + opening.high) / 2
    storey = plan.rooms[opening.rooms[0]].storey
    for step in (-0.3, 0.3):
        x, y = Side(opening.axis, opening.at, 0, 0, 1).point(middle, step)
        spot = Rectangle(x - 0.01, y - 0.01, x + 0.01, y + 0.01)
        for i, room in enumerate(plan.rooms):
            if i != opening.rooms[0] and room.storey == storey and room.cell.contains(spot):
                return i
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_openings_keep_clear_of_corners_and_of_each_other(kind: str) -> None:
    for plan, openings in drawn(kind):
        for i, a in enumerate(openings):
            for index in (room for room in a.rooms if room is not None):
                cell = plan.rooms[index].cell
                ends = (cell.x0, cell.x1) if a.axis == 0 else (cell.y0, cell.y1)
                assert ends[0] + HALF_WALL <= a.low + 1e-9 and a.high <= ends[1] - HALF_WALL + 1e-9
            for b in openings[i + 1 :]:
                same_wall = (a.axis, a.at) == (b.axis, b.at) and set(a.rooms) & set(b.rooms) - {None}
                assert not same_wall or a.high < b.low or b.high < a.low


def test_there_is_one_front_door_and_it_is_on_the_ground() -> None:
    for kind in KINDS:
        for plan, openings in drawn(kind):
            (entrance,) = (opening for opening in openings if opening.kind == OpeningKind.ENTRANCE)
            assert plan.rooms[entrance.rooms[0]].storey == 0


def test_bathrooms_have_a_door_to_the_corridor_only() -> None:
    for plan, openings in drawn("flat"):
        for opening in openings:
            kinds = {plan.rooms[i].kind for i in opening.rooms if i is not None}
            assert not opening.passable or "bathroom" not in kinds or kinds == {"bathroom", "corridor"}


def test_what_is_outside_of_a_room_beside_a_smaller_one() -> None:
    # The second room covers y 0..1 of the first one's east side, so y 1..3 of it is outer wall.
    plan = Plan(
        "flat",
        (PlanRoom("living", 0, Rectangle(0, 0, 4, 3)), PlanRoom("kitchen", 0, Rectangle(4, 0, 6, 1))),
        2.5,
    )
    assert outer_sides(plan, 0) == [
        Side(0, 0, 0, 4, 1),
        Side(0, 3, 0, 4, -1),
        Side(1, 0, 0, 3, 1),
        Side(1, 4, 1, 3, -1),
    ]


def test_the_floor_at_an_opening_lies_on_both_sides() -> None:
    opening = Opening(OpeningKind.DOOR, (0, 1), 1, 5.0, 1.0, 2.0, 0.0, 2.0)
    assert opening.zone(0.5) == Rectangle(4.5, 1.0, 5.5, 2.0)
