"""Empty rooms to furnish."""

from __future__ import annotations

import numpy as np

from scene_adapters.procedural.arrangement import Arrangement
from scene_adapters.procedural.rectangles import Rectangle
from tests.scene_adapters.procedural.homes import palette


def arrangement(inside: Rectangle, door: Rectangle, seed: int, height: float = 2.6) -> Arrangement:
    """A room of that floor and ceiling with one door and no window."""
    return Arrangement(inside, height, [door], (), (), palette(), np.random.default_rng(seed))
