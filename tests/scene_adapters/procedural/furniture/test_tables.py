"""Tables: their tops, what holds them up, and room for knees."""

from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.shapes import Piece
from tests.scene_adapters.procedural.furniture.test_kinds import piece
from tests.scene_adapters.procedural.surfaces import highest_below

MANY = range(16)


def kinds_of(kind: str) -> list[Piece]:
    return [piece(kind, seed) for seed in MANY]


@pytest.mark.parametrize("kind", ["dining_table", "coffee_table", "desk"])
def test_the_top_offered_is_the_highest_surface_and_leaves_a_rim(kind: str) -> None:
    for made in kinds_of(kind):
        (top,) = made.tops
        assert top.z == pytest.approx(made.size[2], abs=1e-4)
        rim = made.size[0] / 2 - top.high[0]
        assert 0.035 < rim < 0.3
        assert top.low[0] == pytest.approx(-top.high[0])


def test_round_tables_are_as_deep_as_wide_and_are_named_so() -> None:
    labels = {made.label for made in kinds_of("dining_table")}
    assert labels == {"dining table", "round dining table"}
    for made in kinds_of("dining_table"):
        if made.label == "round dining table":
            assert made.size[0] == pytest.approx(made.size[1], abs=0.01)
            # The corners of its square are empty, those of its top are on the disc.
            assert highest_below(made, made.size[0] * 0.45, made.size[1] * 0.45, 2.0) == -np.inf
            assert np.hypot(*made.tops[0].high) < made.size[0] / 2
        else:
            assert 1.3 * 0.999 <= made.size[0] <= 2.1 and made.size[0] > made.size[1]


def test_one_can_sit_at_a_dining_table_without_meeting_its_apron() -> None:
    for made in kinds_of("dining_table"):
        # 20 cm inside a long edge, half way from the middle to a corner: free from the floor to 62 cm.
        x, y = made.size[0] * 0.22, made.size[1] / 2 - 0.2
        assert highest_below(made, x, y, 0.62) <= 0.05


def test_a_dining_table_does_not_hang_in_the_air() -> None:
    for made in kinds_of("dining_table"):
        feet = np.concatenate([part.vertices for part in made.parts])
        feet = feet[feet[:, 2] < 0.02]
        assert np.ptp(feet[:, 0]) > 0.3 * made.size[0] and np.ptp(feet[:, 1]) > 0.3 * made.size[1]


def test_the_pedestal_of_a_desk_is_on_the_right_hand_and_knees_go_on_the_left() -> None:
    for made in kinds_of("desk"):
        half = made.size[0] / 2
        # Right and left as the desk itself looks, to +Y.
        assert highest_below(made, half - 0.2, 0.0, 0.73) == pytest.approx(0.71, abs=0.005)
        assert highest_below(made, -half + 0.3, 0.0, 0.7) == -np.inf


def test_some_coffee_tables_have_a_shelf_and_some_are_round() -> None:
    shelves = [highest_below(made, 0.0, 0.0, 0.3) for made in kinds_of("coffee_table")]
    assert any(shelf == pytest.approx(0.14, abs=0.005) for shelf in shelves)
    assert any(shelf == -np.inf for shelf in shelves)
    assert any(made.size[0] == pytest.approx(made.size[1], abs=0.01) for made in kinds_of("coffee_table"))
