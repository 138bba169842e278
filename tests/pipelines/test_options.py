"""Mounts, looks and a sensor together in a whole run: sound, readable, and the same however units are cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from factory.shards import Sample, finished_units, read_shard
from factory.storage import open_storage
from pipelines.inspection import verify_run
from pipelines.vln_n1 import generate
from schemas.recipe import parse_recipe
from tests.runs import RECIPE

OPTIONS = """
[[robot.mounts]]
name = "125cm_0deg"
height = 1.25
[[robot.mounts]]
name = "60cm_15deg"
height = 0.6
pitch_down_deg = 15

[variation]
per_look = 2

[sensor]
"""


def run(folder: Path, per_unit: int) -> dict[str, Sample]:
    """The samples of four episodes, by key; the run is sound."""
    text = RECIPE.replace("per_storey = 6", "per_storey = 4").replace("per_unit = 2", f"per_unit = {per_unit}")
    text = text.replace("spacing = 0.0625", "spacing = 0.25")
    generate(parse_recipe(text + OPTIONS, "here"), str(folder), lambda event: None)
    said, sound = verify_run(str(folder))
    assert sound, said
    storage = open_storage(str(folder))
    return {sample.key: sample for unit in finished_units(storage) for sample in read_shard(storage, unit)}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    return run(tmp_path_factory.mktemp("options") / "out", 4)


def test_a_unit_of_several_looks_has_them_all_and_every_view_of_them(samples: dict[str, Sample]) -> None:
    looks = {sample.record.index: sample.record.look for sample in samples.values()}
    assert len(looks) >= 3
    assert all(look is not None and look.index == index // 2 for index, look in looks.items())
    assert len({look.hour for look in looks.values() if look}) == 2
    for sample in samples.values():
        assert sample.record.sensor is not None
        assert len(sample.files) == 8 * sample.record.frames
        assert sample.sensor_depth(0, "60cm_15deg").shape == (72, 96)


def test_the_digest_stays_that_of_the_scene_as_it_is(samples: dict[str, Sample]) -> None:
    assert len({sample.record.scene_digest for sample in samples.values()}) == 1


def test_units_cut_otherwise_hold_the_same_episodes(samples: dict[str, Sample], tmp_path: Path) -> None:
    other = run(tmp_path / "out", 3)
    assert other.keys() == samples.keys()
    for key, sample in samples.items():
        assert other[key].files == sample.files
        assert other[key].record.look == sample.record.look
