"""`navfoundry import internnav`: folders of the vln_n1 dialect → shards, losing nothing that the dialect holds.

A scene folder is a piece of work and becomes one unit. Colour images are kept byte for byte, depth value for value
(in tenths of millimetres), poses as they are. What the dialect has no place for is taken from our own side file,
where there is one; instance masks are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from factory.engine import Event, RunSummary, UnitReport, run, scratch_folder
from factory.shards import ShardWriter, finished_units
from factory.storage import open_storage
from pipelines import internnav_dialect as dialect
from pipelines.internnav_check import check_scene
from pipelines.internnav_episode import Origin, episodes, obstacle_tree, origin_of, sample_of
from pipelines.internnav_rules import RULES
from pipelines.runs import claim, versions
from schemas.errors import ShardError
from schemas.identity import digest
from schemas.manifests import Unit, make_unit
from schemas.recipe import Engine, Recipe, Scenes

# Rules that data may break and still be read for what it is.
_TOLERATED = {
    "spacing", "short-walk", "navigable-color", "critic", "texts", "info", "depth-units", "depth-on-cloud",
}  # fmt: skip


@dataclass(frozen=True)
class FolderTask:
    """Import one scene folder, `where` below the root, as `unit`."""

    id: str
    where: str
    unit: Unit
    origin: Origin


def import_internnav(root: str, out: str, engine: Engine, on_event: Callable[[Event], None]) -> RunSummary[UnitReport]:
    """Import all scene folders below `root` into the run folder `out`; resumes what is there.

    A folder that breaks a rule of the dialect is quarantined. Raises StorageError where either cannot be used.
    """
    storage = open_storage(out)
    recipe = Recipe(name="internnav", scenes=(Scenes(dataset="files", root=root),))
    claim(storage, recipe)
    tasks = folder_tasks(Path(root), recipe)
    work = partial(import_folder, root, out)
    return run(tasks, work, engine, storage, on_event, finished_units(storage), "scene")


def folder_tasks(root: Path, recipe: Recipe) -> list[FolderTask]:
    """The scene folders in the order of names; those of one scene and storey are numbered on.

    Raises ShardError for a folder without our side file whose tables or cloud cannot be read.
    """
    tasks: list[FolderTask] = []
    ends: dict[tuple[str, int], int] = {}
    for folder in sorted(path for path in root.glob("*/*") if path.is_dir()):
        count = len(list((folder / dialect.DATA).glob("*.parquet")))
        if not count:
            continue
        where = folder.relative_to(root).as_posix()
        try:
            origin = origin_of(folder)
        except (ShardError, OSError) as error:
            raise ShardError(f"{folder}: {error}; `navfoundry check internnav {root}` tells all") from error
        key = (f"{origin.scene.dataset}/{origin.scene.name}", origin.storey)
        first = ends.get(key, 0)
        ends[key] = first + count
        content = digest(recipe.data_digest(), where, (folder / dialect.STATS).read_bytes())
        unit = make_unit(origin.scene, origin.scene_digest, origin.storey, first, count, content, origin.seed)
        tasks.append(FolderTask(unit.id, where, unit, origin))
    return tasks


def import_folder(root: str, out: str, task: FolderTask) -> Iterator[UnitReport]:
    """Write one scene folder as a shard. Yields how far it is after each episode."""
    storage, folder = open_storage(out), Path(root) / task.where
    _require_readable(folder, task.where)
    obstacles = obstacle_tree(folder)
    written = frames = 0
    with scratch_folder() as scratch, ShardWriter(task.unit, scratch) as writer:
        for i, episode in enumerate(episodes(folder, task.origin)):
            captioned, record = sample_of(episode, task.unit.first + i, task.origin, obstacles, task.unit)
            writer.append(captioned, record)
            if not written:
                storage.write(dialect.cloud_name(record), (folder / dialect.CLOUD).read_bytes())
            written, frames = written + 1, frames + record.frames
            yield UnitReport(task.id, written, written, {}, 0, frames, 0, {}, task.unit.count)
        manifest = writer.commit(storage, versions())
    size = sum(entry.size for entry in manifest.files)
    yield UnitReport(task.id, written, written, {}, 0, frames, size, {}, task.unit.count)


def _require_readable(folder: Path, where: str) -> None:
    """Raise ShardError with what is wrong in a folder whose episodes cannot be told apart or read."""
    fatal = [finding for finding in check_scene(folder, where) if finding.rule not in _TOLERATED]
    if fatal:
        remedy = RULES[fatal[0].rule].remedy
        raise ShardError(f"{fatal[0].path}: {fatal[0].rule}: {fatal[0].problem}; {remedy}")
