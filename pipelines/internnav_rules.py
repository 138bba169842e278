"""The rules of the vln_n1 dialect: what breaks each, what the loader then does, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Harm(StrEnum):
    """What a broken rule does to a training run."""

    LOUD = "loud"  # it stops
    SILENT = "silent"  # it goes on, and learns something wrong or less
    NOTE = "note"  # nothing is wrong, but one may want to know


@dataclass(frozen=True)
class Rule:
    """harm : see `Harm`; effect : what the loader does; remedy : what to do."""

    harm: Harm
    effect: str
    remedy: str


@dataclass(frozen=True)
class Finding:
    """A rule that a file or folder breaks, and how. `path` is relative to the root."""

    rule: str
    path: str
    problem: str


def _loud(effect: str, remedy: str) -> Rule:
    return Rule(Harm.LOUD, effect, remedy)


def _silent(effect: str, remedy: str) -> Rule:
    return Rule(Harm.SILENT, effect, remedy)


RULES: dict[str, Rule] = {
    "only-folders": _loud("takes every name for a group or scene and stops at a file", "move the file elsewhere"),
    "scene-parts": _loud("stops at the missing part", "restore it, or remove the scene folder"),
    "one-chunk": _silent("reads one chunk, whichever is listed first", "put all episodes into one chunk"),
    "only-tables": _silent("counts it as an episode, so that the others move", "remove the file"),
    "only-images": _silent("counts it as a frame, so that later ones move", "remove the file"),
    "image-names": _silent(
        "sorts by name and mixes frames up", "name files episode_%06d_%03d, with one width in a scene"
    ),
    "image-pairs": _silent("pairs colour with the depth of another frame", "give each frame one image of both"),
    "stats-lines": _silent(
        "opens a debugger and hangs for a line too many; drops episodes for a line too few", "write a line an episode"
    ),
    "stats-fields": _loud("stops at the line", "write image_index with whole numbers min and max"),
    "image-index": _silent(
        "gives episodes the frames of others", "count over the scene's sorted images, from 0, both ends included"
    ),
    "frames-are-rows": _silent("reads poses of other frames, or stops", "write a row a frame and an image a row"),
    "table": _loud("stops at the file", "write the four columns of the dialect as Parquet"),
    "constant-camera": _silent("takes the first row's for all", "split the episode where the camera changes"),
    "intrinsics": _silent("marks goals in the wrong place", "give K in pixels of the stored image"),
    "rigid-poses": _silent("computes labels from a skewed frame", "write rotations, and 0 0 0 1 below them"),
    "opengl-axes": _silent("learns to drive backwards or sideways", "write x right, y up, z backwards"),
    "mount": _silent(
        "leaks roll and pitch into planar labels", "make the pose Rz(yaw − 90°) · mount, with a rigid mount"
    ),
    "spacing": _silent("labels leave [−1, 1] and are cut off", "keep frames at most 0.0625 m apart"),
    "length": _loud("stops at an episode of fewer than three frames", "leave it out"),
    "short-walk": Rule(Harm.NOTE, "pads the prediction with stops below 100 frames", "nothing, or make longer walks"),
    "color-images": _silent("puts a black frame in its place", "write it again: 8 bits, three channels"),
    "depth-images": _silent("puts black depth in its place", "write it again: 16-bit grey PNG of the colour's size"),
    "depth-units": _silent("learns from depth that is out of scale", "store metres × 10000, planar z, 0 = none"),
    "depth-on-cloud": _silent(
        "judges paths by obstacles of another place", "give cloud and poses one world frame, Z up, metres"
    ),
    "cloud": _loud("stops, or goes on without obstacles", "write a binary PLY with colours"),
    "obstacle-color": _silent("makes both critics the constant 2.0", "colour obstacles exactly (0, 0, 128)"),
    "navigable-color": Rule(Harm.NOTE, "does not read it", "colour free floor (102, 102, 102)"),
    "critic": _silent(
        "judges all paths alike", "filter obstacles by the robot's height, and keep those near its paths"
    ),
    "texts": _silent("NavDP reads none, language trainers do", "write what docs/internnav.md says"),
    "info": _silent("NavDP does not read it, people do", "write the true numbers"),
}
