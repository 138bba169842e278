"""Whole LeRobot exports: what is in them, the same bytes again, resuming, and what hinders them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from factory.engine import RunSummary, UnitReport
from factory.shards import finished_units, read_shard
from factory.storage import open_storage
from pipelines import lerobot_dialect as dialect
from pipelines.lerobot_export import export_lerobot, make_plan
from schemas.cameras import pinhole
from schemas.errors import RecipeError, StorageError
from schemas.recipe import Engine
from tests import walks
from tests.exports import FRAMES, SPACING, make_run, prints
from tests.runs import navfoundry

INLINE = Engine(executor="inline")


def _export(shards: str, out: Path | str) -> RunSummary[UnitReport]:
    return export_lerobot(shards, str(out), INLINE, lambda event: None)


@pytest.fixture(scope="module")
def dataset(run_folder, tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("exported") / "lerobot"
    summary = _export(run_folder, folder)
    assert (summary.done, summary.quarantined) == (2, ())
    return folder


def test_a_shard_makes_one_data_file_and_one_file_of_episodes(dataset):
    assert sorted(prints(dataset)) == [
        "data/chunk-000/file-000.parquet", "data/chunk-000/file-001.parquet",
        "meta/episodes/chunk-000/file-000.parquet", "meta/episodes/chunk-000/file-001.parquet",
        "meta/info.json", "meta/stats.json", "meta/subtasks.parquet", "meta/tasks.parquet",
    ]  # fmt: skip


def test_frames_and_episodes_are_numbered_over_all_files(dataset, samples):
    tables = [pq.read_table(path) for path in sorted((dataset / "data").rglob("*.parquet"))]
    index = [i for table in tables for i in table["index"].to_pylist()]
    assert index == list(range(3 * FRAMES))
    episodes = [line for table in sorted((dataset / "meta/episodes").rglob("*.parquet")) for line in _lines(table)]
    assert [line["episode_index"] for line in episodes] == [0, 1, 2]
    assert [json.loads(line["provenance"])["episode_id"] for line in episodes] == [s.key for s in samples]
    for line in episodes:
        rows = tables[line["data/file_index"]]
        numbers = zip(rows["index"].to_pylist(), rows["episode_index"].to_pylist(), strict=True)
        mine = [index for index, episode in numbers if episode == line["episode_index"]]
        assert mine == list(range(line["dataset_from_index"], line["dataset_to_index"]))


def test_an_episode_is_a_row_group_so_that_it_can_be_read_alone(dataset):
    first = pq.ParquetFile(dataset / "data/chunk-000/file-000.parquet")
    assert first.num_row_groups == 2
    assert set(first.read_row_group(1)["episode_index"].to_pylist()) == {1}


def test_numbers_lead_to_the_texts_of_the_shards(dataset, samples):
    tasks = pq.read_table(dataset / dialect.TASKS)["task"].to_pylist()
    subtasks = pq.read_table(dataset / dialect.SUBTASKS)["subtask"].to_pylist()
    assert tasks == ["Walk to the wardrobe and stop."]
    assert len(subtasks) == sum(len(sample.record.clips) for sample in samples) == 6
    last = pq.read_table(dataset / "data/chunk-000/file-001.parquet")
    assert [subtasks[i] for i in last["subtask_index"].to_pylist()] == dialect.subtasks(samples[2].record)[:1] * (
        FRAMES // 2
    ) + dialect.subtasks(samples[2].record)[1:] * (FRAMES // 2)


def test_the_statistics_are_those_of_all_frames(dataset, samples):
    stats = json.loads((dataset / dialect.STATS).read_text())
    states = np.concatenate([np.column_stack([s.arrays["positions"], s.arrays["yaw"]]) for s in samples])
    assert stats["observation.state"]["mean"] == pytest.approx(states.mean(axis=0), abs=1e-5)
    assert stats["observation.state"]["std"] == pytest.approx(states.std(axis=0), abs=1e-5)
    assert stats["index"]["count"] == [3 * FRAMES]
    assert stats["action"]["max"] == pytest.approx([SPACING, 0, 0], abs=1e-6)
    assert np.shape(stats[dialect.RGB]["mean"]) == (3, 1, 1)


def test_the_rate_is_that_of_the_walk(dataset):
    assert json.loads((dataset / dialect.INFO).read_text())["fps"] == round(1 / SPACING)


def test_the_same_shards_give_the_same_bytes(dataset, run_folder, tmp_path):
    _export(run_folder, tmp_path / "again")
    assert prints(tmp_path / "again") == prints(dataset)


def test_an_export_goes_on_where_it_stopped(dataset, run_folder, tmp_path):
    out = tmp_path / "lerobot"
    for folder in ("lerobot", "lerobot.export"):
        shutil.copytree(dataset.parent / folder, tmp_path / folder)
    assert _export(run_folder, out).done == 0
    (out / dialect.INFO).unlink()
    (out / dialect.episodes_file(1)).unlink()
    (out / dialect.data_file(1)).write_bytes(b"half")
    summary = _export(run_folder, out)
    assert (summary.done, summary.skipped) == (1, 1)
    assert prints(out) == prints(dataset)


def test_a_store_that_is_no_disk_takes_it_too(dataset, run_folder):
    _export(run_folder, "memory://lerobot-export")
    store = open_storage("memory://lerobot-export")
    assert store.names() == sorted(prints(dataset))
    assert store.read(dialect.STATS) == (dataset / dialect.STATS).read_bytes()


def test_other_shards_are_not_mixed_into_a_dataset(dataset, run_folder, tmp_path):
    more = make_run(tmp_path / "run", 4)
    with pytest.raises(RecipeError, match="other shards.*numbered over all.*choose another --out"):
        _export(more, dataset)


def test_what_stands_there_from_elsewhere_is_not_touched(run_folder, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(RecipeError, match="not of an export"):
        _export(run_folder, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_images_of_two_sizes_stop_the_export(run_folder, tmp_path):
    shards = Path(make_run(tmp_path / "run", 1))
    other = Path(make_run(tmp_path / "other", 4, camera=pinhole("large", 64, 48, 90.0)))
    for path in (other / "shards").glob("*e000002*"):
        shutil.copy(path, shards / "shards" / path.name)
    with pytest.raises(RecipeError, match=r"e000002: images of 64×48 pixels .* were of 48×32 .*export the runs apart"):
        _export(str(shards), tmp_path / "lerobot")
    assert not (tmp_path / "lerobot" / dialect.INFO).exists()


def test_a_robots_cameras_have_columns_of_their_own(tmp_path):
    shards = make_run(tmp_path / "run", 1, robot=walks.THREE_EYED)
    _export(shards, tmp_path / "lerobot")
    (unit,) = finished_units(open_storage(shards))
    (sample,) = read_shard(open_storage(shards), unit)
    table = pq.read_table(tmp_path / "lerobot" / dialect.data_file(0))
    for number, mount in enumerate(walks.THREE_EYED.mounts):
        name = f"0005.{mount.name}.depth.png" if number else "0005.depth.png"
        assert table[f"{dialect.DEPTH}.{mount.name}"][5].as_py()["bytes"] == sample.files[name]
        pose = np.array(table[f"{dialect.POSE}.{mount.name}"][5].as_py()).reshape(4, 4)
        assert pose[2, 3] == pytest.approx(mount.height)
    stats = json.loads((tmp_path / "lerobot" / dialect.STATS).read_text())
    assert len({str(stats[f"{dialect.RGB}.{mount.name}"]["mean"]) for mount in walks.THREE_EYED.mounts}) == 3
    assert dialect.RGB not in table.schema.names


def test_a_damaged_shard_is_given_up_and_the_dataset_not_finished(tmp_path):
    shards = Path(make_run(tmp_path / "run"))
    tar = max((shards / "shards").glob("*.tar"))
    content = bytearray(tar.read_bytes())
    content[len(content) // 2] ^= 1
    tar.write_bytes(content)
    run = navfoundry("export", "lerobot", shards, "--out", tmp_path / "lerobot", "--executor", "inline")
    assert run.returncode == 1, run.stderr
    assert "2 episodes, 48 frames of 1 shards written" in run.stdout
    assert f"why: {tmp_path}/lerobot.export/quarantine/" in run.stderr
    assert not (tmp_path / "lerobot" / dialect.INFO).exists()


def test_a_folder_that_is_no_run_is_told(run_folder, tmp_path):
    with pytest.raises(StorageError, match=r"no run\.json"):
        _export(str(tmp_path), tmp_path / "lerobot")
    storage = open_storage(str(tmp_path / "empty"))
    with pytest.raises(StorageError, match="no finished shards"):
        make_plan(storage)


@pytest.mark.ray
@pytest.mark.slow
def test_two_workers_write_the_same_bytes(dataset, run_folder, tmp_path):
    export_lerobot(run_folder, str(tmp_path / "lerobot"), Engine(executor="ray", workers=2), lambda event: None)
    assert prints(tmp_path / "lerobot") == prints(dataset)


def _lines(path: Path) -> list[dialect.Line]:
    return dialect.decode_episodes(path.read_bytes())
