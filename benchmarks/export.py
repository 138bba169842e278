"""The vln_n1 export beside a plain copy of its bytes, and windows read from shards beside the exported folders.

Frames have 480 × 270 pixels, ray cast in a room of boxes. The folders are read as InternNav's loader reads them:
a Parquet table and the cloud by Open3D for each window, images by Pillow, resized by OpenCV. Both draw 50 windows
an episode, which is what that loader counts as an epoch. All in one process.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import compare, median_seconds, report
from factory.navigation import decode_map
from factory.shards import finished_units, read_shard
from factory.storage import open_storage
from pipelines.internnav_export import Selection, export_internnav
from schemas.cameras import preset
from schemas.recipe import Engine
from tests.exports import make_run
from tests.pipelines import internnav_loader as loader
from trainer.obstacles import obstacle_points
from trainer.reading import read_windows
from trainer.windows import Choice, Obstacles, draw_choice

EPISODES, FRAMES = 2, 100
WINDOWS = 100
RUNS = 3


def main() -> None:
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shards = make_run(folder / "run", EPISODES, frames=FRAMES, spacing=0.04, camera=preset("d435i"))
        seconds = median_seconds({"export": lambda: _export(shards, folder), "copy": lambda: _copy(folder)}, RUNS)
        rate = {name: EPISODES * FRAMES / value for name, value in seconds.items()}
        rows = [compare("export", rate["export"], "frames/s", "plain copy of the same bytes", rate["copy"])]
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


def _export(shards: str, folder: Path) -> None:
    for name in ("root", "root.export"):
        shutil.rmtree(folder / name, ignore_errors=True)
    export_internnav(shards, str(folder / "root"), Selection(), Engine(executor="inline"), lambda event: None)


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
