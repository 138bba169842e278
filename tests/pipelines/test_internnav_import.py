"""There and back: nothing that the dialect holds is lost; folders that cannot be read are told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.engine import RunSummary, UnitReport
from factory.rendering.encode import decode_depth
from factory.shards import Sample, finished_units, read_shard, verify_unit
from factory.storage import open_storage
from pipelines import internnav_dialect as dialect
from pipelines.internnav_episode import _pitch
from pipelines.internnav_export import Selection, export_internnav
from pipelines.internnav_import import import_internnav
from schemas.errors import ShardError
from schemas.recipe import Engine
from schemas.robots import Body
from tests.exports import make_run, prints
from tests.runs import navfoundry

INLINE = Engine(executor="inline")
BODIES = (Body(0.2, 0.5, 0.1, 0.5), Body(0.2, 1.0, 0.1, 0.5))


def _export(shards: Path, root: Path) -> None:
    summary = export_internnav(str(shards), str(root), Selection(), INLINE, lambda event: None)
    assert summary.quarantined == ()


def _import(root: Path, out: Path) -> RunSummary[UnitReport]:
    return import_internnav(str(root), str(out), INLINE, lambda event: None)


def _samples(out: Path) -> list[Sample]:
    storage = open_storage(str(out))
    return [sample for unit in sorted(finished_units(storage)) for sample in read_shard(storage, unit)]


def _contents(root: Path) -> dict[str, bytes]:
    """Every file's bytes by its path, depth decoded: its values are kept, not how they were packed."""
    files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    return {name: decode_depth(data).tobytes() if name.endswith(".png") else data for name, data in files.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """run/, its export vln_n1/, that imported into back/, and that exported again into again/."""
    place: Path = tmp_path_factory.mktemp("there")
    make_run(place / "run", 4, bodies=BODIES)
    _export(place / "run", place / "vln_n1")
    assert _import(place / "vln_n1", place / "back").quarantined == ()
    _export(place / "back", place / "again")
    return place


def test_exporting_what_was_imported_gives_the_same_tables_images_clouds_and_texts(folder):
    before, after = _contents(folder / "vln_n1"), _contents(folder / "again")
    assert len(before) == len(after) > 4 * 48
    differing = {Path(name).name for name in before if before[name] != after.get(name)}
    assert differing <= {"provenance.jsonl", "info.json"}


def test_without_our_side_file_it_is_the_same_data(folder, tmp_path):
    foreign = tmp_path / "vln_n1"
    shutil.copytree(folder / "vln_n1" / "handmade_small" / "two_rooms_h100", foreign / "gibson_small" / "scene_7")
    (foreign / "gibson_small" / "scene_7" / dialect.PROVENANCE).unlink()
    assert _import(foreign, tmp_path / "back").quarantined == ()
    _export(tmp_path / "back", tmp_path / "again")
    before, after = _contents(foreign), _contents(tmp_path / "again")
    differing = {Path(name).name for name in before if before[name] != after.get(name)}
    assert differing <= {"info.json"}
    record = _samples(tmp_path / "back")[0].record
    assert (record.scene.dataset, record.scene.name, record.camera.name) == ("gibson", "scene_7", "small")


def test_imported_shards_verify(folder):
    storage = open_storage(str(folder / "back"))
    assert [problem for unit in finished_units(storage) for problem in verify_unit(storage, unit)] == []


def test_poses_robots_and_words_come_back(folder):
    ours = {round(s.record.start[0], 2): s for s in _samples(folder / "run")}
    for sample in _samples(folder / "back"):
        other = ours[round(sample.record.start[0], 2)]
        assert sample.record.robot == other.record.robot
        assert sample.record.scene == other.record.scene
        assert [i.text for i in sample.record.instructions] == [i.text for i in other.record.instructions]
        assert [(c.first, c.last) for c in sample.record.clips] == [(c.first, c.last) for c in other.record.clips]
        assert sample.arrays["yaw"] == pytest.approx(other.arrays["yaw"], abs=1e-6)
        assert np.allclose(sample.depth(3), np.minimum(other.depth(3), 6.5535), atol=1e-4)


def test_an_import_goes_on_where_it_stopped(folder, tmp_path):
    out = tmp_path / "back"
    assert _import(folder / "vln_n1", out).done == 2
    before = prints(out / "shards")
    next((out / "shards").glob("*.json")).unlink()
    summary = _import(folder / "vln_n1", out)
    assert (summary.done, summary.skipped) == (1, 1)
    assert prints(out / "shards") == before


def test_a_folder_that_cannot_be_read_is_given_up_with_its_rule(folder, tmp_path):
    root = Path(shutil.copytree(folder / "vln_n1", tmp_path / "vln_n1"))
    image = next((root / "handmade_small" / "two_rooms_h050" / dialect.RGB).iterdir())
    image.write_bytes(b"")
    run = navfoundry("import", "internnav", root, "--out", tmp_path / "back", "--executor", "inline")
    assert run.returncode == 1, run.stderr
    assert "2 episodes" in run.stdout
    (reason,) = (tmp_path / "back" / "quarantine").iterdir()
    assert "color-images" in json.loads(reason.read_text())["message"]


def test_a_foreign_folder_without_a_readable_cloud_is_told_before_any_work(folder, tmp_path):
    root = Path(shutil.copytree(folder / "vln_n1", tmp_path / "vln_n1"))
    scene = root / "handmade_small" / "two_rooms_h050"
    (scene / dialect.PROVENANCE).unlink()
    (scene / dialect.CLOUD).write_bytes(b"")
    with pytest.raises(ShardError, match=r"two_rooms_h050: .*navfoundry check internnav"):
        _import(root, tmp_path / "back")


@given(st.floats(0, 1.5), st.floats(0.2, 1.5))
def test_the_pitch_found_in_a_mount_gives_the_same_mount_again(pitch, height):
    single = dialect.mount(height, pitch).astype(np.float32)
    again = dialect.mount(height, _pitch(float(single[1, 1]), float(single[2, 1]))).astype(np.float32)
    assert np.array_equal(single[:3, :3], again[:3, :3])
