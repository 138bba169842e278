"""Windows of a sample: which frames go where, and what the map makes of obstacles."""

from __future__ import annotations

import numpy as np
import pytest

from factory.navigation import map_mesh
from factory.rendering.encode import decode_rgb
from factory.shards import Sample
from factory.shards.codec import decode_sample, encode_sample
from schemas.errors import ShardError
from schemas.outcomes import Rejected
from schemas.records import record_of
from schemas.robots import Body
from tests import walks
from trainer.obstacles import navigable_points, obstacle_points
from trainer.pictures import depth_input, squared_color, unit_range
from trainer.reading import read_window, read_windows
from trainer.windows import Choice, Obstacles

CHOICE = Choice(earlier=1, current=5, goal=38, stride=4, rotation=0.3, half_sides=(6, 7, 8, 9))


@pytest.fixture(scope="module")
def sample() -> Sample:
    captioned = walks.walk(0, frames=40, spacing=0.05)
    record = record_of(captioned, walks.scene(), walks.unit())
    prefix = f"{record.episode_id}."
    members = {name.removeprefix(prefix): data for name, data in encode_sample(captioned, record)}
    return decode_sample(record.episode_id, members, "test")


def test_a_window_holds_the_frames_that_it_says(sample):
    window = read_window(sample, Obstacles(np.array([[3.0, 0.0]])), CHOICE)
    views = [unit_range(squared_color(decode_rgb(sample.files[f"{i:04d}.rgb.jpg"]))) for i in (1, 5, 38)]
    assert not window.rgb[:6].any()
    assert np.array_equal(window.rgb[6:], views[:2])
    assert np.array_equal(window.image_goal, np.concatenate([views[2], views[1]], axis=-1))
    assert np.array_equal(window.pixel_goal[:, :, [0, 1, 2, 4, 5, 6]], np.concatenate([views[0], views[1]], axis=-1))
    assert np.array_equal(window.depth, depth_input(sample.depth(5).astype(np.float64)))


def test_a_goal_straight_ahead_is_marked_below_the_middle(sample):
    window = read_window(sample, Obstacles(np.empty((0, 2))), CHOICE)
    rows, columns = np.nonzero(window.pixel_goal[:, :, 3])
    assert window.goal_marked
    assert abs(columns.mean() - 112) < 8
    assert rows.mean() > 100


def test_the_motion_is_that_of_the_cameras_centre(sample):
    window = read_window(sample, Obstacles(np.array([[5.0, 1.5], [5.0, 2.5]])), CHOICE)
    assert window.motion.labels[0] == pytest.approx([4 * 4 * 0.05, 0, 0], abs=1e-9)
    assert window.motion.point_goal == pytest.approx([32 * 0.05, 0, 0], abs=1e-9)


def test_many_windows_of_a_sample_are_the_windows_one_by_one(sample):
    obstacles = Obstacles(np.array([[3.0, 0.0]]))
    choices = [CHOICE, Choice(0, 30, 35, 3, -0.2, (8, 8, 8, 8)), CHOICE]
    for window, choice in zip(read_windows(sample, obstacles, choices), choices, strict=True):
        alone = read_window(sample, obstacles, choice)
        for part in ("rgb", "depth", "image_goal", "pixel_goal"):
            assert np.array_equal(getattr(window, part), getattr(alone, part))
        assert np.array_equal(window.motion.labels, alone.motion.labels)


def test_a_damaged_image_is_told_and_never_replaced(sample):
    broken = Sample(sample.key, sample.record, sample.arrays, dict(sample.files) | {"0005.rgb.jpg": b"no"}, b"")
    with pytest.raises(ShardError, match=r"0005\.rgb\.jpg"):
        read_window(broken, Obstacles(np.empty((0, 2))), CHOICE)


def test_obstacles_surround_the_free_floor_and_the_furniture_on_it():
    mesh, storey = walks.scene().mesh, walks.scene().storeys[0]
    built = map_mesh(mesh.vertices, mesh.triangles, storey, Body(0.2, 1.0, 0.1, 0.5))
    assert not isinstance(built, Rejected)
    walls, floor = obstacle_points(built), navigable_points(built)
    # Each obstacle touches a free cell, by a side or a corner, and none is one.
    near = Obstacles(floor).distance(walls)
    assert near.min() > 0.04 and near.max() < 0.11
    for point, wall in (((4.9, 1.0), True), ((7.0, 0.9), True), ((3.0, 1.5), False), ((5.0, 2.0), False)):
        assert (Obstacles(walls).distance(np.array([point]))[0] < 0.15) == wall


def test_what_stands_above_a_low_robot_is_no_obstacle_to_it():
    mesh, storey = walks.scene().mesh, walks.scene().storeys[0]
    below = np.array([[1.0, 1.8]])  # an edge of a table top at 0.70 m
    for height, blocked in ((0.5, False), (1.0, True)):
        built = map_mesh(mesh.vertices, mesh.triangles, storey, Body(0.2, height, 0.1, 0.5))
        assert not isinstance(built, Rejected)
        assert (Obstacles(obstacle_points(built)).distance(below)[0] < 0.1) == blocked
