from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.raycast import RayCaster
from factory.rendering.shading import FILTER, SAMPLES, filter_offsets, gloss_of
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


@pytest.mark.parametrize("count", [4, SAMPLES, 64])
def test_samples_lie_under_the_filter_around_the_pixels_centre(count: int) -> None:
    offsets = filter_offsets(count)
    assert offsets.shape == (count, 2)
    assert np.abs(offsets).max() < FILTER / 2
    assert offsets.mean(axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_many_samples_are_as_wide_as_the_blackman_harris_window() -> None:
    # Variance of a₀ + Σ aₖ cos 2πkt over −½..½: 1/12 + Σ (−1)ᵏ aₖ / (2π²k² a₀) = 0.01918.
    assert filter_offsets(4000).var(axis=0) == pytest.approx([0.01918 * FILTER**2] * 2, rel=0.01)


def test_a_pixel_on_a_rim_shows_both_sides_by_the_share_of_its_samples() -> None:
    row = image(walls([], [WHITE]))[32, :, 0]
    rim = 32 - RIM
    assert (row[:19] == 0).all()
    assert (row[24:42] == 255).all()
    for pixel in (20, 21, 22):
        share = (pixel + filter_offsets(SAMPLES)[:, 0] > rim).mean()
        assert row[pixel] == to_srgb(np.array(share))


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


def test_edges_cost_no_more_rays_and_change_neither_depth_nor_mask() -> None:
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
