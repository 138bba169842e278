"""Textures as arrays, and the two ways of writing a colour: linear light and sRGB."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from schemas.arrays import Float32, Int64, UInt8
from schemas.errors import SceneError
from schemas.scenes import Scene


def _srgb_to_linear() -> Float32:
    value = np.arange(256) / 255
    return np.asarray(np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4), np.float32)


SRGB_TO_LINEAR = _srgb_to_linear()


@dataclass(frozen=True)
class Texels:
    """All textures of a scene end to end.

    linear : (n, 3) float32, linear RGB; first, width, height : (t,) int64, of each texture, in texels
    """

    linear: Float32
    first: Int64
    width: Int64
    height: Int64


def decode_textures(scene: Scene) -> Texels:
    """All textures of the scene. Raises SceneError for one that cannot be decoded."""
    images = []
    for texture in scene.mesh.textures:
        data = np.frombuffer(texture.encoded, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if len(data) else None
        if image is None:
            raise SceneError(f"scene {scene.ref.name}: texture {texture.name} is not a readable image")
        images.append(image)
    sizes = np.array([image.shape[:2] for image in images], np.int64).reshape(-1, 2)
    flat = [image.reshape(-1, 3) for image in images]
    linear = SRGB_TO_LINEAR[np.concatenate(flat)] if flat else np.zeros((0, 3), np.float32)
    first = np.cumsum(np.concatenate([[0], sizes.prod(axis=1)]))[:-1]
    return Texels(linear, first, sizes[:, 1], sizes[:, 0])


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def bilinear(linear: Float32, first: int, width: int, height: int, u: float, v: float) -> tuple[float, float, float]:
    """The linear colour at (u, v), (0, 0) bottom left, repeated beyond 0..1, of the texture that begins at `first`."""
    x, y = (u - np.floor(u)) * width - 0.5, (np.ceil(v) - v) * height - 0.5
    left, top = min(max(int(np.floor(x)), -1), width - 1), min(max(int(np.floor(y)), -1), height - 1)
    right_share, bottom_share = x - left, y - top
    upper = first + (top if top >= 0 else height - 1) * width
    lower = first + (top + 1 if top + 1 < height else 0) * width
    near, far = (left if left >= 0 else width - 1), (left + 1 if left + 1 < width else 0)
    a, b, c, d = upper + near, upper + far, lower + near, lower + far
    share_a, share_b = (1 - right_share) * (1 - bottom_share), right_share * (1 - bottom_share)
    share_c, share_d = (1 - right_share) * bottom_share, right_share * bottom_share
    return (
        share_a * linear[a, 0] + share_b * linear[b, 0] + share_c * linear[c, 0] + share_d * linear[d, 0],
        share_a * linear[a, 1] + share_b * linear[b, 1] + share_c * linear[c, 1] + share_d * linear[d, 1],
        share_a * linear[a, 2] + share_b * linear[b, 2] + share_c * linear[c, 2] + share_d * linear[d, 2],
    )


def mean_colors(scene: Scene) -> Float32:
    """For each material the linear RGB (k, 3) that it reflects on the whole, at most 0.95."""
    texels = decode_textures(scene)
    colors = np.array([material.base_color for material in scene.mesh.materials], np.float32)
    for row, material in enumerate(scene.mesh.materials):
        if material.texture is not None:
            first, t = texels.first[material.texture], material.texture
            colors[row] *= texels.linear[first : first + texels.width[t] * texels.height[t]].mean(axis=0)
    return np.clip(colors, 0, 0.95)


def to_srgb(linear: Float32) -> UInt8:
    """Linear RGB, any shape, clipped to 0..1 → sRGB (IEC 61966-2-1)."""
    clipped = np.clip(linear, 0, 1)
    encoded = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * encoded), np.uint8)
