"""A sample seen through one of its cameras is a sound sample of a robot that has no other."""

from __future__ import annotations

import numpy as np
import pytest

from factory.shards import camera_names, through
from factory.shards.checks import check_sample
from tests import exports, walks

NAMES = tuple(mount.name for mount in walks.THREE_EYED.mounts)


@pytest.fixture(scope="module")
def sample():
    return exports.sample(robot=walks.THREE_EYED)


def test_a_camera_is_called_by_its_mount_or_where_it_is_alone_by_its_own_name(sample):
    assert camera_names(sample.record) == NAMES
    assert camera_names(exports.sample().record) == ("small",)


@pytest.mark.parametrize("name", NAMES)
def test_it_shows_what_that_camera_saw_and_nothing_else(sample, name):
    alone = through(sample, name)
    (mount,) = alone.record.robot.mounts
    assert (alone.record.robot.camera_height, alone.record.robot.camera_pitch_down) == (mount.height, mount.pitch_down)
    assert np.array_equal(alone.rgb(2), sample.rgb(2, name))
    assert np.array_equal(alone.depth(2), sample.depth(2, name))
    assert np.array_equal(alone.instance(2), sample.instance(2, name))
    assert np.array_equal(alone.poses(), sample.poses(name))
    assert len(alone.files) == 3 * alone.record.frames
    assert "mount_to_world" not in alone.arrays


@pytest.mark.parametrize("name", NAMES)
def test_it_is_sound_but_for_instances_that_only_others_see(sample, name):
    problems = [problem for _, problem in check_sample(through(sample, name)) if "table and the masks" not in problem]
    assert problems == []


def test_pixel_goals_are_of_the_first_camera_only(sample):
    assert through(sample).arrays["goal_visible"].any()
    assert not through(sample, NAMES[1]).arrays["goal_visible"].any()


def test_a_sample_with_one_camera_stays_as_it_is():
    one = exports.sample()
    assert through(one) is one
    assert through(one, "small") is one


def test_a_name_that_is_not_there_is_refused(sample):
    with pytest.raises(ValueError, match="tuple.index"):
        through(sample, "nose")
