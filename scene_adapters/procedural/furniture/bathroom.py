"""What a bathroom is made of."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import door_fronts, drawer_fronts, one_of
from scene_adapters.procedural.furniture.kitchen import tap
from scene_adapters.procedural.shapes import (
    Part,
    Piece,
    Top,
    Vec2,
    box,
    cylinder,
    disc,
    facing,
    lathe,
    loft,
    mounted,
    moved,
    rounded_box,
    sheet,
    standing,
    tube,
)


def toilet(palette: Palette, generator: np.random.Generator) -> Piece:
    """A close-coupled toilet with its lid down or up."""
    long, tank = float(generator.uniform(1.25, 1.42)), float(generator.uniform(0.72, 0.82))
    bowl = [(0.11, 0.0), (0.12, 0.02), (0.1, 0.15), (0.135, 0.26), (0.178, 0.36), (0.185, 0.395)]
    seat = [(0.185, 0.397), (0.19, 0.405), (0.188, 0.43), (0.175, 0.437)]
    parts = [
        _oval("ceramic", bowl, 0.1, long),
        rounded_box("ceramic", (-0.1, -0.2, 0.0), (0.1, 0.05, 0.34), 0.04),
        rounded_box("ceramic", (-0.18, -0.33, 0.37), (0.18, -0.15, tank - 0.035), 0.03),
        rounded_box("ceramic", (-0.19, -0.34, tank - 0.035), (0.19, -0.14, tank), 0.012),
        cylinder("chrome", (0, -0.24, tank - 0.005), (0, -0.24, tank + 0.01), 0.022, segments=14),
        box("ceramic", (-0.14, -0.17, 0.35), (0.14, -0.02, 0.395), 0.01),
        _oval("plastic.white", seat, 0.1, long),
    ]
    if generator.random() < 0.3:
        lid = lathe("plastic.white", [(0.17, 0.0), (0.18, 0.005), (0.18, 0.015), (0.17, 0.02)], 28)
        parts.append(facing(_stretched(lid, 0.0, 1.15), -0.135, 0.62))
        parts.append(
            moved(_stretched(lathe("black_glass", [(0.12, 0.0), (0.12, 0.002)], 28), 0.0, long), 0.0, 0.1, 0.437)
        )
    return standing("toilet", "toilet", parts)


def _oval(finish: str, profile: list[Vec2], y: float, stretch: float) -> Part:
    """A turned solid stretched along y."""
    turned = lathe(finish, profile, 28)
    return _stretched(turned, y, stretch)


def _stretched(part: Part, y: float, stretch: float) -> Part:
    vertices = part.vertices * np.array([1, stretch, 1], np.float32) + np.array([0, y, 0], np.float32)
    return Part(vertices, part.triangles, part.uv, part.finish)


def bathroom_sink(palette: Palette, generator: np.random.Generator) -> Piece:
    """A basin on a cabinet or on a pedestal."""
    if generator.random() < 0.3:
        return _pedestal_sink()
    width = float(generator.uniform(0.6, 1.1))
    half, finish = width / 2, one_of(generator, "wood", "lacquer.white", "wood.second", "lacquer")
    parts = [
        box(finish, (-half + 0.01, -0.23, 0.22), (half - 0.01, 0.2, 0.8)),
        box(one_of(generator, "marble", "ceramic"), (-half, -0.23, 0.8), (half, 0.23, 0.83), 0.006),
        moved(_stretched(_basin(0.2), 0.0, 0.85), 0.0, 0.02, 0.83),
        *[moved(part, 0.0, -0.19, 0.83) for part in tap(0.26, 0.14)],
        *[
            cylinder("metal", (x, y, 0), (x, y, 0.23), 0.014, segments=10)
            for x in (-half + 0.06, half - 0.06)
            for y in (-0.18, 0.15)
        ],
    ]
    if generator.random() < 0.5:
        parts += drawer_fronts(finish, "metal", (-half + 0.01, 0.2, 0.23), (half - 0.01, 0.218, 0.79), 2)
    else:
        parts += door_fronts(finish, "metal", (-half + 0.01, 0.2, 0.23), (half - 0.01, 0.218, 0.79), 2, handle_z=0.75)
    tops = [Top((-half + 0.04, -0.2), (-0.24, 0.18), 0.83)] if half > 0.4 else []
    return standing("bathroom sink", "sink", parts, tops)


def _pedestal_sink() -> Piece:
    parts = [
        moved(_stretched(_basin(0.26), 0.02, 0.85), z=0.68),
        cylinder("ceramic", (0, -0.04, 0), (0, -0.02, 0.72), 0.1, 0.085, 20),
        rounded_box("ceramic", (-0.18, -0.24, 0.78), (0.18, -0.12, 0.835), 0.02),
        *[moved(part, 0.0, -0.18, 0.83) for part in tap(0.16, 0.12)],
    ]
    return standing("bathroom sink", "sink", parts)


def _basin(radius: float) -> Part:
    outer = [(0.45, 0.0), (0.55, 0.01), (0.92, 0.09), (1.0, 0.14), (0.98, 0.15)]
    inner = [(0.93, 0.145), (0.8, 0.08), (0.4, 0.035), (0.05, 0.03)]
    return lathe("ceramic", [(r * radius, z) for r, z in outer + inner], 32)


def bathtub(palette: Palette, generator: np.random.Generator) -> Piece:
    """A built-in tub; its long side is along x."""
    length, width, height = float(generator.uniform(1.5, 1.8)), float(generator.uniform(0.7, 0.8)), 0.57
    side = one_of(generator, -1, 1)
    spout = [moved(part, side * (length / 2 - 0.05), 0.0, height, side * np.pi / 2) for part in tap(0.14, 0.12)]
    return standing("bathtub", "bathtub", [_tub(length, width, height), *spout])


def _tub(length: float, width: float, height: float) -> Part:
    """Rounded rectangles stacked outside up, over the rim and down the inside."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    direction = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rings = []
    for inset, z, exponent in (
        (0.01, 0.0, 14),
        (0.0, height - 0.01, 14),
        (0.008, height, 12),
        (0.06, height, 6),
        (0.075, height - 0.015, 6),
        (0.11, height - 0.2, 5),
        (0.19, 0.17, 4),
        (0.3, 0.15, 3),
    ):
        square = direction / (np.abs(direction) ** exponent).sum(axis=1, keepdims=True) ** (1 / exponent)
        outline = square * (length / 2 - inset, width / 2 - inset)
        rings.append(np.column_stack([outline, np.full(len(turn), z)]))
    return loft("ceramic", np.stack(rings))


def shower(palette: Palette, generator: np.random.Generator) -> Piece:
    """A tray with two glass sides for a corner: the back and the left are open, to walls."""
    size, height = float(generator.uniform(0.8, 1.0)), 1.95
    half = size / 2
    parts = [
        box("ceramic", (-half, -half, 0), (half, half, 0.05), 0.01),
        disc("chrome", (0, 0, 0.05), 0.05, 0.004, segments=20),
        box("glass", (-half + 0.02, half - 0.03, 0.05), (half - 0.02, half - 0.022, height), 0.0),
        box("glass", (half - 0.03, -half + 0.02, 0.05), (half - 0.022, half - 0.03, height), 0.0),
    ]
    for x, y in ((-half + 0.012, half - 0.026), (half - 0.026, half - 0.026), (half - 0.026, -half + 0.012)):
        parts.append(box("chrome", (x - 0.012, y - 0.012, 0.05), (x + 0.012, y + 0.012, height)))
    parts += [
        box("chrome", (-half, half - 0.036, height), (half - 0.014, half - 0.016, height + 0.02)),
        box("chrome", (half - 0.036, -half, height), (half - 0.016, half - 0.014, height + 0.02)),
        tube(
            "chrome",
            [(0, -half + 0.04, 1.0), (0, -half + 0.04, 2.0), (0, -half + 0.07, 2.06), (0, -half + 0.3, 2.08)],
            0.011,
        ),
        disc("chrome", (0, -half + 0.3, 2.05), 0.1, 0.02, segments=24),
        box("chrome", (-0.12, -half + 0.02, 1.02), (0.12, -half + 0.07, 1.07), 0.01),
    ]
    return standing("shower", "shower", parts)


def washing_machine(palette: Palette, generator: np.random.Generator) -> Piece:
    """A front loader."""
    body = one_of(generator, "enamel", "enamel", "steel", "plastic.black")
    parts = [
        rounded_box(body, (-0.3, -0.29, 0.02), (0.3, 0.27, 0.85), 0.012),
        box("plastic.black", (-0.27, -0.27, 0.0), (0.27, 0.24, 0.03), 0.0),
        box(body, (-0.295, 0.27, 0.7), (0.295, 0.282, 0.84), 0.004),
        box("screen", (0.02, 0.282, 0.74), (0.2, 0.284, 0.8), 0.0),
        cylinder("chrome", (-0.06, 0.28, 0.77), (-0.06, 0.31, 0.77), 0.034, 0.03),
        box("plastic.white", (-0.28, 0.282, 0.73), (-0.14, 0.286, 0.82)),
    ]
    ring = lathe("chrome", [(0.2, 0.0), (0.2, 0.03), (0.17, 0.045), (0.15, 0.03), (0.15, 0.0)], 32, hollow=True)
    parts.append(facing(ring, 0.27, 0.4))
    parts.append(
        facing(lathe("black_glass", [(0.152, 0.0), (0.152, 0.02), (0.11, 0.035), (0.03, 0.042)], 28), 0.27, 0.4)
    )
    return standing("washing machine", "appliances", parts, [Top((-0.25, -0.24), (0.25, 0.22), 0.85)])


def towel(palette: Palette, generator: np.random.Generator) -> Piece:
    """A towel folded over a rail on the wall."""
    width, drop = float(generator.uniform(0.35, 0.55)), float(generator.uniform(0.4, 0.6))
    rail = drop + 0.02
    parts = [cylinder("metal", (-width / 2 - 0.08, 0.07, rail), (width / 2 + 0.08, 0.07, rail), 0.009, segments=10)]
    for side in (-1, 1):
        x = side * (width / 2 + 0.06)
        parts += [
            cylinder("metal", (x, 0.0, rail), (x, 0.07, rail), 0.007, segments=8),
            cylinder("metal", (x, 0.0, rail), (x, 0.008, rail), 0.022, segments=16),
        ]
    turn = np.linspace(0, np.pi, 7)
    y = np.concatenate([[0.05, 0.055], 0.07 - 0.014 * np.cos(turn), [0.086, 0.092, 0.095]])
    z = np.concatenate(
        [[rail - drop * 0.75, rail - 0.1], rail + 0.014 * np.sin(turn), [rail - 0.1, rail - drop * 0.6, rail - drop]]
    )
    across = np.linspace(-width / 2, width / 2, 9)
    fold = 0.006 * np.sin(across * 25 + float(generator.uniform(0, 6)))
    hang = np.clip((rail - z) / drop, 0, 1)
    grid = np.stack(
        np.broadcast_arrays(across[None, :], y[:, None] + fold[None, :] * hang[:, None], z[:, None]), axis=2
    )
    return mounted("towel", "towel", [*parts, sheet(palette.pick("towel", generator), grid, 0.01)])


def mirror(palette: Palette, generator: np.random.Generator) -> Piece:
    """On the wall: rectangular in a frame, or round."""
    frame = one_of(generator, "metal", "wood", "wood.second", "iron")
    if generator.random() < 0.35:
        radius = float(generator.uniform(0.28, 0.42))
        rim = lathe(
            frame,
            [
                (radius, 0.0),
                (radius + 0.012, 0.01),
                (radius + 0.012, 0.025),
                (radius - 0.006, 0.025),
                (radius - 0.006, 0.0),
            ],
            40,
            hollow=True,
        )
        glass = lathe("mirror", [(radius - 0.004, 0.0), (radius - 0.004, 0.012)], 40)
        return mounted("mirror", "mirror", [facing(rim, 0.0, 0.0), facing(glass, 0.0, 0.0)])
    width, height = float(generator.uniform(0.45, 0.8)), float(generator.uniform(0.6, 1.1))
    half, edge = width / 2, 0.03
    parts = [box("mirror", (-half + 0.01, 0.0, 0.01), (half - 0.01, 0.012, height - 0.01), 0.0)]
    parts += [
        box(frame, (x0, 0.0, z0), (x1, 0.025, z1))
        for x0, z0, x1, z1 in (
            (-half, 0, -half + edge, height),
            (half - edge, 0, half, height),
            (-half + edge, 0, half - edge, edge),
            (-half + edge, height - edge, half - edge, height),
        )
    ]
    return mounted("mirror", "mirror", parts)
