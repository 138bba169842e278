"""How a walk moves: turns and straights, found from headings and path length alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from factory.clips import path_length
from schemas.arrays import Float64
from schemas.episodes import EpisodePlan

# Turning faster than this, radians a metre, is a turn; what is slower is a straight with a drift.
TURN_RATE = math.radians(25)
SMALLEST_TURN = math.radians(20)
# Turns of one sense closer than this, metres, are one turn.
MERGE = 0.35
_SMOOTHING = 0.15


@dataclass(frozen=True)
class Move:
    """Frames first..last of a walk. turn : signed change of yaw, radians, left positive; length : metres."""

    first: int
    last: int
    turn: float
    length: float
    is_turn: bool


def moves(plan: EpisodePlan, first: int, last: int) -> tuple[Move, ...]:
    """Turns and straights of frames first..last in order; neighbours share a frame.

    A turn changes the heading by `SMALLEST_TURN` at least. Two frames or fewer are one straight.
    """
    travelled = path_length(plan.positions)[first : last + 1]
    yaw = plan.yaw[first : last + 1]
    found: list[Move] = []
    at = 0
    for begin, end in _turns(travelled, yaw):
        if begin > at:
            found.append(_move(at, begin, travelled, yaw, first, is_turn=False))
        found.append(_move(begin, end, travelled, yaw, first, is_turn=True))
        at = end
    if at < len(yaw) - 1 or not found:
        found.append(_move(at, len(yaw) - 1, travelled, yaw, first, is_turn=False))
    return tuple(found)


def _move(begin: int, end: int, travelled: Float64, yaw: Float64, offset: int, *, is_turn: bool) -> Move:
    turn, length = float(yaw[end] - yaw[begin]), float(travelled[end] - travelled[begin])
    return Move(offset + begin, offset + end, turn, length, is_turn)


def _turns(travelled: Float64, yaw: Float64) -> list[tuple[int, int]]:
    """Index ranges of the turns, by the sign of the smoothed turning rate."""
    if len(yaw) < 3:
        return []
    # A turn in place has no length: a little of it a frame keeps the rate finite and the turn visible.
    measure = travelled + 1e-3 * np.arange(len(travelled))
    rate = np.gradient(yaw, measure)
    step = max(measure[-1] / (len(measure) - 1), 1e-3)
    rate = gaussian_filter1d(rate, _SMOOTHING / step, mode="nearest")
    sense = np.where(np.abs(rate) > TURN_RATE, np.sign(rate), 0).astype(int)
    edges = np.flatnonzero(np.diff(sense)) + 1
    runs = zip(np.concatenate([[0], edges]), np.concatenate([edges, [len(sense)]]), strict=True)
    merged: list[tuple[int, int]] = []
    for begin, end in ((int(b), min(int(e), len(yaw) - 1)) for b, e in runs if sense[b] != 0):
        previous = merged[-1] if merged else None
        if previous and sense[previous[0]] == sense[begin] and travelled[begin] - travelled[previous[1]] < MERGE:
            merged[-1] = (previous[0], end)
        else:
            merged.append((begin, end))
    return [(begin, end) for begin, end in merged if abs(yaw[end] - yaw[begin]) >= SMALLEST_TURN]
