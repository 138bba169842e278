from __future__ import annotations

from dataclasses import replace

import numpy as np

from factory.rendering.points import Points
from factory.rendering.visibility import is_open, seen_sides, tree_without_glass
from scene_adapters.procedural.home import home
from tests.rooms import two_rooms

SCENE = home(1, "small")


def test_rooms_are_seen_from_inside_and_homes_not_from_outside() -> None:
    mesh = SCENE.mesh
    seen = seen_sides(mesh, 1, np.random.default_rng(0)).any(axis=1)
    corners = mesh.vertices[mesh.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1)
    floors = np.isin(mesh.instance, [thing.id for thing in SCENE.instances if thing.category == "floor"])
    up = floors & (normal[:, 2] > 0.9 * area)
    down = floors & (normal[:, 2] < -0.9 * area)
    assert area[up & seen].sum() > 0.95 * area[up].sum()
    assert area[down & seen].sum() < 0.05 * area[down].sum()


def test_the_same_generator_gives_the_same_answer_with_any_number_of_threads() -> None:
    one, two = (seen_sides(SCENE.mesh, threads, np.random.default_rng(7)) for threads in (1, 2))
    assert np.array_equal(one, two)


def test_a_scene_without_a_ceiling_is_seen_from_above_its_floor() -> None:
    scene = two_rooms()
    ceilings = [thing.id for thing in scene.instances if thing.category == "ceiling"]
    kept = ~np.isin(scene.mesh.instance, ceilings)

    mesh = replace(
        scene.mesh,
        triangles=scene.mesh.triangles[kept],
        instance=scene.mesh.instance[kept],
        material=scene.mesh.material[kept],
        uv=None if scene.mesh.uv is None else scene.mesh.uv[kept],
    )
    assert seen_sides(mesh, 1, np.random.default_rng(0)).any(axis=1).mean() > 0.3


def test_points_under_a_bed_are_open_and_points_inside_its_mattress_are_not() -> None:
    scene = two_rooms()
    bed = next(thing for thing in scene.instances if thing.category == "bed")
    low, high = np.array(bed.low), np.array(bed.high)
    middle = (low + high) / 2
    beside = np.array([high[0] + 0.3, middle[1], 0.001])
    within = np.array([middle[0], middle[1], high[2] - 0.02])
    up = np.tile([0.0, 0.0, 1.0], (2, 1))
    tree, _ = tree_without_glass(scene.mesh, 1)
    assert is_open(tree, Points(np.stack([beside, within]), up), 1).tolist() == [True, False]
