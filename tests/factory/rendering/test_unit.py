from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from factory.rendering import cross_check, render_unit
from factory.rendering.raycast import RayCaster
from schemas.arrays import UInt16
from schemas.episodes import RenderedEpisode
from schemas.errors import SceneError
from schemas.recipe import Rendering, Sensor
from schemas.robots import Mount
from tests.factory.rendering.views import LIMITS, TWO_EYED, WIDE, plan, walls
from tests.rooms import two_rooms

RAYS = Rendering(renderer="raycast")
SCENE = two_rooms()
VIEWS = [(1.0, 1.0, 0.3), (3.0, 2.0, 2.0), (6.5, 2.5, -1.2)]


def render(folder: Path, views: list[tuple[float, float, float]]) -> list[RenderedEpisode]:
    plans = [plan(SCENE, WIDE, views)]
    return list(render_unit(SCENE, plans, RAYS, LIMITS, folder, folder / "log"))


def test_a_unit_without_plans_has_no_frames(tmp_path: Path) -> None:
    assert list(render_unit(SCENE, [], RAYS, LIMITS, tmp_path, tmp_path / "log")) == []


def test_frames_come_with_their_plan(tmp_path: Path) -> None:
    (episode,) = render(tmp_path, VIEWS)
    assert episode.plan.episode_id == "episode-0"
    assert len(episode.rgb) == len(episode.depth) == len(episode.instance) == 3
    assert episode.depth.dtype == episode.instance.dtype == np.uint16


def test_a_frame_that_shows_nothing_is_a_fault_that_names_scene_and_frame(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"scene two_rooms, episode episode-0, frame 1: 0\.0% .* misplaced"):
        render(tmp_path, [VIEWS[0], (500.0, 500.0, 0.0), VIEWS[1]])


def test_frames_that_are_right_pass_the_cross_check(tmp_path: Path) -> None:
    (episode,) = render(tmp_path, VIEWS)
    cross_check(episode, RayCaster(SCENE, 1), range(3), RAYS.depth_limit)


@pytest.mark.parametrize(
    ("what", "spoil"),
    [
        ("depth", lambda image: (image * 1.05).astype(np.uint16)),
        ("depth", lambda image: np.roll(image, 12, axis=2)),
        ("depth", lambda image: image[:, :, ::-1]),
        ("depth", np.zeros_like),
        ("instance", lambda image: np.where(image > 0, image + 1, 0).astype(np.uint16)),
        ("instance", lambda image: image[:, ::-1]),
    ],
)
def test_a_scale_a_shift_a_mirror_or_wrong_ids_fail_the_cross_check(
    tmp_path: Path, what: str, spoil: Callable[[UInt16], UInt16]
) -> None:
    (episode,) = render(tmp_path, VIEWS)
    if what == "depth":
        spoilt = replace(episode, depth=spoil(episode.depth))
    else:
        spoilt = replace(episode, instance=spoil(episode.instance))
    with pytest.raises(SceneError, match=r"scene two_rooms, episode episode-0, frame 1: .* agree on"):
        cross_check(spoilt, RayCaster(SCENE, 1), [1], RAYS.depth_limit)


def test_finer_units_show_the_same_and_are_held_to_the_same_centimetre(tmp_path: Path) -> None:
    plans, tenths = [plan(SCENE, WIDE, VIEWS)], RAYS.model_copy(update={"depth_scale": 0.0001})
    (coarse,), (fine,) = (render_unit(SCENE, plans, s, LIMITS, tmp_path, tmp_path / "log") for s in (RAYS, tenths))
    assert fine.depth_scale == 0.0001
    assert fine.rgb == coarse.rgb
    near = coarse.depth < 6553
    assert 0 < near.mean() < 1
    np.testing.assert_allclose(fine.depth[near] / 10, coarse.depth[near], atol=0.5001)
    assert (fine.depth[coarse.depth > 6554] == 65_535).all()
    cross_check(fine, RayCaster(SCENE, 1), range(3), RAYS.depth_limit)
    moved = (fine.depth[:, :, :] + np.where(fine.depth < 65_000, 150, 0)).astype(np.uint16)
    with pytest.raises(SceneError, match="agree on"):
        cross_check(replace(fine, depth=moved), RayCaster(SCENE, 1), range(3), RAYS.depth_limit)


def test_a_wrong_picture_of_a_further_camera_fails_the_cross_check_and_names_its_mount(tmp_path: Path) -> None:
    plans = [plan(SCENE, WIDE, VIEWS, robot=TWO_EYED)]
    (episode,) = render_unit(SCENE, plans, RAYS, LIMITS, tmp_path, tmp_path / "log")
    cross_check(episode, RayCaster(SCENE, 1), range(3), RAYS.depth_limit)
    (knee,) = episode.further
    spoilt = replace(episode, further=(replace(knee, depth=episode.depth),))
    with pytest.raises(SceneError, match="frame 1, mount knee: .* agree on"):
        cross_check(spoilt, RayCaster(SCENE, 1), [1], RAYS.depth_limit)


def test_a_further_camera_that_sees_nothing_is_a_fault_that_names_its_mount(tmp_path: Path) -> None:
    scene = walls([np.full((8, 8, 3), 90, np.uint8)])
    robot = replace(TWO_EYED, mounts=(TWO_EYED.mounts[0], Mount("up", 1.2, -1.4)))
    plans = [plan(scene, WIDE, [(0.0, 0.0, 0.0)], robot=robot)]
    with pytest.raises(SceneError, match=r"frame 0, mount up: 0\.0% of the pixels have a depth"):
        list(render_unit(scene, plans, RAYS, LIMITS, tmp_path, tmp_path / "log"))


def test_a_sensor_adds_its_depth_to_every_view_and_changes_nothing_else(tmp_path: Path) -> None:
    plans = [plan(SCENE, WIDE, VIEWS, index, TWO_EYED) for index in range(2)]
    sensor = Sensor()
    plain = list(render_unit(SCENE, plans, RAYS, LIMITS, tmp_path, tmp_path / "log"))
    measured = list(render_unit(SCENE, plans, RAYS, LIMITS, tmp_path, tmp_path / "log", sensor))
    for before, after in zip(plain, measured, strict=True):
        assert after.sensor == sensor.model_dump()
        for old, new in zip(before.views, after.views, strict=True):
            assert old.rgb == new.rgb
            assert np.array_equal(old.depth, new.depth)
            assert new.sensor_depth is not None
            both = (new.depth > 0) & (new.sensor_depth > 0)
            assert 0.5 < both.mean() < 1
            assert np.median(np.abs(new.sensor_depth[both] / new.depth[both] - 1)) < 0.05
    first, second = (episode.sensor_depth for episode in measured)
    assert not np.array_equal(first, second), "each episode draws for itself"  # type: ignore[arg-type]


def test_what_a_sensor_draws_depends_on_episode_frame_and_mount_alone(tmp_path: Path) -> None:
    alone = plan(SCENE, WIDE, VIEWS, 1)
    company = [plan(SCENE, WIDE, VIEWS[:1]), plan(SCENE, WIDE, VIEWS, 1)]
    (one,) = render_unit(SCENE, [alone], RAYS, LIMITS, tmp_path, tmp_path / "log", Sensor(color_noise=0.01))
    *_, other = render_unit(SCENE, company, RAYS, LIMITS, tmp_path, tmp_path / "log", Sensor(color_noise=0.01))
    assert np.array_equal(one.sensor_depth, other.sensor_depth)  # type: ignore[arg-type]
    assert one.rgb == other.rgb
    (plain,) = render_unit(SCENE, [alone], RAYS, LIMITS, tmp_path, tmp_path / "log")
    assert one.rgb != plain.rgb, "the colours have grain"
