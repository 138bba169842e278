"""Training windows as the field's public loader (NavDP's, of the vln_n1 dialect) cuts them from a walk.

A window has three frames: `current`, where the policy acts; `goal`, where it shall go; and `earlier`, a view in
which that goal is marked. What is drawn is drawn by `draw_choice`; the rest are pure functions of arrays, so the
same choice gives what that loader computes. Two things of it may surprise: a row of a window stands for a frame and
the motion to the next one, so the goal's own row is the frame before it; and labels are four times metres, as the
diffusion policy clips its samples at ±1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from schemas.arrays import Float64, Int64
from schemas.cameras import Camera
from schemas.robots import Robot

MEMORY = 8  # frames of history
HORIZON = 24  # waypoints predicted
STRIDE = 4  # frames from one to the next
LABEL_SCALE = 4.0
NEAR = 0.1  # metres (L1) from an obstacle that count as touching it
NO_OBSTACLES = 2.0  # the critic of every path where a scene has none
GOAL_DROP = 0.8  # of the camera's height: the marked point is that far below the camera
MAX_ROTATION = np.pi / 3
MIN_FRAMES = 3


@dataclass(frozen=True)
class Choice:
    """What is drawn for one window.

    earlier ≤ current < goal : frames; stride : frames between waypoints, and between images of the history
    rotation : of the augmented path about the current pose, radians
    half_sides : of the goal's mark to the left, top, right and bottom, pixels
    """

    earlier: int
    current: int
    goal: int
    stride: int
    rotation: float
    half_sides: tuple[int, int, int, int]


@dataclass(frozen=True)
class Motion:
    """The supervision of one window. A row is (x forward, y left, accumulated turn): metres, radians.

    labels, augments : (24, 3) float64, differences of the waypoints of the walk and of its rotated copy, × 4
    point_goal : (3,) float64, the last row of the window
    label_critic, augment_critic : how safe each is, higher is safer
    """

    labels: Float64
    augments: Float64
    point_goal: Float64
    label_critic: float
    augment_critic: float


@dataclass(frozen=True)
class Obstacles:
    """Points (n, 2) float64 in the world's plane, metres, that a robot's body must not come near."""

    points: Float64

    @cached_property
    def _tree(self) -> Any:
        return cKDTree(self.points)

    def distance(self, points: Float64) -> Float64:
        """L1 distance |Δx| + |Δy| (m,) of points (m, 2) to the nearest obstacle; infinite where there is none."""
        if not len(self.points):
            return np.full(len(points), np.inf)
        return np.asarray(self._tree.query(points, p=1)[0])


def draw_choice(frames: int, generator: np.random.Generator, strides: tuple[int, int] = (STRIDE, STRIDE)) -> Choice:
    """Choose a window in a walk of that many frames, as the loader does.

    strides : the least and the largest stride drawn; (2, 7) is what the loader calls random digits
    Raises ValueError for a walk of fewer than three frames.
    """
    if frames < MIN_FRAMES:
        raise ValueError(f"{frames} frames have no window; {MIN_FRAMES} are the least")
    earlier = int(generator.integers(0, frames // 2))
    goal = int(generator.integers(earlier + 1, frames - 1))
    current = int(generator.integers(earlier, goal))
    stride = int(generator.integers(strides[0], strides[1] + 1))
    rotation = float(generator.uniform(-MAX_ROTATION, MAX_ROTATION))
    left, top, right, bottom = generator.integers(6, 12, size=4).tolist()
    return Choice(earlier, current, goal, stride, rotation, (left, top, right, bottom))


def history(current: int, stride: int = STRIDE) -> Int64:
    """The frames (8,) int64 of the history, oldest first and `current` last; −1 before the walk began."""
    frames = np.arange(current - (MEMORY - 1) * stride, current + 1, stride)
    return np.maximum(frames, -1)


def motion(points: Float64, yaw: Float64, obstacles: Obstacles, choice: Choice) -> Motion:
    """The supervision of a window of a walk.

    points : (T, 2) float64, the camera's centre frame by frame, world, metres; yaw : (T,) float64, its heading
    """
    window = points[choice.current : choice.goal + 1]
    walk = local(window, window[0], float(yaw[choice.current]))
    turned = walk @ _turn(choice.rotation).T
    rows, augmented = _rows(walk, walk[1] - walk[0]), _rows(turned, walk[1] - walk[0])
    chosen = waypoints(len(window), choice.stride)
    beside = window[0] + turned[chosen] @ _turn(float(yaw[choice.current])).T
    return Motion(
        LABEL_SCALE * np.diff(rows[chosen], axis=0),
        LABEL_SCALE * np.diff(augmented[chosen], axis=0),
        rows[-1],
        critic(obstacles.distance(window[chosen])),
        critic(obstacles.distance(beside)),
    )


def waypoints(length: int, stride: int = STRIDE) -> Int64:
    """Rows (25,) of a window of that many frames: every `stride`-th, and its last row from where it ends."""
    return np.minimum(np.arange(HORIZON + 1) * stride, length - 2)


def local(points: Float64, origin: Float64, yaw: float) -> Float64:
    """World points (n, 2) → (n, 2) seen from `origin` (2,) under the heading `yaw`: x forward, y left."""
    return np.asarray((points - origin) @ _turn(yaw))


def critic(distance: Float64) -> float:
    """How safe a path is, from the L1 distances (25,) of its waypoints to the nearest obstacle, metres.

    −5 × the share of the first 24 below 0.1 m, + 0.5 × what the distance gains from the first to the last.
    """
    if np.isinf(distance).any():
        return NO_OBSTACLES
    return float(-5.0 * np.mean(distance[:-1] < NEAR) + 0.5 * (distance[-1] - distance[0]))


def goal_pixel(points: Float64, yaw: Float64, robot: Robot, camera: Camera, choice: Choice) -> tuple[float, float]:
    """Where the goal lies in the `earlier` frame, (u, v) in pixels, perhaps outside the image.

    The point is the window's last row, at a fifth of the camera's height above the floor. As in the loader, neither
    what stands before it nor whether it lies ahead is asked; NaN where it lies in the camera's plane.
    """
    ahead, left = local(points[choice.goal - 1, None], points[choice.earlier], float(yaw[choice.earlier]))[0]
    drop = GOAL_DROP * robot.camera_height
    cos, sin = np.cos(robot.camera_pitch_down), np.sin(robot.camera_pitch_down)
    depth = cos * ahead + sin * drop
    if abs(depth) < 1e-9:
        return math.nan, math.nan
    u = camera.cx - camera.fx * left / depth
    v = camera.cy + camera.fy * (cos * drop - sin * ahead) / depth
    return float(u), float(v)


def _rows(path: Float64, first: Float64) -> Float64:
    """Rows (n − 1, 3) of a local path (n, 2); the turn is from the vector `first` to the row's own motion."""
    steps = np.diff(path, axis=0)
    turn = np.arctan2(first[0] * steps[:, 1] - first[1] * steps[:, 0], steps @ first)
    return np.column_stack([path[:-1], turn])


def _turn(angle: float) -> Float64:
    """Rotation (2, 2) by `angle`, counter-clockwise."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])
