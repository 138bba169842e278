"""The episode chain: planned, rendered, captioned. T is the number of frames.

Each link holds the one before it, so nothing is copied and nothing is lost on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schemas.arrays import Bool, Float32, Float64, Int32, UInt16
from schemas.cameras import MILLIMETRE, Camera
from schemas.frames import camera_pose
from schemas.jsonable import optional
from schemas.looks import Look
from schemas.robots import Robot
from schemas.scenes import SceneRef


@dataclass(frozen=True)
class EpisodePlan:
    """A certified walk: where the robot is and what its camera sees through, frame by frame.

    episode_id : WebDataset key; index : its number in the storey
    start, goal : (x, y, z) on the floor, metres
    times : (T,) float64, seconds from the start
    positions : (T, 3) float64, the robot's footprint centre on the floor, world
    yaw : (T,) float64, heading from +X, radians, unwrapped
    camera : of all mounts; camera_to_world : (T, 4, 4) float64, of the first, OpenCV axes
    linear_speed, angular_speed : (T,) float32, m/s and rad/s
    clearance : (T,) float32, distance from the centre to the nearest obstacle, metres
    room : (T,) int32, id of the room the robot is in, 0 = none known
    geodesic_length : length of the shortest feasible path, metres; path_length : of this one
    certified_clearance : proven lower bound of the clearance over the whole curve, metres
    """

    episode_id: str
    index: int
    scene: SceneRef
    scene_digest: str
    storey: int
    floor_z: float
    seed: int
    robot: Robot
    camera: Camera
    start: tuple[float, float, float]
    goal: tuple[float, float, float]
    times: Float64
    positions: Float64
    yaw: Float64
    camera_to_world: Float64
    linear_speed: Float32
    angular_speed: Float32
    clearance: Float32
    room: Int32
    geodesic_length: float
    path_length: float
    certified_clearance: float

    @property
    def frames(self) -> int:
        """T."""
        return len(self.times)

    @property
    def mount_to_world(self) -> Float64:
        """Poses (T, M, 4, 4) float64 of the cameras on the M further mounts, OpenCV axes."""
        poses = np.empty((self.frames, len(self.robot.further_mounts), 4, 4))
        for m, mount in enumerate(self.robot.further_mounts):
            poses[:, m] = camera_pose(self.positions + np.array([0.0, 0.0, mount.height]), self.yaw, mount.pitch_down)
        return poses

    @property
    def views(self) -> tuple[Float64, ...]:
        """Poses (T, 4, 4) of each camera, the first one's first."""
        return (self.camera_to_world, *np.swapaxes(self.mount_to_world, 0, 1))


@dataclass(frozen=True)
class View:
    """What one camera saw.

    rgb : T JPEG files
    depth : (T, H, W) uint16, planar z in units of the episode's `depth_scale`, 0 = none, `FARTHEST` = that or beyond
    instance : (T, H, W) uint16, instance id, 0 = none
    sensor_depth : (T, H, W) uint16 like depth, as a real sensor measures it; None where none was asked for
    """

    rgb: tuple[bytes, ...]
    depth: UInt16
    instance: UInt16
    sensor_depth: UInt16 | None = None


@dataclass(frozen=True)
class RenderedEpisode:
    """What the robot's cameras saw.

    rgb, depth, instance, sensor_depth : the first camera's, as of `View`; quality, clips, goals and texts look
    through it
    renderer : what made it and with which settings, for provenance
    further : what the cameras on the further mounts saw, in their order
    sensor : settings of the depth sensor, where there is one
    look : what was changed of the scene, where it was varied
    depth_scale : metres a unit of all depths
    """

    plan: EpisodePlan
    rgb: tuple[bytes, ...]
    depth: UInt16
    instance: UInt16
    renderer: dict[str, str]
    further: tuple[View, ...] = ()
    sensor_depth: UInt16 | None = None
    sensor: dict[str, float] | None = None
    look: Look | None = None
    depth_scale: float = MILLIMETRE

    @property
    def views(self) -> tuple[View, ...]:
        """Of all cameras, the first one's first."""
        return (View(self.rgb, self.depth, self.instance, self.sensor_depth), *self.further)


@dataclass(frozen=True)
class Clip:
    """Frames first..last, both included. Clips of an episode are contiguous and cover every frame once.

    turn : accumulated signed change of yaw, radians, left positive; length : metres
    """

    first: int
    last: int
    turn: float
    length: float


@dataclass(frozen=True)
class PixelGoals:
    """For each frame, the farthest later floor point of the walk that the frame shows.

    pixel : (T, 2) int32, (u, v), or −1 where none is visible
    frame : (T,) int32, index of the frame whose footprint it is, or −1
    visible : (T,) bool, whether there is one
    """

    pixel: Int32
    frame: Int32
    visible: Bool


@dataclass(frozen=True)
class Scores:
    """Information in the masks of one episode; thresholds are in the recipe.

    instances, categories : median number of distinct ones in view, structure not counted
    entropy : mean entropy of the category histogram of a frame, bits
    unlabeled : share of pixels without instance or category
    near_surface : share of frames mostly filled by one near surface
    references : distinct instances along the walk that could serve as a landmark
    depth : smallest share of pixels with a depth over the frames
    """

    instances: float
    categories: float
    entropy: float
    unlabeled: float
    near_surface: float
    references: int
    depth: float


@dataclass(frozen=True)
class Generator:
    """What wrote a text: back end and its version, e.g. vLLM's.

    model, revision, sampling : of a language model. prompt_version, prompt_sha256 : of the prompts it was asked with
    """

    name: str
    version: str
    model: str | None = None
    revision: str | None = None
    prompt_sha256: str | None = None
    sampling: dict[str, str] | None = None
    prompt_version: str | None = optional(None)


@dataclass(frozen=True)
class Instruction:
    """A text for frames first..last.

    scope : "clip" or "walk"; text : what a follower is told
    raw : the description it was refined from, or None
    landmarks : ids of the instances it names
    score : agreement with masks and motion in 0..1, or None where not measured, as in other languages than English
    style, language, variant : as the recipe asked for; variants count from 0
    attempts : texts asked of the model until one was kept, or it was given up
    fallback : why `generator` wrote it although a model was asked, or None
    describer : what wrote `raw`, or None
    undescribed : why there is no `raw` although a model was asked for it, or None
    """

    scope: str
    first: int
    last: int
    text: str
    raw: str | None
    landmarks: tuple[int, ...]
    generator: Generator
    score: float | None
    style: str | None = optional(None)
    language: str = optional("English")
    variant: int = optional(0)
    attempts: int = optional(1)
    fallback: str | None = optional(None)
    describer: Generator | None = optional(None)
    undescribed: str | None = optional(None)


@dataclass(frozen=True)
class CaptionedEpisode:
    """All that goes into one sample of a shard."""

    rendered: RenderedEpisode
    clips: tuple[Clip, ...]
    pixel_goals: PixelGoals
    scores: Scores
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True)
class Track:
    """Motion without identity: what planning hands on before poses are made. World frame, metres.

    points : (T, 2) float64; yaw : (T,) float64; times : (T,) float64
    linear_speed, angular_speed : (T,) float64; clearance : (T,) float64
    """

    points: Float64
    yaw: Float64
    times: Float64
    linear_speed: Float64
    angular_speed: Float64
    clearance: Float64
