"""Other paints, floors and fabrics for the same things: hue, lightness and chroma within what is usual."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from factory.rendering.textures import mean_colors
from schemas.arrays import Float64, Int64
from schemas.categories import MPCAT40
from schemas.looks import Repaint
from schemas.scenes import Material, Scene

_LIGHTEST = 0.85  # linear; few paints reflect more
_COLORED = 0.02  # OKLab chroma above which a texture has a colour of its own, as wood has


@dataclass(frozen=True)
class _Freedom:
    """How far a material may go. hue_deg : to either side; lightness, chroma : factors, from and to."""

    hue_deg: float
    lightness: tuple[float, float]
    chroma: tuple[float, float]


_WALL = _Freedom(40, (0.88, 1.04), (0.6, 1.8))
_FLOOR = _Freedom(8, (0.80, 1.10), (0.7, 1.2))
_FABRIC = _Freedom(180, (0.75, 1.15), (0.7, 1.2))
_FURNITURE = _Freedom(15, (0.75, 1.12), (0.8, 1.15))
# Of what is missing here people know the colour: plants, pictures, sinks, screens.
_FREEDOM = {
    "wall": _WALL,
    "floor": _FLOOR,
    **dict.fromkeys(
        ("sofa", "bed", "curtain", "cushion", "towel", "chair", "seating", "stool", "blinds", "clothes"), _FABRIC
    ),
    **dict.fromkeys(("table", "cabinet", "chest_of_drawers", "shelving", "door", "counter", "furniture"), _FURNITURE),
}
_OWN_COLOR_HUE = 10.0  # degrees, for textures with a colour of their own: wood stays wood

_CONE_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_FROM_CONE = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def repaint(scene: Scene, strength: float, random: np.random.Generator) -> tuple[tuple[Material, ...], list[Repaint]]:
    """The scene's materials with other colours, and what was done to those that changed.

    strength : 0 for nothing, 1 for all that is usual
    """
    means = mean_colors(scene).astype(np.float64)
    categories = _main_categories(scene)
    materials, done = [], []
    for material, mean, category in zip(scene.mesh.materials, means, categories, strict=True):
        # Drawn for each, so that a change to one leaves the others as they are.
        hue, lightness, chroma = random.uniform(-1, 1), random.uniform(), random.uniform()
        freedom = _FREEDOM.get(MPCAT40[category])
        shines = material.metallic > 0.5 or material.transmission > 0 or any(material.emission)
        if freedom is None or shines or strength == 0:
            materials.append(material)
            continue
        reach = freedom.hue_deg
        if material.texture is not None and _chroma_of_texture(material, mean) > _COLORED:
            reach = min(reach, _OWN_COLOR_HUE)
        change = Repaint(
            material.name,
            round(strength * reach * hue, 3),
            round(1 + strength * (_between(freedom.lightness, lightness) - 1), 4),
            round(1 + strength * (_between(freedom.chroma, chroma) - 1), 4),
        )
        materials.append(replace(material, base_color=_painted(material, mean, change)))
        done.append(change)
    return tuple(materials), done


def _chroma_of_texture(material: Material, mean: Float64) -> float:
    """OKLab chroma of the texture alone, whose product with the base colour is `mean`."""
    return float(np.linalg.norm(_lab(mean / np.maximum(material.base_color, 1e-3))[1:]))


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + share * (ends[1] - ends[0])


def _main_categories(scene: Scene) -> Int64:
    """For each material the index of the mpcat40 category on which most of it is; 0 where it is on nothing."""
    mesh = scene.mesh
    corners = mesh.vertices[mesh.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    category = np.array([0] + [MPCAT40.index(instance.category) for instance in scene.instances])[mesh.instance]
    cell = mesh.material.astype(np.int64) * len(MPCAT40) + category
    whole = np.bincount(cell, area, len(mesh.materials) * len(MPCAT40)).reshape(-1, len(MPCAT40))
    return np.asarray(whole.argmax(axis=1))


def _painted(material: Material, mean: Float64, change: Repaint) -> tuple[float, float, float]:
    """The base colour that turns the material's mean colour into the changed one; a texture is tinted by it."""
    lightness, *ab = _lab(mean)
    turn = np.radians(change.hue_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    a, b = change.chroma * (rotation @ np.array(ab))
    target = np.clip(_rgb(np.array([np.clip(change.lightness * lightness, 0.15, 0.97), a, b])), 0.01, _LIGHTEST)
    base = np.array(material.base_color) * target / np.maximum(mean, 1e-3)
    red, green, blue = base / max(1.0, float(base.max()))
    return round(float(red), 6), round(float(green), 6), round(float(blue), 6)


def _lab(rgb: Float64) -> Float64:
    """OKLab (3,) of linear sRGB (Ottosson, 2020)."""
    return np.asarray(_LAB_FROM_CONE @ np.cbrt(_CONE_FROM_RGB @ np.maximum(rgb, 0)))


def _rgb(lab: Float64) -> Float64:
    return np.asarray(np.linalg.solve(_CONE_FROM_RGB, np.linalg.solve(_LAB_FROM_CONE, lab) ** 3))
