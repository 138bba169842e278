"""Cupboards, shelves and chests."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import carcass, door_fronts, drawer_fronts, legs, one_of
from scene_adapters.procedural.furniture.objects import book_row, jar, pair_of_shoes
from scene_adapters.procedural.shapes import Part, Piece, Top, box, cylinder, moved, rounded_box, standing


def bookshelf(palette: Palette, generator: np.random.Generator) -> Piece:
    """Open shelves with rows of books and a few things between them."""
    width, depth = float(generator.uniform(0.7, 1.1)), float(generator.uniform(0.26, 0.32))
    rows = int(generator.integers(4, 7))
    pitch = float(generator.uniform(0.31, 0.35))
    height, half = 0.08 + rows * pitch, width / 2
    finish = one_of(generator, "wood", "wood.second", "lacquer.white")
    parts = carcass(finish, (-half, -depth / 2, 0.0), (half, depth / 2, height), 0.022)
    parts.append(box(finish, (-half + 0.02, depth / 2 - 0.03, 0.0), (half - 0.02, depth / 2 - 0.012, 0.07)))
    for row in range(rows):
        z = 0.07 + row * pitch
        if row:
            parts.append(box(finish, (-half + 0.02, -depth / 2, z - 0.022), (half - 0.02, depth / 2 - 0.004, z), 0.002))
        parts += _shelf_load((-half + 0.03, half - 0.03), -depth / 2 + 0.02, z, pitch - 0.06, palette, generator)
    return standing(
        "bookshelf",
        "shelving",
        parts,
        [Top((-half + 0.05, -depth / 2 + 0.03), (half - 0.05, depth / 2 - 0.03), height)],
    )


def _shelf_load(
    span: tuple[float, float], back: float, z: float, clear: float, palette: Palette, generator: np.random.Generator
) -> list[Part]:
    """Books from one end or both, a jar where there is room left."""
    left, right = span
    used = float(generator.uniform(0.35, 0.95)) * (right - left)
    parts = book_row(palette, generator, used, clear)
    shift = left if generator.random() < 0.5 else right - used
    placed = [moved(part, shift, back, z) for part in parts]
    room = (right - left) - used
    if room > 0.2:
        x = left + used + room / 2 if shift == left else left + room / 2
        placed += [moved(part, x, back + 0.11, z) for part in jar(palette, generator, 0.07, clear * 0.75)]
    return placed


def wardrobe(palette: Palette, generator: np.random.Generator) -> Piece:
    """Tall, with two to four doors, plain or panelled, some with drawers below, some with a mirror."""
    doors = int(generator.integers(2, 5))
    width, depth, height = doors * float(generator.uniform(0.42, 0.52)), 0.6, float(generator.uniform(1.9, 2.25))
    finish = one_of(generator, "wood", "wood.second", "lacquer.white", "lacquer")
    half, front = width / 2, depth / 2
    parts: list[Part] = [box(finish, (-half, -front, 0.07), (half, front, height), 0.004)]
    parts.append(box(finish, (-half + 0.02, -front, 0), (half - 0.02, front - 0.04, 0.07)))
    low = 0.075
    if generator.random() < 0.4:
        parts += drawer_fronts(finish, "metal", (-half, front, low), (half, front + 0.018, 0.42), 1, max(1, doors // 2))
        low = 0.42
    panelled = bool(generator.random() < 0.4)
    parts += door_fronts(
        finish, "metal", (-half, front, low), (half, front + 0.018, height - 0.004), doors, panelled=panelled
    )
    if not panelled and generator.random() < 0.35:
        left = -half + width / doors * (doors // 2)
        parts.append(
            box(
                "mirror",
                (left + 0.06, front + 0.016, low + 0.08),
                (left + width / doors - 0.06, front + 0.021, height - 0.1),
                0.001,
            )
        )
    return standing("wardrobe", "cabinet", parts, [Top((-half + 0.1, -front + 0.1), (half - 0.1, front - 0.1), height)])


def chest_of_drawers(palette: Palette, generator: np.random.Generator) -> Piece:
    """Three to five rows of drawers, one or two wide."""
    rows, columns = int(generator.integers(3, 6)), int(generator.integers(1, 3))
    width = float(generator.uniform(0.5, 0.75)) if columns == 1 else float(generator.uniform(0.9, 1.3))
    return _chest("chest of drawers", "chest_of_drawers", (width, 0.45, 0.12 + rows * 0.2), (rows, columns), generator)


def nightstand(palette: Palette, generator: np.random.Generator) -> Piece:
    """A bedside table with one or two drawers."""
    width, height = float(generator.uniform(0.38, 0.5)), float(generator.uniform(0.45, 0.6))
    rows = int(generator.integers(1, 3))
    if rows == 1:
        return _open_stand(width, height, generator)
    return _chest("nightstand", "chest_of_drawers", (width, 0.38, height), (rows, 1), generator)


def _chest(
    label: str, category: str, size: tuple[float, float, float], grid: tuple[int, int], generator: np.random.Generator
) -> Piece:
    width, depth, height = size
    finish = one_of(generator, "wood", "wood.second", "lacquer.white", "lacquer")
    half, front, low = width / 2, depth / 2, 0.1
    parts = [
        box(finish, (-half + 0.01, -front, low), (half - 0.01, front - 0.02, height - 0.02), 0.003),
        box(finish, (-half, -front, height - 0.022), (half, front, height), 0.005),
    ]
    parts += drawer_fronts(
        finish,
        "metal",
        (-half + 0.012, front - 0.02, low + 0.005),
        (half - 0.012, front - 0.004, height - 0.026),
        *grid,
        knobs=bool(generator.random() < 0.5),
    )
    parts += legs(one_of(generator, "wood", "wood.second", "metal"), width, depth, low, 0.02, inset=0.05, splay=0.015)
    return standing(label, category, parts, [Top((-half + 0.03, -front + 0.03), (half - 0.03, front - 0.03), height)])


def _open_stand(width: float, height: float, generator: np.random.Generator) -> Piece:
    """A drawer over an open shelf."""
    finish, half, front = one_of(generator, "wood", "wood.second", "lacquer.white"), width / 2, 0.19
    drawer = height - 0.17
    parts = [
        box(finish, (-half, -front, height - 0.02), (half, front, height), 0.004),
        box(finish, (-half + 0.01, -front + 0.01, drawer), (half - 0.01, front - 0.02, height - 0.02)),
        box(finish, (-half + 0.02, -front + 0.02, 0.16), (half - 0.02, front - 0.02, 0.18)),
    ]
    parts += drawer_fronts(
        finish,
        "metal",
        (-half + 0.012, front - 0.02, drawer),
        (half - 0.012, front - 0.004, height - 0.022),
        1,
        1,
        True,
    )
    parts += legs(finish, width, 2 * front, height - 0.02, 0.018, square=True, inset=0.025)
    return standing(
        "nightstand", "table", parts, [Top((-half + 0.03, -front + 0.03), (half - 0.03, front - 0.03), height)]
    )


def sideboard(palette: Palette, generator: np.random.Generator) -> Piece:
    """Long and low, doors beside drawers, on legs."""
    width, depth, height = float(generator.uniform(1.3, 1.9)), 0.42, float(generator.uniform(0.72, 0.85))
    return _low_cabinet("sideboard", (width, depth, height), float(generator.uniform(0.12, 0.2)), generator)


def tv_stand(palette: Palette, generator: np.random.Generator) -> Piece:
    """A low board for a television: doors at the sides, open shelves in the middle."""
    width, depth, height = float(generator.uniform(1.4, 2.0)), 0.4, float(generator.uniform(0.42, 0.55))
    finish = one_of(generator, "wood", "wood.second", "lacquer.white")
    half, front, low, third = width / 2, depth / 2, 0.1, width / 6
    parts = carcass(finish, (-half, -front, low), (half, front - 0.018, height), 0.025)
    for side in (-1, 1):
        parts.append(
            box(
                finish,
                (side * third - 0.01, -front, low + 0.02),
                (side * third + 0.01, front - 0.02, height - 0.02),
                0.002,
            )
        )
        inner, outer = sorted((side * third, side * half))
        parts += door_fronts(finish, "metal", (inner, front - 0.018, low), (outer, front, height - 0.026), 1)
    middle = (low + height) / 2
    parts.append(box(finish, (-third, -front, middle - 0.01), (third, front - 0.03, middle + 0.01), 0.002))
    parts.append(box("plastic.black", (-0.18, -0.12, middle + 0.01), (0.18, 0.12, middle + 0.06), 0.004))
    parts += legs(one_of(generator, "wood", "metal", "iron"), width, depth, low, 0.018, inset=0.08, splay=0.02)
    return standing(
        "tv stand", "furniture", parts, [Top((-half + 0.05, -front + 0.04), (half - 0.05, front - 0.06), height)]
    )


def _low_cabinet(label: str, size: tuple[float, float, float], low: float, generator: np.random.Generator) -> Piece:
    width, depth, height = size
    finish = one_of(generator, "wood", "wood.second", "lacquer")
    half, front, third = width / 2, depth / 2, width / 6
    parts = [box(finish, (-half, -front, low), (half, front - 0.018, height), 0.004)]
    face = height - 0.03
    for side in (-1, 1):
        inner, outer = sorted((side * third, side * (half - 0.02)))
        parts += door_fronts(finish, "metal", (inner, front - 0.018, low + 0.02), (outer, front, face), 1)
    parts += drawer_fronts(finish, "metal", (-third, front - 0.018, low + 0.02), (third, front, face), 3)
    parts += legs(one_of(generator, "wood", "metal"), width, depth, low, 0.022, inset=0.08, splay=0.03)
    return standing(label, "cabinet", parts, [Top((-half + 0.05, -front + 0.04), (half - 0.05, front - 0.06), height)])


def shoe_rack(palette: Palette, generator: np.random.Generator) -> Piece:
    """Slatted shelves with pairs of shoes."""
    width, depth, rows = float(generator.uniform(0.7, 0.95)), 0.3, int(generator.integers(2, 4))
    half, front, height = width / 2, depth / 2, 0.12 + rows * 0.2
    finish = one_of(generator, "wood", "wood.second", "iron")
    parts: list[Part] = []
    for side in (-1, 1):
        x = side * (half - 0.012)
        parts += [
            box(finish, (x - 0.012, y - 0.015, 0), (x + 0.012, y + 0.015, height), 0.003)
            for y in (-front + 0.02, front - 0.02)
        ]
    for row in range(rows + 1):
        z = 0.1 + row * 0.2
        parts += [
            box(finish, (-half, y - 0.018, z - 0.012), (half, y + 0.018, z), 0.0)
            for y in np.linspace(-front + 0.02, front - 0.02, 4)
        ]
        if row < rows:
            spots = np.arange(-half + 0.13, half - 0.1, 0.24)
            for x in spots[generator.random(len(spots)) < 0.75]:
                parts += [moved(part, float(x), 0.0, z) for part in pair_of_shoes(palette, generator)]
    return standing("shoe rack", "shelving", parts)


def clothes_rack(palette: Palette, generator: np.random.Generator) -> Piece:
    """A rail on two feet with coats and shirts on hangers."""
    width, height = float(generator.uniform(0.9, 1.4)), float(generator.uniform(1.5, 1.7))
    metal, half = one_of(generator, "metal", "iron", "wood"), width / 2
    parts = [cylinder(metal, (-half, 0, height), (half, 0, height), 0.014, segments=10)]
    for side in (-1, 1):
        x = side * (half - 0.04)
        parts += [
            cylinder(metal, (x, 0, 0.03), (x, 0, height), 0.014, segments=10),
            cylinder(metal, (x, -0.22, 0.02), (x, 0.22, 0.02), 0.018, segments=10),
        ]
    spots = np.linspace(-half + 0.14, half - 0.14, int(generator.integers(5, 8)))
    for x in spots:
        parts += [
            moved(part, float(x), 0, height, float(generator.normal(0, 0.08))) for part in _garment(palette, generator)
        ]
    return standing("clothes rack", "clothes", parts)


def _garment(palette: Palette, generator: np.random.Generator) -> list[Part]:
    """A coat on a hanger whose hook is at the origin, its shoulders along y."""
    cloth, drop = palette.pick("cloth", generator), float(generator.uniform(0.6, 1.05))
    body = rounded_box(cloth, (-0.03, -0.19, -drop), (0.03, 0.19, -0.1), 0.028, 1)
    sleeves = [
        rounded_box(cloth, (-0.022, side * 0.2 - 0.035, -0.62), (0.022, side * 0.2 + 0.035, -0.12), 0.02, 1)
        for side in (-1, 1)
    ]
    collar = box(cloth, (-0.025, -0.07, -0.12), (0.025, 0.07, -0.075), 0.015)
    return [body, *sleeves, collar, cylinder("chrome", (0, 0, -0.09), (0, 0, 0.02), 0.003, segments=6)]
