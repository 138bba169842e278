from __future__ import annotations

import numpy as np

from factory.navigation import NavigationMap
from factory.navigation.esdf import signed_distance
from factory.navigation.homotopy import same_homotopy
from schemas.robots import Body
from schemas.scenes import Storey

FREE = np.ones((100, 100), dtype=bool)
FREE[45:55, 45:55] = False
MAP = NavigationMap((10.0, -3.0), 0.1, FREE, signed_distance(FREE, 0.1), Storey(0, 0.0, 2.5), Body(0.25, 1.5, 0.1, 0.5))
START, GOAL = [11.0, 2.0], [19.0, 2.0]
LEFT = np.array([START, [15.0, 4.5], GOAL])
RIGHT = np.array([START, [15.0, -0.5], GOAL])


def test_both_ways_around_a_pillar_differ() -> None:
    assert not same_homotopy(LEFT, RIGHT, MAP)
    assert not same_homotopy(RIGHT, LEFT, MAP)


def test_two_ways_past_the_same_side_agree() -> None:
    assert same_homotopy(LEFT, np.array([START, [12.0, 5.0], [16.0, 6.0], GOAL]), MAP)
    assert same_homotopy(LEFT, LEFT, MAP)


def test_a_loop_around_a_pillar_differs_though_it_ends_alike() -> None:
    looped = np.array([START, [15.0, 4.5], [17.0, 2.0], [15.0, -0.5], [13.0, 2.0], [15.0, 4.5], GOAL])
    assert not same_homotopy(LEFT, looped, MAP)


def test_a_pillar_within_one_row_of_cells_is_seen() -> None:
    free = np.ones((100, 100), dtype=bool)
    free[50, 50] = False
    thin = NavigationMap(MAP.origin, 0.1, free, signed_distance(free, 0.1), MAP.storey, MAP.body)
    above, below = (np.array([START, [15.05, 2.05 + dy], GOAL]) for dy in (0.2, -0.2))
    assert not same_homotopy(above, below, thin)
