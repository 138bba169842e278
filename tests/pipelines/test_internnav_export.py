"""Whole exports: what the public loader makes of them, the same bytes again, and what hinders them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from factory.engine import RunSummary, UnitReport
from factory.navigation import decode_map
from factory.shards import finished_units, read_shard
from factory.storage import open_storage
from pipelines.internnav_check import check_internnav
from pipelines.internnav_export import Selection, export_internnav
from pipelines.internnav_import import import_internnav
from schemas.cameras import project
from schemas.errors import RecipeError, StorageError
from schemas.recipe import Engine
from schemas.robots import Body
from tests import walks
from tests.exports import FRAMES, make_run, prints
from tests.pipelines import internnav_loader as loader
from trainer.obstacles import obstacle_points
from trainer.reading import read_window
from trainer.windows import Obstacles, draw_choice

INLINE = Engine(executor="inline")
SCENE = "handmade_small/two_rooms"
LOW, TALL = Body(0.2, 0.5, 0.1, 0.5), Body(0.2, 1.0, 0.1, 0.5)


def _export(shards: str, root: Path, selection: Selection | None = None) -> RunSummary[UnitReport]:
    return export_internnav(shards, str(root), selection or Selection(), INLINE, lambda event: None)


@pytest.fixture(scope="module")
def root(run_folder, tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("exported") / "vln_n1"
    summary = _export(run_folder, folder)
    assert summary.quarantined == ()
    assert sum(report.written for report in summary.results.values()) == 3
    return folder


def test_the_loader_finds_every_episode_with_its_frames(root, samples):
    listed = loader.listing(root)
    assert len(listed) == len(samples) == 3
    for entry, sample in zip(listed, samples, strict=True):
        assert len(entry.rgb) == len(entry.depth) == FRAMES == len(loader.columns(entry)[2])
        assert [Path(path).read_bytes() for path in entry.rgb] == [
            sample.files[f"{i:04d}.rgb.jpg"] for i in range(FRAMES)
        ]


def test_only_folders_are_where_the_loader_expects_folders(root):
    assert [path.name for path in root.iterdir()] == ["handmade_small"]
    assert [path.name for path in (root / "handmade_small").iterdir()] == ["two_rooms"]
    assert [path.name for path in (root / SCENE / "data").iterdir()] == ["chunk-000"]
    assert {path.suffix for path in (root / SCENE / "data/chunk-000").iterdir()} == {".parquet"}


def test_poses_put_the_floor_where_the_depth_says_it_is(root):
    for entry in loader.listing(root):
        K, _, poses = loader.columns(entry)
        depth = Image.open(entry.depth[3])
        v, u = 28, 20
        z = np.array(depth, np.uint16)[v, u] / 10000
        seen = poses[3] @ [(u - K[0, 2]) / K[0, 0] * z, -(v - K[1, 2]) / K[1, 1] * z, -z, 1]  # OpenGL axes
        assert seen[2] == pytest.approx(0.0, abs=2e-3)


def test_our_windows_are_those_of_the_loader(root, samples, run_folder):
    storage = open_storage(run_folder)
    (name,) = storage.names("maps/")
    obstacles = Obstacles(obstacle_points(decode_map(storage.read(name))))
    for entry, sample in zip(loader.listing(root), samples, strict=True):
        for seed in range(4):
            choice = draw_choice(FRAMES, np.random.default_rng(seed), (2, 7))
            theirs, ours = loader.window(entry, choice), read_window(sample, obstacles, choice)
            motion = ours.motion
            critics = np.array([motion.label_critic, motion.augment_critic])
            pairs = {
                "labels": motion.labels, "augments": motion.augments, "point_goal": motion.point_goal,
                "critics": critics, "depth": ours.depth,
            }  # fmt: skip
            for part, got in pairs.items():
                assert np.allclose(got, theirs[part], atol=1e-4), part
            assert np.array_equal(ours.rgb, theirs["rgb"])
            assert np.array_equal(ours.image_goal, theirs["image_goal"])
            assert np.array_equal(ours.pixel_goal[:, :, :3], theirs["earlier"])
            assert 2.0 not in critics


def test_the_mark_of_the_goal_is_where_the_camera_projects_the_point(samples):
    sample = samples[0]
    choice = draw_choice(FRAMES, np.random.default_rng(3))
    window = read_window(sample, Obstacles(np.empty((0, 2))), choice)
    height = sample.record.robot.camera_height
    goal = sample.arrays["positions"][choice.goal - 1] + [0, 0, 0.2 * height]
    uv, _ = project(sample.record.camera, sample.arrays["camera_to_world"][choice.earlier], goal[None])
    assert window.goal_marked == bool((uv[0] > 0).all() and uv[0, 0] < 48 and uv[0, 1] < 32)


def test_meta_files_say_what_is_there(root):
    meta = root / SCENE / "meta"
    stats, episodes, tasks, provenance = (
        [json.loads(line) for line in (meta / name).read_text().splitlines()]
        for name in ("episodes_stats.jsonl", "episodes.jsonl", "tasks.jsonl", "provenance.jsonl")
    )
    info = json.loads((meta / "info.json").read_text())
    assert [line["length"] for line in episodes] == [FRAMES] * 3
    assert info["total_frames"] == 3 * FRAMES == stats[-1]["image_index"]["max"] + 1
    assert info["total_tasks"] == len(tasks) == 9
    for line, entry in zip(stats, episodes, strict=True):
        first, last = line["task_index"]["min"], line["task_index"]["max"]
        assert [task["task"] for task in tasks[first : last + 1]] == entry["tasks"]
    assert [line["episode_id"] for line in provenance] == [f"handmade-two_rooms-s00-e{i:06d}" for i in range(3)]


def test_the_same_shards_give_the_same_bytes(root, run_folder, tmp_path):
    _export(run_folder, tmp_path / "again")
    assert prints(tmp_path / "again") == prints(root)


def test_a_finished_export_is_left_alone_and_a_broken_one_is_mended(run_folder, tmp_path):
    root = tmp_path / "vln_n1"
    _export(run_folder, root)
    before = prints(root)
    assert _export(run_folder, root).skipped == 1
    shutil.rmtree(root / "handmade_small")
    (tmp_path / "vln_n1.export" / "growing" / "left").mkdir(parents=True)
    assert _export(run_folder, root).done == 1
    assert prints(root) == before
    assert not list((tmp_path / "vln_n1.export" / "growing").iterdir())


def test_a_damaged_note_is_no_proof(run_folder, tmp_path):
    root = tmp_path / "vln_n1"
    _export(run_folder, root)
    (note,) = (tmp_path / "vln_n1.export" / "done").iterdir()
    for damage in (b"", b"[]", b'{"folders": ["handmade_small/two_rooms"], "whole": false}'):
        note.write_bytes(damage)
        assert _export(run_folder, root).done == 1


def test_robots_of_different_heights_get_folders_with_their_own_obstacles(tmp_path):
    root = tmp_path / "vln_n1"
    _export(make_run(tmp_path / "run", 4, bodies=(LOW, TALL)), root)
    assert sorted(path.name for path in (root / "handmade_small").iterdir()) == ["two_rooms_h050", "two_rooms_h100"]
    low, tall = (entry for entry in loader.listing(root)[::2])
    under_the_table = np.array([[1.0, 1.8]])
    assert Obstacles(loader.obstacles(tall)).distance(under_the_table)[0] < 0.1
    assert Obstacles(loader.obstacles(low)).distance(under_the_table)[0] > 0.3


def test_folders_of_an_earlier_selection_do_not_stay(tmp_path):
    root, shards = tmp_path / "vln_n1", make_run(tmp_path / "run", 4, bodies=(LOW, TALL))
    _export(shards, root)
    _export(shards, root, Selection(episodes=1))
    assert [path.name for path in (root / "handmade_small").iterdir()] == ["two_rooms"]
    assert len(loader.listing(root)) == 1
    assert len(list((tmp_path / "vln_n1.export" / "done").iterdir())) == 1


def test_episodes_are_chosen_by_camera_and_number(run_folder, tmp_path):
    _export(run_folder, tmp_path / "two", Selection(camera="small", episodes=2))
    assert len(loader.listing(tmp_path / "two")) == 2
    with pytest.raises(RecipeError, match="--camera other: no episode has it; there are small"):
        _export(run_folder, tmp_path / "none", Selection(camera="other"))


def test_of_several_cameras_one_is_exported_with_its_own_mount(tmp_path):
    shards = make_run(tmp_path / "run", 1, robot=walks.THREE_EYED)
    (unit,) = finished_units(open_storage(shards))
    (sample,) = read_shard(open_storage(shards), unit)
    first, *_, last = walks.THREE_EYED.mounts
    for camera, mount, name in ((None, first, "0003.rgb.jpg"), (last.name, last, f"0003.{last.name}.rgb.jpg")):
        root = tmp_path / mount.name
        _export(shards, root, Selection(camera=camera))
        (entry,) = loader.listing(root)
        assert Path(entry.rgb[3]).read_bytes() == sample.files[name]
        assert loader.columns(entry)[2][:, 2, 3] == pytest.approx(mount.height)
        assert check_internnav(str(root))[1], check_internnav(str(root))[0]
        assert import_internnav(str(root), str(tmp_path / f"{mount.name}-back"), INLINE, lambda event: None).done == 1
    with pytest.raises(RecipeError, match=f"--camera knee: no episode has it; there are .*{first.name}"):
        _export(shards, tmp_path / "none", Selection(camera="knee"))


def test_frames_too_far_apart_stop_the_export_with_the_setting_to_change(tmp_path):
    shards = make_run(tmp_path / "run", 1, spacing=0.1)
    with pytest.raises(RecipeError, match=r"0\.100 m apart.*navigation\.spacing = 0\.0625"):
        _export(shards, tmp_path / "vln_n1")
    assert loader.listing(tmp_path / "vln_n1") == []


def test_a_scene_without_its_map_is_given_up_and_said(tmp_path):
    summary = _export(make_run(tmp_path / "run", 1, maps=False), tmp_path / "vln_n1")
    (name,) = summary.quarantined
    reason = json.loads((tmp_path / "vln_n1.export" / "quarantine" / f"{name}.json").read_text())["message"]
    assert "restore the run's maps folder" in reason


def test_what_stands_there_from_elsewhere_is_not_touched(run_folder, tmp_path):
    (tmp_path / "vln_n1" / SCENE).mkdir(parents=True)
    with pytest.raises(RecipeError, match="not of an export"):
        _export(run_folder, tmp_path / "vln_n1")
    assert list((tmp_path / "vln_n1" / SCENE).iterdir()) == []


def test_a_folder_that_is_no_run_or_cannot_be_made_is_told(run_folder, tmp_path):
    with pytest.raises(StorageError, match=r"no run\.json"):
        _export(str(tmp_path), tmp_path / "vln_n1")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be made or written"):
        _export(run_folder, tmp_path / "file" / "vln_n1")
    storage = open_storage(str(tmp_path / "empty"))
    storage.write("run.json", open_storage(run_folder).read("run.json"))
    with pytest.raises(StorageError, match="no finished shards"):
        _export(str(tmp_path / "empty"), tmp_path / "vln_n1")


@pytest.mark.ray
@pytest.mark.slow
def test_two_workers_write_the_same_bytes(root, run_folder, tmp_path):
    engine = Engine(executor="ray", workers=2)
    export_internnav(run_folder, str(tmp_path / "vln_n1"), Selection(), engine, lambda event: None)
    assert prints(tmp_path / "vln_n1") == prints(root)
