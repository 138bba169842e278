"""The same home at another hour, under other lamps, in other colours: what the episodes of a look see.

Geometry, instances and labels stay, so maps, walks and masks do too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from factory.rendering.daylight import Daylight, daylight
from factory.rendering.repaint import repaint
from schemas.arrays import Float64, triple
from schemas.episodes import EpisodePlan
from schemas.identity import digest, generator
from schemas.jsonable import to_json
from schemas.looks import Look
from schemas.recipe import Variation
from schemas.scenes import Light, Lighting, LightKind, Material, Scene

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_USUAL_KELVIN = 4000.0  # of a lamp that scenes are made with
_WHITE_BALANCE = 0.5  # share of a lamp's tint that a camera leaves
_ADAPTATION = 0.7  # share of a change of light, in stops, that a camera's exposure takes back


def looks(
    scene: Scene, plans: Sequence[EpisodePlan], settings: Variation | None
) -> Iterator[tuple[Scene, Look | None, list[EpisodePlan]]]:
    """The scene as the plans, in order of index, see it, and those that share it; as it is without `settings`.

    Look k is that of the episodes k · per_look and on, and follows from their run's seed, the scene, the storey
    and k alone.
    """
    if settings is None:
        yield scene, None, list(plans)
        return
    for k, group in groupby(plans, lambda plan: plan.index // settings.per_look):
        sharing = list(group)
        random = generator(sharing[0].seed, scene.digest, sharing[0].storey, k, "look")
        yield *vary(scene, settings, k, random), sharing


def vary(scene: Scene, settings: Variation, index: int, random: np.random.Generator) -> tuple[Scene, Look]:
    """The scene in another look: lights, sky and materials change, all else stays. Of a scan only the exposure does."""
    exposure = random.uniform(*settings.exposure)
    if scene.lighting is Lighting.UNLIT:
        look = Look(index, round(exposure, 4), None, None, None, None, ())
        return _with(scene, look, _brighter(scene.mesh.materials, 2**look.exposure), (), 2**look.exposure), look
    hour, kelvin = round(random.uniform(*settings.hours), 3), round(random.uniform(*settings.lamp_kelvin))
    lamps = round(float(np.exp(random.uniform(*np.log(settings.lamps)))), 4)
    day = daylight(hour)
    materials, paint = repaint(scene, settings.paint, random)
    tint = _tint(kelvin)
    lights = tuple(new for light in scene.lights if (new := _relit(light, day, lamps * tint)) is not None)
    exposure = round(exposure + _ADAPTATION * math.log2(_flux(scene.lights) / _flux(lights)), 4)
    look = Look(index, exposure, hour, round(math.degrees(day.elevation), 3), lamps, kelvin, tuple(paint))
    gain = 2**exposure
    glowing = tuple(replace(m, emission=triple(np.array(m.emission) * gain * lamps * tint)) for m in materials)
    brighter = tuple(replace(light, power=light.power * gain) for light in lights)
    return _with(scene, look, glowing, brighter, gain * day.sky), look


def _with(
    scene: Scene, look: Look, materials: tuple[Material, ...], lights: tuple[Light, ...], sky: Float64 | float
) -> Scene:
    """The scene in that look. Its digest is its own: light that is baked for it is no other look's."""
    return replace(
        scene,
        mesh=replace(scene.mesh, materials=materials),
        lights=lights,
        sky=triple(np.array(scene.sky) * sky),
        digest=digest("look", scene.digest, to_json(look)),
    )


def _brighter(materials: tuple[Material, ...], gain: float) -> tuple[Material, ...]:
    return tuple(replace(m, base_color=triple(np.array(m.base_color) * gain)) for m in materials)


def _relit(light: Light, day: Daylight, lamp: Float64) -> Light | None:
    """The light at that time of day, or None for a sun that is down."""
    if light.kind is LightKind.SUN:
        return _colored(replace(light, direction=_sunbeam(light, day)), day.sun) if day.elevation > 0 else None
    # What shines level comes in by a window; lamps shine down or all around.
    by_window = light.kind is LightKind.AREA and abs(light.direction[2]) < 0.5
    return _colored(light, day.sky if by_window else lamp)


def _sunbeam(light: Light, day: Daylight) -> tuple[float, float, float]:
    """The direction of the sun's light. Where it comes from in the scene as made is taken for its place at noon."""
    bearing = math.atan2(light.direction[1], light.direction[0]) - day.turn
    level = math.cos(day.elevation)
    return level * math.cos(bearing), level * math.sin(bearing), -math.sin(day.elevation)


def _colored(light: Light, factor: Float64) -> Light:
    """The light with its red, green and blue multiplied."""
    color = np.array(light.color) * factor
    strongest = float(color.max())
    return replace(light, color=triple(color / max(strongest, 1e-9)), power=light.power * strongest)


def _flux(lights: Sequence[Light]) -> float:
    """What lamps and windows give, by eye, W; more than nothing."""
    inside = (light for light in lights if light.kind is not LightKind.SUN)
    return max(1e-3, sum(light.power * float(np.array(light.color) @ _LUMINANCE) for light in inside))


def _tint(kelvin: float) -> Float64:
    """Factors (3,) on the light of a usual lamp for one of that colour temperature, of equal luminance."""
    tint = (_black_body(kelvin) / _black_body(_USUAL_KELVIN)) ** _WHITE_BALANCE
    return np.asarray(tint / (tint @ _LUMINANCE))


def _black_body(kelvin: float) -> Float64:
    """Planck's law at 610, 549 and 464 nm, about where the primaries of sRGB are; any scale."""
    wavelength = np.array([610e-9, 549e-9, 464e-9])
    return np.asarray(wavelength**-5 / np.expm1(0.014388 / (wavelength * kelvin)))
