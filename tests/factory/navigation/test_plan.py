from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest

from factory.navigation import NavigationMap, bodies, build_map, plan_episodes
from factory.navigation.plan import draw_body
from schemas.cameras import preset
from schemas.episodes import EpisodePlan
from schemas.frames import heading
from schemas.outcomes import Reason, Rejected
from schemas.recipe import MountSpec, Navigation, RobotSpec
from schemas.robots import Body
from tests.rooms import two_rooms

SCENE = two_rooms()
STOREY = SCENE.storeys[0]
SPEC = RobotSpec()
SETTINGS = Navigation()
MAPS: dict[Body, NavigationMap | Rejected] = {}


def _map(body: Body) -> NavigationMap | Rejected:
    if body not in MAPS:
        MAPS[body] = build_map(SCENE, STOREY, body, SETTINGS.resolution, SETTINGS.max_cells)
    return MAPS[body]


def _plan(indices: range, settings: Navigation = SETTINGS, seed: int = 7) -> list[tuple[int, EpisodePlan | Rejected]]:
    return list(plan_episodes(SCENE, STOREY, SPEC, preset("d435i"), settings, seed, indices, _map))


def _kept(outcomes: list[tuple[int, EpisodePlan | Rejected]]) -> list[EpisodePlan]:
    return [plan for _, plan in outcomes if isinstance(plan, EpisodePlan)]


def _same(a: EpisodePlan | Rejected, b: EpisodePlan | Rejected) -> bool:
    if isinstance(a, Rejected) or isinstance(b, Rejected):
        return a == b
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(EpisodePlan))


@pytest.fixture(scope="module")
def plans() -> list[EpisodePlan]:
    return _kept(_plan(range(100)))


def test_nearly_every_episode_of_a_furnished_flat_is_planned(plans: list[EpisodePlan]) -> None:
    assert len(plans) >= 95


def test_an_episode_is_the_same_whichever_range_it_was_planned_in() -> None:
    whole = dict(_plan(range(12)))
    parts = dict(_plan(range(2, 5))) | dict(_plan(range(5, 12))) | dict(_plan(range(2)))
    assert all(_same(whole[i], parts[i]) for i in range(12))


def test_another_seed_gives_other_walks() -> None:
    assert not _same(_plan(range(1), seed=7)[0][1], _plan(range(1), seed=8)[0][1])


def test_indices_come_back_in_order() -> None:
    assert [index for index, _ in _plan(range(3, 11))] == list(range(3, 11))


def test_a_group_shares_start_body_and_camera_height_but_not_the_pitch(plans: list[EpisodePlan]) -> None:
    group = [plan for plan in plans if plan.index // SETTINGS.pairs_per_start == 2]
    assert len({(plan.start, plan.robot.body, plan.robot.camera_height) for plan in group}) == 1
    assert len({plan.robot.camera_pitch_down for plan in group}) == len(group)


def test_the_certificate_and_every_frame_keep_the_radius(plans: list[EpisodePlan]) -> None:
    for plan in plans:
        assert plan.certified_clearance >= plan.robot.body.radius
        assert plan.clearance.min() >= plan.certified_clearance


def test_frames_are_evenly_spaced_and_end_at_start_and_goal(plans: list[EpisodePlan]) -> None:
    for plan in plans:
        steps = np.hypot(*np.diff(plan.positions[:, :2], axis=0).T)
        assert steps.max() <= SETTINGS.spacing * 1.0001
        assert steps.min() >= SETTINGS.spacing * 0.9
        assert plan.start == tuple(plan.positions[0])
        assert plan.goal == tuple(plan.positions[-1])
        assert (plan.positions[:, 2] == plan.floor_z).all()


def test_the_drive_turns_no_faster_than_allowed(plans: list[EpisodePlan]) -> None:
    fastest = math.radians(SETTINGS.max_turn_rate_deg) * (1 + 1e-6)
    for plan in plans:
        assert (np.diff(plan.times) > 0).all()
        assert np.abs(np.diff(plan.yaw) / np.diff(plan.times)).max() <= fastest
        assert np.abs(plan.angular_speed).max() <= fastest
        assert 0 < plan.linear_speed.max() <= SETTINGS.speed


def test_the_camera_rides_at_its_height_and_looks_along_the_path(plans: list[EpisodePlan]) -> None:
    plan = plans[0]
    assert plan.camera_to_world[:, 2, 3] == pytest.approx(plan.floor_z + plan.robot.camera_height)
    assert np.cos(heading(plan.camera_to_world) - plan.yaw) == pytest.approx(1.0)
    steps = np.diff(plan.positions[:, :2], axis=0)
    along = np.arctan2(steps[:, 1], steps[:, 0])
    assert np.cos(along - plan.yaw[:-1]).min() > 0.99
    down = -plan.camera_to_world[:, 2, 2]
    assert down == pytest.approx(math.sin(plan.robot.camera_pitch_down))


def test_lengths_agree_with_the_recipe(plans: list[EpisodePlan]) -> None:
    low, high = SETTINGS.distance
    for plan in plans:
        assert low <= plan.geodesic_length <= high
        assert plan.geodesic_length <= plan.path_length
        straight = math.dist(plan.start, plan.goal)
        assert straight <= plan.geodesic_length + 0.05


def test_walks_begin_in_both_rooms_and_some_cross_the_door(plans: list[EpisodePlan]) -> None:
    assert {int(plan.room[0]) for plan in plans} == {1, 2}
    assert any(set(plan.room.tolist()) >= {1, 2} for plan in plans)


def test_distances_within_a_group_spread_over_the_range(plans: list[EpisodePlan]) -> None:
    spreads = [
        max(lengths) - min(lengths)
        for g in range(25)
        if len(lengths := [p.geodesic_length for p in plans if p.index // 4 == g]) == 4
    ]
    assert np.median(spreads) > 1.5


def test_a_body_without_a_map_rejects_all_its_episodes() -> None:
    refused = Rejected(Reason.BODY_DOES_NOT_FIT, "too tall")
    outcomes = list(plan_episodes(SCENE, STOREY, SPEC, preset("d435i"), SETTINGS, 1, range(4), lambda body: refused))
    assert outcomes == [(i, refused) for i in range(4)]


def test_a_range_no_pair_can_have_is_a_counted_rejection() -> None:
    outcomes = _plan(range(4), Navigation(distance=(50.0, 60.0)))
    assert [outcome.reason for _, outcome in outcomes if isinstance(outcome, Rejected)] == [Reason.NO_GOAL] * 4


def test_bodies_are_rounded_up_and_reach_to_the_camera() -> None:
    generator = np.random.default_rng(0)
    spec = RobotSpec(radius=(0.18, 0.32), body_height=(0.4, 0.6), camera_height=(0.3, 1.3))
    known = bodies(spec)
    for _ in range(200):
        body, camera_height = draw_body(spec, generator)
        assert body in known
        assert body.height >= camera_height
        assert body.radius / 0.05 == pytest.approx(round(body.radius / 0.05))
        assert body.height / 0.25 == pytest.approx(round(body.height / 0.25))
        assert body.radius >= 0.18


def test_a_fixed_robot_needs_one_body() -> None:
    spec = RobotSpec(radius=(0.25, 0.25), body_height=(1.0, 1.0), camera_height=(0.5, 0.5))
    assert [(body.radius, body.height) for body in bodies(spec)] == [(0.25, 1.0)]


MOUNTS = (MountSpec(name="low", height=0.6, pitch_down_deg=15), MountSpec(name="high", height=1.3, pitch_down_deg=30))


def test_bodies_reach_to_the_highest_mount() -> None:
    spec = RobotSpec(body_height=(0.5, 1.0), mounts=MOUNTS)
    assert [body.height for body in bodies(spec)] == [1.5]
    body, reach = draw_body(spec, np.random.default_rng(0))
    assert (body.height, reach) == (1.5, 1.3)
    assert bodies(RobotSpec(body_height=(0.5, 1.6), mounts=MOUNTS))[-1].height == 1.75


def test_mounts_are_where_the_recipe_says_on_every_walk() -> None:
    spec = RobotSpec(mounts=MOUNTS)
    outcomes = plan_episodes(SCENE, STOREY, spec, preset("d435i"), SETTINGS, 7, range(6), _map)
    kept = _kept(list(outcomes))
    assert len(kept) >= 5
    for plan in kept:
        assert [mount.name for mount in plan.robot.mounts] == ["low", "high"]
        assert (plan.robot.camera_height, plan.robot.camera_pitch_down) == (0.6, math.radians(15))
        assert plan.robot.body.height >= 1.3
        assert plan.mount_to_world[:, 0, 2, 3] == pytest.approx(STOREY.floor_z + 1.3)


def test_what_else_is_drawn_of_an_episode_does_not_depend_on_its_mounts() -> None:
    """Of the same body, so on the same map: the same start, goal and curve."""
    fixed = RobotSpec(body_height=(1.5, 1.5))
    seen = RobotSpec(body_height=(1.5, 1.5), mounts=MOUNTS)
    first, second = (
        _kept(list(plan_episodes(SCENE, STOREY, spec, preset("d435i"), SETTINGS, 7, range(4), _map)))
        for spec in (fixed, seen)
    )
    assert len(first) >= 3
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.positions, other.positions)
