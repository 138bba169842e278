"""Turns and straights of hand-made walks."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.motion import SMALLEST_TURN, moves
from schemas.episodes import EpisodePlan
from tests.rooms import two_rooms
from tests.views import plan_of, walk

SCENE = two_rooms()


def driven(*parts: tuple[float, float]) -> EpisodePlan:
    """A walk of (metres, degrees turned over them) parts, 4 cm a frame."""
    yaw = [np.zeros(1)]
    for length, degrees in parts:
        n = max(1, round(length / 0.04))
        yaw.append(yaw[-1][-1] + np.radians(degrees) * np.arange(1, n + 1) / n)
    heading = np.concatenate(yaw)
    steps = 0.04 * np.stack([np.cos(heading[:-1]), np.sin(heading[:-1])], axis=1)
    return plan_of(SCENE, np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)]), heading)


def told(plan: EpisodePlan) -> list[int]:
    """Degrees of the turns."""
    return [round(math.degrees(move.turn)) for move in moves(plan, 0, plan.frames - 1) if move.is_turn]


def test_a_straight_is_one_move() -> None:
    (move,) = moves(driven((3, 0)), 0, 75)
    assert not move.is_turn
    assert move.length == pytest.approx(3.0)


def test_a_corner_is_straight_turn_straight() -> None:
    plan = driven((2, 0), (0.8, 90), (2, 0))
    before, turn, after = moves(plan, 0, plan.frames - 1)
    assert (before.is_turn, turn.is_turn, after.is_turn) == (False, True, False)
    assert math.degrees(turn.turn) == pytest.approx(90, abs=4)
    assert before.length == pytest.approx(2, abs=0.25)
    assert after.length == pytest.approx(2, abs=0.25)


def test_left_is_positive_and_right_negative() -> None:
    left, right = told(driven((1, 0), (0.8, 60), (2, 0), (0.8, -100), (1, 0)))
    assert left == pytest.approx(60, abs=4)
    assert right == pytest.approx(-100, abs=4)


def test_a_drift_is_no_turn() -> None:
    assert told(driven((6, 60))) == []


def test_a_wiggle_below_the_smallest_turn_is_no_turn() -> None:
    assert told(driven((1, 0), (0.3, 15), (0.3, -15), (1, 0))) == []


@pytest.mark.parametrize(("gap", "turns"), [(0.2, 1), (0.5, 1), (1.5, 2)])
def test_two_corners_of_one_sense_close_together_are_one_turn(gap: float, turns: int) -> None:
    found = told(driven((1, 0), (0.6, 80), (gap, 0), (0.6, 80), (1, 0)))
    assert len(found) == turns
    assert sum(found) == pytest.approx(160, abs=8)


def test_a_turn_in_place_is_seen() -> None:
    plan = walk(SCENE, [(1, 1), (3, 1)])
    still = np.repeat(plan.positions[-1:, :2], 40, axis=0)
    points = np.concatenate([plan.positions[:, :2], still])
    yaw = np.concatenate([plan.yaw, np.linspace(0, math.pi / 2, 40)])
    (turn,) = told(plan_of(SCENE, points, yaw))
    assert turn == pytest.approx(90, abs=5)


def test_part_of_a_walk_starts_and_ends_where_asked() -> None:
    plan = driven((2, 0), (0.8, 90), (2, 0))
    found = moves(plan, 55, 90)
    assert (found[0].first, found[-1].last) == (55, 90)


def test_two_frames_are_one_straight() -> None:
    assert len(moves(driven((2, 0)), 10, 11)) == 1


@given(st.lists(st.tuples(st.floats(0.2, 3.0), st.floats(-120, 120)), min_size=1, max_size=6))
@settings(max_examples=100)
def test_moves_join_without_gap_and_add_up(parts: list[tuple[float, float]]) -> None:
    plan = driven(*parts)
    found = moves(plan, 0, plan.frames - 1)
    assert found[0].first == 0
    assert found[-1].last == plan.frames - 1
    assert all(a.last == b.first for a, b in itertools.pairwise(found))
    assert sum(move.turn for move in found) == pytest.approx(plan.yaw[-1] - plan.yaw[0])
    assert all(abs(move.turn) >= SMALLEST_TURN for move in found if move.is_turn)
