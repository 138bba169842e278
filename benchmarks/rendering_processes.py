"""Render processes side by side, and what they hold in memory."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil

from benchmarks.rendering_homes import SCAN, frames_of, scene_of
from benchmarks.rendering_runs import LIMITS
from benchmarks.report import Row, compare
from factory.rendering import render_unit
from schemas.arrays import Float32, Int32
from schemas.recipe import Rendering
from schemas.scenes import Scene, make_scene

FRAMES = 60
TRIANGLES = 500_000
UNITS = 20
ALONE = replace(LIMITS, threads=1)


def side_by_side() -> list[Row]:
    """Frames of a unit a second, start counted: two processes of one thread each, and one after the other."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(_render_scan, (2, 2)))
        seconds = []
        for at_once in (1, 2):
            began = time.perf_counter()
            list(pool.map(_render_scan, [FRAMES] * at_once))
            seconds.append((time.perf_counter() - began) / at_once)
    return [compare("two processes on two cores", FRAMES / seconds[1], "frames/s", "one on one", FRAMES / seconds[0])]


def _render_scan(frames: int) -> None:
    scene = scene_of(SCAN)
    with tempfile.TemporaryDirectory() as name:
        for _ in render_unit(scene, frames_of(scene, frames), Rendering(), ALONE, Path(name), Path(name) / "log"):
            pass


def memory() -> Iterator[Row]:
    """Peaks of resident memory over UNITS units of a large home, its light in its textures: worker and render child."""
    scene = _finer(scene_of("large"), TRIANGLES)
    plans = frames_of(scene, 2)
    peaks = []
    for _ in range(UNITS):
        with tempfile.TemporaryDirectory() as name, _Watch() as watch:
            for _ in render_unit(scene, plans, Rendering(), ALONE, Path(name), Path(name) / "log"):
                pass
        peaks.append((watch.own, watch.children))
    for who, peak in zip(("worker", "render child"), np.transpose(peaks) / 2**30, strict=True):
        row = f"memory, {len(scene.mesh.triangles):,} triangles, {who}"
        yield Row(f"{row}: highest of {UNITS} units", float(peak.max()), "GiB")
        yield Row(f"{row}: growth from the second unit to the last", float(peak[-1] - peak[1]), "GiB")


def _finer(scene: Scene, count: int) -> Scene:
    """The same surface, unlit, in about `count` triangles: the largest are divided in three at their middles."""
    mesh = scene.mesh
    corners = mesh.vertices[mesh.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    cut = np.argsort(-area, kind="stable")[: (count - len(area)) // 2]
    middle = len(mesh.vertices) + np.arange(len(cut), dtype=np.int32)
    a, b, c = mesh.triangles[cut].T
    parts: list[Int32] = [np.stack(part, axis=1) for part in ((a, b, middle), (b, c, middle), (c, a, middle))]
    kept = np.setdiff1d(np.arange(len(area)), cut)
    origin = np.concatenate([kept, cut, cut, cut])
    finer = replace(
        mesh,
        vertices=np.concatenate([mesh.vertices, corners[cut].mean(axis=1)]),
        triangles=np.concatenate([mesh.triangles[kept], *parts]).astype(np.int32),
        instance=mesh.instance[origin],
        material=mesh.material[origin],
        uv=None if mesh.uv is None else np.concatenate([mesh.uv[kept], *_parts_of_uv(mesh.uv[cut])]),
    )
    return make_scene(scene.ref, finer, scene.instances, rooms=scene.rooms, storeys=scene.storeys)


def _parts_of_uv(uv: Float32) -> Iterator[Float32]:
    """Texture coordinates (n, 3, 2) of the three parts of each triangle."""
    middle = uv.mean(axis=1)
    for k in range(3):
        yield np.stack([uv[:, k], uv[:, (k + 1) % 3], middle], axis=1)


class _Watch:
    """Looks at resident memory ten times a second while it is open; `own` and `children` are the peaks, bytes."""

    def __init__(self) -> None:
        self.own = self.children = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        process = psutil.Process()
        while not self._ended.wait(0.1):
            self.own = max(self.own, process.memory_info().rss)
            with contextlib.suppress(psutil.Error):  # a child may end meanwhile
                held = sum(child.memory_info().rss for child in process.children(recursive=True))
                self.children = max(self.children, held)
