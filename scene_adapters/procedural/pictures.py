"""Whole images: paintings, a clock's face, what a screen shows. (n, n, 3) uint8 sRGB; they do not tile."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from scene_adapters.procedural.textures import (
    BLACK_TO_WHITE,
    Color,
    clouds,
    mixed,
    ramp,
    scaled,
    shaded,
    srgb,
)
from schemas.arrays import UInt8


def landscape(generator: np.random.Generator, sky: Color, land: Color, size: int = 256) -> UInt8:
    """A painting: a graded sky with a sun over ranges of hills that darken towards the viewer."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    image = ramp(np.clip(1.5 * v, 0, 1), (scaled(sky, 0.6), sky, mixed(sky, (0.85, 0.7, 0.5), 0.7)))
    cx, cy = generator.uniform(0.2, 0.8), generator.uniform(0.15, 0.4)
    image[np.hypot(u - cx, v - cy) < generator.uniform(0.05, 0.1)] = srgb((0.85, 0.75, 0.5))
    for k in range(5):
        ridge = 0.4 + 0.12 * k + (0.10 - 0.012 * k) * clouds(generator, size, 3, 5)[0]
        color = mixed(mixed(sky, land, 0.35 + 0.16 * k), (0.02, 0.03, 0.03), 0.12 * k)
        below = v > ridge[None, :]
        image[below] = ramp(0.8 + 0.2 * clouds(generator, size, 8, 3, 2), ((0.0, 0.0, 0.0), color))[below]
    return image


def abstract(generator: np.random.Generator, colors: Sequence[Color], size: int = 256) -> UInt8:
    """A painting: overlapping discs, bars and brushed fields."""
    image = np.ascontiguousarray(np.broadcast_to(srgb(colors[0]), (size, size, 3)))
    for _ in range(int(generator.integers(5, 12))):
        color = srgb(colors[int(generator.integers(1, len(colors)))]).tolist()
        x, y = (int(value) for value in generator.integers(0, size, 2))
        reach = int(generator.integers(size // 12, size // 3))
        if generator.random() < 0.5:
            cv2.circle(image, (x, y), reach, color, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(image, (x, y), (x + reach, y + int(reach * generator.uniform(0.2, 2.5))), color, -1)
    strokes = ramp(0.88 + 0.12 * clouds(generator, size, 48, 2, 12), BLACK_TO_WHITE)
    return shaded(image, strokes)


def book_spine(size: int = 128) -> UInt8:
    """Nearly white, to be tinted: a spine with bands and the marks of a title."""
    image = np.full((size, size, 3), 225, np.uint8)
    for low, high, value in ((0.08, 0.11, 255), (0.14, 0.15, 255), (0.3, 0.62, 150), (0.84, 0.87, 255)):
        image[int(low * size) : int(high * size), :] = value
    image[int(0.33 * size) : int(0.59 * size), size // 6 : -size // 6] = 235
    for k in range(4):
        top = int((0.36 + 0.055 * k) * size)
        image[top : top + size // 40 + 1, size // 4 : size - size // 4 - (k % 3) * size // 10] = 90
    return image


def clock_face(size: int = 256) -> UInt8:
    """Twelve marks and two hands at ten past ten."""
    image = np.full((size, size, 3), 235, np.uint8)
    middle = size // 2
    for mark in range(60):
        direction = np.array([np.sin(mark * np.pi / 30), -np.cos(mark * np.pi / 30)]) * size
        inner, outer = middle + direction * (0.36 if mark % 5 == 0 else 0.42), middle + direction * 0.45
        ends = [tuple(int(value) for value in end) for end in (inner, outer)]
        cv2.line(image, ends[0], ends[1], (25, 25, 25), 4 if mark % 5 == 0 else 1, cv2.LINE_AA)
    for angle, length, width in ((np.pi * 305 / 180, 0.22, 7), (np.pi / 3, 0.36, 4)):
        end = int(middle + np.sin(angle) * length * size), int(middle - np.cos(angle) * length * size)
        cv2.line(image, (middle, middle), end, (20, 20, 20), width, cv2.LINE_AA)
    return image


def piano_keys(size: int = 256) -> UInt8:
    """Three octaves and a bit: white keys with the black ones in their groups."""
    image = np.full((size, size, 3), 235, np.uint8)
    keys = 28
    edges = np.arange(keys) * size / keys
    image[:, edges.astype(int)] = 60
    for key, edge in enumerate(edges):
        if key % 7 not in (2, 6):
            image[: int(0.62 * size), int(edge + 0.68 * size / keys) : int(edge + 1.32 * size / keys)] = 15
    return image


def desktop(generator: np.random.Generator, color: Color, size: int = 256) -> UInt8:
    """What a computer shows: windows with lines of text on a graded ground."""
    image = ramp(np.clip(0.5 + 0.5 * clouds(generator, size, 2, 2), 0, 1), (scaled(color, 0.3), color))
    for low, high in (((0.08, 0.12), (0.55, 0.85)), ((0.6, 0.2), (0.92, 0.6))):
        x0, y0, x1, y1 = (int(value * size) for value in (*low, *high))
        image[y0:y1, x0:x1] = 232
        image[y0 : y0 + size // 24, x0:x1] = 70
        for y in range(y0 + size // 12, y1 - size // 30, size // 24):
            image[y : y + size // 80, x0 + size // 40 : x0 + int((x1 - x0) * generator.uniform(0.4, 0.92))] = 120
    return image
