from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.film import ray_offsets, tap_weights
from factory.rendering.raycast import RayCaster
from factory.rendering.textures import SRGB_TO_LINEAR, to_srgb
from schemas.arrays import Float64, UInt8
from schemas.cameras import Camera, pinhole
from schemas.frames import camera_pose
from schemas.scenes import Lighting, Scene
from tests.factory.rendering.views import walls
from tests.rooms import two_rooms

AHEAD: Float64 = camera_pose(np.array([0.0, 0.0, 1.0]), 0.0, 0.0)
SQUARE = pinhole("square", 65, 65, 90.0)
RIM = 32.5 / 3  # pixels from the middle to the rim of a wall 1 m aside and 3 m ahead
WHITE, RED = (255, 255, 255), (255, 0, 0)


def image(scene: Scene, camera: Camera = SQUARE, pose: Float64 = AHEAD) -> UInt8:
    return RayCaster(scene, 1).picture(camera, pose, 20.0).color


def test_a_pixel_on_a_rim_shows_both_sides_by_what_its_rays_weigh() -> None:
    row = image(walls([], [WHITE]))[32, :, 0]
    rim = 32 - RIM
    weights, away = tap_weights(), ray_offsets()[:, None, 0] + np.array([-1, 0, 1])
    assert (row[:19] == 0).all()
    assert (row[24:42] == 255).all()
    for pixel in (20, 21, 22):
        assert row[pixel] == to_srgb(np.array(weights.sum(axis=1)[pixel + away > rim].sum()))


def test_of_two_things_within_a_pixel_the_nearer_hides_the_other() -> None:
    scene = walls([], [RED, WHITE])
    mesh = scene.mesh
    nearer = mesh.vertices.copy()
    # The white wall, as large in the picture, comes before the left half of the red one.
    nearer[4:] = nearer[4:] * 0.5 + np.array([0, 1.5, 0.5])
    seen = image(replace(scene, mesh=replace(mesh, vertices=nearer)))[32]
    first, last = np.flatnonzero((seen == WHITE).all(axis=1))[[0, -1]]
    assert last - first > 10
    behind = seen[first : last + 1]
    assert (behind == WHITE).all()


def test_a_smoothed_picture_is_the_mean_of_a_much_finer_one() -> None:
    scene = replace(two_rooms(), lighting=Lighting.UNLIT)
    pose = camera_pose(np.array([2.5, 2.0, 1.2]), 0.4, 0.2)
    fine = Camera("fine", 8 * 65, 8 * 65, 8 * SQUARE.fx, 8 * SQUARE.fy, 8 * SQUARE.cx + 3.5, 8 * SQUARE.cy + 3.5)
    exact = to_srgb(SRGB_TO_LINEAR[image(scene, fine, pose)].reshape(65, 8, 65, 8, 3).mean(axis=(1, 3)))
    difference = np.abs(image(scene, SQUARE, pose).astype(int) - exact)
    assert difference.mean() < 2.0  # the mean is over a pixel's square, not under the filter


def test_depth_and_mask_are_those_at_the_pixels_centres() -> None:
    caster = RayCaster(walls([], [WHITE]), 1)
    picture = caster.picture(SQUARE, AHEAD, 20.0)
    hits = caster.cast(SQUARE, AHEAD)
    assert np.array_equal(picture.instance.reshape(-1), caster.instance(hits))
    assert set(np.unique(picture.depth)) == {0, 3000}


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e30])
def test_texture_coordinates_that_are_no_numbers_do_no_harm(value: float) -> None:
    scene = walls([np.full((8, 8, 3), 90, np.uint8)])
    assert scene.mesh.uv is not None
    broken = replace(scene, mesh=replace(scene.mesh, uv=np.full_like(scene.mesh.uv, value)))
    assert image(broken).shape == (65, 65, 3)


def test_a_triangle_seen_edge_on_does_no_harm() -> None:
    scene = walls([], [WHITE])
    flat = scene.mesh.vertices.copy()
    flat[:, 2] = 1.0  # at the height of the eye
    assert image(replace(scene, mesh=replace(scene.mesh, vertices=flat))).max() <= 255
