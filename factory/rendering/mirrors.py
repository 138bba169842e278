"""What smooth surfaces mirror and clear ones let through: a ray on from where a pixel's ray has ended.

A rough surface scatters, so each ray goes one of the ways that it may, and the colours that they meet are averaged
over neighbouring pixels, as far as the scattering would blur them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from factory.rendering.quasirandom import strides
from factory.rendering.shading import facing
from factory.rendering.surface import BAKED, CLEAR, ROUGH, UNLIT, Surface
from schemas.arrays import Float32, Float64, Int32, Int64

SHARP = 0.1  # the roughness up to which an image is not blurred
SMOOTH = 0.55  # the roughness up to which there is one; that of materials which say none is above it
LIFT = 1e-4  # metres that a further ray begins off its surface
GLARE = 4.0  # the most that is mirrored, for few rays meet what is brighter
WIDEST = 8.0  # pixels that are averaged to each side
FARTHEST = 20.0  # metres, of what is mirrored
_STRIDES = tuple(strides(4).tolist())


@njit(cache=True, nogil=True, error_model="numpy")
def look_further(
    surface: Surface, rays: Float32, distance: Float32, triangle: Int64, width: int, above: float, rough: float
) -> tuple[Int64, Float32]:
    """Rays on from what is clear or as rough as asked: which of `rays` they continue (k,), and they themselves (k, 6).

    distance : (n,), in lengths of the rays, of which `width` are a row of the picture; triangle : (n,), −1 for none
    above, rough : bounds of the roughness, the lower one excluded; clear surfaces have none. Where no light is baked
    nothing mirrors.
    """
    vertices, triangles, material, looks = surface.vertices, surface.triangles, surface.material, surface.looks
    rows, onward = np.empty(len(rays), np.int64), np.empty((len(rays), 6), np.float32)
    count = 0
    for i in range(len(rays)):
        t = triangle[i]
        if t < 0 or not above < _roughness(looks, material[t], surface.lighting) <= rough:
            continue
        _, x, y, z, cosine = facing(vertices, triangles, t, rays, i)
        length = np.sqrt(rays[i, 3] ** 2 + rays[i, 4] ** 2 + rays[i, 5] ** 2)
        way = rays[i, 3] / length, rays[i, 4] / length, rays[i, 5] / length
        side = -LIFT
        if looks[material[t], CLEAR] == 0:
            side = LIFT
            u, v = i % width, i // width
            # Steps of M. Roberts' sequence in four dimensions, two for each number: even among neighbours.
            one = (0.5 + u * _STRIDES[0] + v * _STRIDES[1]) % 1.0
            other = (0.5 + u * _STRIDES[2] + v * _STRIDES[3]) % 1.0
            own = looks[material[t], ROUGH]
            way = _scattered(way, (x, y, z), cosine, own * own if own > SHARP else 0.0, one, other)
        onward[count, 0] = rays[i, 0] + distance[i] * rays[i, 3] + side * x
        onward[count, 1] = rays[i, 1] + distance[i] * rays[i, 4] + side * y
        onward[count, 2] = rays[i, 2] + distance[i] * rays[i, 5] + side * z
        onward[count, 3], onward[count, 4], onward[count, 5] = way
        rows[count] = i
        count += 1
    return rows[:count], onward[:count]


@njit(cache=True, nogil=True, error_model="numpy")
def _roughness(looks: Float64, m: int, lighting: int) -> float:
    if lighting != UNLIT and looks[m, CLEAR] > 0:
        return 0.0
    value: float = looks[m, ROUGH] if lighting == BAKED else np.inf
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _scattered(
    way: tuple[float, float, float],
    normal: tuple[float, float, float],
    cosine: float,
    rough: float,
    one: float,
    other: float,
) -> tuple[float, float, float]:
    """Where a ray along `way`, of length 1, goes on from a surface of GGX roughness `rough`, by two numbers in 0..1.

    The facet that mirrors it is drawn as by J. Dupuy and A. Benyoub, "Sampling visible GGX normals with spherical
    caps", 2023, in a frame whose first axis is in the plane of way and normal.
    """
    (dx, dy, dz), (x, y, z) = way, normal
    sine = np.sqrt(max(1 - cosine * cosine, 0.0))
    if sine > 1e-3:
        ax, ay, az = (-dx - cosine * x) / sine, (-dy - cosine * y) / sine, (-dz - cosine * z) / sine
    else:  # square on any will do (T. Duff et al., "Building an orthonormal basis, revisited", 2017)
        sign = 1.0 if z >= 0 else -1.0
        ax, ay, az = 1 - x * x / (sign + z) * sign, -x * y / (sign + z) * sign, -sign * x
    bx, by, bz = y * az - z * ay, z * ax - x * az, x * ay - y * ax
    stretch = np.sqrt((rough * sine) ** 2 + cosine * cosine)
    up = (1 - other) * (1 + cosine / stretch) - cosine / stretch
    flat, around = np.sqrt(max(1 - up * up, 0.0)), 2 * np.pi * one
    across = rough * (flat * np.cos(around) + rough * sine / stretch)
    aside = rough * flat * np.sin(around)
    high = max(up + cosine / stretch, 1e-9)
    length = np.sqrt(across * across + aside * aside + high * high)
    across, aside, high = across / length, aside / length, high / length
    fx, fy, fz = (
        across * ax + aside * bx + high * x,
        across * ay + aside * by + high * y,
        across * az + aside * bz + high * z,
    )
    away = 2 * (dx * fx + dy * fy + dz * fz)
    gx, gy, gz = dx - away * fx, dy - away * fy, dz - away * fz
    if gx * x + gy * y + gz * z <= 0:  # into the surface: as if it were smooth
        return dx + 2 * cosine * x, dy + 2 * cosine * y, dz + 2 * cosine * z
    return gx, gy, gz


@njit(cache=True, nogil=True, error_model="numpy")
def blur(
    surface: Surface,
    triangle: Int64,
    near: Float32,
    rows: Int64,
    colors: Float32,
    far: Float32,
    focal: float,
    width: int,
) -> tuple[Float32, Int32]:
    """Of each pixel what it mirrors (n, 3), and which material does (n,), −1 where it is not known.

    triangle, near : (n,), of the pixels and how far they are; rows : (k,), the pixels whose rays went on and met
    `colors` (k, 3) after `far` (k,) metres; focal : length in pixels
    """
    height = len(triangle) // width
    mirrored, reach = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    of = np.full((height, width), -1, np.int32)
    for k in range(len(rows)):
        v, u = rows[k] // width, rows[k] % width
        m = surface.material[triangle[rows[k]]]
        mirrored[v, u] = colors[k]
        deep = min(far[k], FARTHEST)
        reach[v, u] = min(WIDEST, surface.looks[m, ROUGH] ** 2 * focal * deep / (near[rows[k]] + deep))
        of[v, u] = m
    for _ in range(2):
        mirrored = _mean_along(_mean_along(mirrored, of, reach, 0, 1), of, reach, 1, 0)
    return mirrored.reshape(-1, 3), of.reshape(-1)


@njit(cache=True, nogil=True, error_model="numpy")
def around(surface: Surface, triangle: Int64, mirrored: Float32, of: Int32, width: int) -> tuple[Float32, Int32]:
    """`mirrored` (n, 3) and `of` (n,) as of `blur`, for rays beside the pixels' centres that have met `triangle` (n,).

    Where a ray meets another material than the centre's it takes what is known of it next to the pixel, or else what
    another surface there mirrors.
    """
    height = len(of) // width
    found, whose = mirrored.copy(), of.copy()
    for i in range(len(of)):
        if triangle[i] < 0:
            continue
        m = surface.material[triangle[i]]
        if of[i] == m or not SHARP < _roughness(surface.looks, m, surface.lighting) <= SMOOTH:
            continue
        v, u = i // width, i % width
        nearest = i
        for y in range(max(v - 1, 0), min(v + 2, height)):
            for x in range(max(u - 1, 0), min(u + 2, width)):
                other = y * width + x
                if of[other] == m or of[nearest] < 0:
                    nearest = other
        if of[nearest] >= 0:
            found[i], whose[i] = mirrored[nearest], m
    return found, whose


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_along(mirrored: Float32, of: Int32, reach: Float32, down: int, across: int) -> Float32:
    """Means over the pixels of the same `of` within `reach` to both sides, along a column or a row."""
    height, width = of.shape
    means = np.zeros_like(mirrored)
    for v in range(height):
        for u in range(width):
            if of[v, u] < 0:
                continue
            r = int(reach[v, u])
            first = -min(r, v * down + u * across)
            last = min(r, (height - 1 - v) * down + (width - 1 - u) * across)
            red, green, blue, count = np.float32(0), np.float32(0), np.float32(0), 0
            for step in range(first, last + 1):
                y, x = v + step * down, u + step * across
                if of[y, x] == of[v, u]:
                    red, green, blue = red + mirrored[y, x, 0], green + mirrored[y, x, 1], blue + mirrored[y, x, 2]
                    count += 1
            means[v, u, 0], means[v, u, 1], means[v, u, 2] = red / count, green / count, blue / count
    return means
