"""Lamps: bulbs where light gets out, and shades that stay within their piece."""

from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.furniture.lights import _shade
from tests.scene_adapters.procedural.furniture.test_kinds import piece
from tests.scene_adapters.procedural.surfaces import is_closed, volume

MANY = range(16)


def test_a_shade_is_an_open_cone_of_three_millimetres_around_its_bulb() -> None:
    cone, bulb, *arms = _shade("shade", 0.10, 0.20, 0.26, (1.0, 2.0, 1.5))
    assert is_closed(cone)
    # A cone's wall: mean circumference 2π × 0.15 less half the wall, 3 mm thick across, 0.26 m high.
    assert volume(cone) == pytest.approx(2 * np.pi * (0.15 - 0.0015) * 0.003 * 0.26, rel=0.02)
    low, high = cone.vertices.min(axis=0), cone.vertices.max(axis=0)
    assert low == pytest.approx([0.8, 1.8, 1.37], abs=1e-3)
    assert high == pytest.approx([1.2, 2.2, 1.63], abs=1e-3)
    assert bulb.vertices.mean(axis=0) == pytest.approx([1.0, 2.0, 1.5], abs=0.01)
    for arm in arms:
        # From the axis to the wall at the top.
        reach = np.linalg.norm(arm.vertices[:, :2] - (1.0, 2.0), axis=1).max()
        assert 0.09 < reach < 0.105 and arm.vertices[:, 2].min() > 1.6


@pytest.mark.parametrize(("kind", "watts"), [("floor_lamp", 28.0), ("table_lamp", 12.0), ("pendant_lamp", 45.0)])
def test_a_lamp_has_one_bulb_of_its_power(kind: str, watts: float) -> None:
    for seed in MANY:
        (lamp,) = piece(kind, seed).lamps
        assert lamp.power == watts


def test_a_ceiling_lamp_gives_sixty_watts_from_one_bulb_or_three_spots() -> None:
    counts = set()
    for seed in MANY:
        lamps = piece("ceiling_lamp", seed).lamps
        counts.add(len(lamps))
        assert sum(lamp.power for lamp in lamps) == 60.0
        if len(lamps) == 3:
            assert np.diff([lamp.position[0] for lamp in lamps]) == pytest.approx([0.27, 0.27], abs=0.11)
    assert counts == {1, 3}


def test_floor_lamps_are_at_the_height_of_eyes_and_table_lamps_fit_on_a_nightstand() -> None:
    for seed in MANY:
        assert 1.3 < piece("floor_lamp", seed).size[2] < 1.75
        table = piece("table_lamp", seed)
        assert table.size[2] < 0.55 and max(table.size[:2]) <= 0.36


def test_pendants_hang_below_the_lintel_of_a_door_only_over_tables() -> None:
    # 0.5 to 0.85 m of cord, then a shade: from a ceiling of 2.4 m they end above 1.2 m, clear of a table top.
    for seed in MANY:
        made = piece("pendant_lamp", seed)
        assert 0.6 < made.size[2] < 1.15
        assert 2.4 - made.size[2] > 0.75 + 0.4


def test_the_bulb_of_a_lamp_is_inside_its_shade_seen_from_above() -> None:
    for seed in MANY:
        made = piece("floor_lamp", seed)
        shade = next(part for part in made.parts if part.finish == "shade").vertices
        (lamp,) = made.lamps
        centre = (shade.min(axis=0) + shade.max(axis=0)) / 2
        assert lamp.position == pytest.approx(centre.tolist(), abs=0.01)
