"""The notebook runs from its first cell to its last on a small run, and says what is true of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

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


def test_it_runs_and_its_point_cloud_lies_in_the_scene(tmp_path, monkeypatch, capsys):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    figures: list[Path] = []

    def show() -> None:
        figures.append(tmp_path / f"figure-{len(figures)}.png")
        pyplot.savefig(figures[-1])
        pyplot.close("all")

    generate(load_recipe(write_recipe(tmp_path, SMALL)), str(tmp_path / "out"), lambda event: None)
    monkeypatch.setenv("NAVFOUNDRY_RUN", str(tmp_path / "out"))
    monkeypatch.setattr(pyplot, "show", show)
    scope: dict[str, object] = {"__name__": "notebook"}
    for cell in _cells():
        exec(compile(cell, str(NOTEBOOK), "exec"), scope)
    said = capsys.readouterr().out
    assert "3 episodes attempted" in said
    (share,) = re.findall(r"([\d.]+)% of \d+ points lie in the box", said)
    assert float(share) > 95
    assert len(figures) == 5
    assert all(path.stat().st_size > 5000 for path in figures)
