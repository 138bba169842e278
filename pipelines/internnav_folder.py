"""One scene folder of the vln_n1 dialect, from its first episode to its meta files."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from numba import njit

from factory.rendering.encode import encode_depth_quickly
from factory.shards import Sample
from pipelines import internnav_dialect as dialect
from schemas.arrays import UInt16
from schemas.errors import RecipeError, ShardError
from trainer.windows import MIN_FRAMES

# Packing and the system's part of writing run without the interpreter lock.
WRITERS = 2


class SceneFolder:
    """Takes the episodes of a scene folder in their order, then closes it with its meta files.

    `writers` write an episode's images while the caller reads the next one; two episodes are in memory. `frames` and
    `bytes` count what was written.
    """

    def __init__(self, folder: Path, digits: int, writers: ThreadPoolExecutor) -> None:
        self.frames = 0
        self.bytes = 0
        self._folder = folder
        self._writers = writers
        self._writing: list[Future[int]] = []
        self._digits = digits
        self._seconds = 0.0
        self._stats: list[dialect.Line] = []
        self._episodes: list[dialect.Line] = []
        self._tasks: list[dialect.Line] = []
        self._provenance: list[dialect.Line] = []
        for part in (dialect.DATA, dialect.RGB, dialect.DEPTH, "meta"):
            (folder / part).mkdir(parents=True)

    def add(self, sample: Sample) -> None:
        """Write an episode, its images by the time of the next call.

        Raises RecipeError for frames too far apart, ShardError for what the loader cannot cut, and for a damaged image
        of the episode before.
        """
        record, poses, episode = sample.record, sample.arrays["camera_to_world"], len(self._stats)
        _check(sample)
        extrinsic = dialect.mount(record.robot.camera_height, record.robot.camera_pitch_down)
        self._write(dialect.episode_file(episode), dialect.encode_episode(record.camera, extrinsic, poses))
        self._await_images()
        shares = [range(first, record.frames, WRITERS) for first in range(WRITERS)]
        self._writing = [self._writers.submit(self._write_frames, sample, episode, share) for share in shares]
        texts = dialect.task_texts(record)
        self._stats.append(dialect.stats_line(episode, self.frames, record.frames, len(self._tasks), len(texts)))
        self._episodes.append({"episode_index": episode, "tasks": texts, "length": record.frames})
        self._tasks += [{"task_index": len(self._tasks) + i, "task": text} for i, text in enumerate(texts)]
        self._provenance.append(dialect.provenance(episode, record, poses[0]))
        self.frames += record.frames
        self._seconds += float(sample.arrays["times"][-1])
        self._camera = record.camera

    def close(self, cloud: bytes) -> None:
        """Write the meta files; `cloud` is that of the folder's robot body."""
        self._await_images()
        self._write(dialect.CLOUD, cloud)
        self._write(dialect.EPISODES, dialect.encode_lines(self._episodes))
        self._write(dialect.TASKS, dialect.encode_lines(self._tasks))
        self._write(dialect.PROVENANCE, dialect.encode_lines(self._provenance))
        info = dialect.info(self._camera, len(self._stats), self.frames, len(self._tasks), self._seconds, self._digits)
        self._write(dialect.INFO, dialect.encode_json(info))
        self._write(dialect.STATS, dialect.encode_lines(self._stats))

    def _await_images(self) -> None:
        self.bytes += sum(share.result() for share in self._writing)
        self._writing = []

    def _write_frames(self, sample: Sample, episode: int, frames: range) -> int:
        color, depth = (str(self._folder / part) for part in (dialect.RGB, dialect.DEPTH))
        size = 0
        for frame in frames:
            stem = dialect.frame_stem(episode, frame, self._digits)
            size += _create(f"{color}/{stem}.jpg", sample.files[f"{frame:04d}.rgb.jpg"])
            size += _create(f"{depth}/{stem}.png", _depth_png(sample, frame))
        return size

    def _write(self, name: str, content: bytes) -> None:
        self.bytes += (self._folder / name).write_bytes(content)


def _create(path: str, content: bytes) -> int:
    """Make a file, with fewer calls to the system than a file object makes. Returns its size."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        written = os.write(descriptor, content)
        while written < len(content):
            written += os.write(descriptor, content[written:])
    finally:
        os.close(descriptor)
    return written


def _depth_png(sample: Sample, frame: int) -> bytes:
    """A frame's depth in the dialect's units: the shard's own file where it has the same."""
    scale = sample.record.depth_scale
    if scale == dialect.DEPTH_SCALE:
        return sample.files[f"{frame:04d}.depth.png"]
    return encode_depth_quickly(_looked_up(_dialect_units(scale), sample.depth_units(frame)))


@cache
def _dialect_units(scale: float) -> UInt16:
    """The dialect's depth of each of the 65536 values that a shard can store, in units of `scale` metres.

    Looking a pixel up takes a third of the time that rounding it does.
    """
    return dialect.depth_units(np.arange(1 << 16, dtype=np.float32) * np.float32(scale))


@njit(cache=True, nogil=True)
def _looked_up(table: UInt16, image: UInt16) -> UInt16:
    """`table.take(image)`, without the interpreter lock."""
    found = np.empty(image.shape, np.uint16)
    for v in range(image.shape[0]):
        for u in range(image.shape[1]):
            found[v, u] = table[image[v, u]]
    return found


def _check(sample: Sample) -> None:
    record = sample.record
    if record.frames < MIN_FRAMES:
        raise ShardError(f"{sample.key}: {record.frames} frames; the loader needs {MIN_FRAMES}")
    steps = np.linalg.norm(np.diff(sample.arrays["camera_to_world"][:, :3, 3], axis=0), axis=1)
    if steps.max() > dialect.MAX_SPACING + 1e-4:
        raise RecipeError(
            f"{sample.key}: frames {steps.max():.3f} m apart, and the dialect's policies learn steps of at most "
            f"{dialect.MAX_SPACING} m; make the shards with navigation.spacing = {dialect.MAX_SPACING} or less"
        )
