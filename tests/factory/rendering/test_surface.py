from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.surface import (
    BAKED,
    BASE,
    CLEAR,
    GLOW,
    HEMISPHERIC,
    IMAGE,
    LIGHT,
    METAL,
    PAINT,
    ROUGH,
    SHEEN,
    UNLIT,
    UV,
    gloss_of,
    surface_of,
)
from factory.rendering.textures import SRGB_TO_LINEAR
from schemas.scenes import Lighting, Material
from tests.factory.rendering.test_light import light_of
from tests.factory.rendering.views import walls

GLASSY = Material("glassy", (0.1, 0.2, 0.3), None, 0.25, 0.5, 0.75, (1.0, 2.0, 3.0))


def test_a_materials_row_says_all_of_it() -> None:
    scene = walls([np.zeros((4, 8, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)])
    mesh = replace(scene.mesh, materials=(replace(GLASSY, texture=1), GLASSY))
    looks = surface_of(replace(scene, mesh=mesh), mesh, None).looks
    assert looks[0, BASE : BASE + 3].tolist() == [0.1, 0.2, 0.3]
    assert looks[0, GLOW : GLOW + 3].tolist() == [1, 2, 3]
    assert looks[0, [CLEAR, METAL, ROUGH]].tolist() == [0.75, 0.5, 0.25]
    assert looks[:, IMAGE : IMAGE + 3].tolist() == [[32, 2, 2], [0, 0, 0]], "the second texture begins after 4 × 8"


def test_each_corner_has_its_place_in_the_texture_its_paint_and_the_light_of_both_sides() -> None:
    scene = walls([], [(200, 100, 50)])
    light = light_of(scene, 0.5, 0.25)
    corner = surface_of(replace(scene, lighting=Lighting.LIT), light.mesh, light).corner
    assert corner[0, 0, UV : UV + 2].tolist() == [0, 0]
    assert corner[0, 0, PAINT : PAINT + 3].tolist() == SRGB_TO_LINEAR[[200, 100, 50]].tolist()
    assert corner[0, 0, LIGHT:].tolist() == [0, 0, 0.5, 0.5, 0.5, 0, 0, 0.25, 0.25, 0.25]
    assert surface_of(scene, scene.mesh, None).corner.shape == (2, 3, LIGHT)


def test_a_scene_is_shown_unlit_or_under_its_light_or_under_a_dome() -> None:
    scene = walls([], [(200, 100, 50)])
    lit = replace(scene, lighting=Lighting.LIT)
    assert surface_of(scene, scene.mesh, None).lighting == UNLIT
    assert surface_of(lit, lit.mesh, None).lighting == HEMISPHERIC
    assert surface_of(lit, lit.mesh, light_of(lit)).lighting == BAKED


def test_metal_that_no_ray_goes_on_from_mirrors_the_mean_of_what_is_lit() -> None:
    scene = replace(walls([], [(200, 100, 50)]), lighting=Lighting.LIT)
    light = light_of(scene)
    texels = np.zeros((2, 4, 3), np.float16)
    assert surface_of(scene, light.mesh, light).around == (0, 0, 0)
    texels[0, :2] = [[1, 0.5, 0], [3, 0.5, 0]]
    assert surface_of(scene, light.mesh, replace(light, texels=texels)).around == pytest.approx((2 * SHEEN, 0.3, 0))


def test_gloss_is_stronger_at_a_grazing_angle_and_on_what_is_smooth() -> None:
    def mirrored(roughness: float, cosine: float) -> float:
        slope, cap, level = gloss_of(roughness)
        return slope * min(cap, 2 ** (-9.28 * cosine)) + level

    # Karis' terms by hand, r = (1, 0.0425, 1.04, −0.04) − roughness · (1, 0.0275, 0.572, −0.022): smooth and square on
    # 2⁻⁹·²⁸ = 0.00161, (0.00161 + 0.0425) · (1.04 − 0.0416) + 0.0016 = 0.0456; rough 0.015 · 0.9984 + 0.00072 = 0.0157
    assert mirrored(0.0, 1.0) == pytest.approx(0.0456, abs=1e-4)
    assert mirrored(1.0, 1.0) == pytest.approx(0.0157, abs=1e-4)
    assert mirrored(0.0, 0.0) > 1.0
    assert mirrored(0.3, 0.1) > mirrored(0.3, 0.9) > mirrored(0.9, 0.9)
