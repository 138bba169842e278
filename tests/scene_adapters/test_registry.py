from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scene_adapters.registry import BUILT_IN, GROUP, Adapter, adapter, adapters, available
from schemas.errors import RecipeError

PLUGIN = """
from scene_adapters.registry import Adapter
def nothing(scenes): return []
def load(ref, scenes): raise NotImplementedError
ADAPTER = Adapter("garden", "CC0-1.0", "grow one", nothing, load)
OTHER = "a string"
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package, as if installed, that offers a good adapter, one that fails to import, and two that are wrong."""
    (tmp_path / "gardens.py").write_text(PLUGIN)
    (tmp_path / "broken_gardens.py").write_text("raise RuntimeError('no water')")
    info = tmp_path / "gardens-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gardens\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\ngarden = gardens:ADAPTER\ndry = broken_gardens:ADAPTER\n"
        "odd = gardens:OTHER\ngone = gardens:NOTHING\nfiles = gardens:ADAPTER\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in ("gardens", "broken_gardens"):
        sys.modules.pop(name, None)


def test_every_built_in_adapter_can_be_imported_and_has_its_own_name() -> None:
    for name in BUILT_IN:
        found = adapter(name)
        assert found.name == name
        assert found.licence and found.how_to_obtain


def test_naming_the_adapters_imports_none_of_them() -> None:
    code = (
        "import sys; from scene_adapters.registry import adapters; names = adapters(); "
        "loaded = [t.split(':')[0] for t in names.values() if t.split(':')[0] in sys.modules]; "
        "assert names and not loaded, loaded; assert 'trimesh' not in sys.modules and 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_a_wrong_name_is_answered_with_the_closest_right_one() -> None:
    with pytest.raises(RecipeError, match="did you mean 'procedural'"):
        adapter("proceduarl")
    with pytest.raises(RecipeError, match="there are: .*files"):
        adapter("zzz")


def test_a_plug_in_is_found_by_its_entry_point(plugins: None) -> None:
    assert adapters()["garden"] == "gardens:ADAPTER"
    assert isinstance(adapter("garden"), Adapter)


def test_a_built_in_name_cannot_be_taken(plugins: None) -> None:
    assert adapters()["files"] == BUILT_IN["files"]


def test_a_plug_in_that_fails_to_import_is_reported_and_the_others_work(plugins: None) -> None:
    working, broken = available()
    assert {"garden", *BUILT_IN} <= {found.name for found in working}
    assert len(broken) == 3
    assert any("'dry'" in message and "RuntimeError: no water" in message for message in broken)
    assert any("'odd'" in message and "str" in message for message in broken)
    with pytest.raises(RecipeError, match="repair or uninstall"):
        adapter("dry")
