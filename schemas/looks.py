"""How a scene was changed for some of its episodes: light, hour, paint and exposure, as drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Repaint:
    """A material in another colour: hue turned by degrees, OKLab lightness and chroma multiplied."""

    material: str
    hue_deg: float
    lightness: float
    chroma: float


@dataclass(frozen=True)
class Look:
    """What the episodes of one look share.

    index : number of the look on its storey
    exposure : stops by which all is brighter than light and paint make it, the camera's own adaptation included
    hour : solar time, 0 to 24; sun_elevation_deg : below 0 it is down. None for scans, whose light is fixed
    lamps : factor on the power of lamps; lamp_kelvin : their colour temperature. None for scans
    paint : the materials that changed
    """

    index: int
    exposure: float
    hour: float | None
    sun_elevation_deg: float | None
    lamps: float | None
    lamp_kelvin: float | None
    paint: tuple[Repaint, ...]
