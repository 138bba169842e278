"""Things to sit on."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import legs, one_of
from scene_adapters.procedural.shapes import (
    Part,
    Piece,
    Top,
    box,
    cylinder,
    disc,
    mirrored,
    moved,
    pillow,
    rounded_box,
    sheet,
    standing,
    superellipsoid,
    tilted,
    tube,
)


def sofa(palette: Palette, generator: np.random.Generator) -> Piece:
    """Two to four seats, loose cushions, low arms."""
    seats = int(generator.integers(2, 5))
    fabric = one_of(generator, "fabric.sofa", "fabric.sofa", "leather")
    parts = _upholstered(fabric, seats, float(generator.uniform(0.58, 0.68)), generator)
    reach = seats * 0.29 - 0.25  # by the arm, not in it
    for side in (-1, 1):
        if generator.random() < 0.75:
            parts.append(throw_cushion(palette.pick("cushion", generator), (side * reach, 0.0, 0.43), generator))
    return standing("sofa", "sofa", parts)


def armchair(palette: Palette, generator: np.random.Generator) -> Piece:
    """An upholstered chair with arms, or a shell of wood with cushions."""
    fabric = one_of(generator, "fabric.armchair", "fabric.armchair", "leather")
    if generator.random() < 0.55:
        parts = _upholstered(fabric, 1, float(generator.uniform(0.6, 0.68)), generator)
    else:
        parts = _lounge(fabric, one_of(generator, "wood", "wood.second"))
    if generator.random() < 0.5:
        parts.append(throw_cushion(palette.pick("cushion", generator), (0.0, 0.0, 0.45), generator))
    return standing("armchair", "chair", parts)


def throw_cushion(finish: str, seat: tuple[float, float, float], generator: np.random.Generator) -> Part:
    """A cushion standing on a seat, leaning backwards."""
    x, y, z = seat
    size = float(generator.uniform(0.38, 0.46))
    cushion = tilted(pillow(finish, size, size, 0.13), np.deg2rad(-68.0))
    turned = moved(cushion, yaw=float(generator.uniform(-0.35, 0.35)))
    return moved(turned, x, y - 0.14, z + size * 0.48)


def _upholstered(fabric: str, seats: int, seat_width: float, generator: np.random.Generator) -> list[Part]:
    """A sofa of any number of seats: plinth, seat and back cushions, arms, feet."""
    depth, seat_z = float(generator.uniform(0.86, 0.96)), 0.42
    arm, arm_z = float(generator.uniform(0.12, 0.22)), float(generator.uniform(0.54, 0.66))
    inner = seats * seat_width / 2
    front, back = depth / 2, -depth / 2
    parts = [
        rounded_box(fabric, (-inner - arm / 2, back + 0.03, 0.13), (inner + arm / 2, front - 0.03, 0.28), 0.02, 1),
        rounded_box(fabric, (-inner, back, 0.13), (inner, back + 0.2, 0.76), 0.05, 1),
    ]
    for side in (-1, 1):
        x = side * (inner + arm / 2)
        parts.append(rounded_box(fabric, (x - arm / 2, back, 0.13), (x + arm / 2, front, arm_z), 0.05))
    for k in range(seats):
        left = -inner + k * seat_width
        parts.append(
            superellipsoid(
                fabric, (left + 0.004, back + 0.17, 0.26), (left + seat_width - 0.004, front, seat_z + 0.03), 8, 4
            )
        )
        cushion = superellipsoid(
            fabric, (-seat_width / 2 + 0.008, -0.1, 0.0), (seat_width / 2 - 0.008, 0.1, 0.46), 5, 4
        )
        parts.append(moved(tilted(cushion, 0.17), left + seat_width / 2, back + 0.27, seat_z - 0.01))
    foot = one_of(generator, "wood", "metal", "wood.second")
    return parts + legs(foot, 2 * inner + arm, depth - 0.1, 0.14, 0.025, inset=0.05, splay=0.02)


def _lounge(fabric: str, timber: str) -> list[Part]:
    """An open wooden frame with a seat and a back cushion."""
    parts = []
    for side in (-1, 1):
        x = side * 0.33
        parts += [
            cylinder(timber, (x, 0.34, 0), (x, 0.30, 0.56), 0.018, 0.022, 10),
            cylinder(timber, (x, -0.40, 0), (x, -0.30, 0.56), 0.018, 0.022, 10),
            rounded_box(timber, (x - 0.03, -0.36, 0.55), (x + 0.03, 0.36, 0.585), 0.015),
            cylinder(timber, (x, 0.31, 0.30), (x, -0.36, 0.24), 0.02, segments=8),
            cylinder(timber, (x * 0.9, -0.27, 0.25), (x * 0.9, -0.47, 0.92), 0.018, segments=8),
        ]
    for y, z in ((0.30, 0.30), (-0.33, 0.25), (-0.46, 0.90)):
        parts.append(cylinder(timber, (-0.33, y, z), (0.33, y, z), 0.016, segments=8))
    seat = superellipsoid(fabric, (-0.29, -0.31, 0.0), (0.29, 0.35, 0.15), 7)
    rest = superellipsoid(fabric, (-0.28, -0.07, 0.0), (0.28, 0.07, 0.62), 7)
    return [*parts, moved(tilted(seat, 0.08), z=0.29), moved(tilted(rest, 0.28), y=-0.25, z=0.38)]


def dining_chair(palette: Palette, generator: np.random.Generator) -> Piece:
    """Four legs, a seat and a back of slats, of one board, upholstered, or a moulded shell."""
    style = int(generator.integers(4))
    timber = one_of(generator, "wood", "wood.second", "wood")
    if style == 3:
        return standing("chair", "chair", _shell_chair(generator))
    width, seat_z = float(generator.uniform(0.42, 0.48)), 0.46
    half, top = width / 2 - 0.02, float(generator.uniform(0.86, 1.0))
    parts = [rounded_box(timber, (-width / 2, -0.2, seat_z - 0.035), (width / 2, 0.22, seat_z), 0.015)]
    for side in (-1, 1):
        x = side * half
        parts += [
            cylinder(timber, (x, 0.2, 0), (x, 0.19, seat_z - 0.02), 0.014, 0.02, 10),
            tube(timber, [(x, -0.23, 0), (x, -0.19, seat_z), (x, -0.22, seat_z + 0.2), (x, -0.27, top)], 0.018),
            cylinder(timber, (x, 0.2, 0.2), (x, -0.21, 0.2), 0.011, segments=8),
        ]
    parts.append(box(timber, (-half, 0.18, seat_z - 0.09), (half, 0.2, seat_z - 0.035)))
    parts += _chair_back(timber, style, half, seat_z, top)
    if style != 1 or generator.random() < 0.5:
        parts.append(superellipsoid("fabric.seat", (-half, -0.18, seat_z - 0.005), (half, 0.21, seat_z + 0.035), 8))
    return standing("dining chair", "chair", parts)


def _chair_back(timber: str, style: int, half: float, seat_z: float, top: float) -> list[Part]:
    rail = box(timber, (-half, -0.012, -0.05), (half, 0.012, 0.05), 0.008)
    parts = [moved(tilted(rail, 0.2), y=-0.265, z=top - 0.05)]
    if style == 0:
        for x in np.linspace(-half, half, 6)[1:-1]:
            parts.append(cylinder(timber, (x, -0.19, seat_z), (x, -0.26, top - 0.08), 0.009, segments=8))
    elif style == 1:
        parts += [moved(part, y=y, z=z) for part, y, z in ((tilted(rail, 0.2), -0.235, seat_z + 0.16),)]
        parts.append(moved(tilted(rail, 0.2), y=-0.25, z=(seat_z + 0.16 + top - 0.05) / 2))
    else:
        board = rounded_box("fabric.seat", (-half, -0.02, 0.0), (half, 0.025, top - seat_z - 0.12), 0.018)
        parts.append(moved(tilted(board, 0.17), y=-0.2, z=seat_z + 0.07))
    return parts


def _shell_chair(generator: np.random.Generator) -> list[Part]:
    """A seat and a back in one moulded piece on splayed legs."""
    shell = one_of(generator, "plastic.white", "plastic.black", "lacquer")
    timber = one_of(generator, "wood", "metal")
    spine = np.array(
        [
            (0.225, 0.435),
            (0.19, 0.452),
            (0.05, 0.445),
            (-0.1, 0.44),
            (-0.19, 0.452),
            (-0.235, 0.5),
            (-0.25, 0.58),
            (-0.275, 0.72),
            (-0.3, 0.83),
        ]
    )
    half = np.array([0.19, 0.215, 0.225, 0.225, 0.222, 0.22, 0.218, 0.205, 0.17])
    across = np.linspace(-1, 1, 9)
    curl = 0.05 * np.abs(across) ** 3
    lean = np.linspace(0, 1, len(spine))[:, None]
    x = half[:, None] * across
    y, z = spine[:, :1] + curl * lean, spine[:, 1:] + curl * (1 - lean)
    bowl = sheet(shell, np.stack([x, y, z], axis=2), 0.012)
    return [bowl, *legs(timber, 0.40, 0.38, 0.445, 0.016, inset=0.06, splay=0.06)]


def office_chair(palette: Palette, generator: np.random.Generator) -> Piece:
    """A swivel chair on five castors."""
    fabric = one_of(generator, "plastic.black", "fabric.armchair", "leather")
    frame = one_of(generator, "plastic.black", "chrome")
    parts = [
        cylinder("chrome", (0, 0, 0.1), (0, 0, 0.4), 0.025),
        cylinder(frame, (0, 0, 0.07), (0, 0, 0.16), 0.045, 0.035),
        box("plastic.black", (-0.12, -0.12, 0.395), (0.12, 0.12, 0.42)),
        superellipsoid(fabric, (-0.25, -0.24, 0.41), (0.25, 0.26, 0.5), 7),
    ]
    for turn in np.arange(5) * 2 * np.pi / 5 + 0.3:
        x, y = 0.29 * float(np.cos(turn)), 0.29 * float(np.sin(turn))
        parts.append(cylinder(frame, (0, 0, 0.12), (x, y, 0.085), 0.024, 0.016, 8))
        wheel = cylinder("rubber", (-0.022, 0, 0.032), (0.022, 0, 0.032), 0.032, segments=12)
        parts.append(moved(wheel, x, y, yaw=float(turn)))
        parts.append(cylinder("plastic.black", (x, y, 0.05), (x, y, 0.09), 0.012, segments=8))
    height = float(generator.uniform(0.5, 0.68))
    back = tilted(superellipsoid(fabric, (-0.23, -0.04, 0.0), (0.23, 0.04, height), 5), 0.14)
    parts.append(moved(back, y=-0.25, z=0.55))
    spine = [(0.0, -0.1, 0.41), (0.0, -0.25, 0.42), (0.0, -0.3, 0.52), (0.0, -0.31, 0.75)]
    parts.append(tube("plastic.black", spine, 0.02))
    if generator.random() < 0.7:
        arm = [(0.2, 0.0, 0.43), (0.29, 0.0, 0.44), (0.3, 0.0, 0.5), (0.3, 0.0, 0.66)]
        rest = rounded_box("plastic.black", (0.27, -0.13, 0.655), (0.33, 0.13, 0.685), 0.014)
        right = [tube("plastic.black", arm, 0.014), rest]
        parts += right + [mirrored(part) for part in right]
    return standing("office chair", "chair", parts)


def stool(palette: Palette, generator: np.random.Generator) -> Piece:
    """A kitchen or bar stool."""
    height = one_of(generator, 0.46, 0.65, 0.72)
    timber, metal = one_of(generator, "wood", "wood.second"), one_of(generator, "wood", "metal", "iron")
    parts = [disc(timber, (0, 0, height - 0.035), 0.17, 0.035, 0.01, 24)]
    parts += legs(metal, 0.26, 0.26, height - 0.03, 0.015, inset=0.03, splay=0.05)
    if height > 0.5:
        ring = [(0.135 * np.cos(t), 0.135 * np.sin(t), 0.24) for t in np.linspace(0, 2 * np.pi, 17)]
        parts.append(tube(metal, ring, 0.008, 6))
    if generator.random() < 0.4:
        parts.append(superellipsoid("fabric.seat", (-0.165, -0.165, height - 0.01), (0.165, 0.165, height + 0.05), 2.6))
    return standing("bar stool" if height > 0.5 else "stool", "stool", parts)


def bench(palette: Palette, generator: np.random.Generator) -> Piece:
    """A hall bench, bare or with a seat cushion."""
    width, depth, height = float(generator.uniform(0.9, 1.4)), float(generator.uniform(0.34, 0.42)), 0.44
    timber = one_of(generator, "wood", "wood.second")
    parts = [box(timber, (-width / 2, -depth / 2, height - 0.04), (width / 2, depth / 2, height), 0.006)]
    parts += legs(one_of(generator, timber, "iron"), width, depth, height - 0.04, 0.028, square=True, inset=0.05)
    parts.append(box(timber, (-width / 2 + 0.06, -0.015, 0.16), (width / 2 - 0.06, 0.015, 0.2)))
    if generator.random() < 0.6:
        parts.append(
            superellipsoid(
                "fabric.seat",
                (-width / 2 + 0.02, -depth / 2 + 0.01, height),
                (width / 2 - 0.02, depth / 2 - 0.01, height + 0.06),
                9,
            )
        )
        return standing("bench", "seating", parts)
    return standing(
        "bench",
        "seating",
        parts,
        [Top((-width / 2 + 0.03, -depth / 2 + 0.03), (width / 2 - 0.03, depth / 2 - 0.03), height)],
    )
