"""A marked object is found where pose, intrinsics and depth say it is, in the mask of its id.

Read from the shard's bytes with tarfile, json, NumPy and Pillow alone: what a stranger's program would see.
"""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from factory.clips import split_clips
from factory.pixel_goals import find_pixel_goals
from factory.quality import score
from factory.rendering import ChildLimits, render_unit
from factory.shards import ShardWriter
from factory.storage import open_storage
from scene_adapters.instances import with_boxes
from schemas.cameras import Camera
from schemas.episodes import CaptionedEpisode
from schemas.manifests import make_unit
from schemas.recipe import Clips, Rendering
from schemas.robots import Body, Mount, Robot
from schemas.scenes import Instance, make_scene
from tests.rooms import two_rooms
from tests.views import plan_of

RADIUS = 0.06
CENTRE = np.array([3.2, 1.1, 0.9])
# fx ≠ fy and a principal point well off the middle: a mistake in either shows.
CAMERA = Camera("skewed", 320, 200, 260.0, 247.0, 171.5, 88.25)
POINTS = np.array([[0.6, 0.6], [0.8, 0.9], [1.2, 2.7], [4.4, 2.6], [4.3, 0.6]])
ROBOT = Robot(
    Body(0.2, 1.3, 0.1, 0.5),
    1.25,
    0.0,
    (Mount("125cm_0deg", 1.25, 0.0), Mount("100cm_10deg", 1.0, 0.1745), Mount("80cm_-12deg", 0.8, -0.21)),
)
MOUNTS = [mount.name for mount in ROBOT.mounts]
RENDERERS = [pytest.param("raycast"), pytest.param("blender", marks=pytest.mark.blender)]


def _marked_scene():
    """The flat with a small red ball hanging in the living room."""
    scene = two_rooms()
    ball = trimesh.creation.icosphere(subdivisions=4, radius=RADIUS)
    n, m = len(scene.mesh.vertices), len(ball.faces)
    marker = len(scene.instances) + 1
    mesh = replace(
        scene.mesh,
        vertices=np.concatenate([scene.mesh.vertices, ball.vertices + CENTRE]).astype(np.float32),
        triangles=np.concatenate([scene.mesh.triangles, ball.faces + n]).astype(np.int32),
        instance=np.concatenate([scene.mesh.instance, np.full(m, marker)]).astype(np.uint16),
        material=np.concatenate([scene.mesh.material, np.full(m, 4)]).astype(np.uint16),
        uv=np.concatenate([scene.mesh.uv, np.zeros((m, 3, 2))]).astype(np.float32),
    )
    ghost = Instance(marker, "marker ball", "objects", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 1)
    return make_scene(
        scene.ref, mesh, with_boxes((*scene.instances, ghost), mesh),
        rooms=scene.rooms, storeys=scene.storeys, lights=scene.lights, lighting=scene.lighting,
    )  # fmt: skip


@pytest.fixture(scope="module", params=RENDERERS)
def members(request, tmp_path_factory) -> dict[str, bytes]:
    """The members of a shard with one episode, each of whose frames looks at the ball."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    scene = _marked_scene()
    yaw = np.arctan2(CENTRE[1] - POINTS[:, 1], CENTRE[0] - POINTS[:, 0]) + np.linspace(-0.25, 0.25, len(POINTS))
    plan = plan_of(scene, POINTS, yaw, camera=CAMERA, robot=ROBOT)
    limits = ChildLimits(120, 4 * 2**30, 1, None)
    settings = Rendering(renderer=request.param, samples=1, denoise=False)
    (rendered,) = render_unit(scene, [plan], settings, limits, folder, folder / "log")
    unit = make_unit(scene.ref, scene.digest, 0, 0, 1, "0" * 64, 0)
    writer = ShardWriter(unit, folder)
    scores = score(rendered, scene)
    clips = split_clips(plan, Clips())
    writer.write(CaptionedEpisode(rendered, clips, find_pixel_goals(rendered), scores, ()), scene)
    writer.commit(open_storage(str(folder / "out")), {})
    with tarfile.open(folder / "out" / "shards" / f"{unit.id}.tar") as tar:
        return {member.name.partition(".")[2]: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


@pytest.fixture(params=MOUNTS)
def frames(request, members):
    """For each frame: mask of the ball, ids, depth in metres, pose, K and colours, as a stranger would read them."""
    record = json.loads(members["json"])
    camera = record["camera"]
    K = np.array([[camera["fx"], 0, camera["cx"]], [0, camera["fy"], camera["cy"]], [0, 0, 1]])
    marker = next(row["id"] for row in record["instances"] if row["label"] == "marker ball")
    arrays = np.load(io.BytesIO(members["npz"]), allow_pickle=False)
    number = [mount["name"] for mount in record["robot"]["mounts"]].index(request.param)
    poses = arrays["mount_to_world"][:, number - 1] if number else arrays["camera_to_world"]
    mount = f"{request.param}." if number else ""
    read = []
    for i, pose in enumerate(poses):
        rgb, depth, ids = (
            np.array(Image.open(io.BytesIO(members[f"{i:04d}.{mount}{kind}"])))
            for kind in ("rgb.jpg", "depth.png", "instance.png")
        )
        read.append((ids == marker, ids, depth * record["depth_scale"], pose, K, rgb.astype(int)))
    return read


def test_the_ball_is_seen_within_a_pixel_of_where_its_pose_and_intrinsics_say(frames):
    for mask, _, _, pose, K, _ in frames:
        assert mask.sum() > 50
        local = np.linalg.inv(pose) @ [*CENTRE, 1]
        expected = (K @ local[:3])[:2] / local[2]
        v, u = np.nonzero(mask)
        assert np.hypot(*(np.array([u.mean(), v.mean()]) - expected)) < 1.0


def test_its_pixels_unproject_onto_the_ball_within_a_centimetre(frames):
    for mask, _, depth, pose, K, _ in frames:
        v, u = np.nonzero(mask)
        rays = np.linalg.inv(K) @ np.stack([u, v, np.ones_like(u)])
        points = (pose[:3, :3] @ (rays * depth[v, u]) + pose[:3, 3:]).T
        distance = np.abs(np.linalg.norm(points - CENTRE, axis=1) - RADIUS)
        assert distance.max() < 0.01


def test_the_colour_image_shows_it_at_the_same_place(frames):
    for mask, *_, rgb in frames:
        redness = rgb[..., 0] - rgb[..., 2]
        assert redness[mask].mean() > redness[~mask].mean() + 25


def test_every_depth_lies_on_the_box_of_its_instance(frames, members):
    record = json.loads(members["json"])
    boxes = {row["id"]: np.array([row["low"], row["high"]]) for row in record["instances"]}
    for _, ids, depth, pose, K, _ in frames:
        v, u = np.nonzero((ids > 0) & (depth > 0))
        rays = np.linalg.inv(K) @ np.stack([u, v, np.ones_like(u)])
        points = (pose[:3, :3] @ (rays * depth[v, u]) + pose[:3, 3:]).T
        low = np.array([boxes[k][0] for k in ids[v, u]]) - 0.01
        high = np.array([boxes[k][1] for k in ids[v, u]]) + 0.01
        assert ((points >= low) & (points <= high)).all(axis=1).mean() > 0.9999
