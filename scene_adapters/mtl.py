"""Material libraries of OBJ files, and the images they name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scene_adapters.images import failures_note, linear_from_srgb, texture
from scene_adapters.meshes import MAX_UINT16
from scene_adapters.paths import Root, read_bytes
from schemas.arrays import Float64
from schemas.errors import SceneError
from schemas.scenes import Material, Texture

_MAX_MTL_BYTES = 64 * 2**20
# How many values the options of a map statement take (`-s u v w file.jpg`).
_MAP_OPTIONS = {"-s": 3, "-o": 3, "-t": 3, "-mm": 2, "-bm": 1, "-blendu": 1, "-blendv": 1, "-clamp": 1, "-imfchan": 1}


@dataclass(frozen=True)
class Library:
    """`materials` with a default one last; `index` from a material's name to its number."""

    index: dict[str, int]
    materials: tuple[Material, ...]
    textures: tuple[Texture, ...]
    notes: tuple[str, ...]


def read_library(path: Path, root: Root, names: Sequence[str]) -> Library:
    """The materials in the libraries `names` that the OBJ file `path` refers to.

    An image that cannot be decoded leaves its material with the diffuse colour, and a note. Raises
    SceneError for a missing library or image, unless `root.skip_missing`, and for a path out of `root`.
    """
    index: dict[str, int] = {}
    materials: list[Material] = []
    images: dict[Path, Texture | None] = {}
    numbers: dict[Path, int] = {}
    failures: list[tuple[str, str]] = []
    missing: list[str] = []
    for name in dict.fromkeys(names):
        file = root.resolve(name, path.parent)
        if not file.is_file() and root.skip_missing:
            missing.append(f"{path.name}: material library {name} is missing")
            continue
        for label, entries in _blocks(read_bytes(file, _MAX_MTL_BYTES)):
            picture = _picture(entries, file, root, images, failures)
            number = None if picture is None else numbers.setdefault(picture, len(numbers))
            index[label] = len(materials)
            materials.append(_material(label, entries, number))
    if len(materials) >= MAX_UINT16:
        raise SceneError(f"{path}: {len(materials)} materials; merge some before export")
    found = tuple(image for picture in numbers if (image := images[picture]) is not None)
    return Library(index, (*materials, Material("default")), found, (*missing, *failures_note(path.name, failures)))


def _blocks(content: bytes) -> list[tuple[str, dict[str, str]]]:
    blocks: list[tuple[str, dict[str, str]]] = []
    for line in content.decode("utf-8", "replace").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "newmtl":
            blocks.append((rest.strip(), {}))
        elif blocks and word and not word.startswith("#"):
            blocks[-1][1][word.lower()] = rest.strip()
    return blocks


def _picture(
    entries: dict[str, str], file: Path, root: Root, images: dict[Path, Texture | None], failures: list[tuple[str, str]]
) -> Path | None:
    """The diffuse image's path, read into `images`; None where there is none that can be used."""
    statement = entries.get("map_kd") or entries.get("map_ka")
    name = _file_name(statement) if statement else ""
    if not name:
        return None
    picture = root.resolve(name, file.parent)
    if picture not in images:
        if not picture.is_file() and root.skip_missing:
            found: Texture | str = "missing"
        else:
            found = texture(picture.name, read_bytes(picture))
        images[picture] = found if isinstance(found, Texture) else None
        failures += [] if isinstance(found, Texture) else [(name, found)]
    return picture if images[picture] is not None else None


def _file_name(statement: str) -> str:
    """The file in a map statement: what follows the options; it may have blanks."""
    words = statement.split(" ")
    while words and words[0] in _MAP_OPTIONS:
        words = words[1 + _MAP_OPTIONS[words[0]] :]
    return " ".join(words).strip()


def _material(label: str, entries: dict[str, str], number: int | None) -> Material:
    diffuse = _numbers(entries.get("kd"), 3, 1.0 if number is not None else 0.8)
    if number is not None and not diffuse.any():
        diffuse = np.ones(3)
    dissolve = float(_numbers(entries.get("d"), 1, 1.0)[0]) if "d" in entries else 1.0
    if "d" not in entries and "tr" in entries:
        dissolve = 1 - float(_numbers(entries["tr"], 1, 0.0)[0])
    shine = float(_numbers(entries.get("ns"), 1, 10.0)[0])
    # Blinn–Phong exponent to the roughness of a microfacet lobe of the same width.
    rough = float(_numbers(entries["pr"], 1, 0.6)[0]) if "pr" in entries else math.sqrt(2 / (max(shine, 0) + 2))
    color = linear_from_srgb(diffuse)
    glow = np.clip(_numbers(entries.get("ke"), 3, 0.0), 0, 1e6)
    return Material(
        name=label[:200],
        base_color=(float(color[0]), float(color[1]), float(color[2])),
        texture=number,
        roughness=min(max(rough, 0.05), 1.0),
        metallic=min(max(float(_numbers(entries.get("pm"), 1, 0.0)[0]), 0.0), 1.0),
        transmission=min(max(1 - dissolve, 0.0), 1.0),
        emission=(float(glow[0]), float(glow[1]), float(glow[2])),
    )


def _numbers(text: str | None, count: int, default: float) -> Float64:
    """`count` finite numbers from a statement; `default` where they are not there."""
    words = (text or "").split()[:count]
    try:
        values = np.array([float(word) for word in words], dtype=np.float64)
    except ValueError:
        values = np.zeros(0)
    return values if len(values) == count and np.isfinite(values).all() else np.full(count, default)
