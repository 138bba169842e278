"""Does an adapter keep its promises? For whoever adds a dataset; each message says what to change."""

from __future__ import annotations

from typing import Any

import numpy as np

from scene_adapters.adapter import Adapter
from scene_adapters.axes import MAX_EXTENT, MAX_HEIGHT, MIN_EXTENT, detect_up
from schemas.categories import MPCAT40
from schemas.errors import NavfoundryError
from schemas.recipe import Scenes
from schemas.scenes import Scene, SceneRef

_MAX_SCENES = 3


def check_adapter(adapter: Adapter, scenes: Scenes) -> list[str]:
    """What is wrong with `adapter` on the scenes chosen (the first three are loaded); [] when all is well.

    Looked at: types, names, order of the listing, metres and up axis, ids, categories, boxes, rooms,
    storeys, and that loading twice gives the same digest. Never raises for a fault of the adapter.
    """
    problems = [
        f"adapter.{field} is empty: give {meaning}"
        for field, meaning in (
            ("name", "the name used as `dataset` in a recipe"),
            ("licence", "the SPDX id or the name of the terms"),
            ("how_to_obtain", "one sentence that says where the data comes from"),
        )
        if not getattr(adapter, field)
    ]
    try:
        refs, again = adapter.list(scenes), adapter.list(scenes)
    except Exception as error:  # the adapter's own code: any fault is a finding
        return [*problems, f"list() raised {_named(error)}; raise SceneError only where the root is unusable"]
    problems += _check_refs(adapter, refs)
    if refs != again:
        problems.append("list() answered differently the second time: sort the scenes, and keep clocks and chance out")
    for ref in refs[:_MAX_SCENES]:
        problems += [f"{ref.name}: {problem}" for problem in _check_load(adapter, ref, scenes)]
    return problems


def _named(error: Exception) -> str:
    return f"{type(error).__name__} ({error})"


def _check_refs(adapter: Adapter, refs: Any) -> list[str]:
    if not isinstance(refs, list) or not all(isinstance(ref, SceneRef) for ref in refs):
        return [f"list() must return a list of SceneRef, not {type(refs).__name__}"]
    problems = (
        [] if refs else ["list() found no scene: check root and select, or raise SceneError saying what is missing"]
    )
    names = [ref.name for ref in refs]
    problems += [
        f"list() names {name!r} twice: names must be unique"
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    problems += [
        f"{ref.name}: ref.dataset is {ref.dataset!r}; it must be the adapter's name, {adapter.name!r}"
        for ref in refs
        if ref.dataset != adapter.name
    ]
    return problems


def _check_load(adapter: Adapter, ref: SceneRef, scenes: Scenes) -> list[str]:
    try:
        scene, again = adapter.load(ref, scenes), adapter.load(ref, scenes)
    except NavfoundryError as error:
        return [f"load() refused it: {error}"]
    except Exception as error:  # the adapter's own code: any fault is a finding
        return [f"load() raised {_named(error)}; bad input must be a SceneError that names the file"]
    if not isinstance(scene, Scene):
        return [f"load() must return a Scene (use schemas.scenes.make_scene), not {type(scene).__name__}"]
    problems = []
    if scene.digest != again.digest:
        problems.append("loading twice gave two digests: sort what you read, and keep clocks and chance out")
    if scene.ref != ref:
        problems.append(f"scene.ref is {scene.ref}; pass on the ref that load() was given")
    return problems + _check_size(scene) + _check_instances(scene) + _check_plan(scene)


def _check_size(scene: Scene) -> list[str]:
    size = scene.bounds[1] - scene.bounds[0]
    if size.max() > MAX_EXTENT:
        return [f"extent of {size.max():.0f} m: convert to metres (a file in cm or mm?)"]
    if size.max() < MIN_EXTENT:
        return [f"extent of {size.max():.3f} m: convert to metres (a file in km, or one object only?)"]
    problems = []
    if size[2] > MAX_HEIGHT:
        problems.append(f"height of {size[2]:.0f} m: convert to Z up, or crop what lies outside")
    if detect_up(scene.mesh.vertices, scene.mesh.triangles, scene.bounds, expected="z")[0] != "z":
        problems.append("level surfaces face ±Y rather than ±Z: convert to Z up (schemas.frames.habitat_to_world)")
    return problems


def _check_instances(scene: Scene) -> list[str]:
    problems = []
    rooms = {room.id for room in scene.rooms}
    for instance in scene.instances:
        where = f"instance {instance.id} ({instance.label!r})"
        if instance.category not in MPCAT40:
            problems.append(f"{where}: {instance.category!r} is not an mpcat40 category; see schemas.categories")
        if not all(low <= high for low, high in zip(instance.low, instance.high, strict=True)):
            problems.append(f"{where}: low above high; take boxes with scene_adapters.instances.with_boxes")
        if instance.room is not None and instance.room not in rooms:
            problems.append(f"{where}: room {instance.room} is not in scene.rooms; give its id or None")
    if not (scene.mesh.instance > 0).any():
        problems.append("no triangle has an instance id: without masks there are no landmarks and no captions")
    return problems


def _check_plan(scene: Scene) -> list[str]:
    problems = []
    low, high = scene.bounds[:, 2]
    for storey in scene.storeys:
        if not low - 0.5 <= storey.floor_z < storey.ceiling_z:
            problems.append(
                f"storey {storey.index}: floor {storey.floor_z} m outside the mesh ({low:.2f} to {high:.2f} m)"
            )
    storeys = {storey.index for storey in scene.storeys}
    for room in scene.rooms:
        if storeys and room.storey not in storeys:
            problems.append(f"room {room.id}: storey {room.storey} is not in scene.storeys")
        xy = np.asarray(room.polygon, dtype=np.float64)
        if len(xy) < 3:
            problems.append(f"room {room.id}: its polygon has {len(xy)} corners; give three at least")
        elif np.sum(xy[:, 0] * np.roll(xy[:, 1], -1) - xy[:, 1] * np.roll(xy[:, 0], -1)) <= 0:
            problems.append(f"room {room.id}: its polygon runs clockwise; turn it around")
    return problems
