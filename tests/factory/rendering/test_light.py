from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.light import BakedLight, bake_light
from factory.rendering.raycast import RayCaster
from factory.rendering.textures import mean_colors
from schemas.arrays import Float32
from schemas.frames import camera_pose
from schemas.scenes import Instance, Light, Lighting, LightKind, Material, Mesh, Scene, SceneRef, make_scene
from tests.factory.rendering.views import WIDE, walls
from tests.rooms import two_rooms

BLACK = Material("black", (0.0, 0.0, 0.0))
GREY = Material("grey", (0.5, 0.5, 0.5))
WHITE = (1.0, 1.0, 1.0)
POINT = Light(LightKind.POINT, (0.0, 0.0, 2.0), (0.0, 0.0, -1.0), (0.02, 0.02), WHITE, 100.0)
AREA = Light(LightKind.AREA, (0.0, 0.0, 2.0), (0.0, 0.0, -1.0), (0.1, 0.1), WHITE, 100.0)
SUN = Light(LightKind.SUN, (0.0, 0.0, 50.0), (0.0, 0.6, -0.8), (1.0, 1.0), (1.0, 0.5, 0.25), 3.0)
FLOOR = ((-2.0, -2.0, 0.0), (2.0, -2.0, 0.0), (2.0, 2.0, 0.0), (-2.0, 2.0, 0.0))
LID = ((-0.3, -0.3, 1.0), (0.3, -0.3, 1.0), (0.3, 0.3, 1.0), (-0.3, 0.3, 1.0))


def quads(lights: list[Light], *parts: tuple[tuple[tuple[float, float, float], ...], Material]) -> Scene:
    """A lit scene of flat quads, each an instance with a material of its own, seen from above anticlockwise."""
    count = len(parts)
    mesh = Mesh(
        vertices=np.array([corner for quad, _ in parts for corner in quad], np.float32),
        triangles=np.concatenate([np.array([[0, 1, 2], [0, 2, 3]]) + 4 * i for i in range(count)]).astype(np.int32),
        instance=np.repeat(np.arange(1, count + 1), 2).astype(np.uint16),
        material=np.repeat(np.arange(count), 2).astype(np.uint16),
        materials=tuple(material for _, material in parts),
        textures=(),
        uv=None,
        color=None,
    )
    box = (0.0, 0.0, 0.0)
    things = tuple(Instance(i + 1, "thing", "objects", box, box, None) for i in range(count))
    ref = SceneRef("handmade", "quads", "tests", "CC0-1.0")
    return make_scene(ref, mesh, things, lights=tuple(lights), lighting=Lighting.LIT)


def at(baked: BakedLight, x: float, y: float, instance: int = 1, side: int = 0) -> Float32:
    """Mean radiance of the corners within 25 cm of (x, y)."""
    corners = baked.mesh.vertices[baked.mesh.triangles]
    near = np.linalg.norm(corners[:, :, :2] - (x, y), axis=2) < 0.25
    near &= (baked.mesh.instance == instance)[:, None]
    return np.asarray(baked.radiance[:, :, side][near].mean(axis=0))


def test_the_sun_lights_by_its_irradiance_and_the_cosine() -> None:
    baked = bake_light(quads([SUN], (FLOOR, BLACK)), 1)
    expected = 3.0 / math.pi * 0.8
    assert at(baked, 0.5, 0.5) == pytest.approx([expected, expected / 2, expected / 4], rel=1e-3)


def test_a_point_lights_by_its_power_over_the_square_of_the_distance() -> None:
    baked = bake_light(quads([POINT], (FLOOR, BLACK)), 1)
    # Intensity P/4π; irradiance I/d² straight below, I cos³θ/h² aside; a white surface sends out E/π.
    below = 100 / (4 * math.pi) / 2**2 / math.pi
    assert at(baked, 0.0, 0.0) == pytest.approx([below] * 3, rel=0.03)
    assert at(baked, 1.5, 0.0) == pytest.approx([below * 0.8**3] * 3, rel=0.05)


def test_a_small_area_light_sends_out_its_power_by_the_cosine() -> None:
    baked = bake_light(quads([AREA], (FLOOR, BLACK)), 1)
    # Intensity P/π · cosθ: four times that of a point straight ahead, and nothing sideways or back.
    below = 100 / math.pi / 2**2 / math.pi
    assert at(baked, 0.0, 0.0) == pytest.approx([below] * 3, rel=0.03)
    assert at(baked, 1.5, 0.0) == pytest.approx([below * 0.8**4] * 3, rel=0.05)
    above = quads([replace(AREA, direction=(0.0, 0.0, 1.0))], (FLOOR, BLACK))
    assert at(bake_light(above, 1), 0.0, 0.0).max() == 0


def test_the_side_away_from_the_light_is_dark() -> None:
    baked = bake_light(quads([POINT], (FLOOR, BLACK)), 1)
    assert at(baked, 0.0, 0.0, side=1).max() == 0


def test_things_throw_shadows_and_glass_does_not() -> None:
    open_, shut, glazed = (
        bake_light(quads([POINT], (FLOOR, BLACK), *lid), 1)
        for lid in ([], [(LID, BLACK)], [(LID, replace(BLACK, transmission=1.0))])
    )
    assert at(shut, 0.0, 0.0).max() < 0.01 * at(open_, 0.0, 0.0).min()
    assert at(shut, 1.8, 1.8) == pytest.approx(at(open_, 1.8, 1.8), rel=0.05)
    assert at(glazed, 0.0, 0.0) == pytest.approx(at(open_, 0.0, 0.0), rel=0.05)


def test_light_bounces_and_takes_the_colour_of_what_it_bounced_from() -> None:
    red = Material("red", (0.9, 0.1, 0.1))
    baked = bake_light(quads([POINT], (FLOOR, red), (LID, BLACK)), 1)
    under = at(baked, 0.0, 0.0, instance=2, side=1)
    # The floor under the lid is dark, the rest of it sends red light up to the lid's back.
    assert under[0] > 0.05
    assert under[0] / under[1] == pytest.approx(9, rel=0.1)


def test_what_emits_lights_what_is_near() -> None:
    lamp = replace(BLACK, emission=(1.0, 0.5, 0.0))
    baked = bake_light(quads([], (FLOOR, BLACK), (LID, lamp)), 1)
    below, aside = at(baked, 0.0, 0.0), at(baked, 1.8, 1.8)
    # Form factor of a square of 0.6 m seen from 1 m below its centre: 0.1031 (Howell, configuration B-4).
    assert below == pytest.approx([0.103, 0.0515, 0.0], rel=0.12)
    assert aside[0] < 0.3 * below[0]


def test_the_flat_is_lit_through_its_door_and_its_table_throws_a_shadow() -> None:
    scene = two_rooms()
    dark = replace(scene, lights=scene.lights[:1])
    baked = bake_light(dark, 1)
    lit, shadow = at(baked, 3.5, 1.0), at(baked, 1.6, 1.8)
    beyond = at(baked, 8.0, 2.5, instance=2)
    assert lit.min() > 2 * shadow.max() > 0
    assert 0 < beyond.max() < 0.2 * lit.min()


def test_the_same_scene_gets_the_same_light_with_any_number_of_threads() -> None:
    scene = quads([POINT, AREA, SUN], (FLOOR, GREY), (LID, GREY))
    one, two = (bake_light(scene, threads) for threads in (1, 2))
    assert np.array_equal(one.radiance, two.radiance)
    assert np.array_equal(one.mesh.triangles, two.mesh.triangles)


def test_no_radiance_is_negative_infinite_or_none_even_with_triangles_without_area() -> None:
    flat = (FLOOR[0], FLOOR[0], FLOOR[2], FLOOR[2])
    baked = bake_light(quads([POINT, AREA, SUN], (FLOOR, GREY), (flat, GREY)), 1)
    assert np.isfinite(baked.radiance).all()
    assert baked.radiance.min() >= 0


def test_a_huge_surface_is_cut_coarser_and_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("factory.rendering.light.MOST_TRIANGLES", 10_000)
    field = tuple((1000 * x, 1000 * y, z) for x, y, z in FLOOR)
    baked = bake_light(quads([SUN], (field, BLACK)), 1)
    assert 2_000 < len(baked.mesh.triangles) < 40_000


def test_the_ray_caster_shows_the_light_of_the_side_it_sees() -> None:
    scene = quads([POINT], (FLOOR, replace(GREY, base_color=(1.0, 1.0, 1.0))))
    caster = RayCaster(scene, 1, bake_light(scene, 1))
    up, down = (camera_pose(np.array([0.0, 0.0, z]), 0.0, pitch) for z, pitch in ((-1.0, -1.5), (1.0, 1.5)))
    above, below = (caster.color(caster.cast(WIDE, pose)) for pose in (down, up))
    assert np.median(above) > 150
    assert np.median(below) <= 1


def test_the_mean_colour_of_a_texture_is_taken_in_linear_light() -> None:
    halves = np.zeros((8, 8, 3), np.uint8)
    halves[:, 4:] = 255
    assert mean_colors(walls([halves]))[0] == pytest.approx([0.5, 0.5, 0.5], abs=1e-3)
