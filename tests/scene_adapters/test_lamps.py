from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.lamps import ceiling_lamps
from tests.rooms import two_rooms

HOME = two_rooms().mesh


def test_lamps_hang_just_under_the_ceiling_inside_the_rooms() -> None:
    lamps = ceiling_lamps(HOME.vertices, HOME.triangles)
    assert 2 <= len(lamps) <= 4
    for lamp in lamps:
        x, y, z = lamp.position
        assert 0 < x < 9 and 0 < y < 4 and z == pytest.approx(2.55, abs=0.01)
    # 36 m² at 6 W/m², to within the cells that straddle walls.
    assert sum(lamp.power for lamp in lamps) == pytest.approx(216, rel=0.2)


def test_every_storey_is_lit() -> None:
    upper = HOME.vertices + np.array([0, 0, 2.8], np.float32)
    vertices = np.concatenate([HOME.vertices, upper])
    triangles = np.concatenate([HOME.triangles, HOME.triangles + len(upper)]).astype(np.int32)
    heights = sorted({round(lamp.position[2], 1) for lamp in ceiling_lamps(vertices, triangles)})
    assert heights == [2.6, 5.4] or heights == [2.5, 5.3] or len(heights) == 2


def test_a_home_without_a_ceiling_is_lit_from_2_6_m() -> None:
    lamps = ceiling_lamps(HOME.vertices, HOME.triangles[HOME.instance != 3])
    assert lamps
    assert np.median([lamp.position[2] for lamp in lamps]) == pytest.approx(2.55, abs=0.1)


def test_the_order_of_triangles_does_not_matter() -> None:
    assert ceiling_lamps(HOME.vertices, HOME.triangles[::-1].copy()) == ceiling_lamps(HOME.vertices, HOME.triangles)


def test_what_is_too_wide_to_be_lit_by_the_grid_gets_none() -> None:
    assert ceiling_lamps(HOME.vertices * 1000, HOME.triangles) == ()
