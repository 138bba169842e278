"""Plan the episodes of a storey: robots drawn, pairs chosen, curves certified, frames posed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from factory.navigation.fields import geodesic_field
from factory.navigation.map import NavigationMap
from factory.navigation.motion import follow
from factory.navigation.pairs import Regions, draw_goal, draw_start, regions, rooms_at
from factory.navigation.paths import path_to
from factory.navigation.route import Ground, Limits, Route, ground, route, taut_length
from schemas.arrays import Float32, triple
from schemas.cameras import Camera
from schemas.episodes import EpisodePlan
from schemas.frames import camera_pose
from schemas.identity import episode_id, generator
from schemas.outcomes import Reason, Rejected
from schemas.recipe import Navigation, RobotSpec
from schemas.robots import Body, Robot
from schemas.scenes import Room, Scene, Storey

RADIUS_STEP = 0.05  # metres; bodies are rounded up so that few maps serve all
HEIGHT_STEP = 0.25
_START_TRIES = 8


def plan_episodes(
    scene: Scene,
    storey: Storey,
    robot_spec: RobotSpec,
    camera: Camera,
    settings: Navigation,
    run_seed: int,
    indices: range,
    map_for: Callable[[Body], NavigationMap | Rejected],
) -> Iterator[tuple[int, EpisodePlan | Rejected]]:
    """Each index with its plan or the reason why there is none, in order.

    Episodes i // settings.pairs_per_start share a start, a body and a camera height. What becomes of an
    episode follows from (run_seed, scene.digest, storey, i) and the recipe alone, whatever `indices` holds.
    """
    rooms = tuple(room for room in scene.rooms if room.storey == storey.index)
    task = _Task(scene, storey, rooms, robot_spec, camera, settings, run_seed)
    prepared: dict[Body, _Prepared | Rejected] = {}
    for group, members in itertools.groupby(indices, lambda index: index // settings.pairs_per_start):
        draws = task.draws(group, "start")
        body, camera_height = draw_body(robot_spec, draws)
        if body not in prepared:
            prepared[body] = _prepare(task, map_for(body))
        start = _start(task, prepared[body], group, camera_height, draws)
        for index in members:
            yield index, start if isinstance(start, Rejected) else _episode(task, start, index)


def bodies(spec: RobotSpec) -> tuple[Body, ...]:
    """Every body that `draw_body` can draw, the smallest first: the maps a recipe needs."""
    low, high = _camera_heights(spec)
    lowest, tallest = max(spec.body_height[0], low), max(spec.body_height[1], high)
    radii, heights = _steps(*spec.radius, RADIUS_STEP), _steps(lowest, tallest, HEIGHT_STEP)
    return tuple(Body(r, h, spec.step_height, math.radians(spec.max_slope_deg)) for r in radii for h in heights)


def draw_body(spec: RobotSpec, draws: np.random.Generator) -> tuple[Body, float]:
    """A body and the height of its highest camera, metres: drawn evenly, the body rounded up to the steps above."""
    radius, height = draws.uniform(*spec.radius), draws.uniform(*spec.body_height)
    camera_height = float(draws.uniform(*_camera_heights(spec)))
    radius, height = _round_up(radius, RADIUS_STEP), _round_up(max(height, camera_height), HEIGHT_STEP)
    return Body(radius, height, spec.step_height, math.radians(spec.max_slope_deg)), camera_height


def _camera_heights(spec: RobotSpec) -> tuple[float, float]:
    """Between which the highest camera is, metres."""
    if not spec.mounts:
        return spec.camera_height
    highest = max(mount.height for mount in spec.mounts)
    return highest, highest


def _round_up(value: float, step: float) -> float:
    return round(math.ceil(value / step - 1e-9) * step, 6)


def _steps(low: float, high: float, step: float) -> list[float]:
    first, last = round(_round_up(low, step) / step), round(_round_up(high, step) / step)
    return [round(k * step, 6) for k in range(first, last + 1)]


@dataclass(frozen=True)
class _Task:
    """What `plan_episodes` was asked; `rooms` are the storey's."""

    scene: Scene
    storey: Storey
    rooms: tuple[Room, ...]
    robot_spec: RobotSpec
    camera: Camera
    settings: Navigation
    run_seed: int

    def draws(self, index: int, purpose: str) -> np.random.Generator:
        return generator(self.run_seed, self.scene.digest, self.storey.index, index, purpose)


@dataclass(frozen=True)
class _Prepared:
    """A body's map, ready to plan on. distance : the recipe's range, in cells."""

    place: Ground
    where: Regions
    distance: tuple[float, float]


@dataclass(frozen=True)
class _Start:
    """What the episodes of one start share.

    shortest, cheapest : fields (rows, cols) float32, in cells
    order : which share of the distances each of the episodes takes
    """

    on: _Prepared
    camera_height: float
    shortest: Float32
    cheapest: Float32
    order: tuple[int, ...]


def _prepare(task: _Task, built: NavigationMap | Rejected) -> _Prepared | Rejected:
    if isinstance(built, Rejected):
        return built
    settings = task.settings
    place = ground(built, Limits(settings.clearance_margin, settings.max_curvature))
    low, high = settings.distance
    where = regions(place, task.rooms)
    if where.count == 0:
        return Rejected(Reason.NO_START, f"nowhere does a body of {built.body.radius} m provably stand")
    return _Prepared(place, where, (low / built.resolution, high / built.resolution))


def _start(
    task: _Task, on: _Prepared | Rejected, group: int, camera_height: float, draws: np.random.Generator
) -> _Start | Rejected:
    """A start from which some goal lies in range. The regions take turns, beginning at one drawn for the storey."""
    if isinstance(on, Rejected):
        return on
    turn = int(task.draws(0, "regions").integers(on.where.count)) + group
    for attempt in range(_START_TRIES):
        cell = draw_start(on.where, (turn + attempt) % on.where.count, draws)
        shortest = geodesic_field(on.place.open_weights, cell)
        if draw_goal(on.where, shortest, on.distance, (0.0, 1.0), draws) is not None:
            order = tuple(int(k) for k in draws.permutation(task.settings.pairs_per_start))
            return _Start(on, camera_height, shortest, geodesic_field(on.place.weights, cell), order)
    low, high = task.settings.distance
    return Rejected(Reason.NO_GOAL, f"from {_START_TRIES} starts, nothing {low}–{high} m away can be reached")


def _episode(task: _Task, start: _Start, index: int) -> EpisodePlan | Rejected:
    draws = task.draws(index, "plan")
    robot = _robot(task.robot_spec, start, draws)
    found = _pair(task, start, start.order[index % len(start.order)], draws)
    if isinstance(found, Rejected):
        return found
    return _posed(task, start.on.place, index, robot, found)


def _robot(spec: RobotSpec, start: _Start, draws: np.random.Generator) -> Robot:
    """The robot of one episode: with the recipe's mounts, or one camera whose pitch is drawn."""
    body, pitch = start.on.place.built.body, math.radians(draws.uniform(*spec.camera_pitch_down_deg))
    if not spec.mounts:
        return Robot(body, start.camera_height, pitch)
    mounts = tuple(mount.mount() for mount in spec.mounts)
    return Robot(body, mounts[0].height, mounts[0].pitch_down, mounts)


def _pair(task: _Task, start: _Start, stratum: int, draws: np.random.Generator) -> Route | Rejected:
    """A goal in one share of the distances, and the certified curve to it."""
    place, count = start.on.place, len(start.order)
    share = (stratum / count, (stratum + 1) / count)
    goal = draw_goal(start.on.where, start.shortest, start.on.distance, share, draws)
    path = None if goal is None else path_to(start.cheapest, place.weights, goal)
    if goal is None or path is None:
        return Rejected(Reason.NO_GOAL, "no goal within the range of distances")
    length = taut_length(place, start.shortest, goal)
    if length < task.settings.distance[0]:
        return Rejected(Reason.TOO_SHORT, f"{length:.2f} m to the goal, {task.settings.distance[0]} m asked for")
    return route(place, place.built.centres(path), length)


def _posed(task: _Task, place: Ground, index: int, robot: Robot, found: Route) -> EpisodePlan:
    """The frames along a certified curve."""
    settings, scene, storey = task.settings, task.scene, task.storey
    turn_rate = math.radians(settings.max_turn_rate_deg)
    track = follow(found.controls, place.built, settings.spacing, settings.speed, turn_rate)
    positions = np.column_stack([track.points, np.full(len(track.points), storey.floor_z)])
    lens = positions + np.array([0.0, 0.0, robot.camera_height])
    return EpisodePlan(
        episode_id=episode_id(scene.ref.dataset, scene.ref.name, storey.index, index),
        index=index,
        scene=scene.ref,
        scene_digest=scene.digest,
        storey=storey.index,
        floor_z=storey.floor_z,
        seed=task.run_seed,
        robot=robot,
        camera=task.camera,
        start=triple(positions[0]),
        goal=triple(positions[-1]),
        times=track.times,
        positions=positions,
        yaw=track.yaw,
        camera_to_world=camera_pose(lens, track.yaw, robot.camera_pitch_down),
        linear_speed=track.linear_speed.astype(np.float32),
        angular_speed=track.angular_speed.astype(np.float32),
        clearance=track.clearance.astype(np.float32),
        room=rooms_at(task.rooms, track.points),
        geodesic_length=found.geodesic_length,
        path_length=found.length,
        certified_clearance=found.certified_clearance,
    )
