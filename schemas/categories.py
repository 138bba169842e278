"""Matterport3D's 42 categories (mpcat40), the label set that all datasets are mapped to."""

from __future__ import annotations

MPCAT40: tuple[str, ...] = (
    "void", "wall", "floor", "chair", "door", "table", "picture", "cabinet", "cushion", "window",
    "sofa", "bed", "curtain", "chest_of_drawers", "plant", "sink", "stairs", "ceiling", "toilet", "stool",
    "towel", "mirror", "tv_monitor", "shower", "column", "bathtub", "counter", "fireplace", "lighting", "beam",
    "railing", "shelving", "blinds", "gym_equipment", "seating", "board_panel", "furniture", "appliances",
    "clothes", "objects", "misc", "unlabeled",
)  # fmt: skip

# Surfaces of the building itself: never a landmark, and in view nearly always.
STRUCTURE: frozenset[str] = frozenset({"void", "wall", "floor", "ceiling", "misc", "unlabeled", "beam"})
