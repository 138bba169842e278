from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scene_adapters.procedural.finishes import ROOM_TYPES, Palette, draw_palette, oklch
from schemas.arrays import Float64, UInt8
from schemas.scenes import Texture
from tests.scene_adapters.procedural import homes

_STRUCTURE = [
    *[f"{surface}.{room}" for surface in ("wall", "floor") for room in ROOM_TYPES],
    *("ceiling", "skirting", "door", "door_frame", "window_frame", "glass", "stair", "brick"),
]


@pytest.fixture(scope="module")
def palettes() -> list[Palette]:
    return [homes.palette(seed) for seed in range(4)]


def _linear(texture: Texture) -> Float64:
    decoded: UInt8 = np.asarray(cv2.imdecode(np.frombuffer(texture.encoded, np.uint8), cv2.IMREAD_COLOR))
    image = decoded[..., ::-1] / 255
    linear: Float64 = np.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    return linear


def test_every_surface_of_a_building_has_a_finish(palettes: list[Palette]) -> None:
    for palette in palettes:
        assert not set(_STRUCTURE) - set(palette.finishes)


def test_equal_seeds_give_equal_palettes_and_others_do_not(palettes: list[Palette]) -> None:
    again = draw_palette(np.random.default_rng(1))
    assert again.materials() == palettes[1].materials()
    assert again.materials() != palettes[2].materials()


def test_materials_and_their_index_agree(palettes: list[Palette]) -> None:
    materials, textures, index = palettes[0].materials()
    assert list(index) == list(palettes[0].finishes)
    for key, position in index.items():
        assert materials[position] == palettes[0].finishes[key].material
        assert materials[position].name == key
        texture = materials[position].texture
        assert texture is None or 0 <= texture < len(textures)


def test_every_texture_is_used_and_decodes(palettes: list[Palette]) -> None:
    for palette in palettes:
        used = {finish.material.texture for finish in palette.finishes.values()}
        unused = [texture.name for k, texture in enumerate(palette.textures) if k not in used]
        # What a home's walls and floors leave out is still there for others.
        assert set(unused) <= {"wallpaper.0", "wallpaper.1", "marble", "granite", "boards", "stone floor"}
        assert all(_linear(texture).shape[2] == 3 for texture in palette.textures)


def test_no_surface_reflects_more_than_real_paint(palettes: list[Palette]) -> None:
    for palette in palettes:
        means = [_linear(texture).mean(axis=(0, 1)) for texture in palette.textures]
        for key, finish in palette.finishes.items():
            material = finish.material
            albedo = np.array(material.base_color) * (1 if material.texture is None else means[material.texture])
            assert (albedo >= 0).all()
            assert material.transmission > 0 or albedo.max() <= 0.86, key


def test_parameters_of_materials_are_in_range(palettes: list[Palette]) -> None:
    for palette in palettes:
        for finish in palette.finishes.values():
            material = finish.material
            assert 0 <= material.roughness <= 1 and material.metallic in (0.0, 1.0) and 0 <= material.transmission <= 1
            assert all(0 <= channel <= 20 for channel in material.emission)


def test_one_repeat_covers_a_plausible_length(palettes: list[Palette]) -> None:
    for palette in palettes:
        for key in palette.finishes:
            assert 0.1 <= palette.scale(key) <= 3.0


def test_mirrors_are_smooth_metal_and_glass_lets_light_through(palettes: list[Palette]) -> None:
    for palette in palettes:
        mirror, glass = palette.finishes["mirror"].material, palette.finishes["glass"].material
        assert (mirror.metallic, mirror.roughness) == (1.0, 0.02)
        assert glass.transmission == 1.0 and glass.metallic == 0.0


def test_only_lit_shades_and_bulbs_glow(palettes: list[Palette]) -> None:
    glowing = {key for key, finish in palettes[0].finishes.items() if any(finish.material.emission)}
    assert glowing == {"shade", "bulb"}


def test_families_are_found_by_name_and_picked_evenly(palettes: list[Palette]) -> None:
    assert palettes[0].family("rug") == ("rug.0", "rug.1", "rug.2")
    generator = np.random.default_rng(0)
    picks = [palettes[0].pick("rug", generator) for _ in range(600)]
    assert all(150 < picks.count(key) < 250 for key in palettes[0].family("rug"))


def test_an_unknown_finish_is_a_key_error(palettes: list[Palette]) -> None:
    with pytest.raises(KeyError, match="velvet"):
        palettes[0].scale("velvet")


def test_homes_differ_in_colour(palettes: list[Palette]) -> None:
    sofas = {palette.finishes["fabric.sofa"].material.base_color for palette in palettes}
    assert len(sofas) == len(palettes)


def test_oklch_meets_published_values() -> None:
    # Ottosson's white is (1, 0, 0); ours stops at what paint can reflect.
    assert oklch(1.0, 0.0, 0.0) == (0.85, 0.85, 0.85)
    # sRGB red (1, 0, 0) is L 0.62796, C 0.25768, h 29.234°: the red channel is held at 0.85.
    red, green, blue = oklch(0.62796, 0.25768, 29.234)
    assert red == 0.85 and green == pytest.approx(0.01) and blue == pytest.approx(0.01)
    # A neutral's luminance is the cube of its lightness.
    assert oklch(0.6, 0.0, 123.0) == pytest.approx((0.216, 0.216, 0.216), abs=1e-3)


@settings(max_examples=50)
@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(-720, 720))
def test_colours_stay_within_what_paint_can_do(lightness: float, chroma: float, hue: float) -> None:
    assert all(0.01 <= channel <= 0.85 for channel in oklch(lightness, chroma, hue))
