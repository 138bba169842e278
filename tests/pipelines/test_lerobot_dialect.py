"""What a LeRobot dataset says of an episode, against hand-worked numbers."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from factory.rendering.encode import decode_depth, encode_depth
from factory.shards import Sample
from pipelines import lerobot_dialect as dialect
from schemas.looks import Look
from tests import exports

LAYOUT = dialect.Layout(48, 32, 5)
PLACE = dialect.Place(episode=4, frame=100, clip=7, task=2)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return exports.sample()


@pytest.fixture(scope="module")
def table(sample) -> pa.Table:
    return dialect.table(sample, LAYOUT, dialect.columns(sample, LAYOUT, PLACE))


def test_motion_is_in_the_robots_own_frame():
    """A step to the north is forward for one who looks north, and left for one who looks east."""
    positions = np.array([[0.0, 0, 0], [0, 2, 0], [0, 3, 0], [5, 3, 1]])
    yaw = np.array([math.pi / 2, 0.0, math.pi, math.pi + 0.5])
    assert dialect.motion(positions, yaw) == pytest.approx(
        np.array([[2, 0, -math.pi / 2], [0, 1, math.pi], [-5, 0, 0.5], [0, 0, 0]]), abs=1e-12
    )


@given(
    arrays(np.float64, st.tuples(st.integers(2, 20), st.just(4)), elements=st.floats(-50, 50)),
    st.floats(-3, 3),
)
def test_motion_adds_up_to_the_walk_wherever_the_world_lies(walk, turned):
    positions, yaw = np.column_stack([walk[:, :2], np.zeros(len(walk))]), walk[:, 3]
    way = dialect.motion(positions, yaw)
    heading = yaw[0] + np.concatenate([[0], np.cumsum(way[:-1, 2])])
    x = positions[0, 0] + np.cumsum(way[:, 0] * np.cos(heading) - way[:, 1] * np.sin(heading))
    assert x[:-1] == pytest.approx(positions[1:, 0], abs=1e-6)
    assert way[:-1, 2].sum() == pytest.approx(yaw[-1] - yaw[0], abs=1e-9)
    cos, sin = math.cos(turned), math.sin(turned)
    other = positions @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    assert dialect.motion(other, yaw + turned) == pytest.approx(way, abs=1e-6)


def test_a_frame_is_numbered_in_its_episode_and_in_the_dataset(table):
    assert table["frame_index"].to_pylist() == [0, 1, 2, 3, 4, 5]
    assert table["index"].to_pylist() == [100, 101, 102, 103, 104, 105]
    assert set(table["episode_index"].to_pylist()) == {4}
    assert set(table["task_index"].to_pylist()) == {2}
    assert table["timestamp"].to_pylist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert table["time"].to_pylist() == pytest.approx([0, 0.4, 0.8, 1.2, 1.6, 2.0])


def test_a_frames_subtask_is_its_clip(table):
    assert table["subtask_index"].to_pylist() == [7, 7, 7, 8, 8, 8]


def test_state_camera_and_goal_are_those_of_the_walk(sample, table):
    assert table["observation.state"].to_pylist()[2] == pytest.approx([3.85, 2, 0, 0])
    camera = sample.record.camera
    assert table["camera_intrinsic"].to_pylist()[0] == pytest.approx([camera.fx, camera.fy, camera.cx, camera.cy])
    pose = np.array(table["camera_to_world"].to_pylist()[5]).reshape(4, 4)
    assert pose == pytest.approx(sample.arrays["camera_to_world"][5], abs=1e-6)
    assert table["goal_pixel"].to_pylist()[-1] == [-1, -1]


def test_images_are_the_shards_own_bytes(sample, table):
    for i in range(sample.record.frames):
        color, depth = (table[name][i].as_py() for name in (dialect.RGB, dialect.DEPTH))
        assert color["bytes"] == sample.files[f"{i:04d}.rgb.jpg"]
        assert depth["bytes"] == sample.files[f"{i:04d}.depth.png"]
        assert color["path"] == f"{sample.key}.{i:04d}.rgb.jpg"


def test_depth_in_other_units_becomes_millimetres_and_what_they_cannot_say_becomes_none(sample):
    tenths = np.full((32, 48), 12_344, np.uint16)
    tenths[0, :3] = (0, 65_534, 65_535)
    files = {**sample.files, "0000.depth.png": encode_depth(tenths)}
    finer = replace(sample, record=replace(sample.record, depth_scale=0.0001), files=files)
    table = dialect.table(finer, LAYOUT, dialect.columns(finer, LAYOUT, PLACE))
    image = decode_depth(table[dialect.DEPTH][0]["bytes"].as_py())
    assert image[0, :4].tolist() == [0, 6553, 0, 1234]


def test_features_columns_and_the_note_for_datasets_agree(table):
    features = dialect.features(LAYOUT)
    assert list(features) == table.schema.names
    kinds = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert list(kinds) == table.schema.names
    assert kinds["observation.state"] == {
        "feature": {"dtype": "float32", "_type": "Value"}, "length": 4, "_type": "List",
    }  # fmt: skip
    assert kinds[dialect.RGB] == kinds[dialect.DEPTH] == {"_type": "Image"}
    assert table.schema.field("action").type == pa.list_(pa.float32(), 3)
    assert features[dialect.DEPTH]["shape"] == [32, 48, 1]
    assert features[dialect.DEPTH]["info"] == {"is_depth_map": True, "depth_unit": "mm"}


def test_an_episodes_line_says_where_it_lies_and_what_else_there_is_to_know(sample):
    line = dialect.episode_line(sample.record, 2003, PLACE)
    assert line["tasks"] == ["Walk to the wardrobe and stop."]
    assert line["subtasks"] == ["Go to the doorway.", "Go through it into the bedroom."]
    assert (line["dataset_from_index"], line["dataset_to_index"], line["length"]) == (100, 106, 6)
    assert (line["data/chunk_index"], line["data/file_index"]) == (2, 3)
    provenance = json.loads(line["provenance"])
    assert provenance["scene"]["licence"] == sample.record.scene.licence
    assert provenance["run_seed"] == 7
    assert "instances" not in provenance


def test_an_episodes_line_says_its_look(sample):
    look = Look(1, 0.5, None, None, None, None, ())
    line = dialect.episode_line(replace(sample.record, look=look), 0, dialect.Place(0, 0, 0, 0))
    assert json.loads(line["provenance"])["look"]["exposure"] == 0.5


def test_a_walk_or_clip_without_words_has_an_empty_task(sample):
    silent = replace(sample.record, instructions=sample.record.instructions[1:2])
    assert dialect.task(silent) == ""
    assert dialect.subtasks(silent) == ["", "Go through it into the bedroom."]


@pytest.mark.parametrize(
    ("number", "name"), [(0, "chunk-000/file-000"), (999, "chunk-000/file-999"), (1000, "chunk-001/file-000")]
)
def test_a_chunk_holds_a_thousand_files(number, name):
    assert dialect.data_file(number) == f"data/{name}.parquet"
    assert dialect.episodes_file(number) == f"meta/episodes/{name}.parquet"


def test_info_has_the_fields_of_the_format_and_no_other():
    info = dialect.info(LAYOUT, 3, 18, 2)
    assert info["codebase_version"] == "v3.0"
    assert (info["total_episodes"], info["total_frames"], info["total_tasks"], info["fps"]) == (3, 18, 2, 5)
    assert info["splits"] == {"train": "0:3"}
    assert info["data_path"].format(chunk_index=1, file_index=2) == dialect.data_file(1002)
    assert set(info) == {
        "codebase_version", "robot_type", "total_episodes", "total_frames", "total_tasks", "chunks_size",
        "data_files_size_in_mb", "video_files_size_in_mb", "fps", "splits", "data_path", "video_path", "features",
    }  # fmt: skip


def test_texts_are_the_index_that_pandas_makes_of_them():
    table = pq.read_table(pa.BufferReader(dialect.encode_texts(["go", "", "gö"], "task")))
    assert table["task"].to_pylist() == ["go", "", "gö"]
    assert table["task_index"].to_pylist() == [0, 1, 2]
    note = json.loads(table.schema.metadata[b"pandas"])
    assert note["index_columns"] == ["task"]
    assert [column["name"] for column in note["columns"]] == ["task_index", "task"]
