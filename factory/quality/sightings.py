"""What each frame shows of each instance, in one pass over masks and depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from schemas.arrays import Float32, UInt16
from schemas.episodes import RenderedEpisode

STRIDE = 2
NEAR = 1.2


@dataclass(frozen=True)
class Sightings:
    """Per frame and instance id, id 0 (none) included: arrays (T, N + 1) float32, N instances in the scene.

    share : of the frame's pixels
    near : of the frame's pixels, those nearer than `NEAR` metres
    u : mean column of its pixels, −1 at the left edge, 1 at the right; 0 where not seen
    distance : mean planar depth of its pixels, metres, `FARTHEST` counted as it is; 0 where none is known
    """

    share: Float32
    near: Float32
    u: Float32
    distance: Float32


def find_sightings(rendered: RenderedEpisode, instances: int) -> Sightings:
    """What the frames show of the scene's `instances`; every `STRIDE`th row and column is looked at.

    Ids above `instances` count as none.
    """
    return Sightings(*_measure(rendered.instance, rendered.depth, 1 / rendered.depth_scale, instances))


@njit(cache=True, nogil=True)
def _measure(instance: UInt16, depth: UInt16, units: float, count: int) -> tuple[Float32, Float32, Float32, Float32]:
    frames, height, width = instance.shape
    share = np.zeros((frames, count + 1), dtype=np.float32)
    near, u, distance = np.zeros_like(share), np.zeros_like(share), np.zeros_like(share)
    pixels = ((height + STRIDE - 1) // STRIDE) * ((width + STRIDE - 1) // STRIDE)
    known = np.zeros(count + 1, dtype=np.int64)
    for t in range(frames):
        known[:] = 0
        for row in range(0, height, STRIDE):
            for column in range(0, width, STRIDE):
                i = int(instance[t, row, column])
                i = i if i <= count else 0
                z = depth[t, row, column] / units
                share[t, i] += 1
                u[t, i] += (2 * column + 1) / width - 1
                if z > 0:
                    known[i] += 1
                    distance[t, i] += z
                    near[t, i] += 1 if z < NEAR else 0
        for i in range(count + 1):
            if share[t, i] > 0:
                u[t, i] /= share[t, i]
            if known[i] > 0:
                distance[t, i] /= known[i]
            share[t, i] /= pixels
            near[t, i] /= pixels
    return share, near, u, distance
