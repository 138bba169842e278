"""Windows read from a sample of a shard, image inputs included."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from factory.shards import Sample
from schemas.arrays import Float32
from trainer.pictures import SIDE, color_input, depth_input, goal_mask, in_image
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
    record, points = sample.record, sample.arrays["camera_to_world"][:, :2, 3]
    yaw, camera = sample.arrays["yaw"], record.camera

    @cache
    def view(frame: int) -> Float32:
        return color_input(sample.rgb(frame))

    memory = np.zeros((MEMORY, SIDE, SIDE, 3), np.float32)
    for row, frame in enumerate(history(choice.current, choice.stride).tolist()):
        if frame >= 0:
            memory[row] = view(frame)
    pixel = goal_pixel(points, yaw, record.robot, camera, choice)
    mark = goal_mask(camera.width, camera.height, pixel, choice.half_sides)
    return Window(
        motion(points, yaw, obstacles, choice),
        memory,
        depth_input(sample.depth(choice.current).astype(np.float64)),
        np.concatenate([view(choice.goal), view(choice.current)], axis=-1),
        np.concatenate([view(choice.earlier), mark, view(choice.current)], axis=-1),
        in_image(camera.width, camera.height, pixel),
    )
