"""Screens, sports, music and work."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import one_of
from scene_adapters.procedural.shapes import (
    Part,
    Piece,
    Top,
    box,
    cylinder,
    extrusion,
    fitted,
    lathe,
    mirrored,
    mounted,
    moved,
    rounded_box,
    standing,
    superellipsoid,
    tilted,
    tube,
)


def tv(palette: Palette, generator: np.random.Generator) -> Piece:
    """A flat television on two feet."""
    width = float(generator.uniform(0.95, 1.45))
    height, half = width * 0.57, width / 2
    parts = [
        rounded_box("plastic.black", (-half, -0.02, 0.07), (half, 0.02, 0.07 + height), 0.008),
        box("screen", (-half + 0.012, 0.018, 0.09), (half - 0.012, 0.022, 0.058 + height), 0.0),
        box("plastic.black", (-half * 0.5, -0.06, 0.12), (half * 0.5, -0.02, 0.07 + height * 0.6), 0.01),
    ]
    for side in (-1, 1):
        x = side * half * 0.65
        parts.append(cylinder("iron", (x, 0, 0.08), (x, 0.11, 0.008), 0.008, segments=6))
        parts.append(cylinder("iron", (x, 0, 0.08), (x, -0.11, 0.008), 0.008, segments=6))
    return standing("television", "tv_monitor", parts)


def monitor(palette: Palette, generator: np.random.Generator) -> Piece:
    """A computer screen on a stand, on or off."""
    width = float(generator.uniform(0.5, 0.7))
    height, half, low = width * 0.58, width / 2, 0.12
    finish = one_of(generator, "screen.desktop", "screen.desktop", "screen")
    panel = box(finish, (-half + 0.01, 0.03, low + 0.012), (half - 0.01, 0.036, low + height - 0.01), 0.0)
    parts = [
        rounded_box("plastic.black", (-half, 0.0, low), (half, 0.034, low + height), 0.008),
        fitted(panel, palette.scale(finish), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
        box("plastic.black", (-0.03, -0.025, 0.01), (0.03, 0.0, low + height * 0.5), 0.004),
        rounded_box("plastic.black", (-0.12, -0.1, 0.0), (0.12, 0.1, 0.014), 0.006),
    ]
    return standing("computer monitor", "tv_monitor", parts)


def laptop(palette: Palette, generator: np.random.Generator) -> Piece:
    """An open laptop; its user sits at +Y."""
    shell, screen = one_of(generator, "steel", "plastic.black"), one_of(generator, "screen.desktop", "screen")
    lid = box(shell, (-0.165, -0.004, 0.0), (0.165, 0.004, 0.225), 0.002)
    view = fitted(
        box(screen, (-0.155, 0.0035, 0.012), (0.155, 0.0055, 0.213), 0.0),
        palette.scale(screen),
        (-1.0, 0.0, 0.0),
        (0.0, 0.0, 1.0),
    )
    opening = float(generator.uniform(0.15, 0.4))
    parts = [
        box(shell, (-0.165, -0.115, 0.0), (0.165, 0.115, 0.016), 0.003),
        box("plastic.black", (-0.145, -0.09, 0.015), (0.145, 0.02, 0.0175), 0.0),
        box("plastic.black", (-0.05, 0.035, 0.015), (0.05, 0.1, 0.0168), 0.0),
        *[moved(tilted(part, opening), 0.0, -0.112, 0.012) for part in (lid, view)],
    ]
    return standing("laptop", "objects", parts)


def exercise_bike(palette: Palette, generator: np.random.Generator) -> Piece:
    """A spinning bike; its rider faces +Y."""
    frame = one_of(generator, "iron", "lacquer", "plastic.white")
    flywheel = moved(_upright_wheel("steel", 0.24, 0.03), 0.0, 0.42, 0.32)
    seat_z, bar_z = float(generator.uniform(0.86, 0.98)), float(generator.uniform(1.0, 1.12))
    parts = [
        flywheel,
        tube(frame, [(0, -0.5, 0.06), (0, -0.2, 0.28), (0, 0.1, 0.32), (0, 0.42, 0.32)], 0.035),
        tube(frame, [(0, 0.62, 0.06), (0, 0.45, 0.4), (0, 0.36, bar_z - 0.1)], 0.035),
        cylinder(frame, (0, -0.08, 0.3), (0, -0.24, seat_z - 0.04), 0.03, 0.025),
        cylinder(frame, (-0.28, -0.5, 0.04), (0.28, -0.5, 0.04), 0.035),
        cylinder(frame, (-0.28, 0.62, 0.04), (0.28, 0.62, 0.04), 0.035),
        superellipsoid("plastic.black", (-0.11, -0.4, seat_z - 0.05), (0.11, -0.12, seat_z + 0.03), 2.8),
        cylinder("chrome", (0, 0.38, bar_z - 0.2), (0, 0.36, bar_z), 0.02),
        rounded_box("plastic.black", (-0.09, 0.36, bar_z), (0.09, 0.4, bar_z + 0.14), 0.015),
        _upright_wheel("plastic.black", 0.11, 0.05),
    ]
    parts[-1] = moved(parts[-1], 0.0, 0.02, 0.32)
    grip = [(0, 0.37, bar_z - 0.02), (0.14, 0.38, bar_z), (0.22, 0.44, bar_z + 0.02), (0.22, 0.58, bar_z + 0.06)]
    parts += [tube("rubber", grip, 0.016), mirrored(tube("rubber", grip, 0.016))]
    for side in (-1, 1):
        y, z = 0.02 + side * 0.12, 0.32 - side * 0.12
        parts.append(cylinder("chrome", (side * 0.06, 0.02, 0.32), (side * 0.07, y, z), 0.012, segments=8))
        parts.append(
            box("plastic.black", (side * 0.12 - 0.05, y - 0.04, z - 0.012), (side * 0.12 + 0.05, y + 0.04, z + 0.012))
        )
    return standing("exercise bike", "gym_equipment", parts)


def _upright_wheel(finish: str, radius: float, width: float) -> Part:
    return cylinder(finish, (-width / 2, 0, 0), (width / 2, 0, 0), radius, segments=28)


def dumbbell_rack(palette: Palette, generator: np.random.Generator) -> Piece:
    """Two sloping shelves of dumbbells."""
    half = 0.45
    parts: list[Part] = []
    for side in (-1, 1):
        x = side * (half - 0.03)
        parts += [
            box("iron", (x - 0.025, -0.2, 0.0), (x + 0.025, 0.2, 0.05)),
            box("iron", (x - 0.025, -0.16, 0.04), (x + 0.025, -0.1, 0.72)),
        ]
        parts += [box("iron", (x - 0.02, -0.12, z), (x + 0.02, 0.16, z + 0.03)) for z in (0.25, 0.6)]
    for level, radius in ((0.28, 0.07), (0.63, 0.05)):
        parts += [box("iron", (-half, y - 0.02, level), (half, y + 0.02, level + 0.03)) for y in (-0.05, 0.1)]
        for x in np.arange(-half + 0.1, half - 0.05, 0.17):
            size = radius * float(generator.uniform(0.8, 1.1))
            parts += [moved(part, float(x), 0.02, level + 0.03 + size) for part in _dumbbell(size, generator)]
    return standing("dumbbell rack", "gym_equipment", parts)


def _dumbbell(radius: float, generator: np.random.Generator) -> list[Part]:
    finish = one_of(generator, "rubber", "rubber", "toy.0", "toy.3")
    ends = [cylinder(finish, (0, y - 0.035, 0), (0, y + 0.035, 0), radius, segments=8) for y in (-0.095, 0.095)]
    return [*ends, cylinder("chrome", (0, -0.07, 0), (0, 0.07, 0), 0.015, segments=10)]


def piano(palette: Palette, generator: np.random.Generator) -> Piece:
    """An upright piano; its player sits at +Y."""
    finish = one_of(generator, "piano", "piano", "wood.second", "lacquer.white")
    half, height = 0.74, float(generator.uniform(1.1, 1.28))
    cheek = [
        (0.05, 0.64),
        (0.285, 0.64),
        (0.29, 0.70),
        (0.27, 0.75),
        (0.18, 0.77),
        (0.1, 0.81),
        (0.06, 0.88),
        (0.05, 0.9),
    ]
    keys = box("piano_keys", (-0.61, 0.08, 0.715), (0.61, 0.24, 0.735), 0.0)
    parts = [
        box(finish, (-half + 0.03, -0.3, 0.05), (half - 0.03, 0.06, height - 0.03), 0.004),
        box(finish, (-half, -0.31, height - 0.03), (half, 0.1, height), 0.006),
        box(finish, (-half + 0.02, -0.3, 0.64), (half - 0.02, 0.29, 0.7), 0.006),
        fitted(keys, palette.scale("piano_keys"), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0)),
        box(finish, (-0.63, 0.242, 0.69), (0.63, 0.29, 0.725), 0.006),
        tilted(box(finish, (-0.4, 0.0, 0.0), (0.4, 0.015, 0.24)), 0.25),
    ]
    parts[-1] = moved(parts[-1], 0.0, 0.11, 0.8)
    for side in (-1, 1):
        x = side * (half - 0.03)
        parts += [
            box(finish, (x - 0.03, -0.3, 0.0), (x + 0.03, 0.12, height - 0.03), 0.005),
            extrusion(finish, cheek, x - 0.055, x + 0.055),
            cylinder(finish, (x, 0.22, 0.04), (x, 0.22, 0.65), 0.028, 0.045, 12),
            box(finish, (x - 0.035, 0.05, 0.0), (x + 0.035, 0.29, 0.05), 0.005),
        ]
    parts += [cylinder("metal", (x, 0.05, 0.07), (x, 0.14, 0.05), 0.014, 0.022, 10) for x in (-0.08, 0.0, 0.08)]
    top = Top((-half + 0.06, -0.27), (half - 0.06, 0.05), height)
    return standing("piano", "furniture", parts, [top])


def whiteboard(palette: Palette, generator: np.random.Generator) -> Piece:
    """A whiteboard or a pin board on the wall."""
    width, height = float(generator.uniform(0.9, 1.6)), float(generator.uniform(0.6, 1.0))
    half, cork = width / 2, bool(generator.random() < 0.35)
    frame = "wood" if cork else "steel"
    parts = [
        box("cardboard" if cork else "board", (-half + 0.005, 0.0, 0.005), (half - 0.005, 0.014, height - 0.005), 0.0)
    ]
    bars = (
        (-half, 0.0, -half + 0.02, height),
        (half - 0.02, 0.0, half, height),
        (-half, 0.0, half, 0.02),
        (-half, height - 0.02, half, height),
    )
    parts += [box(frame, (x0, 0.0, z0), (x1, 0.02, z1)) for x0, z0, x1, z1 in bars]
    if not cork:
        parts.append(box("steel", (-half * 0.5, 0.0, 0.0), (half * 0.5, 0.075, 0.012)))
        parts += [
            cylinder(f"toy.{k}", (0.12 * k - 0.2, 0.05, 0.02), (0.12 * k - 0.08, 0.05, 0.02), 0.008, segments=8)
            for k in (0, 3)
        ]
    for _ in range(int(generator.integers(3, 8))):
        x, z = float(generator.uniform(-half + 0.1, half - 0.25)), float(generator.uniform(0.1, height - 0.3))
        note = box(
            one_of(generator, "paper", "fruit.1", "toy.1"),
            (x, 0.014, z),
            (x + 0.1, 0.0155, z + float(generator.uniform(0.1, 0.16))),
            0.0,
        )
        parts.append(note)
    return mounted("pin board" if cork else "whiteboard", "board_panel", parts)


def fireplace(palette: Palette, generator: np.random.Generator) -> Piece:
    """A chimney piece with a hearth, logs and a mantel shelf."""
    width, height = float(generator.uniform(1.25, 1.6)), float(generator.uniform(1.08, 1.25))
    half, finish = width / 2, one_of(generator, "marble", "brick", "wood.second", "lacquer.white")
    inner, lintel = half * 0.52, height * 0.66
    parts = [
        box(finish, (-half + 0.06, -0.2, 0.04), (-inner, 0.14, height - 0.06), 0.008),
        box(finish, (inner, -0.2, 0.04), (half - 0.06, 0.14, height - 0.06), 0.008),
        box(finish, (-inner, -0.2, lintel), (inner, 0.14, height - 0.06), 0.008),
        box(finish, (-half, -0.2, height - 0.06), (half, 0.22, height), 0.01),
        box("marble", (-half, -0.2, 0.0), (half, 0.42, 0.04), 0.008),
        box("brick", (-inner, -0.2, 0.04), (inner, -0.14, lintel), 0.0),
        box("iron", (-inner + 0.06, -0.1, 0.05), (inner - 0.06, 0.1, 0.08)),
    ]
    for side in (-1, 1):
        x0, x1 = sorted((side * (half - 0.1), side * (inner + 0.05)))
        parts.append(box(finish, (x0, 0.14, 0.1), (x1, 0.155, height - 0.14), 0.006))
    for k in range(4):
        x, z = 0.12 * (k % 3 - 1), 0.125 + 0.08 * (k // 3)
        log = cylinder("soil" if k % 2 else "wood", (-0.16, 0.02 * k, 0.0), (0.16, -0.04, 0.02 * k), 0.045, segments=10)
        parts.append(moved(log, 0.4 * x, 0.06 * (k % 3 - 1), z))
    return standing("fireplace", "fireplace", parts, [Top((-half + 0.05, -0.17), (half - 0.05, 0.19), height)])


def column(palette: Palette, generator: np.random.Generator) -> Piece:
    """A pillar with base and capital, 2.4 m high, square or round."""
    height, finish, radius = (
        2.4,
        one_of(generator, "marble", "concrete", "wood.second"),
        float(generator.uniform(0.11, 0.16)),
    )
    wide = radius * 1.35
    if generator.random() < 0.5:
        parts = [box(finish, (-radius, -radius, 0.1), (radius, radius, height - 0.1), 0.01)]
    else:
        parts = [
            lathe(
                finish,
                [
                    (radius * 1.2, 0.1),
                    (radius * 1.22, 0.13),
                    (radius, 0.17),
                    (radius * 0.94, height - 0.17),
                    (radius * 1.2, height - 0.12),
                    (radius * 1.2, height - 0.1),
                ],
                28,
            )
        ]
    parts += [box(finish, (-wide, -wide, z), (wide, wide, z + 0.1), 0.008) for z in (0.0, height - 0.1)]
    return standing("column", "column", parts)


def radiator(palette: Palette, generator: np.random.Generator) -> Piece:
    """A ribbed radiator for the wall; it starts 12 cm above its origin's floor line when hung at z = 0.12."""
    ribs, height = int(generator.integers(8, 20)), float(generator.uniform(0.45, 0.65))
    half = ribs * 0.03
    parts = [
        rounded_box("enamel", (-half + 0.06 * k + 0.004, 0.03, 0.0), (-half + 0.06 * k + 0.056, 0.12, height), 0.02, 1)
        for k in range(ribs)
    ]
    parts += [cylinder("enamel", (-half, 0.075, z), (half, 0.075, z), 0.02, segments=10) for z in (0.05, height - 0.05)]
    parts.append(
        cylinder("plastic.white", (half, 0.075, height - 0.05), (half + 0.07, 0.075, height - 0.05), 0.024, segments=14)
    )
    parts += [box("iron", (x - 0.015, 0.0, 0.1), (x + 0.015, 0.06, height - 0.1)) for x in (-half * 0.6, half * 0.6)]
    return mounted("radiator", "appliances", parts)
