"""What makes a room lived in: cloth, pictures, plants."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import one_of
from scene_adapters.procedural.shapes import (
    Part,
    Piece,
    Vec3,
    box,
    cylinder,
    disc,
    facing,
    fitted,
    lathe,
    mounted,
    moved,
    pillow,
    sheet,
    standing,
    tilted,
    tube,
)
from schemas.arrays import Float64


def rug(palette: Palette, generator: np.random.Generator) -> Piece:
    """Rectangular or round, 12 mm thick."""
    finish = palette.pick("rug", generator)
    if generator.random() < 0.25:
        radius = float(generator.uniform(0.7, 1.2))
        return standing(
            "round rug", "floor", [fitted(disc(finish, (0, 0, 0), radius, 0.012, 0.004, 48), palette.scale(finish))]
        )
    width = float(generator.uniform(1.5, 2.6))
    depth = width * float(generator.uniform(0.6, 0.75))
    mat = box(finish, (-width / 2, -depth / 2, 0), (width / 2, depth / 2, 0.012), 0.004)
    return standing("rug", "floor", [fitted(mat, palette.scale(finish))])


def picture(palette: Palette, generator: np.random.Generator) -> Piece:
    """A painting in a frame, with or without a mount."""
    width = float(generator.uniform(0.35, 1.0))
    height = width * one_of(generator, 0.7, 1.0, 1.35, 0.6)
    frame, edge = (
        one_of(generator, "wood", "wood.second", "iron", "metal", "lacquer.white"),
        float(generator.uniform(0.015, 0.04)),
    )
    margin = edge + (float(generator.uniform(0.04, 0.08)) if generator.random() < 0.5 else 0.0)
    half = width / 2
    parts = list(_bars(frame, half, height, edge))
    parts.append(box("paper", (-half + edge, 0.0, edge), (half - edge, 0.012, height - edge), 0.0))
    finish = palette.pick("picture", generator)
    canvas = box(finish, (-half + margin, 0.010, margin), (half - margin, 0.014, height - margin), 0.0)
    parts.append(fitted(canvas, palette.scale(finish), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    return mounted("picture", "picture", parts)


def _bars(finish: str, half: float, height: float, edge: float) -> tuple[Part, ...]:
    """The four bars of a frame standing on z = 0, its back at y = 0."""
    return (
        box(finish, (-half, 0, 0), (-half + edge, 0.025, height)),
        box(finish, (half - edge, 0, 0), (half, 0.025, height)),
        box(finish, (-half + edge, 0, 0), (half - edge, 0.025, edge)),
        box(finish, (-half + edge, 0, height - edge), (half - edge, 0.025, height)),
    )


def clock(palette: Palette, generator: np.random.Generator) -> Piece:
    """A round wall clock."""
    radius = float(generator.uniform(0.13, 0.2))
    dial = fitted(disc("clock_face", (0, 0, 0), radius, 0.02, 0.0, 40), palette.scale("clock_face"))
    profile = [(radius - 0.004, 0.0), (radius + 0.012, 0.0), (radius + 0.012, 0.03), (radius - 0.004, 0.036)]
    rim = lathe(one_of(generator, "wood", "metal", "plastic.black"), profile, 40, hollow=True)
    return mounted("clock", "objects", [facing(dial), facing(rim)])


def curtain(palette: Palette, generator: np.random.Generator) -> Piece:
    """A pair of curtains on a rod, drawn to both sides of a window."""
    width, drop = float(generator.uniform(1.3, 1.9)), float(generator.uniform(2.2, 2.4))
    share, half = float(generator.uniform(0.16, 0.26)), width / 2 + 0.12
    parts = [cylinder("metal", (-half - 0.06, 0.09, drop), (half + 0.06, 0.09, drop), 0.012, segments=10)]
    for side in (-1, 1):
        end = side * (half + 0.06)
        parts.append(cylinder("metal", (end, 0.09, drop), (end + side * 0.05, 0.09, drop), 0.024, 0.014, 12))
        parts.append(
            cylinder("metal", (side * half * 0.97, 0.0, drop), (side * half * 0.97, 0.09, drop), 0.008, segments=8)
        )
        inner, outer = side * (half - share * width), side * half
        parts.append(_pleats("fabric.curtain", (inner, outer), drop, generator))
    return mounted("curtain", "curtain", parts)


def _pleats(finish: str, span: tuple[float, float], drop: float, generator: np.random.Generator) -> Part:
    """A curtain hanging in folds that deepen towards the hem."""
    folds = max(3, round(abs(span[1] - span[0]) / 0.09))
    t, s = np.linspace(0, 1, folds * 8 + 1), np.linspace(0, 1, 7)[:, None]
    phase = np.cumsum(generator.uniform(0.8, 1.2, len(t)))
    phase = (phase - phase[0]) / (phase[-1] - phase[0]) * folds * 2 * np.pi
    depth = 0.022 + 0.018 * s
    y = 0.09 + depth * np.sin(phase + 0.5 * s)
    x = span[0] + (span[1] - span[0]) * t + 0.012 * s * np.sin(2 * phase)
    z = np.broadcast_to(drop - 0.015 - (drop - 0.02) * s, y.shape)
    return sheet(finish, np.stack([np.broadcast_to(x, y.shape), y, z], axis=2), 0.003)


def blinds(palette: Palette, generator: np.random.Generator) -> Piece:
    """Venetian blinds, lowered all or part of the way."""
    width, drop = float(generator.uniform(0.9, 1.6)), float(generator.uniform(0.9, 1.4))
    finish, half = one_of(generator, "plastic.white", "wood", "wood.second"), width / 2
    lowered, pitch = drop * float(generator.uniform(0.45, 1.0)), 0.045
    parts = [box(finish, (-half, 0.0, drop - 0.045), (half, 0.06, drop), 0.004)]
    slat = tilted(
        box(finish, (-half + 0.005, -0.024, -0.0015), (half - 0.005, 0.024, 0.0015), 0.0),
        float(generator.uniform(0.3, 0.9)),
    )
    levels = drop - 0.07 - np.arange(int((lowered - 0.1) / pitch)) * pitch
    parts += [moved(slat, 0.0, 0.03, float(z)) for z in levels]
    foot = float(levels[-1]) - pitch
    parts.append(box(finish, (-half + 0.005, 0.01, foot - 0.01), (half - 0.005, 0.05, foot + 0.01), 0.003))
    parts += [
        cylinder("paper", (x, 0.03, foot), (x, 0.03, drop - 0.02), 0.0015, segments=5)
        for x in (-half * 0.6, half * 0.6)
    ]
    return mounted("blinds", "blinds", parts)


def cushion(palette: Palette, generator: np.random.Generator) -> Piece:
    """A scatter cushion lying flat."""
    width, ratio = float(generator.uniform(0.38, 0.5)), one_of(generator, 1.0, 1.0, 0.65)
    return standing("cushion", "cushion", [pillow(palette.pick("cushion", generator), width, width * ratio, 0.14)])


def plant(palette: Palette, generator: np.random.Generator) -> Piece:
    """A pot plant: arching blades, a rubber tree, or a palm with fronds."""
    pot_radius, pot = float(generator.uniform(0.13, 0.2)), float(generator.uniform(0.22, 0.36))
    finish = one_of(generator, "terracotta", palette.pick("pottery", generator), "wicker", "ceramic")
    parts = [_pot(finish, pot_radius, pot), disc("soil", (0, 0, pot - 0.06), pot_radius * 0.9, 0.02, 0.0, 20)]
    style = int(generator.integers(3))
    if style == 0:
        parts += _blades(generator, pot)
    elif style == 1:
        parts += _tree(generator, pot)
    else:
        parts += _palm(generator, pot)
    return standing("potted plant", "plant", parts)


def _pot(finish: str, radius: float, height: float) -> Part:
    outer = [(0.72 * radius, 0.0), (0.75 * radius, 0.01), (radius, height - 0.02), (radius * 1.03, height)]
    inner = [(radius * 0.94, height), (radius * 0.9, height - 0.06), (0.7 * radius, 0.04), (0.02, 0.04)]
    return lathe(finish, outer + inner, 24)


def _leaf(finish: str, root: Vec3, heading: float, rise: float, length: float, width: float, droop: float) -> Part:
    """A blade from `root` towards `heading`, first rising at the angle `rise`, then bending down by `droop`."""
    t = np.linspace(0, 1, 5)
    angle = rise - droop * t
    out = np.concatenate([[0], np.cumsum(np.cos(angle[:-1]))]) * length / 4
    up = np.concatenate([[0], np.cumsum(np.sin(angle[:-1]))]) * length / 4
    half = width / 2 * np.sin(np.pi * (0.08 + 0.9 * t)) ** 0.8
    across = np.array([-1.0, 0.0, 1.0])
    along_out, along_up = (np.broadcast_to(values[:, None], (5, 3)) for values in (out, up))
    grid: Float64 = np.stack(
        [along_out, half[:, None] * across, along_up + 0.25 * half[:, None] * np.abs(across)], axis=2
    )
    return moved(sheet(finish, grid, 0.002), *root, heading)


def _blades(generator: np.random.Generator, pot: float) -> list[Part]:
    parts = []
    for k in range(int(generator.integers(14, 20))):
        heading, rise = 2.4 * k, float(generator.uniform(0.9, 1.45))
        length, width = float(generator.uniform(0.4, 0.75)), float(generator.uniform(0.035, 0.06))
        finish = "leaf.0" if k % 3 else "leaf.1"
        parts.append(
            _leaf(
                finish,
                (0.02 * np.cos(heading), 0.02 * np.sin(heading), pot - 0.06),
                heading,
                rise,
                length,
                width,
                float(generator.uniform(0.6, 1.9)),
            )
        )
    return parts


def _tree(generator: np.random.Generator, pot: float) -> list[Part]:
    height = float(generator.uniform(0.6, 1.1))
    parts = []
    for k in range(int(generator.integers(2, 4))):
        lean = 2.1 * k
        tip = (0.1 * np.cos(lean), 0.1 * np.sin(lean), pot + height * (1 - 0.15 * k))
        parts.append(
            tube(
                "bark",
                [
                    (0.02 * np.cos(lean), 0.02 * np.sin(lean), pot - 0.06),
                    (tip[0] * 0.4, tip[1] * 0.4, pot + height * 0.4),
                    tip,
                ],
                0.009,
                6,
            )
        )
        for j in range(9):
            share = 0.3 + 0.7 * j / 8
            root = (tip[0] * share, tip[1] * share, pot + (tip[2] - pot) * share)
            heading, rise = lean + 2.4 * j, float(generator.uniform(0.3, 0.9))
            parts.append(
                _leaf(
                    "leaf.0" if j % 2 else "leaf.1",
                    root,
                    heading,
                    rise,
                    float(generator.uniform(0.18, 0.27)),
                    0.11,
                    0.9,
                )
            )
    return parts


def _palm(generator: np.random.Generator, pot: float) -> list[Part]:
    parts = []
    for k in range(6):
        heading, length = 2.4 * k, float(generator.uniform(0.6, 0.9))
        rise, droop = float(generator.uniform(1.0, 1.4)), float(generator.uniform(0.7, 1.4))
        t = np.linspace(0, 1, 8)
        angle = rise - droop * t
        out = np.cumsum(np.cos(angle)) * length / 8
        up = np.cumsum(np.sin(angle)) * length / 8
        spine = [
            (float(o * np.cos(heading)), float(o * np.sin(heading)), float(pot - 0.06 + u))
            for o, u in zip(out, up, strict=True)
        ]
        parts.append(tube("leaf.0", [(0.0, 0.0, pot - 0.07), *spine], 0.005, 4))
        for j in range(2, 8, 2):
            for side in (-1, 1):
                parts.append(
                    _leaf(
                        "leaf.1" if j % 2 else "leaf.0",
                        spine[j],
                        heading + side * 0.75,
                        float(angle[j]) + 0.1,
                        0.28 - 0.015 * j,
                        0.05,
                        0.9,
                    )
                )
    return parts
