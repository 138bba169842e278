"""Cameras: projection worked by hand, round trips, presets and their errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cameras import Camera, inside, pinhole, preset, project, unproject
from schemas.frames import camera_pose

ODD = Camera("odd", 64, 48, 40.0, 50.0, 20.5, 31.25)


def test_the_optical_axis_meets_the_principal_point():
    pose = camera_pose(np.array([1.0, 1.0, 1.0]), 0.0, 0.0)
    uv, depth = project(ODD, pose, np.array([[3.0, 1.0, 1.0]]))
    np.testing.assert_allclose(uv, [[20.5, 31.25]])
    np.testing.assert_allclose(depth, [2.0])


def test_a_point_to_the_right_and_below_moves_right_and_down_in_the_image():
    pose = camera_pose(np.zeros(3), 0.0, 0.0)
    uv, _ = project(ODD, pose, np.array([[2.0, -1.0, -0.5]]))
    np.testing.assert_allclose(uv, [[20.5 + 40 * 0.5, 31.25 + 50 * 0.25]])


def test_depth_is_planar_not_the_distance():
    _, depth = project(ODD, camera_pose(np.zeros(3), 0.0, 0.0), np.array([[3.0, 4.0, 0.0]]))
    np.testing.assert_allclose(depth, [3.0])


@given(st.floats(0, 63), st.floats(0, 47), st.floats(0.2, 30), st.floats(-3, 3), st.floats(-1, 1))
def test_unproject_undoes_project(u, v, z, yaw, pitch):
    pose = camera_pose(np.array([5.0, -2.0, 0.7]), yaw, pitch)
    points = unproject(ODD, pose, np.array([[u, v]]), np.array([z]))
    uv, depth = project(ODD, pose, points)
    np.testing.assert_allclose(uv, [[u, v]], atol=1e-7)
    np.testing.assert_allclose(depth, [z], atol=1e-9)


def test_a_point_behind_the_camera_has_a_negative_depth_and_is_not_inside():
    uv, depth = project(ODD, camera_pose(np.zeros(3), 0.0, 0.0), np.array([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    assert depth[0] < 0
    assert not inside(ODD, uv, depth).any()


def test_pixels_reach_half_a_pixel_beyond_their_centres():
    uv = np.array([[-0.4, 0.0], [-0.6, 0.0], [63.4, 47.4], [63.6, 0.0]])
    np.testing.assert_array_equal(inside(ODD, uv, np.ones(4)), [True, False, True, False])


def test_the_habitat_preset_spans_79_degrees_from_edge_to_edge():
    camera = preset("habitat")
    left, right = -0.5, camera.width - 0.5
    span = np.arctan((right - camera.cx) / camera.fx) - np.arctan((left - camera.cx) / camera.fx)
    assert np.degrees(span) == pytest.approx(79.0)
    assert (camera.cx, camera.cy) == (319.5, 239.5)


def test_the_d435i_preset_is_the_published_one():
    np.testing.assert_array_equal(preset("d435i").matrix, [[355.81464, 0, 240], [0, 351.68701, 135], [0, 0, 1]])


def test_a_wrong_preset_names_the_closest():
    with pytest.raises(ValueError, match="did you mean 'habitat'"):
        preset("habitatt")
    with pytest.raises(ValueError, match="width, height, fx, fy, cx, cy"):
        preset("zzz")


@pytest.mark.parametrize(
    "numbers", [(0, 10, 1, 1, 0, 0), (10, 10, 0, 1, 0, 0), (10, 10, 1, 1, float("nan"), 0), (9000, 10, 1, 1, 0, 0)]
)
def test_impossible_cameras_are_refused(numbers):
    with pytest.raises(ValueError, match="camera bad"):
        Camera("bad", *numbers)


def test_pinhole_has_square_pixels():
    camera = pinhole("p", 256, 256, 90.0)
    assert camera.fx == camera.fy == pytest.approx(128.0)
