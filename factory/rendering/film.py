"""Several rays a pixel, and the picture that they make under the filter that Blender's frames have.

The rays of all pixels lie on one lattice, turned against the rows, so that a pixel's picture is a sum over its own rays
and those of its eight neighbours, with the same weights everywhere.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from factory.rendering.textures import to_srgb
from schemas.arrays import Float32, Float64, UInt8

RAYS = 5  # a pixel
FILTER = 3.0  # pixels across, of the Blackman-Harris window that Blender's frames are filtered with at a width of 1.5
_STEPS = 65535  # of linear light, from 0 to 1, in the table of sRGB values
_SRGB = to_srgb(np.arange(_STEPS + 1, dtype=np.float32) / np.float32(_STEPS))


def ray_offsets() -> Float64:
    """Places (RAYS, 2) of a pixel's rays, pixels from its centre, where the first one is: the lattice (1, 2) / 5."""
    return np.asarray((np.outer(np.arange(RAYS) / RAYS, [1, 2]) + 0.5) % 1 - 0.5)


def tap_weights() -> Float32:
    """What the rays of the neighbour at (dv, du) weigh in a pixel: (RAYS, 3, 3), [k, dv + 1, du + 1], summing to 1."""
    away = ray_offsets()[:, None, :] + np.array([-1, 0, 1])[:, None]  # (RAYS, 3, u and v)
    terms = zip((0.35875, 0.48829, 0.14128, 0.01168), range(4), strict=True)
    window = sum(weight * np.cos(2 * np.pi * turns * away / FILTER) for weight, turns in terms)
    window = np.where(np.abs(away) < FILTER / 2, window, 0)
    weights = window[:, :, None, 1] * window[:, None, :, 0]
    return np.asarray(weights / weights.sum(), np.float32)


def develop(layers: Float32, weights: Float32) -> UInt8:
    """The picture (H, W, 3) uint8 sRGB of `layers` (RAYS, H, W, 3), linear: the colours that each pixel's rays met."""
    return np.asarray(_develop(layers, weights, _SRGB))


@njit(cache=True, nogil=True, error_model="numpy")
def _develop(layers: Float32, weights: Float32, srgb: UInt8) -> UInt8:
    count, height, width, _ = layers.shape
    image = np.empty((height, width, 3), np.uint8)
    row = np.empty((width, 3), np.float32)
    whole = np.empty(width, np.float32)
    for v in range(height):
        row[:], whole[:] = 0, 0
        for k in range(count):
            for dv in range(max(-1, -v), min(2, height - v)):
                for du in range(-1, 2):
                    weight = weights[k, dv + 1, du + 1]
                    for u in range(max(0, -du), min(width, width - du)):
                        whole[u] += weight
                        for c in range(3):
                            row[u, c] += weight * layers[k, v + dv, u + du, c]
        for u in range(width):
            for c in range(3):
                linear = row[u, c] / whole[u]
                step = (
                    min(linear, np.float32(1)) * np.float32(_STEPS) + np.float32(0.5) if linear > 0 else np.float32(0)
                )
                image[v, u, c] = srgb[int(step)]
    return image
