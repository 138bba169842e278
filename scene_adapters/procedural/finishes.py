"""How a home looks: one palette of finishes, drawn so that its colours, woods and metals go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from scene_adapters.procedural import pictures, textures
from scene_adapters.procedural.textures import Color
from schemas.arrays import UInt8
from schemas.scenes import Material, Texture

ROOM_TYPES = ("living", "kitchen", "dining", "bedroom", "bathroom", "study", "corridor")

T = TypeVar("T")

_WHITE: Color = (0.8, 0.8, 0.78)
_UNTINTED: Color = (1.0, 1.0, 1.0)

# Late wood and early wood, linear RGB.
_WOODS: Mapping[str, tuple[Color, Color]] = MappingProxyType(
    {
        "oak": ((0.20, 0.105, 0.045), (0.52, 0.33, 0.17)),
        "walnut": ((0.045, 0.019, 0.010), (0.21, 0.105, 0.055)),
        "pine": ((0.36, 0.19, 0.07), (0.68, 0.47, 0.24)),
        "ash": ((0.34, 0.25, 0.16), (0.66, 0.54, 0.40)),
        "cherry": ((0.15, 0.042, 0.018), (0.42, 0.17, 0.075)),
        "teak": ((0.13, 0.055, 0.020), (0.39, 0.20, 0.085)),
        "wenge": ((0.016, 0.010, 0.008), (0.085, 0.052, 0.036)),
        "grey oak": ((0.17, 0.14, 0.115), (0.42, 0.37, 0.31)),
    }
)
_METALS: Mapping[str, tuple[Color, float]] = MappingProxyType(
    {
        "chrome": ((0.62, 0.63, 0.64), 0.08),
        "brass": ((0.70, 0.48, 0.18), 0.25),
        "black iron": ((0.035, 0.034, 0.033), 0.45),
        "brushed steel": ((0.50, 0.50, 0.49), 0.32),
        "copper": ((0.68, 0.32, 0.19), 0.25),
    }
)


@dataclass(frozen=True)
class Finish:
    """A material and the metres that one repeat of its texture covers."""

    material: Material
    scale: float


@dataclass(frozen=True)
class Palette:
    """The finishes of one home by key; `Material.texture` counts in `textures`."""

    finishes: Mapping[str, Finish]
    textures: tuple[Texture, ...]

    def scale(self, key: str) -> float:
        """Metres per repeat: uv in metres divided by it are texture coordinates. Raises KeyError."""
        return self.finishes[key].scale

    def family(self, name: str) -> tuple[str, ...]:
        """All variants' keys: those of "rug" are ("rug.0", "rug.1", …)."""
        return tuple(key for key in self.finishes if key.startswith(f"{name}."))

    def pick(self, name: str, generator: np.random.Generator) -> str:
        """A variant, drawn evenly from a family."""
        keys = self.family(name)
        return keys[int(generator.integers(len(keys)))]

    def materials(self) -> tuple[tuple[Material, ...], tuple[Texture, ...], dict[str, int]]:
        """Materials, their textures, and the index of the material of each key."""
        materials = tuple(finish.material for finish in self.finishes.values())
        return materials, self.textures, {key: index for index, key in enumerate(self.finishes)}


def oklch(lightness: float, chroma: float, hue_deg: float) -> Color:
    """Linear sRGB of a colour in OKLCh (Ottosson 2020), kept within 0.01..0.85 as real paints are."""
    hue = np.deg2rad(hue_deg)
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    cone = np.array(
        [
            lightness + 0.3963377774 * a + 0.2158037573 * b,
            lightness - 0.1055613458 * a - 0.0638541728 * b,
            lightness - 0.0894841775 * a - 1.2914855480 * b,
        ]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    red, green, blue = np.clip(to_rgb @ cone**3, 0.01, 0.85)
    return float(red), float(green), float(blue)


@dataclass(frozen=True)
class _Look:
    """A finish before its image has a number. image : name among the home's images."""

    color: Color
    roughness: float = 0.6
    image: str | None = None
    scale: float = 1.0
    metallic: float = 0.0
    transmission: float = 0.0
    emission: Color = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Style:
    """What all of a home's finishes follow. hue, accent in degrees; vivid multiplies chroma."""

    hue: float
    accent: float
    vivid: float
    furniture: str
    second: str
    floor: str
    metal: str

    def muted(self, generator: np.random.Generator, lightness: float, chroma: float) -> Color:
        """Near the home's main hue."""
        return oklch(lightness, chroma * self.vivid, self.hue + float(generator.normal(0, 14)))

    def bold(self, generator: np.random.Generator, lightness: float, chroma: float) -> Color:
        """Near the home's accent hue."""
        return oklch(lightness, chroma * self.vivid, self.accent + float(generator.normal(0, 18)))


def draw_palette(generator: np.random.Generator) -> Palette:
    """The finishes of a home: equal draws give equal bytes."""
    style = _draw_style(generator)
    images = _images(style, generator)
    looks = {
        **_walls(style, generator),
        **_floors(images, generator),
        **_fixtures(style, generator),
        **_hard(style, generator),
        **_soft(style, generator),
        **_things(style, generator),
    }
    names = list(images)
    finishes = {key: _finish(key, look, names) for key, look in looks.items()}
    encoded = tuple(Texture(name, textures.encoded(image)) for name, image in images.items())
    return Palette(MappingProxyType(finishes), encoded)


def _finish(key: str, look: _Look, images: list[str]) -> Finish:
    index = None if look.image is None else images.index(look.image)
    material = Material(key, look.color, index, look.roughness, look.metallic, look.transmission, look.emission)
    return Finish(material, look.scale)


def _draw_style(generator: np.random.Generator) -> _Style:
    hue = float(generator.uniform(0, 360))
    turn = float(generator.choice([35, 120, 150, 180, 210, -35]))
    furniture, second, floor = _distinct(generator, tuple(_WOODS), 3)
    (metal,) = _distinct(generator, tuple(_METALS), 1)
    return _Style(hue, hue + turn, float(generator.uniform(0.6, 1.15)), furniture, second, floor, metal)


def _images(style: _Style, generator: np.random.Generator) -> dict[str, UInt8]:
    return {
        "plaster": textures.plaster(generator),
        "concrete": textures.plaster(generator, 0.2),
        **_paper_images(style, generator),
        "wall tiles": _wall_tiles(style.muted(generator, 0.6, 0.07), generator),
        "bricks": textures.tiles(generator, ((0.36, 0.12, 0.075),), (0.45, 0.42, 0.38), 12, 4, True, 0.12),
        **_floor_images(style, generator),
        **_wood_images(style, generator),
        "granite": textures.granite(generator, (0.02, 0.02, 0.02), style.muted(generator, 0.6, 0.01)),
        "marble": textures.marble(generator, _WHITE, (0.25, 0.25, 0.26)),
        "weave": textures.weave(generator),
        "wicker": textures.weave(generator, 16, 0.55),
        "knit": textures.knit(generator),
        "pile": textures.pile(generator),
        "leather": textures.leather(generator),
        **_printed_images(style, generator),
        "book": pictures.book_spine(),
        "clock": pictures.clock_face(),
        "keys": pictures.piano_keys(),
        "desktop": pictures.desktop(generator, style.bold(generator, 0.6, 0.12)),
    }


def _paper_images(style: _Style, generator: np.random.Generator) -> dict[str, UInt8]:
    first, second = _distinct(generator, textures.FIGURES, 2)
    light, ink = style.muted(generator, 0.88, 0.03), style.muted(generator, 0.68, 0.06)
    bold, bold_ink = style.bold(generator, 0.86, 0.03), style.bold(generator, 0.62, 0.07)
    return {
        "wallpaper.0": textures.wallpaper(generator, first, light, ink),
        "wallpaper.1": textures.wallpaper(generator, second, bold, bold_ink),
    }


def _distinct(generator: np.random.Generator, choices: tuple[T, ...], count: int) -> list[T]:
    return [choices[int(index)] for index in generator.permutation(len(choices))[:count]]


def _wall_tiles(deep: Color, generator: np.random.Generator) -> UInt8:
    color = deep if generator.random() < 0.4 else _WHITE
    if generator.random() < 0.5:
        return textures.tiles(generator, (color,), (0.5, 0.5, 0.48), 12, 6, True, 0.03)
    return textures.tiles(generator, (color,), (0.5, 0.5, 0.48), 6, 6, False, 0.03)


def _wood_images(style: _Style, generator: np.random.Generator) -> dict[str, UInt8]:
    return {
        "wood": textures.wood(generator, *_WOODS[style.furniture]),
        "second wood": textures.wood(generator, *_WOODS[style.second]),
    }


def _floor_images(style: _Style, generator: np.random.Generator) -> dict[str, UInt8]:
    wood = _WOODS[style.floor]
    boards = textures.herringbone(generator, *wood) if generator.random() < 0.35 else textures.planks(generator, *wood)
    pale, dark = style.muted(generator, 0.86, 0.012), style.muted(generator, 0.45, 0.02)
    kind = int(generator.integers(4))
    if kind == 0:
        stone = textures.tiles(generator, (pale, dark), (0.4, 0.4, 0.38), 4, 4)
    elif kind == 1:
        earthen = style.muted(generator, 0.72, 0.03)
        stone = textures.tiles(generator, (earthen,), textures.scaled(earthen, 0.45), 4, 4, False, 0.08)
    elif kind == 2:
        chips = (dark, style.bold(generator, 0.55, 0.1), style.muted(generator, 0.65, 0.08), (0.5, 0.4, 0.3))
        stone = textures.terrazzo(generator, pale, chips)
    else:
        stone = textures.tiles(generator, (dark,), textures.scaled(dark, 2.2), 4, 2, False, 0.1)
    return {"boards": boards, "stone floor": stone}


def _printed_images(style: _Style, generator: np.random.Generator) -> dict[str, UInt8]:
    images = {}
    figures = _distinct(generator, textures.FIGURES, 3)
    fields = _distinct(generator, textures.RUG_FIELDS, 3)
    for k in range(3):
        colors = (
            style.muted(generator, 0.83, 0.03),
            style.bold(generator, 0.48, 0.12),
            style.muted(generator, 0.4, 0.08),
            style.bold(generator, 0.72, 0.1),
        )
        images[f"rug.{k}"] = textures.rug(generator, fields[k], colors)
        images[f"print.{k}"] = textures.print_cloth(generator, figures[k], colors[0], colors[1])
        sky = oklch(float(generator.uniform(0.7, 0.85)), 0.09, float(generator.choice([40, 230, 260, 300])))
        images[f"painting.{2 * k}"] = pictures.landscape(generator, sky, style.bold(generator, 0.45, 0.09))
        images[f"painting.{2 * k + 1}"] = pictures.abstract(generator, colors)
    return images


def _walls(style: _Style, generator: np.random.Generator) -> dict[str, _Look]:
    looks = {"ceiling": _Look((0.82, 0.82, 0.81), 0.9, "plaster", 2.4)}
    papered = {"living", "dining", "bedroom", "study"}
    for room in ROOM_TYPES:
        draw = float(generator.random())
        if room == "bathroom" or (room == "kitchen" and draw < 0.3):
            look = _Look(_UNTINTED, 0.15, "wall tiles", 1.2)
        elif room in papered and draw < 0.35:
            look = _Look(_UNTINTED, 0.75, f"wallpaper.{int(generator.integers(2))}", 0.55)
        elif room in papered and draw < 0.55:
            look = _Look(style.muted(generator, float(generator.uniform(0.6, 0.78)), 0.06), 0.85, "plaster", 2.4)
        else:
            look = _Look(style.muted(generator, float(generator.uniform(0.86, 0.93)), 0.022), 0.85, "plaster", 2.4)
        looks[f"wall.{room}"] = look
    return looks


def _floors(images: Mapping[str, UInt8], generator: np.random.Generator) -> dict[str, _Look]:
    boards = _Look(_UNTINTED, float(generator.uniform(0.3, 0.5)), "boards", 1.5)
    stone = _Look(_UNTINTED, float(generator.uniform(0.12, 0.35)), "stone floor", 1.4)
    carpet = _Look(
        oklch(float(generator.uniform(0.5, 0.75)), 0.03, float(generator.uniform(0, 360))), 0.95, "pile", 0.4
    )
    bedroom = carpet if generator.random() < 0.35 else boards
    kitchen = stone if generator.random() < 0.8 else boards
    corridor = stone if generator.random() < 0.3 else boards
    chosen = {"kitchen": kitchen, "bathroom": stone, "bedroom": bedroom, "corridor": corridor}
    return {f"floor.{room}": chosen.get(room, boards) for room in ROOM_TYPES}


def _fixtures(style: _Style, generator: np.random.Generator) -> dict[str, _Look]:
    painted = _Look(_WHITE, 0.4)
    timber = _Look(_UNTINTED, 0.4, "second wood", 1.2)
    doors = timber if generator.random() < 0.45 else _Look(style.muted(generator, 0.9, 0.01), 0.4)
    frames = timber if generator.random() < 0.3 else painted
    return {
        "skirting": painted if generator.random() < 0.7 else timber,
        "door": doors,
        "door_frame": frames,
        "window_frame": frames,
        "glass": _Look((0.95, 0.97, 0.96), 0.0, transmission=1.0),
        "stair": _Look(_UNTINTED, 0.4, "boards", 1.5),
        "brick": _Look(_UNTINTED, 0.9, "bricks", 0.9),
        "concrete": _Look((0.45, 0.44, 0.42), 0.9, "concrete", 2.0),
    }


def _hard(style: _Style, generator: np.random.Generator) -> dict[str, _Look]:
    metal, polish = _METALS[style.metal]
    front = style.bold(generator, float(generator.uniform(0.45, 0.7)), 0.06)
    worktop = "marble" if generator.random() < 0.4 else "granite"
    return {
        "wood": _Look(_UNTINTED, 0.38, "wood", 1.2),
        "wood.second": _Look(_UNTINTED, 0.42, "second wood", 1.2),
        "lacquer": _Look(front, 0.3),
        "lacquer.white": _Look(_WHITE, 0.3),
        "kitchen_front": _Look(_WHITE, 0.25) if generator.random() < 0.4 else _Look(front, 0.35),
        "worktop": _Look(_UNTINTED, 0.12, worktop, 0.5 if worktop == "granite" else 1.6),
        "marble": _Look(_UNTINTED, 0.1, "marble", 1.6),
        "metal": _Look(metal, polish, metallic=1.0),
        "chrome": _Look(*_METALS["chrome"], metallic=1.0),
        "steel": _Look(*_METALS["brushed steel"], metallic=1.0),
        "iron": _Look(*_METALS["black iron"], metallic=1.0),
        "mirror": _Look((0.85, 0.85, 0.85), 0.02, metallic=1.0),
        "enamel": _Look((0.78, 0.78, 0.77), 0.18),
        "ceramic": _Look((0.82, 0.82, 0.80), 0.07),
        "black_glass": _Look((0.012, 0.012, 0.014), 0.05),
        "screen": _Look((0.01, 0.01, 0.012), 0.12),
        "screen.desktop": _Look(_UNTINTED, 0.15, "desktop", 1.0),
        "plastic.black": _Look((0.025, 0.025, 0.027), 0.4),
        "plastic.white": _Look((0.75, 0.75, 0.73), 0.4),
        "rubber": _Look((0.03, 0.03, 0.03), 0.8),
        "board": _Look((0.83, 0.83, 0.83), 0.15),
        "piano": _Look((0.012, 0.010, 0.010), 0.06),
        "piano_keys": _Look((0.85, 0.85, 0.83), 0.2, "keys", 1.0),
    }


def _soft(style: _Style, generator: np.random.Generator) -> dict[str, _Look]:
    sofa = style.bold(generator, float(generator.uniform(0.35, 0.72)), 0.09)
    bedding = style.muted(generator, float(generator.uniform(0.75, 0.92)), 0.03)
    looks = {
        "fabric.sofa": _Look(sofa, 0.9, "weave", 0.25),
        "fabric.armchair": _Look(style.muted(generator, float(generator.uniform(0.4, 0.7)), 0.1), 0.9, "weave", 0.25),
        "fabric.seat": _Look(style.bold(generator, 0.5, 0.05), 0.9, "weave", 0.2),
        "fabric.bedding": _Look(bedding, 0.85, "weave", 0.2),
        "fabric.sheet": _Look((0.8, 0.8, 0.79), 0.85, "weave", 0.15),
        "fabric.blanket": _Look(style.bold(generator, 0.55, 0.1), 0.95, "knit", 0.3),
        "fabric.curtain": _Look(style.muted(generator, float(generator.uniform(0.55, 0.88)), 0.06), 0.9, "weave", 0.3),
        "leather": _Look(oklch(float(generator.uniform(0.25, 0.5)), 0.06, 50), 0.4, "leather", 0.4),
        "wicker": _Look((0.5, 0.33, 0.17), 0.7, "wicker", 0.25),
    }
    for k in range(3):
        looks[f"cushion.{k}"] = _Look(_UNTINTED, 0.9, f"print.{k}", 0.4)
        looks[f"rug.{k}"] = _Look(_UNTINTED, 0.95, f"rug.{k}", 1.0)
        looks[f"towel.{k}"] = _Look(style.bold(generator, 0.5 + 0.17 * k, 0.09), 0.95, "pile", 0.2)
        cloth = oklch(0.35 + 0.2 * k, 0.09, float(generator.uniform(0, 360)))
        looks[f"cloth.{k}"] = _Look(cloth, 0.9, "weave", 0.15)
    return looks


def _things(style: _Style, generator: np.random.Generator) -> dict[str, _Look]:
    looks = {
        "shade": _Look((0.8, 0.76, 0.68), 0.8, emission=(3.2, 2.5, 1.6)),
        "bulb": _Look((0.85, 0.85, 0.82), 0.4, emission=(9.0, 7.4, 5.2)),
        "leaf.0": _Look((0.055, 0.16, 0.035), 0.45),
        "leaf.1": _Look((0.10, 0.24, 0.05), 0.45),
        "soil": _Look((0.045, 0.028, 0.018), 0.95),
        "bark": _Look((0.16, 0.105, 0.065), 0.9),
        "terracotta": _Look((0.42, 0.16, 0.085), 0.8),
        "paper": _Look((0.8, 0.79, 0.74), 0.9),
        "cardboard": _Look((0.40, 0.27, 0.15), 0.9),
        "clock_face": _Look((0.85, 0.85, 0.84), 0.3, "clock", 1.0),
        "fruit.0": _Look((0.50, 0.045, 0.03), 0.3),
        "fruit.1": _Look((0.70, 0.26, 0.02), 0.45),
        "fruit.2": _Look((0.34, 0.48, 0.06), 0.3),
    }
    for k in range(3):
        glaze = style.bold(generator, float(generator.uniform(0.4, 0.8)), 0.1)
        looks[f"pottery.{k}"] = _Look(glaze, float(generator.uniform(0.1, 0.5)))
    for k in range(6):
        looks[f"picture.{k}"] = _Look(_UNTINTED, 0.7, f"painting.{k}", 1.0)
        cover = oklch(float(generator.uniform(0.3, 0.75)), 0.08, float(generator.uniform(0, 360)))
        looks[f"book.{k}"] = _Look(cover, 0.6, "book", 0.25)
    for k, hue in enumerate((28, 95, 145, 255)):
        looks[f"toy.{k}"] = _Look(oklch(0.62, 0.18, hue), 0.35)
    return looks
