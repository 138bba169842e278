"""Sightings: what each frame shows of each instance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.quality import find_sightings
from schemas.arrays import UInt16
from schemas.episodes import RenderedEpisode
from tests.rooms import two_rooms
from tests.views import look, plan_of, walk

SCENE = two_rooms()


def painted(instance: UInt16, depth: UInt16) -> RenderedEpisode:
    plan = plan_of(SCENE, np.zeros((len(instance), 2)), np.zeros(len(instance)))
    return RenderedEpisode(plan, (), depth, instance, {})


def test_shares_columns_and_distances_are_those_of_a_painted_frame() -> None:
    instance = np.zeros((1, 8, 8), dtype=np.uint16)
    depth = np.full((1, 8, 8), 3000, dtype=np.uint16)
    instance[0, :, :4] = 2
    depth[0, :, :4] = 1000
    instance[0, :, 4:6] = 1
    depth[0, :4, 4:6] = 0
    seen = find_sightings(painted(instance, depth), 2)
    assert seen.share[0].tolist() == [0.25, 0.25, 0.5]
    assert seen.near[0].tolist() == [0, 0, 0.5]
    # Every other column is looked at: 0 and 2, centres 0.5 and 2.5 of 8.
    assert seen.u[0, 2] == pytest.approx(-0.625)
    assert seen.distance[0].tolist() == [3.0, 3.0, 1.0]


def test_distances_do_not_depend_on_the_unit_of_depth() -> None:
    rendered = look(SCENE, walk(SCENE, [(0.6, 0.7), (4.0, 0.9)]))
    finer = replace(rendered, depth=5 * rendered.depth, depth_scale=0.0002)
    seen, again = (find_sightings(frames, len(SCENE.instances)) for frames in (rendered, finer))
    assert 0 < seen.distance.max() < 13.107
    np.testing.assert_allclose(again.distance, seen.distance, rtol=1e-6)
    np.testing.assert_array_equal(again.near, seen.near)


def test_an_instance_without_depth_has_distance_zero() -> None:
    instance = np.ones((1, 8, 8), dtype=np.uint16)
    seen = find_sightings(painted(instance, np.zeros_like(instance)), 1)
    assert seen.distance[0, 1] == 0
    assert seen.near[0, 1] == 0


def test_an_id_that_the_scene_does_not_have_counts_as_none() -> None:
    instance = np.full((1, 8, 8), 60000, dtype=np.uint16)
    assert find_sightings(painted(instance, instance), 3).share[0].tolist() == [1, 0, 0, 0]


def test_shares_of_a_frame_sum_to_one_and_match_a_count_over_all_pixels() -> None:
    rendered = look(SCENE, walk(SCENE, [(0.6, 0.7), (4.0, 0.9)]))
    seen = find_sightings(rendered, len(SCENE.instances))
    assert np.allclose(seen.share.sum(axis=1), 1, atol=1e-5)
    for t in (0, 40):
        exact = np.bincount(rendered.instance[t].ravel(), minlength=17) / rendered.instance[t].size
        assert np.abs(seen.share[t] - exact).max() < 0.02


def test_a_thing_on_the_left_has_a_negative_column() -> None:
    sofa = 11
    seen = find_sightings(look(SCENE, plan_of(SCENE, np.array([[0.5, 2.2]]), np.array([0.3]))), len(SCENE.instances))
    assert seen.share[0, sofa] > 0.01
    assert seen.u[0, sofa] < 0
