"""How time and memory grow with triangles and with area, and what compiling the kernels costs a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.report import Row
from factory.navigation import Limits, NavigationMap, find_storeys, ground, map_mesh
from factory.navigation.fields import geodesic_field
from schemas.arrays import Float32, Int32
from schemas.robots import Body
from tests.factory.navigation.flats import random_flat

PLOT = Path(__file__).parents[1] / "docs" / "navigation-growth.svg"
BODY = Body(0.25, 1.5, 0.1, 0.52)
# Edges of the lattice, metres, that cut a 20 × 15 m flat of two storeys into so many triangles.
TRIANGLES = {"0.1 M": 0.33, "1 M": 0.096, "6 M": 0.0383}
AREAS = {100: (10, 10), 1000: (40, 25), 10_000: (125, 80)}


def growth() -> Iterator[Row]:
    """Each size in a process of its own, so that its peak of memory is its own."""
    points = []
    for name in TRIANGLES:
        measured = _child("triangles", name)
        points.append((measured["triangles"], measured["seconds"], measured["megabytes"]))
        yield Row(f"storeys and both maps, {measured['triangles'] / 1e6:.2f} M triangles", measured["seconds"], "s")
        yield Row(f"peak memory, {measured['triangles'] / 1e6:.2f} M triangles", measured["megabytes"], "MB")
    areas = []
    for area in AREAS:
        measured = _child("area", str(area))
        areas.append((area, measured["seconds"], measured["megabytes"]))
        yield Row(f"map and one geodesic field, {area:,} m²", measured["seconds"], "s")
        yield Row(f"peak memory, {area:,} m²", measured["megabytes"], "MB")
    _plot(points, areas)


def start_up() -> Iterator[Row]:
    """From nothing to the first planned walk in a fresh process: kernels compiled, or loaded from the cache."""
    with tempfile.TemporaryDirectory() as cache:
        for name in ("cold, kernels compiled", "warm, kernels from the cache"):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", "from factory.navigation import warm_up; warm_up()"],
                check=True, env={**os.environ, "NUMBA_CACHE_DIR": cache},
            )  # fmt: skip
            yield Row(f"first walk of a process: {name}", time.perf_counter() - start, "s")


def _child(kind: str, name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.navigation_growth", kind, name]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return measured


def _measure(kind: str, name: str) -> dict[str, float]:
    if kind == "triangles":
        flat = random_flat(np.random.default_rng(0), 20, 15, storeys=2, stairwell=True)
        vertices, triangles = flat.mesh(edge=TRIANGLES[name])
    else:
        width, depth = AREAS[int(name)]
        flat = random_flat(np.random.default_rng(0), width, depth)
        vertices, triangles = flat.mesh()
    _work(kind, *random_flat(np.random.default_rng(0), 6, 5).mesh())
    _forget_peak()
    start = time.process_time()
    _work(kind, vertices, triangles)
    seconds = time.process_time() - start
    return {"triangles": float(len(triangles)), "seconds": seconds, "megabytes": _peak_megabytes()}


def _work(kind: str, vertices: Float32, triangles: Int32) -> None:
    for storey in find_storeys(vertices, triangles):
        built = map_mesh(vertices, triangles, storey, BODY)
        if kind == "area" and isinstance(built, NavigationMap):
            place = ground(built, Limits())
            row, col = np.argwhere(place.traversable)[0]
            geodesic_field(place.weights, (int(row), int(col)))


def _forget_peak() -> None:
    """Building the test's own mesh takes more memory than planning on it: start the peak anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_megabytes() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _plot(triangles: Sequence[tuple[float, ...]], areas: Sequence[tuple[float, ...]]) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "navfoundry"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), constrained_layout=True)
    for axis, points, label in ((axes[0], triangles, "triangles"), (axes[1], areas, "area, m²")):
        size, seconds, megabytes = zip(*points, strict=True)
        axis.loglog(size, seconds, "o-", color="tab:blue", label="time, s")
        axis.set(xlabel=label, ylabel="processor time, s")
        other = axis.twinx()
        other.semilogx(size, megabytes, "s--", color="tab:orange", label="memory")
        other.set(ylabel="peak memory, MB", ylim=(0, None))
    figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    print(json.dumps(_measure(*sys.argv[1:])))
