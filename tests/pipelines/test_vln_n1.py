"""Whole runs: the bytes are the same whoever makes them, and however often the making is cut off."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import webdataset as wds

from factory.engine import Event
from factory.engine.events import Opened
from factory.shards import read_shard
from factory.storage import open_storage
from pipelines.inspection import status_text, verify_run
from pipelines.vln_n1 import generate
from schemas.errors import RecipeError
from schemas.recipe import load_recipe
from tests.captioning.scripted_server import Script, serving
from tests.pipelines.test_recaption import speaking
from tests.runs import RECIPE, ROOT, command, fingerprints, navfoundry, write_recipe


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished run, made inline in this process."""
    folder = tmp_path_factory.mktemp("run")
    generate(load_recipe(write_recipe(folder)), str(folder / "out"), lambda event: None)
    return folder / "out"


def test_every_attempt_is_accounted_for(made):
    text = status_text(str(made))
    assert "3 of 3 done, 0 open, 0 quarantined" in text
    assert "6 attempted" in text


def test_verify_finds_a_fresh_run_sound(made):
    text, sound = verify_run(str(made))
    assert sound, text


def test_stock_webdataset_reads_the_shards(made):
    shards = [str(path) for path in sorted((made / "shards").glob("*.tar"))]
    ours = [sample.key for name in shards for sample in read_shard(open_storage(str(made)), Path(name).stem)]
    samples = list(wds.WebDataset(shards, shardshuffle=False, empty_check=False))
    assert [sample["__key__"] for sample in samples] == ours
    assert ours
    assert {"json", "npz", "0000.rgb.jpg", "0000.depth.png", "0000.instance.png"} <= set(samples[0])


def test_relaunching_a_finished_run_changes_nothing_and_says_so(made):
    before = fingerprints(made)
    run = navfoundry("generate", write_recipe(made.parent), "--out", made, "--sheet", "0")
    assert run.returncode == 0, run.stderr
    assert "3 of 3 units done already" in run.stderr + run.stdout
    assert fingerprints(made) == before


def test_a_finished_run_is_relaunched_with_its_server_gone(tmp_path):
    """Nothing is left to caption, so no server is asked; where something is left, its absence is told at once."""
    text = RECIPE.replace("per_storey = 6", "per_storey = 2")
    with serving(Script(then=speaking)) as url:
        model = f'{{ model = "tiny", servers = {{ urls = ["{url}"], retries = 0 }} }}'
        text += f'[captioning]\nbackend = "openai"\nframes = 2\ndescriber = {model}\nrefiner = {model}\n'
        generate(load_recipe(write_recipe(tmp_path, text)), str(tmp_path / "out"), lambda event: None)
    before = fingerprints(tmp_path / "out")
    events: list[Event] = []
    surveyed, made = generate(load_recipe(write_recipe(tmp_path, text)), str(tmp_path / "out"), events.append)
    assert (surveyed.skipped, made.skipped, made.done) == (1, 1, 0)
    assert events == [Opened("scene", 1, 1, 0, 0), Opened("unit", 1, 1, 0, 0)]
    assert fingerprints(tmp_path / "out") == before
    longer = text.replace("per_storey = 2", "per_storey = 4")
    with pytest.raises(RecipeError, match="no server answers"):
        generate(load_recipe(write_recipe(tmp_path, longer)), str(tmp_path / "out"), events.append)


@pytest.mark.ray
@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ray_gives_the_same_bytes_as_the_inline_executor(made, tmp_path, workers):
    recipe = load_recipe(write_recipe(tmp_path))
    engine = recipe.engine.model_copy(update={"executor": "ray", "workers": workers})
    generate(recipe.model_copy(update={"engine": engine}), str(tmp_path / "out"), lambda event: None)
    assert fingerprints(tmp_path / "out") == fingerprints(made)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_killed_at_ten_random_moments_ends_with_the_same_bytes(made, tmp_path):
    """Mocks cannot see this: half-written files, stale temporary folders, lost and doubled units of a real death."""
    out, recipe = tmp_path / "out", write_recipe(tmp_path)
    words = command("generate", recipe, "--out", out, "--sheet", "0")
    moments = np.random.default_rng(0).uniform(0.3, 9.0, size=10)
    for moment in moments:
        child = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(float(moment))
        child.send_signal(signal.SIGKILL)
        child.wait()
    final = navfoundry("generate", recipe, "--out", out, "--sheet", "0")
    assert final.returncode == 0, final.stderr
    assert fingerprints(out) == fingerprints(made)


def test_one_changed_byte_is_found_and_named(made, tmp_path):
    for kind in ("tar", "parquet", "json"):
        copy = tmp_path / kind
        shutil.copytree(made, copy)
        victim = sorted((copy / "shards").glob(f"*.{kind}"))[1]
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
        run = navfoundry("verify", copy)
        assert run.returncode == 1
        assert victim.name in run.stdout


def test_an_output_folder_of_another_recipe_is_refused_and_kept(made, tmp_path):
    other = write_recipe(tmp_path, write_recipe(tmp_path).read_text().replace("0.0625", "0.05"))
    before = fingerprints(made)
    run = navfoundry("generate", other, "--out", made)
    assert run.returncode == 1
    assert "belongs to another recipe (navigation differ)" in run.stderr
    assert "Traceback" not in run.stderr
    assert fingerprints(made) == before


def test_a_recipe_that_lists_no_scene_claims_no_folder(tmp_path):
    astray = load_recipe(write_recipe(tmp_path, RECIPE.replace('kind = "small"', 'kind = "castle"')))
    with pytest.raises(RecipeError, match="no kind 'castle'"):
        generate(astray, str(tmp_path / "out"), lambda event: None)
    assert not (tmp_path / "out").exists()


def test_more_episodes_extend_a_run_without_making_the_old_ones_again(made, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(made, copy)
    longer = write_recipe(tmp_path, write_recipe(tmp_path).read_text().replace("per_storey = 6", "per_storey = 8"))
    generate(load_recipe(longer), str(copy), lambda event: None)
    before, after = fingerprints(made), fingerprints(copy)
    assert len(after) == len(before) + 3
    assert before.items() <= after.items()


@pytest.mark.blender
@pytest.mark.slow
def test_blender_makes_the_same_walks_as_the_ray_caster(made, tmp_path):
    text = write_recipe(tmp_path).read_text()
    text = text.replace('renderer = "raycast"', 'renderer = "blender"\nsamples = 1\ndenoise = false')
    text = text.replace("per_storey = 6", "per_storey = 2")
    generate(load_recipe(write_recipe(tmp_path, text)), str(tmp_path / "out"), lambda event: None)
    storage, reference = open_storage(str(tmp_path / "out")), open_storage(str(made))
    ours = {s.key: s for name in _units(storage) for s in read_shard(storage, name)}
    theirs = {s.key: s for name in _units(reference) for s in read_shard(reference, name) if s.key in ours}
    assert ours
    assert ours.keys() == theirs.keys()
    for key, sample in ours.items():
        np.testing.assert_array_equal(sample.arrays["camera_to_world"], theirs[key].arrays["camera_to_world"])
        same = sample.instance(0) == theirs[key].instance(0)
        assert same.mean() > 0.99
        difference = np.abs(sample.depth(0) - theirs[key].depth(0))[same]
        assert np.median(difference) < 0.002


def _blender_recipe(folder: Path, engine: str = "") -> Path:
    text = write_recipe(folder).read_text() + engine
    text = text.replace('renderer = "raycast"', 'renderer = "blender"\nsamples = 1\ndenoise = false')
    return write_recipe(folder, text.replace("per_storey = 6", "per_storey = 4"))


@pytest.mark.blender
@pytest.mark.slow
def test_a_killed_blender_is_retried_and_nothing_shows(tmp_path):
    recipe = _blender_recipe(tmp_path)
    words = command("generate", recipe, "--out", tmp_path / "out", "--sheet", "0")
    run = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    blender = _child_of(run.pid, "blender_child.py")
    blender.kill()
    told, _ = run.communicate(timeout=240)
    assert run.returncode == 0, told
    assert "attempt 1 failed and is tried again" in told
    assert "2 of 2 done, 0 open, 0 quarantined" in status_text(str(tmp_path / "out"))


@pytest.mark.blender
@pytest.mark.slow
def test_a_blender_without_memory_ends_in_quarantine_and_the_run_goes_on(tmp_path):
    recipe = _blender_recipe(tmp_path, "memory_limit_gb = 0.1\nretries = 1\n")
    run = navfoundry("generate", recipe, "--out", tmp_path / "out", "--sheet", "0")
    assert run.returncode == 1
    assert "more than the recipe's max_quarantined" in run.stderr
    files = sorted((tmp_path / "out" / "quarantine").glob("*.json"))
    assert len(files) == 2
    for file in files:
        told = json.loads(file.read_text())
        assert told["attempts"] == 2
        assert "above its limit of 0.10 GiB" in told["message"]


def _child_of(pid: int, name: str) -> psutil.Process:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for child in psutil.Process(pid).children(recursive=True):
            try:
                if any(name in word for word in child.cmdline()):
                    return child
            except psutil.Error:
                continue
        time.sleep(0.05)
    raise AssertionError(f"no {name} was started")


def _units(storage):
    return sorted({Path(name).stem for name in storage.names("shards/")})
