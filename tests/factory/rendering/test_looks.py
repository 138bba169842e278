"""A look follows from seed, scene, storey and number alone, and changes what is seen, never what is there."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.looks import looks, vary
from factory.rendering.raycast import RayCaster
from schemas.jsonable import from_json, to_json
from schemas.looks import Look
from schemas.recipe import Variation
from schemas.scenes import Light, Lighting, LightKind, Scene
from tests.factory.rendering.views import WIDE, plan, walls
from tests.rooms import two_rooms

WINDOW = Light(LightKind.AREA, (0.1, 2.0, 1.5), (1.0, 0.0, 0.0), (1.0, 1.0), (0.8, 0.9, 1.0), 40.0)
SUN = Light(LightKind.SUN, (0.0, 0.0, 50.0), (0.5, 0.0, -0.866), (1.0, 1.0), (1.0, 0.9, 0.8), 3.0)
LAMP = Light(LightKind.POINT, (2.0, 2.0, 2.2), (0.0, 0.0, -1.0), (0.1, 0.1), (1.0, 0.85, 0.7), 60.0)
SCENE = replace(two_rooms(), lights=(WINDOW, SUN, LAMP))
SCAN = replace(SCENE, lighting=Lighting.UNLIT)
STILL = Variation(per_look=2, hours=(12, 12), lamps=(1, 1), lamp_kelvin=(4000, 4000), paint=0, exposure=(0, 0))


def look_at(scene: Scene = SCENE, seed: int = 0, **changes: object) -> tuple[Scene, Look]:
    return vary(scene, STILL.model_copy(update=changes), 3, np.random.default_rng(seed))


def test_geometry_instances_and_labels_stay() -> None:
    seen, look = vary(SCENE, Variation(), 3, np.random.default_rng(1))
    assert seen.mesh.vertices is SCENE.mesh.vertices
    assert seen.mesh.triangles is SCENE.mesh.triangles
    assert (seen.instances, seen.rooms, seen.storeys, seen.ref) == (
        SCENE.instances, SCENE.rooms, SCENE.storeys, SCENE.ref,
    )  # fmt: skip
    assert seen.mesh.textures is SCENE.mesh.textures
    assert seen.digest != SCENE.digest, "what is kept for a scene, as baked light, is not shared between looks"
    assert look.index == 3


def test_at_noon_under_usual_lamps_the_lamps_are_as_they_were() -> None:
    seen, look = look_at()
    window, sun, lamp = seen.lights
    gain = 2**look.exposure
    assert lamp.power == pytest.approx(LAMP.power * gain)
    assert lamp.color == pytest.approx(LAMP.color)
    # Noon is a little brighter than the day that scenes are made for, and the camera takes 0.7 of it back.
    assert window.power == pytest.approx(1.06 * WINDOW.power * gain, rel=0.03)
    assert -0.1 < look.exposure < 0
    assert sun.direction == pytest.approx((math.cos(math.radians(55)), 0, -math.sin(math.radians(55))), abs=1e-6)


def test_in_the_evening_the_sun_is_gone_and_lamps_and_exposure_hold_the_room() -> None:
    seen, look = look_at(hours=(21, 21))
    window, lamp = seen.lights
    assert (window.kind, lamp.kind) == (LightKind.AREA, LightKind.POINT)
    assert window.power < 0.02 * WINDOW.power
    # 36 of 88 W are lost to the eye: log2(88.3 / 52.7) stops, of which the camera takes 0.7 back.
    assert look.exposure == pytest.approx(0.7 * math.log2((36.0 + 52.0) / 52.0), abs=0.05)
    assert lamp.power == pytest.approx(LAMP.power * 2**look.exposure)
    assert look.sun_elevation_deg is not None
    assert look.sun_elevation_deg < -30
    assert max(seen.sky) < 0.02


def test_the_afternoon_sun_has_moved_clockwise() -> None:
    seen, _ = look_at(hours=(15, 15))
    x, y, z = seen.lights[1].direction
    # The light went towards +x; seen from above, the sun's turn to the right sends it towards −y.
    assert math.atan2(y, x) == pytest.approx(math.radians(-60.1627), abs=1e-4)
    assert z == pytest.approx(-math.sin(math.radians(35.3964)), abs=1e-5)


def test_lamps_change_in_strength_and_colour_and_shades_glow_with_them() -> None:
    bulb = replace(SCENE.mesh.materials[4], emission=(2.0, 2.0, 2.0))
    scene = replace(
        SCENE, mesh=replace(SCENE.mesh, materials=(*SCENE.mesh.materials[:4], bulb, SCENE.mesh.materials[5]))
    )
    seen, look = look_at(scene, lamps=(0.5, 0.5), lamp_kelvin=(2700, 2700))
    lamp = seen.lights[2]
    red, _, blue = lamp.color
    assert red == 1.0
    assert blue < 0.8 * LAMP.color[2]
    glow = seen.mesh.materials[4].emission
    assert glow[0] > glow[1] > glow[2] > 0
    # Half as strong to the eye, the camera's adaptation apart.
    eye = np.array([0.2126, 0.7152, 0.0722])
    assert glow @ eye == pytest.approx(2.0 * 0.5 * 2**look.exposure, rel=1e-3)
    assert look.exposure > 0


def test_exposure_brightens_all_light_alike() -> None:
    plain, _ = look_at()
    brighter, look = look_at(exposure=(1, 1))
    assert look.exposure == pytest.approx(1.0, abs=0.1)
    for one, other in zip(plain.lights, brighter.lights, strict=True):
        assert other.power == pytest.approx(2 * one.power)
    assert brighter.sky == pytest.approx(2 * np.array(plain.sky))


def test_of_a_scan_only_the_exposure_changes() -> None:
    seen, look = vary(SCAN, Variation(exposure=(0.5, 0.5)), 0, np.random.default_rng(0))
    assert look == Look(0, 0.5, None, None, None, None, ())
    for before, after in zip(SCAN.mesh.materials, seen.mesh.materials, strict=True):
        assert after.base_color == pytest.approx(2**0.5 * np.array(before.base_color))
        assert replace(after, base_color=before.base_color) == before


def test_a_scan_a_stop_darker_shows_its_textures_at_half_their_light() -> None:
    scan = walls([np.full((8, 8, 3), 188, np.uint8)])
    seen, _ = vary(scan, Variation(exposure=(-1, -1)), 0, np.random.default_rng(0))
    picture = RayCaster(seen, 1).picture(WIDE, plan(scan, WIDE, [(0.0, 0.0, 0.0)]).camera_to_world[0], 20.0)
    # sRGB 188 is linear 0.503; half of it is sRGB 137.
    assert np.median(picture.color[picture.instance == 1], axis=0) == pytest.approx([137, 137, 137], abs=1)


def test_equal_draws_give_equal_looks_and_looks_go_through_json() -> None:
    first, second = (vary(SCENE, Variation(), 3, np.random.default_rng(4)) for _ in range(2))
    assert first[1] == second[1]
    assert first[0].lights == second[0].lights
    assert first[0].mesh.materials == second[0].mesh.materials
    assert from_json(Look, to_json(first[1])) == first[1]
    assert vary(SCENE, Variation(), 3, np.random.default_rng(5))[1] != first[1]


def test_a_home_without_lights_is_varied_without_a_fault() -> None:
    seen, look = look_at(replace(SCENE, lights=()), hours=(22, 22))
    assert seen.lights == ()
    assert look.exposure == 0.0


def test_a_light_without_light_and_a_surface_without_colour_are_no_fault() -> None:
    black = replace(LAMP, color=(0.0, 0.0, 0.0))
    chequer = replace(SCENE.mesh.materials[1], base_color=(0.0, 0.5, 0.0))
    materials = (SCENE.mesh.materials[0], chequer, *SCENE.mesh.materials[2:])
    scene = replace(SCENE, lights=(black,), mesh=replace(SCENE.mesh, materials=materials))
    for seed in range(5):
        seen, look = vary(scene, Variation(), 0, np.random.default_rng(seed))
        assert seen.lights[0].power == 0
        assert np.isfinite([channel for m in seen.mesh.materials for channel in m.base_color]).all()
        assert math.isfinite(look.exposure)


def test_episodes_share_a_look_however_units_are_cut() -> None:
    plans = [plan(SCENE, WIDE, [(1.0, 1.0, 0.0)], index) for index in range(7)]
    settings = Variation(per_look=3)

    def of(part: slice) -> dict[int, Look | None]:
        return {p.index: look for _, look, group in looks(SCENE, plans[part], settings) for p in group}

    whole = of(slice(0, 7))
    assert [look.index for look in whole.values() if look] == [0, 0, 0, 1, 1, 1, 2]
    assert of(slice(0, 4)) | of(slice(4, 7)) == whole
    assert len({look.hour for look in whole.values() if look}) == 3


def test_without_variation_the_scene_is_seen_as_it_is() -> None:
    plans = [plan(SCENE, WIDE, [(1.0, 1.0, 0.0)], index) for index in range(3)]
    assert list(looks(SCENE, plans, None)) == [(SCENE, None, plans)]
