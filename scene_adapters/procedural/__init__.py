"""Endless homes from a seed."""

from scene_adapters.procedural.home import KINDS, home

__all__ = ["KINDS", "home"]
