"""Pinhole cameras: intrinsics, presets, projection and its inverse.

Pixels are (u, v) = (column, row), integers at pixel centres; K is in the same convention, so
((W − 1)/2, (H − 1)/2) is the middle of the image. Depth is planar z in metres.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass

import numpy as np

from schemas.arrays import Bool, Float64

# Images of depth are uint16, in units of a `depth_scale` in metres, by default this one. 0 is none; of what
# `FARTHEST` units cannot say it says that it is farther.
MILLIMETRE = 0.001
FARTHEST = 65_535


@dataclass(frozen=True)
class Camera:
    """Intrinsics in pixels; `name` labels the data and means nothing to the code."""

    name: str
    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float

    def __post_init__(self) -> None:
        if self.width < 8 or self.height < 8 or self.width > 8192 or self.height > 8192:
            raise ValueError(f"camera {self.name}: image of {self.width}×{self.height}; give 8 to 8192 pixels a side")
        if not (self.fx > 0 and self.fy > 0 and math.isfinite(self.cx) and math.isfinite(self.cy)):
            raise ValueError(f"camera {self.name}: focal lengths must be positive and the principal point finite")

    @property
    def matrix(self) -> Float64:
        """K (3, 3) float64."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])


def pinhole(name: str, width: int, height: int, hfov_deg: float) -> Camera:
    """A camera with square pixels and a centred principal point, from its horizontal field of view."""
    focal = width / 2 / math.tan(math.radians(hfov_deg) / 2)
    return Camera(name, width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)


# d435i: as measured on the released vln_n1 data, fx ≠ fy included.
PRESETS: dict[str, Camera] = {
    "d435i": Camera("d435i", 480, 270, 355.81464, 351.68701, 240.0, 135.0),
    "habitat": pinhole("habitat", 640, 480, 79.0),
}


def preset(name: str) -> Camera:
    """The preset of that name. Raises ValueError naming the closest one."""
    if name not in PRESETS:
        close = difflib.get_close_matches(name, PRESETS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(PRESETS)}"
        raise ValueError(
            f"no camera preset {name!r}; {hint} Any other camera is given by width, height, fx, fy, cx, cy"
        )
    return PRESETS[name]


def project(camera: Camera, camera_to_world: Float64, points: Float64) -> tuple[Float64, Float64]:
    """World points (n, 3) → pixels (n, 2) float64 as (u, v), and planar depth (n,) in metres.

    Points behind the camera get a depth ≤ 0; their pixels mean nothing.
    """
    R, t = camera_to_world[:3, :3], camera_to_world[:3, 3]
    local = (np.asarray(points, dtype=np.float64) - t) @ R
    depth = local[:, 2]
    safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
    uv = np.stack([camera.fx * local[:, 0] / safe + camera.cx, camera.fy * local[:, 1] / safe + camera.cy], axis=1)
    return uv, depth


def unproject(camera: Camera, camera_to_world: Float64, uv: Float64, depth: Float64) -> Float64:
    """Pixels (n, 2) with planar depth (n,), metres → world points (n, 3) float64."""
    uv = np.asarray(uv, dtype=np.float64)
    depth = np.asarray(depth, dtype=np.float64)
    x = (uv[:, 0] - camera.cx) / camera.fx * depth
    y = (uv[:, 1] - camera.cy) / camera.fy * depth
    return np.stack([x, y, depth], axis=1) @ camera_to_world[:3, :3].T + camera_to_world[:3, 3]


def inside(camera: Camera, uv: Float64, depth: Float64, nearest: float = 0.1) -> Bool:
    """Mask (n,) bool of the projections that fall on the image and at least `nearest` metres ahead."""
    u, v = uv[:, 0], uv[:, 1]
    on_image = (u >= -0.5) & (u < camera.width - 0.5) & (v >= -0.5) & (v < camera.height - 0.5)
    return np.asarray(on_image & (depth > nearest))
