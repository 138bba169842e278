"""Geodesic fields: the cost from one cell to every other, and the cheapest path back.

Moves go to the eight neighbours; a diagonal one needs both cells beside it, so no path cuts a corner. A
step of length l between cells a and b costs l · (w(a) + w(b)) / 2 with cell weights w ≥ 1, in cells.
Every step costs at least 1, so buckets of width 1 settle in any order inside (Dial, 1969): the field is
exact. A bucket that is full makes all of them grow, so nothing overflows.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Bool, Float32, Float64, Int32

UNREACHED = np.float32(np.inf)
_ROOT2 = 2.0**0.5
_ROW_STEP = np.array([0, 1, 0, -1, 1, 1, -1, -1], dtype=np.int64)
_COL_STEP = np.array([1, 0, -1, 0, 1, -1, 1, -1], dtype=np.int64)


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

    weights : (rows, cols) float32, ≥ 1, inf for a cell that cannot be entered.
    Raises ValueError for a start off the grid or weights under 1.
    """
    rows, cols = weights.shape
    if not (0 <= start[0] < rows and 0 <= start[1] < cols):
        raise ValueError(f"start cell {start} is off the grid of {rows} × {cols}")
    lightest = float(weights.min())
    if not lightest >= 1.0:
        raise ValueError(f"cell weights must be at least 1, not {lightest}")
    heaviest = float(weights.max(where=np.isfinite(weights), initial=1.0))
    buckets = 1 << (int(heaviest * _ROOT2) + 2).bit_length()
    if np.isfinite(weights[[0, -1]]).any() or np.isfinite(weights[:, [0, -1]]).any():
        padded = np.pad(weights, 1, constant_values=np.inf)
        return np.ascontiguousarray(geodesic_field(padded, (start[0] + 1, start[1] + 1))[1:-1, 1:-1])
    field = np.full(weights.shape, UNREACHED, dtype=np.float32)
    if np.isfinite(weights[start]):
        _settle(np.ascontiguousarray(weights).ravel(), start[0] * cols + start[1], cols, buckets, field.ravel())
    return field


@njit(cache=True, nogil=True)
def _settle(weights: Float32, start: int, cols: int, buckets: int, field: Float32) -> None:
    """Dial's algorithm on flat arrays whose outermost cells cannot be entered; `buckets` is a power of two."""
    capacity = 1024
    cells, filled = np.empty(buckets * capacity, np.int32), np.zeros(buckets, np.int64)
    cells[0], filled[0], field[start] = start, 1, 0.0
    offset = np.array([1, -1, cols, -cols, cols + 1, cols - 1, -cols + 1, -cols - 1])
    half, diagonal = np.float32(0.5), np.float32(0.5 * _ROOT2)
    waiting, level = 1, 0
    while waiting:
        slot = level & (buckets - 1)
        waiting -= filled[slot]
        for i in range(filled[slot]):
            cell = cells[slot * capacity + i]
            cost, weight = field[cell], weights[cell]
            if int(cost) != level:
                continue  # settled through an earlier bucket
            moves = _moves(weights, cell, cols)
            for k in range(8):
                if not moves >> k & 1:
                    continue
                other = cell + offset[k]
                old, new = field[other], cost + (half if k < 4 else diagonal) * (weight + weights[other])
                if not new < old:
                    continue
                field[other] = new
                if old < UNREACHED and int(old) == int(new):
                    continue  # it waits in that bucket already
                bucket = int(new) & (buckets - 1)
                if filled[bucket] == capacity:
                    cells = _doubled(cells, buckets)
                    capacity *= 2
                cells[bucket * capacity + filled[bucket]] = other
                filled[bucket] += 1
                waiting += 1
        filled[slot] = 0
        level += 1


@njit(cache=True, nogil=True)
def _doubled(cells: Int32, buckets: int) -> Int32:
    """The same buckets with twice the room each."""
    larger = np.empty((buckets, 2, cells.size // buckets), np.int32)
    larger[:, 0] = cells.reshape(buckets, -1)
    return larger.reshape(-1)


@njit(cache=True, nogil=True)
def _moves(weights: Float32, cell: int, cols: int) -> int:
    """Which neighbours may be entered, a bit each in the order of the offsets: sides first, then corners."""
    right, left = weights[cell + 1] < np.inf, weights[cell - 1] < np.inf
    up, down = weights[cell + cols] < np.inf, weights[cell - cols] < np.inf
    sides = right | left << 1 | up << 2 | down << 3
    moves: int = sides | (right & up) << 4 | (left & up) << 5 | (right & down) << 6 | (left & down) << 7
    return moves


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
    path = np.empty((256, 2), np.int32)
    path[0, 0], path[0, 1] = row, col
    count, towards = 1, 0
    half, diagonal = np.float32(0.5), np.float32(0.5 * _ROOT2)
    while field[row, col] > 0:
        here, best, next_row, next_col = field[row, col], np.float32(np.inf), row, col
        ahead = towards
        for turn in range(8):
            k = (ahead + turn) & 7
            r, c = row + _ROW_STEP[k], col + _COL_STEP[k]
            if r < 0 or c < 0 or r >= rows or c >= cols or not field[r, c] < here:
                continue
            if k > 3 and not (np.isfinite(weights[row, c]) and np.isfinite(weights[r, col])):
                continue
            cost = field[r, c] + (half if k < 4 else diagonal) * (weights[row, col] + weights[r, c])
            if cost < best:
                best, next_row, next_col, towards = cost, r, c, k
            if cost == here:
                break
        if best == np.inf:
            raise ValueError("the field does not belong to these weights: a cell has no cheaper neighbour")
        row, col = next_row, next_col
        if count == path.shape[0]:
            path = np.concatenate((path, np.empty_like(path)))
        path[count, 0], path[count, 1] = row, col
        count += 1
    return path[:count][::-1].copy()


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
