from __future__ import annotations

import math

import numpy as np
import pytest

from factory.navigation import Ground, Limits, Route, follow, ground, map_mesh, plan_route
from factory.navigation.certificate import certify
from factory.navigation.fields import geodesic_field
from factory.navigation.map import NavigationMap
from factory.navigation.paths import path_to
from factory.navigation.route import route, taut_length
from factory.navigation.spline import curvature, evaluate, parameters
from schemas.outcomes import Reason, Rejected
from schemas.robots import Body
from schemas.scenes import Storey
from tests.factory.navigation.flats import Box, Flat
from tests.rooms import two_rooms

BODY = Body(0.25, 1.5, 0.1, math.radians(30))


def _ground(*solids: Box, size: tuple[float, float] = (8.0, 6.0), limits: Limits | None = None) -> Ground:
    floor: Box = ((0.0, 0.0, -0.1), (*size, 0.0))
    built = map_mesh(*Flat(solids=[floor, *solids]).mesh(), Storey(0, 0.0, 3.0), BODY)
    assert isinstance(built, NavigationMap)
    return ground(built, limits or Limits())


def _route(place: Ground, start: tuple[float, float], goal: tuple[float, float], heading: float | None = None) -> Route:
    found = plan_route(place, start, goal, heading)
    assert isinstance(found, Route), found
    return found


def test_across_an_open_floor_the_route_is_straight() -> None:
    found = _route(_ground(), (2.0, 3.0), (6.0, 3.0))
    assert found.length == pytest.approx(4.0, rel=0.01)
    assert found.geodesic_length == pytest.approx(4.0, rel=0.01)
    assert found.controls[[1, -2]] == pytest.approx(np.array([[2.0, 3.0], [6.0, 3.0]]))


def test_around_a_wall_it_keeps_the_radius_and_the_curvature() -> None:
    place = _ground(((4.0, 0.0, 0.0), (4.1, 4.5, 2.5)))
    found = _route(place, (2.0, 1.0), (6.0, 1.0))
    assert found.certified_clearance >= BODY.radius
    assert found.certified_clearance == pytest.approx(certify(found.controls, place.built))
    samples = evaluate(found.controls, parameters(found.controls, 500))
    assert np.abs(curvature(samples)).max() <= place.limits.max_curvature
    taut = 2 * math.hypot(2.0, 3.75)
    assert taut - 0.1 < found.geodesic_length <= found.length < 1.4 * taut


def test_a_narrow_door_is_passed_where_the_body_just_fits() -> None:
    """0.7 m for a body 0.5 m wide: the wished clearance is not to be had, the needed one is."""
    wall: list[Box] = [((4.0, 0.0, 0.0), (4.1, 2.65, 2.5)), ((4.0, 3.35, 0.0), (4.1, 6.0, 2.5))]
    found = _route(_ground(*wall), (2.0, 1.0), (6.0, 5.0))
    assert BODY.radius <= found.certified_clearance < 0.35


def test_a_door_too_narrow_for_the_body_is_no_way() -> None:
    wall: list[Box] = [((4.0, 0.0, 0.0), (4.1, 2.76, 2.5)), ((4.0, 3.24, 0.0), (4.1, 6.0, 2.5))]
    outcome = plan_route(_ground(*wall), (2.0, 1.0), (6.0, 5.0))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == Reason.UNREACHABLE


@pytest.mark.parametrize("heading", [0.0, math.pi / 2, math.pi, -math.pi / 2])
def test_a_start_heading_is_kept_within_the_curvature(heading: float) -> None:
    place = _ground()
    found = _route(place, (3.0, 3.0), (6.5, 3.0), heading)
    track = follow(found.controls, place.built, 0.04, 1.0, 1.5)
    assert math.cos(track.yaw[0] - heading) == pytest.approx(1.0, abs=1e-6)
    samples = evaluate(found.controls, parameters(found.controls, 500))
    assert np.abs(curvature(samples)).max() <= place.limits.max_curvature


def test_a_start_facing_a_wall_with_no_room_to_turn_is_rejected_with_a_reason() -> None:
    corridor: list[Box] = [((0.0, 2.6, 0.0), (8.0, 2.7, 2.5)), ((0.0, 3.3, 0.0), (8.0, 3.4, 2.5))]
    outcome = plan_route(_ground(*corridor), (2.0, 3.0), (6.0, 3.0), math.pi)
    assert isinstance(outcome, Rejected)
    assert outcome.reason in {Reason.CURVATURE, Reason.NOT_CERTIFIED}


@pytest.mark.parametrize(
    ("start", "goal", "reason"),
    [
        ((4.05, 1.0), (6.0, 1.0), Reason.START_IN_COLLISION),
        ((3.85, 1.0), (6.0, 1.0), Reason.START_IN_COLLISION),
        ((-50.0, 1.0), (6.0, 1.0), Reason.START_IN_COLLISION),
        ((math.nan, 1.0), (6.0, 1.0), Reason.START_IN_COLLISION),
        ((2.0, 1.0), (4.05, 1.0), Reason.NO_GOAL),
        ((2.0, 1.0), (math.inf, 1.0), Reason.NO_GOAL),
        ((2.0, 1.0), (6.0, 1.0), Reason.UNREACHABLE),
        ((2.0, 1.0), (2.01, 1.0), Reason.TOO_SHORT),
    ],
)
def test_ends_that_cannot_be_are_rejected(
    start: tuple[float, float], goal: tuple[float, float], reason: Reason
) -> None:
    place = _ground(((4.0, 0.0, 0.0), (4.1, 6.0, 2.5)))
    outcome = plan_route(place, start, goal)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == reason


def test_a_curve_is_in_the_homotopy_of_the_fields_path_or_shorter() -> None:
    """Given the way around the back of a pillar, it does not jump to the front unless that saves length."""
    place = _ground(((3.5, 2.5, 0.0), (4.5, 3.5, 2.5)))
    around = np.array([[1.0, 2.9], [2.5, 2.9], [4.0, 1.4], [5.5, 2.9], [7.0, 2.9]])
    found = route(place, around, 6.2)
    assert isinstance(found, Route)
    middle = evaluate(found.controls, parameters(found.controls, 16))
    assert middle[np.abs(middle[:, 0] - 4.0) < 0.3, 1].max() < 2.5


def test_a_curvature_no_curve_can_keep_is_a_reason() -> None:
    """A chicane of walls, and a drive that needs two metres to turn."""
    walls: list[Box] = [
        ((2.0, 0.0, 0.0), (2.1, 5.1, 2.5)), ((3.0, 0.9, 0.0), (3.1, 6.0, 2.5)), ((4.0, 0.0, 0.0), (4.1, 5.1, 2.5)),
    ]  # fmt: skip
    outcome = plan_route(_ground(*walls, limits=Limits(max_curvature=0.5)), (1.0, 1.0), (6.0, 1.0))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == Reason.CURVATURE
    assert "0.5/m" in outcome.detail


def test_the_geodesic_length_of_a_pair_is_near_the_shortest_there_is() -> None:
    place = _ground(((4.0, 0.0, 0.0), (4.1, 4.0, 2.5)))
    start, goal = (20, 30), (25, 130)
    field = geodesic_field(place.open_weights, start)
    length = taut_length(place, field, goal)
    eight_connected = float(field[goal]) * 0.05
    assert 0.92 * eight_connected <= length <= eight_connected


def test_wished_clearance_is_kept_where_there_is_room() -> None:
    scene = two_rooms()
    built = map_mesh(scene.mesh.vertices, scene.mesh.triangles, scene.storeys[0], BODY)
    assert isinstance(built, NavigationMap)
    clear = []
    for margin in (0.0, 0.5):
        place = ground(built, Limits(margin=margin))
        first = (int((0.6 - built.origin[1]) / 0.05), int((0.5 - built.origin[0]) / 0.05))
        path = path_to(geodesic_field(place.weights, first), place.weights, (first[0] + 40, first[1] + 60))
        assert path is not None
        found = route(place, built.centres(path), 1.0)
        assert isinstance(found, Route)
        clear.append(built.distance(evaluate(found.controls, parameters(found.controls, 8))[:, :2]).mean())
    assert clear[1] > clear[0] + 0.05
