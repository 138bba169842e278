"""Which way is up, and how long is a metre? From what the user says, or from the shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from schemas.arrays import Float32, Float64, Int32
from schemas.errors import SceneError
from schemas.frames import habitat_to_world
from schemas.scenes import Light

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254}
MAX_EXTENT, MIN_EXTENT, MAX_HEIGHT = 500.0, 1.5, 40.0
# Floor to roof of a home, metres: from a room to a house of four storeys.
_HEIGHTS = (2.2, 12.0)
_LAYERS = 64
_CLEARLY = 1.25
_ENOUGH = 200_000


def detect_up(vertices: Float32, triangles: Int32, expected: str) -> tuple[str, str]:
    """The up axis, "y" or "z", and a note on how sure that is.

    Floors and ceilings lie in few layers over a small extent, walls in many over a large one: the area
    facing along the axis in its four fullest layers, over the extent. `expected` (what the format says)
    holds unless the other axis does clearly better. At most 200,000 triangles are looked at.
    """
    triangles = triangles[:: max(1, len(triangles) // _ENOUGH)]
    scores = {axis: _layered_area(vertices, triangles, "xyz".index(axis)) for axis in ("y", "z")}
    other = "z" if expected == "y" else "y"
    up = other if scores[other] > _CLEARLY * scores[expected] else expected
    shares = ", ".join(f"{axis}: {score:.3g}" for axis, score in scores.items())
    return up, f"up axis {up} by the areas of level layers ({shares})"


def _layered_area(vertices: Float32, triangles: Int32, axis: int) -> float:
    low, high = float(vertices[:, axis].min()), float(vertices[:, axis].max())
    if high <= low:
        return 0.0
    corners = vertices[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = np.abs(normal[:, axis]) > 0.9 * np.linalg.norm(normal, axis=1)
    height = corners[facing, :, axis].mean(axis=1)
    layer = np.clip(((height - low) / (high - low) * _LAYERS).astype(np.int64), 0, _LAYERS - 1)
    area = np.bincount(layer, weights=np.abs(normal[facing, axis]) / 2, minlength=_LAYERS)
    return float(np.sort(area)[-4:].sum()) / (high - low)


def detect_unit(height: float) -> tuple[str, str]:
    """The unit in which a home of `height` is a home's height, metres first, and a note."""
    fits = [unit for unit, scale in UNITS.items() if _HEIGHTS[0] * 0.5 <= height * scale <= _HEIGHTS[1] * 1.5]
    unit = "m" if not fits or "m" in fits else fits[0]
    return unit, f"unit {unit} by the height of {height:.4g} in the file"


def extent(vertices: Float32) -> Float64:
    """Lowest and highest x, y, z (2, 3) of vertices (n, 3); column by column, which NumPy does ten times faster."""
    columns = [vertices[:, axis] for axis in range(3)]
    return np.array([[float(c.min()) for c in columns], [float(c.max()) for c in columns]])


def to_world(vertices: Float32, up: str, scale: float) -> Float32:
    """Vertices (n, 3) → world: Z up, metres. From Y up: (x, y, z) → (x, −z, y)."""
    turned = vertices if up == "z" else vertices[:, [0, 2, 1]]
    signs = np.array([scale, scale if up == "z" else -scale, scale], np.float32)
    return np.asarray(turned * signs, dtype=np.float32)


def light_to_world(light: Light, up: str, scale: float) -> Light:
    """`light` likewise; its power belongs to a point and does not scale."""
    position, direction = np.asarray(light.position), np.asarray(light.direction)
    if up == "y":
        position, direction = habitat_to_world(position), habitat_to_world(direction)
    return replace(light, position=_triple(position * scale), direction=_triple(direction))


def refuse_absurd_size(vertices: Float32, where: str) -> None:
    """Raises SceneError for a scene of more than 500 m, less than 1.5 m, or higher than 40 m."""
    low, high = extent(vertices)
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


def _triple(values: Float64) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
