"""Clips: where a walk is cut, and that nothing is lost on the way."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.clips import accumulated_turning, path_length, split_clips
from schemas.arrays import Float64
from schemas.episodes import EpisodePlan
from schemas.recipe import Clips
from schemas.scenes import Scene
from tests.rooms import two_rooms
from tests.views import plan_of

SCENE: Scene = two_rooms()
SPACING = 0.04


def driven(yaw: Float64, spacing: float = SPACING) -> EpisodePlan:
    """A walk of constant step length along the headings `yaw`."""
    steps = spacing * np.stack([np.cos(yaw[:-1]), np.sin(yaw[:-1])], axis=1)
    return plan_of(SCENE, np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)]), yaw)


def corner(before: int, turning: int, after: int, angle: float) -> Float64:
    return np.concatenate([np.zeros(before), np.linspace(0, angle, turning), np.full(after, angle)])


def test_a_corner_is_cut_in_the_middle_of_its_turn() -> None:
    clips = split_clips(driven(corner(50, 21, 50, math.pi / 2)), Clips())
    assert [(clip.first, clip.last) for clip in clips] == [(0, 59), (60, 120)]
    assert clips[0].turn == pytest.approx(math.pi / 4)
    assert clips[0].length == pytest.approx(60 * SPACING)


def test_a_turn_below_the_threshold_is_not_cut() -> None:
    assert len(split_clips(driven(corner(50, 21, 50, math.radians(29))), Clips())) == 1
    assert len(split_clips(driven(corner(50, 21, 50, math.radians(31))), Clips())) == 2


def test_of_two_close_turns_only_the_stronger_is_a_key_frame() -> None:
    yaw = np.concatenate([corner(50, 11, 5, 0.7), 0.7 + corner(0, 11, 60, 1.2)])
    clips = split_clips(driven(yaw), Clips(window=0.4))
    assert len(clips) == 2
    assert 66 <= clips[1].first <= 77


def test_a_turn_too_near_the_end_for_a_clip_of_minimum_length_is_not_cut() -> None:
    assert len(split_clips(driven(corner(100, 11, 10, 1.5)), Clips())) == 1


def test_a_long_straight_is_cut_evenly() -> None:
    clips = split_clips(driven(np.zeros(326)), Clips())
    assert [round(clip.length, 2) for clip in clips] == [4.32, 4.36, 4.32]


def test_a_long_walk_is_cut_where_it_turns_least() -> None:
    bend = 0.3 * np.exp(-0.5 * ((np.arange(200) - 100) / 8.0) ** 2)
    clips = split_clips(driven(np.cumsum(bend) / 40), Clips(turn_deg=180))
    assert len(clips) == 2
    assert abs(clips[1].first - 100) > 20


def test_a_turn_in_place_is_cut() -> None:
    points = np.zeros((160, 2))
    points[:60, 0] = np.arange(60) * SPACING
    points[60:100, 0] = 59 * SPACING
    points[100:, 0] = 59 * SPACING
    points[100:, 1] = np.arange(1, 61) * SPACING
    yaw = corner(60, 40, 60, math.pi / 2)
    clips = split_clips(plan_of(SCENE, points, yaw), Clips())
    assert len(clips) == 2
    assert 59 <= clips[1].first <= 101


def test_a_walk_of_one_frame_is_one_clip() -> None:
    assert [
        (c.first, c.last, c.length) for c in split_clips(plan_of(SCENE, np.zeros((1, 2)), np.zeros(1)), Clips())
    ] == [(0, 0, 0.0)]


def test_turning_is_accumulated_over_the_window_and_no_farther() -> None:
    yaw = corner(50, 2, 50, 0.5)
    turning = accumulated_turning(path_length(driven(yaw).positions), yaw, 1.0)
    reach = np.flatnonzero(turning > 0)
    assert turning.max() == pytest.approx(0.5)
    assert (reach[-1] - reach[0]) * SPACING == pytest.approx(1.0, abs=2 * SPACING)


@st.composite
def headings(draw: st.DrawFn) -> Float64:
    rates = draw(st.lists(st.tuples(st.integers(1, 80), st.floats(-0.12, 0.12)), min_size=1, max_size=8))
    return np.cumsum(np.concatenate([np.full(n, rate) for n, rate in rates]))


@given(headings(), st.floats(0.3, 2.0), st.integers(1, 40), st.floats(2.0, 8.0))
@settings(max_examples=150)
def test_every_frame_is_in_one_clip_and_lengths_and_turns_add_up(
    yaw: Float64, min_length: float, min_frames: int, max_length: float
) -> None:
    rule = Clips(min_length=min_length, min_frames=min_frames, max_length=max_length)
    plan = driven(yaw)
    clips = split_clips(plan, rule)
    assert [f for clip in clips for f in range(clip.first, clip.last + 1)] == list(range(plan.frames))
    assert sum(clip.turn for clip in clips) == pytest.approx(yaw[-1] - yaw[0])
    assert sum(clip.length for clip in clips) == pytest.approx(path_length(plan.positions)[-1])
    if len(clips) > 1:
        assert all(clip.length >= min_length and clip.last + 1 - clip.first >= min_frames for clip in clips)


@given(headings(), st.floats(2.0, 8.0))
@settings(max_examples=150)
def test_no_clip_is_above_the_maximum_where_the_minima_leave_room(yaw: Float64, max_length: float) -> None:
    clips = split_clips(driven(yaw), Clips(min_length=0.1, min_frames=1, max_length=max_length))
    assert all(clip.length <= max_length + 2 * SPACING for clip in clips)


@given(headings())
@settings(max_examples=50)
def test_a_walk_is_cut_alike_when_mirrored(yaw: Float64) -> None:
    left, right = split_clips(driven(yaw), Clips()), split_clips(driven(-yaw), Clips())
    assert [(c.first, c.last) for c in left] == [(c.first, c.last) for c in right]
    assert all(a.turn == -b.turn for a, b in zip(left, right, strict=True))


def test_clips_follow_one_another() -> None:
    yaw = np.concatenate([corner(60, 20, 60, 1.5), 1.5 - corner(0, 20, 100, 1.0)])
    for before, after in itertools.pairwise(split_clips(driven(yaw), Clips())):
        assert after.first == before.last + 1
