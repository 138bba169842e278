"""The robot as planning and rendering see it: an upright cylinder with one or more rigid camera mounts."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from schemas.jsonable import optional

MOST_MOUNTS = 16
# Part of a file's name in a shard: stock WebDataset folds it to lower case and splits at dots.
MOUNT_NAME = r"[a-z0-9_-]{1,11}"


@dataclass(frozen=True)
class Body:
    """What decides where a robot can stand; maps are cached by it.

    radius, height : the upright cylinder, metres
    step_height : the highest edge it drives over, metres
    max_slope : the steepest floor it stands on, radians
    """

    radius: float
    height: float
    step_height: float
    max_slope: float

    def __post_init__(self) -> None:
        if not 0 < self.radius <= 2:
            raise ValueError(f"robot radius {self.radius} m: give a value in (0, 2]")
        if not 0 <= self.step_height < self.height:
            raise ValueError(f"robot step_height {self.step_height} m: must be below its height, {self.height} m")
        if not 0 <= self.max_slope < math.pi / 2:
            raise ValueError(f"robot max_slope {self.max_slope} rad: give a value in [0, π/2)")


@dataclass(frozen=True)
class Mount:
    """Where a camera sits. height : of its centre above the floor, metres; pitch_down : downward tilt, radians."""

    name: str
    height: float
    pitch_down: float

    def __post_init__(self) -> None:
        if not re.fullmatch(MOUNT_NAME, self.name):
            raise ValueError(f"mount {self.name!r}: a name has 1 to 11 small letters, digits, '_' and '-'")
        if not 0 < self.height <= 3 or not abs(self.pitch_down) < math.pi / 2:
            raise ValueError(f"mount {self.name}: give a height in (0, 3] m and a pitch within ±π/2")


@dataclass(frozen=True)
class Robot:
    """One robot as drawn for one episode.

    camera_height : of the first camera's centre above the floor, metres
    camera_pitch_down : downward tilt of the first camera, radians
    mounts : of all cameras where the recipe gives them, the first one's first; else ()
    """

    body: Body
    camera_height: float
    camera_pitch_down: float
    mounts: tuple[Mount, ...] = optional(())

    def __post_init__(self) -> None:
        names = [mount.name for mount in self.mounts]
        if len(set(names)) < len(names) or len(names) > MOST_MOUNTS:
            raise ValueError(f"robot mounts {names}: give up to {MOST_MOUNTS}, each with a name of its own")
        first = [(mount.height, mount.pitch_down) for mount in self.mounts[:1]]
        if first not in ([], [(self.camera_height, self.camera_pitch_down)]):
            raise ValueError(f"robot mount {names[0]}: is not where the first camera is")

    @property
    def further_mounts(self) -> tuple[Mount, ...]:
        """Of the cameras beside the first."""
        return self.mounts[1:]
