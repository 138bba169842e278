"""Hand-made plans and scenes for the tests of the renderers."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from factory.rendering import ChildLimits
from schemas.arrays import Float64, UInt8
from schemas.cameras import Camera
from schemas.episodes import EpisodePlan
from schemas.frames import camera_pose
from schemas.robots import Body, Mount, Robot
from schemas.scenes import Instance, Material, Mesh, Scene, SceneRef, Texture, make_scene

# fx ≠ fy and a principal point well off the middle, both ways: a mistake in either shows.
WIDE = Camera("wide", 96, 64, 70.0, 62.0, 55.25, 25.5)
TALL = Camera("tall", 64, 96, 58.0, 66.0, 25.75, 54.0)
LIMITS = ChildLimits(deadline=120.0, memory_bytes=4 * 2**30, threads=1, gpu=None)


ROBOT = Robot(Body(0.2, 1.3, 0.1, 0.5), 1.2, 0.15)
TWO_EYED = replace(ROBOT, mounts=(Mount("head", 1.2, 0.15), Mount("knee", 0.4, -0.1)))


def plan(
    scene: Scene, camera: Camera, views: list[tuple[float, float, float]], index: int = 0, robot: Robot = ROBOT
) -> EpisodePlan:
    """A plan that looks from each (x, y, yaw), 1.2 m above the floor and a little down."""
    x, y, yaw = np.array(views, dtype=np.float64).T
    floor = np.stack([x, y, np.zeros_like(x)], axis=1)
    nothing = np.zeros(len(x), np.float32)
    return EpisodePlan(
        episode_id=f"episode-{index}",
        index=index,
        scene=scene.ref,
        scene_digest=scene.digest,
        storey=0,
        floor_z=0.0,
        seed=0,
        robot=robot,
        camera=camera,
        start=(float(x[0]), float(y[0]), 0.0),
        goal=(float(x[-1]), float(y[-1]), 0.0),
        times=np.arange(len(x), dtype=np.float64),
        positions=floor,
        yaw=yaw,
        camera_to_world=camera_pose(floor + np.array([0.0, 0.0, robot.camera_height]), yaw, robot.camera_pitch_down),
        linear_speed=nothing,
        angular_speed=nothing,
        clearance=nothing,
        room=nothing.astype(np.int32),
        geodesic_length=1.0,
        path_length=1.0,
        certified_clearance=0.2,
    )


def png(image: UInt8) -> bytes:
    """An RGB image as PNG bytes."""
    return bytes(cv2.imencode(".png", image[:, :, ::-1])[1])


def walls(
    images: list[UInt8], colors: list[tuple[int, int, int]] | None = None, base: tuple[float, float, float] = (1, 1, 1)
) -> Scene:
    """An unlit scan of upright 2 m squares 3 m ahead of the origin, one to each side of the X axis and on.

    Square i spans y −2i−1..−2i+1 and z 0..2, faces −X and shows `images[i]` upright, or where there are no
    images `colors[i]` in its vertices.
    """
    count = len(images) or len(colors or [])
    square = np.array([[3, 1, 0], [3, -1, 0], [3, -1, 2], [3, 1, 2]], np.float32)
    corners = np.array([[0, 1, 2], [0, 2, 3]])
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    color = None
    if colors is not None:
        color = np.repeat(np.array([(*c, 255) for c in colors], np.uint8), 4, axis=0)
    mesh = Mesh(
        vertices=np.concatenate([square - np.array([0, 2 * i, 0], np.float32) for i in range(count)]),
        triangles=np.concatenate([corners + 4 * i for i in range(count)]).astype(np.int32),
        instance=np.repeat(np.arange(1, count + 1), 2).astype(np.uint16),
        material=np.repeat(np.arange(count), 2).astype(np.uint16),
        materials=tuple(Material(f"wall {i}", base, texture=i if images else None) for i in range(count)),
        textures=tuple(Texture(f"wall {i}", png(image)) for i, image in enumerate(images)),
        uv=np.tile(uv[corners], (count, 1, 1)) if images else None,
        color=color,
    )
    box = (0.0, 0.0, 0.0)
    instances = tuple(Instance(i + 1, "wall", "wall", box, box, None) for i in range(count))
    return make_scene(SceneRef("handmade", "walls", "tests", "CC0-1.0"), mesh, instances, sky=(0.0, 0.0, 0.0))


def pixels_of(points: Float64, plan: EpisodePlan, frame: int) -> tuple[Float64, Float64]:
    """Where `points` (n, 3) must appear, worked out from pose and K alone: (n, 2) pixels, (n,) depths in metres."""
    K = plan.camera.matrix
    local = (np.linalg.inv(plan.camera_to_world[frame]) @ np.c_[points, np.ones(len(points))].T)[:3]
    uvw = K @ local
    return (uvw[:2] / uvw[2]).T, local[2]
