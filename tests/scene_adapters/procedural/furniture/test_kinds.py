"""What holds for every kind of furniture, whatever is drawn."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from scene_adapters.procedural.furniture import KINDS, build
from scene_adapters.procedural.shapes import Part, Piece
from schemas.categories import MPCAT40
from tests.scene_adapters.procedural.homes import palette
from tests.scene_adapters.procedural.surfaces import areas, box_of, highest_below, is_closed, uv_areas, volume

SEEDS = range(6)
ON_WALL = {
    "wall_cabinet",
    "range_hood",
    "towel",
    "mirror",
    "picture",
    "clock",
    "curtain",
    "blinds",
    "whiteboard",
    "radiator",
}
ON_CEILING = {"ceiling_lamp", "pendant_lamp"}
# Their one image is stretched over them; everything else is textured at its real size.
WHOLE_IMAGES = ("rug", "picture", "clock_face", "screen", "piano_keys", "book")


@lru_cache(maxsize=512)
def piece(kind: str, seed: int) -> Piece:
    return build(kind, palette(), np.random.default_rng(seed))


def pieces(kind: str) -> list[Piece]:
    return [piece(kind, seed) for seed in SEEDS]


def parts(kind: str) -> list[Part]:
    return [part for made in pieces(kind) for part in made.parts]


@pytest.mark.parametrize("kind", KINDS)
def test_surfaces_are_closed_wound_outwards_finite_and_without_slivers(kind: str) -> None:
    for part in parts(kind):
        assert np.isfinite(part.vertices).all() and np.isfinite(part.uv).all()
        assert is_closed(part), part.finish
        assert volume(part) > 0, part.finish
        assert areas(part).min() > 1e-9, part.finish


@pytest.mark.parametrize("kind", KINDS)
def test_textures_are_at_real_scale(kind: str) -> None:
    for part in parts(kind):
        if not part.finish.startswith(WHOLE_IMAGES):
            assert 1 / np.sqrt(3) - 1e-3 < uv_areas(part).sum() / areas(part).sum() < 1.2, part.finish


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_is_exactly_its_size_at_its_origin(kind: str) -> None:
    for made in pieces(kind):
        low, high = box_of(made)
        assert np.allclose(high - low, made.size, atol=1e-4)
        assert low[0] == pytest.approx(-made.size[0] / 2, abs=1e-4)
        depth = 0.0 if kind in ON_WALL else -made.size[1] / 2
        assert low[1] == pytest.approx(depth, abs=1e-4)
        assert (high[2] if kind in ON_CEILING else low[2]) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_build_equal_pieces_and_seeds_vary_them(kind: str) -> None:
    again = build(kind, palette(), np.random.default_rng(3))
    for first, second in zip(piece(kind, 3).parts, again.parts, strict=True):
        assert first.finish == second.finish
        assert first.vertices.tobytes() == second.vertices.tobytes() and first.uv.tobytes() == second.uv.tobytes()
    assert len({(made.size, tuple(part.finish for part in made.parts)) for made in pieces(kind)}) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_plain_english_and_categories_are_mpcat40(kind: str) -> None:
    for made in pieces(kind):
        assert made.category in MPCAT40
        assert made.label == made.label.lower().strip() and "_" not in made.label


@pytest.mark.parametrize("kind", KINDS)
def test_finishes_are_in_the_palette_and_one_part_each(kind: str) -> None:
    for made in pieces(kind):
        finishes = [part.finish for part in made.parts]
        assert not set(finishes) - set(palette().finishes)
        assert len(finishes) == len(set(finishes))


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_costs_at_most_three_thousand_triangles(kind: str) -> None:
    for made in pieces(kind):
        assert 40 <= sum(len(part.triangles) for part in made.parts) <= 3000


@pytest.mark.parametrize("kind", KINDS)
def test_things_stand_firmly_on_every_top(kind: str) -> None:
    for made in pieces(kind):
        low, high = box_of(made)
        for top in made.tops:
            assert low[0] <= top.low[0] < top.high[0] <= high[0] and low[1] <= top.low[1] < top.high[1] <= high[1]
            for x in np.linspace(top.low[0], top.high[0], 4):
                for y in np.linspace(top.low[1], top.high[1], 4):
                    assert highest_below(made, float(x), float(y), top.z + 0.01) == pytest.approx(top.z, abs=0.004)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_is_in_the_way_on_a_top(kind: str) -> None:
    for made in pieces(kind):
        for top in made.tops:
            x, y = (top.low[0] + top.high[0]) / 2, (top.low[1] + top.high[1]) / 2
            assert highest_below(made, x, y, 10.0) == pytest.approx(top.z, abs=0.004)


@pytest.mark.parametrize("kind", KINDS)
def test_lamps_are_within_reach_of_their_piece_and_not_inside_opaque_glass(kind: str) -> None:
    for made in pieces(kind):
        assert bool(made.lamps) == (made.category == "lighting")
        low, high = box_of(made)
        for lamp in made.lamps:
            assert (np.array(lamp.position) > low - 0.15).all() and (np.array(lamp.position) < high + 0.15).all()
            assert 5 <= lamp.power <= 100 and 0.02 <= lamp.size <= 0.2
            assert max(lamp.color) == 1.0


def test_there_are_thirty_two_categories_and_the_kinds_a_home_needs() -> None:
    categories = {made.category for kind in KINDS for made in pieces(kind)}
    assert len(categories) >= 32
    assert {"sofa", "bed_double", "toilet", "fridge", "plant", "exercise_bike", "curtain", "box"} <= set(KINDS)


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="throne"):
        build("throne", palette(), np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(1, 4))
def test_every_palette_has_every_finish_that_any_kind_asks_for(seed: int) -> None:
    other = palette(seed)
    for kind in KINDS:
        made = build(kind, other, np.random.default_rng(seed))
        assert not {part.finish for part in made.parts} - set(other.finishes), kind
