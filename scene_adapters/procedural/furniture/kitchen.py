"""What a kitchen is made of. Base units are 0.6 m deep and 0.9 m high, so that they stand in a row."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import bar_handle, door_fronts, drawer_fronts, one_of
from scene_adapters.procedural.shapes import (
    Part,
    Piece,
    Top,
    box,
    cylinder,
    disc,
    lathe,
    mounted,
    moved,
    rounded_box,
    standing,
    tube,
)

_FRONT, _TOP, _WORKTOP = 0.29, 0.9, 0.04


def kitchen_counter(palette: Palette, generator: np.random.Generator) -> Piece:
    """A run of base units, doors and drawers, under one worktop."""
    units = int(generator.integers(1, 4))
    width = units * 0.6
    parts = _base(width)
    for k in range(units):
        left = -width / 2 + 0.6 * k
        if generator.random() < 0.4:
            parts += drawer_fronts("kitchen_front", "metal", (left, _FRONT - 0.02, 0.12), (left + 0.6, _FRONT, 0.85), 3)
        else:
            parts += drawer_fronts("kitchen_front", "metal", (left, _FRONT - 0.02, 0.7), (left + 0.6, _FRONT, 0.85), 1)
            parts += door_fronts(
                "kitchen_front", "metal", (left, _FRONT - 0.02, 0.12), (left + 0.6, _FRONT, 0.7), 1, handle_z=0.78
            )
    return standing("kitchen counter", "counter", parts, [_worktop_top(width)])


def _base(width: float) -> list[Part]:
    """Body, plinth and worktop of base units."""
    half = width / 2
    return [
        box("kitchen_front", (-half, -0.3, 0.11), (half, _FRONT - 0.02, _TOP - _WORKTOP)),
        box("plastic.black", (-half, -0.3, 0.0), (half, _FRONT - 0.06, 0.11), 0.0),
        box("worktop", (-half, -0.3, _TOP - _WORKTOP), (half, 0.31, _TOP), 0.005),
    ]


def _worktop_top(width: float) -> Top:
    return Top((-width / 2 + 0.04, -0.26), (width / 2 - 0.04, 0.24), _TOP)


def kitchen_island(palette: Palette, generator: np.random.Generator) -> Piece:
    """A free-standing block with drawers on the front and an overhang for stools behind."""
    width, depth = float(generator.uniform(1.4, 2.2)), float(generator.uniform(0.85, 1.05))
    half, front, body = width / 2, depth / 2 - 0.02, -depth / 2 + 0.28
    parts = [
        box("kitchen_front", (-half + 0.03, body, 0.11), (half - 0.03, front - 0.02, 0.86)),
        box("plastic.black", (-half + 0.06, body + 0.04, 0.0), (half - 0.06, front - 0.06, 0.11), 0.0),
        box("worktop", (-half, -depth / 2, 0.86), (half, depth / 2, _TOP), 0.006),
    ]
    columns = max(2, round(width / 0.6))
    parts += drawer_fronts(
        "kitchen_front", "metal", (-half + 0.03, front - 0.02, 0.12), (half - 0.03, front, 0.85), 3, columns
    )
    top = Top((-half + 0.05, -depth / 2 + 0.05), (half - 0.05, depth / 2 - 0.05), _TOP)
    return standing("kitchen island", "counter", parts, [top])


def kitchen_sink(palette: Palette, generator: np.random.Generator) -> Piece:
    """A base unit with a sunk basin and a tap."""
    width, basin = float(generator.choice([0.6, 0.8, 0.9])), one_of(generator, "steel", "ceramic")
    half = width / 2
    inner = (half - 0.09, 0.18)
    parts = [
        box("kitchen_front", (-half, -0.3, 0.11), (half, _FRONT - 0.02, 0.66)),
        box("kitchen_front", (-half, _FRONT - 0.05, 0.66), (half, _FRONT - 0.02, 0.86)),
        box("kitchen_front", (-half, -0.3, 0.66), (-half + 0.02, _FRONT - 0.05, 0.86)),
        box("kitchen_front", (half - 0.02, -0.3, 0.66), (half, _FRONT - 0.05, 0.86)),
        box("plastic.black", (-half, -0.3, 0.0), (half, _FRONT - 0.06, 0.11), 0.0),
    ]
    parts += _rim("worktop", (-half, -0.3, half, 0.31), inner, (0.86, _TOP))
    parts += _rim(
        basin, (-inner[0] - 0.012, -inner[1] - 0.012, inner[0] + 0.012, inner[1] + 0.012), inner, (0.70, _TOP + 0.004)
    )
    parts.append(box(basin, (-inner[0] - 0.01, -inner[1] - 0.01, 0.69), (inner[0] + 0.01, inner[1] + 0.01, 0.705)))
    parts.append(disc("chrome", (0, 0, 0.705), 0.04, 0.004, segments=16))
    parts += [moved(part, 0.0, -0.235, _TOP) for part in tap(0.32, 0.2)]
    parts += door_fronts(
        "kitchen_front",
        "metal",
        (-half, _FRONT - 0.02, 0.12),
        (half, _FRONT, 0.85),
        2 if width > 0.6 else 1,
        handle_z=0.78,
    )
    return standing("kitchen sink", "sink", parts)


def _rim(
    finish: str, outer: tuple[float, float, float, float], inner: tuple[float, float], z: tuple[float, float]
) -> list[Part]:
    """A rectangular plate or wall around an opening of half-widths `inner` centred at the origin."""
    x0, y0, x1, y1 = outer
    (u, v), (low, high) = inner, z
    return [
        box(finish, (x0, y0, low), (-u, y1, high), 0.002),
        box(finish, (u, y0, low), (x1, y1, high), 0.002),
        box(finish, (-u, y0, low), (u, -v, high), 0.002),
        box(finish, (-u, v, low), (u, y1, high), 0.002),
    ]


def tap(height: float, reach: float) -> list[Part]:
    """A mixer at the origin, its spout arching towards +Y."""
    turn = np.linspace(0, np.pi, 9)
    arch = [(0.0, reach / 2 * (1 - np.cos(t)), height - reach / 2 + reach / 2 * np.sin(t)) for t in turn]
    path = [(0.0, 0.0, 0.0), *arch, (0.0, reach, height - reach / 2 - 0.05)]
    lever = cylinder("chrome", (0.02, 0, 0.06), (0.09, 0, 0.085), 0.009, 0.006, 10)
    return [tube("chrome", path, 0.012, 10), cylinder("chrome", (0, 0, 0), (0, 0, 0.05), 0.025, 0.022), lever]


def wall_cabinet(palette: Palette, generator: np.random.Generator) -> Piece:
    """A cupboard on the wall, one to three doors."""
    doors, height = int(generator.integers(1, 4)), float(generator.uniform(0.6, 0.8))
    half = doors * 0.25
    parts = [box("kitchen_front", (-half, 0, 0), (half, 0.33, height))]
    parts += door_fronts("kitchen_front", "metal", (-half, 0.33, 0.0), (half, 0.35, height), doors, handle_z=0.2)
    return mounted("wall cabinet", "cabinet", parts)


def fridge(palette: Palette, generator: np.random.Generator) -> Piece:
    """A fridge over a freezer, or with two doors side by side."""
    finish, height = one_of(generator, "steel", "enamel", "steel", "lacquer"), float(generator.uniform(1.7, 2.0))
    wide = bool(generator.random() < 0.3)
    half, front = (0.45 if wide else 0.3), 0.27
    parts = [rounded_box(finish, (-half, -0.33, 0.05), (half, front, height), 0.012)]
    parts.append(box("plastic.black", (-half + 0.03, -0.3, 0.0), (half - 0.03, front - 0.02, 0.06), 0.0))
    split = height * float(generator.uniform(0.34, 0.42))
    doors = (
        [(-half, 0.06, 0.0, height), (0.0, 0.06, half, height)]
        if wide
        else [(-half, 0.06, half, split), (-half, split, half, height)]
    )
    for x0, z0, x1, z1 in doors:
        parts.append(
            rounded_box(finish, (x0 + 0.002, front, z0 + 0.003), (x1 - 0.002, front + 0.06, z1 - 0.003), 0.012)
        )
        x = (x1 - 0.05 if x1 < half else x0 + 0.05) if wide else half - 0.05
        middle = (z0 + z1) / 2 if wide else (z1 - 0.25 if z1 < height else z0 + 0.35)
        parts += bar_handle("chrome", x, front + 0.06, middle, min(0.5, (z1 - z0) * 0.5), upright=True)
    return standing("refrigerator", "appliances", parts)


def oven(palette: Palette, generator: np.random.Generator) -> Piece:
    """A cooker: an oven with a glass door, knobs and a hob with four plates."""
    body = one_of(generator, "steel", "enamel", "plastic.black")
    parts = [
        box(body, (-0.298, -0.3, 0.06), (0.298, _FRONT - 0.02, 0.89)),
        box("plastic.black", (-0.28, -0.28, 0.0), (0.28, 0.24, 0.06), 0.0),
        box("black_glass", (-0.295, -0.29, 0.89), (0.295, 0.29, 0.902)),
        box(body, (-0.29, _FRONT - 0.02, 0.1), (0.29, _FRONT, 0.22)),
        box(body, (-0.29, _FRONT - 0.02, 0.23), (0.29, _FRONT + 0.005, 0.74)),
        box("black_glass", (-0.22, _FRONT + 0.004, 0.3), (0.22, _FRONT + 0.008, 0.62)),
        box(body, (-0.295, _FRONT - 0.02, 0.75), (0.295, _FRONT, 0.885)),
    ]
    parts += bar_handle("chrome", 0.0, _FRONT + 0.005, 0.69, 0.46)
    parts += [
        cylinder("plastic.black", (x, _FRONT, 0.82), (x, _FRONT + 0.025, 0.82), 0.021, 0.017, 14)
        for x in (-0.23, -0.14, 0.14, 0.23)
    ]
    parts.append(box("screen", (-0.07, _FRONT, 0.8), (0.07, _FRONT + 0.003, 0.84), 0.0))
    for x, y, radius in ((-0.14, -0.13, 0.075), (0.14, -0.13, 0.095), (-0.14, 0.13, 0.095), (0.14, 0.13, 0.075)):
        ring = [(radius, 0.0), (radius, 0.003), (radius - 0.008, 0.003), (radius - 0.008, 0.0)]
        parts.append(moved(lathe("steel", ring, 24, hollow=True), x, y, 0.901))
    return standing("oven", "appliances", parts, [Top((-0.25, -0.24), (0.25, 0.24), 0.904)])


def range_hood(palette: Palette, generator: np.random.Generator) -> Piece:
    """A chimney hood for the wall over a hob."""
    finish, rise = one_of(generator, "steel", "plastic.black"), float(generator.uniform(0.45, 0.7))
    canopy = lathe(finish, [(0.42, 0.05), (0.19, 0.22)], 4)
    shaped = moved(canopy, yaw=np.pi / 4)
    parts = [
        box(finish, (-0.3, 0.0, 0.0), (0.3, 0.6, 0.05), 0.004),
        moved(shaped, 0.0, 0.3, 0.0),
        box(finish, (-0.13, 0.01, 0.2), (0.13, 0.4, 0.2 + rise)),
        box("plastic.black", (-0.26, 0.04, -0.002), (0.26, 0.56, 0.002), 0.0),
    ]
    return mounted("range hood", "appliances", parts)


def dishwasher(palette: Palette, generator: np.random.Generator) -> Piece:
    """A dishwasher under a piece of worktop, with a steel or a kitchen front."""
    front = one_of(generator, "steel", "kitchen_front", "enamel")
    parts = _base(0.6)
    parts.append(box(front, (-0.298, _FRONT - 0.02, 0.12), (0.298, _FRONT, 0.74)))
    parts.append(
        box(
            "plastic.black" if front == "kitchen_front" else front,
            (-0.298, _FRONT - 0.02, 0.745),
            (0.298, _FRONT, 0.855),
        )
    )
    parts += bar_handle("chrome", 0.0, _FRONT, 0.69, 0.42)
    parts.append(box("screen", (-0.06, _FRONT, 0.785), (0.06, _FRONT + 0.002, 0.815), 0.0))
    return standing("dishwasher", "appliances", parts, [_worktop_top(0.6)])
