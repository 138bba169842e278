"""The dialect's names, poses, columns and lines, by hand."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import internnav_dialect as dialect
from schemas.cameras import PRESETS
from schemas.frames import camera_pose
from schemas.looks import Look, Repaint
from schemas.records import Record, record_of
from tests import walks


def _record() -> Record:
    return record_of(walks.walk(), walks.scene(), walks.unit())


def test_names_sort_as_episodes_and_frames_do():
    for longest in (12, 1000, 1001, 12000):
        digits = dialect.frame_digits(longest)
        names = [dialect.frame_stem(e, f, digits) for e in (0, 9, 10, 123) for f in (0, 9, 10, longest - 1)]
        assert names == sorted(names)
    assert dialect.frame_stem(0, 7, dialect.frame_digits(1000)) == "episode_000000_007"
    assert dialect.frame_digits(1001) == 4


def test_the_mount_of_a_level_camera_looks_along_the_bases_y():
    extrinsic = dialect.mount(0.8, 0.0)
    forward, up = -extrinsic[:3, 2], extrinsic[:3, 1]
    assert forward == pytest.approx([0, 1, 0])
    assert up == pytest.approx([0, 0, 1])
    assert extrinsic[:3, 3] == pytest.approx([0, 0, 0.8])


def test_a_camera_tilted_down_by_thirty_degrees_looks_at_the_floor():
    forward = -dialect.mount(1.0, math.radians(30))[:3, 2]
    assert forward == pytest.approx([0, math.cos(math.radians(30)), -0.5])


@given(st.floats(-math.pi, math.pi), st.floats(0, 0.6), st.floats(0.2, 1.5))
def test_a_pose_is_the_base_turned_by_its_yaw_and_the_mount(yaw, pitch, height):
    pose = camera_pose(np.array([[1.0, 2.0, 0.5 + height]]), np.array([yaw]), pitch)
    table = _table(dialect.encode_episode(PRESETS["d435i"], dialect.mount(height, pitch), pose))
    action = np.reshape(table["action"][0].as_py(), (4, 4))
    a = yaw - math.pi / 2
    base = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    assert action[:3, :3] == pytest.approx(base @ dialect.mount(height, pitch)[:3, :3], abs=1e-6)
    assert action[:3, 3] == pytest.approx([1.0, 2.0, 0.5 + height], abs=1e-6)
    assert dialect.rotation_base(action[None], dialect.mount(height, pitch))[0] == pytest.approx(base, abs=1e-6)


def test_a_table_has_the_releases_columns_flat_and_in_single_precision():
    poses = walks.walk().rendered.plan.camera_to_world
    table = _table(dialect.encode_episode(PRESETS["d435i"], dialect.mount(0.8, 0.3), poses))
    assert table.schema.names == [
        "index", "observation.camera_intrinsic", "observation.camera_extrinsic", "action",
    ]  # fmt: skip
    assert [field.type for field in table.schema] == [pa.int64()] + 3 * [pa.list_(pa.float32())]
    assert table["index"].to_pylist() == list(range(len(poses)))
    intrinsic = table["observation.camera_intrinsic"].to_pylist()
    assert intrinsic[0] == intrinsic[-1] == pytest.approx([355.81464, 0, 240, 0, 351.68701, 135, 0, 0, 1])


def test_texts_are_clips_in_order_of_time_and_the_walk_last():
    record = _record()
    shuffled = replace(record, instructions=record.instructions[::-1])
    tasks = [json.loads(text) for text in dialect.task_texts(shuffled)]
    assert [task["sub_indexes"] for task in tasks[:2]] == [[0, 2], [3, 5]]
    assert tasks[0] == {
        "sub_instruction": "Go to the doorway.",
        "sub_indexes": [0, 2],
        "revised_sub_instruction": "Go to the doorway.",
    }
    assert tasks[2] == {"sum_instruction": "Walk to the wardrobe and stop.", "sum_indexes": [0, 5]}


def test_the_text_of_an_only_clip_is_that_of_the_walk():
    record = _record()
    whole = replace(record.instructions[0], last=5, raw="A hall.")
    tasks = [
        json.loads(text) for text in dialect.task_texts(replace(record, instructions=(whole, record.instructions[2])))
    ]
    assert tasks[0]["sub_instruction"] == "A hall."
    assert tasks[0]["revised_sub_instruction"] == tasks[1]["sum_instruction"]


def test_each_variant_of_an_only_clip_has_the_walk_of_its_own_variant():
    record = _record()
    clip, walk = replace(record.instructions[0], last=5), record.instructions[2]
    told = [replace(text, variant=v, text=f"{text.scope} {v}") for v in (0, 1) for text in (clip, walk)]
    tasks = [json.loads(text) for text in dialect.task_texts(replace(record, instructions=tuple(told)))]
    assert [task.get("revised_sub_instruction") for task in tasks[:2]] == ["walk 0", "walk 1"]
    assert [task["sub_instruction"] for task in tasks[:2]] == ["clip 0", "clip 1"]
    assert [task["sum_instruction"] for task in tasks[2:]] == ["walk 0", "walk 1"]


def test_spans_hold_both_their_ends():
    assert dialect.stats_line(3, 10, 5, 7, 2) == {
        "episode_index": 3,
        "task_index": {"min": 7, "max": 8, "count": 2},
        "image_index": {"min": 10, "max": 14, "count": 5},
    }


def test_info_says_the_rate_of_frames_and_the_pattern_of_names():
    info = dialect.info(PRESETS["d435i"], 2, 62, 5, 4.0, 3)
    assert (info["total_episodes"], info["total_frames"], info["total_tasks"], info["total_chunks"]) == (2, 62, 5, 1)
    assert info["fps"] == 15  # 60 steps in 4 s
    assert info["features"]["observation.images.rgb"]["shape"] == [270, 480, 3]
    name = info["image_path"]["observation.images.rgb"].format(episode_index=1, frame_index=2)
    assert name.endswith("observation.images.rgb/episode_000001_002.jpg")
    assert dialect.info(PRESETS["d435i"], 1, 1, 0, 0.0, 3)["fps"] == 1


def test_the_provenance_keeps_what_the_dialect_has_no_place_for():
    record = _record()
    line = dialect.provenance(4, record, np.eye(4))
    assert (line["episode_index"], line["run_seed"], line["scene_digest"]) == (4, 7, walks.scene().digest)
    assert line["scene"]["licence"] == "CC0-1.0"
    assert line["camera"]["fx"] == record.camera.fx
    assert line["start_pose"] == np.eye(4).tolist()


def _table(content: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(content))


def test_the_provenance_says_the_look_and_the_sensor_of_an_episode_that_has_them():
    plain = record_of(walks.walk(), walks.scene(), walks.unit())
    look = Look(1, 0.5, 14.0, 40.0, 1.0, 3000.0, (Repaint("wall", 20.0, 1.1, 0.9),))
    line = dialect.provenance(0, replace(plain, look=look, sensor={"baseline": 0.05}), np.eye(4))
    assert line["look"]["hour"] == 14.0
    assert line["look"]["paint"][0]["material"] == "wall"
    assert line["sensor"] == {"baseline": 0.05}
    assert "look" not in dialect.provenance(0, plain, np.eye(4))
