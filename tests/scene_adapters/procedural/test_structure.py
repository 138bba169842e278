from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import open3d as o3d
import pytest

from scene_adapters.procedural.elements import Element, upright_box
from scene_adapters.procedural.openings import OpeningKind
from scene_adapters.procedural.rectangles import Rectangle
from scene_adapters.procedural.structure import finish_of
from schemas.arrays import Float64
from schemas.scenes import Scene
from tests.scene_adapters.procedural.homes import CHOSEN, built, designed


def hits(scene: Scene, origins: Float64, directions: Float64) -> tuple[list[str], Float64]:
    """Label and distance of what each ray meets first."""
    tensor: Any = o3d.core.Tensor
    caster = o3d.t.geometry.RaycastingScene()
    caster.add_triangles(tensor(scene.mesh.vertices), tensor(scene.mesh.triangles.astype(np.uint32)))
    found = caster.cast_rays(tensor(np.concatenate([origins, directions], axis=1).astype(np.float32)))
    ids = found["primitive_ids"].numpy()
    none = ids == np.iinfo(np.uint32).max
    numbers = scene.mesh.instance[np.where(none, 0, ids)]
    names = ["" if miss else scene.instance(int(n)).label for n, miss in zip(numbers, none, strict=True)]
    return names, found["t_hit"].numpy().astype(np.float64)


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_every_solid_of_the_building_is_closed(seed: int, kind: str) -> None:
    for element in designed(seed, kind).elements:
        if element.category in ("wall", "floor", "ceiling", "door", "window", "beam", "stairs"):
            for part in (part for part in element.parts if part.finish != "glass"):
                ends = np.sort(part.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
                assert set(Counter(map(tuple, ends.tolist())).values()) == {2}


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_the_floor_runs_on_through_every_door_at_its_own_height(seed: int, kind: str) -> None:
    scene, made = built(seed, kind), designed(seed, kind)
    spots, floors = [], []
    for opening in made.openings:
        room = made.plan.rooms[opening.rooms[0]]
        if opening.passable and opening.kind != OpeningKind.OPEN:
            x, y = opening.zone(0.2).center
            across = [(x + dx, y + dy) for dx in (-0.2, 0.0, 0.2) for dy in (-0.2, 0.0, 0.2)]
            spots += [(px, py, made.plan.floor_z(room.storey) + 0.3) for px, py in across]
            floors += [made.plan.floor_z(room.storey)] * 9
    origins = np.array(spots)
    names, distance = hits(scene, origins, np.tile([0.0, 0.0, -1.0], (len(origins), 1)))
    rug = np.array(["rug" in name for name in names])
    assert set(np.array(names)[~rug]) == {"floor"}
    np.testing.assert_allclose((origins[:, 2] - distance)[~rug], np.array(floors)[~rug], atol=1e-5)


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_nothing_is_seen_of_the_outside_but_through_windows(seed: int, kind: str) -> None:
    scene = built(seed, kind)
    generator = np.random.default_rng(0)
    centres = [
        (*np.asarray(room.polygon).mean(axis=0), scene.storeys[room.storey].floor_z + 1.7) for room in scene.rooms
    ]
    directions = generator.normal(size=(len(centres) * 3000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    names, _ = hits(scene, np.repeat(centres, 3000, axis=0), directions)
    assert "" not in names


def test_a_wall_leaves_its_openings_open() -> None:
    made = designed(0, "flat")
    for opening in made.openings:
        x, y = opening.zone(0.1).center
        floor_z = made.plan.floor_z(made.plan.rooms[opening.rooms[0]].storey)
        middle = np.array([x, y, floor_z + (opening.sill + opening.head) / 2])
        for element in made.elements:
            if element.category == "wall":
                assert not any(_holds(part.vertices, middle) for part in element.parts)


def _holds(vertices: np.ndarray, point: Float64) -> bool:
    return bool(((vertices.min(axis=0) < point) & (point < vertices.max(axis=0))).all())


def test_every_room_has_a_floor_a_ceiling_and_four_walls() -> None:
    made = designed(0, "flat")
    for index in range(len(made.plan.rooms)):
        own: list[Element] = [element for element in made.elements if element.room == index]
        counts = Counter(element.label for element in own)
        assert (counts["floor"], counts["ceiling"], counts["wall"]) == (1, 1, 4)


def test_the_texture_of_a_wall_stands_upright_and_in_metres() -> None:
    part = upright_box("wall.living", Rectangle(1, 2, 1.1, 6), 0.0, 2.5)
    corners = part.vertices[part.triangles]
    facing_x = np.ptp(corners[:, :, 0], axis=1) < 1e-6
    np.testing.assert_allclose(part.uv[facing_x], corners[facing_x][:, :, [1, 2]])
    facing_up = np.ptp(corners[:, :, 2], axis=1) < 1e-6
    np.testing.assert_allclose(part.uv[facing_up], corners[facing_up][:, :, [0, 1]])


def test_every_finish_of_the_building_is_in_the_palette() -> None:
    made = designed(0, "two_storey")
    keys = {finish_of(surface, room) for surface in ("wall", "floor") for room in made.plan.rooms}
    assert keys <= set(made.palette.finishes)
