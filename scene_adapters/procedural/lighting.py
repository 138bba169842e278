"""Light: lamps, daylight through the windows, and the sun.

Powers suit a display without tone mapping: walls come out at a linear radiance of about 0.3 to 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from scene_adapters.procedural.openings import Opening, OpeningKind
from scene_adapters.procedural.plan import Plan
from scene_adapters.procedural.rectangles import sides
from scene_adapters.procedural.shapes import Lamp
from schemas.scenes import Light, LightKind

_WINDOW_WATTS_PER_AREA = 12.0  # W/m² of window
_BASE_WATTS, _WATTS_PER_AREA = 30.0, 5.0  # of a room's lamps: W, and W/m² of its floor
_SUN_IRRADIANCE = 3.0  # W/m²


def daylight(plan: Plan, openings: tuple[Opening, ...], generator: np.random.Generator) -> tuple[Light, ...]:
    """An area light just inside each window that shines into the room, and a sun of drawn height and direction."""
    warmth = float(generator.uniform(0.0, 1.0))
    sky = (0.80 + 0.15 * warmth, 0.90 + 0.05 * warmth, 1.0)
    windows = tuple(_window_light(plan, opening, sky) for opening in openings if opening.kind == OpeningKind.WINDOW)
    return (*windows, _sun(warmth, generator))


def lamp_lights(lamps: Sequence[Lamp], area: float) -> tuple[Light, ...]:
    """The lamps of a room of `area` m², given in the world frame, as lights.

    Their powers keep their proportions but add up to what the room needs.
    """
    if not lamps:
        return ()
    gain = (_BASE_WATTS + _WATTS_PER_AREA * area) / sum(lamp.power for lamp in lamps)
    return tuple(
        Light(LightKind.POINT, lamp.position, (0.0, 0.0, -1.0), (lamp.size, lamp.size), lamp.color, gain * lamp.power)
        for lamp in lamps
    )


def _window_light(plan: Plan, opening: Opening, color: tuple[float, float, float]) -> Light:
    room = plan.rooms[opening.rooms[0]]
    side = next(s for s in sides(room.cell) if s.axis == opening.axis and abs(s.at - opening.at) < 1e-6)
    width, height = opening.high - opening.low - 0.08, opening.head - opening.sill - 0.08
    x, y = side.point((opening.low + opening.high) / 2, 0.0)
    z = plan.floor_z(room.storey) + (opening.sill + opening.head) / 2
    direction = (0.0, float(side.inward), 0.0) if side.axis == 0 else (float(side.inward), 0.0, 0.0)
    return Light(LightKind.AREA, (x, y, z), direction, (width, height), color, _WINDOW_WATTS_PER_AREA * width * height)


def _sun(warmth: float, generator: np.random.Generator) -> Light:
    height, bearing = math.radians(generator.uniform(25, 55)), generator.uniform(0, 2 * math.pi)
    level = math.cos(height)
    direction = (-level * math.cos(bearing), -level * math.sin(bearing), -math.sin(height))
    color = (1.0, 0.93 - 0.12 * warmth, 0.84 - 0.25 * warmth)
    return Light(LightKind.SUN, (0.0, 0.0, 50.0), direction, (1.0, 1.0), color, _SUN_IRRADIANCE)
