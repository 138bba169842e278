from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.lamps import FAR, PLACES, POINT, SHEET, SUN, SURFACE, lamps_of, light_axes
from schemas.scenes import Light, LightKind, Material, Scene
from tests.factory.rendering.views import walls
from tests.rooms import two_rooms

SCENE = two_rooms()


def lit_by(*lights: Light) -> Scene:
    return replace(SCENE, lights=lights)


def light(kind: LightKind, direction: tuple[float, float, float] = (0.0, 0.0, -1.0)) -> Light:
    return Light(kind, (1.0, 2.0, 3.0), direction, (0.4, 0.2), (1.0, 0.5, 0.25), 40.0)


def test_a_rectangle_is_covered_to_its_edges_and_faces_where_it_shines() -> None:
    lamps = lamps_of(lit_by(light(LightKind.AREA)))
    place = lamps.place[0] - (1.0, 2.0, 3.0)
    assert lamps.kind.tolist() == [SHEET]
    assert place.min(axis=0) == pytest.approx([-0.2, -0.1, 0.0], abs=0.002)
    assert place.max(axis=0) == pytest.approx([0.2, 0.1, 0.0], abs=0.002)
    assert place.mean(axis=0) == pytest.approx([0.0, 0.0, 0.0], abs=0.002)
    assert (lamps.normal[0] == (0.0, 0.0, -1.0)).all()
    # Radiance of a matt emitter: power / (π · area); a white matt surface sends out irradiance / π.
    assert lamps.strength[0] == pytest.approx(40.0 / np.pi**2 * np.array([1.0, 0.5, 0.25]))


def test_a_few_places_in_a_row_are_spread_over_the_whole_lamp() -> None:
    place = lamps_of(lit_by(light(LightKind.AREA))).place[0] - (1.0, 2.0, 3.0)
    for first in range(0, PLACES - 4, 7):
        assert np.ptp(place[first : first + 4, 0]) > 0.15
        assert np.ptp(place[first : first + 4, 1]) > 0.07


def test_a_bulb_is_a_sphere_and_the_sun_a_small_disc_far_away() -> None:
    lamps = lamps_of(lit_by(light(LightKind.POINT), light(LightKind.SUN, (0.0, 0.6, -0.8))))
    assert lamps.kind.tolist() == [POINT, SUN]
    assert np.linalg.norm(lamps.place[0] - (1.0, 2.0, 3.0), axis=1) == pytest.approx(np.full(PLACES, 0.2))
    assert lamps.place[0].mean(axis=0) == pytest.approx([1.0, 2.0, 3.0], abs=0.005)
    assert lamps.strength[0, 0] == pytest.approx(40.0 / (4 * np.pi**2))
    aim = lamps.place[1] / np.linalg.norm(lamps.place[1], axis=1)[:, None]
    assert np.linalg.norm(lamps.place[1].mean(axis=0)) == pytest.approx(FAR, rel=1e-3)
    assert np.degrees(np.arccos(aim @ (0.0, -0.6, 0.8))).max() == pytest.approx(0.266, abs=0.01)
    assert lamps.strength[1, 0] == pytest.approx(40.0 / np.pi)


@pytest.mark.parametrize("direction", [(0.0, 0.0, -1.0), (0.0, 0.0, 2.0), (1.0, 0.0, 0.0), (0.3, -0.5, -0.6)])
def test_axes_are_upright_square_and_against_the_light(direction: tuple[float, float, float]) -> None:
    axes = light_axes(direction)
    assert axes @ axes.T == pytest.approx(np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1.0)
    assert axes[2] == pytest.approx(-np.array(direction) / np.linalg.norm(direction))
    assert axes[0, 2] == pytest.approx(0.0), "its width lies level, as Blender turns it"


def test_what_shines_by_itself_is_a_lamp_with_places_all_over_its_surface() -> None:
    scene = walls([], [(255, 255, 255)])
    glowing = Material("screen", emission=(2.0, 1.0, 0.0))
    shining = replace(scene, mesh=replace(scene.mesh, materials=(glowing,)))
    lamps = lamps_of(shining)
    assert lamps.kind.tolist() == [SURFACE]
    assert lamps.strength[0] == pytest.approx([2.0 * 4.0 / np.pi, 4.0 / np.pi, 0.0])
    assert lamps.place[0].min(axis=0) == pytest.approx([3.0, -1.0, 0.0], abs=0.05)
    assert lamps.place[0].max(axis=0) == pytest.approx([3.0, 1.0, 2.0], abs=0.05)
    assert lamps.place[0].mean(axis=0) == pytest.approx([3.0, 0.0, 1.0], abs=0.03)
    assert np.abs(lamps.normal[0]) == pytest.approx(np.tile([1.0, 0.0, 0.0], (PLACES, 1)))
    assert lamps.size[0] == pytest.approx(np.sqrt(8.0))


def test_a_scene_without_lamps_has_none() -> None:
    lamps = lamps_of(lit_by())
    assert len(lamps.kind) == 0
    assert lamps.place.shape == (0, PLACES, 3)
