"""What many pieces share: legs, carcasses, fronts and handles."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from scene_adapters.procedural.shapes import Part, Vec3, box, cylinder

T = TypeVar("T")


def one_of(generator: np.random.Generator, *choices: T) -> T:
    """One of the choices, equally likely."""
    return choices[int(generator.integers(len(choices)))]


def legs(
    finish: str,
    width: float,
    depth: float,
    height: float,
    radius: float,
    *,
    square: bool = False,
    inset: float = 0.03,
    splay: float = 0.0,
) -> list[Part]:
    """Four legs under the corners of width × depth, `inset` from its edges, feet `splay` metres further out."""
    x, y = width / 2 - inset, depth / 2 - inset
    segments = 4 if square else 12
    return [
        cylinder(
            finish,
            (sx * (x + splay), sy * (y + splay), 0),
            (sx * x, sy * y, height),
            radius * (1.0 if square else 0.65),
            radius,
            segments,
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]


def carcass(finish: str, low: Vec3, high: Vec3, board: float = 0.018) -> list[Part]:
    """An open cupboard: two sides, bottom, top and back, its front towards +Y."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    return [
        box(finish, (x0, y0, z0), (x0 + board, y1, z1), 0.002),
        box(finish, (x1 - board, y0, z0), (x1, y1, z1), 0.002),
        box(finish, (x0 + board, y0, z0), (x1 - board, y1, z0 + board), 0.002),
        box(finish, (x0 + board, y0, z1 - board), (x1 - board, y1, z1), 0.002),
        box(finish, (x0 + board, y0, z0 + board), (x1 - board, y0 + 0.006, z1 - board), 0.0),
    ]


def bar_handle(finish: str, x: float, y: float, z: float, length: float, *, upright: bool = False) -> list[Part]:
    """A bar standing 25 mm off a front at y, centred at (x, z)."""
    dx, dz = (0.0, length / 2) if upright else (length / 2, 0.0)
    bar = cylinder(finish, (x - dx, y + 0.025, z - dz), (x + dx, y + 0.025, z + dz), 0.005, segments=8)
    stubs = [
        cylinder(
            finish,
            (x + s * dx * 0.8, y, z + s * dz * 0.8),
            (x + s * dx * 0.8, y + 0.025, z + s * dz * 0.8),
            0.004,
            segments=6,
        )
        for s in (-1, 1)
    ]
    return [bar, *stubs]


def knob(finish: str, x: float, y: float, z: float) -> Part:
    """A turned knob on a front at y."""
    return cylinder(finish, (x, y, z), (x, y + 0.024, z), 0.008, 0.015, 12)


def drawer_fronts(
    finish: str, handle: str, low: Vec3, high: Vec3, rows: int, columns: int = 1, knobs: bool = False
) -> list[Part]:
    """Drawer fronts filling a face: low and high span x and z and the thickness in y."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    wide, tall = (x1 - x0) / columns, (z1 - z0) / rows
    parts: list[Part] = []
    for row in range(rows):
        for column in range(columns):
            x, z = x0 + column * wide, z0 + row * tall
            parts.append(box(finish, (x + 0.002, y0, z + 0.002), (x + wide - 0.002, y1, z + tall - 0.002), 0.003))
            middle = (x + wide / 2, y1, z + tall * 0.55)
            parts += [knob(handle, *middle)] if knobs else bar_handle(handle, *middle, min(0.16, wide * 0.5))
    return parts


def door_fronts(
    finish: str, handle: str, low: Vec3, high: Vec3, columns: int, *, panelled: bool = False, handle_z: float = 0.5
) -> list[Part]:
    """Cupboard doors filling a face; handles sit where pairs meet, at `handle_z` of the height."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    wide = (x1 - x0) / columns
    parts: list[Part] = []
    for column in range(columns):
        left, right = x0 + column * wide + 0.002, x0 + (column + 1) * wide - 0.002
        parts.append(box(finish, (left, y0, z0 + 0.002), (right, y1, z1 - 0.002), 0.003))
        if panelled:
            parts += _frame(finish, (left, y1, z0 + 0.002), (right, y1 + 0.008, z1 - 0.002), 0.06)
        opens_right = column % 2 == 0 and columns > 1
        x = right - 0.03 if opens_right else left + 0.03
        length = min(0.22, (z1 - z0) * 0.3)
        parts += bar_handle(
            handle, x, y1 + (0.008 if panelled else 0.0), z0 + (z1 - z0) * handle_z, length, upright=True
        )
    return parts


def _frame(finish: str, low: Vec3, high: Vec3, rail: float) -> list[Part]:
    (x0, y0, z0), (x1, y1, z1) = low, high
    return [
        box(finish, (x0, y0, z0), (x0 + rail, y1, z1)),
        box(finish, (x1 - rail, y0, z0), (x1, y1, z1)),
        box(finish, (x0 + rail, y0, z0), (x1 - rail, y1, z0 + rail)),
        box(finish, (x0 + rail, y0, z1 - rail), (x1 - rail, y1, z1)),
    ]
