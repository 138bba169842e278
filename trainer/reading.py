"""Windows read from a sample of a shard, image inputs included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from factory.shards import Sample
from schemas.arrays import Float32, UInt8
from trainer.pictures import SIDE, depth_input, goal_mask, in_image, squared_color, unit_range
from trainer.windows import MEMORY, Choice, Motion, Obstacles, goal_pixel, history, motion


@dataclass(frozen=True)
class Window:
    """One item of training. Images are float32 in 0..1, (224, 224, channels); depth in metres.

    rgb : (8, 224, 224, 3), the history, oldest first, zeros before the walk began
    depth : (224, 224, 1), of the current frame
    image_goal : (224, 224, 6), the goal's view and the current one
    pixel_goal : (224, 224, 7), the earlier view, the goal's mark in it, and the current view; the loader's
        four-channel form is the first four
    goal_marked : whether the mark lies on the image
    """

    motion: Motion
    rgb: Float32
    depth: Float32
    image_goal: Float32
    pixel_goal: Float32
    goal_marked: bool


def read_window(sample: Sample, obstacles: Obstacles, choice: Choice) -> Window:
    """The window of `sample` that `choice` names. Raises ShardError for a damaged image."""
    return next(read_windows(sample, obstacles, [choice]))


def read_windows(sample: Sample, obstacles: Obstacles, choices: Iterable[Choice]) -> Iterator[Window]:
    """Many windows of one sample, each of whose frames is decoded once. Raises ShardError for a damaged image."""
    record, points = sample.record, sample.arrays["camera_to_world"][:, :2, 3]
    yaw, camera = sample.arrays["yaw"], record.camera

    @cache
    def view(frame: int) -> UInt8:
        return squared_color(sample.rgb(frame))

    @cache
    def distances(frame: int) -> Float32:
        return depth_input(sample.depth(frame).astype(np.float64))

    for choice in choices:
        memory = np.zeros((MEMORY, SIDE, SIDE, 3), np.float32)
        for place, frame in zip(memory, history(choice.current, choice.stride).tolist(), strict=True):
            if frame >= 0:
                unit_range(view(frame), out=place)
        current, goal, earlier = (view(frame) for frame in (choice.current, choice.goal, choice.earlier))
        pixel = goal_pixel(points, yaw, record.robot, camera, choice)
        mark = goal_mask(camera.width, camera.height, pixel, choice.half_sides)
        yield Window(
            motion(points, yaw, obstacles, choice),
            memory,
            distances(choice.current),
            unit_range(goal, current),
            unit_range(earlier, mark, current),
            in_image(camera.width, camera.height, pixel),
        )
