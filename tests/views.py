"""Walks through a made scene and what a camera sees on them, for tests that need frames but no planner or renderer.

The frames are ray cast here, by Open3D: masks and depth are exact, colours are flat.
"""

from __future__ import annotations

import cv2
import numpy as np
import open3d as o3d
import trimesh
from scipy.ndimage import gaussian_filter1d

from schemas.arrays import Float64, Int32
from schemas.cameras import Camera, pinhole
from schemas.episodes import EpisodePlan, RenderedEpisode
from schemas.frames import camera_pose
from schemas.robots import Body, Robot
from schemas.scenes import Instance, Material, Mesh, Room, Scene, SceneRef, make_scene

SMALL = pinhole("small", 96, 64, 79.0)
ROBOT = Robot(Body(0.2, 1.0, 0.1, 0.5), camera_height=1.0, camera_pitch_down=0.1)


def walk(
    scene: Scene,
    corners: list[tuple[float, float]],
    *,
    spacing: float = 0.04,
    smoothing: float = 0.25,
    camera: Camera = SMALL,
    robot: Robot = ROBOT,
) -> EpisodePlan:
    """A plan along a polyline (metres) whose corners are rounded over about `smoothing` metres; z = 0."""
    points = _along(np.array(corners, dtype=np.float64), spacing, smoothing)
    tangent = np.gradient(points, axis=0)
    return plan_of(scene, points, np.unwrap(np.arctan2(tangent[:, 1], tangent[:, 0])), camera=camera, robot=robot)


def plan_of(
    scene: Scene, points: Float64, yaw: Float64, *, camera: Camera = SMALL, robot: Robot = ROBOT
) -> EpisodePlan:
    """A plan with the robot at `points` (T, 2), heading `yaw` (T,), and nothing certified."""
    T = len(points)
    positions = np.column_stack([points, np.zeros(T)])
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    length = float(steps.sum())
    return EpisodePlan(
        episode_id="handmade-two_rooms-s00-e000000",
        index=0,
        scene=scene.ref,
        scene_digest=scene.digest,
        storey=0,
        floor_z=0.0,
        seed=0,
        robot=robot,
        camera=camera,
        start=(float(points[0, 0]), float(points[0, 1]), 0.0),
        goal=(float(points[-1, 0]), float(points[-1, 1]), 0.0),
        times=np.concatenate([[0.0], np.cumsum(steps)]),
        positions=positions,
        yaw=yaw,
        camera_to_world=camera_pose(positions + np.array([0, 0, robot.camera_height]), yaw, robot.camera_pitch_down),
        linear_speed=np.ones(T, dtype=np.float32),
        angular_speed=np.zeros(T, dtype=np.float32),
        clearance=np.full(T, 0.5, dtype=np.float32),
        room=_rooms(scene, points),
        geodesic_length=length,
        path_length=length,
        certified_clearance=0.25,
    )


def look(scene: Scene, plan: EpisodePlan) -> RenderedEpisode:
    """What the plan's camera sees of the scene: exact depth and ids, shaded colours."""
    caster = o3d.t.geometry.RaycastingScene()
    caster.add_triangles(
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(scene.mesh.vertices)),
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(scene.mesh.triangles.astype(np.uint32))),
    )
    camera = plan.camera
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    # Directions with z = 1, so that a hit's distance along the ray is its planar depth.
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones_like(u, dtype=float)], -1)
    palette = np.array([material.base_color for material in scene.mesh.materials])
    rgb, depth, instance = [], [], []
    for pose in plan.camera_to_world:
        directions = rays @ pose[:3, :3].T
        origin = np.broadcast_to(pose[:3, 3], directions.shape)
        hit = caster.cast_rays(o3d.core.Tensor.from_numpy(np.concatenate([origin, directions], -1).astype(np.float32)))
        z = hit["t_hit"].numpy()
        triangle = np.where(np.isfinite(z), hit["primitive_ids"].numpy(), 0).astype(np.int64)
        seen = np.isfinite(z)
        depth.append(np.where(seen, np.clip(np.rint(np.where(seen, z, 0) * 1000), 0, 65535), 0).astype(np.uint16))
        instance.append(np.where(seen, scene.mesh.instance[triangle], 0).astype(np.uint16))
        facing = np.abs((hit["primitive_normals"].numpy() * directions).sum(-1))
        facing /= np.linalg.norm(directions, axis=-1)
        colour = palette[scene.mesh.material[triangle]] * (0.35 + 0.65 * facing[..., None]) * seen[..., None]
        shown = np.rint(255 * np.clip(colour, 0, 1) ** (1 / 2.2))
        rgb.append(cv2.imencode(".jpg", shown[..., ::-1].astype(np.uint8))[1].tobytes())
    return RenderedEpisode(plan, tuple(rgb), np.stack(depth), np.stack(instance), {"renderer": "test"})


def _along(corners: Float64, spacing: float, smoothing: float) -> Float64:
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    at = np.linspace(0, lengths[-1], max(2, round(lengths[-1] / spacing) + 1))
    points = np.stack([np.interp(at, lengths, corners[:, axis]) for axis in (0, 1)], axis=1)
    # Ends mirrored through the end points, so that they stay where they are.
    pad = min(len(points) - 1, int(4 * smoothing / spacing) + 1)
    padded = np.concatenate([2 * points[0] - points[pad:0:-1], points, 2 * points[-1] - points[-2 : -pad - 2 : -1]])
    return np.asarray(gaussian_filter1d(padded, smoothing / spacing, axis=0)[pad : pad + len(points)])


def _rooms(scene: Scene, points: Float64) -> Int32:
    rooms = np.zeros(len(points), dtype=np.int32)
    for room in scene.rooms:
        polygon = np.array(room.polygon, dtype=np.float32)
        for i, point in enumerate(points):
            if cv2.pointPolygonTest(polygon, (float(point[0]), float(point[1])), False) >= 0:
                rooms[i] = room.id
    return rooms


def scene_of_boxes(
    boxes: list[tuple[str, str, tuple[float, float, float], tuple[float, float, float]]], rooms: tuple[Room, ...] = ()
) -> Scene:
    """A scene of grey boxes given as (label, category, low corner, high corner), metres; ids run in order."""
    meshes = [trimesh.creation.box(bounds=[low, high]) for *_, low, high in boxes]
    count = [len(mesh.faces) for mesh in meshes]
    offsets = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    mesh = Mesh(
        vertices=np.concatenate([mesh.vertices for mesh in meshes]).astype(np.float32),
        triangles=np.concatenate([m.faces + offset for m, offset in zip(meshes, offsets, strict=False)]).astype(
            np.int32
        ),
        instance=np.repeat(np.arange(1, len(boxes) + 1), count).astype(np.uint16),
        material=np.zeros(sum(count), dtype=np.uint16),
        materials=(Material("grey"),),
        textures=(),
        uv=None,
        color=None,
    )
    instances = tuple(
        Instance(i + 1, label, category, low, high, None) for i, (label, category, low, high) in enumerate(boxes)
    )
    return make_scene(SceneRef("handmade", "boxes", "tests", "CC0-1.0"), mesh, instances, rooms=rooms)


def gallery(labels: list[tuple[str, str]], spacing: float = 2.0) -> Scene:
    """A long corridor along x, y −1.5..1.5, with things at y = −1.2 (the right of one who walks along +x).

    labels : (label, category) of the things, at x = 2, 2 + spacing, …
    """
    length = 4.0 + spacing * len(labels)
    boxes = [
        ("floor", "floor", (-1.0, -1.5, -0.1), (length, 1.5, 0.0)),
        ("wall", "wall", (-1.0, 1.5, 0.0), (length, 1.6, 2.5)),
        ("wall", "wall", (-1.0, -1.6, 0.0), (length, -1.5, 2.5)),
        ("wall", "wall", (length, -1.5, 0.0), (length + 0.1, 1.5, 2.5)),
    ]
    boxes += [
        (label, category, (2.0 + spacing * i - 0.25, -1.45, 0.0), (2.0 + spacing * i + 0.25, -0.95, 0.9))
        for i, (label, category) in enumerate(labels)
    ]
    return scene_of_boxes(boxes)
