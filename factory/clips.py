"""Cut a walk into clips where it turns.

Turning is |Δyaw| accumulated over a window of path length centred on a frame. Its local maxima above
a threshold are the key frames; walks without turns are cut evenly, at the least turning nearby.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.signal import find_peaks

from schemas.arrays import Float64, Int64
from schemas.episodes import Clip, EpisodePlan
from schemas.recipe import Clips


def split_clips(plan: EpisodePlan, settings: Clips) -> tuple[Clip, ...]:
    """The clips of a walk: contiguous, in order, every frame in exactly one.

    A key frame begins a clip. Lengths and turns run up to the next clip's first frame, so their sums
    are those of the walk. No clip is below the minima, unless the walk itself is; none is above the
    maximum, unless splitting it would go below the minima.
    """
    travelled = path_length(plan.positions)
    turning = accumulated_turning(travelled, plan.yaw, settings.window)
    cuts = _key_frames(travelled, turning, settings)
    cuts = _shorten(cuts, travelled, turning, settings)
    return tuple(
        Clip(
            first=first,
            last=last if last == plan.frames - 1 else last - 1,
            turn=float(plan.yaw[last] - plan.yaw[first]),
            length=float(travelled[last] - travelled[first]),
        )
        for first, last in itertools.pairwise(cuts)
    )


def path_length(positions: Float64) -> Float64:
    """Metres travelled in the plane up to each frame, (T,) float64, from positions (T, 2 or 3)."""
    steps = np.linalg.norm(np.diff(positions[:, :2], axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def accumulated_turning(travelled: Float64, yaw: Float64, window: float) -> Float64:
    """|Δyaw| summed over the steps within `window` / 2 metres before and after each frame.

    travelled, yaw : (T,) float64, metres and radians. Returns (T,) float64, radians, rounded to 1e-6, so
    that a turn that fits the window whole is one plateau and not noise.
    """
    total = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(yaw)))])
    before = np.interp(travelled - window / 2, travelled, total)
    after = np.interp(travelled + window / 2, travelled, total)
    return np.asarray(np.round(after - before, 6))


def _key_frames(travelled: Float64, turning: Float64, settings: Clips) -> list[int]:
    """Accepted cuts with both ends: the strongest peaks first, each where it leaves clips that are long enough."""
    peaks, _ = find_peaks(turning, height=math.radians(settings.turn_deg))
    cuts = [0, len(travelled) - 1]
    for peak in peaks[np.argsort(-turning[peaks], kind="stable")]:
        after = int(np.searchsorted(cuts, peak))
        if len(_allowed(np.array([peak]), cuts[after - 1], cuts[after], travelled, settings)):
            cuts.insert(after, int(peak))
    return cuts


def _shorten(cuts: list[int], travelled: Float64, turning: Float64, settings: Clips) -> list[int]:
    """Cut what is above the maximum length into equal parts, each cut moved to the least turning within its slack."""
    shortened = cuts[:1]
    for begin, end in itertools.pairwise(cuts):
        length = travelled[end] - travelled[begin]
        parts = math.ceil(length / settings.max_length - 1e-9)
        slack = (settings.max_length - length / max(parts, 1)) / 2
        for part in range(1, parts):
            offset = np.abs(travelled - travelled[begin] - length * part / parts)
            near = np.flatnonzero(offset <= max(slack, offset.min()))
            near = _allowed(near, shortened[-1], end, travelled, settings)
            if len(near):
                shortened.append(int(near[np.lexsort((offset[near], turning[near]))[0]]))
        shortened.append(end)
    return shortened


def _allowed(frames: Int64, begin: int, end: int, travelled: Float64, settings: Clips) -> Int64:
    """Those of `frames` that split begin..end into two clips that are long enough."""
    metres = np.minimum(travelled[frames] - travelled[begin], travelled[end] - travelled[frames])
    count = np.minimum(frames - begin, end - frames)
    return np.asarray(frames[(metres >= settings.min_length) & (count >= settings.min_frames)])
