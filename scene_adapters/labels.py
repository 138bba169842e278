"""From the words that datasets and people use to mpcat40, where the dataset has no table of its own.

A label is brought to lower-case words without numbers; the longest phrase that ends it and is known
decides ("glass coffee table" → "coffee table" → table), then shorter and earlier ones.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from scene_adapters.paths import parsing, read_bytes
from schemas.categories import MPCAT40
from schemas.errors import SceneError
from schemas.scenes import Instance

# Category: phrases. Single words are also found in their plural.
_SYNONYMS = """
void: void, junk, outside, sky, out of scan
wall: wall, wall inner, wall outer, wall top, wall bottom, wall panel, wainscot, baseboard, skirting, skirting board,
    partition, wall trim, wall molding, wall cladding, wallpaper, backsplash, cornice, crown molding, pocket, hole,
    slab side, customized feature wall, background wall, wall plug panel, moulding, molding, brick wall
floor: floor, ground, flooring, parquet, carpet, rug, mat, floor mat, bath mat, doormat, door mat, slab, slab bottom,
    floor tile, patio, terrace, pavement, yoga mat, carpet floor, tatami, bathmat, bath rug
chair: chair, armchair, arm chair, office chair, dining chair, desk chair, lounge chair, rocking chair, recliner,
    wheelchair, chaise longue chair, barber chair, beanbag chair, folding chair, highchair, high chair, deck chair,
    swivel chair, lazy sofa, bean bag, beanbag, massage chair, wing chair, classic chinese chair, dressing chair
door: door, door frame, doorframe, doorway, door window, sliding door, glass door, garage door, door leaf, front door,
    gate, double door, folding door, closet door, doorknob, door knob, door handle, door hinge, doorpost, door jamb,
    entrance, shower door, french door, door way, door sill, threshold, door curtain frame, lintel
table: table, desk, coffee table, side table, dining table, end table, bedside table, console table, work table,
    workbench, dressing table, pool table, ping pong table, billiard table, tea table, corner table, occasional table,
    picnic table, changing table, desktop, computer desk, conference table, tabletop, reception desk, foosball table,
    vanity table, bar table, writing desk, kitchen table, table top, dinning table, round end table, corner side
    table, dresser table, massage table, banquet table, bedroom table
picture: picture, painting, photo, photograph, poster, frame, picture frame, art, artwork, wall art, drawing, print,
    canvas, anonymize picture, wall decoration, photo frame, wall hanging, tapestry, portrait, map, image, mural,
    calendar
cabinet: cabinet, wardrobe, closet, cupboard, kitchen cabinet, sideboard, tv cabinet, bathroom cabinet, file cabinet,
    filing cabinet, locker, wine cabinet, shoe cabinet, base cabinet, wall cabinet, armoire, hutch, bathroom vanity,
    vanity, medicine cabinet, vanity cabinet, corner cabinet, credenza, buffet, pantry, drawer cabinet, sideboard
    cabinet, console cabinet, children cabinet, display cabinet, entertainment center, media console, cabinet door,
    cabinet table, kitchen island cabinet, kitchen lower cabinet, kitchen upper cabinet, storage cabinet, built in
    cabinet, larder, safe, chestnut cabinet, bar cabinet, tall cabinet, monitor stand
cushion: cushion, pillow, throw pillow, bolster, seat cushion, sofa cushion, decorative pillow, bed pillow, couch
    cushion, floor cushion, headrest
window: window, windowsill, window sill, window frame, skylight, bay window, window pane, window glass, dormer, glass
    window, window ledge, transom, storm window, casement
sofa: sofa, couch, loveseat, love seat, settee, sectional, divan, sofa chair, sofa set, corner sofa, l shaped sofa,
    chaise longue sofa, three seat sofa, multi seat sofa, two seat sofa, sofa bed, futon sofa, chesterfield, loveseat
    sofa, chaise longue, sofa seat
bed: bed, bunk bed, single bed, double bed, king size bed, queen bed, crib, cradle, mattress, bed frame, headboard,
    bed sheet, bedframe, cot, futon, kids bed, box spring, hammock, pet bed, dog bed, footboard, comforter, duvet,
    bedding, bedspread, blanket, bed cover, canopy bed, day bed, daybed, bed table bed, couch bed, quilt, bunkbed,
    throw blanket, bed sheets, bedspread cover
curtain: curtain, drape, shower curtain, curtain rod, curtain rail, drapery, valance, window curtain, curtain valance,
    shower curtain bar, curtain pole, net curtain
chest_of_drawers: chest of drawers, dresser, drawer, drawers, chest, commode, bureau, tallboy, chest drawers, drawer
    chest, bedside cabinet, bedside chest, lowboy, drawer unit, nightstand drawer, nightstand, night stand
plant: plant, potted plant, indoor plant, flower, flowerpot, flower pot, tree, bush, plant pot, houseplant, vase of
    flowers, pot plant, palm, bonsai, bouquet, cactus, fern, leaf, leaves, ivy, flowers, plant stand, christmas tree,
    house plant, hedge, grass, succulent, planter, flower vase, plant vase, shrub, orchid
sink: sink, wash basin, washbasin, basin, faucet, tap, kitchen sink, bathroom sink, washstand, lavatory, utility sink,
    sink tap, sink basin
stairs: stairs, stair, staircase, stairway, step, steps, stair step, ladder, escalator, stairwell, ramp, tread, stair
    tread, riser, stairstep, stair case
ceiling: ceiling, roof, ceiling panel, smart customized ceiling, customized ceiling, drop ceiling, attic ceiling,
    ceiling tile, soffit, extrusion customized ceiling model, ceiling duct cover, ceiling dome, ceiling under
    staircase
toilet: toilet, urinal, bidet, wc, toilet seat, lavatory seat, toilet bowl, toilet lid, squat toilet
stool: stool, bar stool, barstool, footstool, foot stool, ottoman, pouf, pouffe, kitchen stool, piano stool, bar
    chair, footrest, tabouret, hassock, bench stool, foot rest, step stool, dressing stool, bedend stool, bed end
    stool, footstool sofastool bed end stool stool, sofastool, taboret
towel: towel, hand towel, bath towel, dish towel, washcloth, towels, kitchen towel, face towel, paper towel, folded
    towel, dishcloth, tea towel, dishtowel
mirror: mirror, wall mirror, bathroom mirror, mirror frame, full length mirror, dressing mirror, vanity mirror
tv_monitor: tv, television, monitor, tv screen, screen, computer monitor, display, tv monitor, flat screen, tv set,
    laptop screen, projector screen, television set, lcd, tv wall mount monitor, tvmonitor
shower: shower, shower stall, shower cabin, shower head, showerhead, shower tray, shower wall, shower tap, shower
    glass, shower enclosure, shower floor, shower screen, shower pan, shower base, shower handle, shower room, shower
    rail, shower bench, shower mat, shower ceiling, shower knob, shower cubicle, shower seat
column: column, pillar, post, pilaster, newel, stanchion, wall pillar
bathtub: bathtub, bath tub, tub, jacuzzi, hot tub, bath, whirlpool, spa bath, soaking tub
counter: counter, countertop, worktop, kitchen counter, counter top, bar counter, kitchen island, island, bar,
    bathroom counter, kitchen countertop, breakfast bar, reception counter, kitchen worktop, kitchen bar
fireplace: fireplace, fire place, mantel, mantle, chimney, hearth, wood stove, fireplace mantel, mantelpiece, fire
    screen, fireplace wall, stove fireplace, flue
lighting: lighting, lamp, light, ceiling lamp, floor lamp, table lamp, chandelier, pendant lamp, wall lamp, sconce,
    lampshade, lamp shade, ceiling light, spotlight, bulb, light bulb, lantern, candelabra, pendant light, desk lamp,
    light fixture, wall light, downlight, lightband, light band, light fitting, luminaire, bedside lamp, track light,
    candle holder lamp, night light, standing lamp, hanging lamp, chandelier light, pendant, light strip, table light,
    ceiling lamp shade, fluorescent light, wall sconce, nightlight, lamp stand, ceiling fan light, spot light
beam: beam, rafter, joist, ceiling beam, girder, wood beam, roof beam, truss
railing: railing, rail, handrail, banister, bannister, baluster, balustrade, stair rail, guard rail, stair railing,
    hand rail, grab bar, balcony railing, fence, parapet, guardrail, bedrail
shelving: shelving, shelf, bookshelf, bookcase, book shelf, book case, shelves, rack, shoe rack, wine rack, wall
    shelf, coat rack, storage rack, spice rack, bookcase jewelry armoire, display shelf, storage shelving, magazine
    rack, drying rack, kitchen shelf, shelf unit, shelving unit, bathroom shelf, storage shelf, ledge, wall shelves,
    towel rack, dish rack, stand, shelf with clutter, hanger rack, hat stand
blinds: blinds, blind, window blind, roller blind, venetian blind, window shade, shade, shutter, roller shade, window
    shutter, roman blind, roman shade, window blinds, shutters, jalousie
gym_equipment: gym equipment, treadmill, exercise bike, dumbbell, weight, weights, barbell, elliptical, exercise
    machine, punching bag, exercise ball, weight bench, rowing machine, exercise equipment, fitness equipment, yoga
    ball, stationary bike, gym ball, kettlebell, boxing bag, workout machine, weight machine, dumbbell rack
seating: seating, bench, pew, bleacher, bed end bench, window seat, seat, swing, park bench, garden bench, storage
    bench, church seating, theater seat, piano bench, built in seat, banquette, seats, church pew
board_panel: board, panel, whiteboard, blackboard, chalkboard, bulletin board, notice board, cork board, sign, display
    board, white board, headboard panel, partition board, pinboard, control panel, exit sign, sign board, board panel,
    room divider, folding screen, divider, signboard, traffic sign, street sign, electrical panel
furniture: furniture, crib furniture, piano, grand piano, keyboard piano, trolley, cart, playpen, podium, kitchen
    trolley, serving cart, dining set, vanity set, work station, cubicle, lectern, drum, organ, piece of furniture,
    kitchen furniture, bed and cabinet, furniture set, upright piano, tea trolley, kitchen cart, tv stand, tvstand
appliances: appliance, appliances, refrigerator, fridge, freezer, oven, stove, microwave, dishwasher, washing machine,
    washer, dryer, kettle, toaster, coffee machine, coffee maker, blender, range hood, hood, cooktop, cooker,
    extractor, exhaust hood, air conditioner, radiator, heater, fan, ceiling fan, vacuum cleaner, vacuum, water
    heater, boiler, stovetop, stove top, hob, water dispenser, small appliance, microwave oven, water cooler, rice
    cooker, mixer, clothes dryer, clothes washer, kitchen appliance, electric fan, air conditioning, kitchen hood,
    furnace, iron, range, minifridge, ac, air purifier, humidifier, extractor hood, hair dryer, hairdryer, food
    processor, juicer, coffeemaker, washing machine and dryer, electric kettle, kitchen stove, air vent heater, hand
    dryer, stove oven
clothes: clothes, cloth, clothing, shirt, coat, jacket, shoe, shoes, hat, cap, dress, trousers, pants, sweater, scarf,
    bathrobe, robe, slipper, sandal, boot, sock, glove, jeans, suit, apron, garment, hanging clothes, sneaker, t
    shirt, pile of clothes, clothes hanger, tie, necktie, hoodie, skirt, uniform, underwear, belt, clothes rack
objects: object, objects, book, books, bottle, box, bowl, cup, vase, basket, bin, trash can, trashcan, trash bin,
    clock, bag, handbag, backpack, toy, plate, dish, pan, pot, laptop, keyboard, mouse, remote, remote control, phone,
    telephone, camera, candle, statue, sculpture, figurine, decoration, ornament, tray, jar, container, suitcase,
    umbrella, bicycle, bike, guitar, ball, knife, fork, spoon, knife block, knifeblock, cutting board, chopping board,
    choppingboard, tissue box, toilet paper, soap, soap dispenser, toothbrush, printer, speaker, computer, tablet,
    switch, light switch, socket, outlet, vent, air vent, thermostat, smoke detector, pipe, cable, wire, utensil,
    kitchen utensil, glass, mug, wine glass, wine bottle, tissue, paper, magazine, newspaper, teddy bear, doll, game
    console, router, set top box, setupbox, tv object, shoebox, shoe box, sponge, sponge dish, plush toy, crate,
    carton, cardboard box, laundry basket, hamper, bucket, mop, broom, tool, tool box, fire extinguisher, alarm, fire
    alarm, doorbell, candlestick, fruit, fruit bowl, food, apple, banana, orange, cake, bread, pizza, sandwich,
    carrot, broccoli, hot dog, donut, scissors, tie rack, hair drier, sports ball, baseball bat, tennis racket,
    skateboard, surfboard, frisbee, skis, snowboard, kite, car, motorcycle, truck, cell phone, wall clock, pen,
    pencil, folder, file, cd, dvd, dvd player, stereo, radio, record player, game, chess, globe, telescope, musical
    instrument, violin, hanger, clothes hook, hook, towel bar, towel ring, toilet paper holder, toilet brush, scale,
    dispenser, paper towel dispenser, handle, wall plug, plug, power outlet, power strip, extension cord, switch
    panel, knob, drain, meter, intercom, camera tripod, tripod, easel, projector, webcam, headphones, helmet, watch,
    jewelry, jewelry box, perfume, cosmetics, lotion, shampoo, medicine, bottle rack, ashtray, lighter, matches,
    decor, decorative item, wreath, bell, flag, mask, trophy, coin, key, lock, stapler, calculator, vent cover,
    ceiling vent, desk organizer, pen holder, urn, kitchenware, tableware, cookware, dinnerware, pitcher, jug, teapot,
    teacup, saucer, wine cooler, ice bucket, cutlery, drinkware, wall object, ceiling object, garbage can, waste
    basket, wastebasket, recycle bin, dustbin, storage box, storage bin, chest box, luggage, briefcase, wallet, purse,
    pet bowl, cat tree, aquarium, fish tank, bird cage, cage, stroller, baby carriage, scooter, tire, wheel, tent,
    canopy, parasol, surveillance camera, security camera, sprinkler, air duct, duct, ceiling speaker, wii, xbox,
    playstation, accessory, cloth basket, tank, cylinder, fire hose, hose, vase with stems, bath toy, toy car, stuffed
    animal, animal, coaster, table runner, utensil holder, holder, logo, head, grapes, kitchen ware
misc: misc, miscellaneous, other, clutter, stuff, other leaf, other prop, other structure, non plane
unlabeled: unlabeled, unlabelled, unknown, undefined, unannotated, remove, none, null, anonymize text, background
"""

# What modelling tools add to names and what says nothing about the thing.
_NOISE = frozenset(
    ["apartment", "asset", "copy", "customized", "default", "frl", "geo", "geometry", "group", "grp", "instance",
     "left", "lod", "mat", "material", "mesh", "model", "node", "obj", "object", "prim", "primitive",
     "right", "root", "scene"]
)  # fmt: skip
_PHRASES: dict[str, str] = {
    " ".join(phrase.split()): category
    for category, phrases in re.findall(r"^(\w+): ([^:]+)$", _SYNONYMS, re.MULTILINE)
    for phrase in phrases.split(",")
}
_LONGEST = max(len(phrase.split()) for phrase in _PHRASES)
_MAX_TABLE_BYTES = 16 * 2**20
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_LETTERS = re.compile(r"[^a-z]+")


@lru_cache(maxsize=65536)
def category_of(label: str) -> str | None:
    """The mpcat40 category that a raw label means, or None."""
    words = _NOT_LETTERS.sub(" ", _HUMPS.sub(" ", label).lower()).split()
    if "_".join(words) in MPCAT40:
        return "_".join(words)
    return _phrase(words) or _phrase([word for word in words if word not in _NOISE])


def _phrase(words: list[str]) -> str | None:
    for end in range(len(words), 0, -1):
        for start in range(max(0, end - _LONGEST), end):
            found = _PHRASES.get(" ".join(words[start:end])) or _PHRASES.get(_singular(words[start:end]))
            if found:
                return found
    return None


def _singular(words: list[str]) -> str:
    last = words[-1]
    if last.endswith("ies"):
        last = last[:-3] + "y"
    elif last.endswith(("shes", "ches", "xes", "sses")):
        last = last[:-2]
    elif last.endswith("ves"):
        last = last[:-3] + "f"
    elif last.endswith("s") and not last.endswith("ss"):
        last = last[:-1]
    return " ".join([*words[:-1], last])


@dataclass(frozen=True)
class Labels:
    """Raw label → mpcat40 by a dataset's own `table` first, by our synonyms otherwise."""

    table: Mapping[str, str] = field(default_factory=dict)

    def category(self, label: str) -> str:
        """The mpcat40 category of a raw label; "unlabeled" where neither knows it."""
        given = self.table and self.table.get(_key(label))
        return given or category_of(label) or "unlabeled"


def read_labels(path: str) -> Labels:
    """The table that a recipe names: tab- or comma-separated, with the columns raw_category and mpcat40.

    Matterport3D's category_mapping.tsv and HM3D's hm3dsem_category_mappings.tsv are such tables. An empty
    path stands for no table. Raises SceneError: no such file, other columns, a category outside mpcat40.
    """
    if not path:
        return Labels()
    file = Path(path).expanduser()
    text = read_bytes(file, _MAX_TABLE_BYTES).decode("utf-8-sig", "replace")
    with parsing(file, "table"):
        reader = csv.DictReader(
            io.StringIO(text, newline=""), delimiter="\t" if "\t" in text.split("\n", 1)[0] else ","
        )
        if not {"raw_category", "mpcat40"} <= set(reader.fieldnames or ()):
            raise SceneError(f"{file}: has the columns {reader.fieldnames}; raw_category and mpcat40 are needed")
        table = {_key(row["raw_category"]): (row["mpcat40"] or "").strip() for row in reader}
    unknown = sorted(set(table.values()) - set(MPCAT40) - {""})
    if unknown:
        raise SceneError(f"{file}: {', '.join(unknown[:5])} in the column mpcat40 is no mpcat40 category")
    return Labels(table)


def _key(label: str) -> str:
    return " ".join(label.replace("#", " ").lower().split())


def unmapped_note(instances: Iterable[Instance]) -> str:
    """The labels without a category, the most frequent first; "" where there are none."""
    counts = Counter(i.label for i in instances if i.category == "unlabeled" and category_of(i.label) != "unlabeled")
    if not counts:
        return ""
    listed = ", ".join(f"{label} ({count})" for label, count in counts.most_common(20))
    return f"{len(counts)} labels without an mpcat40 category, {counts.total()} instances: {listed}"
