"""Pixel goals: for each frame, the farthest later floor point of the walk that the frame shows.

Farthest means latest, whether or not all points before it are visible too. The published data's rule
is not public; this is the reading of its authors' prose that a consumer can re-derive from poses,
intrinsics and depth.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from schemas.arrays import Bool, Float64, Int32, UInt16
from schemas.cameras import FARTHEST
from schemas.episodes import PixelGoals, RenderedEpisode

NEAREST = 0.1
TOLERANCE = 0.1
RELATIVE_TOLERANCE = 0.05
FARTHEST_UNKNOWN = 10.0


def find_pixel_goals(rendered: RenderedEpisode) -> PixelGoals:
    """For each frame t the latest k > t whose footprint on the floor is visible in frame t.

    Visible: more than `NEAREST` metres ahead, inside the image, and its planar depth no farther than
    the depth at its pixel plus max(`TOLERANCE`, `RELATIVE_TOLERANCE` of it). Where the frame has no
    depth, nothing is known to stand in front: visible when nearer than `FARTHEST_UNKNOWN` metres. Where it is the
    farthest that the units can say, nothing stands in front.
    """
    plan = rendered.plan
    camera = plan.camera
    # Exact inverse of a rigid pose: R is orthonormal.
    rotation = np.ascontiguousarray(np.swapaxes(plan.camera_to_world[:, :3, :3], 1, 2))
    intrinsics = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
    centre = np.ascontiguousarray(plan.camera_to_world[:, :3, 3])
    pixel, frame = _latest_visible(
        plan.positions, rotation, centre, intrinsics, rendered.depth, 1 / rendered.depth_scale
    )
    visible: Bool = frame >= 0
    return PixelGoals(pixel, frame, visible)


@njit(cache=True, nogil=True)
def _latest_visible(
    points: Float64, rotation: Float64, centre: Float64, intrinsics: Float64, depth: UInt16, units: float
) -> tuple[Int32, Int32]:
    frames, height, width = depth.shape
    fx, fy, cx, cy = intrinsics
    pixel = np.full((frames, 2), -1, dtype=np.int32)
    latest = np.full(frames, -1, dtype=np.int32)
    for t in range(frames):
        for k in range(frames - 1, t, -1):
            local = rotation[t] @ (points[k] - centre[t])
            if local[2] <= NEAREST:
                continue
            u = math.floor(fx * local[0] / local[2] + cx + 0.5)
            v = math.floor(fy * local[1] / local[2] + cy + 0.5)
            if u < 0 or u >= width or v < 0 or v >= height:
                continue
            seen = depth[t, v, u] / units if depth[t, v, u] < FARTHEST else math.inf
            limit = seen + max(TOLERANCE, RELATIVE_TOLERANCE * local[2]) if seen > 0 else FARTHEST_UNKNOWN
            if local[2] <= limit:
                pixel[t, 0], pixel[t, 1] = u, v
                latest[t] = k
                break
    return pixel, latest
