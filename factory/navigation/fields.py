"""Geodesic fields: the cost from one cell to every other.

Moves go to the eight neighbours; a diagonal one needs both cells beside it, so no path cuts a corner. A
step of length l between cells a and b costs l · (w(a) + w(b)) / 2 with cell weights w ≥ 1, in cells.
Every step costs at least 1, so buckets of width 1 settle in any order inside (Dial, 1969): the field is
exact, bit for bit what a binary heap finds with the same sums. Buckets grow before a level that might fill
one, so nothing overflows.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Float32, Int32, Int64

UNREACHED = np.float32(np.inf)
HALF, DIAGONAL = np.float32(0.5), np.float32(0.5 * 2.0**0.5)  # half a step to a side, and to a corner
_HEAVIEST = 1024.0  # there are as many buckets as the heaviest step costs
_ROOM = 4096  # cells a bucket has room for at first
_LAST_LEVEL = 2**23  # from here on, float32 tells whole cells apart and no more
_HUGE = np.float32(1e30)


def clearance_weights(esdf: Float32, needed: float, preferred: float, strength: float = 4.0) -> Float32:
    """Cell weights (rows, cols) float32 for `geodesic_field`.

    Infinite where the ESDF is under `needed` metres, 1 where it is over `preferred`, rising between
    them with the square of what is missing up to 1 + `strength`.
    """
    missing = np.clip((preferred - esdf) / max(preferred - needed, 1e-6), 0.0, 1.0)
    weights = (1.0 + strength * missing * missing).astype(np.float32)
    weights[esdf < needed] = np.inf
    return np.asarray(weights)


def geodesic_field(weights: Float32, start: tuple[int, int]) -> Float32:
    """Cost (rows, cols) float32, in cells, from `start` (row, col) to every cell; inf where it cannot be reached.

    weights : (rows, cols) float32, 1 to 1024, inf for a cell that cannot be entered.
    Raises ValueError for a start off the grid, other weights, and a cost that passes 2²³.
    """
    rows, cols = weights.shape
    if not (0 <= start[0] < rows and 0 <= start[1] < cols):
        raise ValueError(f"start cell {start} is off the grid of {rows} × {cols}")
    lightest = float(weights.min())
    if not lightest >= 1.0:
        raise ValueError(f"cell weights must be at least 1, not {lightest}")
    heaviest = float(weights[weights < UNREACHED].max(initial=1.0))
    if heaviest > _HEAVIEST:
        raise ValueError(f"cell weights must be at most {_HEAVIEST:.0f} or inf, not {heaviest}")
    buckets = 1 << (int(heaviest * 2.0**0.5) + 2).bit_length()
    if np.isfinite(weights[[0, -1]]).any() or np.isfinite(weights[:, [0, -1]]).any():
        padded = np.pad(weights, 1, constant_values=np.inf)
        return np.ascontiguousarray(geodesic_field(padded, (start[0] + 1, start[1] + 1))[1:-1, 1:-1])
    field = np.full(weights.shape, UNREACHED, dtype=np.float32)
    if np.isfinite(weights[start]):
        _settle(np.ascontiguousarray(weights).ravel(), start[0] * cols + start[1], cols, buckets, field.ravel())
    return field


@njit(cache=True, nogil=True)
def _settle(weights: Float32, start: int, cols: int, buckets: int, field: Float32) -> None:
    """Dial's algorithm on flat arrays whose outermost cells cannot be entered; `buckets` is a power of two.

    A level is three passes over short lists, without a branch that depends on the map: guessing wrong costs a
    processor more than offering a cell in vain. They are functions of their own because numba counts references
    at every turn of a loop that also replaces an array.
    """
    cells, filled = np.empty((buckets, _ROOM), np.int32), np.zeros(buckets, np.int64)
    due, improved = np.empty(_ROOM, np.int32), np.empty(_ROOM, np.int32)
    cells[0, 0], filled[0], field[start] = start, 1, 0.0
    waiting, fullest, level = 1, 1, 0
    while waiting:
        if level == _LAST_LEVEL:
            raise ValueError("a geodesic cost passes 2²³ cells: too long a way, or too heavy, for float32")
        slot = level & (buckets - 1)
        room = fullest + 8 * filled[slot]
        if room > cells.shape[1]:
            cells = _widened(cells, 2 * room)
            due, improved = np.empty(2 * room, np.int32), np.empty(2 * room, np.int32)
        ready = _due(cells[slot, : filled[slot]], field, level, due)
        waiting -= filled[slot]
        filled[slot] = 0
        count = _offer_around(due[:ready], weights, cols, field, improved)
        waiting += count
        fullest = max(fullest, _put(improved[:count], field, cells, filled))
        level += 1


@njit(cache=True, nogil=True)
def _widened(cells: Int32, room: int) -> Int32:
    """The same buckets with room for so many cells each."""
    wider = np.empty((cells.shape[0], room), np.int32)
    wider[:, : cells.shape[1]] = cells
    return wider


@njit(cache=True, nogil=True)
def _due(waiting: Int32, field: Float32, level: int, due: Int32) -> np.int64:
    """Collect the cells of a bucket that no earlier one has settled; how many."""
    count = np.uint64(0)
    for cell in waiting:
        due[count] = cell
        count += np.uint64(np.int32(field[np.uint64(cell)]) == level)
    return np.int64(count)


@njit(cache=True, nogil=True)
def _offer_around(due: Int32, weights: Float32, cols: int, field: Float32, improved: Int32) -> np.int64:
    """Offer every cell's neighbours the way through it; collect those that fall into a lower bucket; how many."""
    one, row, count = np.uint64(1), np.uint64(cols), np.uint64(0)  # numba takes a signed index for one from the end
    for entry in due:
        cell = np.uint64(entry)
        straight, slant = field[cell] + HALF * weights[cell], field[cell] + DIAGONAL * weights[cell]
        up, down, right, left = cell + row, cell - row, cell + one, cell - one
        to_up, to_down = straight + HALF * weights[up], straight + HALF * weights[down]
        to_right, to_left = straight + HALF * weights[right], straight + HALF * weights[left]
        # Infinite where either side is blocked, else below any cost.
        no_up_right, no_up_left = max(to_up, to_right) - _HUGE, max(to_up, to_left) - _HUGE
        no_down_right, no_down_left = max(to_down, to_right) - _HUGE, max(to_down, to_left) - _HUGE
        to_up_right = max(slant + DIAGONAL * weights[up + one], no_up_right)
        to_up_left = max(slant + DIAGONAL * weights[up - one], no_up_left)
        to_down_right = max(slant + DIAGONAL * weights[down + one], no_down_right)
        to_down_left = max(slant + DIAGONAL * weights[down - one], no_down_left)
        count = _offer(to_right, right, field, improved, count)
        count = _offer(to_left, left, field, improved, count)
        count = _offer(to_up, up, field, improved, count)
        count = _offer(to_down, down, field, improved, count)
        count = _offer(to_up_right, up + one, field, improved, count)
        count = _offer(to_up_left, up - one, field, improved, count)
        count = _offer(to_down_right, down + one, field, improved, count)
        count = _offer(to_down_left, down - one, field, improved, count)
    return np.int64(count)


@njit(cache=True, nogil=True)
def _offer(cost: np.float32, cell: np.uint64, field: Float32, improved: Int32, count: np.uint64) -> np.uint64:
    """Take the lower cost; count the cell as improved unless it waits in the bucket of that cost already."""
    old = field[cell]
    field[cell] = min(cost, old)
    improved[count] = cell
    return count + np.uint64(cost < np.floor(old))


@njit(cache=True, nogil=True)
def _put(improved: Int32, field: Float32, cells: Int32, filled: Int64) -> int:
    """Each cell into the bucket of its cost; how many the fullest of these holds."""
    last, fullest = np.uint64(cells.shape[0] - 1), 0
    for cell in improved:
        bucket = np.uint64(np.int32(field[np.uint64(cell)])) & last
        cells[bucket, np.uint64(filled[bucket])] = cell
        filled[bucket] += 1
        fullest = max(fullest, filled[bucket])
    return fullest
