from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import psutil
import pytest

from factory.observe import machine
from factory.observe.machine import this_machine, versions
from schemas.jsonable import from_json, to_json


def test_this_machine_is_described_by_what_the_process_may_use() -> None:
    here = this_machine()
    assert here.cores == len(os.sched_getaffinity(0))
    assert 0 < here.memory_gb <= psutil.virtual_memory().total / 1e9 + 0.1
    assert here.cpu and here.versions["numpy"] == np.__version__
    assert f"{here.cores} cores" in str(here) and here.python in str(here)


def test_a_description_survives_json() -> None:
    here = this_machine()
    assert from_json(machine.Machine, json.loads(json.dumps(to_json(here)))) == here


def test_packages_that_are_absent_are_left_out() -> None:
    assert versions(("numpy", "no-such-package")) == {"numpy": np.__version__}


def test_a_container_limit_counts_as_the_memory(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    total = psutil.virtual_memory().total
    for text, expected in (("1000000000\n", 1_000_000_000), ("max\n", total), (f"{total * 2}\n", total)):
        limit.write_text(text)
        assert machine._memory_bytes(limit) == expected
    assert machine._memory_bytes(tmp_path / "absent") == total


def test_gpus_are_listed_by_the_driver_and_a_broken_driver_means_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA A100, 40960 MiB'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert this_machine().gpus == ("NVIDIA A100, 40960 MiB",)
    tool.write_text("#!/bin/sh\nexit 9\n")
    assert this_machine().gpus == () and "no GPU" in str(this_machine())
