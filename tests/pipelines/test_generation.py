"""`navfoundry generate`: what the command line may change, how it ends, what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from factory.storage import open_storage
from pipelines.generation import generate_command
from schemas.errors import RecipeError
from tests.runs import RECIPE, write_recipe

ONE = RECIPE.replace("per_storey = 6", "per_storey = 2")
# A robot that no home has room for: its one scene is given up before anything is planned.
GIANT = ONE.replace("[quality]", "[robot]\nradius = [1.9, 1.9]\n\n[quality]")


@pytest.mark.parametrize(("executor", "workers"), [("threads", None), (None, 0), ("inline", -1)])
def test_a_choice_that_is_none_is_told_before_anything_is_written(
    tmp_path: Path, executor: str | None, workers: int | None
) -> None:
    with pytest.raises(RecipeError, match=r"--executor is ray or inline, --workers 1 or more \(given: \{"):
        generate_command(write_recipe(tmp_path), str(tmp_path / "out"), executor, None, workers, 0)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["out", "runs/one", "./out"])
def test_a_submitted_job_may_not_write_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str) -> None:
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match="runs in a folder that Ray removes; give a URL or a full path"):
        generate_command(write_recipe(tmp_path), out, "inline", None, None, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.toml"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The folder of a run inside a submitted job, and its exit code."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
        # The recipe asks for Ray with three workers; the command line has the last word.
        recipe = write_recipe(folder, ONE.replace('executor = "inline"', 'executor = "ray"\nworkers = 3'))
        code = generate_command(recipe, str(folder / "out"), "inline", None, 1, 2)
    return folder / "out", code


def test_a_full_path_is_good_for_a_job_and_the_run_ends_with_nought(finished: tuple[Path, int]) -> None:
    out, code = finished
    assert code == 0
    assert len(list((out / "shards").glob("*.json"))) == 1


def test_the_sheet_shows_what_was_made(finished: tuple[Path, int]) -> None:
    out, _ = finished
    (manifest,) = (json.loads(path.read_text()) for path in (out / "shards").glob("*.json"))
    assert (out / "contact-sheet.html").read_text().count("<article") == manifest["written"] > 0


def test_what_the_command_line_changes_is_no_part_of_the_run(finished: tuple[Path, int]) -> None:
    kept = json.loads((finished[0] / "run.json").read_text())["recipe"]
    assert "engine" not in kept
    assert kept["episodes"] == {"per_storey": 2, "per_unit": 2}


def test_no_sheet_asked_for_no_sheet(
    finished: tuple[Path, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = finished
    (out / "contact-sheet.html").unlink()
    assert generate_command(write_recipe(tmp_path, ONE), str(out), None, None, None, 0) == 0
    assert not (out / "contact-sheet.html").exists()
    assert capsys.readouterr().out == f"shards: {open_storage(str(out)).url}/shards\n"


def test_too_much_in_quarantine_is_a_failure_that_says_what_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate_command(write_recipe(tmp_path, GIANT), str(tmp_path / "out"), None, None, None, 3) == 1
    said = capsys.readouterr()
    (file,) = (tmp_path / "out" / "quarantine").glob("*.json")
    assert f"quarantined: {file.stem}, why: " in said.err
    assert "error: 100% of the units are in quarantine, more than the recipe's max_quarantined = 10%" in said.err
    assert "contact sheet" not in said.out
    assert "radius" in json.loads(file.read_text())["message"]


def test_a_recipe_may_bear_with_quarantine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patient = write_recipe(tmp_path, GIANT.replace("[engine]", "[engine]\nmax_quarantined = 1.0"))
    assert generate_command(patient, str(tmp_path / "out"), None, None, None, 0) == 0
    assert "error" not in capsys.readouterr().err
