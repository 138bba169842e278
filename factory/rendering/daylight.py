"""Sun and sky at an hour of the day, relative to the bright day that scenes are made for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from schemas.arrays import Float64

_LATITUDE = math.radians(35)  # at an equinox: the sun is up from 6 to 18 h and 55° high at noon
_REFERENCE_AIR_MASS = 1.5  # of a sun 42° high, as drawn for scenes
# Optical depth of clear air with some haze in red, green and blue.
_OPTICAL_DEPTH = np.array([0.12, 0.20, 0.38])
# Light of the sky by the sun's elevation, degrees: about that of clear skies, with nights as bright as a town's.
_ELEVATION = (-18.0, -12.0, -6.0, -2.0, 0.0, 5.0, 15.0, 42.0, 60.0)
_BRIGHTNESS = (0.003, 0.004, 0.02, 0.08, 0.18, 0.40, 0.70, 1.0, 1.1)
_TINT = np.array(
    [
        (0.6, 0.7, 1.1), (0.6, 0.7, 1.1), (0.55, 0.72, 1.2), (0.85, 0.82, 1.1), (1.1, 0.9, 0.95),
        (1.12, 0.98, 0.9), (1.03, 1.0, 0.97), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Daylight:
    """elevation : of the sun, radians. turn : of its azimuth since noon, radians, clockwise from above.

    sun, sky : (3,) float64, factors on red, green and blue of their light; the sun's is 0 when it is down
    """

    elevation: float
    turn: float
    sun: Float64
    sky: Float64


def daylight(hour: float) -> Daylight:
    """At that solar time, 0 to 24.

    The air mass in front of the sun is that of Kasten and Young (1989); what it lets through follows
    Beer and Lambert.
    """
    angle = math.radians(15 * (hour - 12))
    elevation = math.asin(math.cos(_LATITUDE) * math.cos(angle))
    turn = math.atan2(math.sin(angle), math.sin(_LATITUDE) * math.cos(angle))
    degrees = math.degrees(elevation)
    tint = np.array([np.interp(degrees, _ELEVATION, channel) for channel in _TINT.T])
    sky = math.exp(np.interp(degrees, _ELEVATION, np.log(_BRIGHTNESS))) * tint
    sun = np.zeros(3)
    if elevation > 0:
        air_mass = 1 / (math.sin(elevation) + 0.50572 * (degrees + 6.07995) ** -1.6364)
        sun = np.exp(-_OPTICAL_DEPTH * (air_mass - _REFERENCE_AIR_MASS))
    return Daylight(elevation, turn, sun, sky)
