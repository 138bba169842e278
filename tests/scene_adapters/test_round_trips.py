"""A furnished home, laid out as each dataset has it, comes back: geometry, labels, and where one can walk."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from factory.navigation import build_map, find_storeys
from factory.navigation.map import NavigationMap
from factory.rendering.raycast import RayCaster
from scene_adapters.registry import adapter
from schemas.arrays import Float64
from schemas.cameras import pinhole
from schemas.frames import camera_pose
from schemas.recipe import Scenes
from schemas.robots import Body
from schemas.scenes import Lighting, Scene
from tests.scene_adapters.homes import furnished
from tests.scene_adapters.layouts.all import LAYOUTS, Layout
from tests.scene_adapters.same import assert_same_categories, assert_same_surface

CAMERA = pinhole("small", 160, 120, 79.0)
BODY = Body(radius=0.25, height=1.0, step_height=0.1, max_slope=math.radians(30))


@pytest.fixture(scope="module", params=LAYOUTS, ids=lambda layout: layout.name)
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Layout, Scene]:
    """A layout, and the home after it was written in it and read."""
    layout: Layout = request.param
    root = tmp_path_factory.mktemp(layout.name)
    layout.write(root, furnished())
    scenes = Scenes(dataset=layout.dataset, root=str(root))
    reader = adapter(layout.dataset)
    (ref,) = reader.list(scenes)
    return layout, reader.load(ref, scenes)


@pytest.fixture
def found(read: tuple[Layout, Scene]) -> Scene:
    """The home that was read."""
    return read[1]


def test_every_triangle_is_where_it_was_within_1_mm(found: Scene) -> None:
    assert_same_surface(found, furnished())


def test_999_in_1000_triangles_have_the_category_they_had(found: Scene) -> None:
    assert_same_categories(found, furnished())


def test_the_navigable_area_is_the_same_within_1_percent(found: Scene) -> None:
    there, here = navigable_area(found), navigable_area(furnished())
    assert here > 5
    assert there == pytest.approx(here, rel=0.01)


def navigable_area(scene: Scene) -> float:
    storey = find_storeys(scene.mesh.vertices, scene.mesh.triangles)[0]
    found = build_map(scene, storey, BODY, 0.05, 10**7)
    assert isinstance(found, NavigationMap)
    return found.area


def test_frames_look_like_frames_of_the_home_itself(read: tuple[Layout, Scene]) -> None:
    """Unlit, so that the lamps, which the datasets do not keep, play no part."""
    layout, found = read
    there, here = (RayCaster(replace(scene, lighting=Lighting.UNLIT)) for scene in (found, furnished()))
    categories = [np.array(["", *(i.category for i in scene.instances)]) for scene in (found, furnished())]
    for pose in views():
        seen, expected = there.cast(CAMERA, pose), here.cast(CAMERA, pose)
        assert np.isclose(seen.depth, expected.depth, atol=2e-3).mean() > 0.999
        named = categories[0][there.instance(seen)] == categories[1][here.instance(expected)]
        assert named.mean() > 0.995
        if layout.textured:
            both = (caster.picture(CAMERA, pose, 20.0).color.astype(int) for caster in (there, here))
            difference = np.abs(np.subtract(*both))
            assert difference.mean() < 2
            assert (difference.max(axis=2) > 24).mean() < 0.01


def views() -> list[Float64]:
    """A look around from the middle of each of three rooms."""
    poses = []
    for room in furnished().rooms[:3]:
        x, y = np.array(room.polygon).mean(axis=0)
        poses += [camera_pose(np.array([x, y, 1.2]), yaw, 0.2) for yaw in (0.3, 2.4, 4.5)]
    return poses
