"""Lamps in what is neither sharp nor matt: too small for the few rays that go on from there to meet them."""

from __future__ import annotations

import numpy as np
from numba import njit

from factory.rendering.mirrors import LIFT
from factory.rendering.quasirandom import strides
from factory.rendering.shading import facing
from factory.rendering.surface import ROUGH, Surface
from schemas.arrays import Float32, Float64, Int64
from schemas.scenes import Light, LightKind

FAINT = 0.1  # of all lamps that are mirrored, below which they are not looked for
LEAST = 0.005  # of one of them, below which it is not counted
_ACROSS, _DOWN = strides(2)


def point_lamps(lights: tuple[Light, ...]) -> Float64:
    """The lamps (e, 8) that shine to all sides: where, their radius, their radiant intensity, and the RGB of that."""
    lamps = [light for light in lights if light.kind is LightKind.POINT]
    rows = [(*lamp.position, lamp.size[0] / 2, lamp.power / (4 * np.pi), *lamp.color) for lamp in lamps]
    return np.array(rows, np.float64).reshape(-1, 8)


@njit(cache=True, nogil=True, error_model="numpy")
def find_glints(
    surface: Surface, lamps: Float64, rays: Float32, distance: Float32, triangle: Int64, rows: Int64, width: int
) -> tuple[Int64, Float32, Float32]:
    """For which of `rows` (k,) of `rays` (n, 6) a lamp is mirrored; a ray (j, 6) as long as the way to it, and what
    comes from there (j, 3) if nothing stands between.

    Of several lamps one is taken, as often as its share of the whole says, and stands for all. A lamp's sphere makes
    its image wider, as B. Karis proposes ("Real shading in Unreal Engine 4", 2013).
    """
    which, toward = np.empty(len(rows), np.int64), np.empty((len(rows), 6), np.float32)
    light, share = np.empty((len(rows), 3), np.float32), np.empty(len(lamps))
    count = 0
    for k in range(len(rows)):
        i = rows[k]
        t = triangle[i]
        _, x, y, z, cosine = facing(surface.vertices, surface.triangles, t, rays, i)
        dx, dy, dz = float(rays[i, 3]), float(rays[i, 4]), float(rays[i, 5])
        px, py, pz = rays[i, 0] + distance[i] * dx, rays[i, 1] + distance[i] * dy, rays[i, 2] + distance[i] * dz
        length = np.sqrt(dx * dx + dy * dy + dz * dz)
        dx, dy, dz = dx / length, dy / length, dz / length
        alpha = surface.looks[surface.material[t], ROUGH] ** 2
        seen = _seen(cosine, alpha)
        farthest = seen / (np.pi * alpha * alpha * FAINT)  # squared, for a lamp of one watt a steradian
        whole = 0.0
        for e in range(len(lamps)):
            share[e] = 0.0
            lx, ly, lz = lamps[e, 0] - px, lamps[e, 1] - py, lamps[e, 2] - pz
            squared = lx * lx + ly * ly + lz * lz
            if squared > farthest * lamps[e, 4] or lx * x + ly * y + lz * z <= 0:
                continue
            near = 1 / np.sqrt(squared)
            hx, hy, hz = lx * near - dx, ly * near - dy, lz * near - dz
            along, half = (hx * x + hy * y + hz * z) ** 2, hx * hx + hy * hy + hz * hz
            wide = min(alpha + lamps[e, 3] * near / 2, 1.0) ** 2
            bright = lamps[e, 4] * seen * wide * half * half
            spread = np.pi * (along * (wide - 1) + half) ** 2 * squared
            if bright >= LEAST * spread:
                share[e] = bright / spread
            whole += share[e]
        if whole < FAINT:
            continue
        left = whole * ((0.5 + (i % width) * _ACROSS + (i // width) * _DOWN) % 1.0)
        chosen = 0
        for e in range(len(lamps)):
            if share[e] > 0:
                chosen = e
                left -= share[e]
                if left < 0:
                    break
        toward[count, 0], toward[count, 1], toward[count, 2] = px + LIFT * x, py + LIFT * y, pz + LIFT * z
        for c in range(3):
            toward[count, 3 + c] = lamps[chosen, c] - toward[count, c]
            light[count, c] = whole * lamps[chosen, 5 + c]
        which[count] = k
        count += 1
    return which[:count], toward[:count], light[:count]


@njit(cache=True, nogil=True, error_model="numpy")
def _seen(cosine: float, alpha: float) -> float:
    """Share of the facets that are not hidden from the viewer, over four times the cosine (GGX, Smith's term)."""
    value: float = 0.5 / (cosine + np.sqrt(alpha * alpha + (1 - alpha * alpha) * cosine * cosine))
    return value
