"""The notebook runs from its first cell to its last on a small run, and says what is true of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from factory.storage import open_storage
from pipelines.vln_n1 import generate
from schemas.recipe import load_recipe
from tests.runs import RECIPE, ROOT, write_recipe

NOTEBOOK = ROOT / "notebooks" / "inspect_shards.ipynb"
SMALL = RECIPE.replace("per_storey = 6", "per_storey = 3").replace("per_unit = 2", "per_unit = 3")


def _cells() -> list[str]:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_it_is_kept_without_what_it_once_printed():
    notebook = json.loads(NOTEBOOK.read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert notebook["nbformat"] == 4


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """A run of three walks."""
    folder: Path = tmp_path_factory.mktemp("notebook")
    generate(load_recipe(write_recipe(folder, SMALL)), str(folder / "out"), lambda event: None)
    return folder / "out"


@pytest.fixture
def figures(tmp_path, monkeypatch) -> list[Path]:
    """The pictures that the cells show, saved."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pytest.importorskip("ipywidgets")
    pyplot.switch_backend("Agg")
    saved: list[Path] = []

    def show() -> None:
        saved.append(tmp_path / f"figure-{len(saved)}.png")
        pyplot.savefig(saved[-1])
        pyplot.close("all")

    monkeypatch.setattr(pyplot, "show", show)
    return saved


def _run(cells: list[str]) -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "notebook"}
    for cell in cells:
        exec(compile(cell, str(NOTEBOOK), "exec"), scope)
    return scope


def test_it_runs_and_its_point_cloud_lies_in_the_scene(out, figures, monkeypatch, capsys):
    monkeypatch.setenv("NAVFOUNDRY_RUN", str(out))
    _run(_cells())
    said = capsys.readouterr().out
    assert "3 episodes attempted" in said
    (share,) = re.findall(r"([\d.]+)% of \d+ points lie in the box", said)
    assert float(share) > 95
    assert len(figures) == 6
    assert all(path.stat().st_size > 5000 for path in figures)


def test_its_browser_follows_the_episode_and_frame_chosen_and_reads_from_a_store(out, figures, monkeypatch):
    store = open_storage("memory://notebook")
    local = open_storage(str(out))
    for name in local.names():
        store.write(name, local.read(name))
    monkeypatch.setenv("NAVFOUNDRY_RUN", "memory://notebook")
    first = next(i for i, cell in enumerate(_cells()) if "def browse" in cell)
    scope = _run(_cells()[: first + 1])
    shown = [figures[-1].read_bytes()]
    scope["frame_box"].value = 7
    shown.append(figures[-1].read_bytes())
    scope["episode_box"].value = 1
    shown.append(figures[-1].read_bytes())
    assert len(set(shown)) == 3
    assert scope["frame_box"].max == scope["kept"][1]["frames"] - 1
