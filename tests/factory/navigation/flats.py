"""Box flats whose free space is known exactly, for tests and benchmarks.

Walls, floors and furniture are axis-aligned boxes, so a cell's truth follows from interval arithmetic. A flat
may be turned and shifted afterwards, then only its mesh is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from schemas.arrays import Bool, Float32, Float64, Int32
from schemas.scenes import Storey

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
Rectangle = tuple[float, float, float, float]

WALL = 0.1
HEIGHT = 2.6
STOREY = 2.8
STAIRWELL: Rectangle = (6.03, 5.02, 8.04, 8.01)


@dataclass
class Flat:
    """Solids in metres; `floors` are the walkable tops, by storey, as rectangles."""

    solids: list[Box] = field(default_factory=list)
    floors: list[list[Rectangle]] = field(default_factory=list)
    holes: list[list[Rectangle]] = field(default_factory=list)
    rooms: list[list[Rectangle]] = field(default_factory=list)

    @property
    def storeys(self) -> list[Storey]:
        return [Storey(i, i * STOREY, i * STOREY + HEIGHT) for i in range(len(self.floors))]

    def mesh(self, edge: float = 10.0, shift: tuple[float, float] = (0.0, 0.0)) -> tuple[Float32, Int32]:
        """All boxes as triangles whose legs are at most `edge` long."""
        parts = [box_mesh(np.array(low), np.array(high), edge) for low, high in self.solids]
        starts = np.concatenate([[0], np.cumsum([len(vertices) for vertices, _ in parts])])
        vertices = np.concatenate([vertices for vertices, _ in parts]) + np.array([*shift, 0.0])
        triangles = np.concatenate([index + start for (_, index), start in zip(parts, starts[:-1], strict=True)])
        return vertices.astype(np.float32), triangles.astype(np.int32)


def box_mesh(low: Float64, high: Float64, edge: float) -> tuple[Float64, Int32]:
    """The six faces of a box, each a lattice of right triangles."""
    vertices: list[Float64] = []
    triangles: list[Int32] = []
    base = 0
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        nu, nv = (max(1, int(np.ceil((high[k] - low[k]) / edge - 1e-9))) for k in (u, v))
        a, b = np.meshgrid(np.linspace(low[u], high[u], nu + 1), np.linspace(low[v], high[v], nv + 1), indexing="ij")
        corner = (np.arange(nu)[:, None] * (nv + 1) + np.arange(nv)).ravel()
        quads = np.stack([corner, corner + nv + 1, corner + nv + 2, corner + 1], axis=1)
        for side in (low[axis], high[axis]):
            points = np.empty((a.size, 3))
            points[:, axis], points[:, u], points[:, v] = side, a.ravel(), b.ravel()
            vertices.append(points)
            triangles.append(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]) + base)
            base += len(points)
    return np.concatenate(vertices), np.concatenate(triangles).astype(np.int32)


def random_flat(
    generator: np.random.Generator,
    width: float = 12.0,
    depth: float = 9.0,
    storeys: int = 1,
    furniture: float = 0.35,
    stairwell: bool = False,
) -> Flat:
    """Rooms split at random, a door in every wall between two, `furniture` pieces a square metre of room."""
    flat = Flat()
    for level in range(storeys):
        z = level * STOREY
        whole = (0.0, 0.0, width, depth)
        holes = [STAIRWELL] if stairwell and level > 0 else []
        pieces = _around(whole, holes[0]) if holes else [whole]
        flat.floors.append(pieces)
        flat.holes.append(holes)
        flat.solids += [((x0, y0, z - 0.15), (x1, y1, z)) for x0, y0, x1, y1 in pieces]
        _outer_walls(flat, whole, z)
        doors: list[tuple[float, float]] = []
        kept = STAIRWELL if stairwell else None
        rooms = _split(flat, whole, z, generator, doors, kept)
        flat.rooms.append(rooms)
        for room in rooms:
            _furnish(flat, room, z, generator, doors, furniture, kept)
    flat.solids.append(((-WALL, -WALL, storeys * STOREY - 0.15), (width + WALL, depth + WALL, storeys * STOREY)))
    if stairwell:
        _stairs(flat)
    return flat


def _around(whole: Rectangle, hole: Rectangle) -> list[Rectangle]:
    x0, y0, x1, y1 = whole
    a, b, c, d = hole
    return [(x0, y0, x1, b), (x0, d, x1, y1), (x0, b, a, d), (c, b, x1, d)]


def _outer_walls(flat: Flat, whole: Rectangle, z: float) -> None:
    x0, y0, x1, y1 = whole
    for a, b, c, d in (
        (x0 - WALL, y0 - WALL, x0, y1 + WALL),
        (x1, y0 - WALL, x1 + WALL, y1 + WALL),
        (x0, y0 - WALL, x1, y0),
        (x0, y1, x1, y1 + WALL),
    ):
        flat.solids.append(((a, b, z), (c, d, z + HEIGHT)))


def _split(
    flat: Flat,
    room: Rectangle,
    z: float,
    generator: np.random.Generator,
    doors: list[tuple[float, float]],
    keep_open: Rectangle | None,
) -> list[Rectangle]:
    x0, y0, x1, y1 = room
    along = 0 if x1 - x0 > y1 - y0 else 1
    low, high = (x0, x1) if along == 0 else (y0, y1)
    if (x1 - x0) * (y1 - y0) < 16 or high - low < 4.5:
        return [room]
    for _ in range(20):
        at = round(float(generator.uniform(low + 2.0, high - 2.0)), 3)
        near_door = any(abs(door[along] - at) < 0.8 for door in doors if _touches(room, door))
        in_well = keep_open is not None and keep_open[along] - 0.5 < at < keep_open[along + 2] + 0.5
        if not near_door and not in_well:
            break
    else:
        return [room]
    other = (y0, y1) if along == 0 else (x0, x1)
    centre = float(generator.uniform(other[0] + 0.8, other[1] - 0.8))
    spans = [(other[0], centre - 0.45, 0.0), (centre + 0.45, other[1], 0.0), (centre - 0.45, centre + 0.45, 2.1)]
    for a, b, bottom in spans:
        low_corner = (at - WALL / 2, a) if along == 0 else (a, at - WALL / 2)
        high_corner = (at + WALL / 2, b) if along == 0 else (b, at + WALL / 2)
        flat.solids.append(((*low_corner, z + bottom), (*high_corner, z + HEIGHT)))
    doors.append((at, centre) if along == 0 else (centre, at))
    halves = ((x0, y0, at, y1), (at, y0, x1, y1)) if along == 0 else ((x0, y0, x1, at), (x0, at, x1, y1))
    return [part for half in halves for part in _split(flat, half, z, generator, doors, keep_open)]


def _touches(room: Rectangle, point: tuple[float, float]) -> bool:
    return room[0] - 0.1 <= point[0] <= room[2] + 0.1 and room[1] - 0.1 <= point[1] <= room[3] + 0.1


def _furnish(
    flat: Flat,
    room: Rectangle,
    z: float,
    generator: np.random.Generator,
    doors: list[tuple[float, float]],
    density: float,
    keep_open: Rectangle | None,
) -> None:
    x0, y0, x1, y1 = room
    for _ in range(int(density * (x1 - x0) * (y1 - y0))):
        size = generator.uniform(0.3, 1.6, 2)
        if size[0] > x1 - x0 - 0.3 or size[1] > y1 - y0 - 0.3:
            continue
        x = float(generator.uniform(x0 + 0.1, x1 - 0.1 - size[0]))
        y = float(generator.uniform(y0 + 0.1, y1 - 0.1 - size[1]))
        piece = (x, y, x + float(size[0]), y + float(size[1]))
        if any(_touches((piece[0] - 0.6, piece[1] - 0.6, piece[2] + 0.6, piece[3] + 0.6), door) for door in doors):
            continue
        if (
            keep_open
            and piece[0] < keep_open[2]
            and keep_open[0] < piece[2]
            and piece[1] < keep_open[3]
            and keep_open[1] < piece[3]
        ):
            continue
        flat.solids += _piece(piece, z, int(generator.integers(4)))


def _piece(at: Rectangle, z: float, kind: int) -> list[Box]:
    """A table on four thin legs, a bed, a cupboard, or a shelf on the wall."""
    x0, y0, x1, y1 = at
    if kind == 0:
        leg = 0.03
        corners = [(x, y) for x in (x0, x1 - leg) for y in (y0, y1 - leg)]
        legs: list[Box] = [((x, y, z), (x + leg, y + leg, z + 0.7)) for x, y in corners]
        return [((x0, y0, z + 0.7), (x1, y1, z + 0.75)), *legs]
    if kind == 1:
        return [((x0, y0, z), (x1, y1, z + 0.45))]
    if kind == 2:
        return [((x0, y0, z), (x1, y1, z + 2.0))]
    return [((x0, y0, z + 1.2), (x1, y1, z + 1.5))]


def _stairs(flat: Flat) -> None:
    """Sixteen treads from the ground up the well of the first upper storey."""
    x0, y0, _, y1 = STAIRWELL
    depth = (y1 - y0) / 16
    for k in range(15):
        top = (k + 1) * STOREY / 16
        flat.solids.append(((x0, y0 + k * depth, top - 0.05), (x0 + 0.95, y0 + (k + 1) * depth, top)))


def truth(
    flat: Flat,
    level: int,
    low: float,
    high: float,
    origin: tuple[float, float],
    resolution: float,
    shape: tuple[int, int],
) -> tuple[Bool, Bool]:
    """(obstacle, free) by cell: a solid reaches into the slab above it; wholly on the floor and none does."""
    z = level * STOREY
    obstacle = np.zeros(shape, dtype=bool)
    for (x0, y0, z0), (x1, y1, z1) in flat.solids:
        if z1 > z + low + 1e-3 and z0 < z + high - 1e-3:
            rows, cols = _cells(y0, y1, origin[1], resolution), _cells(x0, x1, origin[0], resolution)
            obstacle[rows, cols] = True
    off_floor = np.ones(shape, dtype=bool)
    x0, y0, x1, y1 = (f(flat.floors[level], k) for k, f in enumerate((_least, _least, _most, _most)))
    off_floor[_inner(y0, y1, origin[1], resolution), _inner(x0, x1, origin[0], resolution)] = False
    for a, b, c, d in flat.holes[level]:
        off_floor[_cells(b, d, origin[1], resolution), _cells(a, c, origin[0], resolution)] = True
    return obstacle, ~off_floor & ~obstacle


def _least(rectangles: list[Rectangle], k: int) -> float:
    return min(rectangle[k] for rectangle in rectangles)


def _most(rectangles: list[Rectangle], k: int) -> float:
    return max(rectangle[k] for rectangle in rectangles)


def _cells(low: float, high: float, origin: float, resolution: float) -> slice:
    """The cells an open interval meets."""
    first = int(np.floor((low - origin) / resolution + 1e-6))
    return slice(max(0, first), max(0, int(np.ceil((high - origin) / resolution - 1e-6))))


def _inner(low: float, high: float, origin: float, resolution: float) -> slice:
    """The cells inside a closed interval."""
    first = int(np.ceil((low - origin) / resolution - 1e-6))
    return slice(max(0, first), max(0, int(np.floor((high - origin) / resolution + 1e-6))))
