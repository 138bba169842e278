"""Words that a text may use for things and rooms of a home, and which of them may mean the same.

A *kind* is what several words may mean. A thing has the kinds of its label, of its category, and broader ones:
who says "cabinet" may mean a wardrobe. The lists hold many things that a given home lacks, so that a text which
names one of those is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from schemas.scenes import Instance

_THINGS = {
    "chair": "chair, armchair, recliner, rocker, highchair, wheelchair, desk chair, office chair, rocking chair",
    "stool": "stool, barstool, footstool, ottoman, pouf, pouffe, hassock, footrest",
    "bench": "bench, pew",
    "seat": "seat, seating",
    "sofa": "sofa, couch, settee, loveseat, love seat, divan, sectional, futon, sofabed, sofa bed",
    "table": "table, tabletop, console, console table, workbench, trestle, counter table",
    "desk": "desk, workstation, bureau, writing table",
    "nightstand": "nightstand, night stand, bedside table, night table, end table, side table, bedside cabinet",
    "bed": "bed, bunk, mattress, crib, cot, daybed, headboard, bedstead, bassinet, cradle",
    "cabinet": "cabinet, cupboard, cabinetry, locker, hutch, storage unit, storage cabinet, filing cabinet, casework",
    "drawers": "chest of drawers, set of drawers, dresser, drawer, tallboy, sideboard, credenza, buffet",
    "wardrobe": "wardrobe, armoire, closet",
    "shelf": "shelf, shelving, shelving unit, bookshelf, book shelf, bookcase, book case, bookrack, rack, wall unit",
    "tv stand": "tv stand, television stand, tv unit, tv console, tv bench, tv cabinet, media console, media unit, "
                "media stand, entertainment center, entertainment centre, entertainment unit, lowboard, stand",
    "television": "television, tv, tv set, flat screen, flatscreen, flat screen tv, monitor, screen, display",
    "computer": "computer, laptop, pc, desktop computer, computer monitor, computer screen, keyboard, notebook",
    "picture": "picture, painting, poster, photo, photograph, artwork, art, print, portrait, frame, picture frame, "
               "wall art, canvas, mural, drawing, framed picture",
    "mirror": "mirror, looking glass",
    "plant": "plant, houseplant, house plant, potted plant, pot plant, flowerpot, flower pot, flower, tree, fern, "
             "cactus, palm, bush, shrub, planter, greenery, succulent, bouquet, bonsai",
    "vase": "vase, urn, jar, pitcher",
    "lamp": "lamp, light, lantern, chandelier, sconce, light fixture, floor light, spotlight, ceiling light, "
            "pendant, pendant light, lampshade",
    "curtain": "curtain, drape, drapery, blind, shutter, roller blind, window shade",
    "window": "window, skylight",
    "sink": "sink, basin, washbasin, wash basin, washstand, vanity, faucet",
    "toilet": "toilet, toilet bowl, toilet seat, commode, urinal, loo",
    "bidet": "bidet",
    "bathtub": "bathtub, bath tub, tub, bath, jacuzzi, hot tub, whirlpool",
    "shower": "shower, shower stall, shower cabin, shower cubicle, shower head",
    "towel": "towel, towel rail, towel rack",
    "rug": "rug, carpet, mat, doormat, bath mat",
    "cushion": "cushion, pillow, bolster",
    "counter": "counter, countertop, counter top, worktop, kitchen island, island, breakfast bar, bar, kitchen unit",
    "fridge": "fridge, refrigerator, freezer, fridge freezer, icebox",
    "oven": "oven, stove, cooker, range, hob, cooktop, stovetop",
    "hood": "range hood, cooker hood, extractor hood, hood",
    "microwave": "microwave, microwave oven",
    "dishwasher": "dishwasher",
    "washer": "washer, washing machine, dryer, tumble dryer, laundry machine",
    "kettle": "kettle, teapot",
    "toaster": "toaster",
    "coffee maker": "coffee maker, coffee machine, espresso machine, coffeemaker",
    "radiator": "radiator, heater, heating unit",
    "fan": "fan, ceiling fan",
    "air conditioner": "air conditioner, air conditioning unit",
    "fireplace": "fireplace, fire place, hearth, mantel, mantelpiece, chimney, wood stove, wood burner",
    "piano": "piano, grand piano, organ, harpsichord",
    "guitar": "guitar, violin, cello, harp, banjo",
    "drums": "drum, drum kit, drum set",
    "exercise": "treadmill, exercise bike, stationary bike, exercise machine, dumbbell, barbell, weight bench, "
                "elliptical, rowing machine, gym equipment, dumbbell rack, weights, punching bag, weight rack",
    "bicycle": "bicycle, bike, tricycle, scooter",
    "clock": "clock, grandfather clock",
    "globe": "globe",
    "statue": "statue, sculpture, figurine, bust",
    "board": "whiteboard, white board, blackboard, chalkboard, pinboard, pin board, corkboard, bulletin board, "
             "noticeboard, notice board, board, chess board",
    "railing": "railing, banister, bannister, handrail, balustrade",
    "pillar": "pillar, column",
    "stairs": "stair, staircase, stairway, flight of stairs, flight of steps",
    "ladder": "ladder, stepladder",
    "basket": "basket, hamper, laundry basket",
    "bin": "bin, trash can, trashcan, waste bin, wastebasket, waste basket, garbage can, dustbin, trash bin, can",
    "box": "box, crate, carton, trunk, chest",
    "suitcase": "suitcase, luggage, briefcase",
    "bag": "bag, backpack, handbag, purse, rucksack, beanbag, bean bag",
    "books": "book",
    "toys": "toy, teddy bear, doll, dollhouse, doll house, rocking horse, playhouse, teddy",
    "clothes": "coat, jacket, clothing, clothes, clothes rack, coat rack, coat stand, hanger, hat stand, garment rack, "
               "clothes rail, coatrack",
    "shoes": "shoe, boot, shoe rack, slipper, shoe cabinet",
    "bottle": "bottle",
    "bowl": "bowl, fruit bowl, dish, plate",
    "cup": "cup, mug",
    "pot": "pot, saucepan, pan, frying pan, cooking pot, stockpot",
    "aquarium": "aquarium, fish tank, fishtank, terrarium",
    "printer": "printer, copier, photocopier, scanner",
    "speaker": "speaker, loudspeaker, stereo, radio, record player, turntable",
    "easel": "easel",
    "trolley": "trolley, cart, bar cart",
    "ironing board": "ironing board, iron",
    "sewing machine": "sewing machine",
    "telephone": "telephone, phone",
    "umbrella": "umbrella, umbrella stand, parasol",
    "candle": "candle, candlestick, candelabra",
    "pool table": "pool table, billiard table, snooker table, foosball table, ping pong table",
    "pool": "swimming pool",
    "vacuum": "vacuum, vacuum cleaner, broom, mop, bucket",
    "elevator": "elevator, lift, escalator",
    "water cooler": "water cooler, water dispenser, vending machine",
    "car": "car, motorcycle, motorbike",
    "pet": "dog, cat, cage, birdcage, kennel, litter box, dog bed",
    "person": "person, people, man, woman, child",
    "wine rack": "wine rack, wine cabinet",
    "tent": "tent, hammock",
    "altar": "altar, lectern, podium, pulpit, throne",
    "fountain": "fountain, waterfall",
    "safe": "safe, cash register",
    "partition": "room divider, partition screen, folding screen",
    "telescope": "telescope, camera tripod, tripod",
    "fire extinguisher": "fire extinguisher, smoke detector",
    "projector": "projector, projection screen",
    "door": "door, doorway, archway, doorframe, door frame, gate, front door, sliding door",
}  # fmt: skip
# Said of several narrower kinds.
_BROADER = {
    "desk": ("table",), "nightstand": ("table", "drawers", "cabinet"), "drawers": ("cabinet", "table"),
    "wardrobe": ("cabinet",), "tv stand": ("cabinet", "table", "drawers", "shelf"), "pool table": ("table",),
    "chair": ("seat",), "stool": ("seat",), "bench": ("seat",), "sofa": ("seat",), "pot": ("plant",), "plant": ("pot",),
    "wine rack": ("shelf",), "hood": ("oven",), "cabinet": ("wardrobe", "drawers"), "shelf": ("cabinet",),
    "microwave": ("oven",), "shoes": ("shelf",), "clothes": ("shelf",), "counter": ("cabinet", "table"),
    "basket": ("bin",), "partition": ("curtain",),
}  # fmt: skip
_OF_CATEGORY = {
    "chest_of_drawers": "drawers", "tv_monitor": "television", "lighting": "lamp", "shelving": "shelf",
    "gym_equipment": "exercise", "seating": "seat", "board_panel": "board", "column": "pillar", "blinds": "curtain",
}  # fmt: skip
_ROOMS = {
    "hall": "hall, hallway, corridor, passage, passageway, entrance hall, entryway, foyer, lobby, landing, vestibule",
    "living room": "living room, lounge, sitting room, family room, den, living area, livingroom, drawing room",
    "bedroom": "bedroom, main bedroom, master bedroom, guest room, sleeping area, bed room, nursery",
    "bathroom": "bathroom, washroom, restroom, powder room, ensuite, shower room, bath room, lavatory",
    "kitchen": "kitchen, kitchenette, cooking area, kitchen area",
    "dining room": "dining room, dining area, dining hall, dinette",
    "study": "study, office, home office, library, workroom",
    "laundry room": "laundry, laundry room, utility room",
    "gym": "gym, gymnasium, fitness room, exercise room, workout room, home gym",
    "playroom": "playroom, play room, nursery, kids room, game room, games room, children s room",
    "closet": "closet, walk in closet, storage room, storeroom, pantry, dressing room",
    "garage": "garage, workshop, carport",
    "balcony": "balcony, terrace, porch, patio, veranda, deck, conservatory, sunroom",
    "stairwell": "stairwell",
    "basement": "basement, cellar",
    "attic": "attic, loft",
    "garden": "garden, yard, backyard, courtyard",
    "conference room": "conference room, meeting room, boardroom",
    "classroom": "classroom, lecture hall, auditorium, theater, cinema, theatre",
}  # fmt: skip
# Words that mean something else as often; only "the", "a" … shortly before them makes them things.
DOUBTFUL = frozenset({
    "light", "stand", "can", "fan", "range", "bar", "print", "frame", "art", "board", "screen", "rack", "pan", "hood",
    "island", "seat", "bust", "organ", "palm", "cot", "bath", "step", "safe", "iron", "lift", "book", "man",
    "display", "drawing", "rocker", "scooter", "plate", "dish", "box", "chest", "notebook", "car", "column", "phone",
    "weights", "throne", "cabin", "console", "blind", "drape", "boot", "coat", "child", "people", "person", "study",
    "passage", "entrance", "landing", "library", "hall", "deck", "loft", "yard", "office", "drawer", "flower", "mat",
    "trunk", "vanity", "jar", "scanner", "radio", "cage", "drum", "gate", "cat", "dog", "tub", "globe",
})  # fmt: skip
DETERMINERS = frozenset({
    "the", "a", "an", "your", "this", "that", "these", "those", "another", "some", "two", "three", "four", "several",
    "both", "first", "second", "third", "fourth", "next", "its", "each", "any", "one",
})  # fmt: skip
_PLURALS = {"shelf": "shelves", "bookshelf": "bookshelves", "book shelf": "book shelves"}

Phrases = dict[tuple[str, ...], frozenset[str]]


def kinds_of(instance: Instance) -> frozenset[str]:
    """What an instance may be called: the kinds of its label and category, broader ones included. Empty for structure.

    Rugs are "floor" in mpcat40, so a label comes first.
    """
    words = re.findall(r"[a-z]+", instance.label[:80].lower())[:6]
    own = _of_label(words)
    category = _OF_CATEGORY.get(instance.category, instance.category)
    kinds = own | ({category} if category in _THINGS else set())
    return frozenset(kinds) | {broader for kind in kinds for broader in _BROADER.get(kind, ())}


def room_kinds(name: str) -> frozenset[str]:
    """What a room of that name may be called; the name itself where it is no word we know."""
    return ROOMS.get(tuple(name.split()), frozenset({name}))


def _of_label(words: Sequence[str]) -> frozenset[str]:
    """The kinds of the longest known ending of a label: "dining chair" is a chair, "chair leg" is none."""
    for first in range(len(words)):
        if (kinds := THINGS.get(tuple(words[first:]))) is not None:
            return kinds
    return frozenset()


def _phrases(table: dict[str, str]) -> Phrases:
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for kind, words in table.items():
        for word in words.split(", "):
            for form in (word, *_plurals(word)):
                key = tuple(form.split())
                found[key] = found.get(key, frozenset()) | {kind}
    return found


def _plurals(word: str) -> Iterable[str]:
    yield word + "s"
    if word in _PLURALS:
        yield _PLURALS[word]
    if word.endswith(("s", "x", "ch", "sh")):
        yield word + "es"
    if word.endswith("y"):
        yield word[:-1] + "ies"
    if " of " in word:
        head, _, rest = word.partition(" of ")
        yield f"{head}s of {rest}"


THINGS: Phrases = _phrases(_THINGS)
ROOMS: Phrases = _phrases(_ROOMS)
