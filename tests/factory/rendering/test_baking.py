from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering import baking
from factory.rendering.baking import bake_light
from factory.rendering.light import BakedLight, encode_light
from factory.rendering.textures import mean_colors
from schemas.arrays import Float32
from schemas.scenes import Lighting, Material, Mesh, Scene, SceneRef, make_scene
from tests.rooms import two_rooms


def furnace(shines: float, reflects: float) -> Scene:
    """A closed room of 3 × 2 × 2.4 m, all of whose surfaces shine and reflect alike."""
    x, y, z = (np.array(sides) for sides in ((0.0, 3.0), (0.0, 2.0), (0.0, 2.4)))
    vertices = np.array([[a, b, c] for a in x for b in y for c in z], np.float32)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = np.array([part for a, b, c, d in quads for part in ((a, b, c), (a, c, d))], np.int32)
    mesh = Mesh(
        vertices=vertices,
        triangles=triangles,
        instance=np.zeros(12, np.uint16),
        material=np.zeros(12, np.uint16),
        materials=(Material("glow", (reflects,) * 3, emission=(shines,) * 3),),
        textures=(),
        uv=None,
        color=None,
    )
    return make_scene(SceneRef("made", "furnace", "", "CC0-1.0"), mesh, (), lighting=Lighting.LIT)


def lit_texels(light: BakedLight) -> Float32:
    found: Float32 = light.texels[light.texels.any(axis=2)].astype(np.float32)
    return found


def test_surfaces_light_each_other_as_the_series_of_their_bounces_says() -> None:
    black, grey = (lit_texels(bake_light(furnace(0.2, reflects), 1)).mean() for reflects in (0.0, 0.5))
    # A few places stand for a lamp of which one is part: in its corners some light is lost.
    assert black == pytest.approx(0.2, rel=0.1)
    assert grey / black == pytest.approx(sum(0.5**bounce for bounce in range(baking.BOUNCES + 1)), rel=0.03)


def test_near_a_lamp_nothing_glares() -> None:
    assert lit_texels(bake_light(furnace(0.2, 0.0), 1)).max() < 0.7


def test_equal_scenes_get_equal_light_however_many_threads_find_it() -> None:
    scene = two_rooms()
    one, two = (encode_light(bake_light(scene, threads)) for threads in (1, 2))
    assert one == two


def test_a_dark_scene_stays_dark_and_the_sky_shines_into_one_without_a_roof() -> None:
    scene = two_rooms()
    assert bake_light(replace(scene, lights=(), sky=(0.0, 0.0, 0.0)), 1).texels.max() == 0
    ceilings = [thing.id for thing in scene.instances if thing.category == "ceiling"]
    kept = ~np.isin(scene.mesh.instance, ceilings)
    assert scene.mesh.uv is not None
    mesh = replace(
        scene.mesh,
        triangles=scene.mesh.triangles[kept],
        instance=scene.mesh.instance[kept],
        material=scene.mesh.material[kept],
        uv=scene.mesh.uv[kept],
    )
    light = bake_light(replace(scene, mesh=mesh, lights=(), sky=(0.2, 0.4, 0.8)), 1)
    lit = lit_texels(light)
    assert 0.05 < lit[:, 0].mean() < 0.5
    assert lit[:, 2].mean() > 2 * lit[:, 0].mean()


def test_the_colours_of_vertices_are_reflected_too() -> None:
    scene = furnace(0.2, 1.0)
    grey = np.full((len(scene.mesh.vertices), 4), 188, np.uint8)  # half of the light
    light = bake_light(replace(scene, mesh=replace(scene.mesh, color=grey)), 1)
    assert mean_colors(scene).max() == pytest.approx(0.95)
    plain = lit_texels(bake_light(furnace(0.2, 0.0), 1)).mean()
    share = 0.5 * 0.95
    assert lit_texels(light).mean() / plain == pytest.approx(
        sum(share**bounce for bounce in range(baking.BOUNCES + 1)), rel=0.04
    )
