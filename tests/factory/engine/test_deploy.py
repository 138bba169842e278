"""The files under deploy/, as far as they can be tried without Slurm and Kubernetes."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from schemas.recipe import Engine
from tests.runs import ROOT

SLURM = ROOT / "deploy" / "slurm.sh"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout with an environment, and stand-ins for Slurm's commands that tell how they were called."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").write_text(f'export PATH="{tmp_path}/bin:$PATH"\n')
    (tmp_path / "bin").mkdir()
    for name, body in {
        "python": 'exec python3 "$@"',
        "scontrol": 'echo "scontrol $*" >&2; printf "node7\\nnode8\\nnode9\\n"',
        "srun": 'echo "token ${#RAY_AUTH_TOKEN} $RAY_AUTH_MODE"; echo "srun $*"',
    }.items():
        script = tmp_path / "bin" / name
        script.write_text(f"#!/bin/bash\n{body}\n")
        script.chmod(0o755)
    return tmp_path


def submit(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SLURM_JOB_NODELIST": "node[7-9]", "SLURM_JOB_NUM_NODES": "3"}
    command = ["bash", str(SLURM), *arguments]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=60)


def test_the_slurm_script_starts_ray_on_all_nodes_and_generates_on_the_first(clone: Path) -> None:
    done = submit(clone, "recipes/demo.toml", "s3://bucket/run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "token 64 token",
        "srun ray symmetric-run --address node7:6379 --min-nodes 3 -- "
        "navfoundry generate recipes/demo.toml --out s3://bucket/run --address auto",
    ]
    assert done.stderr.splitlines() == ["scontrol show hostnames node[7-9]"]


def test_the_slurm_script_says_how_it_is_used(clone: Path) -> None:
    done = submit(clone, "recipes/demo.toml")
    assert done.returncode != 0 and "usage: sbatch deploy/slurm.sh RECIPE OUT" in done.stderr


def test_the_settings_that_the_page_names_are_those_of_a_recipe() -> None:
    page = (ROOT / "docs" / "cluster.md").read_text()
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+|retries|workers|deadline)`", page))
    assert named and named <= set(Engine.model_fields)
