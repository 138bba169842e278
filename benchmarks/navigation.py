"""Navigation planning against its peers: maps, distance fields, pairs with paths, curves, safety, growth.

Every row of the table is measured in this run, peers included, as medians of processor time: the machines that
run this are shared. `python -m benchmarks.navigation` takes about six minutes; the parts by name are faster:
`python -m benchmarks.navigation occupancy paths`.
"""

from __future__ import annotations

import functools
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import open3d
import pyastar2d
from scipy import ndimage
from scipy.optimize import minimize

from benchmarks.navigation_growth import growth, start_up
from benchmarks.navigation_safety import safety
from benchmarks.report import Row, median_seconds, report
from factory.navigation import Ground, Limits, NavigationMap, ground, map_mesh
from factory.navigation.certificate import certify, needed_value
from factory.navigation.esdf import signed_distance
from factory.navigation.fields import geodesic_field
from factory.navigation.occupancy import frame, occupancy, slab_of
from factory.navigation.optimise import Cost, cost_gradient, knot_spacing, optimise
from factory.navigation.paths import path_to
from factory.navigation.spline import set_phantoms, through_polyline
from schemas.arrays import Bool, Float32, Float64, Int32, Int64
from schemas.outcomes import Rejected
from schemas.robots import Body
from schemas.scenes import Storey
from tests.factory.navigation.flats import STAIRWELL, STOREY, Flat, random_flat, truth

BODY = Body(0.25, 1.5, 0.2, math.radians(30))
STARTS, PAIRS = 50, 1000
Cell = tuple[int, int]


def faster(row: str, seconds: float, peer: str, peer_seconds: float) -> Row:
    """A row of times in milliseconds: less is better."""
    return Row(row, seconds * 1e3, "ms", peer, peer_seconds * 1e3, peer_seconds / seconds)


def occupancy_rows() -> Iterator[Row]:
    """1.3 M triangles, two storeys of 20 × 15 m with a stairwell, against analytic truth and Open3D's voxels."""
    flat = random_flat(np.random.default_rng(0), 20, 15, storeys=2, stairwell=True)
    mesh = flat.mesh(edge=0.083)
    peer = open3d.geometry.TriangleMesh(
        open3d.utility.Vector3dVector(mesh[0].astype(np.float64)), open3d.utility.Vector3iVector(mesh[1])
    )
    for cell in (0.05, 0.02):
        work: dict[str, Callable[[], object]] = {
            "ours": functools.partial(_maps, mesh, cell),
            "Open3D": functools.partial(open3d.geometry.VoxelGrid.create_from_triangle_mesh, peer, cell),
        }
        _maps(mesh, cell)
        taken = median_seconds(work, 5 if cell == 0.05 else 1, time.process_time)
        name = f"occupancy, {len(mesh[1]) / 1e6:.1f} M triangles, {cell * 100:.0f} cm, two storeys"
        yield faster(name, taken["ours"], "Open3D VoxelGrid", taken["Open3D"])
    for cell in (0.05, 0.02):
        for label, shift in (("aligned", (0.0, 0.0)), ("offset", (0.0137, -0.0291))):
            yield from _accuracy(flat, cell, label, shift)


def _maps(mesh: tuple[Float32, Int32], cell: float) -> list[Bool]:
    return [_map(mesh, level, cell)[0] for level in (0, 1)]


def _map(mesh: tuple[Float32, Int32], level: int, cell: float) -> tuple[Bool, tuple[float, float]]:
    slab = slab_of(*mesh, level * STOREY, BODY.max_slope, (BODY.step_height, 1.8))
    grid = frame(slab, cell, 10**8)
    return occupancy(slab, grid, BODY), grid.origin


def _accuracy(flat: Flat, cell: float, label: str, shift: tuple[float, float]) -> Iterator[Row]:
    """Missed and falsely blocked cells over both storeys, and cells over the stairwell taken for floor."""
    mesh = flat.mesh(shift=shift)
    missed, obstacles, blocked, free_cells, over_well, well = 0, 0, 0, 0, 0, 0
    for level in (0, 1):
        free, origin = _map(mesh, level, cell)
        own = (origin[0] - shift[0], origin[1] - shift[1])
        obstacle, open_floor = truth(flat, level, BODY.step_height, BODY.height, own, cell, free.shape)
        missed, obstacles = missed + int((free & obstacle).sum()), obstacles + int(obstacle.sum())
        blocked, free_cells = blocked + int((open_floor & ~free).sum()), free_cells + int(open_floor.sum())
        if level == 1:
            x0, y0, x1, y1 = (round((edge - own[k % 2]) / cell) for k, edge in enumerate(STAIRWELL))
            over_well, well = int(free[y0:y1, x0:x1].sum()), (y1 - y0) * (x1 - x0)
    where = f"{cell * 100:.0f} cm, {label}"
    yield Row(f"missed obstacle cells, {where}", 100 * missed / obstacles, "%")
    yield Row(f"falsely blocked cells, {where}", 100 * blocked / free_cells, "%")
    yield Row(f"stairwell cells called floor, {where}", 100 * over_well / well, "%")


def esdf_rows() -> Iterator[Row]:
    """Both sides of a 2000² grid with scattered furniture."""
    free = _cluttered(2000, np.random.default_rng(1))
    ours = signed_distance(free, 1.0)
    difference = float(np.abs(ours - _scipy_esdf(free)).max())
    work: dict[str, Callable[[], object]] = {
        "ours": lambda: signed_distance(free, 1.0), "scipy": lambda: _scipy_esdf(free),
    }  # fmt: skip
    taken = median_seconds(work, 5, time.process_time)
    yield faster("signed ESDF 2000²", taken["ours"], "scipy distance_transform_edt, both sides", taken["scipy"])
    yield Row("signed ESDF 2000², largest difference to scipy", difference, "cells")


def _scipy_esdf(free: Bool) -> Float64:
    out, other = ndimage.distance_transform_edt(free), ndimage.distance_transform_edt(~free)
    return np.asarray(np.where(free, out - 0.5, 0.5 - other))


def _cluttered(size: int, generator: np.random.Generator) -> Bool:
    """A walled square with a rectangle of up to 0.8 m in every 6 m², 5 cm cells."""
    free = np.ones((size, size), dtype=bool)
    free[:2], free[-2:], free[:, :2], free[:, -2:] = False, False, False, False
    for row, col in generator.integers(3, size - 20, (size * size // 2400, 2)):
        height, width = generator.integers(2, 17, 2)
        free[row : row + height, col : col + width] = False
    return free


def _square(size: int) -> Ground:
    """An open square of scattered furniture, of so many cells a side."""
    free = _cluttered(size, np.random.default_rng(size))
    esdf = signed_distance(free, 0.05)
    return ground(NavigationMap((0.0, 0.0), 0.05, free, esdf, Storey(0, 0.0, 2.5), BODY), Limits())


def _home(size: int) -> Ground:
    """A furnished flat of many rooms whose map has about so many cells a side."""
    side = (size - 10) * 0.05
    flat = random_flat(np.random.default_rng(size), side, side)
    built = map_mesh(*flat.mesh(), flat.storeys[0], BODY)
    if isinstance(built, Rejected):
        raise TypeError(built.detail)
    return ground(built, Limits())


def path_rows() -> Iterator[Row]:
    """1,000 pairs with paths from 50 starts: our fields, goals and paths; a search for each of the same pairs.

    pyastar2d has the same weights and eight neighbours; it charges a step the weight of the cell entered, a
    diagonal one no more, and cuts corners.
    """
    for size in (400, 1000):
        weights = _home(size).weights
        starts = _starts(weights, np.random.default_rng(2))
        paths = _all_paths(weights, starts)
        ends = [(_cell(path[0]), _cell(path[-1])) for path in paths]
        work: dict[str, Callable[[], object]] = {
            "ours": functools.partial(_all_paths, weights, starts),
            "peer": functools.partial(_all_searches, weights, ends),
        }
        taken = median_seconds(work, 5, time.process_time)
        name = f"{len(paths)} feasible pairs with paths, {size}² map of a flat, {STARTS} starts: time a pair"
        yield faster(name, taken["ours"] / len(paths), "pyastar2d, the same pairs", taken["peer"] / len(ends))


def _cell(index: Int32 | Int64) -> Cell:
    return int(index[0]), int(index[1])


def _starts(weights: Float32, generator: np.random.Generator) -> list[Cell]:
    """STARTS cells on the main island."""
    cells = np.argwhere(np.isfinite(weights))
    starts: list[Cell] = []
    while len(starts) < STARTS:
        start = _cell(cells[generator.integers(len(cells))])
        if np.isfinite(geodesic_field(weights, start)).sum() > len(cells) // 2:
            starts.append(start)
    return starts


def _all_paths(weights: Float32, starts: list[Cell]) -> list[Int32]:
    """From each start its field, goals among all that it reaches, PAIRS in the end, and the paths to them."""
    generator = np.random.default_rng(3)
    paths: list[Int32] = []
    for start in starts:
        field = geodesic_field(weights, start)
        reached = np.flatnonzero(field < np.inf)
        for goal in reached[generator.integers(len(reached), size=PAIRS // STARTS)]:
            path = path_to(field, weights, divmod(int(goal), weights.shape[1]))
            if path is not None:
                paths.append(path)
    return paths


def _all_searches(weights: Float32, ends: list[tuple[Cell, Cell]]) -> None:
    for start, goal in ends:
        if pyastar2d.astar_path(weights, start, goal, allow_diagonal=True) is None:
            raise RuntimeError(f"pyastar2d finds no way from {start} to {goal}, where the field has one")


def curve_rows() -> Iterator[Row]:
    """16 paths of about 15 m through clutter: our L-BFGS and certificate, and scipy's on the same compiled cost."""
    place = _square(1000)
    needed = needed_value(BODY.radius, 0.05) + 0.005
    cost = Cost(needed, 0.6, 3.6)
    curves = _long_curves(place, 16)
    ours, theirs, costs = [], [], []
    for controls in curves:
        knot = knot_spacing(controls)
        work: dict[str, Callable[[], object]] = {
            "ours": lambda c=controls: certify(optimise(c, place.built, cost), place.built),  # type: ignore[misc]
            "scipy": lambda c=controls, k=knot: _by_scipy(c, place, cost, k),  # type: ignore[misc]
        }
        taken = median_seconds(work, 7, time.process_time)
        ours.append(taken["ours"])
        theirs.append(taken["scipy"])
        costs.append(
            (
                cost_gradient(optimise(controls, place.built, cost), place.built, cost, knot)[0],
                _by_scipy(controls, place, cost, knot),
            )
        )
    mean, peer = np.mean(costs, axis=0)
    peer_name = "scipy L-BFGS-B, same cost and kernel, optimise only"
    yield faster("optimise + certify, 15 m path, median", float(np.median(ours)), peer_name, float(np.median(theirs)))
    yield Row("the same, mean final cost", float(mean), "", peer_name, float(peer), float(peer / mean))


def _long_curves(place: Ground, count: int) -> list[Float64]:
    generator = np.random.default_rng(3)
    cells = np.argwhere(place.traversable)
    curves: list[Float64] = []
    while len(curves) < count:
        start = cells[generator.integers(len(cells))]
        field = geodesic_field(place.open_weights, _cell(start))
        away = np.argwhere((field > 290) & (field < 310))
        if len(away):
            goal = away[generator.integers(len(away))]
            cheapest = geodesic_field(place.weights, _cell(start))
            path = path_to(cheapest, place.weights, _cell(goal))
            if path is not None:
                curves.append(through_polyline(place.built.centres(path), 0.33))
    return curves


def _by_scipy(start: Float64, place: Ground, cost: Cost, knot: float) -> float:
    def value_gradient(free: Float64) -> tuple[float, Float64]:
        controls = start.copy()
        controls[2:-2] = free.reshape(-1, 2)
        set_phantoms(controls)
        value, gradient = cost_gradient(controls, place.built, cost, knot)
        return value, gradient[2:-2].ravel()

    options = {"maxiter": 100}
    return float(minimize(value_gradient, start[2:-2].ravel(), jac=True, method="L-BFGS-B", options=options).fun)


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "occupancy": occupancy_rows,
    "esdf": esdf_rows,
    "paths": path_rows,
    "curves": curve_rows,
    "safety": safety,
    "growth": growth,
    "start_up": start_up,
}


def main(chosen: list[str]) -> None:
    """Run all parts, or those named; only a whole run is written down."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # scipy's threads spin on a shared machine, and count as its time
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.navigation", *chosen])
    subprocess.run([sys.executable, "-c", "from factory.navigation import warm_up; warm_up()"], check=True)
    if chosen:
        for name in chosen:
            for row in PARTS[name]():
                print(row)
        return
    rows = [row for part in PARTS.values() for row in part()]
    report("navigation", [*rows, Row("load of the machine, mean of the last 15 minutes", os.getloadavg()[2], "")])


if __name__ == "__main__":
    main(sys.argv[1:])
