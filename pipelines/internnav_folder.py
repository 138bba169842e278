"""One scene folder of the vln_n1 dialect, from its first episode to its meta files."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from factory.shards import Sample
from pipelines import internnav_dialect as dialect
from schemas.errors import RecipeError, ShardError
from trainer.windows import MIN_FRAMES

# Packing depth anew runs without the interpreter lock. To copy is the system's work: threads would wait for the lock.
WRITERS = 2


class SceneFolder:
    """Takes the episodes of a scene folder in their order, then closes it with its meta files.

    Where depth is packed anew, `writers` do that while the caller reads the next episode; two are in memory. `frames`
    and `bytes` count what was written.
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
        if record.depth_scale == dialect.DEPTH_SCALE:
            self.bytes += self._write_frames(sample, episode, range(record.frames))
        else:
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
            size += _create(f"{depth}/{stem}.png", sample.depth_file(frame, dialect.DEPTH_SCALE))
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
