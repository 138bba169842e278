"""Points of a surface where light is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schemas.arrays import Float64, Int64


@dataclass(frozen=True)
class Points:
    """Where light is asked for: position and unit normal (n, 3) float64, metres."""

    position: Float64
    normal: Float64

    def __len__(self) -> int:
        return len(self.position)

    def take(self, rows: Int64) -> Points:
        """The points at `rows`."""
        return Points(self.position[rows], self.normal[rows])


def join_points(parts: Sequence[Points]) -> Points:
    """All points of `parts`, in order."""
    return Points(np.concatenate([part.position for part in parts]), np.concatenate([part.normal for part in parts]))
