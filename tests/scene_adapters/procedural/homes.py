"""Homes that several tests look at, each made once."""

from __future__ import annotations

from functools import cache

import numpy as np

from scene_adapters.procedural.finishes import Palette, draw_palette
from scene_adapters.procedural.home import Design, design, home_ref, scene_of
from schemas.scenes import Scene

CHOSEN = ((0, "flat"), (1, "flat"), (0, "cluttered"), (0, "small"), (0, "two_storey"), (0, "large"))


@cache
def designed(seed: int, kind: str) -> Design:
    """The design of a home."""
    return design(seed, kind)


@cache
def built(seed: int, kind: str) -> Scene:
    """The scene of a home."""
    return scene_of(home_ref(seed, kind), designed(seed, kind))


@cache
def palette(seed: int = 0) -> Palette:
    """The palette drawn from that seed."""
    return draw_palette(np.random.default_rng(seed))
