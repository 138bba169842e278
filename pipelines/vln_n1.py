"""VLN-N1: scenes → walks → frames → clips → instructions → shards.

`generate` is the product; `make_shard` is the whole way of one unit, read top to bottom.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from captioning.captioner import Captioner, open_captioner
from captioning.grounded import Grounded
from captioning.observed import observe
from captioning.walk import Captioned, Walk
from factory.clips import split_clips
from factory.engine import Event, RunSummary, UnitReport, run, scratch_folder
from factory.navigation import NavigationMap, build_map, decode_map, encode_map, map_key, plan_episodes, storeys_of
from factory.observe.logs import unit_log
from factory.pixel_goals import find_pixel_goals
from factory.quality import judge, score
from factory.rendering import ChildLimits, looks, render_unit
from factory.shards import ShardWriter, finished_units
from factory.storage import Storage, open_storage
from pipelines.ledger import Ledger
from pipelines.lighting import light_for
from pipelines.runs import (
    SceneTask,
    ShardTask,
    claim,
    list_scenes,
    load_scene,
    read_survey,
    survey_name,
    survey_scene,
    units_of,
    versions,
)
from schemas.episodes import CaptionedEpisode, EpisodePlan, RenderedEpisode, Scores
from schemas.errors import SceneError
from schemas.identity import generator
from schemas.outcomes import Rejected
from schemas.recipe import Recipe
from schemas.robots import Body
from schemas.scenes import Scene, Storey


def generate(
    recipe: Recipe, out: str, on_event: Callable[[Event], None]
) -> tuple[RunSummary[UnitReport], RunSummary[UnitReport]]:
    """Make all shards of a recipe under `out`, a path or any URL fsspec knows. Resumes what is there.

    Returns the summaries of the survey and of the shards. Raises RecipeError and StorageError before
    any work; what goes wrong in a scene or a unit is retried, then quarantined, and told in the summaries.
    """
    scenes = list_scenes(recipe)  # first: a recipe that lists none must not claim the folder
    storage = open_storage(out)
    claim(storage, recipe)
    storage.sweep()
    finished = finished_units(storage)
    if _is_made(recipe, storage, scenes, finished):  # then no model is needed, and none need be there
        return _survey_and_make(recipe, storage, Grounded(), scenes, finished, on_event)
    with closing(open_captioner(recipe.captioning, recipe.engine)) as captioner:
        captioner.require_room(recipe.camera.camera())
        return _survey_and_make(recipe, storage, captioner, scenes, finished, on_event)


def _survey_and_make(
    recipe: Recipe,
    storage: Storage,
    captioner: Captioner,
    scenes: Sequence[SceneTask],
    finished: Collection[str],
    on_event: Callable[[Event], None],
) -> tuple[RunSummary[UnitReport], RunSummary[UnitReport]]:
    surveyed = {task.id for task in scenes if storage.exists(survey_name(task))}
    survey = run(scenes, partial(_survey, recipe, storage.url), recipe.engine, storage, on_event, surveyed, "scene")
    tasks = _units(recipe, storage, scenes)
    work = partial(make_shard, recipe, storage.url, captioner)
    return survey, run(tasks, work, recipe.engine, storage, on_event, finished, "unit")


def _is_made(recipe: Recipe, storage: Storage, scenes: Sequence[SceneTask], finished: Collection[str]) -> bool:
    surveyed = all(storage.exists(survey_name(task)) for task in scenes)
    return surveyed and all(unit.id in finished for unit in _units(recipe, storage, scenes))


def _units(recipe: Recipe, storage: Storage, scenes: Sequence[SceneTask]) -> list[ShardTask]:
    """Those of the scenes that are surveyed."""
    surveyed = [task for task in scenes if storage.exists(survey_name(task))]
    return [unit for task in surveyed for unit in units_of(recipe, task, read_survey(storage, task))]


def _survey(recipe: Recipe, out: str, task: SceneTask) -> UnitReport:
    return survey_scene(task, recipe, open_storage(out))


def make_shard(recipe: Recipe, out: str, captioner: Captioner, task: ShardTask) -> Iterator[UnitReport]:
    """One unit: load, plan, render, judge, caption, write. Its bytes follow from the recipe and the unit alone.

    Yields how far it is after each episode; the last report is the unit's.
    """
    storage = open_storage(out)
    with scratch_folder() as scratch, unit_log(storage, task.id, scratch) as log:
        yield from _make_shard(recipe, storage, captioner.remembering(storage, task.id), task, scratch, log.path)


def _make_shard(
    recipe: Recipe, storage: Storage, captioner: Captioner, task: ShardTask, scratch: Path, log: Path
) -> Iterator[UnitReport]:
    ledger = Ledger(task.id, task.unit.count)
    with ledger.spent("load"):
        scene = _load(task)
    with ShardWriter(task.unit, scratch) as writer:
        plans: list[EpisodePlan] = []
        with ledger.spent("plan"):
            for index, planned in _plans(recipe, task, scene, storage):
                if isinstance(planned, Rejected):
                    ledger.enter(planned)
                    writer.reject(index, planned)
                else:
                    plans.append(planned)
        yield ledger.report()
        frames = _frames(recipe, scene, plans, storage, ledger, scratch, log)
        at_once = 1 if recipe.captioning.backend == "grounded" else recipe.engine.walks_at_once
        while batch := list(itertools.islice(ledger.timed("render", frames), at_once)):
            with ledger.spent("caption"):
                scores = [score(rendered, scene) for rendered in batch]
                outcomes = describe(recipe, captioner, scene, batch, scores)
            for rendered, scored, outcome in zip(batch, scores, outcomes, strict=True):
                with ledger.spent("write"):
                    if isinstance(outcome, Rejected):
                        writer.reject(rendered.plan.index, outcome, scored)
                    else:
                        writer.write(outcome, scene)
                ledger.enter(outcome)
                yield ledger.report()
        with ledger.spent("write"):
            manifest = writer.commit(storage, versions())
    yield ledger.report(sum(entry.size for entry in manifest.files))


def _frames(
    recipe: Recipe,
    scene: Scene,
    plans: Sequence[EpisodePlan],
    storage: Storage,
    ledger: Ledger,
    scratch: Path,
    log: Path,
) -> Iterator[RenderedEpisode]:
    """Each look in a render process of its own, which holds one scene, under light of its own."""
    limits = _limits(recipe)
    for seen, look, sharing in looks(scene, plans, recipe.variation):
        if not sharing:
            continue
        with ledger.spent("bake"):
            light = light_for(recipe, seen, storage, limits.threads)
        for rendered in render_unit(seen, sharing, recipe.rendering, limits, scratch, log, recipe.sensor, light):
            yield replace(rendered, look=look)


def describe(
    recipe: Recipe,
    captioner: Captioner,
    scene: Scene,
    episodes: Sequence[RenderedEpisode],
    scores: Sequence[Scores],
) -> list[CaptionedEpisode | Rejected]:
    """Judge some episodes; cut those that are kept into clips, find their pixel goals and put them into words."""
    outcomes = [judge(scored, recipe.quality) for scored in scores]
    kept = [rendered for rendered, rejected in zip(episodes, outcomes, strict=True) if rejected is None]
    walks = [_walk(recipe, scene, rendered) for rendered in kept]
    captioned = iter(zip(walks, captioner.caption(walks), strict=True))
    return [
        rejected or _captioned(rendered, scored, *next(captioned))
        for rendered, scored, rejected in zip(episodes, scores, outcomes, strict=True)
    ]


def _walk(recipe: Recipe, scene: Scene, rendered: RenderedEpisode) -> Walk:
    plan = rendered.plan
    words = generator(recipe.seed, plan.scene_digest, plan.storey, plan.index, "captions")
    return Walk(observe(scene, rendered), rendered.rgb, split_clips(plan, recipe.clips), words)


def _captioned(
    rendered: RenderedEpisode, scores: Scores, walk: Walk, instructions: Captioned
) -> CaptionedEpisode | Rejected:
    if isinstance(instructions, Rejected):
        return instructions
    return CaptionedEpisode(rendered, walk.clips, find_pixel_goals(rendered), scores, instructions)


def _load(task: ShardTask) -> Scene:
    ref = task.unit.scene
    scene = load_scene(ref, task.scenes)
    if scene.digest != task.unit.scene_digest:
        raise SceneError(
            f"{ref.dataset}/{ref.name}: changed since it was surveyed for this run; "
            f"put it back as it was, or start a new --out"
        )
    return scene


def _limits(recipe: Recipe) -> ChildLimits:
    engine = recipe.engine
    return ChildLimits(
        deadline=engine.child_deadline,
        memory_bytes=int(engine.memory_limit_gb * 2**30),
        threads=max(1, round(engine.cpus_per_unit)),
        gpu="auto" if engine.gpus_per_unit > 0 else None,
    )


def _plans(
    recipe: Recipe, task: ShardTask, scene: Scene, storage: Storage
) -> Iterator[tuple[int, EpisodePlan | Rejected]]:
    unit = task.unit
    storey = storeys_of(scene)[unit.storey]
    indices = range(unit.first, unit.first + unit.count)
    maps = partial(_map_for, recipe, scene, storey, storage)
    return plan_episodes(
        scene, storey, recipe.robot, recipe.camera.camera(), recipe.navigation, recipe.seed, indices, maps
    )


def _map_for(recipe: Recipe, scene: Scene, storey: Storey, storage: Storage, body: Body) -> NavigationMap | Rejected:
    """The map of one body, made once a scene and kept in the storage."""
    settings = recipe.navigation
    name = f"maps/{map_key(scene.digest, storey.index, body, settings.resolution, settings.max_cells)}.npz"
    if storage.exists(name):
        return decode_map(storage.read(name))
    made = build_map(scene, storey, body, settings.resolution, settings.max_cells)
    if not isinstance(made, Rejected):
        storage.write(name, encode_map(made))
    return made
