from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from factory.observe.machine import gpus
from factory.rendering import devices
from factory.rendering.devices import device_for, faster, kept_at, seconds_a_frame, trial_room
from schemas.errors import TransientError
from tests.factory.rendering.test_blender import needs_blender
from tests.factory.rendering.views import LIMITS

GPU = replace(LIMITS, gpu="auto")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_without_a_gpu_in_the_limits_it_is_the_cpu_and_nothing_is_tried(tmp_path: Path, cache: Path) -> None:
    assert device_for(LIMITS, tmp_path, tmp_path / "log") == "CPU"
    assert not cache.exists()
    assert not (tmp_path / "log").exists()


def test_optix_is_taken_unless_cuda_is_a_tenth_faster() -> None:
    assert faster({"OPTIX": 1.0, "CUDA": 0.95}) == "OPTIX"
    assert faster({"OPTIX": 1.0, "CUDA": 0.85}) == "CUDA"
    assert faster({"CUDA": 3.0}) == "CUDA"
    with pytest.raises(TransientError, match="gpus_per_unit = 0"):
        faster({})


def test_what_was_tried_before_is_not_tried_again(tmp_path: Path) -> None:
    kept_at().parent.mkdir(parents=True)
    kept_at().write_text(json.dumps({"OPTIX": 2.0, "CUDA": 1.0}))
    assert device_for(GPU, tmp_path, tmp_path / "log") == "CUDA"
    assert not (tmp_path / "log").exists()


def test_the_trial_room_is_worth_a_gpu() -> None:
    room = trial_room()
    assert len(room.mesh.triangles) == 25 * 1280 + 12
    assert room.lights


@needs_blender
@pytest.mark.blender
def test_the_trial_is_timed_by_rendering_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "SAMPLES", 1)
    monkeypatch.setattr(devices, "FRAMES", 3)
    assert 0.01 < seconds_a_frame("CPU", LIMITS, tmp_path, tmp_path / "log") < 60
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("device-")] == []


@needs_blender
@pytest.mark.blender
@pytest.mark.skipif(bool(gpus()), reason="this machine has a GPU")
def test_a_gpu_that_is_not_there_is_told_and_not_replaced_by_the_cpu_without_a_word(tmp_path: Path) -> None:
    kept_at().parent.mkdir(parents=True)
    kept_at().write_text("{broken")
    with pytest.raises(TransientError, match="neither by OPTIX nor by CUDA"):
        device_for(GPU, tmp_path, tmp_path / "log")
    assert "no device that Blender can use by CUDA" in (tmp_path / "log").read_text()
    assert kept_at().read_text() == "{broken"
