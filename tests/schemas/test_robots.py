"""Robots: bodies and mounts that cannot be are refused."""

from __future__ import annotations

import re

import pytest

from schemas.jsonable import from_json, to_json
from schemas.robots import Body, Mount, Robot

BODY = Body(0.25, 1.5, 0.1, 0.5)
HIGH, LOW = Mount("125cm_0deg", 1.25, 0.0), Mount("60cm_30deg", 0.6, 0.5)


def test_a_body_is_kept_as_given():
    assert BODY.radius == 0.25


@pytest.mark.parametrize(
    ("numbers", "words"),
    [((0.0, 1, 0.1, 0.5), "radius"), ((0.2, 0.1, 0.1, 0.5), "step_height"), ((0.2, 1, 0.1, 1.6), "max_slope")],
)
def test_an_impossible_body_is_refused(numbers, words):
    with pytest.raises(ValueError, match=words):
        Body(*numbers)


@pytest.mark.parametrize("name", ["", "Front", "a.b", "a/b", "twelve_chars", "é", "a b"])
def test_a_mount_has_a_name_that_stays_as_it_is_in_a_file_name(name):
    with pytest.raises(ValueError, match=re.escape(f"mount {name!r}")):
        Mount(name, 1.0, 0.0)


@pytest.mark.parametrize(("height", "pitch"), [(0.0, 0.0), (3.1, 0.0), (1.0, 1.6), (float("nan"), 0.0)])
def test_a_mount_is_on_the_robot_and_does_not_look_straight_down(height, pitch):
    with pytest.raises(ValueError, match="mount here"):
        Mount("here", height, pitch)


def test_the_first_mount_is_where_the_first_camera_is():
    assert Robot(BODY, 1.25, 0.0, (HIGH, LOW)).further_mounts == (LOW,)
    with pytest.raises(ValueError, match="mount 60cm_30deg: is not where"):
        Robot(BODY, 1.25, 0.0, (LOW, HIGH))


def test_mounts_are_few_and_told_apart_by_their_names():
    with pytest.raises(ValueError, match="a name of its own"):
        Robot(BODY, 1.25, 0.0, (HIGH, HIGH))
    with pytest.raises(ValueError, match="up to 16"):
        Robot(BODY, 1.25, 0.0, tuple(Mount(f"m{i}", 1.25, 0.0) for i in range(17)))


def test_a_robot_with_one_drawn_camera_reads_in_json_as_it_always_did():
    assert to_json(Robot(BODY, 1.0, 0.1)) == {"body": to_json(BODY), "camera_height": 1.0, "camera_pitch_down": 0.1}
    robot = Robot(BODY, 1.25, 0.0, (HIGH, LOW))
    assert from_json(Robot, to_json(robot)) == robot
