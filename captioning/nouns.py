"""Words for things and rooms. Only words listed here reach a text, whatever a dataset's labels say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.categories import STRUCTURE
from schemas.records import VisitedRoom
from schemas.scenes import Instance, Room

# What a mpcat40 category is called where the dataset's own word is not one we know.
_OF_CATEGORY = {
    "chest_of_drawers": "chest of drawers", "tv_monitor": "television", "lighting": "lamp", "shelving": "shelf",
    "gym_equipment": "exercise machine", "seating": "seat", "board_panel": "board",
    "column": "pillar",
}  # fmt: skip
# Part of every room, or spoken of as a passage.
_NOT_A_LANDMARK = STRUCTURE | {"door"}
# Too vague to be told apart by the category alone.
_VAGUE = frozenset({"objects", "furniture", "clothes", "appliances"})
_PLURAL = frozenset({"stairs", "blinds", "curtains", "shelves", "cabinets", "steps", "drapes"})
_IRREGULAR = {"shelf": "shelves", "bookshelf": "bookshelves", "chest of drawers": "chests of drawers"}
# The last word of a label; words before it ("dining", "potted") may be anything short.
_HEADS = frozenset({
    "chair", "armchair", "table", "desk", "sofa", "couch", "loveseat", "bed", "crib", "bunk", "wardrobe", "cabinet",
    "cabinets", "cupboard", "sideboard", "dresser", "nightstand", "shelf", "shelves", "bookshelf", "bookcase",
    "bookshelves", "rack", "stool", "ottoman", "pouf", "bench", "seat", "picture", "painting", "poster", "photo",
    "mirror", "plant", "flowerpot", "tree", "vase", "lamp", "lantern", "chandelier", "curtain", "curtains", "drapes",
    "blinds", "window", "sink", "basin", "toilet", "bidet", "bathtub", "tub", "shower", "towel", "rug", "carpet",
    "cushion", "pillow", "television", "tv", "monitor", "screen", "computer", "keyboard", "counter", "countertop",
    "island", "fireplace", "stove", "oven", "hob", "cooker", "microwave", "fridge", "refrigerator", "freezer",
    "dishwasher", "washer", "dryer", "machine", "radiator", "heater", "fan", "piano", "guitar", "treadmill",
    "bicycle", "clock", "globe", "statue", "sculpture", "board", "blackboard", "whiteboard", "railing", "banister",
    "pillar", "column", "stairs", "steps", "staircase", "ladder", "basket", "bin", "box", "suitcase", "bag",
    "trolley", "cart", "kettle", "toaster", "speaker", "printer", "aquarium", "easel", "stand", "can",
})  # fmt: skip
_SPOKEN = {"tv": "television", "couch": "sofa", "tub": "bathtub", "refrigerator": "fridge", "column": "pillar"}
_ROOM_HEADS = frozenset({
    "room", "kitchen", "bedroom", "bathroom", "hall", "hallway", "corridor", "study", "office", "lounge", "foyer",
    "entrance", "entryway", "closet", "pantry", "laundry", "garage", "balcony", "terrace", "stairwell", "staircase",
    "landing", "library", "gym", "toilet", "nursery", "attic", "basement", "porch", "den", "kitchenette", "lobby",
    "workshop", "storeroom", "studio",
})  # fmt: skip
_ROOM_SPOKEN = {
    "living": "living room", "dining": "dining room", "bath": "bathroom", "bed": "bedroom", "utility": "utility room",
    "storage": "storage room", "familyroom": "family room", "livingroom": "living room", "diningroom": "dining room",
    "laundry": "laundry room", "entrance": "entrance hall", "stairs": "stairwell", "master bedroom": "main bedroom",
}  # fmt: skip
_VOWEL_SOUND = re.compile(r"[aeio]|u(?!ni|til|se)")


@dataclass(frozen=True)
class Noun:
    """A thing's name. plural_only : "stairs", "curtains": no a or an, no ordinal."""

    singular: str
    plural: str
    plural_only: bool = False

    @property
    def indefinite(self) -> str:
        """With a, an or some."""
        if self.plural_only:
            return f"some {self.singular}"
        return f"{'an' if _VOWEL_SOUND.match(self.singular) else 'a'} {self.singular}"

    @property
    def definite(self) -> str:
        """With the."""
        return f"the {self.singular}"


def noun_of(instance: Instance) -> Noun | None:
    """What to call an instance: its own label where we know the word, else its category. None for no landmark."""
    if instance.category in _NOT_A_LANDMARK:
        return None
    own = _known(instance.label, _HEADS)
    if own is None and instance.category in _VAGUE:
        return None
    name = own or _OF_CATEGORY.get(instance.category, instance.category.replace("_", " "))
    name = _SPOKEN.get(name, name)
    return Noun(name, *((name, True) if name.split()[-1] in _PLURAL else (_plural(name), False)))


def room_name(room: Room | VisitedRoom) -> str:
    """What to call a room, "room" where its label is no word we know."""
    label = " ".join(_words(room.label))
    return _ROOM_SPOKEN.get(label) or _known(room.label, _ROOM_HEADS) or "room"


def _known(label: str, heads: frozenset[str]) -> str | None:
    words = _words(label)
    fits = 1 <= len(words) <= 3 and words[-1] in heads and all(len(word) <= 12 for word in words)
    return " ".join(words) if fits else None


def _words(label: str) -> list[str]:
    """Lower-case ASCII words of a label; digits and signs are separators."""
    return re.findall(r"[a-z]+", label[:80].lower())


def _plural(name: str) -> str:
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    return name[:-1] + "ies" if re.search(r"[^aeiou]y$", name) else name + "s"
