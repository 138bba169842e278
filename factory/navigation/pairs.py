"""Starts and goals, spread over rooms and over geodesic distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from factory.navigation.route import Ground
from schemas.arrays import Bool, Float32, Float64, Int32, Int64
from schemas.scenes import Room

_TILE = 3.0  # metres: regions where no rooms are known
# An eight-connected path is at most this much longer than the straight one it follows.
OCTILE_EXCESS = 1.0824


@dataclass(frozen=True)
class Regions:
    """The cells where episodes may begin and end, by region.

    cells : (k, 2) int32, (row, col); region : (k,) int64, 0..count−1
    """

    cells: Int32
    region: Int64
    count: int


def rooms_at(rooms: tuple[Room, ...], points: Float64) -> Int32:
    """Id of the first room whose polygon holds each point (n, 2), metres; 0 where none does → (n,) int32."""
    found = np.zeros(len(points), dtype=np.int32)
    for room in rooms:
        inside = (found == 0) & _inside_polygon(np.asarray(room.polygon, dtype=np.float64), points)
        found[inside] = room.id
    return found


def _inside_polygon(polygon: Float64, points: Float64) -> Bool:
    """Even–odd rule: (n,) bool."""
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside


def regions(place: Ground, rooms: tuple[Room, ...]) -> Regions:
    """Where the robot can stand, by room; by tiles of 3 m where no room is known there."""
    cells = np.argwhere(place.traversable).astype(np.int32)
    points = place.built.centres(cells)
    room = rooms_at(rooms, points)
    if room.any():
        cells, key = cells[room > 0], room[room > 0].astype(np.int64)
    else:
        tile = np.floor(points / _TILE).astype(np.int64)
        key = tile[:, 0] * 2**32 + tile[:, 1]
    names, region = np.unique(key, return_inverse=True)
    return Regions(cells, region.astype(np.int64), len(names))


def draw_start(where: Regions, region: int, generator: np.random.Generator) -> tuple[int, int]:
    """A cell of a region, all alike."""
    return _cell(where, np.nonzero(where.region == region)[0], generator)


def draw_goal(
    where: Regions,
    shortest: Float32,
    distance: tuple[float, float],
    stratum: tuple[float, float],
    generator: np.random.Generator,
) -> tuple[int, int] | None:
    """A cell at a geodesic distance in a range, from a share of that range, all regions in it alike.

    shortest : (rows, cols) float32, length from the start in cells; distance : the range, in cells
    stratum : shares in 0..1 of the distances there are; the whole range where it is empty. None where no cell is.
    """
    length = shortest[where.cells[:, 0], where.cells[:, 1]]
    low, high = min(distance[0] * OCTILE_EXCESS, distance[1]), distance[1]
    candidates = np.nonzero((length >= low) & (length <= high))[0]
    if len(candidates) == 0:
        return None
    far = float(length[candidates].max())
    bounds = low + np.asarray(stratum) * (far - low)
    within = candidates[(length[candidates] >= bounds[0]) & (length[candidates] <= bounds[1])]
    chosen = within if len(within) else candidates
    present = np.unique(where.region[chosen])
    region = int(present[generator.integers(len(present))])
    return _cell(where, chosen[where.region[chosen] == region], generator)


def _cell(where: Regions, choices: Int64, generator: np.random.Generator) -> tuple[int, int]:
    row, col = where.cells[choices[generator.integers(len(choices))]]
    return int(row), int(col)
