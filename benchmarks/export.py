"""Exports beside a plain copy of the bytes they wrote, and windows read from shards beside the exported folders.

Frames have 480 × 270 pixels, ray cast in a room of boxes. An export and its copy both end in the system's cache, and
once more on the disk, each with one call that waits for it. The folders are read as InternNav's loader reads them:
a Parquet table and the cloud by Open3D for each window, images by Pillow, resized by OpenCV. Both draw 50 windows
an episode, which is what that loader counts as an epoch. All in one process.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import Row, compare, median_seconds, report
from factory.navigation import decode_map
from factory.shards import finished_units, read_shard
from factory.storage import open_storage
from pipelines.internnav_export import Selection, export_internnav
from pipelines.lerobot_export import export_lerobot
from schemas.cameras import preset
from schemas.recipe import Engine
from tests.exports import make_run
from tests.pipelines import internnav_loader as loader
from trainer.obstacles import obstacle_points
from trainer.reading import read_windows
from trainer.windows import Choice, Obstacles, draw_choice

EPISODES, FRAMES = 3, 100
WINDOWS = 150
RUNS = 3
INLINE = Engine(executor="inline")


def main() -> None:
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shards = make_run(folder / "run", EPISODES, frames=FRAMES, spacing=0.04, camera=preset("d435i"))
        rows = [
            *_exports(folder, "export internnav", lambda: _internnav(shards, folder)),
            *_exports(folder, "export lerobot", lambda: _lerobot(shards, folder)),
        ]
        _internnav(shards, folder)
        generator = np.random.default_rng(0)
        choices = [draw_choice(FRAMES, generator) for _ in range(WINDOWS)]
        seconds = median_seconds(
            {"ours": lambda: _read_shards(shards, choices), "theirs": lambda: _read_folders(folder / "root", choices)},
            RUNS,
            time.process_time,
        )
        ours, theirs = (WINDOWS / seconds[name] for name in ("ours", "theirs"))
        rows.append(compare("windows", ours, "windows/CPU s", "exported folders, Pillow and OpenCV", theirs))
    report("export", rows)


def _exports(folder: Path, name: str, export: Callable[[], object]) -> list[Row]:
    """Frames a second of an export and of a copy of what it wrote, into the cache and onto the disk."""
    rows = []
    for place, steps in (("", ()), (", on disk", (os.sync,))):
        work = {"export": partial(_in_turn, export, *steps), "copy": partial(_in_turn, partial(_copy, folder), *steps)}
        seconds = median_seconds(work, RUNS)
        ours, copied = (EPISODES * FRAMES / seconds[which] for which in ("export", "copy"))
        rows.append(compare(name + place, ours, "frames/s", "plain copy of the same bytes", copied))
    return rows


def _in_turn(*steps: Callable[[], object]) -> None:
    for step in steps:
        step()


def _internnav(shards: str, folder: Path) -> None:
    _clear(folder)
    export_internnav(shards, str(folder / "root"), Selection(), INLINE, lambda event: None)


def _lerobot(shards: str, folder: Path) -> None:
    _clear(folder)
    export_lerobot(shards, str(folder / "root"), INLINE, lambda event: None)


def _clear(folder: Path) -> None:
    for name in ("root", "root.export"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _copy(folder: Path) -> None:
    shutil.rmtree(folder / "copy", ignore_errors=True)
    shutil.copytree(folder / "root", folder / "copy")


def _read_shards(shards: str, choices: list[Choice]) -> None:
    storage = open_storage(shards)
    (name,) = storage.names("maps/")
    obstacles = Obstacles(obstacle_points(decode_map(storage.read(name))))
    samples = [sample for unit in sorted(finished_units(storage)) for sample in read_shard(storage, unit)]
    for i, sample in enumerate(samples):
        for _ in read_windows(sample, obstacles, choices[i :: len(samples)]):
            pass


def _read_folders(root: Path, choices: list[Choice]) -> None:
    listed = loader.listing(root)
    for i, choice in enumerate(choices):
        loader.window(listed[i % len(listed)], choice)


if __name__ == "__main__":
    main()
