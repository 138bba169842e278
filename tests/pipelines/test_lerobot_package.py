"""The export in the real `lerobot` package, which lives in an environment of its own; docs/lerobot.md says how.

Only the package itself can tell that its reader takes the files: what the other tests know of it is from its source.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from factory.shards import finished_units, read_shard
from factory.storage import open_storage
from pipelines import lerobot_dialect as dialect
from pipelines.lerobot_export import export_lerobot
from schemas.recipe import Engine
from tests import walks
from tests.exports import FRAMES, make_run

PYTHON = os.environ.get("NAVFOUNDRY_LEROBOT_PYTHON")
FRAME = FRAMES + 6  # of the second episode

READER = """
import json, sys
import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset

color = sys.argv[3]
whole = LeRobotDataset("local/export", root=sys.argv[1])
item = whole[int(sys.argv[2])]
ahead = {"action": [k / whole.fps for k in range(8)], color: [-1 / whole.fps, 0]}
window = LeRobotDataset("local/export", root=sys.argv[1], delta_timestamps=ahead)[len(whole) - 3]
second = LeRobotDataset("local/export", root=sys.argv[1], episodes=[1])
batch = next(iter(torch.utils.data.DataLoader(second, batch_size=5)))
print(json.dumps({
    "frames": len(whole), "episodes": whole.meta.total_episodes, "fps": whole.fps, "task": item["task"],
    "state": item["observation.state"].tolist(), "episode": item["episode_index"].item(),
    "images": {name: item[name].tolist() for name in item if name.startswith("observation.images.")},
    "window": list(window[color].shape), "padded": window["action_is_pad"].tolist(),
    "second": len(second), "batch": list(batch[color].shape), "tasks": batch["task"],
    "color_mean": whole.meta.stats[color]["mean"].shape,
}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="NAVFOUNDRY_LEROBOT_PYTHON names no Python that has lerobot")
@pytest.mark.parametrize("robot", [walks.ROBOT, walks.THREE_EYED], ids=["one camera", "three"])
def test_lerobot_reads_what_the_shards_hold(tmp_path, robot):
    shards = make_run(tmp_path / "run", robot=robot)
    export_lerobot(shards, str(tmp_path / "lerobot"), Engine(executor="inline"), lambda event: None)
    color_column = dialect.of_camera(dialect.RGB, robot.mounts[0].name if robot.mounts else "")
    said = _read(tmp_path / "lerobot", color_column)
    storage = open_storage(shards)
    samples = [sample for unit in sorted(finished_units(storage)) for sample in read_shard(storage, unit)]
    sample, frame = samples[1], FRAME - FRAMES
    assert (said["frames"], said["episodes"], said["episode"]) == (3 * FRAMES, 3, 1)
    assert said["fps"] == json.loads((tmp_path / "lerobot" / dialect.INFO).read_text())["fps"]
    assert said["task"] == "Walk to the wardrobe and stop."
    assert said["state"][:3] == pytest.approx(sample.arrays["positions"][frame], abs=1e-6)
    mounts = dialect.mounts(sample.record)
    assert len(said["images"]) == 2 * len(mounts)
    for mount in mounts:
        color = np.array(said["images"][dialect.of_camera(dialect.RGB, mount)]).transpose(1, 2, 0) * 255
        assert np.abs(color - sample.rgb(frame, mount)).max() <= 3  # two JPEG decoders round differently
        depth = np.array(said["images"][dialect.of_camera(dialect.DEPTH, mount)])[0]
        assert np.array_equal(depth, sample.depth_units(frame, mount))
    assert (said["window"], said["padded"]) == ([2, 3, 32, 48], [False] * 3 + [True] * 5)
    assert (said["second"], said["batch"], said["tasks"]) == (FRAMES, [5, 3, 32, 48], [said["task"]] * 5)
    assert said["color_mean"] == [3, 1, 1]


def _read(dataset: Path, color: str) -> dict[str, Any]:
    """What the package says of the dataset; without the network, and with caches of its own."""
    assert PYTHON
    environment = {"PATH": os.environ["PATH"], "HF_HUB_OFFLINE": "1", "HF_HOME": str(dataset.parent / "cache")}
    words = [PYTHON, "-c", READER, str(dataset), str(FRAME), color]
    run = subprocess.run(words, text=True, capture_output=True, env=environment, timeout=240, check=False)
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return answer
