from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.light import BakedLight
from factory.rendering.mirrors import WIDEST, around, blur, look_further
from factory.rendering.raycast import RayCaster
from factory.rendering.surface import Surface, surface_of
from factory.rendering.textures import to_srgb
from schemas.arrays import Float32, Float64, UInt8
from schemas.cameras import pinhole
from schemas.frames import camera_pose
from schemas.scenes import Lighting, Material, Scene
from tests.factory.rendering.views import walls

AHEAD: Float64 = camera_pose(np.array([0.0, 0.0, 1.0]), 0.0, 0.0)
SQUARE = pinhole("square", 65, 65, 90.0)
RED, WHITE = (255, 0, 0), (255, 255, 255)
MATT = Material("matt", (1.0, 1.0, 1.0), roughness=1.0)
MIRROR = Material("mirror", (1.0, 1.0, 1.0), roughness=0.0, metallic=1.0)
PANE = Material("pane", (0.5, 1.0, 1.0), roughness=0.0, transmission=1.0)


def across(material: Material, x: float, lighting: Lighting = Lighting.LIT) -> Scene:
    """A wall of that material 3 m ahead of the origin, 2 m wide and high, and a red one like it at `x`."""
    scene = walls([], [WHITE, RED])
    vertices = scene.mesh.vertices.copy()
    vertices[4:, 1] += 2
    vertices[4:, 0] = x
    mesh = replace(scene.mesh, vertices=vertices, materials=(material, MATT))
    return replace(scene, mesh=mesh, lighting=lighting)


def even_light(scene: Scene) -> BakedLight:
    """A white wall shines white on both sides."""
    count = len(scene.mesh.triangles)
    texel, spot = np.zeros((count, 3, 2, 2), np.float32), np.zeros((count, 3, 2), np.int32)
    texels, spots = np.zeros((2, 2, 3), np.float16), np.ones((1, 3), np.float16)
    return BakedLight(scene.mesh, np.arange(count, dtype=np.int32), texels, texel, spots, spot)


def shown(scene: Scene) -> UInt8:
    return RayCaster(scene, 1, even_light(scene)).picture(SQUARE, AHEAD, 20.0).color


def surface(material: Material) -> Surface:
    scene = across(material, -1.0)
    return surface_of(scene, scene.mesh, even_light(scene))


def square_on(count: int, slope: float = 0.0) -> tuple[Float32, Float32]:
    """Rays from one place along X, or aslant, that meet the wall; and their distance."""
    rays = np.tile(np.array([0, 0, 1, 1, slope, 0], np.float32), (count, 1))
    return rays, np.full(count, 3, np.float32)


def test_a_mirror_shows_what_is_behind_the_viewer_where_optics_says() -> None:
    row = shown(across(MIRROR, -1.0))[32]
    # The image is 7 m away: half of it 32.5 / 7 = 4.6 pixels wide, in a mirror of 10.8.
    red = np.flatnonzero(row[:, 0] > 200)
    assert red.tolist() == list(range(28, 37))
    assert row[32].tolist() == pytest.approx([254, 24, 24], abs=3), "red, and its own sheen"
    assert row[24].tolist() == [0, 0, 0]


def test_glass_shows_what_is_behind_it_in_its_own_tint_with_and_without_baked_light() -> None:
    scene = across(PANE, 5.0)
    # Half of the red, as a matt wall sends it out under even light: a sheen of 1.6 % less.
    assert shown(scene)[32, 32, 0] == pytest.approx(int(to_srgb(np.array(0.5 * 0.99))), abs=2)
    without = RayCaster(scene, 1).picture(SQUARE, AHEAD, 20.0)
    assert without.color[32, 32, 0] > 100
    assert without.color[32, 32, 1] == 0
    assert without.instance[32, 32] == 1, "the pane itself is what the mask shows"


def test_a_polished_floor_takes_the_colour_of_what_it_mirrors() -> None:
    polished = replace(MATT, roughness=0.05, base_color=(0.1, 0.1, 0.1))
    near, alone = shown(across(polished, -1.0)), shown(across(polished, -900.0))
    assert near[32, 32, 0] > alone[32, 32, 0] + 10
    assert near[32, 32, 2] <= alone[32, 32, 2] + 2


def test_the_rougher_a_metal_the_softer_its_image_and_none_of_it_is_lost() -> None:
    profiles = [shown(across(replace(MIRROR, roughness=rough), -1.0))[32, :, 0].astype(float) for rough in (0.0, 0.3)]
    steepest = [np.abs(np.diff(profile[24:42])).max() for profile in profiles]
    assert steepest[1] < 0.7 * steepest[0]
    assert profiles[1][32] > 60


def test_half_of_the_facets_lie_flatter_than_the_roughness() -> None:
    rough = 0.3
    rays, distance = square_on(128**2)
    triangle = np.zeros(len(rays), np.int64)
    rows, onward = look_further(surface(replace(MIRROR, roughness=rough)), rays, distance, triangle, 128, 0.1, 1.0)
    assert len(rows) == len(rays)
    facet = onward[:, 3:] - rays[:, 3:]
    facet /= np.linalg.norm(facet, axis=1, keepdims=True)
    # Of GGX seen square on, the share within the angle θ is tan²θ / (tan²θ + α²), α the square of the roughness.
    slope = np.sqrt(1 / facet[:, 0] ** 2 - 1)
    assert (slope < rough**2).mean() == pytest.approx(0.5, abs=0.02)
    assert (slope < 2 * rough**2).mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("slope", [0.3, 3.0, 30.0])
def test_no_ray_goes_on_into_the_surface_and_each_begins_on_it(slope: float) -> None:
    rays, distance = square_on(64**2, slope)
    triangle = np.zeros(len(rays), np.int64)
    _, onward = look_further(surface(replace(MIRROR, roughness=0.6)), rays, distance, triangle, 64, 0.1, 1.0)
    assert (onward[:, 3] < 0).all()
    assert onward[:, 0] == pytest.approx(3.0, abs=1e-3)
    assert np.linalg.norm(onward[:, 3:], axis=1) == pytest.approx(1.0, abs=1e-5)


def test_only_the_roughness_that_is_asked_for_goes_on_and_nothing_in_an_unlit_scene() -> None:
    rays, distance = square_on(4)
    triangle = np.array([0, -1, 2, 3])  # triangles 2 and 3 are of the matt wall

    def going(made: Surface, above: float, rough: float) -> list[int]:
        return [int(row) for row in look_further(made, rays, distance, triangle, 2, above, rough)[0]]

    assert going(surface(replace(MIRROR, roughness=0.3)), 0.1, 0.6) == [0]
    assert going(surface(replace(MIRROR, roughness=0.3)), -np.inf, 0.1) == []
    assert going(surface(MIRROR), -np.inf, 0.1) == [0]
    assert going(surface(PANE), -np.inf, 0.1) == [0]
    for lighting, glass in ((Lighting.LIT, [0]), (Lighting.UNLIT, [])):
        without = [across(material, -1.0, lighting) for material in (MIRROR, PANE)]
        found = [going(surface_of(scene, scene.mesh, None), -np.inf, 0.1) for scene in without]
        assert found == [[], glass]


def test_images_are_averaged_within_a_material_as_far_as_the_roughness_scatters() -> None:
    made = surface(replace(MIRROR, roughness=0.6))
    width = height = 40
    triangle = np.repeat(np.where(np.arange(width) < 20, 0, 2)[None], height, axis=0).reshape(-1)
    rows, near = np.arange(width * height), np.full(width * height, 1, np.float32)
    colors = np.zeros((width * height, 3), np.float32)
    colors[triangle == 2] = 1
    far = np.full(len(rows), 5, np.float32)
    mirrored, of = blur(made, triangle, near, rows, colors, far, 100.0, width)
    assert np.array_equal(mirrored, colors)
    assert of.tolist() == made.material[triangle].tolist()
    colors[:] = np.random.default_rng(0).random((len(rows), 1), np.float32)
    calm, _ = blur(made, triangle, near, rows, colors, far, 100.0, width)
    assert calm.std() < 0.2 * colors.std()
    close, _ = blur(made, triangle, near, rows, colors, 0 * far, 100.0, width)
    assert np.array_equal(close, colors), "what stands on the floor is mirrored as it is"


def test_a_ray_beside_the_centre_takes_what_is_known_next_to_it() -> None:
    made = surface(replace(MIRROR, roughness=0.3))  # triangle 0; of the matt wall are 2 and 3
    of = np.array([[-1, -1, -1, -1], [-1, -1, 0, -1]], np.int32).reshape(-1)
    mirrored = np.zeros((8, 3), np.float32)
    mirrored[6] = 0.7
    triangle = np.array([0, 0, 0, 2, -1, 0, 0, 0])
    found, whose = around(made, triangle, mirrored, of, 4)
    assert whose.tolist() == [-1, 0, 0, -1, -1, 0, 0, 0], "too far, next to it, matt, nothing"
    assert found[whose == 0].min() == np.float32(0.7)
    of[6], mirrored[7] = 1, 0.2
    of[7] = 0
    found, whose = around(made, triangle, mirrored, of, 4)
    assert whose[5] == whose[2] == 0
    assert found[2, 0] == np.float32(0.2), "its own material before another"
    assert found[5, 0] == np.float32(0.7), "another's where there is none of its own"


def test_what_one_ray_meets_is_spread_no_farther_than_the_widest_and_none_of_it_is_lost() -> None:
    made, width = surface(replace(MIRROR, roughness=0.6)), 64
    rows, triangle = np.arange(width**2), np.zeros(width**2, np.int64)
    colors = np.zeros((width**2, 3), np.float32)
    colors[32 * width + 32] = 1000
    near = np.ones(len(rows), np.float32)
    mirrored, _ = blur(made, triangle, near, rows, colors, np.full(len(rows), np.inf, np.float32), 900.0, width)
    assert mirrored[:, 0].sum() == pytest.approx(1000, rel=1e-3)
    lit = np.argwhere(mirrored[:, 0].reshape(width, width) > 0) - 32
    assert np.abs(lit).max() == 2 * WIDEST
