"""Places that fill a square or a cube evenly however few are taken: M. Roberts' sequences R2, R3 and R4."""

from __future__ import annotations

import numpy as np

from schemas.arrays import Float64

# Of x³ = x + 1, x⁴ = x + 1 and x⁵ = x + 1.
_ROOT = {2: 1.32471795724474602596, 3: 1.22074408460575947536, 4: 1.16730397826141868426}


def strides(dimensions: int) -> Float64:
    """Steps (dimensions,) from each place of the sequence to the next, modulo 1; 2 to 4 dimensions."""
    return np.asarray(1 / _ROOT[dimensions] ** np.arange(1, dimensions + 1))


def spread(dimensions: int, count: int) -> Float64:
    """The first `count` places (dimensions, count) of the sequence, in 0..1, from the middle on."""
    steps = np.arange(count) / _ROOT[dimensions] ** np.arange(1, dimensions + 1)[:, None]
    return np.asarray((0.5 + steps) % 1.0)
