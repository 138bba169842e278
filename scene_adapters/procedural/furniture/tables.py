"""Tables and desks."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import drawer_fronts, legs, one_of
from scene_adapters.procedural.shapes import Part, Piece, Top, box, cylinder, disc, standing


def coffee_table(palette: Palette, generator: np.random.Generator) -> Piece:
    """Low, rectangular with a shelf or round."""
    height = float(generator.uniform(0.38, 0.46))
    finish = one_of(generator, "wood", "wood.second", "marble")
    if generator.random() < 0.35:
        radius = float(generator.uniform(0.36, 0.48))
        parts = [disc(finish, (0, 0, height - 0.03), radius, 0.03, 0.006)]
        parts += legs("metal", radius * 1.1, radius * 1.1, height - 0.03, 0.016, splay=0.12)
        reach = radius * 0.6
        return standing("coffee table", "table", parts, [Top((-reach, -reach), (reach, reach), height)])
    width, depth = float(generator.uniform(0.9, 1.3)), float(generator.uniform(0.5, 0.7))
    parts = [_slab(finish, width, depth, height, 0.035)]
    if generator.random() < 0.6:
        parts += legs("wood", width, depth, height - 0.035, 0.03, square=True, inset=0.05)
        parts.append(
            box("wood", (-width / 2 + 0.05, -depth / 2 + 0.05, 0.12), (width / 2 - 0.05, depth / 2 - 0.05, 0.14))
        )
    else:
        parts += legs("metal", width, depth, height - 0.035, 0.014, inset=0.08, splay=0.05)
    return standing("coffee table", "table", parts, [_top(width, depth, height)])


def dining_table(palette: Palette, generator: np.random.Generator) -> Piece:
    """Rectangular on four legs or trestles, or round on a pillar."""
    height, finish = 0.75, one_of(generator, "wood", "wood.second")
    style = int(generator.integers(4))
    if style == 0:
        radius = float(generator.uniform(0.5, 0.65))
        parts = [disc(finish, (0, 0, height - 0.035), radius, 0.035, 0.008), *_pillar(finish, radius, height - 0.035)]
        reach = radius * 0.65
        return standing("round dining table", "table", parts, [Top((-reach, -reach), (reach, reach), height)])
    width, depth = float(generator.uniform(1.3, 2.1)), float(generator.uniform(0.8, 0.98))
    parts = [_slab(finish, width, depth, height, 0.04)]
    parts += _apron(finish, width - 0.16, depth - 0.16, height - 0.04, 0.07)
    if style == 1:
        parts += legs(finish, width, depth, height - 0.04, 0.04, square=True, inset=0.07)
    elif style == 2:
        parts += legs(finish, width, depth, height - 0.04, 0.035, inset=0.1, splay=0.06)
    else:
        for side in (-1, 1):
            parts += _trestle("iron", side * (width / 2 - 0.25), depth - 0.2, height - 0.04)
    return standing("dining table", "table", parts, [_top(width, depth, height)])


def desk(palette: Palette, generator: np.random.Generator) -> Piece:
    """A writing desk with a pedestal of drawers on the right; one sits at its front."""
    width, depth, height = float(generator.uniform(1.1, 1.6)), float(generator.uniform(0.6, 0.75)), 0.74
    finish = one_of(generator, "wood", "wood.second", "lacquer.white")
    left, right, front = width / 2 - 0.44, width / 2 - 0.02, depth / 2 - 0.04
    parts = [_slab(finish, width, depth, height, 0.03)]
    parts.append(box(finish, (left, -depth / 2 + 0.03, 0.06), (right, front, height - 0.03)))
    parts += drawer_fronts(
        finish, "metal", (left + 0.01, front, 0.08), (right - 0.01, front + 0.018, height - 0.045), 3
    )
    parts += legs("metal", width, depth, height - 0.03, 0.018, square=True, inset=0.05)
    return standing("desk", "table", parts, [_top(width, depth, height)])


def _slab(finish: str, width: float, depth: float, height: float, thickness: float) -> Part:
    return box(finish, (-width / 2, -depth / 2, height - thickness), (width / 2, depth / 2, height), 0.006)


def _top(width: float, depth: float, height: float) -> Top:
    return Top((-width / 2 + 0.04, -depth / 2 + 0.04), (width / 2 - 0.04, depth / 2 - 0.04), height)


def _apron(finish: str, width: float, depth: float, top: float, drop: float) -> list[Part]:
    x, y = width / 2, depth / 2
    return [box(finish, (-x, side * y - 0.01, top - drop), (x, side * y + 0.01, top)) for side in (-1, 1)] + [
        box(finish, (side * x - 0.01, -y, top - drop), (side * x + 0.01, y, top)) for side in (-1, 1)
    ]


def _pillar(finish: str, radius: float, height: float) -> list[Part]:
    return [
        cylinder(finish, (0, 0, 0.04), (0, 0, height), 0.06, 0.05, 20),
        disc(finish, (0, 0, 0), radius * 0.55, 0.04, 0.012),
        disc(finish, (0, 0, height - 0.03), radius * 0.4, 0.03),
    ]


def _trestle(finish: str, x: float, depth: float, height: float) -> list[Part]:
    y = depth / 2
    return [
        box(finish, (x - 0.03, -y, 0), (x + 0.03, y, 0.03)),
        box(finish, (x - 0.03, -y, height - 0.03), (x + 0.03, y, height)),
        cylinder(finish, (x, -y + 0.08, 0.02), (x, y - 0.08, height - 0.02), 0.025, segments=4),
        cylinder(finish, (x, y - 0.08, 0.02), (x, -y + 0.08, height - 0.02), 0.025, segments=4),
    ]
