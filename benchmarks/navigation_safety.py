"""10,000 trajectories over 50 homes, each proven clear by an oracle that knows triangles only."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchmarks.report import Row
from factory.navigation import NavigationMap, build_map, storeys_of
from factory.navigation.fields import geodesic_field
from factory.navigation.pairs import draw_goal, draw_start, regions
from factory.navigation.paths import path_to
from factory.navigation.route import Ground, Limits, Route, ground, route, taut_length
from scene_adapters.procedural import home
from schemas.arrays import Float64
from schemas.outcomes import Rejected
from schemas.robots import Body
from schemas.scenes import Scene, Storey
from tests.factory.navigation.oracle import bounds_of, keeps_distance, slab_polygons

HOMES, TRAJECTORIES, GOALS = 50, 10_000, 8
CELL = 0.05
BODIES = [Body(radius, height, 0.1, 0.52) for radius in (0.15, 0.25, 0.3) for height in (0.5, 1.0, 1.5)]


def safety() -> Iterator[Row]:
    """Violations, yield, and by how much the exact distance is above what was certified."""
    outcomes: Counter[str] = Counter()
    spare: list[float] = []
    for seed in range(HOMES):
        scene = home(seed)
        generator = np.random.default_rng(seed)
        share = TRAJECTORIES // HOMES
        storeys = storeys_of(scene)
        for storey in storeys:
            _walk_storey(scene, storey, share // len(storeys) + 1, generator, outcomes, spare)
    kept = outcomes["certified"]
    sampled = sum(outcomes.values()) - outcomes["violations"]
    yield Row(f"violations among {kept} trajectories over {HOMES} homes", float(outcomes["violations"]), "")
    yield Row(f"yield of {sampled} sampled pairs", 100 * kept / sampled, "%")
    for reason in sorted(set(outcomes) - {"certified", "violations"}):
        yield Row(f"rejected: {reason}", 100 * outcomes[reason] / sampled, "%")
    yield Row("exact clearance above the certified, median", 100 * float(np.median(spare)), "cm")


def _walk_storey(
    scene: Scene, storey: Storey, count: int, generator: np.random.Generator, outcomes: Counter[str], spare: list[float]
) -> None:
    """Plan `count` pairs on one storey with a body drawn for it, and judge each curve kept."""
    for body in generator.permutation(np.array(BODIES, dtype=object)):
        built = build_map(scene, storey, body, CELL, 10**8)
        if isinstance(built, NavigationMap) and built.area > 5:
            break
    else:
        return
    low, high = storey.floor_z + body.step_height + 1e-3, storey.floor_z + body.height - 1e-3
    polygons = slab_polygons(scene.mesh.vertices, scene.mesh.triangles, low, high)
    boxes = bounds_of(polygons)
    place = ground(built, Limits())
    for found in _routes(place, count, generator):
        if isinstance(found, Rejected):
            outcomes[found.reason.value] += 1
            continue
        outcomes["certified"] += 1
        near = _near(found.controls, polygons, boxes)
        nearest = keeps_distance(found.controls, body.radius, *near)
        outcomes["violations"] += nearest < body.radius
        if nearest < body.radius + 0.29:
            spare.append(nearest - found.certified_clearance)


def _near(controls: Float64, polygons: Float64, boxes: Float64) -> tuple[Float64, Float64]:
    """The polygons within a metre of the curve's bounds: all that can matter."""
    low, high = controls.min(axis=0) - 1, controls.max(axis=0) + 1
    chosen = (boxes[:, :2] <= high).all(axis=1) & (boxes[:, 2:] >= low).all(axis=1)
    return polygons[chosen], boxes[chosen]


def _routes(place: Ground, count: int, generator: np.random.Generator) -> Iterator[Route | Rejected]:
    where = regions(place, ())
    made, turn = 0, 0
    cells = (2 / CELL, 20 / CELL)
    while made < count and turn < 4 * count:
        start = draw_start(where, turn % where.count, generator)
        turn += 1
        shortest = geodesic_field(place.open_weights, start)
        draw = functools.partial(draw_goal, where, shortest, cells)
        if draw((0.0, 1.0), generator) is None:
            continue
        cheapest = geodesic_field(place.weights, start)
        for k in range(min(GOALS, count - made)):
            goal = draw((k / GOALS, (k + 1) / GOALS), generator)
            path = None if goal is None else path_to(cheapest, place.weights, goal)
            if goal is not None and path is not None:
                made += 1
                yield route(place, place.built.centres(path), taut_length(place, shortest, goal))
