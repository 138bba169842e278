"""One run in millimetres and one in the dialect's own units give the same export, but for the rounding of depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from factory.rendering.encode import decode_depth
from factory.shards import finished_units, read_shard
from factory.storage import open_storage
from pipelines import internnav_dialect as dialect
from pipelines.internnav_check import check_internnav
from pipelines.internnav_export import Selection, export_internnav
from pipelines.internnav_import import import_internnav
from schemas.recipe import Engine
from tests.exports import FRAMES, make_run, prints

INLINE = Engine(executor="inline")
SCENE = "handmade_small/two_rooms"
SCALES = {"millimetres": 0.001, "tenths": 0.0001, "fifths": 0.0002}


@pytest.fixture(scope="module")
def roots(tmp_path_factory) -> dict[str, Path]:
    """Exports of the same two walks, by the unit of their shards."""
    made = tmp_path_factory.mktemp("units")
    for unit, scale in SCALES.items():
        shards = make_run(made / f"{unit}-shards", 2, depth_scale=scale)
        export_internnav(shards, str(made / unit), Selection(), INLINE, lambda event: None)
    return {unit: made / unit for unit in SCALES}


def _files(root: Path) -> dict[str, str]:
    """What an export holds beside depth and provenance, which tells the unit of the shards."""
    other = (dialect.DEPTH, dialect.PROVENANCE)
    return {name: print_ for name, print_ in prints(root).items() if not any(part in name for part in other)}


def test_all_but_the_depth_is_the_same(roots):
    assert len(_files(roots["tenths"])) == 2 * FRAMES + 2 + 5
    assert _files(roots["tenths"]) == _files(roots["millimetres"]) == _files(roots["fifths"])


@pytest.mark.parametrize(("unit", "rounding"), [("millimetres", 5.5), ("fifths", 1.5)])
def test_depth_agrees_within_the_rounding_of_the_coarser_unit(roots, unit, rounding):
    exact, rounded = (sorted((roots[name] / SCENE / dialect.DEPTH).iterdir()) for name in ("tenths", unit))
    assert len(exact) == len(rounded) == 2 * FRAMES
    for one, other in zip(exact, rounded, strict=True):
        ours, theirs = (decode_depth(path.read_bytes()).astype(int) for path in (one, other))
        assert np.abs(ours - theirs).max() <= rounding
        assert np.array_equal(ours == 0, theirs == 0)


def test_depth_in_the_dialects_own_units_is_the_shards_file_byte_for_byte(roots):
    storage = open_storage(f"{roots['tenths']}-shards")
    files = [
        sample.files[f"{i:04d}.depth.png"]
        for unit in sorted(finished_units(storage))
        for sample in read_shard(storage, unit)
        for i in range(FRAMES)
    ]
    assert [path.read_bytes() for path in sorted((roots["tenths"] / SCENE / dialect.DEPTH).iterdir())] == files


def test_what_is_imported_is_exported_again_byte_for_byte(roots, tmp_path):
    import_internnav(str(roots["tenths"]), str(tmp_path / "shards"), INLINE, lambda event: None)
    export_internnav(str(tmp_path / "shards"), str(tmp_path / "again"), Selection(), INLINE, lambda event: None)
    again, before = prints(tmp_path / "again"), prints(roots["tenths"])
    assert {name for name in before if again.get(name) != before[name]} <= {f"{SCENE}/{dialect.PROVENANCE}"}


@pytest.mark.parametrize("unit", SCALES)
def test_every_unit_passes_the_same_checks(roots, unit):
    text, sound = check_internnav(str(roots[unit]))
    assert sound, text
