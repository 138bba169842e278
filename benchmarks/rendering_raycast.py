"""How far the ray caster's frames are from Blender's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.rendering_homes import SCAN, VIEWS, frames_of, scene_of
from benchmarks.rendering_runs import LIMITS
from benchmarks.report import Row
from factory.rendering import render_unit
from factory.rendering.encode import decode_rgb
from schemas.arrays import Int32
from schemas.episodes import RenderedEpisode
from schemas.recipe import Rendering
from schemas.scenes import Scene


def differences() -> Iterator[Row]:
    """Over the views of the scan: Blender at 4 samples a pixel, and the ray caster."""
    scene = scene_of(SCAN)
    blender, rays = (_frames(scene, Rendering(renderer=name, jpeg_quality=100)) for name in ("blender", "raycast"))
    both = (blender.depth > 0) & (rays.depth > 0)
    apart = np.abs(blender.depth.astype(np.int32) - rays.depth)[both]
    yield Row("ray caster and Blender: depth, median difference", float(np.median(apart)), "mm")
    yield Row("ray caster and Blender: depth, 99th percentile", float(np.percentile(apart, 99)), "mm")
    yield Row("ray caster and Blender: depth within 10 mm", 100 * float((apart <= 10).mean()), "%")
    yield Row("ray caster and Blender: same id", 100 * float((blender.instance == rays.instance).mean()), "%")
    colors = np.abs(_colors(blender) - _colors(rays))
    yield Row("ray caster and Blender: RGB, mean difference of 255", float(colors.mean()), "")
    yield Row("ray caster and Blender: RGB, 99th percentile of 255", float(np.percentile(colors, 99)), "")


def _frames(scene: Scene, settings: Rendering) -> RenderedEpisode:
    with tempfile.TemporaryDirectory() as name:
        (made,) = render_unit(scene, frames_of(scene, VIEWS), settings, LIMITS, Path(name), Path(name) / "log")
    return made


def _colors(made: RenderedEpisode) -> Int32:
    return np.stack([decode_rgb(data) for data in made.rgb]).astype(np.int32)
