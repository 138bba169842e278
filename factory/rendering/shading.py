"""Colours of what one ray a pixel has met, smoothed over edges and textures without more rays.

A sample beside a pixel's centre nearly always shows the triangle that the centre's ray has met, or one that the ray
of a neighbouring pixel has. These are tried, and the nearest that the sample lies in is taken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from factory.rendering.textures import bilinear
from schemas.arrays import Float32, Float64, Int32, Int64, UInt8, UInt16

SAMPLES = 8  # a pixel
FILTER = 3.0  # pixels across, of the Blackman-Harris window that Blender's frames are filtered with at a width of 1.5
UNLIT, HEMISPHERIC, BAKED = 0, 1, 2
# Columns of `Surface.looks` and of `Surface.corner`.
BASE, GLOW, CLEAR, IMAGE, METAL, GLOSS = 0, 3, 6, 7, 10, 11
UV, PAINT, LIGHT = 0, 2, 5
SHEEN = 0.6  # brightness of what a gloss mirrors, relative to the light that falls on it
_SLACK = 1e-6  # in barycentric coordinates, so that no sample falls between two triangles


class Surface(NamedTuple):
    """All that decides a colour, in few arrays: numba counts references to each, which soon costs more than arithmetic.

    vertices : (n, 3) float32; triangles : (m, 3) int32; material : (m,) uint16
    looks : (k, 14) float64, of each material its colour, what it shines, which share of it is clear, where its texture
    begins in `texels`, its columns and rows (0, 0, 0 = none), which share is metal, and its gloss as of `gloss_of`
    corner : (m, 3, 5) float32, of each triangle's corners uv and vertex colour; where light is baked (m, 3, 15): for
    the front, then for the back, the place in the atlas and what is added to its light
    texels : (t, 3) float32, linear, of all textures and of the atlas, which begins at atlas[0] and has atlas[1] columns
    and atlas[2] rows
    sky, around : linear RGB, the second of what metal mirrors; lighting : UNLIT, HEMISPHERIC or BAKED
    """

    vertices: Float32
    triangles: Int32
    material: UInt16
    looks: Float64
    corner: Float32
    texels: Float32
    atlas: tuple[int, int, int]
    sky: tuple[float, float, float]
    around: tuple[float, float, float]
    lighting: int


def gloss_of(roughness: float) -> tuple[float, float, float]:
    """Slope, cap and level of what a dielectric mirrors: slope · min(cap, 2 ** (−9.28 cosine)) + level.

    B. Karis, "Physically based shading on mobile", 2014, for a reflectance of 4 %, as in Blender's baked frames.
    """
    straight, base = 1 - roughness, 0.0425 - 0.0275 * roughness
    slope = 1.04 - 0.04 * 1.04
    return straight * slope, straight**2, base * slope + 0.04 * (1.04 - 0.572 * roughness) + 0.022 * roughness - 0.04


def filter_offsets(count: int) -> Float64:
    """Places (count, 2) of a pixel's samples, pixels from its centre, as dense as the filter is high.

    Places of M. Roberts' sequence R2 in the unit square, sent through the inverse of the window's integral.
    """
    ratio = 1.32471795724474602596  # the root of x³ = x + 1
    uniform = (0.5 + np.outer(np.arange(1, count + 1), [1 / ratio, 1 / ratio**2])) % 1
    at = np.linspace(0, 1, 1001)
    terms = zip((0.35875, -0.48829, 0.14128, -0.01168), range(4), strict=True)
    window = sum(weight * np.cos(2 * np.pi * turns * at) for weight, turns in terms)
    integral = np.cumsum(window) - window / 2
    offsets = np.interp(uniform, integral / integral[-1], at) - 0.5
    return np.asarray(FILTER * (offsets - offsets.mean(axis=0)))


@njit(cache=True, nogil=True, error_model="numpy")
def aim(width: int, height: int, rotation: Float64, origin: Float64, lens: Float64) -> Float32:
    """Rays (H·W, 6) float32 through the pixels' centres: origins, and directions of length 1 along the optical axis.

    rotation : (3, 3), camera to world; origin : (3,); lens : fx, fy, cx, cy
    """
    rays = np.empty((height * width, 6), np.float32)
    at = np.empty(3)
    for v in range(height):
        for u in range(width):
            _aim(at, u, v, rotation, lens)
            for i in range(3):
                rays[v * width + u, i] = origin[i]
                rays[v * width + u, 3 + i] = at[i]
    return rays


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _aim(at: Float64, u: float, v: float, rotation: Float64, lens: Float64) -> None:
    x, y = (u - lens[2]) / lens[0], (v - lens[3]) / lens[1]
    for i in range(3):
        at[i] = rotation[i, 0] * x + rotation[i, 1] * y + rotation[i, 2]


@njit(cache=True, nogil=True, error_model="numpy")
def shade(
    surface: Surface, triangle: Int64, rotation: Float64, origin: Float64, lens: Float64, offsets: Float64
) -> UInt8:
    """Colours (H, W, 3) uint8 sRGB of a frame whose rays have met `triangle` (H, W), −1 where nothing.

    offsets : (s, 2), of the samples from a pixel's centre; the rest is as in `aim`
    """
    vertices, triangles, material, looks, corner, texels, atlas, sky, around, lighting = surface
    height, width = triangle.shape
    image = np.empty((height, width, 3), np.uint8)
    met = np.full(9, -2, np.int64)
    planes = np.empty((9, 4, 3))
    at = np.empty(3)
    for v in range(height):
        for u in range(width):
            count = _gather(triangle, v, u, met, vertices, triangles, origin, planes)
            red, green, blue = 0.0, 0.0, 0.0
            for s in range(len(offsets)):
                _aim(at, u + offsets[s, 0], v + offsets[s, 1], rotation, lens)
                chosen, second, third = _nearest(at, met, count, planes)
                if chosen < 0:
                    red, green, blue = red + sky[0], green + sky[1], blue + sky[2]
                    continue
                t = met[chosen]
                m = material[t]
                color = _color(looks, corner, texels, m, t, second, third)
                if lighting != UNLIT:
                    front, upward, cosine = _facing(at, planes, chosen)
                    # Light from above and a little from the camera, so that walls that meet differ.
                    grey = 0.45 + 0.25 * upward + 0.3 * cosine
                    if lighting == BAKED:
                        light = _baked(corner, texels, atlas, t, second, third, front)
                        color = _with_gloss(color, light, looks, m, cosine, around)
                    else:
                        color = grey * color[0], grey * color[1], grey * color[2]
                    color = _with_glow(color, looks, m, sky)
                red, green, blue = red + color[0], green + color[1], blue + color[2]
            image[v, u, 0] = _srgb(red / len(offsets))
            image[v, u, 1] = _srgb(green / len(offsets))
            image[v, u, 2] = _srgb(blue / len(offsets))
    return image


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(
    triangle: Int64, v: int, u: int, met: Int64, vertices: Float32, triangles: Int32, origin: Float64, planes: Float64
) -> int:
    """Number of different things that the rays of a pixel and its neighbours have met, the pixel's own first.

    They go into `met`; of each the normals (3, 3) of the planes through the origin and an edge, whose products with a
    ray are to each other as its barycentric coordinates, and in the first place of a fourth the volume they span.
    """
    height, width = triangle.shape
    count = 0
    for k in range(9):
        step = (k + 4) % 9  # the middle first
        one = triangle[min(max(v + step // 3 - 1, 0), height - 1), min(max(u + step % 3 - 1, 0), width - 1)]
        known = False
        for i in range(count):
            known = known or met[i] == one
        if not known:
            if met[count] != one and one >= 0:
                _set_planes(vertices, triangles, one, origin, planes, count)
            met[count] = one
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _set_planes(vertices: Float32, triangles: Int32, one: int, origin: Float64, planes: Float64, row: int) -> None:
    planes[row, 3, 0] = 0.0
    for k in range(3):
        a, b, c = triangles[one, k], triangles[one, (k + 1) % 3], triangles[one, (k + 2) % 3]
        for i in range(3):
            y, z = (i + 1) % 3, (i + 2) % 3
            by, bz = vertices[b, y] - origin[y], vertices[b, z] - origin[z]
            cy, cz = vertices[c, y] - origin[y], vertices[c, z] - origin[z]
            planes[row, k, i] = by * cz - bz * cy
            if k == 0:
                planes[row, 3, 0] += planes[row, 0, i] * (vertices[a, i] - origin[i])


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _weights(at: Float64, planes: Float64, row: int) -> tuple[float, float, float]:
    """Barycentric coordinates of a ray, not divided by their sum."""
    return (
        planes[row, 0, 0] * at[0] + planes[row, 0, 1] * at[1] + planes[row, 0, 2] * at[2],
        planes[row, 1, 0] * at[0] + planes[row, 1, 1] * at[1] + planes[row, 1, 2] * at[2],
        planes[row, 2, 0] * at[0] + planes[row, 2, 1] * at[1] + planes[row, 2, 2] * at[2],
    )


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _nearest(at: Float64, met: Int64, count: int, planes: Float64) -> tuple[int, float, float]:
    """Which of `met` a sample shows, −1 for the sky, and the weights of its second and third corner."""
    chosen, second, third, nearest = -1, 0.0, 0.0, 0.0  # the last is the reciprocal of the distance
    open_sky = False
    for k in range(count):
        if met[k] < 0:
            open_sky = True
            continue
        weights = _weights(at, planes, k)
        whole = weights[0] + weights[1] + weights[2]
        near = whole / planes[k, 3, 0]
        first, one, other = weights[0] / whole, weights[1] / whole, weights[2] / whole
        if min(first, one, other) >= -_SLACK and near > nearest:
            chosen, second, third, nearest = k, one, other, near
    if chosen < 0 and not open_sky:  # beside all that were met: at the rim of the pixel's own
        weights = _weights(at, planes, 0)
        whole = weights[0] + weights[1] + weights[2]
        first, one, other = max(weights[0] / whole, 0.0), max(weights[1] / whole, 0.0), max(weights[2] / whole, 0.0)
        return 0, one / (first + one + other), other / (first + one + other)
    return chosen, second, third


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
def _with_gloss(
    color: tuple[float, float, float],
    light: tuple[float, float, float],
    looks: Float64,
    m: int,
    cosine: float,
    around: tuple[float, float, float],
) -> tuple[float, float, float]:
    """`color` under `light`: with a sheen where it is no metal; metal shows `around`."""
    sheen = looks[m, GLOSS] * min(looks[m, GLOSS + 1], 2 ** (-9.28 * cosine)) + looks[m, GLOSS + 2]
    metal = looks[m, METAL]
    return (
        (color[0] * (1 - sheen) + SHEEN * sheen) * light[0] * (1 - metal) + color[0] * around[0] * metal,
        (color[1] * (1 - sheen) + SHEEN * sheen) * light[1] * (1 - metal) + color[1] * around[1] * metal,
        (color[2] * (1 - sheen) + SHEEN * sheen) * light[2] * (1 - metal) + color[2] * around[2] * metal,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _with_glow(
    color: tuple[float, float, float], looks: Float64, m: int, sky: tuple[float, float, float]
) -> tuple[float, float, float]:
    """`color` with what the material shines itself, and the sky where it is clear."""
    clear = looks[m, CLEAR]
    return (
        (color[0] + looks[m, GLOW]) * (1 - clear) + sky[0] * clear,
        (color[1] + looks[m, GLOW + 1]) * (1 - clear) + sky[1] * clear,
        (color[2] + looks[m, GLOW + 2]) * (1 - clear) + sky[2] * clear,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _facing(at: Float64, planes: Float64, row: int) -> tuple[bool, float, float]:
    """Whether a ray meets the front; of the normal on the ray's side the z, and the cosine to the way back."""
    x = planes[row, 0, 0] + planes[row, 1, 0] + planes[row, 2, 0]
    y = planes[row, 0, 1] + planes[row, 1, 1] + planes[row, 2, 1]
    z = planes[row, 0, 2] + planes[row, 1, 2] + planes[row, 2, 2]
    away = x * at[0] + y * at[1] + z * at[2]
    length = np.sqrt(x * x + y * y + z * z)
    cosine = abs(away) / (length * np.sqrt(at[0] ** 2 + at[1] ** 2 + at[2] ** 2))
    return away < 0, -np.sign(away) * z / length, cosine


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


@njit(cache=True, nogil=True, error_model="numpy")
def _srgb(linear: float) -> int:
    """As `textures.to_srgb`."""
    clipped = min(max(linear, 0.0), 1.0)
    encoded = 12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055
    return int(255 * encoded + 0.5)
