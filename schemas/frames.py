"""Coordinate frames and the conversions between them.

World: right-handed, Z up, metres. Yaw is measured from +X, counter-clockwise, in radians.
A camera pose is `camera_to_world`, 4×4, with OpenCV axes: x right, y down, z forward.
Every function takes one pose (4, 4) or a stack (..., 4, 4), float64, and returns the same shape.
"""

from __future__ import annotations

import numpy as np

from schemas.arrays import Float64

_FLIP_YZ = np.diag([1.0, -1.0, -1.0, 1.0])
_WORLD_FROM_HABITAT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
# Columns: the OpenCV camera's x, y, z axes in a body frame with x forward, y left, z up.
_BODY_FROM_OPENCV = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def wrap_angle(angle: Float64 | float) -> Float64:
    """Angles, any shape, radians, brought into [−π, π)."""
    return np.asarray((np.asarray(angle, dtype=np.float64) + np.pi) % (2 * np.pi) - np.pi)


def opencv_to_opengl(camera_to_world: Float64) -> Float64:
    """Pose with OpenCV camera axes → pose with OpenGL axes (x right, y up, looking along −z)."""
    return np.asarray(camera_to_world @ _FLIP_YZ)


def opengl_to_opencv(camera_to_world: Float64) -> Float64:
    """Pose with OpenGL camera axes → pose with OpenCV axes. Its own inverse is `opencv_to_opengl`."""
    return np.asarray(camera_to_world @ _FLIP_YZ)


def habitat_to_world(points: Float64) -> Float64:
    """Points (..., 3) in Habitat's frame (Y up, agent looks along −Z) → world: (x, y, z) → (x, −z, y)."""
    return np.asarray(np.asarray(points, dtype=np.float64) @ _WORLD_FROM_HABITAT.T)


def world_to_habitat(points: Float64) -> Float64:
    """Points (..., 3) in the world → Habitat's frame: (x, y, z) → (x, z, −y)."""
    return np.asarray(np.asarray(points, dtype=np.float64) @ _WORLD_FROM_HABITAT)


def habitat_pose_to_world(position: Float64, rotation_xyzw: Float64) -> Float64:
    """Habitat camera (3,) and quaternion (4,), scalar last → `camera_to_world` (4, 4) with OpenCV axes.

    Exact for tilted cameras too: the axes are changed, not the quaternion's signs.
    """
    pose = np.eye(4)
    pose[:3, :3] = _WORLD_FROM_HABITAT @ quaternion_matrix(rotation_xyzw)
    pose[:3, 3] = habitat_to_world(np.asarray(position, dtype=np.float64))
    return opengl_to_opencv(pose)


def world_pose_to_habitat(camera_to_world: Float64) -> tuple[Float64, Float64]:
    """Inverse of `habitat_pose_to_world`: position (3,) and quaternion (4,), scalar last."""
    opengl = opencv_to_opengl(camera_to_world)
    rotation = _WORLD_FROM_HABITAT.T @ opengl[:3, :3]
    return world_to_habitat(opengl[:3, 3]), matrix_quaternion(rotation)


def quaternion_matrix(xyzw: Float64) -> Float64:
    """Quaternion (4,), scalar last, need not be of unit length → rotation (3, 3)."""
    x, y, z, w = np.asarray(xyzw, dtype=np.float64) / np.linalg.norm(xyzw)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def matrix_quaternion(rotation: Float64) -> Float64:
    """Rotation (3, 3) → unit quaternion (4,), scalar last and not negative.

    The largest of the four components is found first, which keeps the division well-conditioned
    (Shepperd, 1978).
    """
    R = np.asarray(rotation, dtype=np.float64)
    trace = np.trace(R)
    squares = np.array([1 + 2 * R[0, 0] - trace, 1 + 2 * R[1, 1] - trace, 1 + 2 * R[2, 2] - trace, 1 + trace])
    largest = int(np.argmax(squares))
    if largest == 3:
        q = np.array([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1], squares[3]])
    else:
        i, j, k = largest, (largest + 1) % 3, (largest + 2) % 3
        q = np.empty(4)
        q[i] = squares[i]
        q[j] = R[j, i] + R[i, j]
        q[k] = R[k, i] + R[i, k]
        q[3] = R[k, j] - R[j, k]
    q /= np.linalg.norm(q)
    return np.asarray(q if q[3] >= 0 else -q)


def camera_pose(position: Float64, yaw: Float64 | float, pitch_down: float) -> Float64:
    """Poses of an upright robot's camera.

    position : (..., 3) float64, the camera's centre in the world, metres
    yaw : (...) float64, heading from +X, radians
    pitch_down : downward tilt of the optical axis, radians, fixed by the mount
    returns `camera_to_world` (..., 4, 4) float64, OpenCV axes
    """
    position = np.asarray(position, dtype=np.float64)
    yaw = np.asarray(yaw, dtype=np.float64)
    cos, sin = np.cos(yaw), np.sin(yaw)
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)
    turn = np.stack(
        [np.stack([cos, -sin, zero], -1), np.stack([sin, cos, zero], -1), np.stack([zero, zero, one], -1)], -2
    )
    c, s = np.cos(pitch_down), np.sin(pitch_down)
    tilt = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    pose = np.zeros((*position.shape[:-1], 4, 4))
    pose[..., :3, :3] = turn @ tilt @ _BODY_FROM_OPENCV
    pose[..., :3, 3] = position
    pose[..., 3, 3] = 1.0
    return pose


def heading(camera_to_world: Float64) -> Float64:
    """Yaw (...) of the optical axis of poses (..., 4, 4), radians; undefined straight up or down."""
    return np.asarray(np.arctan2(camera_to_world[..., 1, 2], camera_to_world[..., 0, 2]))


def start_aligned(camera_to_world: Float64, floor_z: float) -> Float64:
    """Poses (T, 4, 4) → the same in a world whose origin is the floor under the first camera.

    Its X is the first heading, Y left, Z up; camera axes stay OpenCV. This is the world of the
    vln_ce dialect.
    """
    first = camera_to_world[0]
    yaw = float(heading(first))
    world_from_start = np.eye(4)
    world_from_start[:2, :2] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]]
    world_from_start[:3, 3] = [first[0, 3], first[1, 3], floor_z]
    return np.asarray(np.linalg.inv(world_from_start) @ camera_to_world)
