"""A run: an output folder that belongs to one recipe, the scenes surveyed in it, the units that follow."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version

from factory.engine import UnitReport
from factory.navigation import bodies, build_map, storeys_of
from factory.shards import finished_units, read_manifest
from factory.storage import Storage
from scene_adapters.registry import adapter
from schemas.errors import RecipeError, SceneError, StorageError
from schemas.identity import digest, safe_name
from schemas.jsonable import from_json, to_json
from schemas.manifests import Manifest, Survey, Unit, make_unit
from schemas.outcomes import Rejected
from schemas.recipe import HOW_IT_RUNS, Recipe, Scenes, parse_recipe_json
from schemas.scenes import Scene, SceneRef

# A storey on which the smallest robot finds less than this is not worth a unit.
MIN_AREA = 3.0


@dataclass(frozen=True)
class SceneTask:
    """Survey one scene. `scenes` is the recipe's section it was listed from."""

    id: str
    ref: SceneRef
    scenes: Scenes


@dataclass(frozen=True)
class ShardTask:
    """Make one shard."""

    id: str
    unit: Unit
    scenes: Scenes


def claim(storage: Storage, recipe: Recipe) -> None:
    """Make the output folder this recipe's own, or check that it is.

    Raises StorageError where it holds another recipe's run, naming the sections that differ.
    """
    wanted = recipe.model_dump(mode="json", exclude=HOW_IT_RUNS)
    if not storage.exists("run.json"):
        if storage.names("shards/"):
            raise StorageError(
                f"{storage.url}: holds shards but no run.json, so what made them is unknown; choose another --out"
            )
        storage.write("run.json", json.dumps({"version": 1, "recipe": wanted}, indent=1, sort_keys=True).encode())
        return
    kept = read_run(storage).model_dump(mode="json", exclude=HOW_IT_RUNS)
    # More scenes or more episodes extend a run; anything else would mix two.
    fixed = sorted(key for key in wanted if key not in ("scenes", "episodes") and wanted[key] != kept[key])
    if wanted["episodes"]["per_unit"] != kept["episodes"]["per_unit"]:
        fixed.append("episodes.per_unit")
    if fixed:
        raise StorageError(
            f"{storage.url}: belongs to another recipe ({', '.join(fixed)} differ); "
            f"choose another --out, or put the recipe back as it was to resume"
        )
    if wanted != kept:
        storage.write("run.json", json.dumps({"version": 1, "recipe": wanted}, indent=1, sort_keys=True).encode())


def read_run(storage: Storage) -> Recipe:
    """The recipe that an output folder belongs to. Raises StorageError where there is none."""
    if not storage.exists("run.json"):
        raise StorageError(f"{storage.url}: no run.json; give the folder that `navfoundry generate --out` wrote")
    try:
        return parse_recipe_json(json.loads(storage.read("run.json"))["recipe"], f"{storage.url}/run.json")
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{storage.url}/run.json: damaged ({error}); restore it or choose another --out") from error


def written_shards(storage: Storage) -> list[Manifest]:
    """Manifests of the finished shards that hold episodes, by scene, storey and episode.

    Raises StorageError where there are none.
    """
    manifests = [manifest for unit in finished_units(storage) if (manifest := read_manifest(storage, unit)).written]
    if not manifests:
        raise StorageError(f"{storage.url}: no finished shards with episodes; see `navfoundry status {storage.url}`")
    return sorted(manifests, key=lambda made: _place(made.unit))


def list_scenes(recipe: Recipe) -> list[SceneTask]:
    """All scenes of the recipe, in its order. Raises RecipeError where none are found or one comes twice."""
    tasks = []
    for section in recipe.scenes:
        for ref in adapter(section.dataset).list(section):
            key = digest("survey", to_json(ref), section.root, section.options, _survey_settings(recipe))
            name = f"{safe_name(ref.dataset)}-{safe_name(ref.name)}-{key[:12]}"
            tasks.append(SceneTask(name, ref, section))
    if not tasks:
        raise RecipeError("the recipe's [[scenes]] list no scene; look with `navfoundry scenes list`")
    twice = [name for name, count in Counter((t.ref.dataset, t.ref.name) for t in tasks).items() if count > 1]
    if twice:
        raise RecipeError(f"scene {twice[0][0]}/{twice[0][1]} is listed twice; narrow `select` in [[scenes]]")
    return tasks


def load_scene(ref: SceneRef, section: Scenes) -> Scene:
    """Load one scene through its adapter. Raises SceneError."""
    return adapter(ref.dataset).load(ref, section)


def survey_name(task: SceneTask) -> str:
    """Where a scene's survey is kept."""
    return f"surveys/{task.id}.json"


def survey_scene(task: SceneTask, recipe: Recipe, storage: Storage) -> UnitReport:
    """Load a scene once, find its storeys and their free area, and keep that. Raises SceneError."""
    scene = load_scene(task.ref, task.scenes)
    areas = free_areas(scene, recipe)
    survey = Survey(
        task.ref,
        scene.digest,
        len(scene.mesh.triangles),
        len(scene.instances),
        storeys_of(scene),
        areas,
        scene.notes,
    )
    storage.write(survey_name(task), json.dumps(to_json(survey), indent=1, sort_keys=True).encode())
    return UnitReport(task.id, 0, 0, {}, 0, 0, 0, {})


def free_areas(scene: Scene, recipe: Recipe) -> tuple[float, ...]:
    """What the recipe's smallest robot can reach of each storey, m².

    Raises SceneError where no storey has MIN_AREA, with what the adapter noted: often something is missing.
    """
    body, settings = bodies(recipe.robot)[0], recipe.navigation
    maps = [build_map(scene, storey, body, settings.resolution, settings.max_cells) for storey in storeys_of(scene)]
    areas = tuple(0.0 if isinstance(made, Rejected) else round(made.area, 2) for made in maps)
    if not any(area >= MIN_AREA for area in areas):
        noted = f". Its adapter noted: {'; '.join(scene.notes)}" if scene.notes else ""
        raise SceneError(
            f"{scene.ref.dataset}/{scene.ref.name}: no storey with {MIN_AREA} m² for a robot of radius {body.radius} m "
            f"({len(areas)} storeys found, areas {list(areas)} m²); "
            f"check its up axis, its unit and that no file of it is missing with `navfoundry scenes show`{noted}"
        )
    return areas


def read_survey(storage: Storage, task: SceneTask) -> Survey:
    """A survey kept by `survey_scene`. Raises StorageError where it is damaged."""
    try:
        return from_json(Survey, json.loads(storage.read(survey_name(task))))
    except ValueError as error:
        raise StorageError(
            f"{storage.url}/{survey_name(task)}: damaged ({error}); delete it, the next run makes it again"
        ) from error


def units_of(recipe: Recipe, task: SceneTask, survey: Survey) -> list[ShardTask]:
    """The units of one scene: its storeys' episodes, `per_unit` at a time."""
    tasks = []
    for storey, area in zip(survey.storeys, survey.areas, strict=True):
        if area < MIN_AREA:
            continue
        for first in range(0, recipe.episodes.per_storey, recipe.episodes.per_unit):
            count = min(recipe.episodes.per_unit, recipe.episodes.per_storey - first)
            unit = make_unit(survey.scene, survey.digest, storey.index, first, count, recipe.data_digest(), recipe.seed)
            tasks.append(ShardTask(unit.id, unit, task.scenes))
    return tasks


def versions() -> dict[str, str]:
    """Versions of what decides the bytes of a shard."""
    names = (
        "navfoundry",
        "numpy",
        "scipy",
        "numba",
        "opencv-python-headless",
        "simplejpeg",
        "deflate",
        "pyarrow",
        "open3d",
    )
    return {name: version(name) for name in names}


def _place(unit: Unit) -> tuple[str, str, int, int, str]:
    return unit.scene.dataset, unit.scene.name, unit.storey, unit.first, unit.id


def _survey_settings(recipe: Recipe) -> list[object]:
    body = bodies(recipe.robot)[0]
    return [to_json(body), recipe.navigation.resolution, recipe.navigation.max_cells]
