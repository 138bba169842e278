"""Seats: how many, how high, and where one leans."""

from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.furniture.seating import throw_cushion
from tests.scene_adapters.procedural.furniture.test_kinds import SEEDS, piece, pieces
from tests.scene_adapters.procedural.surfaces import box_of, highest_below

MANY = range(16)


def test_a_sofa_seats_two_to_four() -> None:
    # A seat is 0.58 to 0.68 m wide, both arms together 0.24 to 0.44 m.
    widths = [piece("sofa", seed).size[0] for seed in MANY]
    seats = {count for width in widths for count in (2, 3, 4) if 0.58 * count + 0.24 <= width <= 0.68 * count + 0.45}
    assert seats == {2, 3, 4}
    assert min(widths) >= 2 * 0.58 + 0.24 - 0.01
    assert max(widths) <= 4 * 0.68 + 0.45


def test_the_arms_of_a_sofa_are_higher_than_its_seat_and_lower_than_its_back() -> None:
    for made in pieces("sofa"):
        arm = highest_below(made, made.size[0] / 2 - 0.06, 0.2, 2.0)
        seat = highest_below(made, 0.0, made.size[1] / 2 - 0.15, 2.0)
        assert seat + 0.05 < arm < made.size[2] - 0.1


def test_a_sofa_is_alike_on_both_hands_but_for_its_cushions() -> None:
    for made in pieces("sofa"):
        x = made.size[0] / 2 - 0.0571
        assert highest_below(made, x, 0.213, 2.0) == pytest.approx(highest_below(made, -x, 0.213, 2.0), abs=1e-3)


def test_the_cushions_of_a_sofa_lie_between_its_arms() -> None:
    for made in (piece("sofa", seed) for seed in MANY):
        for part in made.parts:
            if part.finish.startswith("cushion"):
                # An arm is at least 12 cm wide.
                assert np.abs(part.vertices[:, 0]).max() < made.size[0] / 2 - 0.1


def test_an_armchair_has_one_seat_between_its_arms() -> None:
    for made in (piece("armchair", seed) for seed in MANY):
        assert 0.6 <= made.size[0] <= 1.15
        assert highest_below(made, 0.0, 0.2, 0.55) > 0.35


def test_a_throw_cushion_stands_on_its_seat_leaning_back() -> None:
    for seed in SEEDS:
        cushion = throw_cushion("cushion.0", (0.5, 0.1, 0.43), np.random.default_rng(seed))
        low, high = cushion.vertices.min(axis=0), cushion.vertices.max(axis=0)
        assert low[2] == pytest.approx(0.43, abs=0.05)
        assert 0.3 < high[2] - low[2] < 0.5
        top = cushion.vertices[cushion.vertices[:, 2] > high[2] - 0.05].mean(axis=0)
        foot = cushion.vertices[cushion.vertices[:, 2] < low[2] + 0.05].mean(axis=0)
        assert top[1] < foot[1] - 0.05
        assert np.mean([low[0], high[0]]) == pytest.approx(0.5, abs=0.06)


def test_there_are_low_stools_and_bar_stools_and_their_names_tell_which() -> None:
    named = {}
    for made in (piece("stool", seed) for seed in MANY):
        seat = highest_below(made, 0.0, 0.0, 2.0)
        assert (made.label == "bar stool") == (seat > 0.55)
        named[made.label] = seat
        # A bar stool has a ring for the feet 24 cm up, an arm's length under the seat.
        ring = [part.vertices[np.abs(part.vertices[:, 2] - 0.24) < 0.01] for part in made.parts]
        assert (sum(map(len, ring)) > 50) == (made.label == "bar stool")
    assert set(named) == {"stool", "bar stool"}


def test_a_bench_bears_things_only_where_no_cushion_lies() -> None:
    found = set()
    for made in (piece("bench", seed) for seed in MANY):
        soft = any(part.finish == "fabric.seat" for part in made.parts)
        assert bool(made.tops) != soft
        seat = highest_below(made, 0.0, 0.0, 2.0)
        assert seat == pytest.approx(0.50 if soft else 0.44, abs=0.005)
        found.add(soft)
    assert found == {True, False}


def test_an_office_chair_stands_on_five_castors_that_touch_the_floor() -> None:
    for made in pieces("office_chair"):
        rubber = next(part for part in made.parts if part.finish == "rubber").vertices
        assert rubber[:, 2].min() == pytest.approx(0.0, abs=1e-3)
        column = next(part for part in made.parts if part.finish == "chrome").vertices[:, :2]
        centre = (column.min(axis=0) + column.max(axis=0)) / 2 if len(column) < 100 else np.zeros(2)
        turn = np.sort(np.arctan2(rubber[:, 1] - centre[1], rubber[:, 0] - centre[0]))
        assert np.count_nonzero(np.diff(turn) > 0.5) >= 4


def test_no_part_of_a_chair_is_above_its_back() -> None:
    for made in pieces("dining_chair"):
        _, high = box_of(made)
        tallest = max(made.parts, key=lambda part: float(part.vertices[:, 2].max()))
        upper = tallest.vertices[tallest.vertices[:, 2] > high[2] - 0.02]
        assert upper[:, 1].max() < -0.05
