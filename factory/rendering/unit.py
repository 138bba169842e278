"""The frames of one unit, from the renderer that the recipe names, and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from factory.rendering.blender import render_with_blender, require_blender
from factory.rendering.child import ChildLimits
from factory.rendering.devices import device_for
from factory.rendering.light import BakedLight
from factory.rendering.pictures import Sensing
from factory.rendering.raycast import RayCaster, render_with_rays
from factory.rendering.sensor import mirror_shares
from schemas.episodes import EpisodePlan, RenderedEpisode
from schemas.errors import SceneError
from schemas.recipe import Rendering, Sensor
from schemas.scenes import Scene

# A misplaced scene renders fast and plausible, but has no depth.
LEAST_DEPTH = 0.01
DEPTH_TOLERANCE = 0.01
LEAST_AGREEMENT = 0.98


def render_unit(
    scene: Scene,
    plans: Sequence[EpisodePlan],
    settings: Rendering,
    limits: ChildLimits,
    scratch: Path,
    log: Path,
    sensor: Sensor | None = None,
    light: BakedLight | None = None,
) -> Iterator[RenderedEpisode]:
    """The plans' frames in plan order, each plan's as soon as its last frame is there.

    scratch : an existing folder for what is written on the way and removed; log : Blender's output
    sensor : also measure each frame's depth as this sensor would
    light : baked for this scene, or None where each frame is to be lit anew
    Each frame must show something, and the middle frame of each plan is compared with the ray caster.

    Raises SceneError where the scene cannot be rendered or the frames are not right, MissingExtraError
    without the extra `render`, TransientError when the child is killed, hangs or grows too large.
    """
    if not plans:
        return
    if settings.renderer == "blender":
        require_blender()
    sensing = None if sensor is None else Sensing(sensor, mirror_shares(scene))
    if settings.renderer == "raycast":
        for rendered in render_with_rays(scene, plans, settings, limits.threads, light, sensing):
            _check_shows_something(rendered)
            yield rendered
        return
    caster = RayCaster(scene, limits.threads)
    device = device_for(limits, scratch, log)
    for rendered in render_with_blender(scene, plans, settings, limits, device, scratch, log, light, sensing):
        _check_shows_something(rendered)
        cross_check(rendered, caster, [rendered.plan.frames // 2], settings.depth_limit)
        yield rendered


def cross_check(rendered: RenderedEpisode, caster: RayCaster, frames: Sequence[int], depth_limit: float) -> None:
    """Compare depth and masks of `frames` with the ray caster's, pixel by pixel, for each of the robot's cameras.

    depth_limit : metres, as the frames were made with. Raises SceneError where more than 2 % of a frame differ.
    """
    for number, (poses, view) in enumerate(zip(rendered.plan.views, rendered.views, strict=True)):
        for frame in frames:
            depth, instance = caster.geometry(rendered.plan.camera, poses[frame], depth_limit, rendered.depth_scale)
            difference = np.abs(depth.astype(np.int32) - view.depth[frame])
            near = float((difference <= round(DEPTH_TOLERANCE / rendered.depth_scale)).mean())
            same = float((instance == view.instance[frame]).mean())
            if near < LEAST_AGREEMENT or same < LEAST_AGREEMENT:
                raise SceneError(
                    f"{_where(rendered, number, frame)}: renderer and ray caster agree on the depth of {near:.1%} and "
                    f"the ids of {same:.1%} of the pixels, less than {LEAST_AGREEMENT:.0%}; report this scene: its "
                    "frames cannot be trusted"
                )


def _check_shows_something(rendered: RenderedEpisode) -> None:
    for number, view in enumerate(rendered.views):
        share = (view.depth > 0).mean(axis=(1, 2))
        worst = int(share.argmin())
        if share[worst] < LEAST_DEPTH:
            raise SceneError(
                f"{_where(rendered, number, worst)}: {share[worst]:.1%} of the pixels have a depth; "
                "the scene or the camera is misplaced"
            )


def _where(rendered: RenderedEpisode, camera: int, frame: int) -> str:
    plan = rendered.plan
    mount = f", mount {plan.robot.mounts[camera].name}" if plan.robot.mounts else ""
    return f"scene {plan.scene.name}, episode {plan.episode_id}, frame {frame}{mount}"
