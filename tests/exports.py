"""Small finished runs made of the walks of `tests.walks`, with their maps, to export."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

from factory.navigation import build_map, encode_map, map_key
from factory.shards import Sample, ShardWriter
from factory.shards.codec import decode_sample, encode_sample
from factory.storage import open_storage
from pipelines.runs import claim
from schemas.cameras import MILLIMETRE, Camera
from schemas.episodes import CaptionedEpisode
from schemas.manifests import make_unit
from schemas.outcomes import Rejected
from schemas.recipe import parse_recipe
from schemas.records import record_of
from schemas.robots import Body, Robot
from tests import walks
from tests.runs import RECIPE

FRAMES = 24
SPACING = 0.05


def make_run(
    folder: Path,
    episodes: int = 3,
    *,
    bodies: tuple[Body, ...] = (walks.ROBOT.body,),
    per_unit: int = 2,
    frames: int = FRAMES,
    spacing: float = SPACING,
    maps: bool = True,
    camera: Camera = walks.CAMERA,
    robot: Robot = walks.ROBOT,
    depth_scale: float = MILLIMETRE,
) -> str:
    """A run of the two rooms under `folder`; episode i has body i modulo their number. Returns its path."""
    storage = open_storage(str(folder))
    recipe = parse_recipe(RECIPE, "test")
    claim(storage, recipe)
    scene = walks.scene()
    settings = recipe.navigation
    for body in bodies if maps else ():
        key = map_key(scene.digest, 0, body, settings.resolution, settings.max_cells)
        storage.write(f"maps/{key}.npz", _map(body, settings.resolution, settings.max_cells))
    for first in range(0, episodes, per_unit):
        count = min(per_unit, episodes - first)
        unit = make_unit(scene.ref, scene.digest, 0, first, count, "recipe", seed=7)
        with ShardWriter(unit, folder / "scratch") as writer:
            for index in range(first, first + count):
                body = bodies[index % len(bodies)]
                writer.write(episode(index, body, frames, spacing, camera, robot, depth_scale), scene)
            writer.commit(storage, {})
    return str(folder)


def episode(
    index: int,
    body: Body = walks.ROBOT.body,
    frames: int = FRAMES,
    spacing: float = SPACING,
    camera: Camera = walks.CAMERA,
    robot: Robot = walks.ROBOT,
    depth_scale: float = MILLIMETRE,
) -> CaptionedEpisode:
    """A walk of the two rooms, of a robot with that body and the cameras of `robot`."""
    walk = walks.walk(index, frames, spacing, camera, robot, depth_scale)
    return walks.changed(walk, robot=replace(robot, body=body))


def sample(index: int = 1, robot: Robot = walks.ROBOT) -> Sample:
    """A walk of six frames through the two rooms as it is read from a shard."""
    captioned = walks.walk(index, robot=robot)
    members = encode_sample(captioned, record_of(captioned, walks.scene(), walks.unit()))
    return decode_sample(
        captioned.rendered.plan.episode_id, {name.partition(".")[2]: data for name, data in members}, "test"
    )


def prints(root: Path) -> dict[str, str]:
    """SHA-256 of every file under `root`, by its path."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@cache
def _map(body: Body, resolution: float, max_cells: int) -> bytes:
    scene = walks.scene()
    built = build_map(scene, scene.storeys[0], body, resolution, max_cells)
    assert not isinstance(built, Rejected)
    return encode_map(built)
