"""Solids that furniture is made of: every one closed, in metres, with texture coordinates in metres.

Local frame of a piece: Z up, the front faces +Y, the back is at −Y. Solids are drawn wherever it is
convenient; `standing`, `mounted` and `hanging` put the finished piece at its origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar, final

import numpy as np

from schemas.arrays import Bool, Float32, Float64, Int32

Vec2 = tuple[float, float]
Vec3 = tuple[float, float, float]


@final
@dataclass(frozen=True)
class Part:
    """A closed surface of one finish.

    vertices : (n, 3) float32, metres; triangles : (m, 3) int32, wound outwards
    uv : (m, 3, 2) float32, metres along the surface, u along the grain; see `fitted` for whole images
    finish : key of the home's palette
    """

    vertices: Float32
    triangles: Int32
    uv: Float32
    finish: str


@dataclass(frozen=True)
class Lamp:
    """A bulb in a piece: position in the piece's frame, linear RGB, watts, diameter in metres."""

    position: Vec3
    color: Vec3
    power: float
    size: float


@dataclass(frozen=True)
class Top:
    """A flat, level surface on which small things may stand; corners (x, y) and height in the piece's frame."""

    low: Vec2
    high: Vec2
    z: float


@final
@dataclass(frozen=True)
class Piece:
    """A thing to put in a room. size : extent along x, y, z; category : mpcat40."""

    label: str
    category: str
    parts: tuple[Part, ...]
    size: Vec3
    tops: tuple[Top, ...] = ()
    lamps: tuple[Lamp, ...] = ()


# --- solids ---------------------------------------------------------------------------------------


def box(finish: str, low: Vec3, high: Vec3, bevel: float = 0.003) -> Part:
    """A box between two corners whose edges are chamfered by `bevel`, at most a third of its thinnest side."""
    corner_low, corner_high = np.asarray(low, float), np.asarray(high, float)
    bevel = min(bevel, float((corner_high - corner_low).min()) / 3)
    if bevel <= 0.0:
        points, triangles = _lattice(1, 1, 1)
        return _part(finish, corner_low + points * (corner_high - corner_low), triangles)
    signs, faces, triangles = _chamfered()
    half = (corner_high - corner_low) / 2
    return _part(finish, corner_low + half + signs * (half - bevel * ~faces), triangles)


def rounded_box(finish: str, low: Vec3, high: Vec3, radius: float, segments: int = 2) -> Part:
    """A box whose edges and corners are rounded by `radius`, at most just under half its thinnest side."""
    corner_low, corner_high = np.asarray(low, float), np.asarray(high, float)
    half = (corner_high - corner_low) / 2
    radius = min(radius, 0.98 * float(half.min()))
    count = 2 * segments + 1
    points, triangles = _lattice(count, count, count)
    steps = np.rint(points * count).astype(int)
    rise = np.tan(np.linspace(-np.pi / 4, 0, segments + 1))
    along = np.concatenate([rise, -rise[::-1]])[steps]
    outward = along / np.linalg.norm(along, axis=1, keepdims=True)
    core = np.where(steps <= segments, -1.0, 1.0) * (half - radius)
    return _part(finish, corner_low + half + core + radius * outward, triangles)


def superellipsoid(finish: str, low: Vec3, high: Vec3, exponent: float = 2.0, segments: int = 6) -> Part:
    """The solid |x/a|^e + |y/b|^e + |z/c|^e ≤ 1 in the box: an ellipsoid for 2, a stuffed cushion for 4 to 8."""
    corner_low, corner_high = np.asarray(low, float), np.asarray(high, float)
    points, triangles = _lattice(segments, segments, segments)
    direction = np.tan((points * 2 - 1) * np.pi / 4)
    radial = direction / (np.abs(direction) ** exponent).sum(axis=1, keepdims=True) ** (1 / exponent)
    reach = np.abs(radial).max(axis=0)
    return _part(finish, (corner_low + corner_high) / 2 + radial / reach * (corner_high - corner_low) / 2, triangles)


def pillow(finish: str, width: float, height: float, thickness: float, segments: int = 6) -> Part:
    """A stuffed cover lying on z = 0: thick in the middle, seamed at the rim, with drawn-in sides."""
    points, triangles = _lattice(segments, segments, 1)
    u, v, side = (points * 2 - 1).T
    u, v = np.sin(u * np.pi / 2), np.sin(v * np.pi / 2)
    swell = 0.04 + 0.96 * ((1 - u**2) * (1 - v**2)) ** 0.45
    x = u * (1 - 0.10 * (1 - v**2)) * width / 2
    y = v * (1 - 0.10 * (1 - u**2)) * height / 2
    return _part(finish, np.stack([x, y, (1 + side * swell) * thickness / 2], axis=1), triangles)


def sheet(finish: str, points: Float64, thickness: float = 0.002) -> Part:
    """Cloth: a grid of points (rows, columns, 3) given its thickness along its normals, closed at the rim."""
    rows, columns = points.shape[:2]
    normal = np.cross(np.gradient(points, axis=0), np.gradient(points, axis=1))
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    lattice, triangles = _lattice(rows - 1, columns - 1, 1)
    i, j, side = (np.rint(lattice * [rows - 1, columns - 1, 1])).astype(int).T
    offset = (side - 0.5)[:, None] * thickness
    return _part(finish, points[i, j] + normal[i, j] * offset, triangles)


def cylinder(
    finish: str, start: Vec3, end: Vec3, radius: float, end_radius: float | None = None, segments: int = 16
) -> Part:
    """A round bar between two points, tapered where `end_radius` is given; four segments make a square leg."""
    radii = (radius, radius if end_radius is None else end_radius)
    return loft(finish, _around(np.asarray([start, end], float), np.asarray(radii), segments))


def disc(finish: str, centre: Vec3, radius: float, thickness: float, bevel: float = 0.003, segments: int = 32) -> Part:
    """A level round plate with chamfered rims; `centre` is the middle of its lower face."""
    bevel = min(bevel, thickness / 3, radius / 3)
    profile = [(radius, bevel), (radius, thickness - bevel)]
    if bevel > 0.0:
        profile = [(radius - bevel, 0.0), *profile, (radius - bevel, thickness)]
    return moved(lathe(finish, profile, segments), *centre)


def tube(finish: str, path: Sequence[Vec3], radius: float, segments: int = 8) -> Part:
    """A round bar of constant thickness bent along `path`."""
    return loft(finish, _around(np.asarray(path, float), np.full(len(path), radius), segments))


def lathe(finish: str, profile: Sequence[Vec2], segments: int = 24, hollow: bool = False) -> Part:
    """A profile of (radius > 0, height) turned around Z.

    The ends are closed by flat lids; a hollow one has no lids, its last point joins the first (a lamp shade).
    """
    turn = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    radius, height = np.asarray(profile, float).T
    x, y = radius[:, None] * np.cos(turn), radius[:, None] * np.sin(turn)
    rings = np.stack([x, y, np.broadcast_to(height[:, None], x.shape)], axis=2)
    return loft(finish, rings, hollow)


def extrusion(finish: str, outline: Sequence[Vec2], low: float, high: float, axis: int = 0) -> Part:
    """An outline drawn in the two axes other than `axis` (in x, y, z order), pulled from `low` to `high` along it.

    The outline must be star-shaped about the mean of its corners.
    """
    flat = np.asarray(outline, float)
    rings = np.stack([np.insert(flat, axis, level, axis=1) for level in (low, high)])
    return loft(finish, rings)


def loft(finish: str, rings: Float64, hollow: bool = False) -> Part:
    """A skin over rings of points (k, n, 3), closed by lids at both ends; a hollow one joins the last to the first."""
    count, points = rings.shape[:2]
    vertices = rings.reshape(-1, 3)
    index = np.arange(count * points).reshape(count, points)
    this, following = (index, np.roll(index, -1, axis=0)) if hollow else (index[:-1], index[1:])
    a, b, c, d = this, np.roll(this, -1, axis=1), np.roll(following, -1, axis=1), following
    triangles = [np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([a, c, d], axis=-1).reshape(-1, 3)]
    if not hollow:
        vertices = np.concatenate([vertices, rings[[0, -1]].mean(axis=1)])
        first, last = (np.full(points, len(vertices) - back) for back in (2, 1))
        triangles.append(np.stack([first, np.roll(index[0], -1), index[0]], axis=1))
        triangles.append(np.stack([last, index[-1], np.roll(index[-1], -1)], axis=1))
    return _part(finish, vertices, np.concatenate(triangles).astype(np.int32))


# --- changing and joining -------------------------------------------------------------------------

Movable = TypeVar("Movable", Part, Piece)


def moved(thing: Movable, x: float = 0.0, y: float = 0.0, z: float = 0.0, yaw: float = 0.0) -> Movable:
    """Turned by `yaw` about its origin, then shifted. The size of a piece stays that of its own frame.

    A piece's tops are turned with it; under a yaw that is no quarter turn they shrink to stay inside.
    """
    if isinstance(thing, Part):
        return replace(thing, vertices=_turned(thing.vertices, (x, y, z), yaw).astype(np.float32))
    return replace(
        thing,
        parts=tuple(moved(part, x, y, z, yaw) for part in thing.parts),
        tops=tuple(_moved_top(top, (x, y, z), yaw) for top in thing.tops),
        lamps=tuple(replace(lamp, position=_vec3(_turned(lamp.position, (x, y, z), yaw))) for lamp in thing.lamps),
    )


def tilted(part: Part, pitch: float, roll: float = 0.0) -> Part:
    """Turned about X by `pitch`, then about Y by `roll`, around the origin."""
    (c, s), (d, t) = (np.cos(pitch), np.sin(pitch)), (np.cos(roll), np.sin(roll))
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    about_y = np.array([[d, 0, t], [0, 1, 0], [-t, 0, d]])
    return replace(part, vertices=(part.vertices @ (about_y @ about_x).T).astype(np.float32))


def facing(part: Part, y: float = 0.0, z: float = 0.0) -> Part:
    """Drawn lying face up, made to stand facing +Y: what was its +Y is up, what was its origin is at (0, y, z)."""
    across, up, out = part.vertices.T
    vertices = np.stack([-across, out + np.float32(y), up + np.float32(z)], axis=1)
    return replace(part, vertices=vertices)


def mirrored(part: Part) -> Part:
    """Mirrored in the plane x = 0, still wound outwards."""
    vertices = part.vertices * np.array([-1, 1, 1], np.float32)
    return replace(part, vertices=vertices, triangles=part.triangles[:, ::-1].copy(), uv=part.uv[:, ::-1].copy())


def fitted(part: Part, scale: float, right: Vec3 = (1.0, 0.0, 0.0), up: Vec3 = (0.0, 1.0, 0.0)) -> Part:
    """With the finish's whole image laid once over the part, as seen with these right and up directions.

    scale : metres per repeat of that finish; uv run 0..scale both ways.
    """
    across = part.vertices @ np.array([right, up], np.float32).T
    low = across.min(axis=0)
    uv = (across - low) / (across.max(axis=0) - low) * scale
    return replace(part, uv=uv[part.triangles].astype(np.float32))


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """One part a finish, in order of first appearance."""
    by_finish: dict[str, list[Part]] = {}
    for part in parts:
        by_finish.setdefault(part.finish, []).append(part)
    return tuple(_joined(group) for group in by_finish.values())


def standing(
    label: str, category: str, parts: Iterable[Part], tops: Iterable[Top] = (), lamps: Iterable[Lamp] = ()
) -> Piece:
    """A piece on the floor: origin at the centre of its footprint, lowest point at z = 0."""
    return _placed(label, category, parts, tops, lamps, (0.5, 0.5, 0.0))


def mounted(
    label: str, category: str, parts: Iterable[Part], tops: Iterable[Top] = (), lamps: Iterable[Lamp] = ()
) -> Piece:
    """A piece on a wall behind it: origin at the middle of the bottom edge of its back face."""
    return _placed(label, category, parts, tops, lamps, (0.5, 0.0, 0.0))


def hanging(
    label: str, category: str, parts: Iterable[Part], tops: Iterable[Top] = (), lamps: Iterable[Lamp] = ()
) -> Piece:
    """A piece under the ceiling: origin at the centre of its footprint, highest point at z = 0."""
    return _placed(label, category, parts, tops, lamps, (0.5, 0.5, 1.0))


# --- within ---------------------------------------------------------------------------------------


def _placed(
    label: str, category: str, parts: Iterable[Part], tops: Iterable[Top], lamps: Iterable[Lamp], anchor: Vec3
) -> Piece:
    joined = merged(parts)
    low = np.min([part.vertices.min(axis=0) for part in joined], axis=0).astype(float)
    high = np.max([part.vertices.max(axis=0) for part in joined], axis=0).astype(float)
    piece = Piece(label, category, joined, _vec3(high - low), tuple(tops), tuple(lamps))
    x, y, z = _vec3(-(low + (high - low) * anchor))
    return moved(piece, x, y, z)


def _joined(parts: Sequence[Part]) -> Part:
    offsets = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    return Part(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.triangles + offset for part, offset in zip(parts, offsets, strict=True)]).astype(np.int32),
        np.concatenate([part.uv for part in parts]),
        parts[0].finish,
    )


def _part(finish: str, vertices: Float64, triangles: Int32) -> Part:
    """Wound outwards by the sign of its volume; textured along the two axes that each triangle faces least."""
    corners = vertices[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    if np.einsum("ij,ij->", normal, corners[:, 0] - vertices[0]) < 0:
        triangles, corners = triangles[:, ::-1].copy(), corners[:, ::-1]
    longest_first = np.argsort(-np.ptp(vertices, axis=0), kind="stable")
    across = np.array([[axis for axis in longest_first if axis != facing] for facing in range(3)])
    axes = across[np.abs(normal).argmax(axis=1)]
    uv = np.take_along_axis(corners, axes[:, None, :], axis=2)
    return Part(vertices.astype(np.float32), triangles, uv.astype(np.float32), finish)


def _turned(points: Float32 | Vec3, shift: Vec3, yaw: float) -> Float64:
    c, s = np.cos(yaw), np.sin(yaw)
    turned: Float64 = np.asarray(points, float) @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + shift
    return turned


def _moved_top(top: Top, shift: Vec3, yaw: float) -> Top:
    x, y, z = _vec3(_turned(((top.low[0] + top.high[0]) / 2, (top.low[1] + top.high[1]) / 2, top.z), shift, yaw))
    width, depth = (top.high[0] - top.low[0]) / 2, (top.high[1] - top.low[1]) / 2
    c, s = abs(float(np.cos(yaw))), abs(float(np.sin(yaw)))
    if min(c, s) < 1e-6:
        width, depth = c * width + s * depth, s * width + c * depth
    else:
        # The largest axis-aligned square whose corners stay inside the turned rectangle.
        width = depth = min(width, depth) / (c + s)
    return Top((x - width, y - depth), (x + width, y + depth), z)


def _vec3(values: Float64) -> Vec3:
    return float(values[0]), float(values[1]), float(values[2])


def _around(path: Float64, radii: Float64, segments: int) -> Float64:
    """Rings (k, segments, 3) across a path (k, 3), without twist from one to the next."""
    heading = np.gradient(path, axis=0)
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    side = np.eye(3)[np.abs(heading[0]).argmin()]
    turn = (np.arange(segments) + 0.5) * 2 * np.pi / segments
    rings = []
    for point, forward, radius in zip(path, heading, radii, strict=True):
        side = side - forward * (side @ forward)
        side /= np.linalg.norm(side)
        rings.append(point + radius * (np.outer(np.cos(turn), side) + np.outer(np.sin(turn), np.cross(forward, side))))
    return np.stack(rings)


@lru_cache(maxsize=64)
def _lattice(nx: int, ny: int, nz: int) -> tuple[Float64, Int32]:
    """Surface of the unit cube cut into nx, ny, nz steps: points (n, 3) in 0..1, triangles wound outwards."""
    steps = np.array([nx, ny, nz])
    quads = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        grid = np.stack(np.meshgrid(np.arange(steps[u]), np.arange(steps[v]), indexing="ij"), axis=-1).reshape(-1, 2)
        for level, order in ((0, (0, 3, 2, 1)), (steps[axis], (0, 1, 2, 3))):
            quad = np.empty((len(grid), 4, 3), dtype=int)
            quad[..., axis] = level
            quad[..., [u, v]] = grid[:, None, :] + np.array([(0, 0), (1, 0), (1, 1), (0, 1)])[list(order)]
            quads.append(quad)
    corners = np.concatenate(quads).reshape(-1, 3)
    points, index = np.unique(corners, axis=0, return_inverse=True)
    index = index.reshape(-1, 4)
    triangles = np.concatenate([index[:, [0, 1, 2]], index[:, [0, 2, 3]]]).astype(np.int32)
    return points / steps, triangles


@lru_cache(maxsize=1)
def _chamfered() -> tuple[Float64, Bool, Int32]:
    """A cube whose corners are split in three, one on each face that met there.

    Returns the corner's signs (24, 3), on which face each vertex lies (24, 3), triangles wound outwards.
    """
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    weight = (4, 2, 1)
    triangles: list[tuple[int, int, int]] = [(3 * i, 3 * i + 1, 3 * i + 2) for i in range(8)]
    for axis, (u, v) in enumerate(((1, 2), (2, 0), (0, 1))):
        for base in (0, weight[axis]):
            quad = [3 * (base + du * weight[u] + dv * weight[v]) + axis for du, dv in ((0, 0), (1, 0), (1, 1), (0, 1))]
            triangles += [(quad[0], quad[1], quad[2]), (quad[0], quad[2], quad[3])]
        for base in (0, weight[u], weight[v], weight[u] + weight[v]):
            p, q = 3 * base, 3 * (base + weight[axis])
            triangles += [(p + u, q + u, q + v), (p + u, q + v, p + v)]
    signs, faces = np.repeat(corners, 3, axis=0), np.tile(np.eye(3, dtype=bool), (8, 1))
    index = np.array(triangles, np.int32)
    a, b, c = np.moveaxis((signs * np.where(faces, 3, 2))[index], 1, 0)
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a) < 0
    index[inward] = index[inward, ::-1]
    return signs, faces, index
