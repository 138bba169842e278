"""Colours of what rays meet."""

from __future__ import annotations

import numpy as np
from numba import njit

from factory.rendering.surface import (
    BAKED,
    BASE,
    CLEAR,
    GLOSS,
    GLOW,
    IMAGE,
    LIGHT,
    METAL,
    PAINT,
    SHEEN,
    UNLIT,
    UV,
    Surface,
)  # fmt: skip
from factory.rendering.textures import bilinear
from schemas.arrays import Float32, Float64, Int32, Int64


@njit(cache=True, nogil=True, error_model="numpy")
def shade(surface: Surface, rays: Float32, triangle: Int64, between: Float32, beyond: Float32, of: Int32) -> Float32:
    """Colours (n, 3) float32, linear, of what `rays` (n, 6) have met.

    triangle : (n,), −1 where nothing; between : (n, 2), barycentric weights of its second and third corner
    beyond : (n, 3), what is mirrored there or shines through; of : (n,), by which material, −1 where it is not known
    """
    vertices, triangles, material, looks, corner, texels, atlas, sky, around, lighting = surface
    colors = np.empty((len(rays), 3), np.float32)
    for i in range(len(rays)):
        t = triangle[i]
        if t < 0:
            colors[i, 0], colors[i, 1], colors[i, 2] = sky
            continue
        m, second, third = material[t], float(between[i, 0]), float(between[i, 1])
        color = _color(looks, corner, texels, m, t, second, third)
        if lighting == UNLIT:
            colors[i, 0], colors[i, 1], colors[i, 2] = color
            continue
        front, _, _, upward, cosine = facing(vertices, triangles, t, rays, i)
        clear, metal, sheen = looks[m, CLEAR], 0.0, 0.0
        # Light from above and a little from the camera, so that walls that meet differ.
        grey = 0.45 + 0.25 * upward + 0.3 * cosine
        light = (grey, grey, grey)
        if lighting == BAKED:
            light = _baked(corner, texels, atlas, t, second, third, front)
            metal, sheen = looks[m, METAL], _sheen(looks, m, cosine)
        for c in range(3):
            gloss, mirrored, behind = SHEEN * light[c], around[c], sky[c]
            if of[i] == m and clear > 0:
                behind = looks[m, BASE + c] * beyond[i, c]
            elif of[i] == m:
                gloss, mirrored = beyond[i, c], beyond[i, c]
            matt = color[c] * (1 - sheen) * light[c] + sheen * gloss
            own = matt * (1 - metal) + color[c] * mirrored * metal + looks[m, GLOW + c]
            colors[i, c] = own * (1 - clear) + behind * clear
    return colors


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _color(
    looks: Float64, corner: Float32, texels: Float32, m: int, t: int, second: float, third: float
) -> tuple[float, float, float]:
    """Linear RGB of triangle `t`, of material `m`, without light."""
    red = looks[m, BASE] * _between(corner, t, PAINT, second, third)
    green = looks[m, BASE + 1] * _between(corner, t, PAINT + 1, second, third)
    blue = looks[m, BASE + 2] * _between(corner, t, PAINT + 2, second, third)
    if looks[m, IMAGE + 1] > 0:
        first, width, height = int(looks[m, IMAGE]), int(looks[m, IMAGE + 1]), int(looks[m, IMAGE + 2])
        u, v = _between(corner, t, UV, second, third), _between(corner, t, UV + 1, second, third)
        texel = bilinear(texels, first, width, height, u, v)
        return red * texel[0], green * texel[1], blue * texel[2]
    return red, green, blue


@njit(cache=True, nogil=True, error_model="numpy")
def _between(corner: Float32, t: int, column: int, second: float, third: float) -> float:
    first = 1.0 - second - third
    value: float = first * corner[t, 0, column] + second * corner[t, 1, column] + third * corner[t, 2, column]
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _sheen(looks: Float64, m: int, cosine: float) -> float:
    """Which share of the light a dielectric mirrors."""
    value: float = looks[m, GLOSS] * min(looks[m, GLOSS + 1], 2 ** (-9.28 * cosine)) + looks[m, GLOSS + 2]
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def facing(
    vertices: Float32, triangles: Int32, t: int, rays: Float32, i: int
) -> tuple[bool, float, float, float, float]:
    """Whether ray `i` meets the front of `t`; the normal on its side, of length 1; the cosine to the way back."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    px, py, pz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
    qx, qy, qz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
    x, y, z = float(py * qz - pz * qy), float(pz * qx - px * qz), float(px * qy - py * qx)
    length = np.sqrt(x * x + y * y + z * z)
    dx, dy, dz = float(rays[i, 3]), float(rays[i, 4]), float(rays[i, 5])
    away = (x * dx + y * dy + z * dz) / (length * np.sqrt(dx * dx + dy * dy + dz * dz))
    turned = -np.sign(away) / length
    return away < 0, turned * x, turned * y, turned * z, abs(away)


@njit(cache=True, nogil=True, error_model="numpy")
def _baked(
    corner: Float32, texels: Float32, atlas: tuple[int, int, int], t: int, second: float, third: float, front: bool
) -> tuple[float, float, float]:
    """What a white surface would send out from that side, linear RGB."""
    column = LIGHT if front else LIGHT + 5
    x, y = _between(corner, t, column, second, third), _between(corner, t, column + 1, second, third)
    texel = bilinear(texels, atlas[0], atlas[1], atlas[2], x, 1.0 - y)
    return (
        texel[0] + _between(corner, t, column + 2, second, third),
        texel[1] + _between(corner, t, column + 3, second, third),
        texel[2] + _between(corner, t, column + 4, second, third),
    )
