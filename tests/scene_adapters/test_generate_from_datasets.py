"""`navfoundry generate` over homes laid out as all six datasets, in one run: shards come out of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from factory.shards import read_shard
from factory.storage import open_storage
from tests.rooms import two_rooms
from tests.runs import RECIPE, navfoundry, write_recipe
from tests.scene_adapters.layouts.all import LAYOUTS

SECTIONS = {
    "replica": "",
    "matterport3d": "",
    "gibson": "",
    "front3d": "",
    "hssd": 'options = { missing_assets = "skip" }',
    "hm3d": "",
}


def recipe(folder: Path, renderer: str) -> Path:
    """Two episodes from each dataset."""
    sections = []
    for dataset, options in SECTIONS.items():
        layout = next(layout for layout in LAYOUTS if layout.dataset == dataset)
        layout.write(folder / dataset, two_rooms())
        sections.append(f'[[scenes]]\ndataset = "{dataset}"\nroot = "{folder / dataset}"\n{options}\n')
    before, _, after = RECIPE.partition("[[scenes]]")
    text = before + "\n".join(sections) + after[after.index("[episodes]") :]
    text = text.replace("per_storey = 6", "per_storey = 2").replace('"raycast"', f'"{renderer}"')
    return write_recipe(folder, text.replace("[quality]", "[quality]\nmax_unlabeled = 1\nmin_depth = 0"))


@pytest.mark.slow
@pytest.mark.parametrize("renderer", ["raycast", pytest.param("blender", marks=pytest.mark.blender)])
def test_shards_come_out_of_every_dataset(renderer: str, tmp_path: Path) -> None:
    if renderer == "blender":
        pytest.importorskip("bpy")
    out = tmp_path / "out"
    done = navfoundry("generate", recipe(tmp_path, renderer), "--out", out, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    storage = open_storage(str(out))
    units = sorted(Path(name).stem for name in storage.names("shards/") if name.endswith(".json"))
    kept = dict.fromkeys(SECTIONS, 0)
    for unit in units:
        kept[unit.partition("-")[0]] += sum(1 for _ in read_shard(storage, unit))
    assert all(kept.values()), kept
    assert navfoundry("verify", out).returncode == 0
