"""Every kind of furniture, by name. A builder draws dimensions and style from the generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture import tables
from scene_adapters.procedural.shapes import Piece

Builder = Callable[[Palette, np.random.Generator], Piece]

KINDS: Mapping[str, Builder] = MappingProxyType(
    {
        "coffee_table": tables.coffee_table,
        "dining_table": tables.dining_table,
        "desk": tables.desk,
    }
)


def build(kind: str, palette: Palette, generator: np.random.Generator) -> Piece:
    """A piece of that kind. Raises KeyError for a kind that is not in `KINDS`."""
    return KINDS[kind](palette, generator)
