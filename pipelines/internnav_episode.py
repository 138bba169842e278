"""One episode of a vln_n1 folder as a sample of ours: record, arrays and frames."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from factory.pixel_goals import find_pixel_goals
from factory.rendering.encode import decode_depth
from factory.shards.images import jpeg_size
from pipelines import internnav_dialect as dialect
from pipelines.internnav_cloud import OBSTACLE, decode_cloud
from pipelines.internnav_episode_check import Table, read_episode
from schemas.arrays import Float64, triple
from schemas.cameras import FARTHEST, Camera
from schemas.episodes import CaptionedEpisode, Clip, EpisodePlan, Generator, Instruction, RenderedEpisode, Scores
from schemas.frames import heading, opengl_to_opencv
from schemas.identity import digest, episode_id
from schemas.jsonable import from_json
from schemas.manifests import Unit
from schemas.records import Record, build_record
from schemas.robots import Body, Robot
from schemas.scenes import Lighting, SceneRef

_WRITER = Generator("internnav import", "1")
_UNKNOWN_LICENCE = "see the data's own terms"
_STEP, _SLOPE = 0.1, 0.5  # of a robot that is not told: metres, radians


@dataclass(frozen=True)
class Origin:
    """Whose episodes a folder holds: from our side file, or guessed from its names and poses where there is none."""

    scene: SceneRef
    scene_digest: str
    storey: int
    seed: int
    camera: str
    lighting: Lighting
    body: Body


@dataclass(frozen=True)
class Episode:
    """What a folder holds of one episode.

    texts : its JSON tasks, decoded; fps : frames a second
    """

    table: Table
    rgb: list[Path]
    depth: list[Path]
    texts: list[dict[str, Any]]
    robot: Robot
    fps: float


def origin_of(folder: Path) -> Origin:
    """The origin of a scene folder. Raises ShardError for a table or cloud that cannot be read."""
    told = _lines(folder / dialect.PROVENANCE)
    try:
        first = told[0]
        return Origin(
            from_json(SceneRef, first["scene"]),
            str(first["scene_digest"]),
            int(first["storey"]),
            int(first["run_seed"]),
            str(first["camera"]["name"]),
            Lighting(first["lighting"]),
            from_json(Body, first["robot"]["body"]),
        )
    except (IndexError, KeyError, ValueError, TypeError):
        return _guessed(folder)


def episodes(folder: Path, origin: Origin) -> Iterator[Episode]:
    """The folder's episodes in order, without their images' content."""
    tables, rgb, depth = (sorted((folder / part).iterdir()) for part in (dialect.DATA, dialect.RGB, dialect.DEPTH))
    told, texts = _lines(folder / dialect.PROVENANCE), _lines(folder / dialect.EPISODES)
    fps = _rate(folder / dialect.INFO)
    for i, line in enumerate(_lines(folder / dialect.STATS)):
        span = slice(line["image_index"]["min"], line["image_index"]["max"] + 1)
        table = read_episode(tables[i].read_bytes())
        yield Episode(table, rgb[span], depth[span], _tasks(texts, i), _robot(told, i, table, origin), fps)


def sample_of(
    episode: Episode, index: int, origin: Origin, obstacles: Any, unit: Unit
) -> tuple[CaptionedEpisode, Record]:
    """The sample of an episode. obstacles : cKDTree of the folder's obstacle points in the plane.

    Depth is in tenths of millimetres, as in the dialect, and instance masks are empty.
    """
    rgb = tuple(path.read_bytes() for path in episode.rgb)
    depth = np.stack([decode_depth(path.read_bytes()) for path in episode.depth])
    plan = _plan(episode, index, origin, obstacles, jpeg_size(rgb[0]))
    renderer = {"name": _WRITER.name, "version": "1"}
    rendered = RenderedEpisode(plan, rgb, depth, np.zeros_like(depth), renderer, depth_scale=dialect.DEPTH_SCALE)
    goals = find_pixel_goals(rendered)
    instructions = tuple(_instruction(task) for task in episode.texts)
    known = float(((depth > 0) & (depth < FARTHEST)).mean(axis=(1, 2)).min())
    scores = Scores(0.0, 0.0, 0.0, 1.0, 0.0, 0, known)
    captioned = CaptionedEpisode(rendered, _clips(plan, instructions), goals, scores, instructions)
    return captioned, build_record(captioned, unit, (), (), origin.lighting)


def obstacle_tree(folder: Path) -> Any:
    """The folder's obstacles, to be asked for distances in the plane."""
    return cKDTree(decode_cloud((folder / dialect.CLOUD).read_bytes(), dialect.CLOUD).of(OBSTACLE)[:, :2])


def _guessed(folder: Path) -> Origin:
    dataset, _, camera = folder.parent.name.rpartition("_")
    tables = [read_episode(path.read_bytes()) for path in sorted((folder / dialect.DATA).iterdir())]
    tree = obstacle_tree(folder)
    clearance = min(float(tree.query(table.action[:, :2, 3])[0].min()) for table in tables)
    height = max(float(table.extrinsic[0, 2, 3]) for table in tables)
    return Origin(
        SceneRef(dataset or camera, folder.name, f"{folder.parent.name}/{folder.name}", _UNKNOWN_LICENCE),
        digest("internnav", folder.parent.name, folder.name, (folder / dialect.CLOUD).read_bytes()),
        0, 0, camera, Lighting.UNLIT,
        Body(min(2.0, max(0.01, clearance)), max(height, 2 * _STEP), _STEP, _SLOPE),
    )  # fmt: skip


def _plan(episode: Episode, index: int, origin: Origin, obstacles: Any, size: tuple[int, int]) -> EpisodePlan:
    table, K = episode.table, episode.table.intrinsic[0]
    poses = opengl_to_opencv(table.action) + 0.0
    frames = len(poses)
    positions = poses[:, :3, 3] - [0.0, 0.0, episode.robot.camera_height]
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    yaw, times = np.unwrap(heading(poses)), np.arange(frames) / episode.fps
    clearance = np.asarray(obstacles.query(positions[:, :2])[0], dtype=np.float32)
    return EpisodePlan(
        episode_id=episode_id(origin.scene.dataset, origin.scene.name, origin.storey, index),
        index=index,
        scene=origin.scene,
        scene_digest=origin.scene_digest,
        storey=origin.storey,
        floor_z=float(np.median(positions[:, 2])),
        seed=origin.seed,
        robot=episode.robot,
        camera=Camera(origin.camera, *size, *(float(K[at]) for at in ((0, 0), (1, 1), (0, 2), (1, 2)))),
        start=triple(positions[0]),
        goal=triple(positions[-1]),
        times=times,
        positions=positions,
        yaw=yaw,
        camera_to_world=poses,
        linear_speed=_rates(steps, episode.fps),
        angular_speed=_rates(np.diff(yaw), episode.fps),
        clearance=clearance,
        room=np.zeros(frames, np.int32),
        geodesic_length=float(steps.sum()),
        path_length=float(steps.sum()),
        certified_clearance=float(clearance.min()),
    )


def _robot(told: list[Any], episode: int, table: Table, origin: Origin) -> Robot:
    """The robot that our side file tells, or the one that the mount shows."""
    try:
        return from_json(Robot, told[episode]["robot"])
    except (IndexError, KeyError, ValueError, TypeError):
        extrinsic = table.extrinsic[0]
        return Robot(origin.body, float(extrinsic[2, 3]), _pitch(extrinsic[1, 1], extrinsic[2, 1]))


def _pitch(sin: float, cos: float) -> float:
    """The downward pitch whose sine and cosine, rounded to single precision, are those given.

    Each leaves a range of angles; the middle of what the two have in common is taken.
    """
    side = -1.0 if sin < 0 else 1.0
    by_sine, by_cosine = np.arcsin(_rounded_to(sin)), side * np.arccos(_rounded_to(cos))
    low, high = max(by_sine.min(), by_cosine.min()), min(by_sine.max(), by_cosine.max())
    return float((low + high) / 2) if low <= high else float(np.arctan2(sin, cos))


def _rounded_to(value: float) -> Float64:
    """The ends of the numbers that round to a single-precision `value`, within −1..1."""
    single = np.float32(value)
    beside = np.array([np.nextafter(single, np.float32(way)) for way in (-2, 2)], dtype=np.float64)
    return np.clip((beside + np.float64(single)) / 2, -1.0, 1.0)


def _clips(plan: EpisodePlan, instructions: tuple[Instruction, ...]) -> tuple[Clip, ...]:
    """The clips that the texts are of, or the whole walk as one where they do not cover it frame by frame."""
    last = plan.frames - 1
    spans = list(dict.fromkeys((entry.first, entry.last) for entry in instructions if entry.scope == "clip"))
    if [0, *(span[1] + 1 for span in spans)] != [*(span[0] for span in spans), last + 1]:
        spans = [(0, last)]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(plan.positions, axis=0), axis=1))])
    return tuple(
        Clip(first, end, float(plan.yaw[end] - plan.yaw[first]), float(length[end] - length[first]))
        for first, end in spans
    )


def _instruction(task: dict[str, Any]) -> Instruction:
    if "sum_instruction" in task:
        first, last = task["sum_indexes"]
        return Instruction("walk", int(first), int(last), str(task["sum_instruction"]), None, (), _WRITER, None)
    first, last = task["sub_indexes"]
    text, raw = str(task["revised_sub_instruction"]), str(task["sub_instruction"])
    return Instruction("clip", int(first), int(last), text, raw if raw != text else None, (), _WRITER, None)


def _tasks(lines: list[Any], episode: int) -> list[dict[str, Any]]:
    """An episode's texts; none where they are not what the dialect says."""
    try:
        tasks = [json.loads(text) for text in lines[episode]["tasks"]]
        for task in tasks:
            _instruction(task)
    except (ValueError, KeyError, TypeError, IndexError):
        return []
    return tasks


def _rate(path: Path) -> float:
    try:
        return float(np.clip(float(json.loads(path.read_text(errors="replace"))["fps"]), 0.1, 1000))
    except (OSError, ValueError, KeyError, TypeError):
        return 30.0


def _lines(path: Path) -> list[Any]:
    try:
        return [json.loads(line) for line in path.read_text(errors="replace").split("\n") if line.strip()]
    except (OSError, ValueError):
        return []


def _rates(differences: Float64, fps: float) -> Any:
    return np.append(differences, differences[-1]).astype(np.float32) * np.float32(fps)
