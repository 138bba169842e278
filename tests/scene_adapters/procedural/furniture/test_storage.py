"""Cupboards and chests: boards, feet and the room above them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scene_adapters.procedural.furniture.test_kinds import piece
from tests.scene_adapters.procedural.homes import palette
from tests.scene_adapters.procedural.surfaces import highest_below

MANY = range(14)


def test_a_chest_is_twenty_centimetres_a_row_of_drawers_high() -> None:
    rows = {round((piece("chest_of_drawers", seed).size[2] - 0.12) / 0.2, 1) for seed in MANY}
    assert rows == {3.0, 4.0, 5.0}


@pytest.mark.parametrize("kind", ["chest_of_drawers", "sideboard", "tv_stand"])
def test_what_stands_on_legs_is_clear_of_the_floor(kind: str) -> None:
    for seed in MANY:
        made = piece(kind, seed)
        assert highest_below(made, 0.011, 0.007, 0.09) == -np.inf
        feet = np.concatenate([part.vertices for part in made.parts])
        feet = feet[feet[:, 2] < 0.005]
        assert np.ptp(feet[:, 0]) > 0.6 * made.size[0]


def test_a_nightstand_is_a_chest_or_a_drawer_over_an_open_shelf() -> None:
    categories = set()
    for seed in MANY:
        made = piece("nightstand", seed)
        categories.add(made.category)
        shelf = highest_below(made, 0.011, 0.007, 0.25)
        if made.category == "table":
            assert shelf == pytest.approx(0.18, abs=0.002)
            # Between the shelf and the drawer is air.
            assert highest_below(made, 0.011, 0.007, made.size[2] - 0.18) == pytest.approx(0.18, abs=0.002)
    assert categories == {"table", "chest_of_drawers"}


def test_boards_of_a_bookshelf_are_evenly_apart_and_books_stand_on_each() -> None:
    for seed in MANY:
        made = piece("bookshelf", seed)
        books = np.concatenate([p.vertices for p in made.parts if p.finish in palette().family("book")])
        feet = np.unique(np.round(books[:, 2], 3))
        levels = [z for z in feet if np.count_nonzero(np.abs(books[:, 2] - z) < 5e-4) >= 12]
        steps = np.diff(levels)
        pitch = (made.size[2] - 0.08) / round((made.size[2] - 0.08) / 0.33)
        assert 0.31 <= pitch <= 0.35
        assert any(abs(step - pitch) < 2e-3 for step in steps)


def test_wardrobes_have_two_to_four_doors_and_some_a_mirror() -> None:
    mirrors, widths = 0, []
    for seed in MANY:
        made = piece("wardrobe", seed)
        widths.append(made.size[0])
        for part in made.parts:
            if part.finish == "mirror":
                mirrors += 1
                assert part.vertices[:, 1].max() > made.size[1] / 2 - 0.06
                assert np.ptp(part.vertices[:, 2]) > 1.0
    assert 0 < mirrors < len(MANY)
    assert min(widths) >= 0.84 and max(widths) <= 2.09 and max(widths) > 1.8 * min(widths) * 0.8


def test_the_rail_of_a_clothes_rack_bears_all_its_hangers() -> None:
    for seed in MANY:
        made = piece("clothes_rack", seed)
        hooks = next(part for part in made.parts if part.finish == "chrome").vertices
        # Hooks reach 2 cm over the rail, hangers 9 cm under it.
        assert hooks[:, 2].max() == pytest.approx(made.size[2], abs=0.001)
        assert np.ptp(hooks[:, 2]) == pytest.approx(0.11, abs=0.002)
        xs = np.sort(np.unique(np.round(hooks[:, 0], 2)))
        assert np.count_nonzero(np.diff(xs) > 0.05) + 1 in (5, 6, 7)


def test_shoes_stand_on_the_boards_of_their_rack() -> None:
    for seed in MANY:
        made = piece("shoe_rack", seed)
        soles = [part.vertices for part in made.parts if part.finish == "rubber"]
        if soles:
            levels = np.unique(np.round(np.concatenate(soles)[:, 2], 2))
            assert min(levels) == pytest.approx(0.1, abs=0.011)
            assert max(levels) < made.size[2]
