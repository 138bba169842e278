from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from factory.navigation import NavigationMap, find_storeys, map_mesh, storeys_of
from schemas.errors import SceneError
from schemas.robots import Body
from schemas.scenes import Storey
from tests.factory.navigation.flats import Box, Flat, random_flat
from tests.rooms import two_rooms


def _heights(*solids: Box) -> list[float]:
    return [round(storey.floor_z, 2) for storey in find_storeys(*Flat(solids=list(solids)).mesh())]


def _room(z: float, x: float = 0.0, width: float = 6.0, height: float = 2.5) -> list[Box]:
    """A floor slab, four walls and a ceiling."""
    return [
        ((x, 0, z - 0.1), (x + width, 5, z)),
        ((x, 0, z), (x + 0.1, 5, z + height)),
        ((x + width - 0.1, 0, z), (x + width, 5, z + height)),
        ((x, 0, z), (x + width, 0.1, z + height)),
        ((x, 4.9, z), (x + width, 5, z + height)),
        ((x, 0, z + height), (x + width, 5, z + height + 0.05)),
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_houses_of_one_to_five_storeys(count: int) -> None:
    generator = np.random.default_rng(count)
    flat = random_flat(generator, 10, 8, storeys=count, stairwell=count > 1)
    vertices, triangles = flat.mesh(shift=(3.3, -7.7))
    vertices[:, 2] += np.float32(-1.54)
    found = find_storeys(vertices, triangles)
    assert [storey.index for storey in found] == list(range(count))
    assert [storey.floor_z for storey in found] == pytest.approx([k * 2.8 - 1.54 for k in range(count)], abs=0.01)
    for storey, above in itertools.pairwise(found):
        assert storey.ceiling_z == above.floor_z


def test_noise_of_a_scan_leaves_one_storey_at_its_mean_height() -> None:
    vertices, triangles = random_flat(np.random.default_rng(0), 8, 6).mesh(edge=0.1)
    noisy = vertices + np.random.default_rng(1).normal(0, 0.01, vertices.shape).astype(np.float32)
    (storey,) = find_storeys(noisy, triangles)
    assert storey.floor_z == pytest.approx(0.0, abs=0.02)


def test_split_levels_of_thirty_centimetres_are_two_storeys_under_one_ceiling() -> None:
    solids = [*_room(0.0, height=2.8), *_room(0.3, x=6.0, height=2.5)]
    found = find_storeys(*Flat(solids=solids).mesh())
    assert [storey.floor_z for storey in found] == pytest.approx([0.0, 0.3], abs=0.01)
    assert found[0].ceiling_z > 2.5
    assert found[1].ceiling_z > 2.5


def test_a_sunken_room_is_a_storey_of_its_own() -> None:
    assert _heights(*_room(0.0), *_room(-0.45, x=6.0, width=4.0, height=2.9)) == [-0.45, 0.0]


def test_a_mezzanine_is_found_between_floor_and_ceiling() -> None:
    deck: Box = ((0.1, 0.1, 2.3), (3.0, 4.9, 2.4))
    assert _heights(*_room(0.0, width=9.0, height=4.6), deck) == [0.0, 2.4]


def test_treads_belong_to_no_storey() -> None:
    treads: list[Box] = [((6.0 + 0.28 * k, 0.0, 0.17 * k), (6.28 + 0.28 * k, 1.2, 0.17 * (k + 1))) for k in range(16)]
    assert _heights(*_room(0.0), *treads) == [0.0]


def test_stairs_are_a_boundary_of_both_storeys() -> None:
    flat = random_flat(np.random.default_rng(2), 12, 9, storeys=2, stairwell=True)
    vertices, triangles = flat.mesh()
    tread_centres = np.array([[6.5, 5.02 + (k + 0.5) * 2.99 / 16] for k in range(15)])
    under_a_body = np.array([(k + 1) * 2.8 / 16 - 0.05 for k in range(15)]) < 1.5
    for storey in find_storeys(vertices, triangles):
        built = map_mesh(vertices, triangles, storey, Body(0.2, 1.5, 0.1, 0.5))
        assert isinstance(built, NavigationMap)
        standing = built.distance(tread_centres) > 0
        # On the ground the floor goes on under the flight, and is free where a body fits under it.
        assert not standing[under_a_body | (storey.index == 1)].any()


@pytest.mark.parametrize(
    "piece",
    [
        ((1.0, 1.0, 0.0), (3.1, 3.2, 0.5)),
        ((0.5, 0.5, 0.70), (4.5, 2.0, 0.75)),
        ((1.0, 1.0, 0.0), (4.0, 4.0, 0.9)),
    ],
    ids=["bed", "long table", "kitchen block"],
)
def test_the_top_of_large_furniture_is_no_storey(piece: Box) -> None:
    assert _heights(*_room(0.0), piece) == [0.0]


def test_flat_roofs_and_ceilings_are_no_storeys() -> None:
    assert _heights(*_room(0.0), ((-0.3, -0.3, 2.55), (6.3, 5.3, 2.8))) == [0.0]


def test_a_floor_without_walls_or_ceiling_is_a_storey_with_open_air() -> None:
    vertices = np.array([[0, 0, 1], [5, 0, 1], [5, 4, 1], [0, 4, 1]], np.float32)
    (storey,) = find_storeys(vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    assert (storey.floor_z, storey.ceiling_z) == pytest.approx((1.0, 4.0))


def test_winding_does_not_matter() -> None:
    vertices, triangles = random_flat(np.random.default_rng(0), 8, 6).mesh()
    assert find_storeys(vertices, triangles) == find_storeys(vertices, triangles[:, ::-1])


def test_a_mesh_without_floor_has_no_storeys() -> None:
    wall = np.array([[0, 0, 0], [5, 0, 0], [5, 0, 3], [0, 0, 3]], np.float32)
    assert find_storeys(wall, np.array([[0, 1, 2], [0, 2, 3]], np.int32)) == ()


def test_an_outlier_far_below_does_not_hide_the_floor() -> None:
    vertices, triangles = Flat(solids=_room(0.0)).mesh()
    vertices = np.concatenate([vertices, np.array([[0, 0, -5000], [1, 0, -5000], [0, 1, -5000]], np.float32)])
    triangles = np.concatenate(
        [triangles, np.array([[len(vertices) - 3, len(vertices) - 2, len(vertices) - 1]], np.int32)]
    )
    assert [round(s.floor_z, 2) for s in find_storeys(vertices, triangles)] == [0.0]


def test_a_level_kilometres_wide_is_an_error_and_not_a_hang() -> None:
    vertices, triangles = Flat(solids=[((0, 0, -1), (50_000, 50_000, 0))]).mesh(edge=1e9)
    with pytest.raises(SceneError, match=r"50000 × 50000 m.*Crop the scene"):
        find_storeys(vertices, triangles)


def test_an_empty_mesh_is_an_error() -> None:
    with pytest.raises(SceneError, match="empty"):
        find_storeys(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))


def test_the_adapters_own_storeys_win() -> None:
    scene = replace(two_rooms(), storeys=(Storey(0, 0.02, 2.4), Storey(1, 3.0, 5.0)))
    assert storeys_of(scene) == scene.storeys
    (found,) = storeys_of(replace(scene, storeys=()))
    assert found.floor_z == pytest.approx(0.0, abs=0.01)
