"""A renderer's pictures, one after the other, put together as episodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from factory.rendering.encode import encode_rgb
from factory.rendering.sensor import grainy_color, sensed_depth
from schemas.arrays import Float32, UInt8, UInt16
from schemas.episodes import EpisodePlan, RenderedEpisode, View
from schemas.identity import generator
from schemas.recipe import Rendering, Sensor


@dataclass(frozen=True)
class Picture:
    """What one camera sees in one frame.

    color : (H, W, 3) uint8 sRGB; depth : (H, W) uint16, planar z in units of the recipe's `depth_scale`, 0 = none
    instance : (H, W) uint16 ids, 0 = none
    """

    color: UInt8
    depth: UInt16
    instance: UInt16


@dataclass(frozen=True)
class Sensing:
    """A sensor in a scene. mirrors : (N + 1,) float32, of each instance, as of `sensor.mirror_shares`."""

    sensor: Sensor
    mirrors: Float32


def assemble(
    plan: EpisodePlan,
    pictures: Iterator[Picture],
    settings: Rendering,
    renderer: Mapping[str, str],
    sensing: Sensing | None = None,
) -> RenderedEpisode:
    """The plan's episode from the next of `pictures`: all frames of its first camera, then of its next, and so on.

    renderer : what makes the pictures; read when they are there
    """
    mounts = [mount.name for mount in plan.robot.mounts] or [""]
    first, *further = [_view(plan, mount, islice(pictures, plan.frames), settings, sensing) for mount in mounts]
    return RenderedEpisode(
        plan,
        first.rgb,
        first.depth,
        first.instance,
        dict(renderer),
        tuple(further),
        first.sensor_depth,
        sensing.sensor.model_dump() if sensing else None,
        depth_scale=settings.depth_scale,
    )


def _view(
    plan: EpisodePlan, mount: str, pictures: Iterator[Picture], settings: Rendering, sensing: Sensing | None
) -> View:
    rgb: list[bytes] = []
    depth = np.empty((plan.frames, plan.camera.height, plan.camera.width), np.uint16)
    instance = np.empty_like(depth)
    measured = np.empty_like(depth) if sensing else None
    for i, picture in enumerate(pictures):
        depth[i], instance[i], color = picture.depth, picture.instance, picture.color
        if sensing and measured is not None:
            random = generator(plan.seed, plan.scene_digest, plan.storey, plan.index, f"sensor {mount} {i}")
            mirrors = sensing.mirrors[picture.instance]
            measured[i] = sensed_depth(
                picture.depth, color, mirrors, plan.camera, sensing.sensor, random, settings.depth_scale
            )
            if sensing.sensor.color_noise:
                color = grainy_color(color, sensing.sensor.color_noise, random)
        rgb.append(encode_rgb(color, settings.jpeg_quality))
    return View(tuple(rgb), depth, instance, measured)
