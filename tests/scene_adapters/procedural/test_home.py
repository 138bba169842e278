from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from factory.navigation import build_map
from factory.navigation.map import NavigationMap
from scene_adapters.procedural.home import KINDS, home, home_ref
from schemas.categories import MPCAT40
from schemas.robots import Body
from schemas.scenes import Lighting, Room, Scene
from tests.scene_adapters.homes import furnished
from tests.scene_adapters.procedural.homes import CHOSEN, built

ROBOT = Body(radius=0.25, height=1.5, step_height=0.1, max_slope=0.5)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again = built(0, "small"), home(0, "small")
    assert first.digest == again.digest
    assert first.mesh.vertices.tobytes() == again.mesh.vertices.tobytes()
    assert built(0, "flat").digest != built(1, "flat").digest


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_a_robot_gets_from_every_room_of_a_storey_to_every_other(seed: int, kind: str) -> None:
    scene = built(seed, kind)
    for storey in scene.storeys:
        made = build_map(scene, storey, ROBOT, 0.05, 10_000_000)
        assert isinstance(made, NavigationMap)
        regions, _ = ndimage.label(made.esdf >= ROBOT.radius)
        main = 1 + int(np.bincount(regions.ravel())[1:].argmax())
        for room in scene.rooms:
            if room.storey == storey.index and room.label != "stairs":
                assert np.count_nonzero(_within(room, regions, made) == main) * 0.05**2 > 0.2, room


def _within(room: Room, regions: np.ndarray, made: NavigationMap) -> np.ndarray:
    corners = (np.asarray(room.polygon) - made.origin) / made.resolution
    (x0, y0), (x1, y1) = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int)
    return np.asarray(regions[y0:y1, x0:x1])


def test_thirty_categories_are_found_in_a_few_homes() -> None:
    found = {instance.category for seed, kind in CHOSEN for instance in built(seed, kind).instances}
    assert len(found) >= 30
    assert found <= set(MPCAT40)


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_a_home_is_a_whole_scene(seed: int, kind: str) -> None:
    scene = built(seed, kind)
    assert scene.lighting is Lighting.LIT
    assert scene.mesh.uv is not None
    assert np.isfinite(scene.mesh.uv).all()
    assert (scene.mesh.instance > 0).all()
    assert set(np.unique(scene.mesh.instance).tolist()) == {instance.id for instance in scene.instances}
    assert 20_000 < len(scene.mesh.triangles) < 350_000
    assert all(instance.room in {room.id for room in scene.rooms} for instance in scene.instances)


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_things_stand_in_the_room_they_are_said_to_be_in(seed: int, kind: str) -> None:
    scene = built(seed, kind)
    structure = {"wall", "floor", "ceiling", "door", "window", "railing"}
    for instance in scene.instances:
        if instance.category not in structure and instance.room is not None:
            corners = np.asarray(scene.rooms[instance.room - 1].polygon)
            assert (np.asarray(instance.low[:2]) >= corners.min(axis=0) - 0.02).all(), instance
            assert (np.asarray(instance.high[:2]) <= corners.max(axis=0) + 0.02).all(), instance


def test_a_large_home_has_three_hundred_square_metres_of_rooms() -> None:
    assert sum(_area(room) for room in built(0, "large").rooms) >= 300


def _area(room: Room) -> float:
    x, y = np.asarray(room.polygon).T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def test_two_storeys_lie_above_each_other_with_a_hole_for_the_stairs() -> None:
    scene = built(0, "two_storey")
    lower, upper = scene.storeys
    assert lower.floor_z == 0.0
    assert upper.floor_z > lower.ceiling_z
    stairs = [room for room in scene.rooms if room.label == "stairs"]
    assert [room.storey for room in stairs] == [0, 1]
    floors = [instance for instance in scene.instances if instance.label == "floor"]
    assert any(floor.room == stairs[0].id for floor in floors)
    assert not any(floor.room == stairs[1].id for floor in floors)


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_floors_are_level_and_flush_through_the_doors(seed: int, kind: str) -> None:
    scene = built(seed, kind)
    for instance in scene.instances:
        if instance.label == "floor" and instance.room is not None:
            storey = scene.storeys[scene.rooms[instance.room - 1].storey]
            assert instance.high[2] == pytest.approx(storey.floor_z, abs=1e-5)


def test_any_kind_is_drawn_from_the_seed() -> None:
    scene: Scene = furnished()
    assert scene.ref == home_ref(2, "any")
    assert scene.ref.source == "any:2"


def test_names_tell_kinds_apart() -> None:
    assert len({home_ref(5, kind).name for kind in (*KINDS, "any")}) == len(KINDS) + 1


@pytest.mark.parametrize(("seed", "kind"), [(0, "castle"), (-1, "flat")])
def test_what_cannot_be_made_is_refused(seed: int, kind: str) -> None:
    with pytest.raises(ValueError, match=r"give 0 or more|there are any"):
        home(seed, kind)
