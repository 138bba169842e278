"""VLN-N1: scenes → walks → frames → clips → instructions → shards.

`generate` is the product; `make_shard` is the whole way of one unit, read top to bottom.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from captioning.grounded import write_instructions
from factory.clips import split_clips
from factory.engine import Event, RunSummary, UnitReport, run
from factory.navigation import NavigationMap, build_map, decode_map, encode_map, map_key, plan_episodes
from factory.pixel_goals import find_pixel_goals
from factory.quality import judge, score
from factory.rendering import ChildLimits, render_unit
from factory.shards import ShardWriter, finished_units
from factory.storage import Storage, open_storage
from pipelines.runs import (
    SceneTask,
    ShardTask,
    claim,
    list_scenes,
    load_scene,
    read_survey,
    storeys_of,
    survey_name,
    survey_scene,
    units_of,
    versions,
)
from schemas.episodes import CaptionedEpisode, EpisodePlan, RenderedEpisode
from schemas.errors import SceneError
from schemas.identity import generator
from schemas.outcomes import Rejected
from schemas.recipe import Recipe
from schemas.robots import Body
from schemas.scenes import Scene, Storey


def generate(recipe: Recipe, out: str, on_event: Callable[[Event], None]) -> tuple[RunSummary, RunSummary]:
    """Make all shards of a recipe under `out`, a path or any URL fsspec knows. Resumes what is there.

    Returns the summaries of the survey and of the shards. Raises RecipeError and StorageError before
    any work; what goes wrong in a scene or a unit is retried, then quarantined, and told in the summaries.
    """
    storage = open_storage(out)
    claim(storage, recipe)
    scenes = list_scenes(recipe)
    surveyed = {task.id for task in scenes if storage.exists(survey_name(task))}
    survey = run(scenes, partial(_survey, recipe, out), recipe.engine, storage, on_event, surveyed)
    tasks = [
        shard
        for task in scenes
        if storage.exists(survey_name(task))
        for shard in units_of(recipe, task, read_survey(storage, task))
    ]
    made = run(
        tasks, partial(make_shard, recipe, out), recipe.engine, storage, on_event, finished_units(storage), "unit"
    )
    return survey, made


def _survey(recipe: Recipe, out: str, task: SceneTask) -> UnitReport:
    return survey_scene(task, recipe, open_storage(out))


def make_shard(recipe: Recipe, out: str, task: ShardTask) -> UnitReport:
    """One unit: load, plan, render, caption, judge, write. Its result follows from the recipe and the unit alone."""
    storage = open_storage(out)
    with tempfile.TemporaryDirectory(prefix="navfoundry-") as folder:
        log = Path(folder) / "unit.log"
        try:
            return _make_shard(recipe, storage, task, Path(folder), log)
        except Exception:
            if log.exists():
                storage.write(f"logs/{task.id}.log", log.read_bytes())
            raise


def _make_shard(recipe: Recipe, storage: Storage, task: ShardTask, scratch: Path, log: Path) -> UnitReport:
    unit, spent = task.unit, Stopwatch()
    with spent("load"):
        scene = load_scene(unit.scene, task.scenes)
        if scene.digest != unit.scene_digest:
            raise SceneError(
                f"{unit.scene.dataset}/{unit.scene.name}: changed since it was surveyed for this run; "
                f"put it back as it was, or start a new --out"
            )
    writer = ShardWriter(unit, scratch)
    plans: list[EpisodePlan] = []
    with spent("plan"):
        for index, planned in _plans(recipe, task, scene, storage):
            if isinstance(planned, Rejected):
                writer.reject(index, planned)
            else:
                plans.append(planned)
    frames = render_unit(scene, plans, recipe.rendering, _limits(recipe), scratch, log) if plans else iter(())
    for rendered in spent.each("render", frames):
        with spent("caption"):
            outcome = describe(recipe, scene, rendered)
        with spent("write"):
            if isinstance(outcome, Rejected):
                writer.reject(rendered.plan.index, outcome)
            else:
                writer.write(outcome, scene)
    with spent("write"):
        manifest = writer.commit(storage, versions())
    size = sum(entry.size for entry in manifest.files)
    return UnitReport(
        unit.id, manifest.attempted, manifest.written, manifest.rejected, manifest.quarantined, manifest.frames, size,
        dict(spent.seconds),
    )  # fmt: skip


def _limits(recipe: Recipe) -> ChildLimits:
    engine = recipe.engine
    return ChildLimits(
        deadline=engine.child_deadline,
        memory_bytes=int(engine.memory_limit_gb * 2**30),
        threads=max(1, round(engine.cpus_per_unit)),
        gpu="auto" if engine.gpus_per_unit > 0 else None,
    )


def describe(recipe: Recipe, scene: Scene, rendered: RenderedEpisode) -> CaptionedEpisode | Rejected:
    """Judge what the camera saw; cut it into clips, find pixel goals and put it into words where it is kept."""
    scores = score(rendered, scene)
    verdict = judge(scores, recipe.quality)
    if verdict is not None:
        return verdict
    clips = split_clips(rendered.plan, recipe.clips)
    plan = rendered.plan
    words = generator(recipe.seed, plan.scene_digest, plan.storey, plan.index, "captions")
    instructions = write_instructions(scene, rendered, clips, words)
    if isinstance(instructions, Rejected):
        return instructions
    return CaptionedEpisode(rendered, clips, find_pixel_goals(rendered), scores, instructions)


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


class Stopwatch:
    """Seconds spent in each stage of a unit, for the progress display; never part of the data."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the time inside the `with` to `stage`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start

    def each(self, stage: str, items: Iterator[RenderedEpisode]) -> Iterator[RenderedEpisode]:
        """`items`, the time waiting for each counted to `stage`."""
        while True:
            with self(stage):
                item = next(items, None)
            if item is None:
                return
            yield item
