"""Every kind of furniture, by name. A builder draws dimensions and style from the generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture import (
    bathroom,
    beds,
    decor,
    kitchen,
    leisure,
    lights,
    objects,
    seating,
    storage,
    tables,
)
from scene_adapters.procedural.shapes import Piece

Builder = Callable[[Palette, np.random.Generator], Piece]

KINDS: Mapping[str, Builder] = MappingProxyType(
    {
        "sofa": seating.sofa,
        "armchair": seating.armchair,
        "dining_chair": seating.dining_chair,
        "office_chair": seating.office_chair,
        "stool": seating.stool,
        "bench": seating.bench,
        "coffee_table": tables.coffee_table,
        "dining_table": tables.dining_table,
        "desk": tables.desk,
        "bed_double": beds.bed_double,
        "bed_single": beds.bed_single,
        "bookshelf": storage.bookshelf,
        "wardrobe": storage.wardrobe,
        "chest_of_drawers": storage.chest_of_drawers,
        "nightstand": storage.nightstand,
        "sideboard": storage.sideboard,
        "tv_stand": storage.tv_stand,
        "shoe_rack": storage.shoe_rack,
        "clothes_rack": storage.clothes_rack,
        "kitchen_counter": kitchen.kitchen_counter,
        "kitchen_island": kitchen.kitchen_island,
        "kitchen_sink": kitchen.kitchen_sink,
        "wall_cabinet": kitchen.wall_cabinet,
        "fridge": kitchen.fridge,
        "oven": kitchen.oven,
        "range_hood": kitchen.range_hood,
        "dishwasher": kitchen.dishwasher,
        "toilet": bathroom.toilet,
        "bathroom_sink": bathroom.bathroom_sink,
        "bathtub": bathroom.bathtub,
        "shower": bathroom.shower,
        "washing_machine": bathroom.washing_machine,
        "towel": bathroom.towel,
        "mirror": bathroom.mirror,
        "floor_lamp": lights.floor_lamp,
        "table_lamp": lights.table_lamp,
        "ceiling_lamp": lights.ceiling_lamp,
        "pendant_lamp": lights.pendant_lamp,
        "rug": decor.rug,
        "picture": decor.picture,
        "clock": decor.clock,
        "curtain": decor.curtain,
        "blinds": decor.blinds,
        "cushion": decor.cushion,
        "plant": decor.plant,
        "tv": leisure.tv,
        "monitor": leisure.monitor,
        "laptop": leisure.laptop,
        "exercise_bike": leisure.exercise_bike,
        "dumbbell_rack": leisure.dumbbell_rack,
        "piano": leisure.piano,
        "whiteboard": leisure.whiteboard,
        "fireplace": leisure.fireplace,
        "column": leisure.column,
        "radiator": leisure.radiator,
        "books": objects.books,
        "vase": objects.vase,
        "bowl_with_fruit": objects.bowl_with_fruit,
        "bottle": objects.bottle,
        "box": objects.carton,
        "basket": objects.basket,
        "laundry_basket": objects.laundry_basket,
        "trash_can": objects.trash_can,
        "toys": objects.toys,
        "pan": objects.pan,
        "kettle": objects.kettle,
    }
)


def build(kind: str, palette: Palette, generator: np.random.Generator) -> Piece:
    """A piece of that kind. Raises KeyError for a kind that is not in `KINDS`."""
    return KINDS[kind](palette, generator)
