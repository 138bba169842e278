from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.lighting import daylight, lamp_lights
from scene_adapters.procedural.openings import OpeningKind
from scene_adapters.procedural.rectangles import Rectangle
from scene_adapters.procedural.shapes import Lamp
from schemas.scenes import LightKind
from tests.scene_adapters.procedural.homes import CHOSEN, built, designed


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_daylight_enters_every_window_and_shines_into_its_room(seed: int, kind: str) -> None:
    made = designed(seed, kind)
    windows = [opening for opening in made.openings if opening.kind == OpeningKind.WINDOW]
    *panes, sun = daylight(made.plan, made.openings, np.random.default_rng(0))
    assert len(panes) == len(windows)
    assert sun.kind is LightKind.SUN
    assert sun.direction[2] < -0.3
    for opening, light in zip(windows, panes, strict=True):
        x, y, _ = np.add(light.position, np.multiply(light.direction, 0.5))
        assert made.plan.rooms[opening.rooms[0]].inside.contains(Rectangle(x, y, x, y))
        assert light.power > 0


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_every_light_has_a_unit_direction_and_a_colour_that_peaks_at_one(seed: int, kind: str) -> None:
    for light in built(seed, kind).lights:
        assert np.linalg.norm(light.direction) == pytest.approx(1)
        assert max(light.color) == pytest.approx(1)
        assert min(light.color) > 0
        assert light.power > 0


def test_lamps_shine_from_where_their_bulbs_are_and_share_what_a_room_needs() -> None:
    bulbs = [Lamp((1.0, 2.0, 2.4), (1.0, 0.8, 0.6), 40.0, 0.1), Lamp((0.0, 0.0, 1.0), (1.0, 0.8, 0.6), 10.0, 0.05)]
    lights = lamp_lights(bulbs, 16.0)
    assert [light.position for light in lights] == [bulb.position for bulb in bulbs]
    assert [light.size for light in lights] == [(0.1, 0.1), (0.05, 0.05)]
    # 30 W and 5 W/m² × 16 m², shared 4 : 1.
    assert [light.power for light in lights] == pytest.approx([88.0, 22.0])
    assert {light.kind for light in lights} == {LightKind.POINT}


def test_a_room_without_lamps_stays_dark() -> None:
    assert lamp_lights([], 10.0) == ()
