"""One certified curve from a path in the field: optimise, certify, repair, or say why not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from factory.navigation import spline
from factory.navigation.certificate import certify, needed_value
from factory.navigation.fields import clearance_weights, geodesic_field
from factory.navigation.homotopy import same_homotopy
from factory.navigation.map import NavigationMap
from factory.navigation.motion import curve_length
from factory.navigation.optimise import Cost, optimise
from factory.navigation.paths import path_length, path_to, taut_path
from schemas.arrays import Bool, Float32, Float64
from schemas.frames import wrap_angle
from schemas.outcomes import Reason, Rejected

KNOTS = 0.3  # metres between knots
_FINE_KNOTS = 0.15  # metres, where a turn is too tight for the wide ones
_PER_SPAN = 16


@dataclass(frozen=True)
class Limits:
    """What a curve has to keep. margin : clearance wished beyond the radius, metres; max_curvature : 1/m."""

    margin: float = 0.35
    max_curvature: float = 4.0


@dataclass(frozen=True)
class Route:
    """A certified curve. controls : (n, 2) float64, metres; length, geodesic_length, certified_clearance : metres."""

    controls: Float64
    length: float
    geodesic_length: float
    certified_clearance: float


@dataclass(frozen=True)
class Ground:
    """A map made ready for planning.

    weights : (rows, cols) float32 for `geodesic_field`, with clearance; open_weights : the same, length only
    traversable : (rows, cols) bool, where the robot's centre may provably be
    """

    built: NavigationMap
    limits: Limits
    weights: Float32
    open_weights: Float32
    traversable: Bool


def ground(built: NavigationMap, limits: Limits) -> Ground:
    """Derive from a map where its robot may be and at which cost."""
    needed = needed_value(built.body.radius, built.resolution)
    weights = clearance_weights(built.esdf, needed, max(needed, built.body.radius + limits.margin))
    traversable = np.isfinite(weights)
    return Ground(built, limits, weights, np.where(traversable, np.float32(1), np.float32(np.inf)), traversable)


def plan_route(
    place: Ground, start: tuple[float, float], goal: tuple[float, float], start_heading: float | None = None
) -> Route | Rejected:
    """A certified curve between two points, world (x, y) in metres, leaving at `start_heading` radians if given.

    Rejected START_IN_COLLISION or NO_GOAL where the body would not stand at an end, UNREACHABLE where no
    path joins them, TOO_SHORT for ends in one place, CURVATURE and NOT_CERTIFIED where no curve tried holds.
    """
    first, last = _cell_at(place, start), _cell_at(place, goal)
    if first is None:
        return Rejected(Reason.START_IN_COLLISION, f"a body of {place.built.body.radius} m does not stand at {start}")
    if last is None:
        return Rejected(Reason.NO_GOAL, f"a body of {place.built.body.radius} m does not stand at {goal}")
    shortest = geodesic_field(place.open_weights, first)
    path = path_to(geodesic_field(place.weights, first), place.weights, last)
    if path is None:
        return Rejected(Reason.UNREACHABLE, f"no way from {start} to {goal}: they lie on separate islands of floor")
    points = place.built.centres(path)
    points[0], points[-1] = start, goal
    return route(place, points, taut_length(place, shortest, last), start_heading)


def _cell_at(place: Ground, point: tuple[float, float]) -> tuple[int, int] | None:
    """The cell of a point where the body can stand, or None."""
    built = place.built
    if not np.isfinite(point).all():
        return None
    col, row = (int(np.floor((p - o) / built.resolution)) for p, o in zip(point, built.origin, strict=True))
    rows, cols = built.free.shape
    if not (0 <= row < rows and 0 <= col < cols and place.traversable[row, col]):
        return None
    return row, col


def taut_length(place: Ground, shortest: Float32, goal: tuple[int, int]) -> float:
    """Length, metres, of the shortest path in a length-only field to `goal`, pulled tight."""
    path = path_to(shortest, place.open_weights, goal)
    return float("inf") if path is None else path_length(taut_path(place.traversable, path)) * place.built.resolution


def route(place: Ground, path: Float64, geodesic_length: float, start_heading: float | None = None) -> Route | Rejected:
    """The first curve, from the best to the safest, that is proven. path : (n, 2), the field's, metres."""
    if path_length(path) < 2 * place.built.resolution:
        return Rejected(Reason.TOO_SHORT, f"start and goal are {path_length(path):.3f} m apart")
    radius, limits = place.built.body.radius, place.limits
    best, sharpest = -np.inf, np.inf
    for controls in _attempts(place, path, start_heading):
        certified, bend = certify(controls, place.built), spline.sharpest_bend(controls)
        best, sharpest = max(best, certified), min(sharpest, bend)
        if certified < radius or bend > limits.max_curvature:
            continue
        length = curve_length(controls)
        drawn = spline.evaluate(controls, spline.parameters(controls, _PER_SPAN))[:, :2]
        if length >= path_length(path) and not same_homotopy(path, drawn, place.built):
            continue
        return Route(controls, length, min(geodesic_length, length), certified)
    if best >= radius:
        return Rejected(Reason.CURVATURE, f"no curve under {limits.max_curvature:.1f}/m holds; best {sharpest:.1f}/m")
    return Rejected(Reason.NOT_CERTIFIED, f"proven clearance {best:.3f} m, radius {radius} m")


def _attempts(place: Ground, path: Float64, start_heading: float | None) -> Iterator[Float64]:
    """Curves to try: optimised, then with more force against violations, finer, and towards the path itself."""
    built, limits = place.built, place.limits
    needed = needed_value(built.body.radius, built.resolution) + 0.1 * built.resolution
    cost = Cost(needed, max(built.body.radius + limits.margin, needed + built.resolution), 0.9 * limits.max_curvature)
    hold = start_heading is not None
    ways = [path] if start_heading is None else _ways_out(path, start_heading, 1.3 / limits.max_curvature)
    for knots, force in ((KNOTS, 1.0), (KNOTS, 20.0), (_FINE_KNOTS, 20.0), (_FINE_KNOTS, 400.0)):
        harder = replace(cost, force=cost.force * force, steer=cost.steer * force)
        for way in ways:
            yield optimise(_initial(way, knots, start_heading), built, harder, hold_heading=hold)
    harder = replace(cost, clear=10 * cost.clear, force=400 * cost.force)
    for way in ways:
        safe = _initial(way, _FINE_KNOTS, start_heading)
        smooth = optimise(safe, built, harder, hold_heading=hold)
        for share in (0.5, 0.25, 0.0):
            yield share * smooth + (1 - share) * safe


def _initial(way: Float64, knots: float, start_heading: float | None) -> Float64:
    controls = spline.through_polyline(way, knots)
    if start_heading is not None:
        spline.head_off(controls, start_heading)
    return controls


def _ways_out(path: Float64, heading: float, radius: float) -> list[Float64]:
    """The path itself where it begins ahead, and behind an arc to the left and one to the right that turn to it."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    joint = min(int(np.searchsorted(along, 4 * radius)), len(path) - 1)
    target, rest = path[joint], path[joint:]
    ahead = target - path[0]
    turn = abs(float(wrap_angle(math.atan2(ahead[1], ahead[0]) - heading)))
    arcs = [np.concatenate([_arc_towards(path[0], heading, radius, side, target), rest]) for side in (1, -1)]
    return [path, *arcs] if turn < math.pi / 3 else arcs


def _arc_towards(start: Float64, heading: float, radius: float, side: int, target: Float64) -> Float64:
    """Points (k, 2) of an arc, left for side 1, right for −1, from a heading until it faces a target."""
    points = [start]
    centre = start + radius * side * np.array([-math.sin(heading), math.cos(heading)])
    for step in np.arange(0.1, 2 * math.pi, 0.1):
        facing = heading + side * step
        point = centre + radius * side * np.array([math.sin(facing), -math.cos(facing)])
        points.append(point)
        toward = target - point
        if abs(float(wrap_angle(math.atan2(toward[1], toward[0]) - facing))) < 0.1:
            break
    return np.array(points)
