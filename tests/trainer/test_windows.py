"""Windows by hand: straight walks, a circle, and a wall to come near."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cameras import Camera
from schemas.robots import Body, Robot
from tests.trainer.walks import poses_of, slow_motion, slow_pixel
from trainer.windows import (
    Choice,
    Obstacles,
    critic,
    draw_choice,
    goal_pixel,
    history,
    local,
    motion,
    waypoints,
)

STEP = 0.05
NOTHING = Obstacles(np.empty((0, 2)))
CAMERA = Camera("odd", 96, 72, 60.0, 58.0, 46.0, 37.5)


def _choice(earlier: int, current: int, goal: int, rotation: float = 0.0, stride: int = 4) -> Choice:
    return Choice(earlier, current, goal, stride, rotation, (6, 7, 8, 9))


def _straight(frames: int, heading: float) -> tuple[np.ndarray, np.ndarray]:
    along = STEP * np.arange(frames)
    return along[:, None] * [math.cos(heading), math.sin(heading)] + [3.0, -2.0], np.full(frames, heading)


@pytest.mark.parametrize("heading", [0.0, 1.0, math.pi, -2.5])
def test_a_long_straight_walk_has_equal_labels_whatever_its_heading(heading):
    got = motion(*_straight(140, heading), NOTHING, _choice(0, 10, 130))
    assert got.labels == pytest.approx(np.tile([4 * 4 * STEP, 0, 0], (24, 1)))
    assert got.point_goal == pytest.approx([119 * STEP, 0, 0])  # the row before the goal's frame


def test_a_near_goal_leaves_zeros_at_the_end():
    got = motion(*_straight(30, 0.7), NOTHING, _choice(0, 5, 15))
    # Rows 0, 4, 8, and from there on 9, the last of a window of 11 frames.
    assert got.labels[:3, 0] == pytest.approx([0.8, 0.8, 0.2])
    assert got.labels[3:] == pytest.approx(0)


def test_a_window_of_one_step_is_all_zero():
    got = motion(*_straight(3, 0.7), NOTHING, _choice(0, 0, 1))
    assert got.labels == pytest.approx(0)
    assert got.point_goal == pytest.approx(0)


def test_on_a_circle_the_turn_of_each_waypoint_is_that_of_four_steps():
    angle = np.linspace(0, 1.39, 140)
    points = 5 * np.column_stack([np.sin(angle), 1 - np.cos(angle)])  # counter-clockwise: to the left
    got = motion(points, angle, NOTHING, _choice(0, 20, 130))
    assert got.labels[:, 2] == pytest.approx(4 * 4 * 0.01)
    assert got.labels[-1, 1] > got.labels[0, 1] > 0  # ever more to the left


def test_the_augmented_path_is_the_walk_turned_about_the_current_pose():
    got = motion(*_straight(140, 0.4), NOTHING, _choice(0, 10, 130, rotation=0.5))
    assert got.augments == pytest.approx(np.tile([0.8 * math.cos(0.5), 0.8 * math.sin(0.5), 0], (24, 1)))


def test_the_critic_loses_for_coming_near_and_gains_for_getting_away():
    assert critic(np.linspace(1.0, 2.0, 25)) == pytest.approx(0.5)
    assert critic(np.linspace(2.0, 1.0, 25)) == pytest.approx(-0.5)
    touching = np.full(25, 1.0)
    touching[:6] = 0.09
    touching[24] = 0.01  # the last waypoint does not count as touched
    assert critic(touching) == pytest.approx(-5 * 6 / 24 + 0.5 * (0.01 - 0.09))


def test_without_obstacles_the_critic_is_two():
    got = motion(*_straight(50, 0.0), NOTHING, _choice(0, 0, 40))
    assert (got.label_critic, got.augment_critic) == (2.0, 2.0)


def test_distance_to_obstacles_is_the_sum_of_both_differences():
    wall = Obstacles(np.array([[0.0, 0.0], [5.0, 5.0]]))
    assert wall.distance(np.array([[1.0, 2.0], [4.0, 4.5]])) == pytest.approx([3.0, 1.5])


def test_walking_from_a_wall_is_better_than_turning_along_it():
    wall = Obstacles(np.column_stack([np.zeros(200), np.linspace(-5, 5, 200)]))
    points = np.column_stack([0.5 + STEP * np.arange(100), np.zeros(100)])
    got = motion(points, np.zeros(100), wall, _choice(0, 0, 98, rotation=1.0))
    assert got.label_critic == pytest.approx(0.5 * STEP * 96, abs=0.03)
    assert got.label_critic > got.augment_critic


def test_the_history_is_every_fourth_frame_and_begins_with_gaps():
    assert history(30).tolist() == [2, 6, 10, 14, 18, 22, 26, 30]
    assert history(9).tolist() == [-1, -1, -1, -1, -1, 1, 5, 9]
    assert history(0, stride=7).tolist() == [-1] * 7 + [0]


def test_waypoints_stop_at_the_last_row_of_the_window():
    assert waypoints(99).tolist() == list(range(0, 97, 4))
    assert waypoints(12).tolist() == [0, 4, 8] + [10] * 22


def test_local_points_are_forward_and_left():
    seen = local(np.array([[1.0, 3.0], [0.0, 2.0]]), np.array([1.0, 2.0]), math.pi / 2)
    assert seen == pytest.approx(np.array([[1, 0], [0, 1]]))


def test_the_goal_is_marked_a_fifth_of_the_cameras_height_above_the_floor():
    robot = Robot(Body(0.2, 1.0, 0.1, 0.5), camera_height=1.0, camera_pitch_down=0.0)
    points, yaw = _straight(60, 1.2)
    u, v = goal_pixel(points, yaw, robot, CAMERA, _choice(10, 20, 51))
    assert (u, v) == pytest.approx((46.0, 37.5 + 58.0 * 0.8 / (40 * STEP)))


def test_a_goal_to_the_left_is_marked_in_the_left_half():
    robot = Robot(Body(0.2, 1.0, 0.1, 0.5), camera_height=0.5, camera_pitch_down=0.0)
    points = np.array([[0.0, 0.0], [1.0, 0.25], [2.0, 0.5], [3.0, 1.0]])
    u, v = goal_pixel(points, np.zeros(4), robot, CAMERA, _choice(0, 1, 3))
    assert (u, v) == pytest.approx((46.0 - 60.0 * 0.5 / 2, 37.5 + 58.0 * 0.4 / 2))


def test_drawn_windows_are_in_order_and_reach_every_part():
    drawn = [draw_choice(40, np.random.default_rng(i), (2, 7)) for i in range(2000)]
    assert all(0 <= c.earlier <= c.current < c.goal <= 38 and c.earlier < 20 for c in drawn)
    assert {c.stride for c in drawn} == {2, 3, 4, 5, 6, 7}
    assert {side for c in drawn for side in c.half_sides} == {6, 7, 8, 9, 10, 11}
    assert {c.goal for c in drawn} == set(range(1, 39))
    assert min(c.rotation for c in drawn) < -1 and max(c.rotation for c in drawn) > 1
    assert draw_choice(40, np.random.default_rng(5)) == draw_choice(40, np.random.default_rng(5))


def test_a_walk_of_two_frames_has_no_window():
    with pytest.raises(ValueError, match="2 frames have no window"):
        draw_choice(2, np.random.default_rng(0))
    assert draw_choice(3, np.random.default_rng(0)).goal == 1


@settings(max_examples=60)
@given(
    st.integers(0, 2**32),
    st.integers(3, 150),
    st.just(0.0) | st.floats(0.01, 0.52),
    st.floats(0.25, 1.5),
    st.integers(0, 20),
)
def test_it_agrees_with_the_description_in_poses_and_matrices(seed, frames, pitch, height, walls):
    draw = np.random.default_rng(seed)
    yaw = np.cumsum(draw.normal(0, 0.05, frames)) + draw.uniform(-4, 4)
    points = np.cumsum(STEP * np.column_stack([np.cos(yaw), np.sin(yaw)]), axis=0)
    obstacles = draw.uniform(-3, 3, (walls, 2))
    choice = draw_choice(frames, draw, (2, 7))
    poses = poses_of(points, yaw, height, pitch)
    labels, augments, goal, label_critic, augment_critic = slow_motion(poses, pitch, obstacles, choice)
    got = motion(points, yaw, Obstacles(obstacles), choice)
    assert got.labels == pytest.approx(labels, abs=1e-9)
    assert got.augments == pytest.approx(augments, abs=1e-9)
    assert got.point_goal == pytest.approx(goal, abs=1e-9)
    assert (got.label_critic, got.augment_critic) == pytest.approx((label_critic, augment_critic), abs=1e-9)
    robot = Robot(Body(0.2, 1.6, 0.1, 0.5), height, pitch)
    if pitch == 0 and choice.goal - 1 == choice.earlier:
        assert np.isnan(goal_pixel(points, yaw, robot, CAMERA, choice)).all()
        return
    expected = slow_pixel(poses, pitch, height, CAMERA, choice)
    assert goal_pixel(points, yaw, robot, CAMERA, choice) == pytest.approx(expected, rel=1e-6, abs=1e-6)
