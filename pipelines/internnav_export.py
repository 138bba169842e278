"""`navfoundry export internnav`: shards → folders that InternNav's `NavDP_Base_Datset` loads as they are.

A scene is a piece of work, on Ray or in this process. Its folders grow beside ROOT, in ROOT.export, and are moved
into ROOT when they are whole; nothing but scene folders is ever in ROOT, for the loader takes whatever is there.
What is done is a note a scene in ROOT.export/done, so the same command goes on where it stopped.
"""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from factory.engine import Event, RunSummary, UnitReport, run
from factory.navigation import decode_map, map_key
from factory.shards import Sample, camera_names, read_shard, through
from factory.storage import Storage, open_storage
from factory.storage.parquet import read_parquet
from pipelines import internnav_dialect as dialect
from pipelines.internnav_cloud import encode_cloud, scene_cloud
from pipelines.internnav_folder import WRITERS, SceneFolder
from pipelines.runs import read_run, written_shards
from schemas.errors import RecipeError, ShardError, StorageError
from schemas.identity import digest, safe_name
from schemas.jsonable import to_json
from schemas.recipe import Engine, Recipe
from schemas.records import Record
from schemas.robots import Body
from trainer.obstacles import navigable_points, obstacle_points


@dataclass(frozen=True)
class Selection:
    """What to export.

    camera : name of the camera to look through, as of `camera_names`, and only episodes that have it; None for the
        first of each
    episodes : at most so many a scene
    """

    camera: str | None = None
    episodes: int | None = None


@dataclass(frozen=True)
class SceneTask:
    """Export one scene. `id` changes with the shards' bytes and the selection; units in order of storey and episode."""

    id: str
    dataset: str
    name: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class _Key:
    """Episodes of one key share a folder: camera, storey and what decides the obstacles."""

    camera: str
    storey: int
    body: Body


def export_internnav(
    shards: str, root: str, selection: Selection, engine: Engine, on_event: Callable[[Event], None]
) -> RunSummary[UnitReport]:
    """Export a run's shards into the folder `root`; resumes what is there.

    Raises StorageError where `shards` is no run or `root` no folder that can be written, RecipeError for a camera
    that is not there.
    """
    source = open_storage(shards)
    recipe = read_run(source)
    tasks = scene_tasks(source, selection)
    _require_camera(source, tasks, selection)
    state = _claim(Path(root))
    finished = {task.id for task in tasks if _is_done(state, Path(root), task)}
    work = partial(export_scene, recipe, shards, root, selection)
    return run(tasks, work, engine, state, on_event, finished, "scene")


def scene_tasks(source: Storage, selection: Selection) -> list[SceneTask]:
    """The scenes that have written episodes, by dataset and name. Raises StorageError where there are none."""
    tasks = []
    of_scene = itertools.groupby(written_shards(source), lambda made: (made.unit.scene.dataset, made.unit.scene.name))
    for (dataset, name), group in of_scene:
        manifests = list(group)
        key = digest("internnav", [manifest.sha256 for manifest in manifests], to_json(selection))
        units = tuple(manifest.unit.id for manifest in manifests)
        tasks.append(SceneTask(f"{safe_name(dataset)}-{safe_name(name)}-{key[:12]}", dataset, name, units))
    return tasks


def export_scene(recipe: Recipe, shards: str, root: str, selection: Selection, task: SceneTask) -> Iterator[UnitReport]:
    """Write all folders of one scene. Yields how far it is after each episode."""
    source, state = open_storage(shards), open_storage(str(_state_folder(Path(root))))
    growing = Path(state.root) / "growing"
    growing.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=growing) as scratch, ThreadPoolExecutor(WRITERS) as writers:
        folders: dict[_Key, SceneFolder] = {}
        records: dict[_Key, Record] = {}
        digits = dialect.frame_digits(_longest(source, task))
        written = 0
        for sample in _selected(source, task, selection):
            key = _Key(sample.record.camera.name, sample.record.storey, sample.record.robot.body)
            if key not in folders:
                folders[key] = SceneFolder(Path(scratch) / str(len(folders)), digits, writers)
                records[key] = sample.record
            folders[key].add(sample)
            written += 1
            yield _report(task, written, folders)
        for key, folder in folders.items():
            folder.close(_cloud(source, recipe, records[key]))
        names = _names(list(folders), task)
        _note(state, task, names, Path(scratch), whole=False)
        _retire(state, Path(root), task, names, Path(scratch))
        for i, name in enumerate(names):
            _publish(Path(scratch) / str(i), Path(root) / name, Path(scratch))
        _note(state, task, names, Path(scratch), whole=True)
    yield _report(task, written, folders)


def _require_camera(source: Storage, tasks: list[SceneTask], selection: Selection) -> None:
    """Raise RecipeError where no shard has the camera. All episodes of a shard have the same ones."""
    names: set[str] = set()
    for unit in (unit for task in tasks for unit in task.units):
        if selection.camera is None or selection.camera in names:
            return
        names |= set(camera_names(next(read_shard(source, unit)).record))
    if selection.camera not in names:
        raise RecipeError(f"--camera {selection.camera}: no episode has it; there are {', '.join(sorted(names))}")


def _claim(root: Path) -> Storage:
    """ROOT and the folder beside it that holds the state; halves of an earlier run are removed."""
    state = _state_folder(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(state / "growing", ignore_errors=True)
        (state / "done").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"--out {root}: cannot be made or written ({error.strerror}); give another folder"
        ) from error
    return open_storage(str(state))


def _state_folder(root: Path) -> Path:
    absolute = root.absolute()
    return absolute.with_name(f"{absolute.name}.export")


def _is_done(state: Storage, root: Path, task: SceneTask) -> bool:
    folders, whole = _read_note(state, f"done/{task.id}.json")
    return whole and all((root / name / dialect.STATS).exists() for name in folders)


def _longest(source: Storage, task: SceneTask) -> int:
    """Frames of the scene's longest episode, from the shards' tables."""
    tables = (source.read(f"shards/{unit}.parquet") for unit in task.units)
    frames = (read_parquet(table, ["frames"])["frames"].to_pylist() for table in tables)
    return max(int(count) for column in frames for count in column if count is not None)


def _selected(source: Storage, task: SceneTask, selection: Selection) -> Iterator[Sample]:
    """The scene's samples that are wanted. A shard is read to its end, where its digest is compared."""
    taken = 0
    for unit in task.units:
        if selection.episodes is not None and taken >= selection.episodes:
            return
        for sample in read_shard(source, unit):
            wanted = selection.camera in (None, *camera_names(sample.record))
            if wanted and (selection.episodes is None or taken < selection.episodes):
                taken += 1
                yield through(sample, selection.camera)


def _cloud(source: Storage, recipe: Recipe, record: Record) -> bytes:
    """The coloured cloud from the map that the episodes of `record`'s body were planned on, or as it was imported."""
    if source.exists(dialect.cloud_name(record)):
        return source.read(dialect.cloud_name(record))
    settings = recipe.navigation
    key = map_key(record.scene_digest, record.storey, record.robot.body, settings.resolution, settings.max_cells)
    name = f"maps/{key}.npz"
    if not source.exists(name):
        raise ShardError(
            f"{source.url}/{name}: the map of scene {record.scene.name}, storey {record.storey} is missing, and the "
            "obstacles come from it; restore the run's maps folder"
        )
    navigation = decode_map(source.read(name))
    obstacles = obstacle_points(navigation)
    return encode_cloud(scene_cloud(obstacles, navigable_points(navigation), record.floor_z))


def _names(keys: list[_Key], task: SceneTask) -> list[str]:
    """Where each folder goes: <dataset>_<camera>/<scene>, with storey and body in the name where they differ."""
    names = []
    for key in keys:
        beside = [other for other in keys if other.camera == key.camera]
        parts = [safe_name(task.name)]
        if len({other.storey for other in beside}) > 1:
            parts.append(f"s{key.storey:02d}")
        if len({other.body.height for other in beside}) > 1:
            parts.append(f"h{round(100 * key.body.height):03d}")
        if len({other.body.radius for other in beside}) > 1:
            parts.append(f"r{round(100 * key.body.radius):03d}")
        names.append(f"{safe_name(task.dataset)}_{safe_name(key.camera)}/{'_'.join(parts)}")
    if len(set(names)) < len(names):
        raise ShardError(
            f"scene {task.name}: its robots' bodies differ by less than 1 cm, or not in radius and height, so that "
            "their folders would have one name; export their runs apart"
        )
    return names


def _note(state: Storage, task: SceneTask, names: list[str], scratch: Path, whole: bool) -> None:
    """Note it as one file, but do not wait for the disk: nobody waits for the images that the note speaks of."""
    note = scratch / "note.json"
    note.write_text(json.dumps({"folders": names, "whole": whole}))
    note.replace(Path(state.root) / "done" / f"{task.id}.json")


def _read_note(state: Storage, note: str) -> tuple[list[str], bool]:
    """A scene's folders, and whether all are in their place; nothing where there is no note, or a damaged one."""
    try:
        content = json.loads(state.read(note)) if state.exists(note) else {}
        return [str(name) for name in content["folders"]], content["whole"] is True
    except (ValueError, KeyError, TypeError):
        return [], False


def _retire(state: Storage, root: Path, task: SceneTask, names: list[str], scratch: Path) -> None:
    """Take away the scene's folders that an export of other shards or another selection left under other names."""
    own = f"done/{task.id}.json"
    for note in state.names(own.removesuffix(f"{task.id[-12:]}.json")):
        if note != own:
            for i, name in enumerate(_read_note(state, note)[0]):
                if name not in names and (root / name / dialect.PROVENANCE).exists():
                    (root / name).rename(scratch / f"{Path(note).stem}.{i}")
            state.delete(note)


def _publish(made: Path, target: Path, scratch: Path) -> None:
    """Move a whole folder to its place, and aside what an earlier export left there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        if not (target / dialect.PROVENANCE).exists():
            raise RecipeError(f"{target}: is there already and not of an export; choose another --out")
        target.rename(scratch / f"{made.name}.before")
    made.rename(target)


def _report(task: SceneTask, written: int, folders: dict[_Key, SceneFolder]) -> UnitReport:
    frames = sum(folder.frames for folder in folders.values())
    size = sum(folder.bytes for folder in folders.values())
    return UnitReport(task.id, written, written, {}, 0, frames, size, {})
