"""What a robot's body must keep away from, as points in the plane, from the map it was planned on."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation

from factory.navigation import NavigationMap
from schemas.arrays import Float64


def obstacle_points(navigation: NavigationMap) -> Float64:
    """Centres (n, 2) float64, world, metres, of the cells that bound the free ones: the surface of what is occupied.

    Eight neighbours count. The map is of one body, so what stands above it is no obstacle and what it cannot climb is.
    """
    free = np.pad(navigation.free, 1)
    border = binary_dilation(free, np.ones((3, 3), bool)) & ~free
    return navigation.centres(np.argwhere(border).astype(np.int32) - 1)


def navigable_points(navigation: NavigationMap) -> Float64:
    """Centres (n, 2) float64, world, metres, of the free cells."""
    return navigation.centres(np.argwhere(navigation.free).astype(np.int32))
