"""Which way is up, and how long is a metre? From what the user says, or from the shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import njit

from scene_adapters.meshes import FileMesh
from schemas.arrays import Float32, Float64, Int32, triple
from schemas.errors import SceneError
from schemas.frames import habitat_to_world
from schemas.scenes import Light

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254}
MAX_EXTENT, MIN_EXTENT, MAX_HEIGHT = 500.0, 1.5, 40.0
# Floor to roof of a home, metres: from a room to a house of four storeys.
_HEIGHTS = (2.2, 12.0)
_LAYERS = 64
_CLEARLY = 1.25
_LEVEL_COSINE = 0.9
_ENOUGH = 200_000


def detect_up(vertices: Float32, triangles: Int32, bounds: Float64, expected: str) -> tuple[str, str]:
    """The up axis, "y" or "z", and a note on how sure that is.

    Floors and ceilings lie in few layers over a small extent, walls in many over a large one: the area
    facing along the axis in its four fullest layers, over the extent. `expected` (what the format says)
    holds unless the other axis does clearly better. At most 200,000 triangles are looked at, or twice as many.

    bounds : (2, 3), of the mesh.
    """
    height = np.ptp(bounds, axis=0)[1:]
    layers = _level_areas(vertices, triangles, max(1, len(triangles) // _ENOUGH), bounds)
    fullest = np.sort(layers, axis=1)[:, -4:].sum(axis=1)
    scores = dict(zip("yz", np.divide(fullest, height, out=np.zeros(2), where=height > 0).tolist(), strict=True))
    other = "z" if expected == "y" else "y"
    up = other if scores[other] > _CLEARLY * scores[expected] else expected
    shares = ", ".join(f"{axis}: {score:.3g}" for axis, score in scores.items())
    return up, f"up axis {up} by the areas of level layers ({shares})"


@njit(cache=True, nogil=True)
def _level_areas(vertices: Float32, triangles: Int32, every: int, bounds: Float64) -> Float64:
    """The area facing along y, and along z, in each of 64 layers (2, 64) between the `bounds` (2, 3)."""
    area = np.zeros((2, _LAYERS))
    for face in range(0, len(triangles), every):
        a, b, c = triangles[face, 0], triangles[face, 1], triangles[face, 2]
        x, y, z = np.float64(vertices[a, 0]), np.float64(vertices[a, 1]), np.float64(vertices[a, 2])
        ux, uy, uz = vertices[b, 0] - x, vertices[b, 1] - y, vertices[b, 2] - z
        vx, vy, vz = vertices[c, 0] - x, vertices[c, 1] - y, vertices[c, 2] - z
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        level = _LEVEL_COSINE**2 * (nx * nx + ny * ny + nz * nz)
        if ny * ny > level:
            area[0, _layer(y + (uy + vy) / 3, bounds[0, 1], bounds[1, 1])] += abs(ny) / 2
        elif nz * nz > level:
            area[1, _layer(z + (uz + vz) / 3, bounds[0, 2], bounds[1, 2])] += abs(nz) / 2
    return area


@njit(cache=True, nogil=True)
def _layer(height: float, low: float, high: float) -> int:
    """Which of the layers between `low` and `high` a height is in."""
    return min(max(int((height - low) / (high - low) * _LAYERS), 0), _LAYERS - 1) if high > low else 0


def detect_unit(height: float) -> tuple[str, str]:
    """The unit in which a home of `height` is a home's height, metres first, and a note."""
    fits = [unit for unit, scale in UNITS.items() if _HEIGHTS[0] * 0.5 <= height * scale <= _HEIGHTS[1] * 1.5]
    unit = "m" if not fits or "m" in fits else fits[0]
    return unit, f"unit {unit} by the height of {height:.4g} in the file"


def in_world(mesh: FileMesh, up: str, scale: float) -> FileMesh:
    """`mesh` in the world frame: Z up, metres; its lights are left as they are."""
    vertices = to_world(mesh.vertices, up, scale)
    return mesh if vertices is mesh.vertices else replace(mesh, vertices=vertices)


def to_world(vertices: Float32, up: str, scale: float) -> Float32:
    """Vertices (n, 3) → world: Z up, metres. From Y up: (x, y, z) → (x, −z, y)."""
    if up == "z" and scale == 1:
        return vertices
    factor = np.float32(scale)
    if up == "z":
        return vertices * factor
    world = np.empty_like(vertices)
    _turn(vertices, factor, world)
    return world


@njit(cache=True, nogil=True)
def _turn(vertices: Float32, factor: np.float32, world: Float32) -> None:
    for row in range(len(vertices)):
        world[row, 0] = vertices[row, 0] * factor
        world[row, 1] = -vertices[row, 2] * factor
        world[row, 2] = vertices[row, 1] * factor


def light_to_world(light: Light, up: str, scale: float) -> Light:
    """`light` likewise; its power belongs to a point and does not scale."""
    position, direction = np.asarray(light.position), np.asarray(light.direction)
    if up == "y":
        position, direction = habitat_to_world(position), habitat_to_world(direction)
    return replace(light, position=triple(position * scale), direction=triple(direction))


def refuse_absurd_size(bounds: Float64, where: str) -> None:
    """Raises SceneError for a scene of more than 500 m, less than 1.5 m, or higher than 40 m, by its corners (2, 3)."""
    low, high = bounds
    size = high - low
    shown = "×".join(f"{edge:.4g}" for edge in size)
    if size.max() > MAX_EXTENT or size[2] > MAX_HEIGHT:
        raise SceneError(
            f"{where}: {shown} m, more than {MAX_EXTENT:.0f} m wide or {MAX_HEIGHT:.0f} m high; "
            "give the right unit and up axis in options, or crop stray geometry"
        )
    if size.max() < MIN_EXTENT:
        raise SceneError(
            f"{where}: {shown} m, less than {MIN_EXTENT} m; give the right unit in options, or a whole scene"
        )
