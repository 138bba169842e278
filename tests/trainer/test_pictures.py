"""Image inputs: where pixels land, what is cut from depth, and the mark of a goal."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.pictures import depth_input, goal_mask, in_image, squared_color, unit_range


def test_a_wide_image_fills_the_width_and_is_padded_above_and_below():
    got = unit_range(squared_color(np.full((270, 480, 3), 255, np.uint8)))
    assert got.shape == (224, 224, 3)
    assert got.dtype == np.float32
    assert (got[49:175] == 1).all()  # 270 · 224 / 480 = 126 rows
    assert (got[:49] == 0).all() and (got[175:] == 0).all()


def test_a_tall_image_is_padded_left_and_right():
    got = unit_range(squared_color(np.full((100, 50, 3), 51, np.uint8)))
    assert np.allclose(got[:, 56:168], 0.2)
    assert (got[:, :56] == 0).all() and (got[:, 168:] == 0).all()


def test_an_odd_rest_is_stretched_to_the_square():
    got = squared_color(np.full((271, 480, 3), 255, np.uint8))
    assert got.shape == (224, 224, 3)
    assert squared_color(np.full((269, 481, 3), 255, np.uint8)).shape == (224, 224, 3)


def test_channels_of_several_images_lie_behind_each_other():
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    got = unit_range(image, image[:, :, :1], image[:, :, ::-1])
    exact = image.astype(np.float32) / np.float32(255)
    assert np.array_equal(got, np.concatenate([exact, exact[:, :, :1], exact[:, :, ::-1]], axis=-1))


def test_depth_below_a_decimetre_and_above_five_metres_is_none():
    depth = np.repeat([0.05, 0.1, 2.5, 5.0, 5.1, 9.0, 0.0], 32)[None].repeat(224, axis=0)
    got = depth_input(depth)
    assert got.shape == (224, 224, 1)
    assert got[100, 16::32, 0] == pytest.approx([0, 0.1, 2.5, 5.0, 0, 0, 0])


def test_depth_at_an_edge_is_blended_as_the_dialect_holds_it():
    depth = np.full((448, 448), 3.0)
    depth[:, 224:] = 60.0
    depth[:, 223] = 60.0  # one pixel of the pair that becomes one
    far = depth_input(depth)[100, 111, 0]
    assert far == pytest.approx((3.0 + 6.5535) / 2)


def test_the_mark_of_a_goal_is_a_rectangle_with_its_own_half_sides():
    mask = goal_mask(224, 224, (100.5, 50.2), (6, 7, 8, 11))
    rows, columns = np.nonzero(mask[:, :, 0])
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (94, 108, 43, 61)
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 255}


def test_a_mark_at_the_border_is_cut_and_one_outside_is_not_drawn():
    mask = goal_mask(224, 224, (2.0, 223.0), (6, 6, 6, 6))
    rows, columns = np.nonzero(mask[:, :, 0])
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (0, 8, 217, 223)
    for outside in ((-1.0, 50.0), (50.0, 224.0), (0.0, 10.0), (1e9, -1e9), (np.nan, np.nan)):
        assert not in_image(224, 224, outside)
        assert not goal_mask(224, 224, outside, (6, 6, 6, 6)).any()
