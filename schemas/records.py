"""The record of a sample: all of an episode that is neither an image nor an array of frames."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from schemas.arrays import AnyArray
from schemas.cameras import Camera
from schemas.episodes import CaptionedEpisode, Clip, Instruction, Scores
from schemas.errors import ShardError
from schemas.identity import canonical_json
from schemas.jsonable import from_json, optional, to_json
from schemas.looks import Look
from schemas.manifests import Unit
from schemas.robots import Robot
from schemas.scenes import Instance, Lighting, Scene, SceneRef

RECORD_VERSION = 1

# The arrays of a sample, in its .npz: dtype, and the shape of one frame's entry. What they mean is said
# at `EpisodePlan` and `PixelGoals`; crc32 is of the frame's files as they lie in the shard, in the order
# of `frame_files`. Further cameras add to this, see `arrays_of`.
ARRAYS: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "times": (np.float64, ()),
    "positions": (np.float64, (3,)),
    "yaw": (np.float64, ()),
    "camera_to_world": (np.float64, (4, 4)),
    "linear_speed": (np.float32, ()),
    "angular_speed": (np.float32, ()),
    "clearance": (np.float32, ()),
    "room": (np.int32, ()),
    "goal_pixel": (np.int32, (2,)),
    "goal_frame": (np.int32, ()),
    "goal_visible": (np.bool_, ()),
    "crc32": (np.uint32, (3,)),
}
_IMAGES = ("rgb.jpg", "depth.png", "instance.png")


@dataclass(frozen=True)
class VisitedRoom:
    """A room that the walk goes through."""

    id: int
    label: str


@dataclass(frozen=True)
class Record:
    """One episode as its `.json` in a shard says it. Metres, radians, world frame.

    unit : id of the unit that made it; run_seed : what all draws derive from
    depth_scale : metres a unit of the depth images; 0 in them is none, `FARTHEST` that far or farther
    instances : those seen in the masks, by id, with their boxes
    rooms : those the robot was in, in order of first visit
    renderer : what made the images, and its settings
    sensor : settings of the sensor that `sensor_depth.png` is of, as in the recipe; None where there is none
    look : what was changed of the scene as `scene_digest` says it; None where nothing was
    For the other fields see `EpisodePlan` and `CaptionedEpisode`; the licence is in `scene`.
    """

    version: int
    episode_id: str
    index: int
    unit: str
    run_seed: int
    scene: SceneRef
    scene_digest: str
    storey: int
    floor_z: float
    robot: Robot
    camera: Camera
    frames: int
    depth_scale: float
    start: tuple[float, float, float]
    goal: tuple[float, float, float]
    geodesic_length: float
    path_length: float
    certified_clearance: float
    clips: tuple[Clip, ...]
    instructions: tuple[Instruction, ...]
    scores: Scores
    instances: tuple[Instance, ...]
    rooms: tuple[VisitedRoom, ...]
    renderer: dict[str, str]
    lighting: Lighting
    sensor: dict[str, float] | None = optional(None)
    look: Look | None = optional(None)

    @property
    def fallbacks(self) -> int:
        """How many instructions `grounded` wrote although a model was asked."""
        return sum(instruction.fallback is not None for instruction in self.instructions)


def frame_files(record: Record) -> tuple[str, ...]:
    """A frame's files by what follows its number: "rgb.jpg", "depth.png", …, then "60cm_15deg.rgb.jpg" and so on."""
    mounts = ("", *(mount.name for mount in record.robot.further_mounts))
    images = _IMAGES if record.sensor is None else (*_IMAGES, "sensor_depth.png")
    return tuple(_of_mount(mount, image) for mount in mounts for image in images)


def image_file(frame: int, mount: str, image: str) -> str:
    """A file of a frame by what follows its episode: "0007.head.rgb.jpg"; `mount` is "" for the first camera."""
    return f"{frame:04d}.{_of_mount(mount, image)}"


def _of_mount(mount: str, image: str) -> str:
    return f"{mount}.{image}" if mount else image


def arrays_of(record: Record) -> dict[str, tuple[type[np.generic], tuple[int, ...]]]:
    """The arrays of a record's sample, like `ARRAYS`: `mount_to_world` too where there are further mounts."""
    arrays = ARRAYS | {"crc32": (np.uint32, (len(frame_files(record)),))}
    further = len(record.robot.further_mounts)
    return arrays | ({"mount_to_world": (np.float64, (further, 4, 4))} if further else {})


def record_of(captioned: CaptionedEpisode, scene: Scene, unit: Unit) -> Record:
    """The record of an episode of `unit`. Raises ShardError where episode, scene and unit do not belong together."""
    plan = captioned.rendered.plan
    if (plan.scene_digest, scene.digest, plan.storey) != (unit.scene_digest, unit.scene_digest, unit.storey):
        raise ShardError(f"unit {unit.id}: episode {plan.episode_id} is of another scene or storey")
    if not unit.first <= plan.index < unit.first + unit.count:
        raise ShardError(f"unit {unit.id}: episode {plan.episode_id} has index {plan.index}, outside the unit")
    return build_record(captioned, unit, _seen(captioned, scene), _visited(captioned, scene), scene.lighting)


def build_record(
    captioned: CaptionedEpisode,
    unit: Unit,
    instances: tuple[Instance, ...],
    rooms: tuple[VisitedRoom, ...],
    lighting: Lighting,
) -> Record:
    """The record of an episode, from what its chain says and what only its scene, or an importer, knows."""
    plan = captioned.rendered.plan
    return Record(
        version=RECORD_VERSION,
        episode_id=plan.episode_id,
        index=plan.index,
        unit=unit.id,
        run_seed=unit.seed,
        scene=plan.scene,
        scene_digest=plan.scene_digest,
        storey=plan.storey,
        floor_z=plan.floor_z,
        robot=plan.robot,
        camera=plan.camera,
        frames=plan.frames,
        depth_scale=captioned.rendered.depth_scale,
        start=plan.start,
        goal=plan.goal,
        geodesic_length=plan.geodesic_length,
        path_length=plan.path_length,
        certified_clearance=plan.certified_clearance,
        clips=captioned.clips,
        instructions=captioned.instructions,
        scores=captioned.scores,
        instances=instances,
        rooms=rooms,
        renderer=captioned.rendered.renderer,
        lighting=lighting,
        sensor=captioned.rendered.sensor,
        look=captioned.rendered.look,
    )


def encode_record(record: Record) -> bytes:
    """JSON bytes, one form a record. Raises ValueError for NaN or infinity in a field."""
    return canonical_json(to_json(record)) + b"\n"


def decode_record(content: bytes, where: str) -> Record:
    """The record of those bytes. Raises ShardError naming `where` and the field that does not fit."""
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
        record = from_json(Record, value)
    except (ValueError, TypeError, RecursionError) as error:
        raise ShardError(f"{where}: not a valid record ({error})") from error
    if record.version != RECORD_VERSION:
        raise ShardError(f"{where}: record version {record.version}, this program reads {RECORD_VERSION}")
    return record


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _seen(captioned: CaptionedEpisode, scene: Scene) -> tuple[Instance, ...]:
    seen = np.zeros(1 << 16, dtype=np.bool_)
    for view in captioned.rendered.views:
        for mask in view.instance:
            seen[mask] = True
    ids: list[int] = np.flatnonzero(seen[1:]).tolist()
    if ids and ids[-1] >= len(scene.instances):
        raise ShardError(
            f"episode {captioned.rendered.plan.episode_id}: a mask has instance {ids[-1] + 1}, "
            f"but scene {scene.ref.name} has {len(scene.instances)}"
        )
    return tuple(scene.instances[i] for i in ids)


def _visited(captioned: CaptionedEpisode, scene: Scene) -> tuple[VisitedRoom, ...]:
    labels = {room.id: room.label for room in scene.rooms}
    visits: AnyArray = captioned.rendered.plan.room
    return tuple(VisitedRoom(i, labels[i]) for i in dict.fromkeys(visits.tolist()) if i in labels)
