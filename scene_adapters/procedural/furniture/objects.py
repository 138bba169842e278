"""Small things that stand on tops and shelves, and those made of them."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import one_of
from scene_adapters.procedural.shapes import (
    Part,
    Piece,
    box,
    cylinder,
    disc,
    fitted,
    lathe,
    moved,
    rounded_box,
    standing,
    superellipsoid,
    tilted,
    tube,
)


def book_row(palette: Palette, generator: np.random.Generator, width: float, clear: float) -> list[Part]:
    """Books upright from x = 0 to at most `width`, spines towards +Y, none higher than `clear`."""
    parts: list[Part] = []
    x = 0.0
    while True:
        thick = float(generator.uniform(0.02, 0.05))
        if x + thick > width:
            return parts
        depth, height = float(generator.uniform(0.14, 0.21)), clear * float(generator.uniform(0.68, 0.98))
        parts.append(_book(palette, generator, (thick, depth, height), x))
        x += thick + 0.001


def _book(palette: Palette, generator: np.random.Generator, size: tuple[float, float, float], x: float) -> Part:
    finish = palette.pick("book", generator)
    block = box(finish, (x, 0.01, 0.0), (x + size[0], 0.01 + size[1], size[2]), 0.0)
    return fitted(block, palette.scale(finish), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0))


def books(palette: Palette, generator: np.random.Generator) -> Piece:
    """A pile of two to five books."""
    parts: list[Part] = []
    z = 0.0
    for _ in range(int(generator.integers(2, 6))):
        thick, finish = float(generator.uniform(0.02, 0.045)), palette.pick("cloth", generator)
        width, depth = float(generator.uniform(0.2, 0.28)), float(generator.uniform(0.14, 0.2))
        turn = float(generator.normal(0, 0.2))
        pages = box(
            "paper",
            (-width / 2 + 0.004, -depth / 2 + 0.004, 0.003),
            (width / 2 - 0.004, depth / 2 - 0.004, thick - 0.003),
            0.0,
        )
        covers = [
            box(finish, (-width / 2, -depth / 2, level), (width / 2, depth / 2, level + 0.003), 0.0)
            for level in (0.0, thick - 0.003)
        ]
        spine = box(finish, (-width / 2, depth / 2 - 0.004, 0.003), (width / 2, depth / 2, thick - 0.003), 0.0)
        parts += [moved(part, z=z, yaw=turn) for part in (pages, *covers, spine)]
        z += thick
    return standing("books", "objects", parts)


def jar(palette: Palette, generator: np.random.Generator, radius: float, height: float) -> list[Part]:
    """A turned pot of pottery within that radius and height, open at the top."""
    finish = palette.pick("pottery", generator)
    belly, neck = float(generator.uniform(0.35, 0.65)), float(generator.uniform(0.3, 0.75))
    outer = [
        (0.55, 0.0),
        (0.6 + 0.2 * belly, 0.06),
        (0.98, belly),
        (0.9, belly + 0.12),
        (neck, 0.9),
        (neck + 0.08, 1.0),
    ]
    inner = [(neck, 1.0), (neck - 0.08, 0.88), (0.2, 0.1)]
    profile = [(min(r, 1.0) * radius, z * height) for r, z in outer + inner]
    return [lathe(finish, profile, 12)]


def vase(palette: Palette, generator: np.random.Generator) -> Piece:
    """A vase, sometimes with stems in it."""
    radius, height = float(generator.uniform(0.06, 0.1)), float(generator.uniform(0.2, 0.34))
    parts = jar(palette, generator, radius, height)
    if generator.random() < 0.6:
        bloom = palette.pick("toy", generator)
        for _ in range(int(generator.integers(4, 9))):
            lean, reach = generator.normal(0, 0.05, 2), float(generator.uniform(1.3, 1.8)) * height
            tip = (float(lean[0]), float(lean[1]), reach)
            parts.append(
                tube("leaf.0", [(0, 0, 0.1 * height), (tip[0] * 0.4, tip[1] * 0.4, 0.8 * height), tip], 0.0025, 5)
            )
            parts.append(moved(superellipsoid(bloom, (-0.025, -0.025, -0.018), (0.025, 0.025, 0.022), 2.0, 4), *tip))
    return standing("vase", "objects", parts)


def bowl_with_fruit(palette: Palette, generator: np.random.Generator) -> Piece:
    """Apples, oranges or pears in a bowl."""
    radius, finish = (
        float(generator.uniform(0.13, 0.17)),
        one_of(generator, "ceramic", palette.pick("pottery", generator), "wood"),
    )
    outer = [(0.4, 0.0), (0.45, 0.02), (0.8, 0.2), (1.0, 0.5)]
    inner = [(0.97, 0.5), (0.76, 0.23), (0.4, 0.07), (0.05, 0.06)]
    parts = [lathe(finish, [(r * radius, z * radius) for r, z in outer + inner], 28)]
    for k in range(int(generator.integers(4, 8))):
        size = float(generator.uniform(0.032, 0.042))
        turn, far = k * 2.4, 0.0 if k == 0 else 0.42 * radius
        x, y, z = far * np.cos(turn), far * np.sin(turn), 0.2 * radius + size * (1.5 if k == 0 else 0.85)
        fruit = superellipsoid(
            palette.pick("fruit", generator), (-size, -size, -size * 0.92), (size, size, size * 0.92), 2.1, 5
        )
        parts.append(moved(fruit, float(x), float(y), float(z)))
    return standing("fruit bowl", "objects", parts)


def bottle(palette: Palette, generator: np.random.Generator) -> Piece:
    """A wine or soap bottle."""
    height, radius = float(generator.uniform(0.2, 0.31)), float(generator.uniform(0.03, 0.042))
    profile = [
        (0.9, 0),
        (1, 0.02),
        (1, 0.55),
        (0.92, 0.63),
        (0.42, 0.76),
        (0.36, 0.8),
        (0.36, 0.97),
        (0.42, 0.97),
        (0.42, 1.0),
    ]
    finish = one_of(generator, "leaf.0", "black_glass", palette.pick("pottery", generator))
    parts = [lathe(finish, [(r * radius, z * height) for r, z in profile], 18)]
    parts.append(lathe("paper", [(radius * 1.01, 0.18 * height), (radius * 1.01, 0.45 * height)], 18))
    return standing("bottle", "objects", parts)


def carton(palette: Palette, generator: np.random.Generator) -> Piece:
    """A cardboard or storage box with a lid."""
    w, d, h = (float(value) for value in generator.uniform((0.24, 0.2, 0.14), (0.45, 0.36, 0.32)))
    finish = one_of(generator, "cardboard", "lacquer.white", palette.pick("cloth", generator))
    parts = [box(finish, (-w / 2, -d / 2, 0), (w / 2, d / 2, h - 0.02), 0.004)]
    parts.append(box(finish, (-w / 2 - 0.006, -d / 2 - 0.006, h - 0.07), (w / 2 + 0.006, d / 2 + 0.006, h), 0.004))
    parts.append(box("paper", (-0.05, d / 2, h * 0.3), (0.05, d / 2 + 0.002, h * 0.5), 0.0))
    return standing("box", "objects", parts)


def basket(palette: Palette, generator: np.random.Generator) -> Piece:
    """A round wicker basket with handles, sometimes with a blanket in it."""
    radius, height = float(generator.uniform(0.16, 0.24)), float(generator.uniform(0.25, 0.4))
    parts = [_tub("wicker", radius, height)]
    arch = [(0.05 * np.cos(t), 0.0, 0.05 * np.sin(t)) for t in np.linspace(0, np.pi, 9)]
    for side in (-1, 1):
        parts.append(moved(tube("wicker", arch, 0.009, 6), side * radius * 0.97, 0, height - 0.01, np.pi / 2))
    if generator.random() < 0.6:
        parts.append(
            superellipsoid(
                "fabric.blanket",
                (-radius * 0.85, -radius * 0.85, height * 0.5),
                (radius * 0.85, radius * 0.85, height + 0.06),
                3.0,
            )
        )
    return standing("basket", "objects", parts)


def laundry_basket(palette: Palette, generator: np.random.Generator) -> Piece:
    """A tall basket with washing in it."""
    radius, height = float(generator.uniform(0.19, 0.24)), float(generator.uniform(0.45, 0.6))
    parts = [_tub(one_of(generator, "wicker", "plastic.white"), radius, height)]
    for k in range(3):
        cloth = superellipsoid(
            palette.pick("cloth", generator),
            (-radius * 0.55, -radius * 0.5, -0.06),
            (radius * 0.55, radius * 0.5, 0.07),
            2.6,
            5,
        )
        turn = 2.1 * k
        parts.append(
            moved(tilted(cloth, 0.3), 0.3 * radius * np.cos(turn), 0.3 * radius * np.sin(turn), height - 0.03, turn)
        )
    return standing("laundry basket", "objects", parts)


def trash_can(palette: Palette, generator: np.random.Generator) -> Piece:
    """A pedal bin with a domed lid or an open waste-paper bin."""
    radius, height = float(generator.uniform(0.12, 0.16)), float(generator.uniform(0.28, 0.6))
    finish = one_of(generator, "steel", "plastic.black", "plastic.white", "lacquer")
    if height < 0.4:
        return standing("waste bin", "objects", [_tub(finish, radius, height)])
    lid = [(1.0, 0.0), (1.02, 0.02), (0.98, 0.05), (0.7, 0.1), (0.3, 0.125), (0.05, 0.13)]
    parts = [
        cylinder("plastic.black", (0, 0, 0), (0, 0, 0.03), radius * 1.02, segments=24),
        cylinder(finish, (0, 0, 0.03), (0, 0, height - 0.05), radius, segments=24),
        moved(
            lathe(one_of(generator, finish, "plastic.black"), [(r * radius, z * 0.45) for r, z in lid], 24),
            z=height - 0.05,
        ),
        box("plastic.black", (-0.04, radius * 0.8, 0.01), (0.04, radius + 0.05, 0.025)),
    ]
    return standing("trash can", "objects", parts)


def _tub(finish: str, radius: float, height: float) -> Part:
    """An open, slightly tapering container."""
    wall = 0.008
    outer = [(0.82 * radius, 0.0), (0.84 * radius, 0.01), (radius, height - 0.01), (radius - wall / 2, height)]
    inner = [(radius - wall, height - 0.01), (0.84 * radius - wall, 0.02), (0.02, 0.02)]
    return lathe(finish, outer + inner, 24)


def toys(palette: Palette, generator: np.random.Generator) -> Piece:
    """Building blocks, a ball and a stacking tower on the floor."""
    parts: list[Part] = []
    for _ in range(int(generator.integers(5, 10))):
        edge = float(generator.uniform(0.03, 0.045))
        block = rounded_box(palette.pick("toy", generator), (-edge, -edge, 0), (edge, edge, 2 * edge), 0.005, 1)
        x, y = (float(value) for value in generator.uniform(-0.28, 0.28, 2))
        parts.append(moved(block, x, y, 0.0, float(generator.uniform(0, 1.5))))
    size = float(generator.uniform(0.07, 0.11))
    parts.append(
        moved(
            superellipsoid(palette.pick("toy", generator), (-size, -size, 0), (size, size, 2 * size), 2.0, 6), 0.3, 0.15
        )
    )
    parts.append(moved(cylinder("wood", (0, 0, 0), (0, 0, 0.24), 0.012, segments=10), -0.25, 0.25))
    for k, finish in enumerate(palette.family("toy")):
        ring = lathe(finish, _ring_profile(0.075 - 0.012 * k, 0.022), 16, hollow=True)
        parts.append(moved(ring, -0.25, 0.25, 0.03 + 0.044 * k))
    return standing("toys", "objects", parts)


def _ring_profile(radius: float, thick: float) -> list[tuple[float, float]]:
    turn = np.arange(6) * 2 * np.pi / 6
    return [(float(radius - thick * 0.8 + thick * np.cos(t)), float(thick * np.sin(t))) for t in turn]


def pair_of_shoes(palette: Palette, generator: np.random.Generator) -> list[Part]:
    """Two shoes side by side at the origin, toes towards +Y."""
    finish = one_of(generator, "leather", "plastic.black", palette.pick("cloth", generator), "plastic.white")
    sole = box("rubber", (-0.042, -0.13, 0.0), (0.042, 0.13, 0.022), 0.01)
    upper = superellipsoid(finish, (-0.04, -0.12, 0.0), (0.04, 0.125, 0.075), 2.6, 2)
    heel = superellipsoid(finish, (-0.038, -0.125, 0.02), (0.038, 0.0, 0.11), 3.0, 2)
    return [moved(part, side * 0.05) for side in (-1, 1) for part in (sole, upper, heel)]


def pan(palette: Palette, generator: np.random.Generator) -> Piece:
    """A pot with a lid or a frying pan."""
    radius, finish = float(generator.uniform(0.1, 0.14)), one_of(generator, "steel", "iron", "enamel")
    deep = bool(generator.random() < 0.5)
    height = 0.13 if deep else 0.05
    wall = 0.006
    outer = [(radius * 0.92, 0.0), (radius, 0.012), (radius, height)]
    parts = [lathe(finish, [*outer, (radius - wall, height), (radius - wall, 0.014), (0.02, 0.012)], 28)]
    if deep:
        parts.append(disc(finish, (0, 0, height), radius, 0.008))
        parts.append(cylinder("plastic.black", (0, 0, height + 0.006), (0, 0, height + 0.04), 0.008, 0.018, 12))
        for side in (-1, 1):
            parts.append(
                box(
                    "plastic.black",
                    (side * radius - 0.02, -0.03, height - 0.03),
                    (side * radius + 0.02, 0.03, height - 0.018),
                )
            )
        return standing("pot", "objects", parts)
    handle = rounded_box("plastic.black", (radius - 0.01, -0.012, height - 0.02), (radius + 0.19, 0.012, height), 0.009)
    return standing("frying pan", "objects", [*parts, handle])


def kettle(palette: Palette, generator: np.random.Generator) -> Piece:
    """An electric kettle on its base."""
    finish = one_of(generator, "steel", "enamel", "plastic.black", "lacquer")
    profile = [(0.075, 0.02), (0.085, 0.05), (0.078, 0.15), (0.062, 0.21), (0.05, 0.22), (0.02, 0.225)]
    handle = [(-0.05, 0, 0.205), (-0.1, 0, 0.21), (-0.125, 0, 0.17), (-0.12, 0, 0.1), (-0.085, 0, 0.06)]
    parts = [
        lathe(finish, profile, 24),
        disc("plastic.black", (0, 0, 0), 0.085, 0.02),
        tube("plastic.black", handle, 0.011),
        cylinder(finish, (0.06, 0, 0.15), (0.115, 0, 0.2), 0.024, 0.012, 12),
        cylinder("plastic.black", (0, 0, 0.222), (0, 0, 0.24), 0.012, segments=12),
    ]
    return standing("kettle", "appliances", parts)
