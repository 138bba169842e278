"""`navfoundry export lerobot`: a run's shards → one LeRobot dataset, format v3.0.

A shard is a piece of work, on Ray or in this process, and makes one data file and one file of episodes. The numbers
of its episodes, frames and texts follow from the tables of the shards before it, so all can be made at once. A
shard is done when its file of episodes is there; the dataset is there when its info.json is, which is written last.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from factory.engine import Event, RunSummary, UnitReport, run
from factory.shards import Sample, read_shard, read_table
from factory.storage import Storage, open_storage
from pipelines import lerobot_dialect as dialect
from pipelines.internnav_dialect import encode_json
from pipelines.lerobot_stats import Stats, episode_stats, flat, together, unflat
from pipelines.runs import read_run, written_shards
from schemas.errors import RecipeError
from schemas.identity import canonical_json, digest
from schemas.jsonable import to_json
from schemas.recipe import Engine

_PLAN = "plan.json"


@dataclass(frozen=True)
class ShardTask:
    """One shard: its number, and the numbers of its first episode, frame and clip in the dataset.

    tasks : the number of each of its episodes' task
    """

    id: str
    number: int
    episode: int
    frame: int
    clip: int
    tasks: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """The whole dataset before any of it is made. texts : its tasks, by number."""

    layout: dialect.Layout
    shards: tuple[ShardTask, ...]
    texts: tuple[str, ...]
    key: str


def export_lerobot(shards: str, out: str, engine: Engine, on_event: Callable[[Event], None]) -> RunSummary[UnitReport]:
    """Export a run's shards into the dataset `out`, a folder or URL; resumes what is there.

    Raises StorageError where `shards` is no run, RecipeError where `out` holds something else.
    """
    source, target, state = (open_storage(url) for url in (shards, out, f"{out.rstrip('/')}.export"))
    read_run(source)
    plan = make_plan(source)
    _claim(target, state, plan)
    finished = {task.id for task in plan.shards if target.exists(dialect.episodes_file(task.number))}
    work = partial(export_shard, shards, out, plan.layout)
    summary = run(plan.shards, work, engine, state, on_event, finished, "shard")
    if not summary.quarantined and (summary.done or not target.exists(dialect.INFO)):
        _finish(target, plan)
    return summary


def make_plan(source: Storage) -> Plan:
    """Number everything. Shards go by scene, storey and episode. Raises StorageError where there are none."""
    manifests = written_shards(source)
    texts: dict[str, int] = {}
    tasks = []
    episode = frame = clip = 0
    for number, manifest in enumerate(manifests):
        rows = [row for row in read_table(source, manifest.unit.id) if row["outcome"] == "written"]
        numbers = tuple(texts.setdefault(row["instruction"] or "", len(texts)) for row in rows)
        tasks.append(ShardTask(manifest.unit.id, number, episode, frame, clip, numbers))
        episode += len(rows)
        frame += sum(row["frames"] for row in rows)
        clip += sum(row["clips"] for row in rows)
    layout = _layout(next(read_shard(source, tasks[0].id)))
    key = digest("lerobot", [manifest.sha256 for manifest in manifests], to_json(layout))
    return Plan(layout, tuple(tasks), tuple(texts), key)


def export_shard(shards: str, out: str, layout: dialect.Layout, task: ShardTask) -> Iterator[UnitReport]:
    """Write one shard's two files; one episode is in memory at a time. Yields how far it is after each."""
    source, target = open_storage(shards), open_storage(out)
    lines: list[dialect.Line] = []
    frame, clip = task.frame, task.clip
    with tempfile.TemporaryDirectory(prefix="navfoundry-") as scratch:
        path = Path(scratch) / "data.parquet"
        with _writer(path, layout) as writer:
            for i, sample in enumerate(read_shard(source, task.id)):
                _require(sample, layout)
                place = dialect.Place(task.episode + i, frame, clip, task.tasks[i])
                columns = dialect.columns(sample, layout, place)
                writer.write_table(dialect.table(sample, layout, columns))
                lines.append(
                    dialect.episode_line(sample.record, task.number, place)
                    | flat(episode_stats(sample, columns, layout.mounts))
                )
                frame, clip = frame + sample.record.frames, clip + len(sample.record.clips)
                yield _report(task, len(lines), frame - task.frame, 0)
        size = path.stat().st_size
        target.upload(path, dialect.data_file(task.number))
    target.write(dialect.episodes_file(task.number), dialect.encode_episodes(lines))
    yield _report(task, len(lines), frame - task.frame, size)


def _claim(target: Storage, state: Storage, plan: Plan) -> None:
    """Note whose dataset this is. All of its numbers hang together, so other shards make another dataset."""
    note = canonical_json({"plan": plan.key})
    if state.exists(_PLAN):
        if state.read(_PLAN) != note:
            raise RecipeError(
                f"{target.url}: holds the export of other shards, and episodes are numbered over all of them; "
                f"delete it and {state.url}, or choose another --out"
            )
    elif target.names():
        raise RecipeError(f"{target.url}: is there already and not of an export; choose another --out")
    state.write(_PLAN, note)


def _finish(target: Storage, plan: Plan) -> None:
    """The meta files of the whole, from the files of episodes."""
    total: dict[str, Stats] = {}
    clips: list[str] = []
    episodes = frames = 0
    for task in plan.shards:
        for line in dialect.decode_episodes(target.read(dialect.episodes_file(task.number))):
            for name, stats in unflat(line).items():
                total[name] = together(total[name], stats) if name in total else stats
            clips += line["subtasks"]
            episodes, frames = episodes + 1, frames + line["length"]
    lists = {name: {key: value.tolist() for key, value in stats.items()} for name, stats in total.items()}
    target.write(dialect.STATS, encode_json(lists))
    target.write(dialect.TASKS, dialect.encode_texts(plan.texts, "task"))
    target.write(dialect.SUBTASKS, dialect.encode_texts(clips, "subtask"))
    target.write(dialect.INFO, encode_json(dialect.info(plan.layout, episodes, frames, len(plan.texts))))


def _layout(sample: Sample) -> dialect.Layout:
    """Frames stand at equal distances, not times: the rate is the first episode's mean one."""
    record, seconds = sample.record, float(sample.arrays["times"][-1])
    fps = max(1, round((record.frames - 1) / seconds)) if seconds > 0 else 1
    return dialect.Layout(record.camera.width, record.camera.height, fps, dialect.mounts(record))


def _require(sample: Sample, layout: dialect.Layout) -> None:
    camera, mounts = sample.record.camera, dialect.mounts(sample.record)
    if (camera.width, camera.height, mounts) != (layout.width, layout.height, layout.mounts):
        raise RecipeError(
            f"{sample.key}: images of {camera.width}×{camera.height} pixels from mounts {list(mounts)}, those before "
            f"were of {layout.width}×{layout.height} from {list(layout.mounts)}; a LeRobot dataset has "
            "the same cameras throughout: export the runs apart"
        )


def _writer(path: Path, layout: dialect.Layout) -> pq.ParquetWriter:
    """Images are compressed already; what else there is of a frame is small."""
    scalars = list(dialect.SCALARS)
    return pq.ParquetWriter(
        path, dialect.schema(layout), compression=dict.fromkeys(scalars, "SNAPPY"), use_dictionary=scalars
    )


def _report(task: ShardTask, written: int, frames: int, size: int) -> UnitReport:
    return UnitReport(task.id, written, written, {}, 0, frames, size, {}, len(task.tasks))
