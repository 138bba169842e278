from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.light import BakedLight, decode_light, encode_light, light_key
from factory.rendering.raycast import RayCaster
from factory.rendering.textures import mean_colors
from schemas.errors import StorageError
from schemas.frames import camera_pose
from schemas.scenes import Lighting, Scene, Texture
from tests.factory.rendering.views import WIDE, walls
from tests.rooms import two_rooms

SCENE = two_rooms()

GREY = (203, 203, 203)  # six tenths in linear light, as bright as its own sheen


def light_of(scene: Scene, front: float = 1.0, back: float = 0.0) -> BakedLight:
    """Even light of the spots on each triangle's front and back, none of the texels."""
    count = len(scene.mesh.triangles)
    spots = np.array([[front] * 3, [back] * 3], np.float16)
    spot = np.tile(np.array([0, 1], np.int32), (count, 3, 1))
    texel = np.zeros((count, 3, 2, 2), np.float32)
    return BakedLight(scene.mesh, np.arange(count, dtype=np.int32), np.zeros((2, 4, 3), np.float16), texel, spots, spot)


def test_light_comes_back_as_it_was_and_in_the_same_bytes() -> None:
    light = light_of(SCENE, 0.5, 0.25)
    data = encode_light(light)
    again = decode_light(data, SCENE)
    assert encode_light(again) == data
    for name in ("texels", "texel", "spots", "spot", "parent"):
        assert np.array_equal(getattr(light, name), getattr(again, name))
    assert np.array_equal(again.mesh.instance, SCENE.mesh.instance)
    assert again.at_corners()[0, 1].tolist() == [[0.5] * 3, [0.25] * 3]


@pytest.mark.parametrize("data", [b"", b"not a zip", encode_light(light_of(SCENE))[:500]])
def test_what_is_no_light_says_so_and_what_to_do(data: bytes) -> None:
    with pytest.raises(StorageError, match=rf"light of scene {SCENE.ref.name}.*delete the file"):
        decode_light(data, SCENE)


def test_light_of_another_scene_is_refused() -> None:
    with pytest.raises(StorageError, match="scene walls"):
        decode_light(encode_light(light_of(SCENE)), walls([], [(1, 2, 3)]))


def test_the_key_follows_all_that_decides_the_light() -> None:
    scene = walls([np.full((8, 8, 3), 90, np.uint8)])
    mesh = scene.mesh
    others = [
        replace(scene, digest="other"),
        replace(scene, sky=(0.1, 0.1, 0.1)),
        replace(scene, lights=SCENE.lights),
        replace(scene, lights=(replace(SCENE.lights[0], power=1.0),)),
        replace(scene, mesh=replace(mesh, materials=(replace(mesh.materials[0], roughness=0.1),))),
        replace(scene, mesh=replace(mesh, textures=(Texture("wall 0", b"other"),))),
    ]
    keys = [light_key(each) for each in [scene, *others]]
    assert len(set(keys)) == len(keys)
    assert light_key(replace(scene, notes=("said",))) == keys[0]


def test_the_ray_caster_shows_the_light_of_the_side_it_sees() -> None:
    scene = replace(walls([], [GREY]), lighting=Lighting.LIT)
    pose = camera_pose(np.array([[0.0, 0.0, 1.0], [6.0, 0.0, 1.0]]), np.array([0.0, np.pi]), 0.0)
    shown = []
    for light in (light_of(scene), light_of(scene, 0.0, 1.0)):
        caster = RayCaster(scene, 1, light)
        for each in pose:
            picture = caster.picture(WIDE, each, 20.0)
            shown.append(np.median(picture.color[picture.instance > 0]))
    assert sorted(shown) == [0, 0, 203, 203]
    assert shown[0] == shown[3]


def test_the_ray_caster_finds_texels_by_their_place_in_the_atlas() -> None:
    scene = replace(walls([], [GREY]), lighting=Lighting.LIT)
    light = light_of(scene, 0.0, 0.0)
    texels = np.zeros((2, 4, 3), np.float16)
    texels[1, 2] = 1.0
    for column, row, expected in ((2, 1, 203), (2, 0, 0), (1, 1, 0)):
        texel = np.broadcast_to(np.array([(column + 0.5) / 4, (row + 0.5) / 2], np.float32), light.texel.shape)
        caster = RayCaster(scene, 1, replace(light, texels=texels, texel=np.ascontiguousarray(texel)))
        picture = caster.picture(WIDE, camera_pose(np.array([0.0, 0.0, 1.0]), 0.0, 0.0), 20.0)
        assert np.median(picture.color[picture.instance > 0]) == expected


def test_the_mean_colour_of_a_texture_is_taken_in_linear_light() -> None:
    halves = np.zeros((8, 8, 3), np.uint8)
    halves[:, 4:] = 255
    assert mean_colors(walls([halves]))[0] == pytest.approx([0.5, 0.5, 0.5], abs=1e-3)
