from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.furniture.joinery import (
    bar_handle,
    carcass,
    door_fronts,
    drawer_fronts,
    knob,
    legs,
    one_of,
)
from scene_adapters.procedural.shapes import Part, merged
from schemas.arrays import Float64


def _span(parts: list[Part]) -> tuple[Float64, Float64]:
    points = np.concatenate([part.vertices for part in parts]).astype(float)
    return points.min(axis=0), points.max(axis=0)


def test_legs_stand_under_the_corners_with_their_feet_splayed() -> None:
    made = legs("wood", 1.0, 0.6, 0.7, 0.02, inset=0.1, splay=0.05)
    assert len(made) == 4
    feet = np.array([part.vertices[part.vertices[:, 2] < 0.05].mean(axis=0) for part in made])
    heads = np.array([part.vertices[part.vertices[:, 2] > 0.6].mean(axis=0) for part in made])
    assert np.allclose(np.abs(feet[:, :2]), (0.45, 0.25), atol=0.01)
    assert np.allclose(np.abs(heads[:, :2]), (0.4, 0.2), atol=0.01)
    assert len({tuple(np.sign(foot[:2])) for foot in feet}) == 4


def test_round_legs_taper_and_square_ones_do_not() -> None:
    def width(part: Part, z: float) -> float:
        ring = part.vertices[np.abs(part.vertices[:, 2] - z) < 0.01]
        return float(np.ptp(ring[:, 0]))

    tapered, square = legs("wood", 1, 1, 0.7, 0.02)[0], legs("wood", 1, 1, 0.7, 0.02, square=True)[0]
    assert width(tapered, 0.0) == pytest.approx(0.65 * width(tapered, 0.7), rel=0.01)
    assert width(square, 0.0) == pytest.approx(width(square, 0.7), rel=0.01)


def test_a_carcass_is_open_to_the_front() -> None:
    made = carcass("wood", (-0.5, -0.2, 0.0), (0.5, 0.2, 1.0))
    low, high = _span(made)
    assert np.allclose(low, (-0.5, -0.2, 0)) and np.allclose(high, (0.5, 0.2, 1.0))
    covering = [part for part in made if np.ptp(part.vertices[:, 0]) > 0.9 and np.ptp(part.vertices[:, 2]) > 0.9]
    assert len(covering) == 1 and covering[0].vertices[:, 1].max() < -0.19


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 1), (4, 2)])
def test_there_is_a_front_and_a_handle_for_every_drawer(rows: int, columns: int) -> None:
    made = drawer_fronts("wood", "metal", (0, 0, 0), (1.2, 0.02, 0.8), rows, columns, knobs=True)
    fronts = [part for part in made if part.finish == "wood"]
    assert len(fronts) == len(made) - len(fronts) == rows * columns
    low, high = _span(fronts)
    assert np.allclose(low, 0, atol=0.003) and np.allclose(high, (1.2, 0.02, 0.8), atol=0.003)


def test_drawer_fronts_leave_gaps_between_them() -> None:
    first, second = [
        part for part in drawer_fronts("wood", "metal", (0, 0, 0), (1, 0.02, 0.8), 2) if part.finish == "wood"
    ]
    assert second.vertices[:, 2].min() - first.vertices[:, 2].max() == pytest.approx(0.004, abs=1e-5)


def test_handles_of_a_pair_of_doors_meet_in_the_middle() -> None:
    made = door_fronts("wood", "metal", (-0.5, 0, 0), (0.5, 0.02, 2.0), 2)
    handles = np.concatenate([part.vertices for part in made if part.finish == "metal"])
    assert np.abs(handles[:, 0]).max() < 0.06


def test_a_panelled_door_stands_proud_at_its_rim() -> None:
    plain = _span(door_fronts("wood", "wood", (0, 0, 0), (0.5, 0.02, 2.0), 1))[1][1]
    panelled = _span(door_fronts("wood", "wood", (0, 0, 0), (0.5, 0.02, 2.0), 1, panelled=True))[1][1]
    assert panelled == pytest.approx(plain + 0.008, abs=1e-4)


@pytest.mark.parametrize("upright", [False, True])
def test_a_bar_handle_is_as_long_as_asked_and_stands_off(upright: bool) -> None:
    low, high = _span(bar_handle("metal", 1.0, 0.3, 0.5, 0.2, upright=upright))
    along = 2 if upright else 0
    assert (high - low)[along] == pytest.approx(0.2, abs=1e-5)
    assert low[1] == pytest.approx(0.3, abs=1e-5) and high[1] == pytest.approx(0.33, abs=0.002)


def test_a_knob_widens_away_from_its_front() -> None:
    made = knob("metal", 0, 0, 0)
    back, front = made.vertices[made.vertices[:, 1] < 0.01], made.vertices[made.vertices[:, 1] > 0.02]
    assert np.ptp(front[:, 0]) > 1.5 * np.ptp(back[:, 0])


def test_choices_are_drawn_evenly() -> None:
    generator = np.random.default_rng(0)
    drawn = [one_of(generator, "a", "b", "c") for _ in range(900)]
    assert all(240 < drawn.count(choice) < 360 for choice in "abc")


def test_joined_fronts_are_one_part_a_finish() -> None:
    assert [part.finish for part in merged(drawer_fronts("wood", "metal", (0, 0, 0), (1, 0.02, 1), 3))] == [
        "wood",
        "metal",
    ]
