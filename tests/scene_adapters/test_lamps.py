from __future__ import annotations

import numpy as np
import pytest
import trimesh

from scene_adapters.lamps import ceiling_lamps
from tests.rooms import two_rooms

HOME = two_rooms().mesh


def test_lamps_hang_just_under_the_ceiling_inside_the_rooms() -> None:
    lamps = ceiling_lamps(HOME.vertices, HOME.triangles)
    assert 2 <= len(lamps) <= 4
    for lamp in lamps:
        x, y, z = lamp.position
        assert 0 < x < 9 and 0 < y < 4 and z == pytest.approx(2.55, abs=0.01)
    # 1.5 W/m² of 2 × 20 + 4 × 2.6 × √20 and of 2 × 16 + 4 × 2.6 × 4 m², to within what straddles walls and furniture.
    assert sum(lamp.power for lamp in lamps) == pytest.approx(130 + 110, rel=0.2)


def test_a_narrow_room_has_a_lamp_of_its_own_behind_its_door() -> None:
    vertices = HOME.vertices.copy()
    beyond = vertices[:, 0] > 5.06
    vertices[beyond, 0] = 5.06 + (vertices[beyond, 0] - 5.06) * 0.3  # a hall of 1.2 m beside the living room
    lamps = ceiling_lamps(vertices, HOME.triangles)
    inside = [lamp for lamp in lamps if 5.1 < lamp.position[0] < 6.2]
    assert inside
    for lamp in inside:
        x, width = lamp.position[0], lamp.size[0]
        assert x - width / 2 > 5.06 and x + width / 2 < 6.25, "it ends before the walls"


@pytest.mark.parametrize("thick", [0.08, 0.35])
def test_no_lamp_hangs_over_a_fixture_that_would_hide_it(thick: float) -> None:
    bare = [lamp for lamp in ceiling_lamps(HOME.vertices, HOME.triangles) if lamp.position[0] < 5]
    boxes = []
    for lamp in bare:
        box = trimesh.creation.box((0.7, 0.7, thick))
        box.apply_translation((*lamp.position[:2], 2.6 - thick / 2))
        boxes.append(box)
    fixtures = trimesh.util.concatenate(boxes)
    vertices = np.concatenate([HOME.vertices, fixtures.vertices]).astype(np.float32)
    triangles = np.concatenate([HOME.triangles, fixtures.faces + len(HOME.vertices)]).astype(np.int32)
    lamps = [lamp for lamp in ceiling_lamps(vertices, triangles) if lamp.position[0] < 5]
    assert len(lamps) == len(bare)
    for lamp in lamps:
        apart = [np.abs(np.subtract(lamp.position[:2], other.position[:2])).max() for other in bare]
        assert min(apart) > 0.35 + lamp.size[0] / 2 - 0.1


def test_a_hall_gets_less_light_for_its_floor_than_a_small_room() -> None:
    wide = HOME.vertices * np.array([3, 3, 1], np.float32)  # rooms of 180 and 144 m²
    lamps = ceiling_lamps(wide, HOME.triangles)
    assert sum(lamp.power for lamp in lamps) == pytest.approx(1.5 * (2 * 324 + 4 * 2.6 * (180**0.5 + 12)), rel=0.15)
    assert len(lamps) >= 18, "one for up to 16 m² each"


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
