"""Small complete runs for tests: one procedural home, a tiny camera, the ray caster."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

RECIPE = """
name = "tiny"
seed = 3

[[scenes]]
dataset = "procedural"
options = { first_seed = 1, count = 1, kind = "small" }

[episodes]
per_storey = 6
per_unit = 2

[camera]
name = "thumb"
width = 96
height = 72
fx = 60.0
fy = 58.0
cx = 46.0
cy = 37.5

[navigation]
distance = [1.0, 5.0]
spacing = 0.0625

[rendering]
renderer = "raycast"

[quality]
min_instances = 0
min_categories = 0
min_entropy = 0
max_near_surface = 1
min_references = 0

[engine]
executor = "inline"
"""


def write_recipe(folder: Path, text: str = RECIPE) -> Path:
    """The recipe as a file in `folder`."""
    path = folder / "tiny.toml"
    path.write_text(text)
    return path


def navfoundry(*arguments: str | Path, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    return subprocess.run(command(*arguments), cwd=ROOT, text=True, capture_output=True, timeout=timeout, check=False)


def command(*arguments: str | Path) -> list[str]:
    """The command's words."""
    return [sys.executable, "-c", "from pipelines.command_line import main; main()", *map(str, arguments)]


def fingerprints(out: Path) -> dict[str, str]:
    """SHA-256 of every file of every shard under `out`."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((out / "shards").iterdir())}


def as_root() -> bool:
    """Whether permissions do not bind this process."""
    return os.geteuid() == 0
