"""Pixel goals: the farthest later floor point that a frame shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.pixel_goals import find_pixel_goals
from schemas.arrays import Bool
from schemas.cameras import inside, project
from schemas.episodes import RenderedEpisode
from tests.rooms import two_rooms
from tests.views import ROBOT, look, plan_of, walk

SCENE = two_rooms()
L_SHAPED = look(SCENE, walk(SCENE, [(0.6, 0.7), (4.0, 0.7), (4.3, 2.0), (7.5, 2.4)]))


def visible_by_hand(rendered: RenderedEpisode, t: int) -> Bool:
    """The rule, point by point, in NumPy."""
    plan = rendered.plan
    uv, z = project(plan.camera, plan.camera_to_world[t], plan.positions)
    ok = inside(plan.camera, uv, z) & (np.arange(plan.frames) > t)
    for k in np.flatnonzero(ok):
        u, v = np.floor(uv[k] + 0.5).astype(int)
        seen = rendered.depth[t, v, u] / 1000
        ok[k] = z[k] <= seen + max(0.1, 0.05 * z[k]) if seen else z[k] <= 10
    return ok


def test_the_goal_is_the_last_point_that_passes_the_rule_in_every_frame() -> None:
    goals = find_pixel_goals(L_SHAPED)
    for t in range(0, L_SHAPED.plan.frames, 3):
        candidates = np.flatnonzero(visible_by_hand(L_SHAPED, t))
        assert goals.frame[t] == (candidates[-1] if len(candidates) else -1)
        assert goals.visible[t] == bool(len(candidates))


def test_a_goal_reprojects_to_its_pixel_within_half_a_pixel() -> None:
    goals, plan = find_pixel_goals(L_SHAPED), L_SHAPED.plan
    assert goals.visible.sum() > 50
    for t in np.flatnonzero(goals.visible):
        uv, _ = project(plan.camera, plan.camera_to_world[t], plan.positions[goals.frame[t]][None])
        assert np.abs(uv[0] - goals.pixel[t]).max() <= 0.5


def test_on_a_straight_the_goal_is_the_end() -> None:
    goals = find_pixel_goals(look(SCENE, walk(SCENE, [(0.6, 2.5), (4.5, 2.5)])))
    assert (goals.frame[:50] == len(goals.frame) - 1).all()


def test_a_point_behind_a_wall_is_no_goal() -> None:
    rendered = look(SCENE, walk(SCENE, [(3.0, 2.0), (6.0, 2.0), (6.0, 3.0)]))
    walled = replace(rendered, depth=np.minimum(rendered.depth, 1900))
    assert find_pixel_goals(rendered).frame[0] > find_pixel_goals(walled).frame[0]
    plan = rendered.plan
    reach = plan.positions[find_pixel_goals(walled).frame[0], 0] - plan.positions[0, 0]
    assert reach == pytest.approx(2.0, abs=0.15)


def test_unknown_depth_hides_nothing_within_ten_metres() -> None:
    plan = plan_of(SCENE, np.column_stack([np.linspace(0, 14, 141), np.zeros(141)]), np.zeros(141))
    blank = np.zeros((141, plan.camera.height, plan.camera.width), dtype=np.uint16)
    goals = find_pixel_goals(RenderedEpisode(plan, (), blank, blank, {}))
    assert 99 <= goals.frame[0] <= 101


def test_another_unit_of_depth_gives_the_same_goals() -> None:
    tenths = replace(L_SHAPED, depth=np.minimum(10 * L_SHAPED.depth.astype(int), 65_535).astype(np.uint16))
    goals, same = find_pixel_goals(L_SHAPED), find_pixel_goals(replace(tenths, depth_scale=0.0001))
    assert np.array_equal(same.pixel, goals.pixel)
    assert np.array_equal(same.frame, goals.frame)


def test_what_is_farther_than_the_units_can_say_hides_nothing() -> None:
    plan = plan_of(SCENE, np.column_stack([np.linspace(0, 14, 141), np.zeros(141)]), np.zeros(141))
    far = np.full((141, plan.camera.height, plan.camera.width), 65_535, np.uint16)
    assert find_pixel_goals(RenderedEpisode(plan, (), far, far, {}, depth_scale=0.0001)).frame[0] == 140


def test_where_nothing_is_visible_pixel_and_frame_are_minus_one() -> None:
    goals = find_pixel_goals(L_SHAPED)
    assert not goals.visible[-1]
    assert goals.frame[-1] == -1
    assert goals.pixel[-1].tolist() == [-1, -1]
    assert goals.pixel.dtype == goals.frame.dtype == np.int32


def test_a_walk_of_one_frame_has_no_goal() -> None:
    rendered = look(SCENE, plan_of(SCENE, np.array([[2.0, 2.0]]), np.zeros(1)))
    assert find_pixel_goals(rendered).visible.tolist() == [False]


def test_ones_own_footprint_is_no_goal() -> None:
    down = replace(ROBOT, camera_pitch_down=1.5)
    rendered = look(SCENE, plan_of(SCENE, np.array([[2.0, 2.8], [2.1, 2.8]]), np.zeros(2), robot=down))
    uv, z = project(rendered.plan.camera, rendered.plan.camera_to_world[1], rendered.plan.positions)
    assert inside(rendered.plan.camera, uv, z).all()
    assert find_pixel_goals(rendered).frame.tolist() == [1, -1]


def test_the_pixel_is_column_then_row() -> None:
    rendered = look(SCENE, walk(SCENE, [(0.6, 2.5), (4.5, 2.9)]))
    goals, camera = find_pixel_goals(rendered), rendered.plan.camera
    u, v = goals.pixel[0]
    assert abs(u - camera.cx) < 8
    assert v > camera.cy
