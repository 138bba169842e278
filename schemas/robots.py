"""The robot as planning and rendering see it: an upright cylinder with one rigid camera mount."""

from __future__ import annotations

import math
from dataclasses import dataclass


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
class Robot:
    """One robot as drawn for one episode.

    camera_height : of the camera's centre above the floor, metres
    camera_pitch_down : downward tilt, radians
    """

    body: Body
    camera_height: float
    camera_pitch_down: float
