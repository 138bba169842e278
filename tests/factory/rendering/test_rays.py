from __future__ import annotations

import numpy as np
import pytest

from factory.rendering.film import ray_offsets
from factory.rendering.raycast import RayCaster
from factory.rendering.rays import aim, find_plain, meet
from schemas.cameras import Camera
from schemas.frames import camera_pose
from tests.factory.rendering.views import TALL, WIDE, pixels_of, plan
from tests.rooms import two_rooms

POSE = camera_pose(np.array([2.5, 2.0, 1.2]), 0.4, 0.3)


def lens(camera: Camera) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([camera.fx, camera.fy, camera.cx, camera.cy])


@pytest.mark.parametrize("camera", [WIDE, TALL])
@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.3, -0.4)])
def test_points_on_the_rays_appear_beside_the_pixels_as_asked(camera: Camera, offset: tuple[float, float]) -> None:
    seen = plan(two_rooms(), camera, [(2.5, 2.0, 0.4)])
    pose = seen.camera_to_world[0]
    rays = aim(camera.width, camera.height, pose[:3, :3].copy(), pose[:3, 3].copy(), lens(camera), np.array(offset))
    uv, depth = pixels_of(rays[:, :3].astype(float) + 2.5 * rays[:, 3:], seen, 0)
    u, v = (grid.ravel() for grid in np.meshgrid(np.arange(camera.width), np.arange(camera.height)))
    assert np.abs(uv - np.stack([u, v], axis=1) - offset).max() < 1e-3
    assert depth == pytest.approx(2.5, abs=1e-5)


def test_a_pixel_is_plain_when_all_around_show_its_triangle() -> None:
    triangle = np.full((5, 6), 7, np.int64)
    triangle[2, 4] = -1
    plain = find_plain(triangle)
    assert plain[:, :3].all()
    assert not plain[1:4, 3:].any()
    assert plain[0].all()
    assert plain[4].all()


def test_a_triangle_that_is_known_is_met_where_tracing_finds_it() -> None:
    caster, scene = RayCaster(two_rooms(), 1), two_rooms()
    seen = plan(scene, WIDE, [(2.5, 2.0, 0.4)])
    pose = seen.camera_to_world[0]
    hits = caster.cast(WIDE, pose)
    rays = aim(WIDE.width, WIDE.height, pose[:3, :3].copy(), pose[:3, 3].copy(), lens(WIDE), np.zeros(2))
    everywhere = np.ones(len(rays), np.bool_)
    distance, weights = meet(scene.mesh.vertices, scene.mesh.triangles, rays, hits.triangle, everywhere)
    met = hits.triangle >= 0
    assert distance[met] == pytest.approx(hits.depth[met], abs=1e-4)
    assert np.abs(weights - hits.barycentric)[met].max() < 1e-4
    assert np.isinf(distance[~met]).all()
    none, zero = meet(scene.mesh.vertices, scene.mesh.triangles, rays, hits.triangle, ~everywhere)
    assert np.isinf(none).all()
    assert not zero.any()


def test_rays_beside_plain_pixels_need_not_be_traced() -> None:
    scene = two_rooms()
    caster = RayCaster(scene, 1)
    plain = find_plain(caster.cast(WIDE, POSE).triangle.reshape(WIDE.height, WIDE.width)).reshape(-1)
    assert plain.mean() > 0.5
    for u, v in ray_offsets():
        beside = Camera("beside", WIDE.width, WIDE.height, WIDE.fx, WIDE.fy, WIDE.cx - u, WIDE.cy - v)
        same = caster.cast(beside, POSE).triangle == caster.cast(WIDE, POSE).triangle
        assert same[plain].all()
