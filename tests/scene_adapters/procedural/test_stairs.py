from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from scene_adapters.procedural.elements import Element
from scene_adapters.procedural.openings import OpeningKind, draw_openings
from scene_adapters.procedural.plan import HALF_WALL, Plan, draw_plan
from scene_adapters.procedural.stairs import build_stairs
from schemas.arrays import Float64
from tests.scene_adapters.procedural.homes import designed

SEEDS = range(8)
STEEPEST, FLATTEST = 0.2, 0.15  # risers that a building code allows, metres


@cache
def drawn(seed: int) -> tuple[Plan, Element, Element, Element]:
    """A plan of two storeys, its stairs, the railing between the flights and the one around the hole."""
    generator = np.random.default_rng(seed)
    plan = draw_plan("two_storey", generator)
    stairs, flight, guard = build_stairs(plan, draw_openings(plan, generator))
    return plan, stairs, flight, guard


def points(element: Element) -> Float64:
    return np.concatenate([part.vertices for part in element.parts]).astype(float)


def boxes(element: Element) -> list[tuple[Float64, Float64]]:
    return [
        (part.vertices.min(axis=0).astype(float), part.vertices.max(axis=0).astype(float)) for part in element.parts
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_equal_comfortable_steps_lead_from_floor_to_floor(seed: int) -> None:
    plan, stairs, *_ = drawn(seed)
    tops = sorted({round(float(high[2]), 4) for _, high in boxes(stairs)})
    risers = np.diff([0.0, *tops, plan.storey_height])
    assert risers.max() - risers.min() < 1e-3
    assert FLATTEST < risers[0] < STEEPEST


@pytest.mark.parametrize("seed", SEEDS)
def test_treads_are_deep_enough_to_stand_on_and_flights_wide_enough_to_walk(seed: int) -> None:
    for low, high in boxes(drawn(seed)[1]):
        across, along = sorted((high - low)[:2].tolist())
        assert across >= 0.25
        assert along >= 0.95


@pytest.mark.parametrize("seed", SEEDS)
def test_each_flight_climbs_a_step_at_a_time_to_the_landing_half_way(seed: int) -> None:
    plan, stairs, *_ = drawn(seed)
    *treads, landing = boxes(stairs)
    half = plan.storey_height / 2
    assert landing[1][2] == pytest.approx(half, abs=1e-4)
    up, down = [high[2] for _, high in treads[::2]], [high[2] for _, high in treads[1::2]]
    assert np.diff(up) == pytest.approx(np.diff(up)[0], abs=1e-4)
    assert (np.diff(up) > 0).all() and (np.diff(down) < 0).all()
    # Side by side, a tread of either flight is as far below the upper floor as its neighbour is above the lower.
    assert np.add(up, down) == pytest.approx(plan.storey_height, abs=1e-4)
    assert up[-1] < half < down[-1]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_tread_overlaps_another_and_each_meets_the_next(seed: int) -> None:
    *treads, landing = boxes(drawn(seed)[1])
    for flight in (treads[::2], treads[1::2]):
        for (low, high), (after_low, after_high) in zip(flight, [*flight[1:], landing], strict=True):
            axis = int(np.argmin(high[:2] - low[:2]))
            gap = max(after_low[axis] - high[axis], low[axis] - after_high[axis])
            assert gap == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stairs_begin_and_end_at_the_way_out_of_the_well(seed: int) -> None:
    generator = np.random.default_rng(seed)
    plan = draw_plan("two_storey", generator)
    way = next(o for o in draw_openings(plan, generator) if o.kind == OpeningKind.OPEN)
    for low, high in boxes(drawn(seed)[1])[:2]:
        near = min(abs(edge[1 - way.axis] - way.at) for edge in (low, high))
        assert near == pytest.approx(HALF_WALL, abs=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stairs_fill_their_well_and_stay_inside_it(seed: int) -> None:
    plan, stairs, *_ = drawn(seed)
    low, high = points(stairs).min(axis=0), points(stairs).max(axis=0)
    room = plan.rooms[stairs.room]
    inside, cell = room.inside, room.cell
    assert room.kind == "stairwell" and room.storey == 0
    assert cell.x0 <= low[0] and cell.y0 <= low[1] and high[0] <= cell.x1 and high[1] <= cell.y1
    assert (high - low)[:2].prod() == pytest.approx(inside.area, rel=0.08)
    assert high[2] - low[2] < plan.storey_height


@pytest.mark.parametrize("seed", SEEDS)
def test_a_railing_guards_the_hole_above_and_another_the_flights(seed: int) -> None:
    plan, stairs, flight, guard = drawn(seed)
    upper = plan.floor_z(1)
    assert (plan.rooms[guard.room].storey, plan.rooms[guard.room].kind) == (1, "stairwell")
    heights = points(guard)[:, 2]
    assert heights.min() < upper
    assert upper + 0.85 < heights.max() < upper + 1.1
    # From the upper floor down to the landing, a handrail of 0.92 m above either.
    heights = points(flight)[:, 2]
    assert heights.max() == pytest.approx(upper + 0.92, abs=0.03)
    assert heights.min() == pytest.approx(upper / 2 - 0.02, abs=0.03)
    assert flight.room == stairs.room


@pytest.mark.parametrize("seed", SEEDS)
def test_the_guard_covers_the_up_flight_and_leaves_the_way_down_open(seed: int) -> None:
    _, stairs, _, guard = drawn(seed)
    below_up, below_down = boxes(stairs)[:2]
    rail = points(guard)[:, :2].min(axis=0), points(guard)[:, :2].max(axis=0)
    way = int(np.argmax(rail[1] - rail[0]))
    assert _covers(rail, below_up, way)
    middle_down = (below_down[0][way] + below_down[1][way]) / 2
    assert not rail[0][way] <= middle_down <= rail[1][way]


def _covers(rail: tuple[Float64, Float64], flight: tuple[Float64, Float64], axis: int) -> bool:
    overlap = min(rail[1][axis], flight[1][axis]) - max(rail[0][axis], flight[0][axis])
    return bool(overlap > 0.9 * (flight[1][axis] - flight[0][axis]))


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_falls_between_two_balusters(seed: int) -> None:
    _, _, flight, guard = drawn(seed)
    for railing in (flight, guard):
        feet = np.array([part.vertices[:, :2].mean(axis=0) for part in railing.parts if part.finish == "iron"])
        steps = np.linalg.norm(np.diff(feet, axis=0), axis=1)
        assert steps.max() < 0.18
        assert steps.max() - steps.min() < 1e-3


def test_a_home_of_one_storey_has_no_stairs() -> None:
    generator = np.random.default_rng(0)
    plan = draw_plan("flat", generator)
    assert list(build_stairs(plan, draw_openings(plan, generator))) == []


def test_the_stairs_of_a_home_are_those_of_its_plan() -> None:
    made = designed(0, "two_storey")
    labels = [element.label for element in made.elements if element.category in ("stairs", "railing")]
    assert labels == ["stairs", "stair railing", "railing"]
