"""Paint changes within what is usual, wood stays wood, and what people know by its colour keeps it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.repaint import repaint
from factory.rendering.textures import mean_colors
from schemas.scenes import Material, Scene
from tests.factory.rendering.views import png
from tests.rooms import two_rooms

SCENE = two_rooms()


def painted(scene: Scene = SCENE, strength: float = 1.0, seed: int = 0) -> dict[str, Material]:
    materials, _ = repaint(scene, strength, np.random.default_rng(seed))
    return {material.name: material for material in materials}


def test_walls_floors_fabrics_and_furniture_change_and_plants_and_pictures_do_not() -> None:
    materials, done = repaint(SCENE, 1.0, np.random.default_rng(0))
    assert [change.material for change in done] == ["plaster", "chequer", "fabric", "wood"]
    before = {material.name: material for material in SCENE.mesh.materials}
    for material in materials:
        changed = material.name in ("plaster", "chequer", "fabric", "wood")
        assert (material != before[material.name]) == changed
        assert replace(material, base_color=(0, 0, 0)) == replace(before[material.name], base_color=(0, 0, 0))


def test_without_strength_nothing_changes() -> None:
    materials, done = repaint(SCENE, 0.0, np.random.default_rng(0))
    assert (materials, done) == (SCENE.mesh.materials, [])


def test_what_shines_mirrors_or_is_clear_stays() -> None:
    shining = {"emission": (1.0, 1.0, 1.0), "metallic": 1.0, "transmission": 0.5}
    for field, value in shining.items():
        materials = tuple(replace(m, **{field: value}) for m in SCENE.mesh.materials)  # type: ignore[arg-type]
        scene = replace(SCENE, mesh=replace(SCENE.mesh, materials=materials))
        assert repaint(scene, 1.0, np.random.default_rng(0))[1] == []


@pytest.mark.parametrize("seed", range(20))
def test_colours_stay_plausible(seed: int) -> None:
    materials, done = repaint(SCENE, 1.0, np.random.default_rng(seed))
    scene = replace(SCENE, mesh=replace(SCENE.mesh, materials=materials))
    for before, after in zip(mean_colors(SCENE), mean_colors(scene), strict=True):
        assert 0.005 < after.max() <= 0.86
        assert after.mean() > 0.2 * before.mean()
        assert after.mean() < 2.0 * before.mean() + 0.01
    assert all(0 <= channel <= 1 for material in materials for channel in material.base_color)
    wall, floor, fabric, wood = done
    assert abs(wall.hue_deg) <= 40
    assert abs(floor.hue_deg) <= 8
    assert abs(fabric.hue_deg) <= 180
    assert abs(wood.hue_deg) <= 15


def test_a_grey_made_lighter_is_grey_and_lighter_by_the_cube() -> None:
    grey = replace(SCENE.mesh.materials[0], base_color=(0.3, 0.3, 0.3))
    scene = replace(SCENE, mesh=replace(SCENE.mesh, materials=(grey, *SCENE.mesh.materials[1:])))
    materials, done = repaint(scene, 1.0, np.random.default_rng(5))
    # OKLab lightness of a grey is the cube root of its linear light.
    expected = min(0.85, 0.3 * done[0].lightness ** 3)
    assert materials[0].base_color == pytest.approx((expected,) * 3, rel=1e-3)


def test_a_texture_with_a_colour_of_its_own_keeps_its_hue_nearly() -> None:
    """The sofa's and bed's fabric as brown leather on a texture: it may not turn blue."""
    brown = png(np.full((8, 8, 3), (120, 70, 30), np.uint8))
    mesh = SCENE.mesh
    textures = (*mesh.textures, replace(mesh.textures[0], encoded=brown))
    leather = replace(mesh.materials[2], base_color=(1.0, 1.0, 1.0), texture=1)
    materials = (*mesh.materials[:2], leather, *mesh.materials[3:])
    scene = replace(SCENE, mesh=replace(mesh, materials=materials, textures=textures))
    for seed in range(10):
        _, done = repaint(scene, 1.0, np.random.default_rng(seed))
        assert abs(done[2].hue_deg) <= 10
    assert max(abs(repaint(SCENE, 1.0, np.random.default_rng(seed))[1][2].hue_deg) for seed in range(10)) > 60


def test_a_material_that_is_on_nothing_is_left_alone() -> None:
    mesh = SCENE.mesh
    scene = replace(SCENE, mesh=replace(mesh, materials=(*mesh.materials, Material("spare"))))
    assert painted(scene)["spare"] == Material("spare")
