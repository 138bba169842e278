from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from factory.rendering.encode import decode_rgb
from factory.rendering.raycast import RayCaster, render_with_rays
from schemas.arrays import Float64, UInt8
from schemas.cameras import Camera, pinhole
from schemas.errors import SceneError
from schemas.frames import camera_pose
from schemas.recipe import Rendering
from schemas.scenes import Scene, Texture
from tests.factory.rendering.views import TALL, WIDE, pixels_of, plan, walls
from tests.rooms import two_rooms

AHEAD: Float64 = camera_pose(np.array([0.0, 0.0, 1.0]), 0.0, 0.0)
SQUARE = pinhole("square", 65, 65, 90.0)


def image(scene: Scene, camera: Camera, pose: Float64 = AHEAD) -> UInt8:
    return RayCaster(scene, 1).picture(camera, pose, 20.0).color


def flat(value: int) -> UInt8:
    return np.full((8, 8, 3), value, np.uint8)


def test_depth_is_planar_the_same_all_over_a_wall_seen_square_on() -> None:
    depth = RayCaster(walls([flat(90)]), 1).cast(SQUARE, AHEAD).depth.reshape(65, 65)
    on_wall = np.isfinite(depth)
    assert depth[on_wall] == pytest.approx(3.0, abs=1e-5)
    # 1 m to each side is 32.5 / 3 = 10.8 pixels from the middle one: 10 to the left, itself, 10 to the right.
    assert on_wall.sum() == 21**2


@pytest.mark.parametrize("camera", [WIDE, TALL])
def test_rays_go_through_the_pixels_that_the_intrinsics_say(camera: Camera) -> None:
    scene = two_rooms()
    seen = plan(scene, camera, [(1.0, 1.0, 0.3), (3.0, 2.0, 2.0), (6.5, 2.5, -1.2)])
    caster = RayCaster(scene, 1)
    u, v = (grid.ravel() for grid in np.meshgrid(np.arange(camera.width), np.arange(camera.height)))
    for frame, pose in enumerate(seen.camera_to_world):
        hits = caster.cast(camera, pose)
        corner = scene.mesh.vertices[scene.mesh.triangles[hits.triangle]].astype(np.float64)
        b, c = hits.barycentric.T[:, :, None]
        uv, depth = pixels_of(corner[:, 0] * (1 - b - c) + corner[:, 1] * b + corner[:, 2] * c, seen, frame)
        assert np.abs(uv - np.stack([u, v], axis=1)).max() < 0.01
        assert np.abs(depth - hits.depth).max() < 1e-4


def test_the_mask_has_the_instance_of_what_is_hit_and_zero_where_nothing_is() -> None:
    scene = walls([flat(10), flat(20)])
    caster = RayCaster(scene, 1)
    mask = caster.instance(caster.cast(SQUARE, AHEAD)).reshape(65, 65)
    assert mask[32, 32] == 1
    assert mask[32, 32 + 22] == 2  # the second square lies to the right, at −Y
    assert mask[0, 0] == 0


def test_an_unlit_texture_shows_its_own_colours_upright() -> None:
    quarters = np.zeros((64, 64, 3), np.uint8)
    quarters[:32, :32] = (200, 30, 60)
    quarters[:32, 32:] = (17, 130, 90)
    quarters[32:, :32] = (240, 240, 9)
    seen = image(walls([quarters]), SQUARE)
    assert seen[32 - 5, 32 - 5].tolist() == [200, 30, 60]
    assert seen[32 - 5, 32 + 5].tolist() == [17, 130, 90]
    assert seen[32 + 5, 32 - 5].tolist() == [240, 240, 9]


def test_the_base_colour_multiplies_the_texture_in_linear_light() -> None:
    seen = image(walls([flat(188)], base=(0.5, 0.5, 0.5)), SQUARE)
    # sRGB 188 is linear 0.503; half of it is sRGB 137.
    assert seen[32, 32] == pytest.approx([137, 137, 137], abs=1)


def test_textures_repeat_beyond_their_edge() -> None:
    halves = np.zeros((8, 8, 3), np.uint8)
    halves[:, 4:] = 255
    scene = walls([halves])
    assert scene.mesh.uv is not None
    moved = replace(scene, mesh=replace(scene.mesh, uv=scene.mesh.uv + np.float32(-7.0)))
    assert np.array_equal(image(scene, SQUARE), image(moved, SQUARE))


def test_vertex_colours_are_srgb() -> None:
    assert image(walls([], [(200, 100, 50)]), SQUARE)[32, 32].tolist() == [200, 100, 50]


def test_what_is_not_hit_shows_the_sky() -> None:
    scene = replace(walls([flat(90)]), sky=(1.0, 0.0, 0.0))
    assert image(scene, SQUARE)[0, 0].tolist() == [255, 0, 0]


def test_a_lit_scene_is_neither_black_nor_washed_out_and_its_floor_brighter_than_its_ceiling() -> None:
    scene = two_rooms()
    seen = image(scene, SQUARE, camera_pose(np.array([2.5, 2.0, 1.2]), 0.4, 0.0)).astype(float)
    assert 40 < seen.mean() < 230
    assert image(scene, SQUARE, camera_pose(np.array([7.0, 2.0, 1.2]), 0.0, 1.5)).mean() > 60


def test_a_texture_that_is_no_image_is_an_error_with_its_name() -> None:
    scene = walls([flat(1)])
    broken = replace(scene, mesh=replace(scene.mesh, textures=(Texture("kitchen.jpg", b"\xff\xd8broken"),)))
    with pytest.raises(SceneError, match=r"scene walls: texture kitchen\.jpg is not a readable image"):
        RayCaster(broken, 1)


@pytest.mark.parametrize("odd", ["no uv", "grey texture", "unused triangles"])
def test_odd_but_valid_scenes_are_drawn(odd: str) -> None:
    scene = walls([flat(90)])
    mesh = scene.mesh
    changes: dict[str, dict[str, Any]] = {
        "no uv": {"uv": None},
        "grey texture": {"textures": (Texture("grey", _grey_png()),)},
        "unused triangles": {"vertices": np.concatenate([mesh.vertices, mesh.vertices[:1]])},
    }
    assert image(replace(scene, mesh=replace(mesh, **changes[odd])), SQUARE)[32, 32].min() >= 80


def test_episodes_are_whole_and_alike_in_every_run_and_with_any_number_of_threads() -> None:
    scene = two_rooms()
    plans = [plan(scene, WIDE, [(1.0, 1.0, 0.3), (3.0, 2.0, 2.0)]), plan(scene, WIDE, [(6.5, 2.5, -1.2)], index=1)]
    runs = [list(render_with_rays(scene, plans, Rendering(renderer="raycast"), threads)) for threads in (1, 2)]
    for one, two in zip(*runs, strict=True):
        assert one.rgb == two.rgb
        assert np.array_equal(one.depth, two.depth)
        assert np.array_equal(one.instance, two.instance)
    assert [len(episode.rgb) for episode in runs[0]] == [2, 1]
    assert decode_rgb(runs[0][0].rgb[1]).shape == (64, 96, 3)
    assert runs[0][0].renderer["engine"] == "raycast"


def test_depth_beyond_the_limit_is_none() -> None:
    (episode,) = render_with_rays(
        walls([flat(9)]), [plan(walls([flat(9)]), WIDE, [(0.0, 0.0, 0.0)])], Rendering(depth_limit=2.5), 1
    )
    assert episode.depth.max() == 0
    assert (episode.instance == 1).any()


def _grey_png() -> bytes:
    return bytes(cv2.imencode(".png", np.full((4, 4), 90, np.uint8))[1])
