"""Beds and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture.joinery import one_of
from scene_adapters.procedural.shapes import (
    Part,
    Piece,
    box,
    cylinder,
    moved,
    pillow,
    rounded_box,
    sheet,
    standing,
    superellipsoid,
    tilted,
)
from schemas.arrays import Float64


def bed_double(palette: Palette, generator: np.random.Generator) -> Piece:
    """For two; the head is at the back."""
    return _bed("double bed", float(generator.choice([1.4, 1.6, 1.8])), 2, palette, generator)


def bed_single(palette: Palette, generator: np.random.Generator) -> Piece:
    """For one; the head is at the back."""
    return _bed("single bed", float(generator.choice([0.9, 1.0])), 1, palette, generator)


def _bed(label: str, width: float, sleepers: int, palette: Palette, generator: np.random.Generator) -> Piece:
    length, mattress_z = 2.0, float(generator.uniform(0.48, 0.56))
    half, head = width / 2, -length / 2
    parts = [rounded_box("fabric.sheet", (-half, head, mattress_z - 0.22), (half, head + length, mattress_z), 0.04, 1)]
    parts += _frame(half, length, mattress_z - 0.2, generator)
    parts += _headboard(half, head, mattress_z, generator)
    for k in range(sleepers):
        x = (k - (sleepers - 1) / 2) * width / sleepers
        parts += _pillows(x, head, mattress_z, generator)
    parts += _covers(half, head, mattress_z, palette, generator)
    if sleepers == 2 and generator.random() < 0.5:
        cushion = tilted(pillow(palette.pick("cushion", generator), 0.42, 0.42, 0.14), np.deg2rad(-55.0))
        parts.append(moved(cushion, y=head + 0.48, z=mattress_z + 0.2))
    return standing(label, "bed", parts)


def _covers(
    half: float, head: float, mattress_z: float, palette: Palette, generator: np.random.Generator
) -> list[Part]:
    """A duvet from the pillows to the foot, on some beds a blanket over it."""
    ripple, foot = _ripple(generator), head + 2.02
    duvet = one_of(generator, "fabric.bedding", "fabric.bedding", palette.pick("cushion", generator))
    fold = head + float(generator.uniform(0.62, 0.8))
    parts = [_cover(duvet, half + 0.035, (fold, foot), mattress_z + 0.035, 0.04, 0.28, ripple)]
    if generator.random() < 0.7:
        start = foot - float(generator.uniform(0.5, 0.75))
        parts.append(
            _cover("fabric.blanket", half + 0.065, (start, foot - 0.12), mattress_z + 0.067, 0.016, 0.26, ripple)
        )
    return parts


def _frame(half: float, length: float, rail_z: float, generator: np.random.Generator) -> list[Part]:
    timber = one_of(generator, "wood", "wood.second", "fabric.armchair", "lacquer.white")
    y = length / 2
    parts = [
        box(
            timber,
            (side * (half + 0.02) - 0.02, -y, rail_z - 0.12),
            (side * (half + 0.02) + 0.02, y, rail_z + 0.03),
            0.006,
        )
        for side in (-1, 1)
    ]
    parts.append(box(timber, (-half - 0.04, y - 0.005, rail_z - 0.12), (half + 0.04, y + 0.035, rail_z + 0.03), 0.006))
    parts.append(box(timber, (-half, -y, rail_z - 0.06), (half, y, rail_z - 0.01)))
    feet = [(x, z) for x in (-half - 0.01, half + 0.01) for z in (-y + 0.04, y + 0.005)]
    return parts + [cylinder("wood", (x, z, 0), (x, z, rail_z - 0.1), 0.022, 0.032, 10) for x, z in feet]


def _headboard(half: float, head: float, mattress_z: float, generator: np.random.Generator) -> list[Part]:
    """Padded, of one board, or of slats between posts."""
    top = mattress_z + float(generator.uniform(0.42, 0.62))
    style = int(generator.integers(3))
    if style == 0:
        columns = max(2, round(half * 2 / 0.45))
        edges = np.linspace(-half - 0.04, half + 0.04, columns + 1)
        return [
            superellipsoid("fabric.armchair", (left, head - 0.11, 0.06), (right, head - 0.005, top), 9, 4)
            for left, right in pairwise(edges)
        ]
    if style == 1:
        return [rounded_box("wood", (-half - 0.06, head - 0.05, 0.0), (half + 0.06, head - 0.005, top), 0.015)]
    posts = [
        cylinder(
            "wood.second",
            (side * (half + 0.02), head - 0.03, 0),
            (side * (half + 0.02), head - 0.03, top + 0.04),
            0.03,
            segments=10,
        )
        for side in (-1, 1)
    ]
    rails = [
        box("wood.second", (-half, head - 0.045, z), (half, head - 0.015, z + 0.07), 0.008)
        for z in (top - 0.07, mattress_z - 0.05)
    ]
    slats = [
        box("wood.second", (x - 0.02, head - 0.04, mattress_z), (x + 0.02, head - 0.02, top - 0.05), 0.0)
        for x in np.linspace(-half, half, round(half * 14))[1:-1]
    ]
    return posts + rails + slats


def _pillows(x: float, head: float, mattress_z: float, generator: np.random.Generator) -> list[Part]:
    """One leaning on the headboard and one before it."""
    lean = tilted(pillow("fabric.sheet", 0.68, 0.46, 0.17), np.deg2rad(-38.0))
    flat = tilted(pillow("fabric.bedding", 0.66, 0.45, 0.16), np.deg2rad(-float(generator.uniform(12, 28))))
    turn = float(generator.normal(0, 0.05))
    return [moved(lean, x, head + 0.14, mattress_z + 0.08), moved(flat, x, head + 0.34, mattress_z + 0.06, turn)]


@dataclass(frozen=True)
class _Ripple:
    """Crossing waves that all covers of one bed follow, so that none pokes through the next.

    waves : (k, 3) wave vector (rad/m) and phase
    """

    waves: Float64

    def __call__(self, x: Float64, y: Float64) -> Float64:
        """Height of the waves at (x, y), −1..1."""
        phase = self.waves[:, 0, None, None] * x + self.waves[:, 1, None, None] * y + self.waves[:, 2, None, None]
        height: Float64 = np.sin(phase).mean(axis=0)
        return height


def _ripple(generator: np.random.Generator) -> _Ripple:
    return _Ripple(np.column_stack([generator.normal(0, 7, (4, 2)), generator.uniform(0, 2 * np.pi, 4)]))


def _cover(
    finish: str, half: float, span: tuple[float, float], z: float, loft: float, drop: float, ripple: _Ripple
) -> Part:
    """A cover `loft` thick whose middle lies at z, over y in `span`, hanging `drop` down both sides."""
    share = np.array([-1.0, -1.0, -0.98, -0.92, -0.6, -0.3, 0.0, 0.3, 0.6, 0.92, 0.98, 1.0, 1.0])
    fall = np.array([drop, drop / 2, 0.035, 0, 0, 0, 0, 0, 0, 0, 0.035, drop / 2, drop])
    grid_y, grid_x = np.meshgrid(np.linspace(*span, 9), share * half, indexing="ij")
    waves = ripple(grid_x, grid_y)
    hanging = np.broadcast_to(fall > 0.03, waves.shape)
    out = np.where(hanging, np.sign(grid_x) * 0.012 * (1 + waves), 0.0)
    height = z - fall + np.where(hanging, 0.0, 0.016 * waves)
    return sheet(finish, np.stack([grid_x + out, grid_y, height], axis=2), loft)
