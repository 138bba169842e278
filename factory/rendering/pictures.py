"""A renderer's pictures, one after the other, put together as episodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from factory.rendering.encode import encode_rgb
from schemas.arrays import UInt8, UInt16
from schemas.episodes import EpisodePlan, RenderedEpisode, View
from schemas.recipe import Rendering


@dataclass(frozen=True)
class Picture:
    """What one camera sees in one frame.

    color : (H, W, 3) uint8 sRGB; depth : (H, W) uint16, planar z in millimetres, 0 = none
    instance : (H, W) uint16 ids, 0 = none
    """

    color: UInt8
    depth: UInt16
    instance: UInt16


def assemble(
    plan: EpisodePlan, pictures: Iterator[Picture], settings: Rendering, renderer: Mapping[str, str]
) -> RenderedEpisode:
    """The plan's episode from the next of `pictures`: all frames of its first camera, then of its next, and so on.

    renderer : what makes the pictures; read when they are there
    """
    first, *further = [_view(plan, islice(pictures, len(poses)), settings) for poses in plan.views]
    return RenderedEpisode(plan, first.rgb, first.depth, first.instance, dict(renderer), tuple(further))


def _view(plan: EpisodePlan, pictures: Iterator[Picture], settings: Rendering) -> View:
    rgb: list[bytes] = []
    depth = np.empty((plan.frames, plan.camera.height, plan.camera.width), np.uint16)
    instance = np.empty_like(depth)
    for i, picture in enumerate(pictures):
        depth[i], instance[i] = picture.depth, picture.instance
        rgb.append(encode_rgb(picture.color, settings.jpeg_quality))
    return View(tuple(rgb), depth, instance)
