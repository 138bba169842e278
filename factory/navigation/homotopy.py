"""Whether two paths between the same ends pass every obstacle on the same side."""

from __future__ import annotations

import numpy as np
from numba import njit

from factory.navigation.map import NavigationMap
from schemas.arrays import Bool, Float64


def same_homotopy(first: Float64, second: Float64, built: NavigationMap) -> bool:
    """True when the loop out along one polyline (n, 2) and back along the other winds around no cell that is not free.

    Points are in metres, world.
    """
    loop = np.concatenate([first, second[::-1]])
    cells = (loop - np.asarray(built.origin)) / built.resolution - 0.5
    low = np.maximum(np.floor(cells.min(axis=0)).astype(int), 0)
    high = np.ceil(cells.max(axis=0)).astype(int) + 1
    window = built.free[low[1] : high[1] + 1, low[0] : high[0] + 1]
    return not bool(_encloses(np.ascontiguousarray(~window), cells - low))


@njit(cache=True, nogil=True)
def _encloses(blocked: Bool, loop: Float64) -> bool:
    """Whether a closed loop of (column, row) points has a winding number other than 0 around a blocked cell."""
    rows, cols = blocked.shape
    crossings = np.zeros((rows, cols + 1), np.int32)
    for i in range(loop.shape[0]):
        j = (i + 1) % loop.shape[0]
        x0, y0, x1, y1 = loop[i, 0], loop[i, 1], loop[j, 0], loop[j, 1]
        if y0 == y1:
            continue
        sign = 1 if y1 > y0 else -1
        for row in range(max(0, int(np.ceil(min(y0, y1)))), min(rows, int(np.ceil(max(y0, y1))))):
            x = x0 + (row - y0) / (y1 - y0) * (x1 - x0)
            crossings[row, min(cols, max(0, int(np.floor(x)) + 1))] += sign
    for row in range(rows):
        winding = 0
        for col in range(cols):
            winding += crossings[row, col]
            if winding != 0 and blocked[row, col]:
                return True
    return False
