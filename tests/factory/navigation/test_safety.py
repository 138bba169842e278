"""The promise itself, judged from outside: no curve comes nearer to a triangle in its slab than the body's radius."""

from __future__ import annotations

import math

import numpy as np
import pytest

from factory.navigation import Ground, Limits, NavigationMap, Route, find_storeys, ground, map_mesh
from factory.navigation.fields import geodesic_field
from factory.navigation.pairs import draw_goal, draw_start, regions
from factory.navigation.paths import path_to
from factory.navigation.route import route, taut_length
from factory.navigation.spline import through_polyline
from schemas.arrays import Float32, Float64, Int32
from schemas.outcomes import Rejected
from schemas.robots import Body
from tests.factory.navigation.flats import Flat, random_flat
from tests.factory.navigation.oracle import bounds_of, keeps_distance, slab_polygons

STARTS, GOALS = 4, 6


def _turned_flat(generator: np.random.Generator) -> tuple[Float32, Int32]:
    vertices, triangles = random_flat(generator, 11, 8, furniture=0.35).mesh()
    angle = generator.uniform(0, 2 * math.pi)
    c, s = math.cos(angle), math.sin(angle)
    turned = vertices @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + generator.uniform(-5, 5, 3)
    return turned.astype(np.float32), triangles


def _routes(place: Ground, generator: np.random.Generator) -> list[Route | Rejected]:
    where = regions(place, ())
    found = []
    for k in range(STARTS):
        start = draw_start(where, k % where.count, generator)
        shortest, cheapest = geodesic_field(place.open_weights, start), geodesic_field(place.weights, start)
        for q in range(GOALS):
            cell = place.built.resolution
            goal = draw_goal(where, shortest, (2 / cell, 20 / cell), (q / GOALS, (q + 1) / GOALS), generator)
            path = None if goal is None else path_to(cheapest, place.weights, goal)
            if goal is not None and path is not None:
                found.append(route(place, place.built.centres(path), taut_length(place, shortest, goal)))
    return found


def _slab(mesh: tuple[Float32, Int32], floor_z: float, body: Body) -> tuple[Float64, Float64]:
    polygons = slab_polygons(*mesh, floor_z + body.step_height + 1e-3, floor_z + body.height - 1e-3)
    return polygons, bounds_of(polygons)


@pytest.mark.parametrize("seed", range(12))
def test_hundreds_of_walks_through_turned_flats_keep_the_radius_exactly(seed: int) -> None:
    generator = np.random.default_rng(seed)
    mesh = _turned_flat(generator)
    (storey,) = find_storeys(*mesh)
    body = Body(float(generator.choice([0.15, 0.25, 0.3])), float(generator.choice([0.5, 1.5])), 0.1, 0.5)
    built = map_mesh(*mesh, storey, body, float(generator.choice([0.025, 0.05])))
    assert isinstance(built, NavigationMap)
    found = _routes(ground(built, Limits()), generator)
    kept = [outcome for outcome in found if isinstance(outcome, Route)]
    assert len(found) >= 12
    assert len(kept) >= 0.95 * len(found)
    polygons, boxes = _slab(mesh, storey.floor_z, body)
    for outcome in kept:
        nearest = keeps_distance(outcome.controls, body.radius, polygons, boxes)
        assert nearest >= body.radius
        assert nearest >= min(outcome.certified_clearance, body.radius + 0.29)


def test_the_oracle_sees_a_violation() -> None:
    """A leg of 1 cm beside a straight line: 0.24 m away it violates 0.25 m, 0.26 m away it does not."""
    line = through_polyline(np.array([[0.0, 0.0], [6.0, 0.0]]), 0.3)
    for gap, nearest in ((0.24, -1.0), (0.26, 0.26)):
        flat = Flat(solids=[((3.0, gap, 0.0), (3.01, gap + 0.01, 0.7))])
        polygons = slab_polygons(*flat.mesh(), 0.1, 1.5)
        assert keeps_distance(line, 0.25, polygons, bounds_of(polygons)) == pytest.approx(nearest, abs=1e-3)


def test_the_oracle_looks_only_at_the_slab() -> None:
    line = through_polyline(np.array([[0.0, 0.0], [6.0, 0.0]]), 0.3)
    shelf = Flat(solids=[((3.0, -0.5, 1.6), (3.5, 0.5, 1.8)), ((1.0, -0.5, 0.0), (1.2, 0.5, 0.05))])
    polygons = slab_polygons(*shelf.mesh(), 0.1, 1.5)
    assert keeps_distance(line, 0.25, polygons, bounds_of(polygons)) > 0.25
    assert keeps_distance(line, 0.25, *_slab(shelf.mesh(), 0.2, Body(0.25, 1.5, 0.1, 0.5))) == -1.0
