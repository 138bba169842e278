"""Captioned walks through the two rooms of `tests.rooms`, rendered by intersecting rays with the boxes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from factory.rendering.encode import encode_rgb, quantize_depth
from schemas.arrays import Float64, Int32, triple
from schemas.cameras import MILLIMETRE, Camera, pinhole, project, unproject
from schemas.episodes import (
    CaptionedEpisode,
    Clip,
    EpisodePlan,
    Generator,
    Instruction,
    PixelGoals,
    RenderedEpisode,
    Scores,
    View,
)
from schemas.frames import camera_pose
from schemas.identity import episode_id
from schemas.manifests import Unit, make_unit
from schemas.robots import Body, Mount, Robot
from schemas.scenes import Scene
from tests.rooms import two_rooms

CAMERA = pinhole("small", 48, 32, 90.0)
ROBOT = Robot(Body(0.2, 1.0, 0.1, 0.5), 0.8, 0.3)
# Looks down from above, ahead, and up from near the floor.
THREE_EYED = Robot(
    ROBOT.body, 1.0, 0.6, (Mount("mast", 1.0, 0.6), Mount("head-2", 0.8, 0.0), Mount("60cm_15deg", 0.3, -0.2))
)
WRITER = Generator("grounded", "1")


@cache
def scene() -> Scene:
    """The two rooms, made once."""
    return two_rooms()


def unit(count: int = 3, first: int = 0) -> Unit:
    """A unit of the two rooms."""
    return make_unit(scene().ref, scene().digest, 0, first, count, "recipe", seed=7)


@cache
def walk(
    index: int = 0,
    frames: int = 6,
    spacing: float = 0.4,
    camera: Camera = CAMERA,
    robot: Robot = ROBOT,
    depth_scale: float = MILLIMETRE,
) -> CaptionedEpisode:
    """Straight through the door, `index` shifting the start a little; every field is consistent."""
    positions = np.zeros((frames, 3))
    positions[:, 0] = 3.0 + 0.05 * index + spacing * np.arange(frames)
    positions[:, 1] = 2.0
    yaw = np.zeros(frames)
    poses = camera_pose(positions + np.array([0, 0, robot.camera_height]), yaw, robot.camera_pitch_down)
    length = float(positions[-1, 0] - positions[0, 0])
    plan = EpisodePlan(
        episode_id=episode_id("handmade", "two_rooms", 0, index),
        index=index,
        scene=scene().ref,
        scene_digest=scene().digest,
        storey=0,
        floor_z=0.0,
        seed=7,
        robot=robot,
        camera=camera,
        start=triple(positions[0]),
        goal=triple(positions[-1]),
        times=np.linspace(0.0, spacing * (frames - 1), frames),
        positions=positions,
        yaw=yaw,
        camera_to_world=poses,
        linear_speed=np.ones(frames, np.float32),
        angular_speed=np.zeros(frames, np.float32),
        clearance=np.full(frames, 0.45, np.float32),
        room=np.where(positions[:, 0] < 5, 1, 2).astype(np.int32),
        geodesic_length=length,
        path_length=length,
        certified_clearance=0.4,
    )
    first, *further = (_view(camera, view, depth_scale) for view in plan.views)
    renderer = {"name": "boxes", "version": "1"}
    rendered = RenderedEpisode(
        plan, first.rgb, first.depth, first.instance, renderer, tuple(further), depth_scale=depth_scale
    )
    half = frames // 2
    clips = (Clip(0, half - 1, 0.0, spacing * (half - 1)), Clip(half, frames - 1, 0.0, spacing * (frames - 1 - half)))
    texts = ("Go to the doorway.", "Go through it into the bedroom.")
    wardrobe = 15
    instructions = [
        Instruction("clip", clip.first, clip.last, text, None, (), WRITER, None)
        for clip, text in zip(clips, texts, strict=True)
    ]
    instructions.append(
        Instruction("walk", 0, frames - 1, "Walk to the wardrobe and stop.", None, (wardrobe,), WRITER, 0.9)
    )
    scores = Scores(3.0, 2.5, 1.7, 0.0, 0.1, 4, 1.0)
    return CaptionedEpisode(rendered, clips, _goals(plan), scores, tuple(instructions))


def changed(captioned: CaptionedEpisode, **fields: object) -> CaptionedEpisode:
    """The same episode with other fields of its plan."""
    plan = replace(captioned.rendered.plan, **fields)  # type: ignore[arg-type]
    return replace(captioned, rendered=replace(captioned.rendered, plan=plan))


def _view(camera: Camera, poses: Float64, depth_scale: float) -> View:
    metres, instance = zip(*(_see(camera, pose) for pose in poses), strict=True)
    rgb = tuple(encode_rgb(_shade(mask), 80) for mask in instance)
    depth = np.stack([quantize_depth(z, 20.0, depth_scale) for z in metres])
    return View(rgb, depth, np.stack(instance).astype(np.uint16))


def _see(camera: Camera, pose: Float64) -> tuple[Float64, Int32]:
    """Planar depth and instance id of each pixel: the nearest box along its ray (slab method)."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width]
    uv = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float64)
    origin = pose[:3, 3]
    # Rays of unit planar depth: the parameter along them is the planar z.
    rays = unproject(camera, pose, uv, np.ones(len(uv))) - origin
    boxes = np.array([(box.low, box.high) for box in scene().instances])
    with np.errstate(divide="ignore"):
        near, far = np.sort((boxes[:, :, None] - origin) / rays[None, None], axis=1).transpose(1, 0, 2, 3)
    enter, leave = near.max(axis=2), far.min(axis=2)
    enter[(enter > leave) | (enter <= 0)] = np.inf
    first = enter.argmin(axis=0)
    z = enter.min(axis=0)
    shape = (camera.height, camera.width)
    ids = np.where(np.isfinite(z), first + 1, 0).reshape(shape)
    return np.where(np.isfinite(z), z, 0.0).reshape(shape), ids.astype(np.int32)


def _goals(plan: EpisodePlan) -> PixelGoals:
    """The last position in view of each frame; nothing stands between, as the walk is straight."""
    pixel = np.full((plan.frames, 2), -1, np.int32)
    frame = np.full(plan.frames, -1, np.int32)
    for i, pose in enumerate(plan.camera_to_world):
        uv, depth = project(plan.camera, pose, plan.positions)
        rounded = np.rint(uv)
        on_image = (
            (depth > 0.1) & (rounded >= 0).all(axis=1) & (rounded < (plan.camera.width, plan.camera.height)).all(axis=1)
        )
        later = [j for j in range(i + 1, plan.frames) if on_image[j]]
        if later:
            frame[i], pixel[i] = later[-1], rounded[later[-1]]
    return PixelGoals(pixel, frame, frame >= 0)


def _shade(mask: Int32) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.stack([mask * 13 % 256, mask * 29 % 256, mask * 53 % 256], axis=-1).astype(np.uint8)
