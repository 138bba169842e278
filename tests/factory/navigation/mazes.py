"""Grids of random weights to search in."""

from __future__ import annotations

import numpy as np

from schemas.arrays import Float32

Cell = tuple[int, int]


def maze(seed: int, rows: int = 40, cols: int = 50, density: float = 0.3, heaviest: float = 6.0) -> Float32:
    """Weights (rows, cols) float32, even in 1 to `heaviest`, a share of `density` of them blocked."""
    generator = np.random.default_rng(seed)
    weights = generator.uniform(1, heaviest, (rows, cols)).astype(np.float32)
    weights[generator.random((rows, cols)) < density] = np.inf
    return weights


def open_cells(weights: Float32) -> list[Cell]:
    """The cells that can be entered, in reading order."""
    return [(int(row), int(col)) for row, col in np.argwhere(np.isfinite(weights))]
