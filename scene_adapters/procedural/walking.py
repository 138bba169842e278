"""Can one still walk through a room? A check on a coarse grid while it is being furnished."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import ndimage

from scene_adapters.procedural.placement import FLAT, Block
from scene_adapters.procedural.rectangles import Rectangle
from schemas.arrays import Bool

WALKER = 0.32  # radius that must get from door to door, metres
_CELL = 0.08  # of the grid, metres
_POCKET = 0.8  # largest area of floor where a walker may stand but not get to, m²
_HEADROOM = 1.8  # what hangs higher is no obstacle, metres


def walkable(inside: Rectangle, doors: Sequence[Rectangle], blocks: Iterable[Block]) -> bool:
    """Whether a walker of radius `WALKER` gets from every door to every other without meeting a block.

    Nor may more than a pocket of the floor be cut off from the doors. inside : the floor between the walls;
    doors : the floor before each door, within `inside`
    """
    regions, count = ndimage.label(_free(inside, doors, blocks))
    common = set(range(1, count + 1))
    for door in doors:
        common &= set(np.unique(regions[_cells(inside, door)]).tolist())
    sizes = np.bincount(regions.ravel(), minlength=count + 1)
    pockets = [int(sizes[region]) for region in range(1, count + 1) if region not in common]
    return bool(common) and max(pockets, default=0) * _CELL**2 <= _POCKET


def _free(inside: Rectangle, doors: Sequence[Rectangle], blocks: Iterable[Block]) -> Bool:
    """Cells (rows = y, columns = x) where the walker's centre may be; blocks are grown with square corners."""
    free = np.zeros((max(1, round(inside.depth / _CELL)), max(1, round(inside.width / _CELL))), dtype=bool)
    free[_cells(inside, inside.grown(-WALKER))] = True
    for door in doors:
        free[_cells(inside, _threshold(door))] = True
    for block in blocks:
        if block.low < _HEADROOM and block.high > FLAT:
            free[_cells(inside, block.footprint.grown(WALKER))] = False
    return free


def _threshold(door: Rectangle) -> Rectangle:
    """The part of a door's floor where a walker's centre may be, the wall beside the door in mind."""
    x, y = door.center
    shrink = WALKER if min(door.width, door.depth) > 2 * WALKER else 0.0
    return Rectangle(
        min(door.x0 + shrink, x), min(door.y0 + shrink, y), max(door.x1 - shrink, x), max(door.y1 - shrink, y)
    )


def _cells(inside: Rectangle, area: Rectangle) -> tuple[slice, slice]:
    x0, x1 = ((value - inside.x0) / _CELL for value in (area.x0, area.x1))
    y0, y1 = ((value - inside.y0) / _CELL for value in (area.y0, area.y1))
    return (
        slice(max(0, math.floor(y0)), max(0, math.ceil(y1))),
        slice(max(0, math.floor(x0)), max(0, math.ceil(x1))),
    )
