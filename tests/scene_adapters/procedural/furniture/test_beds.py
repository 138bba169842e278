"""Beds: mattress, head, and covers that lie on each other without poking through."""

from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.furniture.beds import _cover, _pillows, _ripple
from tests.scene_adapters.procedural.furniture.test_kinds import piece
from tests.scene_adapters.procedural.surfaces import highest_below, is_closed, volume

MANY = range(12)


def test_beds_come_in_the_widths_that_shops_sell() -> None:
    # The frame adds 4 cm on each side of the mattress, the covers that hang over it a little more.
    for kind, sold in (("bed_double", (1.4, 1.6, 1.8)), ("bed_single", (0.9, 1.0))):
        nearest = {min(sold, key=lambda width: abs(piece(kind, seed).size[0] - 0.15 - width)) for seed in MANY}
        assert nearest == set(sold)
        for seed in MANY:
            assert min(piece(kind, seed).size[0] - width for width in sold) < 0.3


def test_the_headboard_is_the_highest_part_and_at_the_back() -> None:
    for seed in MANY:
        made = piece("bed_double", seed)
        points = np.concatenate([part.vertices for part in made.parts])
        assert points[points[:, 2] > made.size[2] - 0.05][:, 1].max() < -made.size[1] / 2 + 0.2
        assert 0.85 < made.size[2] < 1.3


def test_the_cover_lies_level_over_the_foot_and_hangs_down_both_sides() -> None:
    for seed in MANY:
        made = piece("bed_single", seed)
        middle = highest_below(made, 0.0, 0.5, 2.0)
        assert 0.5 < middle < 0.75
        edge = made.size[0] / 2 - 0.005
        hanging = [
            part.vertices for part in made.parts if part.finish.startswith(("fabric.bed", "cushion", "fabric.bl"))
        ]
        low = np.concatenate(hanging)
        low = low[np.abs(low[:, 0]) > edge - 0.05]
        assert len(low) and low[:, 2].min() < middle - 0.2
        assert low[:, 2].min() > 0.1


def test_pillows_lie_at_the_head_only() -> None:
    for seed in MANY:
        made = piece("bed_double", seed)
        sheet = next(part for part in made.parts if part.finish == "fabric.sheet").vertices
        above = sheet[sheet[:, 2] > highest_below(made, 0.0, 0.9, 2.0) + 0.05]
        assert len(above) and above[:, 1].max() < -0.3


def test_pillows_lean_on_the_headboard_higher_towards_it() -> None:
    for seed in MANY:
        pillows = _pillows(0.0, -1.0, 0.5, np.random.default_rng(seed))
        for pillow in pillows:
            low, high = pillow.vertices.min(axis=0), pillow.vertices.max(axis=0)
            upper = pillow.vertices[pillow.vertices[:, 2] > high[2] - 0.04].mean(axis=0)
            lower = pillow.vertices[pillow.vertices[:, 2] < low[2] + 0.04].mean(axis=0)
            assert upper[1] < lower[1] - 0.1
            assert low[1] > -1.02, "not in the headboard"
            assert low[2] == pytest.approx(0.5, abs=0.06)
        assert pillows[0].vertices[:, 2].max() > pillows[1].vertices[:, 2].max()


@pytest.mark.parametrize("seed", range(6))
def test_a_blanket_over_a_duvet_stays_over_it_everywhere(seed: int) -> None:
    ripple = _ripple(np.random.default_rng(seed))
    duvet = _cover("duvet", 0.735, (-0.3, 1.02), 0.535, 0.04, 0.28, ripple)
    blanket = _cover("blanket", 0.765, (0.3, 0.9), 0.567, 0.016, 0.26, ripple)
    level = blanket.vertices[np.abs(blanket.vertices[:, 0]) < 0.66]
    beneath = level[level[:, 2] < np.median(level[:, 2])]
    for x, y, z in beneath[::7]:
        spot = duvet.vertices[np.linalg.norm(duvet.vertices[:, :2] - (x, y), axis=1) < 0.12]
        if len(spot):
            assert z > np.median(spot[:, 2]) - 0.02


def test_waves_of_a_cover_stay_within_one_and_differ_between_beds() -> None:
    x, y = np.meshgrid(np.linspace(-1, 1, 20), np.linspace(-1, 1, 20))
    first, again, other = (_ripple(np.random.default_rng(seed))(x, y) for seed in (1, 1, 2))
    assert np.abs(first).max() <= 1.0
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert first.std() > 0.2


def test_a_cover_is_a_closed_solid_as_wide_as_asked() -> None:
    cover = _cover("duvet", 0.5, (-1.0, 1.0), 0.6, 0.04, 0.3, _ripple(np.random.default_rng(0)))
    assert is_closed(cover) and volume(cover) > 0.04 * 0.9 * 1.9
    low, high = cover.vertices.min(axis=0), cover.vertices.max(axis=0)
    assert (high - low)[1] == pytest.approx(2.0, abs=0.05)
    assert 1.0 <= (high - low)[0] <= 1.1
    assert low[2] == pytest.approx(0.3, abs=0.03)
