"""Lamps: each with the bulb that lights the room."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import one_of
from scene_adapters.procedural.shapes import (
    Lamp,
    Part,
    Piece,
    Vec2,
    Vec3,
    box,
    cylinder,
    disc,
    hanging,
    lathe,
    moved,
    standing,
    superellipsoid,
    tube,
)

_WARM: Vec3 = (1.0, 0.78, 0.52)
_NEUTRAL: Vec3 = (1.0, 0.9, 0.76)


def floor_lamp(palette: Palette, generator: np.random.Generator) -> Piece:
    """A shade on a pole or a tripod, or an arc over a seat."""
    metal, style = one_of(generator, "metal", "iron", "wood"), int(generator.integers(3))
    height = float(generator.uniform(1.45, 1.7))
    if style == 0:
        parts = [
            disc(metal, (0, 0, 0), 0.15, 0.025, 0.006),
            cylinder(metal, (0, 0, 0.02), (0, 0, height - 0.12), 0.011),
        ]
        centre: Vec3 = (0.0, 0.0, height - 0.25)
    elif style == 1:
        parts = [
            cylinder(
                metal,
                (0.3 * np.cos(t), 0.3 * np.sin(t), 0),
                (0.02 * np.cos(t), 0.02 * np.sin(t), height - 0.28),
                0.012,
                0.015,
                8,
            )
            for t in (0.5, 2.6, 4.7)
        ]
        parts.append(disc(metal, (0, 0, height - 0.3), 0.04, 0.03))
        centre = (0.0, 0.0, height - 0.2)
    else:
        turn = np.linspace(np.pi, 0.12 * np.pi, 12)
        arch = [(0.42 + 0.42 * np.cos(t), 0.0, height - 0.42 + 0.42 * np.sin(t)) for t in turn]
        parts = [disc("marble", (0, 0, 0), 0.17, 0.05, 0.01), tube(metal, [(0, 0, 0.04), (0, 0, 0.6), *arch], 0.012)]
        centre = (arch[-1][0], 0.0, arch[-1][2] - 0.2)
    radius = float(generator.uniform(0.17, 0.24))
    parts += _shade("shade", radius * float(generator.uniform(0.6, 1.0)), radius, 0.26, centre)
    return standing("floor lamp", "lighting", parts, lamps=[Lamp(centre, _WARM, 28.0, 0.08)])


def table_lamp(palette: Palette, generator: np.random.Generator) -> Piece:
    """A shade on a turned foot."""
    finish = one_of(generator, palette.pick("pottery", generator), "metal", "wood.second")
    height, radius = float(generator.uniform(0.38, 0.52)), float(generator.uniform(0.12, 0.17))
    foot = [
        (0.5, 0.0),
        (0.52, 0.05),
        (float(generator.uniform(0.2, 0.9)), 0.3),
        (float(generator.uniform(0.3, 0.6)), 0.65),
        (0.12, 0.85),
        (0.1, 1.0),
    ]
    stem = height - 0.2
    parts = [
        lathe(finish, [(r * 0.15, z * stem) for r, z in foot], 22),
        cylinder("metal", (0, 0, stem - 0.01), (0, 0, height - 0.1), 0.006),
    ]
    centre = (0.0, 0.0, height - 0.1)
    parts += _shade("shade", radius * float(generator.uniform(0.55, 0.95)), radius, 0.2, centre)
    return standing("table lamp", "lighting", parts, lamps=[Lamp(centre, _WARM, 12.0, 0.06)])


def _shade(finish: str, top: float, bottom: float, height: float, centre: Vec3) -> list[Part]:
    """An open conical shade around a bulb at `centre`, held by a spider at its top."""
    half, wall = height / 2, 0.003
    profile: list[Vec2] = [(bottom, -half), (top, half), (top - wall, half), (bottom - wall, -half)]
    bulb = superellipsoid("bulb", (-0.03, -0.03, -0.035), (0.03, 0.03, 0.035), 2.0, 4)
    arms = [
        cylinder(
            "iron",
            (0, 0, half - 0.015),
            ((top - wall) * np.cos(t), (top - wall) * np.sin(t), half - 0.015),
            0.003,
            segments=5,
        )
        for t in (0.0, 2.1, 4.2)
    ]
    return [moved(part, *centre) for part in (lathe(finish, profile, 32, hollow=True), bulb, *arms)]


def ceiling_lamp(palette: Palette, generator: np.random.Generator) -> Piece:
    """A flat lamp on the ceiling: a glass bowl, a fabric drum or a bar of spots."""
    style = int(generator.integers(3))
    if style == 2:
        return _spots(generator)
    radius = float(generator.uniform(0.18, 0.28))
    parts = [disc("metal", (0, 0, -0.025), radius * (1.04 if style == 0 else 0.4), 0.025)]
    if style == 0:
        bowl = [(0.05, -0.11), (0.5, -0.1), (0.85, -0.065), (1.0, -0.02)]
        parts.append(lathe("shade", [(r * radius, z) for r, z in bowl], 32))
        low = -0.12
    else:
        parts += [
            lathe("shade", [(radius - 0.01, -0.16), (radius, -0.155), (radius, -0.03), (radius - 0.01, -0.025)], 36)
        ]
        low = -0.17
    return hanging("ceiling lamp", "lighting", parts, lamps=[Lamp((0.0, 0.0, low - 0.06), _NEUTRAL, 60.0, 0.1)])


def _spots(generator: np.random.Generator) -> Piece:
    metal, half = one_of(generator, "metal", "plastic.white", "iron"), 0.35
    parts = [box(metal, (-half, -0.03, -0.025), (half, 0.03, 0), 0.005)]
    lamps = []
    for x in (-0.27, 0.0, 0.27):
        lean = float(generator.uniform(-0.05, 0.05))
        end = (x + lean, lean, -0.16)
        parts += [
            cylinder(metal, (x, 0, -0.02), (x, 0, -0.07), 0.008, segments=8),
            cylinder(metal, (x, 0, -0.06), end, 0.03, 0.042, 16),
        ]
        parts.append(cylinder("bulb", (end[0], end[1], -0.158), (end[0], end[1], -0.166), 0.034, segments=16))
        lamps.append(Lamp((end[0], end[1], -0.22), _NEUTRAL, 20.0, 0.07))
    return hanging("ceiling lamp", "lighting", parts, lamps=lamps)


def pendant_lamp(palette: Palette, generator: np.random.Generator) -> Piece:
    """A shade on a cord: a cone, a dome or a globe of opal glass."""
    drop, radius = float(generator.uniform(0.5, 0.85)), float(generator.uniform(0.16, 0.26))
    finish = one_of(generator, "lacquer", "metal", "wicker", "plastic.black")
    parts = [
        cylinder("iron", (0, 0, -drop + 0.16), (0, 0, 0), 0.004, segments=6),
        disc("metal", (0, 0, -0.025), 0.055, 0.025),
    ]
    style = int(generator.integers(3))
    if style == 2:
        globe = superellipsoid("shade", (-radius, -radius, -drop - radius), (radius, radius, -drop + radius), 2.0, 8)
        parts += [globe, cylinder("metal", (0, 0, -drop + radius * 0.95), (0, 0, -drop + radius * 1.2 + 0.02), 0.03)]
        return hanging("pendant lamp", "lighting", parts, lamps=[Lamp((0, 0, -drop - radius - 0.08), _WARM, 45.0, 0.1)])
    cone = [(1.0, -0.2), (0.25, 0.1), (0.18, 0.16)]
    dome = [(1.0, -0.2), (0.97, -0.1), (0.8, 0.0), (0.5, 0.08), (0.15, 0.12)]
    outer = [(r * radius, z - drop) for r, z in (cone if style == 0 else dome)]
    inner = [(r - 0.005, z - 0.005) for r, z in reversed(outer)]
    parts.append(lathe(finish, [*outer, *inner], 32, hollow=True))
    parts.append(moved(superellipsoid("bulb", (-0.04, -0.04, -0.05), (0.04, 0.04, 0.05), 2.0, 5), z=-drop - 0.1))
    return hanging("pendant lamp", "lighting", parts, lamps=[Lamp((0, 0, -drop - 0.2), _WARM, 45.0, 0.09)])
