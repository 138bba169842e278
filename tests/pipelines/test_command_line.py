"""The command line: words, exit codes, and no traceback for a user's mistake."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest
import trimesh

from tests.runs import RECIPE, ROOT, as_root, command, navfoundry, write_recipe

FILES = RECIPE.replace(
    'dataset = "procedural"\noptions = { first_seed = 1, count = 1, kind = "small" }',
    'dataset = "files"\nroot = "ROOT"\noptions = { up = "z", unit = "m" }',
).replace("per_storey = 6", "per_storey = 2")


def _mistake(*arguments) -> str:
    run = navfoundry(*arguments)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run.stderr


def test_help_answers_in_under_a_second():
    times = []
    for _ in range(3):
        began = time.perf_counter()
        run = navfoundry("--help")
        times.append(time.perf_counter() - began)
        assert run.returncode == 0
    assert min(times) < 1.0
    for verb in ("generate", "plan", "status", "verify", "inspect", "doctor", "scenes", "export", "check", "import"):
        assert verb in run.stdout


@pytest.mark.parametrize(
    "verb", ["generate", "plan", "status", "verify", "inspect", "doctor", "scenes", "export", "check", "import"]
)
def test_every_verb_explains_itself(verb):
    run = navfoundry(verb, "--help")
    assert run.returncode == 0
    assert len(run.stdout) > 100


def test_a_wrong_key_is_named_with_the_closest_right_one(tmp_path):
    recipe = write_recipe(tmp_path, RECIPE.replace("spacing =", "spacng ="))
    assert "navigation.spacng: unknown key; did you mean 'spacing'" in _mistake("generate", recipe, "--out", tmp_path)


def test_a_missing_recipe_an_unknown_verb_and_option_are_told(tmp_path):
    assert "cannot be read" in _mistake("generate", tmp_path / "none.toml", "--out", tmp_path)
    assert "No such command" in _mistake("generat")
    assert "--outt" in _mistake("generate", "recipes/demo.toml", "--outt", "x")


def test_a_folder_that_is_no_run_is_told(tmp_path):
    for verb in ("status", "verify"):
        assert "no run.json" in _mistake(verb, tmp_path)


def test_an_unknown_dataset_and_scene_name_the_closest(tmp_path):
    assert "did you mean 'procedural'" in _mistake("scenes", "list", "procedurl")
    wrong = _mistake("scenes", "show", "procedural", "home_00001", "--option", "count=2")
    assert "did you mean 'home_00000" in wrong
    assert "KEY=VALUE" in _mistake("scenes", "list", "procedural", "--option", "count")


def test_an_empty_folder_of_meshes_is_told(tmp_path):
    (tmp_path / "meshes").mkdir()
    recipe = write_recipe(tmp_path, FILES.replace("ROOT", str(tmp_path / "meshes")))
    assert str(tmp_path / "meshes") in _mistake("generate", recipe, "--out", tmp_path / "out")


@pytest.fixture
def room(tmp_path):
    """A folder with a good mesh, a 6 × 5 m room with a box in it, and one that is no mesh."""
    folder = tmp_path / "meshes"
    folder.mkdir()
    walls = [
        trimesh.creation.box(bounds=[[-3, -2.5, -0.1], [3, 2.5, 0]]),
        trimesh.creation.box(bounds=[[-3.1, -2.6, 0], [-3, 2.6, 2.6]]),
        trimesh.creation.box(bounds=[[3, -2.6, 0], [3.1, 2.6, 2.6]]),
        trimesh.creation.box(bounds=[[-3, -2.6, 0], [3, -2.5, 2.6]]),
        trimesh.creation.box(bounds=[[-3, 2.5, 0], [3, 2.6, 2.6]]),
        trimesh.creation.box(bounds=[[-0.5, -0.5, 0], [0.5, 0.5, 0.8]]),
    ]
    trimesh.util.concatenate(walls).export(folder / "good.glb")
    (folder / "broken.glb").write_bytes(b"<!DOCTYPE html><html>please log in</html>")
    return folder


def test_an_unreadable_mesh_is_quarantined_by_name_and_the_others_go_on(room, tmp_path):
    recipe = write_recipe(tmp_path, FILES.replace("ROOT", str(room)))
    run = navfoundry("generate", recipe, "--out", tmp_path / "out", "--sheet", "0")
    assert run.returncode == 1, run.stderr
    assert "broken.glb" in run.stderr
    assert "Traceback" not in run.stderr
    assert list((tmp_path / "out" / "shards").glob("*good*.json"))
    assert list((tmp_path / "out" / "quarantine").glob("*broken*.json"))


def test_a_mended_mesh_leaves_quarantine_on_the_next_run(room, tmp_path):
    recipe = write_recipe(tmp_path, FILES.replace("ROOT", str(room)))
    navfoundry("generate", recipe, "--out", tmp_path / "out", "--sheet", "0")
    (room / "broken.glb").write_bytes((room / "good.glb").read_bytes())
    run = navfoundry("generate", recipe, "--out", tmp_path / "out", "--sheet", "0")
    assert run.returncode == 0, run.stderr
    assert list((tmp_path / "out" / "quarantine").glob("*.json")) == []


@pytest.mark.skipif(not as_root(), reason="mounting a small file system needs root")
def test_a_full_disk_is_told_and_what_was_made_is_kept(tmp_path):
    small, recipe = tmp_path / "small", write_recipe(tmp_path)
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        message = _mistake("generate", recipe, "--out", small / "out", "--sheet", "0")
        assert "disk is full" in message
        kept = sorted((small / "out" / "shards").glob("*.json")) if (small / "out" / "shards").exists() else []
        checked = navfoundry("verify", small / "out")
        assert checked.returncode == (0 if kept else 1), checked.stdout
        subprocess.run(["mount", "-o", "remount,size=100m", str(small)], check=True)
        assert navfoundry("generate", recipe, "--out", small / "out", "--sheet", "0").returncode == 0
        assert navfoundry("verify", small / "out").returncode == 0
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_ctrl_c_ends_with_130_and_the_next_run_goes_on(tmp_path):
    words = command("generate", write_recipe(tmp_path), "--out", tmp_path / "out", "--sheet", "0")
    child = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "out" / "run.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130, errors
    assert "run the same command again" in errors
    assert "Traceback" not in errors


def test_plan_tells_what_a_run_will_cost(tmp_path):
    run = navfoundry("plan", write_recipe(tmp_path), "--sample", "1")
    assert run.returncode == 0, run.stderr
    for word in ("units        3", "episodes     6", "frames", "GiB", "s a frame on this machine"):
        assert word in run.stdout


def test_doctor_names_what_is_here():
    run = navfoundry("doctor")
    assert "numpy" in run.stdout
    assert "system libraries" in run.stdout or "apt-get install" in run.stdout


def test_scenes_are_listed_shown_and_checked(tmp_path):
    assert "home_000001" in navfoundry("scenes", "list", "procedural", "--option", "count=2").stdout
    shown = navfoundry("scenes", "show", "procedural", "home_000001", "--option", "count=2",
                       "--picture", tmp_path / "top.png")  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    for word in ("triangles", "storey 0", "room 1", "mpcat40"):
        assert word in shown.stdout
    assert (tmp_path / "top.png").read_bytes().startswith(b"\x89PNG")
    checked = navfoundry("scenes", "check", "procedural", "--option", "count=1")
    assert checked.returncode == 0, checked.stdout
    assert "sound" in checked.stdout
