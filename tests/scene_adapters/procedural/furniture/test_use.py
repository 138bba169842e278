"""Whether pieces are what their names say: measures of use, and which way they face."""

from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.shapes import Piece
from schemas.arrays import Float64
from tests.scene_adapters.procedural.furniture.test_kinds import SEEDS, piece, pieces
from tests.scene_adapters.procedural.homes import palette
from tests.scene_adapters.procedural.surfaces import box_of, highest_below


def _points(made: Piece, *finishes: str) -> Float64:
    chosen = [part.vertices for part in made.parts if not finishes or part.finish in finishes]
    return np.concatenate(chosen).astype(float)


@pytest.mark.parametrize("kind", ["sofa", "armchair", "dining_chair", "office_chair"])
def test_seats_are_at_sitting_height_with_the_back_behind(kind: str) -> None:
    for made in pieces(kind):
        x = made.size[0] * 0.1
        seat = highest_below(made, x, made.size[1] * 0.18, 0.8)
        assert 0.38 <= seat <= 0.56, seat
        upper = _points(made)
        back = upper[upper[:, 2] > made.size[2] - 0.08]
        assert back[:, 1].mean() < -0.1


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("dining_table", 0.72, 0.77),
        ("desk", 0.72, 0.76),
        ("coffee_table", 0.35, 0.5),
        ("nightstand", 0.4, 0.66),
        ("kitchen_counter", 0.89, 0.91),
        ("kitchen_island", 0.89, 0.91),
        ("dishwasher", 0.89, 0.91),
        ("tv_stand", 0.4, 0.6),
    ],
)
def test_tops_are_at_their_usual_height(kind: str, low: float, high: float) -> None:
    for made in pieces(kind):
        assert made.tops and all(low <= top.z <= high for top in made.tops)


@pytest.mark.parametrize(("kind", "width"), [("bed_double", 1.4), ("bed_single", 0.9)])
def test_beds_lie_long_with_the_head_at_the_back(kind: str, width: float) -> None:
    for made in pieces(kind):
        assert made.size[0] >= width and 2.0 <= made.size[1] <= 2.3
        assert 0.45 <= highest_below(made, 0.0, 0.3, 1.0) <= 0.7
        high = _points(made)
        assert high[high[:, 2] > made.size[2] - 0.03][:, 1].max() < -0.8


def test_a_double_bed_has_pillows_for_two() -> None:
    for seed in SEEDS:
        single = sum(len(part.triangles) for part in piece("bed_single", seed).parts if part.finish == "fabric.sheet")
        double = sum(len(part.triangles) for part in piece("bed_double", seed).parts if part.finish == "fabric.sheet")
        assert double > single


@pytest.mark.parametrize("kind", ["tv", "monitor", "laptop"])
def test_screens_are_at_the_front_of_what_bears_them(kind: str) -> None:
    for made in pieces(kind):
        screen = _points(made, "screen", "screen.desktop")
        body = _points(made, "plastic.black", "steel")
        level = body[body[:, 2] > screen[:, 2].mean() - 0.03]
        assert screen[:, 1].max() > level[:, 1].min()
        assert np.ptp(screen[:, 0]) > 3 * np.ptp(screen[:, 1])


@pytest.mark.parametrize("kind", ["wardrobe", "chest_of_drawers", "sideboard", "kitchen_counter", "desk"])
def test_handles_are_on_the_front(kind: str) -> None:
    for made in pieces(kind):
        handles = _points(made, "metal")
        assert handles[handles[:, 2] > 0.2][:, 1].max() == pytest.approx(made.size[1] / 2, abs=0.06)


@pytest.mark.parametrize("kind", ["kitchen_sink", "bathroom_sink", "bathtub"])
def test_basins_are_hollow(kind: str) -> None:
    for made in pieces(kind):
        _, high = box_of(made)
        bottom = highest_below(made, 0.0, -0.02, 2.0)
        rim = highest_below(made, 0.0, float(high[1]) - 0.045, 2.0)
        assert bottom < max(rim, 0.8 if kind == "bathroom_sink" else 0.5) + 0.05
        hollow = _points(made, "ceramic", "steel")
        assert hollow[:, 2].max() - bottom > 0.04


def test_a_toilet_has_its_cistern_behind_and_its_seat_at_sitting_height() -> None:
    for made in pieces("toilet"):
        assert 0.38 <= highest_below(made, 0.0, 0.15, 2.0) <= 0.5
        upper = _points(made)
        assert upper[upper[:, 2] > 0.6][:, 1].max() < -0.1


def test_a_shower_is_open_to_walls_behind_and_on_its_left_only() -> None:
    for made in pieces("shower"):
        glass = _points(made, "glass")
        assert glass[:, 0].max() > 0.3 and glass[:, 1].max() > 0.3
        back = glass[glass[:, 1] < 0]
        assert back[:, 0].min() > 0.3


def test_bookshelves_are_filled_with_books_that_stand_between_the_boards() -> None:
    for made in pieces("bookshelf"):
        books = _points(made, *palette().family("book"))
        assert np.abs(books[:, 0]).max() < made.size[0] / 2 and np.abs(books[:, 1]).max() < made.size[1] / 2
        assert len(books) >= 8 * 20
        assert 0.05 < books[:, 2].min() < 0.1 and books[:, 2].max() < made.size[2]


def test_pictures_hang_flat_with_their_image_to_the_front() -> None:
    for made in pieces("picture"):
        image = next(part for part in made.parts if part.finish.startswith("picture."))
        assert made.size[1] < 0.05 and image.vertices[:, 1].max() > 0.012
        corners, uv = image.vertices[image.triangles].reshape(-1, 3), image.uv.reshape(-1, 2)
        assert np.corrcoef(corners[:, 0], uv[:, 0])[0, 1] < -0.99
        assert np.corrcoef(corners[:, 2], uv[:, 1])[0, 1] > 0.99


def test_rugs_are_thin_enough_to_walk_on() -> None:
    for made in pieces("rug"):
        assert made.size[2] < 0.02 and min(made.size[:2]) >= 0.8


def test_mirrors_have_glass_over_most_of_their_face() -> None:
    for made in pieces("mirror"):
        glass = _points(made, "mirror")
        assert np.ptp(glass[:, 0]) > 0.85 * made.size[0] and np.ptp(glass[:, 2]) > 0.85 * made.size[2]


def test_shades_surround_the_bulb_of_floor_and_table_lamps() -> None:
    for kind in ("floor_lamp", "table_lamp"):
        for made in pieces(kind):
            shade, lamp = _points(made, "shade"), np.array(made.lamps[0].position)
            assert (shade.min(axis=0) < lamp).all() and (lamp < shade.max(axis=0)).all()
            assert np.linalg.norm(shade[:, :2] - lamp[:2], axis=1).min() > made.lamps[0].size / 2


def test_lamps_of_the_ceiling_shine_from_below_their_shade() -> None:
    for kind in ("ceiling_lamp", "pendant_lamp"):
        for made in pieces(kind):
            for lamp in made.lamps:
                x, y, z = lamp.position
                assert highest_below(made, x, y, z) == -np.inf


def test_curtains_hang_in_folds_from_the_rod_to_the_hem() -> None:
    for made in pieces("curtain"):
        cloth = _points(made, "fabric.curtain")
        assert cloth[:, 2].min() == pytest.approx(0.0, abs=0.02) and cloth[:, 2].max() > made.size[2] - 0.08
        assert 0.04 < np.ptp(cloth[:, 1]) < 0.12
        assert (np.abs(cloth[:, 0]) > 0.2).all()


def test_plants_are_green_above_a_pot() -> None:
    for made in pieces("plant"):
        leaves = _points(made, *palette().family("leaf"))
        pot = _points(made, "soil")
        assert leaves[:, 2].max() > pot[:, 2].max() + 0.2
        assert leaves[:, 2].min() > -1e-6


def test_fruit_lies_in_the_bowl() -> None:
    for made in pieces("bowl_with_fruit"):
        fruit = _points(made, *palette().family("fruit"))
        assert np.linalg.norm(fruit[:, :2], axis=1).max() < made.size[0] / 2
        assert fruit[:, 2].min() > 0.004


def test_clothes_hang_clear_of_the_floor() -> None:
    for made in pieces("clothes_rack"):
        assert _points(made, *palette().family("cloth"))[:, 2].min() > 0.25


@pytest.mark.parametrize("kind", ["oven", "washing_machine", "fridge", "toilet", "bathtub", "piano", "exercise_bike"])
def test_large_things_have_the_size_of_real_ones(kind: str) -> None:
    expected = {
        "oven": (0.6, 0.6, 0.9),
        "washing_machine": (0.6, 0.6, 0.85),
        "fridge": (0.7, 0.65, 1.85),
        "toilet": (0.38, 0.7, 0.79),
        "bathtub": (1.65, 0.75, 0.7),
        "piano": (1.5, 0.6, 1.2),
        "exercise_bike": (0.55, 1.2, 1.15),
    }[kind]
    for made in pieces(kind):
        assert np.allclose(made.size, expected, rtol=0.32)
