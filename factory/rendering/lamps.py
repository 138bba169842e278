"""What shines in a scene, as places all over each of its lights."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from factory.rendering.quasirandom import spread
from schemas.arrays import Float64, Int64
from schemas.scenes import Light, LightKind, Mesh, Scene

PLACES = 256  # on each light
SUN_ANGLE = 0.0093  # of the sun's disc, radians
FAR = 1000.0  # where the sun is, metres


@dataclass(frozen=True)
class Lamps:
    """What shines, e lights, each as PLACES places in an order of which any few in a row are spread all over it.

    place, normal : (e, PLACES, 3) float64; a sun's places are FAR off the world's origin
    strength : (e, 3) float64, what a white matt surface one metre below all of it sends out
    area : (e,) float64, m², of what shines as a surface does, 0 of the rest; size : (e,) float64, metres across
    kind : (e,) int64, one of the kinds below
    """

    place: Float64
    normal: Float64
    strength: Float64
    area: Float64
    size: Float64
    kind: Int64

    def one(self, e: int) -> Lamp:
        """The lamp in row `e`."""
        return Lamp(*(getattr(self, field.name)[e] for field in fields(self)))


POINT, SHEET, SUN, SURFACE = range(4)  # to all sides alike, to one side, from infinity, to both sides


def lamps_of(scene: Scene) -> Lamps:
    """The scene's lights, and what of its surfaces shines by itself."""
    lamps = [_lamp(light) for light in scene.lights] + _shining(scene.mesh)
    return Lamps(
        place=np.array([lamp.place for lamp in lamps]).reshape(-1, PLACES, 3),
        normal=np.array([lamp.normal for lamp in lamps]).reshape(-1, PLACES, 3),
        strength=np.array([lamp.strength for lamp in lamps]).reshape(-1, 3),
        area=np.array([lamp.area for lamp in lamps], np.float64),
        size=np.array([lamp.size for lamp in lamps], np.float64),
        kind=np.array([lamp.kind for lamp in lamps], np.int64),
    )


def light_axes(direction: tuple[float, float, float]) -> Float64:
    """Unit vectors (3, 3) across, along and against the `direction` in which a rectangle shines."""
    back = -np.array(direction) / np.linalg.norm(direction)
    across = np.cross([0.0, 0.0, 1.0], back)
    if np.linalg.norm(across) < 1e-6:
        across = np.array([1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    return np.stack([across, np.cross(back, across), back])


class Lamp(NamedTuple):
    """One row of `Lamps`."""

    place: Float64
    normal: Float64
    strength: Float64
    area: float
    size: float
    kind: int


def _lamp(light: Light) -> Lamp:
    first, second = spread(2, PLACES)[:, :, None]
    color, position = light.power * np.array(light.color), np.array(light.position)
    across, along, back = light_axes(light.direction)
    ahead = np.tile(-back, (PLACES, 1))
    if light.kind is LightKind.AREA:
        width, height = light.size
        place = position + (first - 0.5) * width * across + (second - 0.5) * height * along
        return Lamp(place, ahead, color / np.pi**2, width * height, max(light.size), SHEET)
    around = 2 * np.pi * second
    if light.kind is LightKind.POINT:
        upward = 2 * first - 1
        level = np.sqrt(1 - upward**2)
        outward = np.concatenate([level * np.cos(around), level * np.sin(around), upward], axis=1)
        return Lamp(position + light.size[0] / 2 * outward, outward, color / (4 * np.pi**2), 0.0, light.size[0], POINT)
    disc = SUN_ANGLE / 2 * np.sqrt(first) * (np.cos(around) * across + np.sin(around) * along)
    return Lamp(FAR * (back + disc), ahead, color / np.pi, 0.0, 0.0, SUN)


def _shining(mesh: Mesh) -> list[Lamp]:
    """A lamp for each instance and material that shines by itself."""
    emission = np.array([material.emission for material in mesh.materials])
    found = np.flatnonzero(emission[mesh.material].any(axis=1))
    parts = np.stack([mesh.instance[found], mesh.material[found]], axis=1)
    kinds, part = np.unique(parts, axis=0, return_inverse=True)
    corners = mesh.vertices[mesh.triangles[found]].astype(np.float64)
    lamps = (_surface(corners[part.reshape(-1) == k], emission[kinds[k, 1]]) for k in range(len(kinds)))
    return [lamp for lamp in lamps if lamp.strength.any()]


def _surface(corners: Float64, emission: Float64) -> Lamp:
    """Triangles (m, 3, 3) that send `emission` to both sides."""
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(doubled, axis=1) / 2
    which, first, second = spread(3, PLACES)
    chosen = np.minimum(np.searchsorted(np.cumsum(area), which * area.sum(), side="right"), len(area) - 1)
    over = first + second > 1
    first, second = np.where(over, 1 - first, first)[:, None], np.where(over, 1 - second, second)[:, None]
    a, b, c = corners[chosen].transpose(1, 0, 2)
    size = float(np.linalg.norm(corners.max(axis=(0, 1)) - corners.min(axis=(0, 1))))
    normal = doubled[chosen] / np.maximum(2 * area[chosen], 1e-12)[:, None]
    place = a + first * (b - a) + second * (c - a)
    return Lamp(place, normal, emission * area.sum() / np.pi, float(area.sum()), size, SURFACE)
