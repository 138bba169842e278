from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.elements import Element
from scene_adapters.procedural.home import Design, design
from tests.scene_adapters.procedural.homes import designed

SEEDS = (0, 1, 2)


def stairs_of(made: Design) -> Element:
    (stairs,) = (element for element in made.elements if element.category == "stairs")
    return stairs


def tops_of(stairs: Element) -> list[float]:
    return sorted({round(float(part.vertices[:, 2].max()), 4) for part in stairs.parts})


@pytest.mark.parametrize("seed", SEEDS)
def test_equal_comfortable_steps_lead_from_floor_to_floor(seed: int) -> None:
    made = design(seed, "two_storey")
    heights = [0.0, *tops_of(stairs_of(made)), made.plan.storey_height]
    risers = np.diff(heights)
    assert risers.max() - risers.min() < 1e-3
    assert 0.15 < risers[0] < 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_treads_are_deep_enough_to_stand_on_and_flights_wide_enough_to_walk(seed: int) -> None:
    for part in stairs_of(design(seed, "two_storey")).parts:
        across, along = sorted(np.ptp(part.vertices[:, :2], axis=0).tolist())
        assert across >= 0.25
        assert along >= 0.95


def test_the_stairs_fill_their_well_and_stay_inside_it() -> None:
    made = designed(0, "two_storey")
    stairs = stairs_of(made)
    vertices = np.concatenate([part.vertices for part in stairs.parts])
    cell = made.plan.rooms[stairs.room].cell
    assert vertices[:, 0].min() >= cell.x0 and vertices[:, 0].max() <= cell.x1
    assert vertices[:, 1].min() >= cell.y0 and vertices[:, 1].max() <= cell.y1
    assert np.ptp(vertices[:, 2]) < made.plan.storey_height


def test_a_railing_guards_the_hole_above_and_another_the_upper_flight() -> None:
    made = designed(0, "two_storey")
    guard, flight = sorted(
        (element for element in made.elements if element.category == "railing"), key=lambda element: element.label
    )
    upper = made.plan.floor_z(1)
    heights = np.concatenate([part.vertices for part in guard.parts])[:, 2]
    assert heights.min() < upper
    assert upper + 0.85 < heights.max() < upper + 1.1
    assert made.plan.rooms[guard.room].storey == 1
    assert np.concatenate([part.vertices for part in flight.parts])[:, 2].min() < upper - 1.0


def test_a_home_of_one_storey_has_no_stairs() -> None:
    assert not any(element.category in ("stairs", "railing") for element in designed(0, "flat").elements)
