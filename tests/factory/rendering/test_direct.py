from __future__ import annotations

from dataclasses import replace

import numpy as np
import open3d as o3d
import pytest

from factory.rendering.direct import direct_light
from factory.rendering.lamps import lamps_of
from factory.rendering.points import Points
from schemas.arrays import Float32, Int32
from schemas.scenes import Light, LightKind, Material
from tests.factory.rendering.views import walls
from tests.rooms import two_rooms

UP = (0.0, 0.0, 1.0)
DOWN = (0.0, 0.0, -1.0)


def lamp(kind: LightKind, power: float, size: float = 0.02) -> Light:
    return Light(kind, (0.0, 0.0, 2.0), DOWN, (size, size), (1.0, 0.5, 0.0), power)


def light_at(
    places: list[tuple[float, float, float]], *lights: Light, facing: tuple[float, float, float] = UP,
    blind: tuple[float, float, float] = (50.0, 50.0, 50.0), threads: int = 1,
    beside: Int32 | None = None, width: float = 1.0,
) -> Float32:  # fmt: skip
    """Light at the places in a world with one level rectangle of 1 m, or less in x, around `blind`."""
    square = np.array([[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]]) * (width, 1, 1) + blind
    tree = o3d.t.geometry.RaycastingScene()
    tree.add_triangles(
        o3d.core.Tensor.from_numpy(square.astype(np.float32)),
        o3d.core.Tensor.from_numpy(np.array([[0, 1, 2], [0, 2, 3]], np.uint32)),
    )
    points = Points(
        np.array(places, np.float64).reshape(-1, 3), np.tile(np.array(facing, np.float64), (len(places), 1))
    )
    if beside is None:
        beside = np.zeros((len(places), 0), np.int32)
    return direct_light(lamps_of(replace(two_rooms(), lights=lights)), points, beside, tree, threads)


def test_a_bulb_lights_by_the_square_of_its_distance_and_by_the_cosine() -> None:
    below, aside = light_at([(0.0, 0.0, 0.0), (2.0, 0.0, 0.0)], lamp(LightKind.POINT, 100.0))
    # Blender's point light of P watts has a radiant intensity of P / 4π²; at 45° and √2 as far, 2^-1.5 of it.
    assert below == pytest.approx(100.0 / (4 * np.pi**2) / 4 * np.array([1.0, 0.5, 0.0]), rel=0.01)
    assert aside == pytest.approx(below * 2**-1.5, rel=0.01)


def test_a_small_panel_lights_ahead_and_not_behind() -> None:
    ahead, aside = light_at([(0.0, 0.0, 0.0), (2.0, 0.0, 0.0)], lamp(LightKind.AREA, 100.0))
    assert ahead[0] == pytest.approx(100.0 / np.pi**2 / 4, rel=0.01)
    assert aside[0] == pytest.approx(ahead[0] / 4, rel=0.01), "half for the distance, half for both cosines"
    assert light_at([(0.0, 0.0, 3.0)], lamp(LightKind.AREA, 100.0), facing=DOWN).max() == 0


def test_a_panel_that_is_all_one_sees_lights_as_bright_as_it_is() -> None:
    close = light_at([(0.0, 0.0, 1.95)], lamp(LightKind.AREA, 100.0, size=2.0))
    assert close[0, 0] == pytest.approx(100.0 / (np.pi * 4.0), rel=0.4)


def test_the_sun_lights_all_alike() -> None:
    lit = light_at([(0.0, 0.0, 0.0), (9.0, 9.0, 1.0)], lamp(LightKind.SUN, 3.0))
    assert lit[:, 0] == pytest.approx(np.full(2, 3.0 / np.pi), rel=1e-3)


def test_what_faces_away_or_stands_in_the_shadow_gets_nothing() -> None:
    for kind in LightKind:
        assert light_at([(0.0, 0.0, 0.0)], lamp(kind, 100.0), facing=DOWN).max() == 0
        shaded, beside = light_at([(0.0, 0.0, 0.0), (4.0, 0.0, 0.0)], lamp(kind, 100.0), blind=(0.0, 0.0, 1.0))
        assert shaded.max() == 0
        assert beside.max() > 0


def test_half_of_a_lamp_behind_an_edge_gives_half_of_its_light() -> None:
    # The square's edge at x = 0 hides the half of the lamp with x < 0 from where light falls straight down.
    lit = light_at([(0.0, 0.0, 0.0)] * 64, lamp(LightKind.AREA, 100.0, 0.5), blind=(-0.5, 0.0, 1.0))
    whole = light_at([(0.0, 0.0, 0.0)] * 64, lamp(LightKind.AREA, 100.0, 0.5))
    assert lit[:, 0].mean() == pytest.approx(whole[:, 0].mean() / 2, rel=0.05)
    assert lit[:, 0].std() < 0.25 * lit[:, 0].mean(), "a penumbra is smooth"


def test_a_glowing_square_lights_as_bright_as_the_share_of_the_sky_that_it_fills() -> None:
    scene = walls([], [(255, 255, 255)])
    scene = replace(scene, mesh=replace(scene.mesh, materials=(Material("glow", emission=(1.0, 1.0, 1.0)),)), lights=())
    tree = o3d.t.geometry.RaycastingScene()
    away = 3.0 - 0.5
    points = Points(np.tile([away, 0.0, 1.0], (200, 1)), np.tile([1.0, 0.0, 0.0], (200, 1)))
    tree.add_triangles(
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(scene.mesh.vertices)),
        o3d.core.Tensor.from_numpy(scene.mesh.triangles.astype(np.uint32)),
    )
    # Form factor of a square of half edge a, h ahead: 4 / π · a / √(a² + h²) · atan(a / √(a² + h²)) (Howell, C-16).
    slant = 1.0 / np.hypot(1.0, 0.5)
    beside = np.zeros((len(points), 0), np.int32)
    assert direct_light(lamps_of(scene), points, beside, tree, 1).mean() == pytest.approx(
        4 / np.pi * slant * np.arctan(slant), rel=0.03
    )


def test_threads_and_company_change_nothing_and_no_lamps_are_no_fault() -> None:
    places: list[tuple[float, float, float]] = [(0.1 * i, 0.05 * i, 0.0) for i in range(40)]
    lights = [lamp(kind, 50.0, 0.3) for kind in LightKind]
    one, two = (light_at(places, *lights, blind=(1.0, 0.5, 1.0), threads=threads) for threads in (1, 2))
    assert np.array_equal(one, two)
    assert np.array_equal(light_at(places[:7], *lights, blind=(1.0, 0.5, 1.0)), one[:7])
    assert light_at(places).max() == 0
    assert light_at([], *lights).shape == (0, 3)


SIDE = 60  # points along each side of a floor, 5 cm apart


def floor() -> tuple[list[tuple[float, float, float]], Int32]:
    """Points of a level square around the origin, and the eight beside each."""
    steps = 0.05 * (np.arange(SIDE) - SIDE / 2)
    places = [(float(x), float(y), 0.0) for y in steps for x in steps]
    number = np.full((SIDE + 2, SIDE + 2), -1, np.int32)
    number[1:-1, 1:-1] = np.arange(SIDE**2).reshape(SIDE, SIDE)
    shifts = [(v, u) for v in range(3) for u in range(3) if (v, u) != (1, 1)]
    return places, np.stack([number[v : v + SIDE, u : u + SIDE].reshape(-1) for v, u in shifts], axis=1)


@pytest.mark.parametrize("kind", LightKind)
def test_neighbours_that_agree_save_rays_and_change_no_more_than_the_noise(kind: LightKind) -> None:
    places, beside = floor()
    scene = lamp(kind, 100.0, 0.3)
    shade = (0.3, 0.2, 1.0)
    every, fewer = (light_at(places, scene, blind=shade, beside=known)[:, 0] for known in (None, beside))
    whole = light_at(places, scene)[:, 0]
    assert np.abs(every - fewer).mean() < 0.01 * whole.mean()
    assert fewer.sum() == pytest.approx(every.sum(), rel=0.01)
    # Where nothing is in the way of any ray, nothing is lost to the saving; in the middle of the shadow nothing comes.
    assert fewer[:SIDE] == pytest.approx(every[:SIDE], rel=1e-5)
    assert (every == 0).sum() > 100
    assert fewer[every == 0].max() < 0.5 * whole.max()
    assert np.median(fewer[every == 0]) == 0


def test_a_shadow_that_is_narrow_as_a_point_is_not_passed_over() -> None:
    places, beside = floor()
    # Two centimetres of stick, one over the floor, throw a shadow on the points of one column alone.
    lit = light_at(places, lamp(LightKind.POINT, 100.0), blind=(0.0, 0.0, 0.01), width=0.02, beside=beside)
    dark = lit[:, 0].reshape(SIDE, SIDE) == 0
    assert dark.any(axis=0).tolist() == [column == SIDE // 2 for column in range(SIDE)]
    assert dark[:, SIDE // 2].sum() == pytest.approx(20, abs=2)


def test_a_lamp_behind_a_wall_gives_nothing_however_near_its_other_side_is_to_light() -> None:
    # Points on both faces of a level sheet of 1 m; the lamp is above.
    above = [(0.1 * x, 0.1 * y, 0.01) for x in range(-4, 5) for y in range(-4, 5)]
    below = [(x, y, -0.01) for x, y, _ in above]
    assert light_at(above, lamp(LightKind.POINT, 100.0), blind=(0.0, 0.0, 0.0)).min(axis=0)[0] > 0
    assert light_at(below, lamp(LightKind.POINT, 100.0), blind=(0.0, 0.0, 0.0), facing=DOWN).max() == 0
    assert light_at(below, lamp(LightKind.POINT, 100.0), blind=(0.0, 0.0, 0.0)).max() == 0
