"""One of an episode's cameras, as the episode of a robot that has no other: what readers of one view read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from factory.shards.codec import Sample
from schemas.arrays import AnyArray
from schemas.records import Record, frame_files


def camera_names(record: Record) -> tuple[str, ...]:
    """What an episode's cameras are called, the first one first: their mounts' names, or its own where it has none."""
    return tuple(mount.name for mount in record.robot.mounts) or (record.camera.name,)


def through(sample: Sample, camera: str | None = None) -> Sample:
    """The sample as the camera of that name sees it, or as the first does; the others are gone.

    Pixel goals are those of the first camera: through another there are none. `instances` stay those that any
    camera sees. Raises ValueError for a name that is not in `camera_names`.
    """
    record = sample.record
    number = 0 if camera is None else camera_names(record).index(camera)
    if len(record.robot.mounts) < 2:
        return sample
    mount = record.robot.mounts[number]
    robot = replace(record.robot, camera_height=mount.height, camera_pitch_down=mount.pitch_down, mounts=(mount,))
    alone = replace(record, robot=robot)
    images = frame_files(alone)
    own = slice(number * len(images), (number + 1) * len(images))
    files = {
        f"{i:04d}.{image}": sample.files[f"{i:04d}.{name}"]
        for i in range(record.frames)
        for image, name in zip(images, frame_files(record)[own], strict=True)
    }
    arrays = {name: array for name, array in sample.arrays.items() if name != "mount_to_world"}
    arrays |= {"camera_to_world": sample.poses(mount.name), "crc32": sample.arrays["crc32"][:, own]}
    return replace(sample, record=alone, arrays=arrays | (_no_goals(record.frames) if number else {}), files=files)


def _no_goals(frames: int) -> dict[str, AnyArray]:
    return {
        "goal_pixel": np.full((frames, 2), -1, np.int32),
        "goal_frame": np.full(frames, -1, np.int32),
        "goal_visible": np.zeros(frames, np.bool_),
    }
