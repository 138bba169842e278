"""Images as a policy sees them: 224 × 224, the longer side filled, zeros around.

The resizing is the public loader's, bilinear for depth too: at an edge of missing depth it makes values that no
surface has, so few holes matter more than how they are marked.
"""

from __future__ import annotations

import cv2
import numpy as np

from schemas.arrays import AnyArray, Float32, Float64, UInt8

SIDE = 224
NEAREST, FARTHEST = 0.1, 5.0  # metres of depth that are kept
HELD = 6.5535  # metres, the farthest that the vln_n1 dialect can hold


def squared_color(image: UInt8) -> UInt8:
    """Image (H, W, 3) uint8 → (224, 224, 3) uint8."""
    return _squared(_fitted(image), cv2.INTER_LINEAR)


def unit_range(*images: UInt8, out: Float32 | None = None) -> Float32:
    """Images (H, W, ·) uint8 → their channels behind each other, (H, W, all) float32 in 0..1, in `out` if given."""
    joined = images[0] if len(images) == 1 else cv2.merge(images)
    return np.divide(joined, np.float32(255), out=out, dtype=np.float32)


def depth_input(depth: Float64) -> Float32:
    """Planar z (H, W) float64 metres, 0 = none → (224, 224, 1) float32; 0 below 0.1 m and above 5 m.

    What is farther than `HELD` counts as `HELD`, so that shards and their export give the same.
    """
    fitted = _fitted(np.minimum(depth, HELD))
    fitted[(fitted > FARTHEST) | (fitted < NEAREST)] = 0
    return np.asarray(_squared(fitted, cv2.INTER_LINEAR), dtype=np.float32)[:, :, None]


def goal_mask(width: int, height: int, pixel: tuple[float, float], half_sides: tuple[int, int, int, int]) -> UInt8:
    """A white rectangle about `pixel` (u, v) of a black image → (224, 224, 1) uint8; black where it is outside.

    half_sides : pixels to the left, top, right and bottom
    """
    mask = np.zeros((height, width), np.uint8)
    (u, v), (left, top, right, bottom) = pixel, half_sides
    if in_image(width, height, pixel):
        mask[max(0, int(v - top)) : int(v + bottom) + 1, max(0, int(u - left)) : int(u + right) + 1] = 255
    return _squared(_fitted(mask), cv2.INTER_NEAREST)[:, :, None]


def in_image(width: int, height: int, pixel: tuple[float, float]) -> bool:
    """Whether a goal's pixel is on the image, as the loader asks it."""
    return 0 < pixel[0] < width and 0 < pixel[1] < height


def _fitted(image: AnyArray) -> AnyArray:
    """The image scaled so that its longer side is 224, zeros on both sides of the shorter."""
    scale = SIDE / max(image.shape[:2])
    small = cv2.resize(image, (0, 0), fx=scale, fy=scale)
    rows, columns = (max((SIDE - length) // 2, 0) for length in small.shape[:2])
    return np.asarray(cv2.copyMakeBorder(small, rows, rows, columns, columns, cv2.BORDER_CONSTANT))


def _squared(image: AnyArray, interpolation: int) -> AnyArray:
    """An odd rest of padding leaves one row or column too few."""
    return np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=interpolation))
