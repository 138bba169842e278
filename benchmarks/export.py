"""Exports beside a plain copy of the bytes they wrote, and windows read from shards beside the exported folders.

Four furnished procedural homes with up to eight walks each, ray cast at 480 × 270 pixels, once with depth in
millimetres and once in the dialect's tenths of them. An export and its copy both end in the system's cache, and once
more on the disk, each with one call that waits for it. An export is one process; a thread of its own hashes what is
read, and two pack millimetres anew. The copy is `cp -r`, one thread and the fastest plain copy there is: Python's own
is beside it. The folders are read as InternNav's loader reads them: a Parquet table and the cloud by Open3D for each
window, images by Pillow, resized by OpenCV. All in one process.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import Row, compare, median_seconds, report
from factory.engine import RunSummary, UnitReport, add_up
from factory.navigation import decode_map, map_key
from factory.shards import finished_units, read_shard
from factory.storage import open_storage
from pipelines.internnav_export import Selection, export_internnav
from pipelines.lerobot_export import export_lerobot
from pipelines.vln_n1 import generate
from schemas.recipe import Engine, Recipe, parse_recipe
from tests.pipelines import internnav_loader as loader
from trainer.obstacles import obstacle_points
from trainer.reading import read_windows
from trainer.windows import Choice, Obstacles, draw_choice

RECIPE = """
name = "homes"
seed = 7

[[scenes]]
dataset = "procedural"
options = {{ first_seed = 1, count = 4, kind = "flat" }}

[episodes]
per_storey = 8
per_unit = 8

[camera]
preset = "d435i"

[navigation]
distance = [3.0, 8.0]
spacing = 0.0625

[rendering]
renderer = "raycast"
depth_scale = {depth_scale}

[engine]
executor = "inline"
"""
WINDOWS = 12  # an episode
RUNS = 5
SCALES = {"millimetres": 0.001, "tenths of a millimetre": 0.0001}
INLINE = Engine(executor="inline")


def main() -> None:
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows: list[Row] = []
        for unit, scale in SCALES.items():
            recipe = parse_recipe(RECIPE.format(depth_scale=scale), "homes")
            shards = str(folder / unit)
            generate(recipe, shards, lambda event: None)
            export = partial(_internnav, shards, folder)
            rows += _exports(folder, f"export internnav from {unit}", export)
            rows.append(_windows(f"windows from {unit}", recipe, shards, folder))
        rows += _exports(folder, "export lerobot", lambda: _lerobot(str(folder / "millimetres"), folder))
    report("export", rows)


def _exports(folder: Path, name: str, export: Callable[[], RunSummary[UnitReport]]) -> list[Row]:
    """Frames a second of an export and of a copy of what it wrote: into the cache, onto the disk, and of a core."""
    rows = []
    frames = add_up(export().results.values()).frames
    ways = (
        ("", (), time.perf_counter, "frames/s"),
        (", on disk", (os.sync,), time.perf_counter, "frames/s"),
        (", processor time", (), _processor_time, "frames/CPU s"),
    )
    for way, steps, clock, unit in ways:
        jobs: dict[str, Callable[[], object]] = {
            "export": export,
            "cp": partial(_copy, folder),
            "copytree": partial(_copy_by_python, folder),
        }
        work = {job: partial(_in_turn, step, *steps) for job, step in jobs.items()}
        seconds = median_seconds(work, RUNS, clock)
        ours, copied, slower = (frames / seconds[job] for job in jobs)
        rows.append(compare(name + way, ours, unit, "cp -r of the same bytes", copied))
        rows.append(compare(name + way, ours, unit, "shutil.copytree of the same bytes", slower))
    return rows


def _windows(name: str, recipe: Recipe, shards: str, folder: Path) -> Row:
    """Windows a second of a core, from shards and from the folders that were exported of them."""
    _internnav(shards, folder)
    readers = {"ours": lambda: _read_shards(recipe, shards), "theirs": lambda: _read_folders(folder / "root")}
    seconds = median_seconds(readers, RUNS, time.process_time)
    windows = WINDOWS * len(loader.listing(folder / "root"))
    ours, theirs = (windows / seconds[reader] for reader in readers)
    return compare(name, ours, "windows/CPU s", "exported folders, Pillow and OpenCV", theirs)


def _processor_time() -> float:
    """Of this process and of those it waited for, seconds."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _in_turn(*steps: Callable[[], object]) -> None:
    for step in steps:
        step()


def _internnav(shards: str, folder: Path) -> RunSummary[UnitReport]:
    _put_aside(folder, "root", "root.export")
    return export_internnav(shards, str(folder / "root"), Selection(), INLINE, lambda event: None)


def _lerobot(shards: str, folder: Path) -> RunSummary[UnitReport]:
    _put_aside(folder, "root", "root.export")
    return export_lerobot(shards, str(folder / "root"), INLINE, lambda event: None)


def _copy(folder: Path) -> None:
    _put_aside(folder, "copy")
    subprocess.run(["cp", "-r", folder / "root", folder / "copy"], check=True)


def _copy_by_python(folder: Path) -> None:
    _put_aside(folder, "copy")
    shutil.copytree(folder / "root", folder / "copy")


def _put_aside(folder: Path, *names: str) -> None:
    """Out of the way, without the time that removing takes."""
    aside = Path(tempfile.mkdtemp(dir=folder))
    for name in names:
        if (folder / name).exists():
            (folder / name).rename(aside / name)


def _read_shards(recipe: Recipe, shards: str) -> None:
    storage = open_storage(shards)
    samples = [sample for unit in sorted(finished_units(storage)) for sample in read_shard(storage, unit)]
    obstacles: dict[str, Obstacles] = {}
    for sample in samples:
        record, settings = sample.record, recipe.navigation
        key = map_key(record.scene_digest, record.storey, record.robot.body, settings.resolution, settings.max_cells)
        if key not in obstacles:
            obstacles[key] = Obstacles(obstacle_points(decode_map(storage.read(f"maps/{key}.npz"))))
        for _ in read_windows(sample, obstacles[key], _choices(record.frames)):
            pass


def _read_folders(root: Path) -> None:
    for episode in loader.listing(root):
        for choice in _choices(len(episode.rgb)):
            loader.window(episode, choice)


def _choices(frames: int) -> list[Choice]:
    generator = np.random.default_rng(frames)
    return [draw_choice(frames, generator) for _ in range(WINDOWS)]


if __name__ == "__main__":
    main()
