"""Small things: books that fit their shelf, vessels that are hollow, pairs that match."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scene_adapters.procedural.furniture.objects import book_row, jar, pair_of_shoes
from scene_adapters.procedural.furniture.storage import _shelf_load
from scene_adapters.procedural.shapes import standing
from tests.scene_adapters.procedural.furniture.test_kinds import piece, pieces
from tests.scene_adapters.procedural.homes import palette
from tests.scene_adapters.procedural.surfaces import highest_below

MANY = range(12)


@settings(max_examples=40)
@given(st.floats(0.0, 1.2), st.floats(0.1, 0.4), st.integers(0, 1000))
def test_a_row_of_books_fits_the_width_and_height_it_is_given(width: float, clear: float, seed: int) -> None:
    row = book_row(palette(), np.random.default_rng(seed), width, clear)
    for book in row:
        low, high = book.vertices.min(axis=0), book.vertices.max(axis=0)
        assert low[0] >= 0.0 and high[0] <= width + 1e-6
        assert 0.67 * clear < high[2] < 0.99 * clear and low[2] == 0.0
        assert 0.019 < high[0] - low[0] < 0.051
    # Books are at most 5 cm thick, so a row leaves no wider gap at its end.
    end = max((float(book.vertices[:, 0].max()) for book in row), default=0.0)
    assert width - end < 0.052


def test_books_of_a_row_stand_side_by_side_and_none_in_another() -> None:
    row = book_row(palette(), np.random.default_rng(0), 1.0, 0.3)
    spans = [(float(book.vertices[:, 0].min()), float(book.vertices[:, 0].max())) for book in row]
    assert len(row) > 15
    for (_, end), (start, _) in pairwise(spans):
        assert start - end == pytest.approx(0.001, abs=1e-5)


@pytest.mark.parametrize("seed", MANY)
def test_a_shelf_is_loaded_within_its_span_and_under_the_next_board(seed: int) -> None:
    parts = _shelf_load((-0.4, 0.5), -0.13, 0.7, 0.28, palette(), np.random.default_rng(seed))
    points = np.concatenate([part.vertices for part in parts])
    assert points[:, 0].min() >= -0.4 - 1e-5 and points[:, 0].max() <= 0.5 + 1e-5
    assert points[:, 2].min() == pytest.approx(0.7, abs=1e-5) and points[:, 2].max() < 0.98


@pytest.mark.parametrize("seed", MANY)
def test_a_jar_keeps_to_its_measures_and_is_open_at_the_top(seed: int) -> None:
    made = standing("jar", "objects", jar(palette(), np.random.default_rng(seed), 0.09, 0.3))
    assert made.size[2] == pytest.approx(0.3, abs=1e-5)
    # Twelve facets reach the radius at corners only.
    assert 0.17 < max(made.size[:2]) <= 0.18 + 1e-5
    # A pea dropped into it falls far below the rim.
    assert highest_below(made, 0.001, 0.002, 1.0) < 0.1


@pytest.mark.parametrize("kind", ["bowl_with_fruit", "basket", "laundry_basket"])
def test_what_a_vessel_holds_rises_above_its_floor(kind: str) -> None:
    for made in pieces(kind):
        assert highest_below(made, 0.001, 0.002, 2.0) > 0.01


def test_an_open_bin_is_hollow_and_a_pedal_bin_has_a_lid() -> None:
    labels = set()
    for made in (piece("trash_can", seed) for seed in MANY):
        labels.add(made.label)
        inside = highest_below(made, 0.001, 0.002, 2.0)
        if made.label == "waste bin":
            assert inside < 0.05 and made.size[2] < 0.4
        else:
            assert inside == pytest.approx(made.size[2], abs=0.01) and made.size[2] >= 0.4
    assert labels == {"waste bin", "trash can"}


@pytest.mark.parametrize("seed", MANY)
def test_shoes_come_in_pairs_of_equals_side_by_side(seed: int) -> None:
    parts = pair_of_shoes(palette(), np.random.default_rng(seed))
    left, right = parts[:3], parts[3:]
    for one, other in zip(left, right, strict=True):
        assert one.finish == other.finish
        assert other.vertices - one.vertices == pytest.approx(np.tile([0.1, 0, 0], (len(one.vertices), 1)), abs=1e-6)
    assert max(float(part.vertices[:, 0].max()) for part in left) < min(float(p.vertices[:, 0].min()) for p in right)


def test_pots_have_lids_and_frying_pans_a_handle() -> None:
    named = {}
    for made in (piece("pan", seed) for seed in MANY):
        named[made.label] = made
        if made.label == "pot":
            assert highest_below(made, 0.03, 0.02, 1.0) == pytest.approx(0.138, abs=0.003)
            assert made.size[0] < 0.35
        else:
            assert highest_below(made, -made.size[0] / 2 + 0.1, 0.002, 1.0) < 0.02
            assert made.size[0] > 0.35 > made.size[1]
    assert set(named) == {"pot", "frying pan"}


def test_a_pile_of_books_has_the_widest_spread_that_its_turns_allow() -> None:
    for made in pieces("books"):
        # Two to five books of 2 to 4.5 cm.
        assert 0.04 <= made.size[2] <= 0.225
        assert 0.2 <= made.size[0] <= 0.36


def test_the_spout_and_the_handle_of_a_kettle_are_on_opposite_sides() -> None:
    for made in pieces("kettle"):
        points = np.concatenate([part.vertices for part in made.parts])
        middle = points[points[:, 2] < 0.02][:, 0].mean()
        upper = points[(points[:, 2] > 0.17) & (points[:, 2] < 0.21)]
        assert upper[:, 0].max() - middle > 0.09 and middle - upper[:, 0].min() > 0.09
