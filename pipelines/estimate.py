"""`navfoundry plan`: what a recipe will cost, measured on a few of its scenes before anything runs.

A few walks are really planned and a few frames really rendered on this machine; the rest is extrapolated.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from factory.navigation import NavigationMap, build_map, plan_episodes, storeys_of
from factory.rendering import ChildLimits, render_unit
from factory.rendering.baking import bake_light
from factory.rendering.encode import encode_depth, encode_instance
from pipelines.lighting import is_baked
from pipelines.runs import MIN_AREA, SceneTask, free_areas, list_scenes, load_scene
from schemas.episodes import EpisodePlan, View
from schemas.errors import SceneError
from schemas.outcomes import Rejected
from schemas.recipe import Recipe, load_recipe
from schemas.robots import Body
from schemas.scenes import Scene, Storey

_WALKS = 6
_FRAMES = 4


@dataclass(frozen=True)
class _Sample:
    """What one scene taught: storeys that count, frames a kept walk, share of walks kept, costs a frame."""

    storeys: int
    frames: float
    kept: float
    load_s: float
    plan_s: float
    bake_s: float
    start_s: float
    frame_s: float
    frame_bytes: float


def estimate(path: Path, sample: int) -> str:
    """The table that `navfoundry plan` prints. Raises RecipeError and SceneError."""
    recipe = load_recipe(path)
    scenes = list_scenes(recipe)
    samples, unusable = _looked_at(recipe, scenes[:: max(1, len(scenes) // max(1, sample))][:sample])
    usable = len(scenes) * len(samples) / (len(samples) + len(unusable))
    storeys = usable * _mean(samples, "storeys")
    episodes = storeys * recipe.episodes.per_storey
    units = storeys * -(-recipe.episodes.per_storey // recipe.episodes.per_unit)
    kept = episodes * _mean(samples, "kept")
    frames = kept * _mean(samples, "frames")
    hours = (
        units * (_mean(samples, "load_s") + _looks_a_unit(recipe) * _mean(samples, "start_s"))
        + _baked_looks(recipe, usable, units) * _mean(samples, "bake_s")
        + episodes * _mean(samples, "plan_s")
        + frames * _mean(samples, "frame_s")
    ) / 3600
    per_unit = frames / max(units, 1) * _mean(samples, "frame_bytes")
    cameras = f", each through {len(recipe.robot.mounts)} cameras" if recipe.robot.mounts else ""
    lines = [
        f"recipe       {recipe.name}, seed {recipe.seed}; measured here on {len(samples)} of {len(scenes)} scenes",
        f"scenes       {len(scenes)}, about {storeys:.0f} storeys",
        f"units        {units:.0f}, one shard of about {per_unit / 2**20:.0f} MiB each",
        f"episodes     {episodes:.0f} attempted, about {kept:.0f} planned (the quality filter takes some of them)",
        f"frames       {frames:,.0f} ({_mean(samples, 'frames'):.0f} an episode){cameras}",
        f"bytes        {frames * _mean(samples, 'frame_bytes') / 2**30:,.2f} GiB",
        f"hours        {hours:,.2f} with one worker of {recipe.engine.cpus_per_unit:g} cores "
        f"({_mean(samples, 'frame_s'):.2f} s a frame on this machine); divide by the workers you have",
    ]
    return "\n".join([*lines, *(f"no walks     {why}" for why in unusable)])


def _looked_at(recipe: Recipe, tasks: Sequence[SceneTask]) -> tuple[list[_Sample], list[str]]:
    """What the scenes that can be used taught, and why the others cannot. Raises SceneError where none can be."""
    samples: list[_Sample] = []
    unusable: list[SceneError] = []
    for task in tasks:
        try:
            samples.append(_look(recipe, task))
        except SceneError as error:
            unusable.append(error)
    if not samples:
        raise unusable[0]
    return samples, [str(error) for error in unusable]


def _looks_a_unit(recipe: Recipe) -> int:
    """Render processes that a unit starts."""
    return 1 if recipe.variation is None else -(-recipe.episodes.per_unit // recipe.variation.per_look)


def _baked_looks(recipe: Recipe, scenes: float, units: float) -> float:
    """Bakes that a run does where it bakes at all: one a scene, or one a look."""
    return scenes if recipe.variation is None else units * _looks_a_unit(recipe)


def _mean(samples: list[_Sample], field: str) -> float:
    return float(np.mean([getattr(sample, field) for sample in samples]))


def _look(recipe: Recipe, task: SceneTask) -> _Sample:
    began = time.perf_counter()
    scene = load_scene(task.ref, task.scenes)
    loaded = time.perf_counter()
    areas = zip(storeys_of(scene), free_areas(scene, recipe), strict=True)
    storeys = [storey for storey, area in areas if area >= MIN_AREA]
    plans: list[EpisodePlan] = []
    tried = 0
    for storey in storeys[:2]:
        maps = partial(_map, recipe, scene, storey)
        camera = recipe.camera.camera()
        for _, outcome in plan_episodes(
            scene, storey, recipe.robot, camera, recipe.navigation, recipe.seed, range(_WALKS), maps
        ):
            tried += 1
            if not isinstance(outcome, Rejected):
                plans.append(outcome)
    planned = time.perf_counter()
    frames = float(np.mean([plan.frames for plan in plans])) if plans else 0.0
    bake_s, start_s, frame_s, frame_bytes = _render(recipe, scene, plans) if plans else (0.0, 0.0, 0.0, 0.0)
    return _Sample(
        len(storeys), frames, len(plans) / max(tried, 1), loaded - began, (planned - loaded) / max(tried, 1),
        bake_s, start_s, frame_s, frame_bytes,
    )  # fmt: skip


def _map(recipe: Recipe, scene: Scene, storey: Storey, body: Body) -> NavigationMap | Rejected:
    return build_map(scene, storey, body, recipe.navigation.resolution, recipe.navigation.max_cells)


def _render(recipe: Recipe, scene: Scene, plans: list[EpisodePlan]) -> tuple[float, float, float, float]:
    """Seconds to bake, to start and for a frame, and bytes a frame: from a short and a longer rendering."""
    limits = ChildLimits(
        recipe.engine.child_deadline,
        int(recipe.engine.memory_limit_gb * 2**30),
        max(1, round(recipe.engine.cpus_per_unit)),
        "auto" if recipe.engine.gpus_per_unit > 0 else None,
    )
    began = time.perf_counter()
    light = bake_light(scene, limits.threads) if is_baked(recipe, scene) else None
    bake_s = time.perf_counter() - began
    seconds, size = [], 0.0
    for count in (1, 1 + _FRAMES):
        with tempfile.TemporaryDirectory(prefix="navfoundry-") as folder:
            began = time.perf_counter()
            thinned = [_thinned(plans[0], count)]
            scratch = Path(folder)
            rendered = list(
                render_unit(scene, thinned, recipe.rendering, limits, scratch, scratch / "log", recipe.sensor, light)
            )
            seconds.append(time.perf_counter() - began)
        size = sum(_bytes(view) for view in rendered[0].views) / count
    frame_s = max(0.0, seconds[1] - seconds[0]) / _FRAMES
    return bake_s, max(0.0, seconds[0] - frame_s), frame_s, size


def _bytes(view: View) -> int:
    """Of a camera's pictures as a shard holds them."""
    encoded = [encode_depth(image) for image in view.depth] + [encode_instance(image) for image in view.instance]
    if view.sensor_depth is not None:
        encoded += [encode_depth(image) for image in view.sensor_depth]
    return sum(len(image) for image in [*view.rgb, *encoded])


def _thinned(plan: EpisodePlan, count: int) -> EpisodePlan:
    """The plan with `count` frames of it, spread over the walk."""
    rows = np.linspace(0, plan.frames - 1, count).round().astype(int)
    arrays = ("times", "positions", "yaw", "camera_to_world", "linear_speed", "angular_speed", "clearance", "room")
    return replace(plan, **{name: getattr(plan, name)[rows] for name in arrays})
