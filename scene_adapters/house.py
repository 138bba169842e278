"""Matterport3D's .house files, version ASCII 1.1: levels, regions with their outlines, objects, categories.

One record a line, its kind first, fields apart by any number of blanks, "#" for a blank in a name. "P" is
a portal or a panorama, "I" an image, "E" a segment: none of them is needed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scene_adapters.paths import parsing, read_bytes
from schemas.arrays import Float64
from schemas.errors import SceneError

_FIRST_LINE = "ASCII 1.1"
_MAX_BYTES = 256 * 2**20
REGION_NAMES = {
    "a": "bathroom", "b": "bedroom", "c": "closet", "d": "dining room", "e": "entryway", "f": "family room",
    "g": "garage", "h": "hallway", "i": "library", "j": "laundry room", "k": "kitchen", "l": "living room",
    "m": "meeting room", "n": "lounge", "o": "office", "p": "porch", "r": "recreation room", "s": "stairs",
    "t": "toilet", "u": "utility room", "v": "tv room", "w": "gym", "x": "outdoor", "y": "balcony", "z": "other room",
    "B": "bar", "C": "classroom", "D": "dining booth", "S": "spa", "Z": "junk", "-": "no label",
}  # fmt: skip
OUTDOORS = frozenset("xpyZ")
"""Letters of what is no place to walk indoors: outdoors, porches, balconies, and mirrored or floating junk."""


@dataclass(frozen=True)
class HouseRegion:
    """A room of level `level`: outline (k, 2) on the floor, its height and that of the room, metres."""

    level: int
    letter: str
    outline: Float64
    floor_z: float
    height: float


@dataclass(frozen=True)
class HouseObject:
    """An object by its numbers; −1 where it has no region or category."""

    region: int
    category: int


@dataclass(frozen=True)
class House:
    """By the file's own numbers. categories : raw name, mpcat40 name, index in category_mapping.tsv; bounds (2, 3)."""

    bounds: Float64
    regions: Mapping[int, HouseRegion]
    objects: Mapping[int, HouseObject]
    categories: Mapping[int, tuple[str, str, int]]


def read_house(path: Path) -> House:
    """The house in the dataset's frame (Z up, metres). Raises SceneError."""
    lines = read_bytes(path, _MAX_BYTES).decode("utf-8", "replace").splitlines()
    if not lines or lines[0].strip() != _FIRST_LINE:
        raise SceneError(f"{path}: does not begin with {_FIRST_LINE!r}: no .house file of that version; fetch it again")
    records: dict[str, list[list[str]]] = {}
    for line in lines[1:]:
        fields = line.split()
        if fields:
            records.setdefault(fields[0], []).append(fields[1:])
    with parsing(path, ".house"):
        (header,) = records["H"]
        return House(
            bounds=_numbers(header[17:23]).reshape(2, 3),
            regions=_regions(records),
            objects={_whole(f[0]): HouseObject(_whole(f[1]), _whole(f[2])) for f in records.get("O", [])},
            categories={int(f[0]): (f[2].replace("#", " "), f[4], int(f[1])) for f in records.get("C", [])},
        )


def _regions(records: Mapping[str, list[list[str]]]) -> dict[int, HouseRegion]:
    """A region's outline are the vertices of its surfaces; where there are none, its box."""
    region_of = {int(fields[0]): int(fields[1]) for fields in records.get("S", [])}
    corners: dict[int, list[Float64]] = {}
    for fields in records.get("V", []):
        corners.setdefault(region_of[int(fields[1])], []).append(_numbers(fields[3:6]))
    regions = {}
    for fields in records.get("R", []):
        number, box, height = _whole(fields[0]), _numbers(fields[8:14]), float(fields[14])
        points = np.array(corners.get(number, []), dtype=np.float64).reshape(-1, 3)
        if len(points) < 3:
            points = np.array([[box[x], box[y], box[2]] for x, y in ((0, 1), (3, 1), (3, 4), (0, 4))])
        regions[number] = HouseRegion(int(fields[1]), fields[4], points[:, :2], float(np.median(points[:, 2])), height)
    return regions


def _whole(field: str) -> int:
    return int(np.int32(int(field)))  # what is larger numbers nothing


def _numbers(fields: list[str]) -> Float64:
    values = np.array([float(field) for field in fields], dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{fields} are not finite")
    return values
