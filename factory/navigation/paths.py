"""Paths of cells: the cheapest one in a geodesic field, and the same pulled tight."""

from __future__ import annotations

import numpy as np
from numba import njit

from factory.navigation.fields import DIAGONAL, HALF
from schemas.arrays import Bool, Float32, Float64, Int32

_ROW_STEP = np.array([0, 1, 0, -1, 1, 1, -1, -1], dtype=np.int64)
_COL_STEP = np.array([1, 0, -1, 0, 1, -1, 1, -1], dtype=np.int64)


def path_to(field: Float32, weights: Float32, goal: tuple[int, int]) -> Int32 | None:
    """The cheapest path (n, 2) int32 of (row, col) from the field's start to `goal`; None where there is none."""
    rows, cols = field.shape
    if not (0 <= goal[0] < rows and 0 <= goal[1] < cols) or not np.isfinite(field[goal]):
        return None
    return np.asarray(_descend(field, weights, goal[0], goal[1]))


@njit(cache=True, nogil=True)
def _descend(field: Float32, weights: Float32, row: int, col: int) -> Int32:
    """Follow, from the goal back, the neighbour through which the cell was reached; straight on where that is one.

    The sum that settled a cell is found again bit by bit, since it is formed alike, and ends the search for it.
    """
    rows, cols = field.shape
    path = np.empty((int(field[row, col]) + 3, 2), np.int32)  # a step costs 1 or more, but for rounding
    first = path.shape[0] - 1
    path[first, 0], path[first, 1] = row, col
    towards = 0
    while field[row, col] > 0:
        here, best, next_row, next_col = field[row, col], np.float32(np.inf), row, col
        ahead = towards
        for turn in range(8):
            k = (ahead + turn) & 7
            r, c = row + _ROW_STEP[k], col + _COL_STEP[k]
            if r < 0 or c < 0 or r >= rows or c >= cols or not field[r, c] < here:
                continue
            if k > 3 and not (weights[row, c] < np.inf and weights[r, col] < np.inf):
                continue
            step = HALF if k < 4 else DIAGONAL
            cost = (field[r, c] + step * weights[r, c]) + step * weights[row, col]
            if cost < best:
                best, next_row, next_col, towards = cost, r, c, k
            if cost == here:
                break
        if best == np.inf or first == 0:
            raise ValueError("the field does not belong to these weights: no way down to its start")
        row, col = next_row, next_col
        first -= 1
        path[first, 0], path[first, 1] = row, col
    return path[first:].copy()


def path_length(path: Int32 | Float64) -> float:
    """Length of a polyline (n, 2), in the unit of its coordinates."""
    steps = np.diff(np.asarray(path, dtype=np.float64), axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


@njit(cache=True, nogil=True)
def line_is_open(traversable: Bool, row0: float, col0: float, row1: float, col1: float) -> bool:
    """Whether a segment between two points (cells, centres at integers) keeps to traversable cells.

    Looked at twice a cell: the four centres around must all be traversable, since the ESDF is read between them.
    """
    steps = 2 * int(np.ceil(max(abs(row1 - row0), abs(col1 - col0)))) + 1
    for i in range(steps + 1):
        t = i / steps
        row, col = row0 + t * (row1 - row0), col0 + t * (col1 - col0)
        for r in (int(np.floor(row)), int(np.ceil(row))):
            for c in (int(np.floor(col)), int(np.ceil(col))):
                if not traversable[r, c]:
                    return False
    return True


@njit(cache=True, nogil=True)
def taut_path(traversable: Bool, path: Int32) -> Int32:
    """The corners of a path pulled tight: from each kept point to the farthest later one in sight."""
    kept = np.empty_like(path)
    kept[0] = path[0]
    count, at, last = 1, 0, path.shape[0] - 1
    while at < last:
        step = 1
        while at + step < last and line_is_open(
            traversable, path[at, 0], path[at, 1], path[min(last, at + 2 * step), 0], path[min(last, at + 2 * step), 1]
        ):
            step = min(2 * step, last - at)
        farthest = at + min(step, last - at)
        for probe in range(min(last, at + 2 * step), farthest, -1):
            if line_is_open(traversable, path[at, 0], path[at, 1], path[probe, 0], path[probe, 1]):
                farthest = probe
                break
        at = farthest
        kept[count] = path[at]
        count += 1
    return kept[:count].copy()
