"""Cloth, frames and plants: folds, hems, and leaves that grow from their pot."""

from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.furniture.decor import _bars, _leaf, _pleats, _pot
from scene_adapters.procedural.shapes import standing
from tests.scene_adapters.procedural.furniture.test_kinds import piece
from tests.scene_adapters.procedural.surfaces import highest_below, is_closed, volume

MANY = range(12)


def test_a_frame_is_four_bars_that_meet_without_overlap() -> None:
    bars = _bars("wood", 0.5, 0.8, 0.05)
    # (1 × 0.8 − 0.9 × 0.7) m² × 25 mm.
    assert sum(map(volume, bars)) == pytest.approx(0.17 * 0.025, rel=0.02)
    points = np.concatenate([bar.vertices for bar in bars])
    assert points.min(axis=0) == pytest.approx([-0.5, 0.0, 0.0], abs=1e-6)
    assert points.max(axis=0) == pytest.approx([0.5, 0.025, 0.8], abs=1e-6)


@pytest.mark.parametrize("seed", MANY)
def test_a_curtain_falls_from_its_rod_to_its_hem_in_folds_that_deepen(seed: int) -> None:
    cloth = _pleats("cloth", (0.3, 0.75), 2.3, np.random.default_rng(seed))
    assert is_closed(cloth)
    points = cloth.vertices
    assert points[:, 2].max() == pytest.approx(2.285, abs=0.003) and points[:, 2].min() == pytest.approx(
        0.005, abs=3e-3
    )
    assert points[:, 0].min() > 0.28 and points[:, 0].max() < 0.77
    above, below = points[points[:, 2] > 2.2], points[points[:, 2] < 0.1]
    assert np.ptp(below[:, 1]) > 1.4 * np.ptp(above[:, 1])
    assert points[:, 1].min() > 0.04, "clear of the wall"


@pytest.mark.parametrize(("heading", "axis", "sign"), [(0.0, 0, 1), (np.pi / 2, 1, 1), (np.pi, 0, -1)])
def test_a_leaf_grows_from_its_root_towards_its_heading(heading: float, axis: int, sign: int) -> None:
    leaf = _leaf("leaf.0", (0.1, -0.2, 0.5), heading, 0.6, 0.4, 0.08, 0.5)
    offset = leaf.vertices - np.array([0.1, -0.2, 0.5], np.float32)
    far = offset[np.abs(offset[:, axis]).argmax()]
    assert far[axis] * sign > 0.3
    assert np.abs(offset[:, 1 - axis]).max() <= 0.041
    assert np.linalg.norm(offset, axis=1).max() < 0.45
    assert far[2] > 0.05


def test_a_drooping_leaf_ends_lower_than_a_stiff_one() -> None:
    stiff, drooping = (_leaf("leaf.0", (0, 0, 0), 0.0, 0.6, 0.4, 0.08, droop) for droop in (0.0, 1.8))
    ends = [leaf.vertices[leaf.vertices[:, 0].argmax(), 2] for leaf in (stiff, drooping)]
    # A stiff leaf rises at 0.6 rad all the way: 0.4 m × sin 0.6.
    assert ends[0] == pytest.approx(0.4 * np.sin(0.6), abs=0.02)
    assert ends[1] < ends[0] - 0.1


def test_a_pot_is_hollow_and_stands_on_a_narrower_foot() -> None:
    pot = _pot("terracotta", 0.2, 0.3)
    made = standing("pot", "plant", [pot])
    assert highest_below(made, 0.001, 0.002, 1.0) == pytest.approx(0.04, abs=0.002)
    foot = pot.vertices[pot.vertices[:, 2] < 1e-6]
    assert np.linalg.norm(foot[:, :2], axis=1).max() == pytest.approx(0.144, abs=1e-4)
    assert np.linalg.norm(pot.vertices[:, :2], axis=1).max() == pytest.approx(0.206, abs=1e-4)


@pytest.mark.parametrize("seed", MANY)
def test_every_part_of_a_plant_hangs_together_with_its_pot(seed: int) -> None:
    made = piece("plant", seed)
    leaves = np.concatenate([part.vertices for part in made.parts if part.finish.startswith("leaf")])
    soil = next(part for part in made.parts if part.finish == "soil").vertices
    near = np.linalg.norm(leaves - soil.mean(axis=0), axis=1)
    if any(part.finish == "bark" for part in made.parts):
        bark = next(part for part in made.parts if part.finish == "bark").vertices
        near = np.linalg.norm(bark - soil.mean(axis=0), axis=1)
    assert near.min() < 0.1
    assert 0.4 < made.size[2] < 1.8


def test_round_rugs_are_round_and_others_longer_than_deep() -> None:
    labels = set()
    for seed in MANY:
        made = piece("rug", seed)
        labels.add(made.label)
        corner = highest_below(made, made.size[0] * 0.46, made.size[1] * 0.46, 1.0)
        if made.label == "round rug":
            assert made.size[0] == pytest.approx(made.size[1], rel=0.01) and corner == -np.inf
        else:
            assert 0.6 <= made.size[1] / made.size[0] <= 0.75 and corner == pytest.approx(0.012, abs=0.001)
    assert labels == {"rug", "round rug"}


def test_blinds_are_lowered_to_different_heights_but_hang_from_their_box() -> None:
    hems = set()
    for seed in MANY:
        made = piece("blinds", seed)
        points = np.concatenate([part.vertices for part in made.parts])
        # The mounted piece starts at the lowest bar, wherever that hangs.
        assert points[:, 2].min() == pytest.approx(0.0, abs=1e-4)
        hems.add(round(made.size[2], 1))
    assert len(hems) >= 3
