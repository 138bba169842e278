"""A furnished home, laid out as each dataset has it, comes back: geometry, labels, and where one can walk."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from factory.navigation import build_map, find_storeys
from factory.navigation.map import NavigationMap
from scene_adapters.registry import adapter
from schemas.recipe import Scenes
from schemas.robots import Body
from schemas.scenes import Scene
from tests.scene_adapters.homes import furnished
from tests.scene_adapters.layouts.front3d import write_front3d
from tests.scene_adapters.layouts.gibson import write_gibson, write_gibson_habitat
from tests.scene_adapters.layouts.glb import write_glb
from tests.scene_adapters.layouts.hm3d import write_hm3d
from tests.scene_adapters.layouts.hssd import write_hssd
from tests.scene_adapters.layouts.matterport3d import write_matterport3d
from tests.scene_adapters.layouts.obj import write_obj
from tests.scene_adapters.layouts.replica import write_replica
from tests.scene_adapters.same import assert_same_categories, assert_same_surface

BODY = Body(radius=0.25, height=1.0, step_height=0.1, max_slope=math.radians(30))


@dataclass(frozen=True)
class Layout:
    """How a home is written, and as which dataset it is read."""

    name: str
    dataset: str
    write: Callable[[Path, Scene], object]


LAYOUTS = [
    Layout("glb", "files", lambda root, scene: write_glb(root / "home.glb", scene)),
    Layout("obj", "files", lambda root, scene: write_obj(root / "home.obj", scene)),
    Layout("replica", "replica", lambda root, scene: write_replica(root, scene, "room_0")),
    Layout("hssd", "hssd", write_hssd),
    Layout("front3d", "front3d", write_front3d),
    Layout("gibson", "gibson", write_gibson),
    Layout("gibson-habitat", "gibson", write_gibson_habitat),
    Layout("hm3d", "hm3d", write_hm3d),
    Layout("matterport3d", "matterport3d", write_matterport3d),
]


@pytest.fixture(scope="module", params=LAYOUTS, ids=lambda layout: layout.name)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The home after it was written and read."""
    layout: Layout = request.param
    root = tmp_path_factory.mktemp(layout.name)
    layout.write(root, furnished())
    scenes = Scenes(dataset=layout.dataset, root=str(root))
    reader = adapter(layout.dataset)
    (ref,) = reader.list(scenes)
    return reader.load(ref, scenes)


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
