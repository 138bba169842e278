"""Homes that several tests look at, each made once."""

from __future__ import annotations

from functools import cache

from scene_adapters.procedural.home import Design, design, home
from schemas.scenes import Scene

CHOSEN = ((0, "flat"), (1, "flat"), (0, "cluttered"), (0, "small"), (0, "two_storey"), (0, "large"))


@cache
def designed(seed: int, kind: str) -> Design:
    """The design of a home."""
    return design(seed, kind)


@cache
def built(seed: int, kind: str) -> Scene:
    """The scene of a home."""
    return home(seed, kind)
