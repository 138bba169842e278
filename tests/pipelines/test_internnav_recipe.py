"""The shipped recipe for InternNav makes shards that its dialect takes as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from factory.shards import finished_units, read_shard
from factory.storage import open_storage
from pipelines import internnav_dialect as dialect
from pipelines.internnav_check import check_internnav
from pipelines.internnav_export import Selection, export_internnav
from pipelines.vln_n1 import generate
from schemas.recipe import Recipe, load_recipe, parse_recipe_json
from tests.runs import ROOT

RECIPE = load_recipe(ROOT / "recipes" / "vln_n1.toml")


@pytest.fixture(scope="module")
def small() -> Recipe:
    """The recipe with one home, two walks, a coarse camera, and rays in place of Blender."""
    content = RECIPE.model_dump(mode="json")
    content["scenes"] = [{"dataset": "procedural", "options": {"first_seed": 1, "count": 1, "kind": "flat"}}]
    content["episodes"] = {"per_storey": 2, "per_unit": 2}
    content["camera"] = {"name": "coarse", "width": 96, "height": 54, "fx": 71, "fy": 70, "cx": 47.5, "cy": 26.5}
    content["rendering"] |= {"renderer": "raycast", "lighting": "path-traced"}
    content["engine"] = {"executor": "inline"}
    return parse_recipe_json(content, "small")


def test_walks_fill_a_prediction_and_frames_stand_close_enough():
    assert RECIPE.navigation.spacing <= dialect.MAX_SPACING
    assert RECIPE.navigation.distance[0] / RECIPE.navigation.spacing >= 100
    assert RECIPE.rendering.depth_scale == dialect.DEPTH_SCALE


def test_its_shards_are_exported_as_they_are_and_every_check_passes(small: Recipe, tmp_path: Path):
    generate(small, str(tmp_path / "run"), lambda event: None)
    export_internnav(str(tmp_path / "run"), str(tmp_path / "vln_n1"), Selection(), small.engine, lambda event: None)
    text, sound = check_internnav(str(tmp_path / "vln_n1"))
    assert sound, text
    storage = open_storage(str(tmp_path / "run"))
    samples = [sample for unit in sorted(finished_units(storage)) for sample in read_shard(storage, unit)]
    assert samples
    assert min(sample.record.frames for sample in samples) >= 100
    written = {path.read_bytes() for path in (tmp_path / "vln_n1").rglob("*.png")}
    assert all(sample.files[f"{i:04d}.depth.png"] in written for sample in samples for i in range(sample.record.frames))
