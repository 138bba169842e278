"""From a bare mesh to walks, without recipe, scene or storage.

from factory.navigation import walks
mesh = trimesh.load("flat.glb", force="mesh")  # Z up, metres
plans = list(walks(mesh.vertices, mesh.faces, count=100))
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np

from factory.navigation.map import NavigationMap, build_map
from factory.navigation.plan import plan_episodes
from factory.navigation.storeys import storeys_of
from factory.navigation.surfaces import check_mesh
from schemas.arrays import AnyArray
from schemas.cameras import Camera, preset
from schemas.episodes import EpisodePlan
from schemas.errors import SceneError
from schemas.outcomes import Rejected
from schemas.recipe import Navigation, RobotSpec
from schemas.robots import Body
from schemas.scenes import Material, Mesh, Scene, SceneRef, Storey, make_scene


def walks(
    vertices: AnyArray,
    triangles: AnyArray,
    count: int,
    robot: RobotSpec | None = None,
    settings: Navigation | None = None,
    camera: Camera | None = None,
    seed: int = 0,
) -> Iterator[EpisodePlan | Rejected]:
    """`count` certified walks, or why one was not made, spread evenly over the storeys of a mesh.

    vertices : (n, 3), world, Z up, metres; triangles : (m, 3), indices
    robot, settings : as in a recipe, its defaults where None; camera : where None, the preset d435i
    Raises SceneError for a mesh that cannot be used or has no floor.
    """
    scene = _scene(vertices, triangles)
    storeys = storeys_of(scene)
    if not storeys:
        raise SceneError("no floor found: nothing flat and open in one piece of 4 m²; is the mesh Z up and in metres?")
    robot, settings, camera = robot or RobotSpec(), settings or Navigation(), camera or preset("d435i")
    for k, storey in enumerate(storeys):
        share = range((count + len(storeys) - 1 - k) // len(storeys))
        map_for = _maps(scene, storey, settings)
        for _, outcome in plan_episodes(scene, storey, robot, camera, settings, seed, share, map_for):
            yield outcome


def warm_up() -> None:
    """Compile every kernel, or load it from numba's cache, by planning on an empty floor.

    Once on a machine before its workers start, so that not each of them compiles for itself.
    """
    floor = np.array([[0, 0, 0], [6, 0, 0], [6, 4, 0], [0, 4, 0]], dtype=np.float32)
    for _ in walks(floor, np.array([[0, 1, 2], [0, 2, 3]]), 1):
        pass


def _maps(scene: Scene, storey: Storey, settings: Navigation) -> Callable[[Body], NavigationMap | Rejected]:
    """The map of a storey for any body, made once for each."""
    return functools.cache(lambda body: build_map(scene, storey, body, settings.resolution, settings.max_cells))


def _scene(vertices: AnyArray, triangles: AnyArray) -> Scene:
    """A scene of nothing but shape."""
    vertices, triangles = check_mesh(vertices, triangles)
    nothing = np.zeros(len(triangles), dtype=np.uint16)
    mesh = Mesh(vertices, triangles, nothing, nothing, (Material("plain"),), (), None, None)
    return make_scene(SceneRef("mesh", "mesh", "memory", "unknown"), mesh, ())
