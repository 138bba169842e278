"""Frames: worked by hand, round trips, and the constants the reference gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.frames import (
    camera_pose,
    habitat_pose_to_world,
    habitat_to_world,
    heading,
    matrix_quaternion,
    opencv_to_opengl,
    opengl_to_opencv,
    quaternion_matrix,
    start_aligned,
    world_pose_to_habitat,
    world_to_habitat,
    wrap_angle,
)

angles = st.floats(-3.1, 3.1)
metres = st.floats(-50, 50)


def test_a_level_camera_facing_east_sees_east_ahead_and_the_floor_below():
    pose = camera_pose(np.array([1.0, 2.0, 1.25]), 0.0, 0.0)
    np.testing.assert_allclose(pose[:3, 2], [1, 0, 0], atol=1e-12)  # forward is +X
    np.testing.assert_allclose(pose[:3, 0], [0, -1, 0], atol=1e-12)  # right is −Y
    np.testing.assert_allclose(pose[:3, 1], [0, 0, -1], atol=1e-12)  # down is −Z
    np.testing.assert_allclose(pose[:3, 3], [1, 2, 1.25])


def test_pitch_down_tilts_the_optical_axis_below_the_horizon():
    pose = camera_pose(np.zeros(3), np.pi / 2, np.radians(30))
    np.testing.assert_allclose(pose[:3, 2], [0, np.cos(np.pi / 6), -0.5], atol=1e-12)


def test_the_first_pose_of_the_vln_ce_dialect_is_the_published_constant():
    pose = camera_pose(np.array([4.0, -3.0, 2.25]), 1.1, np.radians(30))
    first = start_aligned(pose[None], floor_z=1.0)[0]
    expected = np.array([[0, -0.5, 0.8660254, 0], [-1, 0, 0, 0], [0, -0.8660254, -0.5, 1.25], [0, 0, 0, 1.0]])
    np.testing.assert_allclose(first, expected, atol=1e-7)


def test_start_aligned_keeps_relative_motion():
    poses = camera_pose(np.array([[0.0, 0, 1], [1.0, 1.0, 1]]), np.array([np.pi / 4, np.pi / 2]), 0.0)
    aligned = start_aligned(poses, 0.0)
    np.testing.assert_allclose(aligned[1, :3, 3], [np.sqrt(2), 0, 1], atol=1e-12)
    assert heading(aligned[1]) == pytest.approx(np.pi / 4)


def test_habitat_points_turn_y_up_into_z_up():
    np.testing.assert_allclose(habitat_to_world(np.array([1.0, 2.0, 3.0])), [1, -3, 2])
    np.testing.assert_allclose(world_to_habitat(np.array([1.0, -3.0, 2.0])), [1, 2, 3])


def test_a_habitat_agent_at_identity_looks_along_world_plus_y():
    pose = habitat_pose_to_world(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
    np.testing.assert_allclose(pose[:3, 2], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(pose[:3, 1], [0, 0, -1], atol=1e-12)


@given(st.tuples(metres, metres, metres), st.tuples(angles, angles, angles))
def test_habitat_poses_round_trip_for_tilted_cameras_too(position, euler):
    a, b, c = (np.asarray(quaternion_matrix(np.array(q))) for q in _axis_quaternions(euler))
    quaternion = matrix_quaternion(a @ b @ c)
    pose = habitat_pose_to_world(np.array(position), quaternion)
    back_position, back_quaternion = world_pose_to_habitat(pose)
    np.testing.assert_allclose(back_position, position, atol=1e-9)
    assert abs(abs(np.dot(back_quaternion, quaternion)) - 1) < 1e-9


@given(st.tuples(angles, angles, angles))
def test_quaternions_and_matrices_agree(euler):
    rotation = np.eye(3)
    for q in _axis_quaternions(euler):
        rotation = rotation @ quaternion_matrix(np.array(q))
    np.testing.assert_allclose(quaternion_matrix(matrix_quaternion(rotation)), rotation, atol=1e-9)


def test_opengl_and_opencv_axes_differ_by_a_flip_of_y_and_z():
    pose = camera_pose(np.array([[1.0, 2, 3], [3, 2, 1]]), np.array([0.3, -2.0]), 0.2)
    opengl = opencv_to_opengl(pose)
    np.testing.assert_allclose(opengl[:, :3, 2], -pose[:, :3, 2])
    np.testing.assert_allclose(opengl[:, :3, 0], pose[:, :3, 0])
    np.testing.assert_allclose(opengl_to_opencv(opengl), pose)


@given(st.floats(-100, 100))
def test_wrapped_angles_point_the_same_way(angle):
    wrapped = wrap_angle(angle)
    assert -np.pi <= wrapped < np.pi
    assert np.cos(wrapped) == pytest.approx(np.cos(angle), abs=1e-9)
    assert np.sin(wrapped) == pytest.approx(np.sin(angle), abs=1e-9)


@given(angles, st.floats(-1.2, 1.2))
def test_heading_gives_back_the_yaw_whatever_the_pitch(yaw, pitch):
    assert float(wrap_angle(heading(camera_pose(np.zeros(3), yaw, pitch)) - yaw)) == pytest.approx(0, abs=1e-9)


def _axis_quaternions(euler):
    for axis, angle in enumerate(euler):
        q = [0.0, 0.0, 0.0, np.cos(angle / 2)]
        q[axis] = np.sin(angle / 2)
        yield q
