"""What a real stereo camera would have measured: clean depth made noisy and full of holes, colour grainy.

An active stereo camera such as the RealSense D435i finds how far a patch of its left image is displaced in its
right one, and from this disparity d the depth z = f·B/d. Its faults follow from that.

* An error of the disparity of σ pixels is one of z²·σ/(f·B) metres; with a good calibration σ is 0.05 to 0.1
  (Grunnet-Jepsen, Sweetser and Woodfill, "Best-known methods for tuning Intel RealSense D400 depth cameras", 2018).
  Neighbours share most of their patch, so their errors are alike.
* Disparities come in steps of 1/32 pixel (Keselman et al., "Intel RealSense stereoscopic depth cameras", 2017).
* Only the left imager sees the strip of background left of a near thing; there is nothing to match.
* Edges fray by most of a pixel, and surfaces seen at more than some 80° are lost (measured on another camera with a
  projector: Nguyen, Izadi and Lovell, "Modeling Kinect sensor noise", 2012).
* Black surfaces swallow the projected pattern, mirrors and glass send it elsewhere. How often they are lost is set
  by eye, not measured.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit

from factory.rendering.textures import SRGB_TO_LINEAR
from schemas.arrays import Bool, Float32, Int8, UInt8, UInt16
from schemas.cameras import FARTHEST, MILLIMETRE, Camera
from schemas.recipe import Sensor
from schemas.scenes import Lighting, Scene

_ALIKE = 0.8  # pixels over which disparity errors are alike (σ of a Gaussian)
_PATCH = 2.0  # and over which matches fail together
_ALL_GRAZING = math.cos(math.radians(88))  # beyond it nothing is matched
_DARK = 48  # brightest channel, sRGB, below which a surface counts as dark: 3 % of white
_SMOOTH = 0.12  # roughness of what mirrors the pattern
_READ_NOISE = 0.1  # of the colour sensor, as a share of the shot noise at white


def mirror_shares(scene: Scene) -> Float32:
    """The share (N + 1,) of each instance's area that mirrors or lets through a projected pattern; 0 in scans."""
    mesh = scene.mesh
    mirrors = np.array([(m.metallic > 0.5 and m.roughness <= _SMOOTH) or m.transmission > 0.5 for m in mesh.materials])
    if scene.lighting is Lighting.UNLIT:
        mirrors[:] = False
    corners = mesh.vertices[mesh.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    count = len(scene.instances) + 1
    whole = np.bincount(mesh.instance, area, count)
    shiny = np.bincount(mesh.instance, area * mirrors[mesh.material], count)
    return np.asarray(shiny / np.maximum(whole, 1e-12), np.float32)


def sensed_depth(
    depth: UInt16,
    color: UInt8,
    mirrors: Float32,
    camera: Camera,
    sensor: Sensor,
    random: np.random.Generator,
    depth_scale: float = MILLIMETRE,
) -> UInt16:
    """Depth (H, W) uint16 as the sensor measures it from the clean one; 0 where it measures nothing.

    depth_scale : metres a unit of both; where the clean one is `FARTHEST`, nothing is measured
    color : (H, W, 3) uint8 sRGB of the same view; mirrors : (H, W) float32, shares as of `mirror_shares`
    """
    height, width = depth.shape
    error = _smoothed(random.standard_normal(depth.shape, np.float32), _ALIKE)
    halved = random.standard_normal(((height + 1) // 2, (width + 1) // 2), np.float32)
    patches = cv2.resize(_smoothed(halved, _PATCH / 2), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    fray = random.integers(-1, 2, (2, *depth.shape), np.int8)
    faults = (error, patches[:height, :width], fray)
    grazing = math.cos(math.radians(sensor.grazing_deg))
    units = 1 / depth_scale
    known = (depth > 0) & (depth < FARTHEST)
    inverse = np.where(known, np.float32(units) / np.where(known, depth, 1), np.float32(0))
    measured: UInt16 = _sense(
        inverse,
        _hidden(inverse, camera.fx * sensor.baseline),
        color,
        mirrors,
        faults,
        (camera.fx, camera.fy, camera.cx, camera.cy),
        (camera.fx * sensor.baseline, sensor.disparity_noise, sensor.disparity_step),
        (sensor.nearest, sensor.fades, sensor.farthest),
        (grazing, sensor.dark_loss, sensor.mirror_loss),
        units,
    )
    return measured


def grainy_color(color: UInt8, strength: float, random: np.random.Generator) -> UInt8:
    """The image (H, W, 3) uint8 sRGB with shot and read noise.

    strength : standard deviation at white in linear light; elsewhere it goes with the square root of the light
    """
    linear = SRGB_TO_LINEAR.astype(np.float64)
    deviation = strength * np.sqrt(linear + _READ_NOISE**2)
    steps = np.gradient(np.arange(256.0), linear)  # 8-bit steps for a unit of light
    table = (deviation * steps).astype(np.float32)
    noisy = color + table[color] * random.standard_normal(color.shape, np.float32)
    return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)


def _smoothed(noise: Float32, sigma: float) -> Float32:
    """White noise of deviation 1 made alike over `sigma` pixels, its deviation kept."""
    kernel = cv2.getGaussianKernel(2 * math.ceil(3 * sigma) + 1, sigma).astype(np.float32)
    kernel /= np.sqrt((kernel**2).sum())
    return np.asarray(cv2.sepFilter2D(noise, -1, kernel, kernel))


@njit(cache=True, nogil=True)
def _hidden(inverse: Float32, focal_baseline: float) -> Bool:
    """Whether a nearer surface hides the point from the right imager; `inverse` is 1/z, 0 where there is nothing."""
    height, width = inverse.shape
    hidden = np.zeros((height, width), np.bool_)
    for v in range(height):
        # Columns of the right image that what lies further right already covers.
        covered = np.inf
        for u in range(width - 1, -1, -1):
            if inverse[v, u] == 0:
                continue
            column = u - focal_baseline * inverse[v, u]
            if column >= covered:
                hidden[v, u] = True
            else:
                covered = column
    return hidden


@njit(cache=True, nogil=True)
def _sense(
    inverse: Float32,
    hidden: Bool,
    color: UInt8,
    mirrors: Float32,
    faults: tuple[Float32, Float32, Int8],
    intrinsics: tuple[float, float, float, float],
    matching: tuple[float, float, float],
    reach: tuple[float, float, float],
    losses: tuple[float, float, float],
    units: float,
) -> UInt16:
    height, width = inverse.shape
    error, patches, fray = faults
    focal_baseline, deviation, step = matching
    nearest, fades, farthest = reach
    grazing, dark_loss, mirror_loss = losses
    sensed = np.zeros((height, width), np.uint16)
    for y in range(height):
        for x in range(width):
            v = min(max(y + fray[0, y, x], 0), height - 1)
            u = min(max(x + fray[1, y, x], 0), width - 1)
            near = inverse[v, u]
            if near * farthest < 1 or near * nearest > 1 or hidden[v, u]:
                continue
            kept = _kept_at_grazing(inverse, v, u, intrinsics, grazing)
            if near * fades < 1:
                kept *= (farthest - 1 / near) / (farthest - fades)
            brightest = max(color[v, u, 0], color[v, u, 1], color[v, u, 2])
            if brightest < _DARK:
                kept *= 1 - dark_loss * (1 - SRGB_TO_LINEAR[brightest] / SRGB_TO_LINEAR[_DARK])
            kept *= 1 - mirror_loss * mirrors[v, u]
            if kept < 1 and 0.5 * math.erfc(-patches[y, x] / math.sqrt(2.0)) > kept:
                continue
            disparity = step * math.floor((focal_baseline * near + deviation * error[y, x]) / step + 0.5)
            if disparity > 0:
                sensed[y, x] = min(FARTHEST, math.floor(units * focal_baseline / disparity + 0.5))
    return sensed


@njit(cache=True, nogil=True)
def _kept_at_grazing(
    inverse: Float32, v: int, u: int, intrinsics: tuple[float, float, float, float], grazing: float
) -> float:
    """Share of the matches that the slope of the surface leaves: all up to the cosine `grazing`, then fewer.

    On a plane 1/z is linear in the pixel, and its gradient gives the normal.
    """
    fx, fy, cx, cy = intrinsics
    across, down = _slope(inverse, v, u, 0, 1), _slope(inverse, v, u, 1, 0)
    right, below = u - cx, v - cy
    straight = inverse[v, u] - right * across - below * down
    normal = (fx * across) ** 2 + (fy * down) ** 2 + straight**2
    ray = (right / fx) ** 2 + (below / fy) ** 2 + 1
    squared = inverse[v, u] ** 2 / (normal * ray)
    if squared >= grazing**2:
        return 1.0
    return max(0.0, (math.sqrt(squared) - _ALL_GRAZING) / (grazing - _ALL_GRAZING))


@njit(cache=True, nogil=True)
def _slope(inverse: Float32, v: int, u: int, dv: int, du: int) -> float:
    """Change of 1/z by a pixel. Of both sides the smaller is the surface's own; the other may be an edge."""
    before, after = max(v - dv, 0), min(v + dv, inverse.shape[0] - 1)
    left, right = max(u - du, 0), min(u + du, inverse.shape[1] - 1)
    back = inverse[v, u] - inverse[before, left]
    ahead = inverse[after, right] - inverse[v, u]
    if (before, left) == (v, u):
        return float(ahead)
    if (after, right) == (v, u):
        return float(back)
    return float(back) if abs(back) < abs(ahead) else float(ahead)
