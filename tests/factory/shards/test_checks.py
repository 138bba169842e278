"""Each way in which a sample can disagree with itself is found and named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from factory.rendering.encode import encode_depth, encode_instance
from factory.shards.checks import check_sample
from factory.shards.codec import Sample, checksums, decode_sample, encode_sample
from schemas.arrays import AnyArray
from schemas.cameras import project
from schemas.episodes import Clip
from schemas.frames import camera_pose
from schemas.records import record_of
from tests.walks import ROBOT, scene, unit, walk

KEY = "handmade-two_rooms-s00-e000000"
SOUND = decode_sample(
    KEY,
    {name.partition(".")[2]: content for name, content in encode_sample(walk(0), record_of(walk(0), scene(), unit()))},
    "x.tar",
)


def _with_record(**fields: Any) -> Sample:
    return replace(SOUND, record=replace(SOUND.record, **fields))


def _with_arrays(**arrays: AnyArray) -> Sample:
    return replace(SOUND, arrays={**SOUND.arrays, **arrays})


def _changed(name: str, at: Any, value: Any) -> Sample:
    array = SOUND.arrays[name].copy()
    array[at] = value
    return _with_arrays(**{name: array})


def _with_file(name: str, content: bytes) -> Sample:
    """The sample with another file and the checksum that belongs to it."""
    image = ("rgb.jpg", "depth.png", "instance.png").index(name.partition(".")[2])
    crc = SOUND.arrays["crc32"].copy()
    crc[int(name[:4]), image] = checksums([content])[0]
    return replace(_with_arrays(crc32=crc), files={**SOUND.files, name: content})


def _moved(offset: tuple[float, float, float], turn: float = 0.0) -> Sample:
    """The cameras moved and turned in a way that is rigid, but not that of the robot."""
    arrays = SOUND.arrays
    centre = arrays["positions"] + np.array([0, 0, ROBOT.camera_height]) + offset
    return _with_arrays(camera_to_world=camera_pose(centre, arrays["yaw"] + turn, ROBOT.camera_pitch_down))


def test_a_sound_sample_has_no_problem():
    assert list(check_sample(SOUND)) == []


def _instruction(**fields: Any) -> Sample:
    first, *rest = SOUND.record.instructions
    return _with_record(instructions=(replace(first, **fields), *rest))


CASES: list[tuple[str, Callable[[], Sample], str, str]] = [
    ("no frames", lambda: _with_record(frames=0), "json", "frames: none"),
    (
        "a gap between clips",
        lambda: _with_record(clips=(Clip(0, 1, 0, 0), Clip(3, 5, 0, 0))),
        "json",
        "clips: not cont",
    ),
    ("overlapping clips", lambda: _with_record(clips=(Clip(0, 3, 0, 0), Clip(3, 5, 0, 0))), "json", "clips: not cont"),
    ("clips that end early", lambda: _with_record(clips=(Clip(0, 4, 0, 0),)), "json", "clips: not contiguous"),
    ("no clips", lambda: _with_record(clips=()), "json", "clips: not contiguous over frames 0..5"),
    ("a backward clip", lambda: _with_record(clips=(Clip(0, 6, 0, 0), Clip(7, 5, 0, 0))), "json", "clips: not cont"),
    ("an instruction of no clip", lambda: _instruction(last=3), "json", r"instructions\[0\]: frames 0..3 are no clip"),
    ("a walk that ends early", lambda: _instruction(scope="walk"), "json", "frames 0..2 are no walk"),
    ("an unknown scope", lambda: _instruction(scope="song"), "json", "are no song"),
    ("an empty text", lambda: _instruction(text=" "), "json", "the text is empty"),
    ("a landmark that is not seen", lambda: _instruction(landmarks=(9, 999)), "json", r"landmarks \[.*999\] are in no"),
    ("a scale of nothing", lambda: _with_record(depth_scale=0.0), "json", "depth_scale: 0.0 is not positive"),
    ("another start", lambda: _with_record(start=(3.0, 2.02, 0.0)), "json", "start: 0.020 m from where the walk is"),
    ("another goal", lambda: _with_record(goal=(0.0, 0.0, 0.0)), "json", "goal: .* m from where the walk is"),
    ("another length", lambda: _with_record(path_length=2.2), "json", "path_length: 2.200 m, but .* make 2.000 m"),
    ("a certificate too good", lambda: _with_record(certified_clearance=0.5), "npz", "clearance: falls below"),
    ("a collision", lambda: _with_record(certified_clearance=0.1), "json", "below the robot's radius, 0.2 m"),
    ("an unnamed room", lambda: _with_record(rooms=()), "npz", r"room: ids \[1, 2\]"),
    ("a stopped clock", lambda: _changed("times", 3, 0.8), "npz", "times: do not rise from 0"),
    ("a late clock", lambda: _with_arrays(times=SOUND.arrays["times"] + 1), "npz", "times: do not rise from 0"),
    ("NaN", lambda: _changed("linear_speed", 2, np.nan), "npz", "NaN or infinity in linear_speed"),
    ("a sheared pose", lambda: _changed("camera_to_world", (2, 0, 0), 0.5), "npz", "frame 2 is not a rigid motion"),
    (
        "a mirrored pose",
        lambda: _changed("camera_to_world", (4, slice(3), 0), -SOUND.arrays["camera_to_world"][4, :3, 0]),
        "npz",
        "frame 4 is not a rigid motion",
    ),
    (
        "a pose with another last row",
        lambda: _changed("camera_to_world", (1, 3), (0, 0, 1, 1)),
        "npz",
        "frame 1 is not",
    ),
    ("a camera beside the robot", lambda: _moved((0.0, 0.01, 0.0)), "npz", "does not follow from position"),
    (
        "another mount",
        lambda: _with_record(robot=replace(ROBOT, camera_height=0.81)),
        "npz",
        "does not follow from pos",
    ),
    ("another yaw", lambda: _changed("yaw", 3, 0.01), "npz", "frame 3 does not follow from position, yaw and mount"),
    (
        "a goal a pixel off",
        lambda: _changed("goal_pixel", (0, 1), SOUND.arrays["goal_pixel"][0, 1] + 1),
        "npz",
        "goal_pixel: frame 0 says",
    ),
    ("a goal outside the image", lambda: _changed("goal_pixel", 0, (48, 3)), "npz", "goal_pixel: frame 0 says"),
    ("a goal in the past", lambda: _changed("goal_frame", 0, 0), "npz", "goal_frame: frame 0 has its goal in frame 0"),
    (
        "a goal after the end",
        lambda: _changed("goal_frame", 0, 6),
        "npz",
        "goal_frame: frame 0 has its goal in frame 6",
    ),
    ("a pixel without a goal", lambda: _changed("goal_visible", 0, False), "npz", "set in a frame without a visible"),
    ("an instance too few", lambda: _with_record(instances=SOUND.record.instances[:-1]), "json", "differ in"),
    (
        "an instance too many",
        lambda: _with_record(instances=scene().instances),
        "json",
        "the table and the masks differ",
    ),
    (
        "an instance twice",
        lambda: _with_record(instances=SOUND.record.instances[:1] * 2),
        "json",
        "rising and distinct",
    ),
    (
        "a changed colour",
        lambda: replace(SOUND, files={**SOUND.files, "0002.rgb.jpg": SOUND.files["0001.rgb.jpg"][:-1]}),
        "0002.rgb.jpg",
        "CRC-32",
    ),
    (
        "a mask of another walk",
        lambda: _with_file("0003.instance.png", encode_instance(np.full((32, 48), 14, np.uint16))),
        "0003.instance.png",
        "of the pixels lie outside the box of their instance",
    ),
    (
        "a mask of another size",
        lambda: _with_file("0003.instance.png", encode_instance(np.zeros((8, 8), np.uint16))),
        "0003.instance.png",
        "^8×8 pixels, the camera has 48×32",
    ),
    ("no image", lambda: _with_file("0003.rgb.jpg", b"text"), "0003.rgb.jpg", "^4 bytes are not a JPEG"),
    ("depth in centimetres", lambda: _with_record(depth_scale=0.01), "0000.instance.png", "outside the box"),
    (
        "a wall before the goal",
        lambda: _with_file("0000.depth.png", encode_depth(np.full((32, 48), 300, np.uint16))),
        "0000.depth.png",
        r"the goal at .* m is hidden by a surface at 0\.30 m",
    ),
]


@pytest.mark.parametrize(("make", "member", "problem"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_a_disagreement_is_named(make, member, problem):
    found = list(check_sample(make()))
    assert found != []
    named = [text for where, text in found if where == member]
    assert any(re.search(problem, text) for text in named), found


@pytest.mark.parametrize(
    ("offset", "turn_deg"),
    [
        pytest.param((0.0, 0.0, 0.0), 1.0, id="turned"),
        pytest.param((0.05, 0.0, 0.0), 0.0, id="ahead"),
        pytest.param((0.0, 0.0, 0.03), 0.0, id="up"),
    ],
)
def test_depth_seen_from_another_pose_falls_outside_the_boxes(offset, turn_deg):
    problems = [problem for _, problem in check_sample(_moved(offset, np.radians(turn_deg)))]
    assert any("outside the box" in problem for problem in problems)


def test_a_walk_in_finer_units_than_reach_its_end_is_sound_and_read_as_metres():
    ahead = replace(ROBOT, camera_pitch_down=0.0)
    fine, coarse = (walk(0, robot=ahead, depth_scale=scale) for scale in (0.00005, 0.001))
    members = encode_sample(fine, record_of(fine, scene(), unit()))
    sample = decode_sample(KEY, {name.partition(".")[2]: content for name, content in members}, "x.tar")
    assert list(check_sample(sample)) == []
    assert sample.record.depth_scale == sample.rendered().depth_scale == 0.00005
    assert np.array_equal(sample.rendered().depth, fine.rendered.depth)
    millimetres, depth = coarse.rendered.depth[0], sample.depth(0)
    far = millimetres > 3277
    assert 0 < far.mean() < 0.5
    assert np.isinf(depth[far]).all()
    np.testing.assert_allclose(depth[~far], millimetres[~far] / 1000, atol=0.000526)


def test_wrong_intrinsics_move_goals_and_boxes():
    camera = replace(SOUND.record.camera, fx=SOUND.record.camera.fx * 1.2, fy=SOUND.record.camera.fy * 1.2)
    problems = [problem for _, problem in check_sample(_with_record(camera=camera))]
    assert any(problem.startswith("goal_pixel") for problem in problems)
    assert any("outside the box" in problem for problem in problems)


def test_the_goals_of_the_made_walk_are_those_worked_out_by_hand():
    """From frame 0, at x = 3.0 and 0.8 m up, 0.3 rad down: the point 2 m ahead on the floor."""
    uv, depth = project(SOUND.record.camera, SOUND.arrays["camera_to_world"][0], np.array([[5.0, 2.0, 0.0]]))
    below = np.arctan2(0.8, 2.0) - 0.3
    np.testing.assert_allclose(uv[0], [23.5, 15.5 + 24 * np.tan(below)])
    np.testing.assert_allclose(depth, np.hypot(0.8, 2.0) * np.cos(below))
    assert SOUND.arrays["goal_frame"][0] == 5
    assert SOUND.arrays["goal_pixel"][0].tolist() == [24, 17]


def test_one_unreadable_image_is_one_problem():
    assert [member for member, _ in check_sample(_with_file("0003.instance.png", b""))] == ["0003.instance.png"]
