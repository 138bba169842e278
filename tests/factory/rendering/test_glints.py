from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.glints import FAINT, find_glints, point_lamps
from factory.rendering.raycast import RayCaster
from schemas.arrays import Float32, Float64, Int64
from schemas.scenes import Light, LightKind
from tests.factory.rendering.test_mirrors import AHEAD, MIRROR, SQUARE, across, even_light, square_on, surface

ROUGH = 0.3
WATT = 4 * np.pi  # of a lamp of one watt a steradian


def lamp(x: float, y: float = 0.0, color: tuple[float, float, float] = (1.0, 1.0, 1.0), power: float = WATT) -> Light:
    return Light(LightKind.POINT, (x, y, 1.0), (0.0, 0.0, -1.0), (0.0, 0.0), color, power)


def glints(*lamps: Light, count: int = 1, slope: float = 0.0) -> tuple[Int64, Float32, Float32]:
    """Of rays from the origin that meet a rough mirror 3 m ahead; it faces them."""
    rays, distance = square_on(count, slope)
    made, lights = surface(replace(MIRROR, roughness=ROUGH)), point_lamps(lamps)
    which, toward, light = find_glints(made, lights, rays, distance, np.zeros(count, np.int64), np.arange(count), 64)
    return which, toward, light


def test_lamps_that_shine_to_all_sides_come_with_place_radius_and_intensity() -> None:
    sheet = replace(lamp(1.0), kind=LightKind.AREA)
    small = replace(lamp(2.0, 3.0, (1.0, 0.5, 0.0)), size=(0.1, 0.1))
    rows: Float64 = point_lamps((sheet, small))
    assert rows.tolist() == [pytest.approx([2, 3, 1, 0.05, 1, 1, 0.5, 0])]
    assert point_lamps(()).shape == (0, 8)


def test_a_lamp_beside_the_viewer_is_as_bright_in_the_mirror_as_the_formula_says() -> None:
    which, toward, light = glints(lamp(0.0))
    assert which.tolist() == [0]
    assert toward[0] == pytest.approx([3, 0, 1, -3, 0, 0], abs=1e-3)
    # Square on all facets are seen: D / 4 with D = 1 / (π α²), α = 0.09; over the distance squared.
    assert light[0] == pytest.approx([1 / (4 * np.pi * 0.09**2) / 9] * 3, rel=1e-3)


def test_all_that_a_lamp_sends_is_mirrored_somewhere() -> None:
    """Over all ways out the lobe is 1, so lamps everywhere on a sphere show their mean brightness."""
    rng = np.random.default_rng(0)
    out = rng.normal(size=(40000, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    total = 0.0
    for way in out[out[:, 0] < 0][:4000]:
        placed = replace(lamp(0.0, power=4000 * WATT), position=(3 + 2 * way[0], 2 * way[1], 1 + 2 * way[2]))
        light = glints(placed)[2]
        total += float(light[0, 0]) / 1000 if len(light) else 0.0
    # Four watts a steradian at 2 m are an irradiance of 1; half a sphere has 2π steradians.
    assert total / 4000 * 2 * np.pi == pytest.approx(1.0, abs=0.15)


def test_what_lies_behind_the_surface_or_is_too_faint_is_left_out() -> None:
    assert len(glints(lamp(5.0))[0]) == 0
    assert len(glints(lamp(0.0, power=WATT * FAINT * 0.9 * 9 * 4 * np.pi * 0.09**2))[0]) == 0
    assert len(glints(lamp(0.0, power=WATT * FAINT * 1.1 * 9 * 4 * np.pi * 0.09**2))[0]) == 1
    assert len(glints()[0]) == 0


def test_of_two_lamps_each_stands_for_both_as_often_as_it_is_bright() -> None:
    red, blue = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
    _, _, alone = glints(lamp(0.0, 0.0, red))
    _, _, both = glints(lamp(0.0, 0.0, red), lamp(0.0, 0.0, blue, power=3 * WATT), count=64 * 64)
    assert (both[:, 0] > 0).mean() == pytest.approx(0.25, abs=0.01)
    assert both.mean(axis=0) == pytest.approx([alone[0, 0], 0, 3 * alone[0, 0]], rel=0.02)


def test_a_larger_lamp_has_a_wider_and_fainter_image() -> None:
    small = lamp(0.0, power=1000 * WATT)
    large = replace(small, size=(0.6, 0.6))
    assert glints(large)[2][0, 0] < 0.8 * glints(small)[2][0, 0]
    assert glints(large, slope=0.25)[2][0, 0] > glints(small, slope=0.25)[2][0, 0]


@pytest.mark.parametrize("wall", [-1.0, 1.0])
def test_a_wall_before_the_lamp_hides_its_image(wall: float) -> None:
    scene = across(replace(MIRROR, roughness=ROUGH), wall)
    vertices = scene.mesh.vertices.copy()
    vertices[4:, 1] -= 1.65  # the red wall stands aside of the view, between the mirror and the lamp if at x = 1
    scene = replace(scene, mesh=replace(scene.mesh, vertices=vertices), lights=(lamp(0.5, -1.5),))
    dark = replace(scene, lights=())
    lit, unlit = (RayCaster(each, 1, even_light(each)).picture(SQUARE, AHEAD, 20.0).color for each in (scene, dark))
    brighter = (lit[:, :, 1].astype(int) - unlit[:, :, 1]).max()
    assert brighter > 60 if wall < 0 else brighter == 0
