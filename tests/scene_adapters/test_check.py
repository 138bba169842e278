from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scene_adapters.check import check_adapter
from scene_adapters.registry import Adapter
from schemas.errors import SceneError
from schemas.frames import world_to_habitat
from schemas.recipe import Scenes
from schemas.scenes import Mesh, Room, Scene, SceneRef, Storey, make_scene
from tests.rooms import two_rooms

HOME = two_rooms()
SECTION = Scenes(dataset="handmade")


def an_adapter(load: Callable[[SceneRef, Scenes], Any] | None = None, **changes: Any) -> Adapter:
    right = Adapter("handmade", "CC0-1.0", "it is in the tests", lambda _: [HOME.ref], load or (lambda ref, _: HOME))
    return replace(right, **changes)


def with_vertices(vertices: Any) -> Scene:
    mesh = replace(HOME.mesh, vertices=np.asarray(vertices, dtype=np.float32))
    return make_scene(HOME.ref, mesh, HOME.instances, rooms=HOME.rooms)


def test_a_good_adapter_has_no_problems() -> None:
    assert check_adapter(an_adapter(), SECTION) == []


@pytest.mark.parametrize(
    ("scene", "message"),
    [
        (with_vertices(HOME.mesh.vertices * 100), "convert to metres (a file in cm or mm?)"),
        (with_vertices(HOME.mesh.vertices / 1000), "convert to metres (a file in km"),
        (with_vertices(world_to_habitat(HOME.mesh.vertices.astype(np.float64))), "convert to Z up"),
        (replace(HOME, rooms=(Room(1, "a", 0, ((0, 0), (0, 1), (1, 1))),)), "runs clockwise"),
        (replace(HOME, rooms=(Room(1, "a", 0, ((0, 0), (1, 1))),)), "three at least"),
        (replace(HOME, rooms=(replace(HOME.rooms[0], storey=4), HOME.rooms[1])), "storey 4 is not in scene.storeys"),
        (replace(HOME, storeys=(Storey(0, -9.0, 2.6),)), "outside the mesh"),
        (replace(HOME, rooms=HOME.rooms[:1]), "room 2 is not in scene.rooms"),
        (replace(HOME, ref=replace(HOME.ref, name="other")), "pass on the ref"),
        (replace(HOME, instances=(replace(HOME.instances[0], category="Sofa"), *HOME.instances[1:])), "not an mpcat40"),
        (replace(HOME, instances=(replace(HOME.instances[0], low=(9, 9, 9)), *HOME.instances[1:])), "low above high"),
        ("a string", "must return a Scene"),
    ],
)
def test_each_fault_of_a_scene_is_named_with_what_to_change(scene: Any, message: str) -> None:
    problems = check_adapter(an_adapter(lambda ref, _: scene), SECTION)
    assert any(message in problem for problem in problems), problems


def test_a_scene_without_instances_is_told() -> None:
    mesh: Mesh = replace(HOME.mesh, instance=np.zeros_like(HOME.mesh.instance))
    scene = make_scene(HOME.ref, mesh, ())
    assert any(
        "no triangle has an instance id" in problem for problem in check_adapter(an_adapter(lambda *_: scene), SECTION)
    )


def test_loading_twice_must_give_one_digest() -> None:
    scenes = iter([HOME, replace(HOME, digest="another")])
    problems = check_adapter(an_adapter(lambda *_: next(scenes)), SECTION)
    assert any("two digests" in problem for problem in problems)


def test_listing_twice_must_give_one_answer() -> None:
    answers = iter([[HOME.ref], []])
    assert any("differently" in problem for problem in check_adapter(an_adapter(list=lambda _: next(answers)), SECTION))


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        (lambda _: [], "found no scene"),
        (lambda _: (HOME.ref,), "must return a list"),
        (lambda _: [HOME.ref, HOME.ref], "names 'two_rooms' twice"),
        (lambda _: [replace(HOME.ref, dataset="x")], "must be the adapter's name"),
    ],
)
def test_a_listing_must_be_refs_with_names_of_their_own(listing: Callable[[Scenes], Any], message: str) -> None:
    assert any(message in problem for problem in check_adapter(an_adapter(list=listing), SECTION))


def test_faults_are_findings_and_never_raised() -> None:
    def crash(*_: Any) -> Any:
        raise KeyError("vertices")

    def refuse(*_: Any) -> Any:
        raise SceneError("a.glb: truncated")

    assert any("list() raised KeyError" in problem for problem in check_adapter(an_adapter(list=crash), SECTION))
    assert any("must be a SceneError" in problem for problem in check_adapter(an_adapter(crash), SECTION))
    assert any("refused it: a.glb: truncated" in problem for problem in check_adapter(an_adapter(refuse), SECTION))


def test_terms_must_be_given() -> None:
    problems = check_adapter(an_adapter(licence="", how_to_obtain=""), SECTION)
    assert any("licence is empty" in problem for problem in problems)
    assert any("how_to_obtain is empty" in problem for problem in problems)
