"""Scenes from above: each colour worked out from material, height and light, each place from the scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.top_down import top_down
from schemas.arrays import UInt8
from schemas.scenes import Scene, Storey, Texture
from tests.rooms import two_rooms
from tests.walks import scene

# The flat spans x −0.1..9.1 and y −0.1..4.1; with the margin of 4 % a pixel is 1.04 cm at this width.
WIDTH, METRES = 920, 0.0104
SKY = 243  # 0.9 linear


@pytest.fixture(scope="module")
def picture() -> UInt8:
    return top_down(scene(), scene().storeys[0], WIDTH)


def at(picture: UInt8, x: float, y: float) -> list[int]:
    """The colour at a place of the world."""
    column = (x - 4.5) / METRES + (WIDTH - 1) / 2
    row = (2.0 - y) / METRES + (picture.shape[0] - 1) / 2
    return [int(value) for value in picture[round(row), round(column)]]


def shown(linear: float) -> int:
    """The display value of a linear one, by hand: gamma 2.2."""
    return int(255 * linear ** (1 / 2.2))


def test_the_picture_is_as_wide_as_asked_and_as_high_as_the_flat_is_deep(picture: UInt8) -> None:
    assert picture.shape == (420, 920, 3)
    assert picture.dtype == np.uint8
    assert top_down(scene(), scene().storeys[0]).shape == (548, 1200, 3)


def test_what_stands_in_a_room_has_its_colour_darker_the_lower_it_is(picture: UInt8) -> None:
    # The sofa's seat is 1.2 m under the cut: 1 − 0.12 × 1.2 = 0.856 of (0.15, 0.25, 0.6).
    assert at(picture, 1.1, 3.5) == pytest.approx([shown(0.856 * c) for c in (0.15, 0.25, 0.6)], abs=1)
    # The bed is of the same cloth but 0.3 m lower.
    assert at(picture, 8.0, 1.0) == pytest.approx([shown(0.82 * c) for c in (0.15, 0.25, 0.6)], abs=1)


def test_a_textured_floor_has_the_mean_colour_of_its_image(picture: UInt8) -> None:
    # Means 150, 135, 120 (red, green, blue) under two metres of drop: 0.76 of their light.
    expected = [int(255 * (mean / 255) * 0.76 ** (1 / 2.2)) for mean in (150, 135, 120)]
    assert at(picture, 3.0, 0.5) == pytest.approx(expected, abs=1)


def test_walls_are_cut_dark_and_the_doorway_under_its_lintel_is_open(picture: UInt8) -> None:
    assert at(picture, 5.0, 0.7) == [shown(0.03)] * 3
    assert at(picture, -0.05, 2.0) == [shown(0.03)] * 3
    assert at(picture, 5.0, 2.0) == at(picture, 3.0, 0.5)


def test_north_is_up_and_east_is_right(picture: UInt8) -> None:
    # The wardrobe, whose top is flush with the cut, is left out; the plant stands in the north of the east room.
    leaf = (picture[..., 1].astype(int) > 1.5 * picture[..., 0]) & (picture[..., 1] > 1.5 * picture[..., 2])
    rows, columns = np.nonzero(leaf)
    assert rows.mean() == pytest.approx((2.0 - 3.6) / METRES + 209.5, abs=2)
    assert columns.mean() == pytest.approx((5.5 - 4.5) / METRES + 459.5, abs=2)


def test_the_margin_around_the_home_is_light(picture: UInt8) -> None:
    for corner in (picture[0, 0], picture[0, -1], picture[-1, 0], picture[-1, -1]):
        assert corner.tolist() == [SKY] * 3


def test_the_bar_is_a_metre_long(picture: UInt8) -> None:
    row = picture[-12, :, 0] == 20
    assert np.flatnonzero(row).tolist() == list(range(12, 12 + 96))


def test_a_low_ceiling_lowers_the_cut_below_itself() -> None:
    made = scene()
    low = top_down(made, Storey(0, 0.0, 0.7), WIDTH)
    # Cut at 0.65 m, under the table top: the floor is seen where the table was.
    assert at(low, 1.6, 1.8) == at(low, 3.0, 0.5)
    assert at(low, 8.0, 1.0) != at(low, 6.0, 1.0)


def test_an_upper_storey_is_seen_from_its_own_height() -> None:
    lifted = _lifted(two_rooms(), 3.0)
    assert np.array_equal(top_down(lifted, Storey(1, 3.0, 5.6), 240), top_down(scene(), scene().storeys[0], 240))


def _lifted(made: Scene, by: float) -> Scene:
    vertices = made.mesh.vertices + np.array([0, 0, by], np.float32)
    return replace(made, mesh=replace(made.mesh, vertices=vertices))


def test_a_hole_in_the_floor_is_light_not_the_colour_of_what_lies_deep_below() -> None:
    made = scene()
    down = made.mesh.vertices.copy()
    # The west room's floor, the first box of 24 vertices, drops by a metre: more than 0.6 m below the floor.
    down[:24, 2] -= 1.0
    picture = top_down(replace(made, mesh=replace(made.mesh, vertices=down)), made.storeys[0], WIDTH)
    assert at(picture, 3.0, 0.5) == [SKY] * 3
    assert at(picture, 6.0, 2.5) != [SKY] * 3


def test_a_texture_that_cannot_be_decoded_leaves_the_base_colour() -> None:
    made = scene()
    broken = replace(made, mesh=replace(made.mesh, textures=(Texture("junk", b"no image at all"),)))
    assert at(top_down(broken, made.storeys[0], WIDTH), 3.0, 0.5) == [shown(0.76)] * 3


def test_a_ceiling_that_runs_on_inside_the_walls_does_not_hide_them() -> None:
    made = scene()
    vertices = made.mesh.vertices.copy()
    # Only the ceiling, the third box: 0.2 m lower, its underside is inside every wall.
    vertices[48:72, 2] -= 0.2
    picture = top_down(replace(made, mesh=replace(made.mesh, vertices=vertices)), made.storeys[0], WIDTH)
    assert at(picture, 5.0, 0.7) == at(picture, 2.0, -0.05) == [shown(0.03)] * 3


def test_a_long_and_narrow_scene_stays_a_picture_of_bearable_size() -> None:
    made = scene()
    squeezed = made.mesh.vertices * np.array([0.02, 20.0, 1.0], np.float32)
    # 0.184 m wide and 84 m long: at its own width a pixel would be 0.4 mm.
    long = replace(made, mesh=replace(made.mesh, vertices=squeezed))
    assert top_down(long, made.storeys[0], 100).shape == (400, 100, 3)


def test_a_scene_without_a_wall_is_drawn_without_one() -> None:
    made = scene()
    unnamed = tuple(replace(instance, category="unlabeled") for instance in made.instances)
    picture = top_down(replace(made, instances=unnamed), made.storeys[0], WIDTH)
    assert not (picture == shown(0.03)).all(axis=2).any()
