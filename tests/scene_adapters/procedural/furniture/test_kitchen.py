"""Kitchens: units that stand in a row, basins that are sunk, doors that are where hands reach."""

from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.furniture.kitchen import _rim, tap
from scene_adapters.procedural.shapes import standing
from tests.scene_adapters.procedural.furniture.test_kinds import piece, pieces
from tests.scene_adapters.procedural.surfaces import box_of, highest_below, volume

MANY = range(12)
UNITS = ("kitchen_counter", "kitchen_sink", "dishwasher", "oven")


@pytest.mark.parametrize("kind", UNITS)
def test_units_of_a_row_are_equally_high_and_deep(kind: str) -> None:
    for made in pieces(kind):
        top = highest_below(made, made.size[0] / 2 - 0.03, 0.0, 2.0)
        assert top == pytest.approx(0.9, abs=0.006)
        assert 0.59 <= made.size[1] <= 0.69


def test_counters_are_one_two_or_three_units_wide() -> None:
    assert {round(piece("kitchen_counter", seed).size[0] / 0.6, 2) for seed in MANY} == {1.0, 2.0, 3.0}


def test_the_worktop_overhangs_the_fronts_but_not_their_handles() -> None:
    for made in pieces("kitchen_counter"):
        reach = {part.finish: float(part.vertices[:, 1].max()) for part in made.parts}
        assert reach["kitchen_front"] < reach["worktop"] < reach["metal"]


def test_the_basin_of_a_kitchen_sink_is_sunk_and_its_tap_ends_over_it() -> None:
    for made in pieces("kitchen_sink"):
        _, high = box_of(made)
        centre = high[1] - made.size[1] / 2
        bottom = highest_below(made, 0.1, centre + 0.05, 0.9)
        assert bottom == pytest.approx(0.705, abs=0.006)
        chrome = next(part for part in made.parts if part.finish == "chrome").vertices
        assert chrome[:, 2].max() > 1.15
        # The mouth of the spout: the lowest part of what stands 12 cm or more before its foot.
        foot = chrome[np.abs(chrome[:, 2] - 0.9) < 0.003][:, 1].mean()
        mouth = chrome[(chrome[:, 1] > foot + 0.15) & (chrome[:, 2] > 0.95)]
        assert len(mouth) and 0.95 < mouth[:, 2].min() < 1.1


def test_a_tap_arches_as_high_and_as_far_as_asked() -> None:
    spout, *_ = tap(0.32, 0.2)
    low, high = spout.vertices.min(axis=0), spout.vertices.max(axis=0)
    assert high[2] == pytest.approx(0.32 + 0.012, abs=0.004)
    assert high[1] == pytest.approx(0.2 + 0.012, abs=0.004)
    assert low[2] == pytest.approx(0.0, abs=1e-3)
    end = spout.vertices[spout.vertices[:, 1] > 0.18]
    assert end[:, 2].min() == pytest.approx(0.32 - 0.1 - 0.05, abs=0.01)


def test_a_rim_is_its_plate_less_its_hole() -> None:
    bars = _rim("steel", (-0.4, -0.3, 0.4, 0.3), (0.2, 0.1), (0.0, 0.05))
    # (0.8 × 0.6 − 0.4 × 0.2) × 0.05 m³ = 0.02 m³; the bars do not overlap, so their volumes add up.
    assert sum(map(volume, bars)) == pytest.approx(0.02, rel=0.005)
    made = standing("rim", "objects", bars)
    assert highest_below(made, 0.0, 0.0, 1.0) == -np.inf
    for x, y in ((0.3, 0.0), (-0.3, 0.0), (0.05, 0.2), (0.05, -0.2)):
        assert highest_below(made, x, y, 1.0) == pytest.approx(0.05)


def test_fridges_have_two_doors_with_handles_that_a_hand_reaches() -> None:
    widths = set()
    for made in (piece("fridge", seed) for seed in MANY):
        widths.add(round(made.size[0], 1))
        handles = next(part for part in made.parts if part.finish == "chrome").vertices
        assert handles[:, 2].min() > 0.2 and handles[:, 2].max() < 1.7
        assert handles[:, 1].max() == pytest.approx(made.size[1] / 2, abs=1e-3)
    assert widths == {0.6, 0.9}


def test_a_hood_is_as_wide_as_a_cooker_and_narrows_to_its_chimney() -> None:
    for made in pieces("range_hood"):
        points = np.concatenate([part.vertices for part in made.parts])
        wide, narrow = points[points[:, 2] < 0.03], points[points[:, 2] > 0.3]
        assert np.ptp(wide[:, 0]) == pytest.approx(piece("oven", 0).size[0], abs=0.01)
        assert np.ptp(narrow[:, 0]) == pytest.approx(0.26, abs=0.01)
        assert np.abs(points[:, 0]).max() < 0.31


def test_an_island_overhangs_where_stools_stand_and_not_where_drawers_open() -> None:
    for made in pieces("kitchen_island"):
        behind, before = -made.size[1] / 2 + 0.15, made.size[1] / 2 - 0.15
        assert highest_below(made, 0.1, behind, 0.8) == -np.inf
        assert highest_below(made, 0.1, before, 0.85) > 0.05


def test_wall_cabinets_have_a_handle_a_door_near_their_lower_edge() -> None:
    for made in (piece("wall_cabinet", seed) for seed in MANY):
        doors = round(made.size[0] / 0.5)
        assert made.size[0] == pytest.approx(doors * 0.5, abs=0.01) and doors in (1, 2, 3)
        handles = next(part for part in made.parts if part.finish == "metal").vertices
        assert handles[:, 2].mean() < made.size[2] / 2
