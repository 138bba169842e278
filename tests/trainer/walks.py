"""The public loader's computation of a window, as its description says it: in world poses and 4 × 4 matrices."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.interpolate import CubicSpline

from schemas.frames import camera_pose, opencv_to_opengl


def mount(pitch: float) -> np.ndarray:
    """Rotation of the camera mount: base x right, y forward, z up; OpenGL camera axes."""
    sin, cos = np.sin(pitch), np.cos(pitch)
    return np.array([[1, 0, 0], [0, sin, -cos], [0, cos, sin]])


def poses_of(points, yaw, height, pitch) -> np.ndarray:
    """`action` of the dialect: OpenGL camera poses in the world."""
    centres = np.column_stack([points, np.full(len(points), height)])
    return opencv_to_opengl(camera_pose(centres, yaw, pitch))


def slow_motion(poses, pitch, obstacles, choice):
    """labels, augments, point goal and both critics, by the description."""
    base = np.eye(4)
    base[:3, :3] = poses[choice.current, :3, :3] @ np.linalg.inv(mount(pitch))
    base[:3, 3] = poses[choice.current, :3, 3]
    window = poses[choice.current : choice.goal + 1, :3, 3]
    walk = _local(window, base)
    cos, sin = np.cos(choice.rotation), np.sin(choice.rotation)
    turned = np.column_stack([walk[:, :2] @ np.array([[cos, -sin], [sin, cos]]).T, np.zeros(len(walk))])
    beside = np.stack([(base @ [-y, x, z, 1])[:3] for x, y, z in turned])
    t = np.linspace(0, 1, len(beside))
    beside = np.stack([CubicSpline(t, column)(t) for column in beside.T], axis=1)
    rows, augmented = (_rows(path, walk[1] - walk[0]) for path in (walk, _local(beside, base)))
    index = np.clip(np.arange(25) * choice.stride, 0, len(window) - 2)
    labels, augments = (4 * (path[index][1:] - path[index][:-1]) for path in (rows, augmented))
    return labels, augments, rows[-1], _critic(window, obstacles, index), _critic(beside, obstacles, index)


def slow_pixel(poses, pitch, height, camera, choice) -> tuple[float, float]:
    """The goal's pixel in the earlier frame, through the mount's matrix."""
    base = np.eye(4)
    base[:3, :3] = poses[choice.earlier, :3, :3] @ np.linalg.inv(mount(pitch))
    base[:3, 3] = poses[choice.earlier, :3, 3]
    ahead, left, _ = _local(poses[choice.earlier : choice.goal, :3, 3], base)[-1]
    x, y, z = mount(pitch).T @ [-left, ahead, -0.8 * height]
    return camera.cx - camera.fx * x / z, camera.cy + camera.fy * y / z


def _local(points, base):
    inside = (np.linalg.inv(base) @ np.column_stack([points, np.ones(len(points))]).T).T
    return np.column_stack([inside[:, 1], -inside[:, 0], inside[:, 2]])


def _rows(path, first):
    rows = []
    for here, there in itertools.pairwise(path):
        step = there - here
        cross = first[0] * step[1] - first[1] * step[0]
        rows.append([here[0], here[1], np.arctan2(cross, first[:2] @ step[:2])])
    return np.array(rows)


def _critic(points, obstacles, index):
    if not len(obstacles):
        return 2.0
    distance = np.abs(points[:, None, :2] - obstacles[None]).sum(-1).min(-1)[index]
    return -5 * np.mean(distance[:-1] < 0.1) + 0.5 * np.diff(distance).sum()
