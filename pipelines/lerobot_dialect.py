"""A LeRobot dataset, format v3.0, as `lerobot` reads it: names, features, rows and meta files.

docs/lerobot.md says what each column is for. One shard makes one data file and one file of episodes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from factory.rendering.encode import encode_depth, quantize_depth
from factory.shards import Sample
from factory.storage.parquet import read_parquet
from schemas.arrays import AnyArray, Float64, Int64, UInt16
from schemas.cameras import FARTHEST, MILLIMETRE
from schemas.episodes import Clip
from schemas.jsonable import to_json
from schemas.records import Record

INFO = "meta/info.json"
STATS = "meta/stats.json"
TASKS = "meta/tasks.parquet"
SUBTASKS = "meta/subtasks.parquet"

# A camera's columns; where the robot has several, followed by "." and the mount's name.
RGB = "observation.images.rgb"
DEPTH = "observation.images.depth"
POSE = "camera_to_world"
FILES_A_CHUNK = 1000
DEPTH_SCALE = MILLIMETRE  # LeRobot knows depth in millimetres and in metres

# Columns of one number a frame, and of a vector a frame with what its entries are.
SCALARS = {
    "timestamp": "float32", "frame_index": "int64", "episode_index": "int64", "index": "int64", "task_index": "int64",
    "subtask_index": "int64", "time": "float32", "clearance": "float32",
}  # fmt: skip
VECTORS: dict[str, tuple[str, list[str]]] = {
    "observation.state": ("float32", ["x", "y", "z", "yaw"]),
    "action": ("float32", ["forward", "left", "turn"]),
    "camera_intrinsic": ("float32", ["fx", "fy", "cx", "cy"]),
    "goal_pixel": ("int64", ["u", "v"]),
}

_ENDINGS = ("rgb.jpg", "depth.png")
_ENTRIES = [f"T{row}{column}" for row in range(4) for column in range(4)]

Line = dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """What all episodes of a dataset have in common: pixels of an image, frames a second, and the robot's cameras.

    mounts : of the cameras, the first one's first; "" is that of a robot with one camera
    """

    width: int
    height: int
    fps: int
    mounts: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Place:
    """Where an episode lies in the dataset: its number, and those of its first frame, first clip and task."""

    episode: int
    frame: int
    clip: int
    task: int


def data_file(number: int) -> str:
    """Name of the file with the frames of shard `number`."""
    return f"data/{_file(number)}"


def episodes_file(number: int) -> str:
    """Name of the file with the episodes of shard `number`."""
    return f"meta/episodes/{_file(number)}"


def mounts(record: Record) -> tuple[str, ...]:
    """The mounts of a `Layout`."""
    return tuple(mount.name for mount in record.robot.mounts) if record.robot.further_mounts else ("",)


def of_camera(column: str, mount: str) -> str:
    """The name of a camera's column."""
    return f"{column}.{mount}" if mount else column


def features(layout: Layout) -> dict[str, Line]:
    """The features of info.json, by column."""
    image: Line = {"dtype": "image", "names": ["height", "width", "channels"]}
    size = [layout.height, layout.width]
    color, pose = image | {"shape": [*size, 3]}, {"dtype": "float32", "shape": [16], "names": _ENTRIES}
    depth = image | {"shape": [*size, 1], "info": {"is_depth_map": True, "depth_unit": "mm"}}
    return {
        **{of_camera(RGB, mount): color for mount in layout.mounts},
        **{of_camera(DEPTH, mount): depth for mount in layout.mounts},
        **{of_camera(POSE, mount): pose for mount in layout.mounts},
        **{name: {"dtype": dtype, "shape": [len(names)], "names": names} for name, (dtype, names) in VECTORS.items()},
        **{name: {"dtype": dtype, "shape": [1], "names": None} for name, dtype in SCALARS.items()},
    }


def schema(layout: Layout) -> pa.Schema:
    """Of a data file, with the note by which Hugging Face's `datasets` knows images as images."""
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields: list[pa.Field] = []
    kinds: dict[str, Line] = {}
    for name, feature in features(layout).items():
        if feature["dtype"] == "image":
            fields.append(pa.field(name, image))
            kinds[name] = {"_type": "Image"}
            continue
        value: Line = {"dtype": feature["dtype"], "_type": "Value"}
        (length,) = feature["shape"]
        number = pa.type_for_alias(feature["dtype"])
        fields.append(pa.field(name, number if name in SCALARS else pa.list_(number, length)))
        kinds[name] = value if name in SCALARS else {"feature": value, "length": length, "_type": "List"}
    return pa.schema(fields, {b"huggingface": json.dumps({"info": {"features": kinds}}).encode()})


def columns(sample: Sample, layout: Layout, place: Place) -> dict[str, AnyArray]:
    """All columns of an episode but its images: (T,) or (T, n)."""
    record, arrays, frames = sample.record, sample.arrays, np.arange(sample.record.frames)
    camera = record.camera
    return {
        "observation.state": np.column_stack([arrays["positions"], arrays["yaw"]]).astype(np.float32),
        "action": motion(arrays["positions"], arrays["yaw"]).astype(np.float32),
        **{of_camera(POSE, mount): sample.poses(mount).reshape(-1, 16).astype(np.float32) for mount in layout.mounts},
        "camera_intrinsic": np.tile(
            np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32), (len(frames), 1)
        ),
        "goal_pixel": arrays["goal_pixel"].astype(np.int64),
        "timestamp": (frames / layout.fps).astype(np.float32),
        "frame_index": frames,
        "episode_index": np.full(len(frames), place.episode),
        "index": place.frame + frames,
        "task_index": np.full(len(frames), place.task),
        "subtask_index": place.clip + _clip_of_frame(record.clips),
        "time": arrays["times"].astype(np.float32),
        "clearance": arrays["clearance"],
    }


def table(sample: Sample, layout: Layout, numbers: Mapping[str, AnyArray]) -> pa.Table:
    """The rows of an episode, a frame each. Colour is the shard's JPEG, and so is depth its PNG where it is in mm.

    numbers : as of `columns`
    """
    arrays: dict[str, pa.Array] = {}
    further = ["", *(f"{mount}." for mount in layout.mounts[1:])]
    for mount, prefix in zip(layout.mounts, further, strict=True):
        color, depth = ([f"{i:04d}.{prefix}{end}" for i in range(sample.record.frames)] for end in _ENDINGS)
        arrays[of_camera(RGB, mount)] = _images(sample.key, color, [sample.files[name] for name in color])
        pngs = [_depth_png(sample, i, mount, name) for i, name in enumerate(depth)]
        arrays[of_camera(DEPTH, mount)] = _images(sample.key, depth, pngs)
    for name, values in numbers.items():
        flat = pa.array(np.ascontiguousarray(values).ravel())
        arrays[name] = flat if values.ndim == 1 else pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
    return pa.table(arrays, schema=schema(layout))


def depth_image(sample: Sample, frame: int, mount: str) -> UInt16:
    """A frame's depth (H, W) in the dataset's millimetres; 0 where there is none, or too far for the shard to say."""
    return quantize_depth(sample.depth(frame, mount), FARTHEST * DEPTH_SCALE)


def motion(positions: Float64, yaw: Float64) -> Float64:
    """The way to the next frame in the robot's frame, (T, 3): metres forward and left, radians to the left.

    positions : (T, 3), yaw : (T,) unwrapped. The last frame's is zero: there the robot stands.
    """
    step, turn = np.diff(positions[:, :2], axis=0), np.diff(yaw)
    cos, sin = np.cos(yaw[:-1]), np.sin(yaw[:-1])
    way = np.stack([step[:, 0] * cos + step[:, 1] * sin, step[:, 1] * cos - step[:, 0] * sin, turn], axis=1)
    return np.concatenate([way, np.zeros((1, 3))])


def task(record: Record) -> str:
    """The task of an episode, its walk's instruction; "" where there is none."""
    return next((entry.text for entry in record.instructions if entry.scope == "walk"), "")


def subtasks(record: Record) -> list[str]:
    """The instruction of each clip, in order; "" where a clip has none."""
    texts = {(entry.first, entry.last): entry.text for entry in record.instructions if entry.scope == "clip"}
    return [texts.get((clip.first, clip.last), "") for clip in record.clips]


def episode_line(record: Record, number: int, place: Place) -> Line:
    """The row of an episode in its file, without statistics. `provenance` is what nothing else in the format says."""
    chunk, file = divmod(number, FILES_A_CHUNK)
    kept: Line = to_json(record)
    for said_elsewhere in ("clips", "instructions", "instances"):
        del kept[said_elsewhere]
    return {
        "episode_index": place.episode,
        "tasks": [task(record)],
        "length": record.frames,
        "data/chunk_index": chunk,
        "data/file_index": file,
        "dataset_from_index": place.frame,
        "dataset_to_index": place.frame + record.frames,
        "meta/episodes/chunk_index": chunk,
        "meta/episodes/file_index": file,
        "subtasks": subtasks(record),
        "provenance": json.dumps(kept, ensure_ascii=False, allow_nan=False),
    }


def info(layout: Layout, episodes: int, frames: int, tasks: int) -> Line:
    """info.json of a dataset."""
    return {
        "codebase_version": "v3.0",
        "robot_type": "upright cylinder with a camera",
        "total_episodes": episodes,
        "total_frames": frames,
        "total_tasks": tasks,
        "chunks_size": FILES_A_CHUNK,
        "data_files_size_in_mb": 1000,
        "video_files_size_in_mb": 200,
        "fps": layout.fps,
        "splits": {"train": f"0:{episodes}"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": None,
        "features": features(layout),
    }


def encode_texts(texts: Sequence[str], name: str) -> bytes:
    """tasks.parquet or subtasks.parquet: numbers by text, the texts as the index of the frame that pandas reads."""
    column = f"{name}_index"
    numbers = {"name": column, "field_name": column, "pandas_type": "int64", "numpy_type": "int64", "metadata": None}
    index = {"name": name, "field_name": name, "pandas_type": "unicode", "numpy_type": "object", "metadata": None}
    note = {"index_columns": [name], "column_indexes": [], "columns": [numbers, index], "pandas_version": "2.0.0"}
    kinds = pa.schema([(column, pa.int64()), (name, pa.string())], {b"pandas": json.dumps(note).encode()})
    return _encode(pa.table({column: np.arange(len(texts)), name: list(texts)}, schema=kinds))


def encode_episodes(lines: Sequence[Line]) -> bytes:
    """A file of episodes."""
    return _encode(pa.Table.from_pylist(list(lines)))


def decode_episodes(content: bytes) -> list[Line]:
    """The rows of a file of episodes."""
    rows: list[Line] = read_parquet(content).to_pylist()
    return rows


def _file(number: int) -> str:
    chunk, file = divmod(number, FILES_A_CHUNK)
    return f"chunk-{chunk:03d}/file-{file:03d}.parquet"


def _encode(rows: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(rows, buffer)
    return buffer.getvalue()


def _images(key: str, names: list[str], contents: list[bytes]) -> pa.Array:
    paths = pa.array([f"{key}.{name}" for name in names])
    return pa.StructArray.from_arrays([pa.array(contents, pa.binary()), paths], ["bytes", "path"])


def _depth_png(sample: Sample, frame: int, mount: str, name: str) -> bytes:
    if sample.record.depth_scale == DEPTH_SCALE:
        return sample.files[name]
    return encode_depth(depth_image(sample, frame, mount))


def _clip_of_frame(clips: Sequence[Clip]) -> Int64:
    return np.repeat(np.arange(len(clips)), [clip.last - clip.first + 1 for clip in clips])
