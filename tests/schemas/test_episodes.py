"""Where the cameras of a robot are."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.frames import camera_pose
from tests.walks import THREE_EYED, walk


def test_a_robot_with_one_camera_has_one_view():
    plan = walk().rendered.plan
    assert plan.mount_to_world.shape == (6, 0, 4, 4)
    assert len(plan.views) == len(walk().rendered.views) == 1


def test_further_cameras_differ_from_the_first_by_height_and_pitch_alone():
    rendered = walk(robot=THREE_EYED).rendered
    plan = rendered.plan
    assert plan.mount_to_world.shape == (6, 2, 4, 4)
    assert [len(view.rgb) for view in rendered.views] == [6, 6, 6]
    for poses, mount in zip(plan.views, THREE_EYED.mounts, strict=True):
        assert poses[:, :3, 3] == pytest.approx(plan.positions + np.array([0, 0, mount.height]))
        # The optical axis, the third column, points down by the pitch.
        assert -np.arcsin(poses[:, 2, 2]) == pytest.approx(mount.pitch_down)
        # The image's x axis stays level and at right angles to the heading.
        assert poses[:, :3, 0] == pytest.approx(plan.camera_to_world[:, :3, 0])
    assert plan.views[1] == pytest.approx(camera_pose(plan.positions + np.array([0, 0, 0.8]), plan.yaw, 0.0))
