"""The vln_n1 dialect of InternData-N1, release 0.5, as InternNav's `NavDP_Base_Datset` reads it.

Names, poses, columns and lines; one scene folder holds data/, meta/ and videos/. docs/internnav.md says what each
rule is for.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.arrays import Float64
from schemas.cameras import Camera
from schemas.frames import opencv_to_opengl
from schemas.identity import digest
from schemas.jsonable import opened, to_json
from schemas.records import Record

CHUNK = "chunk-000"
DATA = f"data/{CHUNK}"
RGB = f"videos/{CHUNK}/observation.images.rgb"
DEPTH = f"videos/{CHUNK}/observation.images.depth"
STATS = "meta/episodes_stats.jsonl"
EPISODES = "meta/episodes.jsonl"
TASKS = "meta/tasks.jsonl"
INFO = "meta/info.json"
CLOUD = "meta/pointcloud.ply"
PROVENANCE = "meta/provenance.jsonl"

DEPTH_UNITS = 10_000  # a metre
DEPTH_SCALE = 1 / DEPTH_UNITS
MAX_SPACING = 0.0625  # metres: four frames are at most the 0.25 m that the diffusion policy can say
INTRINSIC = "observation.camera_intrinsic"
EXTRINSIC = "observation.camera_extrinsic"
ACTION = "action"
SCHEMA = pa.schema(
    [
        pa.field("index", pa.int64()),
        pa.field(INTRINSIC, pa.list_(pa.float32())),
        pa.field(EXTRINSIC, pa.list_(pa.float32())),
        pa.field(ACTION, pa.list_(pa.float32())),
    ]
)
_SAID_ELSEWHERE = ("clips", "instructions", "instances")

Line = dict[str, Any]


def episode_file(episode: int) -> str:
    """Name of an episode's table."""
    return f"{DATA}/episode_{episode:06d}.parquet"


def frame_stem(episode: int, frame: int, digits: int) -> str:
    """Name of a frame's images without folder and ending."""
    return f"episode_{episode:06d}_{frame:0{digits}d}"


def frame_digits(longest: int) -> int:
    """Digits of frame numbers in a scene whose longest episode has `longest` frames: three, as in the release, or more.

    All names of a scene have the same, so that sorting by name is sorting by episode and frame.
    """
    return max(3, len(str(longest - 1)))


def mount(height: float, pitch_down: float) -> Float64:
    """`observation.camera_extrinsic` (4, 4): camera (OpenGL axes) → base (x right, y forward, z up, on the floor)."""
    sin, cos = math.sin(pitch_down), math.cos(pitch_down)
    return np.array([[1, 0, 0, 0], [0, sin, -cos, 0], [0, cos, sin, height], [0, 0, 0, 1]], dtype=np.float64)


def encode_episode(camera: Camera, extrinsic: Float64, camera_to_world: Float64) -> bytes:
    """An episode's table, Parquet bytes: a row a frame.

    extrinsic : (4, 4) as of `mount`; camera_to_world : (T, 4, 4) with OpenCV axes, turned into OpenGL ones here
    """
    frames = len(camera_to_world)
    poses = opencv_to_opengl(camera_to_world) + 0.0  # no negative zeros, so that equal poses are equal bytes
    columns = [np.broadcast_to(camera.matrix, (frames, 3, 3)), np.broadcast_to(extrinsic, (frames, 4, 4)), poses]
    table = pa.table([pa.array(np.arange(frames)), *map(_flat_lists, columns)], schema=SCHEMA)
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _flat_lists(matrices: Float64) -> pa.Array:
    """Matrices (T, n, n) as a column of T lists of single precision."""
    frames = len(matrices)
    values = matrices.astype(np.float32).reshape(frames, -1)
    offsets = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, values.ravel())


def task_texts(record: Record) -> list[str]:
    """The instructions as JSON texts, clips in order of time and the whole walk last.

    Where one clip is the whole walk, its revised text is that of the walk in the same style, language and variant, as
    in the release.
    """
    clips = sorted((entry for entry in record.instructions if entry.scope == "clip"), key=lambda entry: entry.first)
    walks = [entry for entry in record.instructions if entry.scope == "walk"]
    whole = {(walk.first, walk.last, walk.style, walk.language, walk.variant): walk.text for walk in walks}
    tasks: list[Line] = [
        {
            "sub_instruction": entry.raw or entry.text,
            "sub_indexes": [entry.first, entry.last],
            "revised_sub_instruction": whole.get(
                (entry.first, entry.last, entry.style, entry.language, entry.variant), entry.text
            ),
        }
        for entry in clips
    ]
    tasks += [{"sum_instruction": entry.text, "sum_indexes": [entry.first, entry.last]} for entry in walks]
    return [json.dumps(task, ensure_ascii=False) for task in tasks]


def stats_line(episode: int, first_image: int, images: int, first_task: int, tasks: int) -> Line:
    """Where an episode's images lie in the scene's sorted list, and its texts in tasks.jsonl; both ends included."""
    return {
        "episode_index": episode,
        "task_index": _span(first_task, tasks),
        "image_index": _span(first_image, images),
    }


def info(camera: Camera, episodes: int, frames: int, tasks: int, seconds: float, digits: int) -> Line:
    """info.json of a scene folder. `seconds` is the duration of all its walks, of which `fps` is the mean rate."""
    vector = {"names": None, "dtype": "float32"}
    image = {"dtype": "image", "names": ["height", "width", "channel"]}
    size = [camera.height, camera.width]
    template = f"episode_{{episode_index:06d}}_{{frame_index:0{digits}d}}"
    return {
        "codebase_version": "v2.1",
        "robot_type": "upright cylinder with one camera",
        "total_episodes": episodes,
        "total_frames": frames,
        "total_tasks": tasks,
        "total_videos": 0,
        "total_chunks": 1,
        "chunks_size": max(1000, episodes),
        "fps": max(1, round((frames - episodes) / seconds)) if seconds > 0 else 1,
        "splits": {"train": f"0:{episodes}"},
        "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": None,
        "image_path": {
            "observation.images.rgb": f"{RGB}/{template}.jpg",
            "observation.images.depth": f"{DEPTH}/{template}.png",
        },
        "features": {
            "index": {"dtype": "int64", "shape": [1], "names": None},
            INTRINSIC: vector | {"shape": [9]},
            EXTRINSIC: vector | {"shape": [16]},
            ACTION: vector | {"shape": [16]},
            "observation.images.rgb": image | {"shape": [*size, 3]},
            "observation.images.depth": image | {"shape": [*size, 1], "units_per_metre": DEPTH_UNITS},
        },
    }


def provenance(episode: int, record: Record, first_pose: Float64) -> Line:
    """What the dialect drops of an episode: where, by whom, from what and with which robot and seed it was made.

    start_pose : camera_to_world of the first frame, OpenCV axes, row by row
    """
    kept = {name: to_json(value) for name, value in opened(record).items() if name not in _SAID_ELSEWHERE}
    return {"episode_index": episode, **kept, "start_pose": first_pose.tolist()}


def cloud_name(record: Record) -> str:
    """Where the storage of imported shards keeps the cloud of a scene for a robot's body, byte for byte."""
    return f"clouds/{digest('cloud', record.scene_digest, record.storey, to_json(record.robot.body))[:32]}.ply"


def encode_lines(lines: Sequence[Line]) -> bytes:
    """JSON lines, UTF-8."""
    return "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines).encode()


def encode_json(value: Line) -> bytes:
    """JSON, UTF-8, indented."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def rotation_base(action: Float64, extrinsic: Float64) -> Float64:
    """The base's rotations (T, 3, 3) of poses (T, 4, 4), as the loader finds them: the pose less the mount."""
    return np.asarray(action[:, :3, :3] @ np.linalg.inv(extrinsic[:3, :3]))


def _span(first: int, count: int) -> Line:
    return {"min": first, "max": first + count - 1, "count": count}
