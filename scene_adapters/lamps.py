"""Lamps for a lit scene that has none: one under the ceiling for about 16 m² of floor."""

from __future__ import annotations

import numpy as np

from scene_adapters.columns import CELL, Columns, level_columns
from scene_adapters.meshes import extent
from schemas.arrays import Float32, Float64, Int32, Int64
from schemas.scenes import Light, LightKind

_TILE, _SAME_CEILING = 4.0, 1.0
_LEVEL, _DROP = 0.15, 0.05
_OPEN_AIR = 2.6
_LEAST_AREA = 1.5
_POWER_PER_AREA = 6.0


def ceiling_lamps(vertices: Float32, triangles: Int32) -> tuple[Light, ...]:
    """Area lights for a scene in the world frame (vertices (n, 3), triangles (m, 3)), in a fixed order.

    The air that has one ceiling, in a tile of 4 × 4 m, gets one lamp of 6 W/m².
    """
    columns = level_columns(vertices, triangles, extent(vertices))
    cell, ceiling = _air(columns)
    xy = columns.centres(cell)
    keys = np.concatenate([(xy - columns.low) // _TILE, ceiling[:, None] // _SAME_CEILING], axis=1).astype(np.int64)
    _, group = np.unique(keys, axis=0, return_inverse=True)
    lamps = []
    for number in range(int(group.max()) + 1 if len(group) else 0):
        members = np.flatnonzero(group.ravel() == number)
        # The usual height: what is below it are the insides of cupboards, which a column cannot tell from rooms.
        height = float(np.median(ceiling[members]))
        members = members[np.abs(ceiling[members] - height) < _LEVEL]
        area = len(members) * CELL**2
        if area < _LEAST_AREA:
            continue
        middle = members[int(np.argmin(np.linalg.norm(xy[members] - xy[members].mean(axis=0), axis=1)))]
        place = (float(xy[middle, 0]), float(xy[middle, 1]), height - _DROP)
        lamps.append(
            Light(LightKind.AREA, place, (0.0, 0.0, -1.0), (0.6, 0.6), (1.0, 0.95, 0.88), _POWER_PER_AREA * area)
        )
    return tuple(lamps)


def _air(columns: Columns) -> tuple[Int64, Float64]:
    """Cell and ceiling of every gap to stand in. Where most cells are open to the sky, lamps hang 2.6 m up."""
    cell, height = columns.cell, columns.height
    if not len(cell):
        return cell, height
    inside = np.flatnonzero(columns.gap)
    top = np.flatnonzero(np.append(cell[1:] != cell[:-1], True))
    open_air = top[~np.isin(cell[top], cell[inside])]
    if len(open_air) <= len(inside):
        return cell[inside], height[inside + 1]  # what is open are the tops of walls and roofs
    above = float(np.median(height[open_air])) + _OPEN_AIR
    return (
        np.concatenate([cell[inside], cell[open_air]]),
        np.concatenate([height[inside + 1], np.full(len(open_air), above)]),
    )
