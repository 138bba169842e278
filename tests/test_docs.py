"""What the README and the pages under docs/ show is run, or at least exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import trimesh

from pipelines.vln_n1 import generate
from schemas.recipe import load_recipe, parse_recipe
from tests.rooms import two_rooms
from tests.runs import ROOT, navfoundry, write_recipe

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def _each(language: str) -> list[object]:
    return [
        pytest.param(block, id=f"{page.name}-{i}") for page in PAGES for i, block in enumerate(_blocks(page, language))
    ]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with what the examples name: a finished run under out/demo."""
    folder = tmp_path_factory.mktemp("docs")
    generate(load_recipe(write_recipe(folder)), str(folder / "out" / "demo"), lambda event: None)
    mesh = two_rooms().mesh
    trimesh.Trimesh(mesh.vertices, mesh.triangles, process=False).export(folder / "my_home.glb")
    return folder


@pytest.mark.parametrize("block", _each("python"))
def test_python_in_the_pages_runs(block, workplace, monkeypatch):
    monkeypatch.chdir(workplace)
    exec(compile(block, "page", "exec"), {"__name__": "page"})


@pytest.mark.parametrize("block", _each("toml"))
def test_recipes_in_the_pages_can_be_used(block):
    whole = block if block.startswith("name") else f'name = "page"\n{block}'
    assert parse_recipe(whole, "page").scenes


def test_every_command_in_the_pages_exists_with_its_options():
    for page in PAGES:
        for line in re.findall(r"^(navfoundry [^#\n]*)", "\n".join(_blocks(page, "")), flags=re.MULTILINE):
            words = shlex.split(line)[1:]
            verb = [word for word in words[:2] if re.fullmatch(r"[a-z]+", word)]
            verb = verb[:2] if verb[0] in ("scenes", "export", "check", "import") else verb[:1]
            text = navfoundry(*verb, "--help").stdout
            for option in (word for word in words if word.startswith("--")):
                assert option in text, f"{page.name}: {line}"


def test_links_between_the_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_paths_of_ours_that_the_pages_name_exist():
    path = re.compile(r"`((?:schemas|factory|scene_adapters|captioning|pipelines|tests|recipes|docs|deploy)/[\w./-]+)`")
    for page in PAGES:
        for target in path.findall(page.read_text()):
            assert (ROOT / target).exists(), f"{page.name}: {target}"
