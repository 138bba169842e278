"""Frames and maps as pictures for people: encoded images, ready to stand in a page."""

from __future__ import annotations

import base64
import colorsys
from collections.abc import Mapping
from typing import TypeVar

import cv2
import numpy as np

from factory.navigation import NavigationMap
from schemas.arrays import Bool, Float32, UInt8, UInt16
from schemas.categories import MPCAT40

Pixels = TypeVar("Pixels", UInt8, UInt16)

WIDTH = 480  # pixels at most, of a frame's picture
DEPTH_RANGE = (0.2, 8.0)  # metres that the colour map spans
ESDF_RANGE = 1.5  # metres of clearance at the far end of the map's colours

# Anchors of the map's colours, sRGB: from the obstacle outwards.
_ESDF_STOPS = ("#f6e9d4", "#e3d9c3", "#b9cfc6", "#7fb3b5", "#4a8fa3", "#2c6a8a")
_STRUCTURE = {"wall": "#d5d0c6", "floor": "#b39f85", "ceiling": "#ece9e2", "void": "#3a3a3c", "unlabeled": "#6d6d70",
              "misc": "#8d8d90", "beam": "#c3bcae", "door": "#a9754a", "window": "#8fc7e8"}  # fmt: skip


def category_color(category: str) -> str:
    """The colour of a mpcat40 category in every mask of every page, "#rrggbb"."""
    if category in _STRUCTURE:
        return _STRUCTURE[category]
    index = MPCAT40.index(category)
    # Neighbours in the list lie a golden angle apart in hue.
    red, green, blue = colorsys.hls_to_rgb(index * 0.618034 % 1, (0.5, 0.6, 0.68)[index % 3], (0.62, 0.48)[index % 2])
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def photo(rgb: UInt8) -> str:
    """A frame's colours (H, W, 3) as a JPEG data URI."""
    return _encoded(_fitted(rgb[..., ::-1], cv2.INTER_AREA), ".jpg", "image/jpeg")


def depth_picture(depth: Float32) -> str:
    """`depth_colors` as a JPEG data URI."""
    return _encoded(_fitted(depth_colors(depth), cv2.INTER_NEAREST), ".jpg", "image/jpeg")


def depth_colors(depth: Float32) -> UInt8:
    """Planar depth (H, W), metres, as blue, green, red (H, W, 3): near bright and far dark, none grey."""
    colors = cv2.applyColorMap(np.rint(255 * (1 - depth_share(depth))).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    colors[depth <= 0] = (120, 120, 120)
    return np.asarray(colors)


def depth_share(depth: Float32) -> Float32:
    """Where depths, metres, any shape, lie in the colour map, 0..1; near ones have more of it."""
    low, high = DEPTH_RANGE
    return np.asarray(np.sqrt((np.clip(depth, low, high) - low) / (high - low)), dtype=np.float32)


def mask_picture(instance: UInt16, category: Mapping[int, str]) -> str:
    """`mask_colors` as a PNG data URI."""
    return _encoded(mask_colors(_fitted(instance, cv2.INTER_NEAREST), category), ".png", "image/png")


def mask_colors(instance: UInt16, category: Mapping[int, str]) -> UInt8:
    """Instance ids (H, W) in their categories' blue, green, red (H, W, 3), instances parted by a dark line."""
    table = np.zeros((int(instance.max()) + 1, 3), dtype=np.uint8)
    for i in range(len(table)):
        table[i] = _bgr(category_color(category.get(i, "void")))
    colors = table[instance]
    colors[_borders(instance)] //= 2
    return colors


def esdf_picture(navigation: NavigationMap, window: tuple[int, int, int, int]) -> str:
    """The ESDF in the cells (first row, end row, first column, end column), north up, as a PNG data URI.

    Colours span 0 to `ESDF_RANGE` metres with a contour every half metre; what is not free is transparent.
    """
    top, bottom, left, right = window
    esdf = navigation.esdf[top:bottom, left:right][::-1]
    esdf = cv2.resize(esdf, None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)
    stops = np.array([_bgr(stop) for stop in _ESDF_STOPS], dtype=np.float64)
    at = np.clip(esdf / ESDF_RANGE, 0, 1) * (len(stops) - 1)
    image = np.stack([np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)], axis=-1)
    image[_borders(np.floor(esdf / 0.5).astype(np.int32)) & (esdf > 0.25)] *= 0.93
    alpha = np.clip(esdf / navigation.resolution + 0.5, 0, 1) * 255
    return _encoded(np.rint(np.dstack([image, alpha])).astype(np.uint8), ".png", "image/png")


def esdf_gradient() -> str:
    """The map's colours as a CSS gradient, left to right."""
    return f"linear-gradient(90deg, {', '.join(_ESDF_STOPS)})"


def depth_gradient() -> str:
    """The depth pictures' colours as a CSS gradient, near on the left."""
    steps = cv2.applyColorMap(np.linspace(255, 0, 12).astype(np.uint8)[None], cv2.COLORMAP_VIRIDIS)[0]
    return f"linear-gradient(90deg, {', '.join(f'rgb({r} {g} {b})' for b, g, r in steps)})"


def _fitted(image: Pixels, interpolation: int) -> Pixels:
    height, width = image.shape[:2]
    if width <= WIDTH:
        return np.ascontiguousarray(image)
    return np.asarray(cv2.resize(image, (WIDTH, round(height * WIDTH / width)), interpolation=interpolation))


def _borders(labels: UInt8 | UInt16) -> Bool:
    """Pixels whose right or lower neighbour differs."""
    border = np.zeros(labels.shape, dtype=bool)
    border[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    border[:-1] |= labels[:-1] != labels[1:]
    return border


def _bgr(color: str) -> tuple[int, int, int]:
    return int(color[5:7], 16), int(color[3:5], 16), int(color[1:3], 16)


def _encoded(image: UInt8, extension: str, media: str) -> str:
    options = [cv2.IMWRITE_JPEG_QUALITY, 86] if extension == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 9]
    data = cv2.imencode(extension, image, options)[1].tobytes()
    return f"data:{media};base64,{base64.b64encode(data).decode('ascii')}"
