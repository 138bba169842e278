"""How glTF surfaces look: materials, the images they use, and lamps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from scene_adapters.images import failures_note, linear_from_srgb, texture
from scene_adapters.meshes import MAX_UINT16
from scene_adapters.paths import Root, data_uri, read_bytes
from schemas.arrays import Float64
from schemas.errors import SceneError
from schemas.scenes import Light, LightKind, Material, Texture

Json = dict[str, Any]
# Between watts and the luminous units of KHR_lights_punctual.
_LUMEN_PER_WATT = 683.0


@dataclass(frozen=True)
class Looks:
    """All materials of a file, the default one last.

    coordinates : a material's set of texture coordinates, and a (3, 3) transform of them or None
    unlit : every material asks to be shown without light
    """

    materials: tuple[Material, ...]
    coordinates: tuple[tuple[int, Float64 | None], ...]
    textures: tuple[Texture, ...]
    unlit: bool
    notes: tuple[str, ...]


def read_looks(document: Json, path: Path, root: Root, view: Callable[[Any], bytes]) -> Looks:
    """Materials and textures of a glTF `document`; `view` gives the bytes of a bufferView.

    An image that cannot be decoded leaves its material with the base colour alone, and a note. Raises
    SceneError for a missing image file, unless `root.skip_missing`.
    """
    entries = document.get("materials", [])
    if len(entries) >= MAX_UINT16:
        raise SceneError(f"{path}: {len(entries)} materials; merge some before export")
    images: list[Texture | None] = []
    failures: list[tuple[str, str]] = []
    for index, entry in enumerate(document.get("images", [])):
        name = str(entry.get("uri") or entry.get("name") or f"image {index}")[:80]
        found = _image(entry, name, path, root, view)
        images.append(found if isinstance(found, Texture) else None)
        failures += [] if isinstance(found, Texture) else [(name, found)]
    kept = [i for i, image in enumerate(images) if image is not None]
    of_image = {image: number for number, image in enumerate(kept)}
    sources = [_source(entry) for entry in document.get("textures", [])]

    def image_of(reference: Json | None) -> int | None:
        if not reference:
            return None
        source = sources[reference["index"]]
        return of_image.get(source) if source is not None else None

    textures = tuple(image for image in images if image is not None)
    read = [_material(entry, index, image_of, textures) for index, entry in enumerate(entries)]
    return Looks(
        materials=(*(material for material, _ in read), Material("default")),
        coordinates=(*(coordinates for _, coordinates in read), (0, None)),
        textures=textures,
        unlit=bool(entries) and all(_is_unlit(entry) for entry in entries),
        notes=failures_note(path.name, failures),
    )


def _source(entry: Json) -> int | None:
    extensions = entry.get("extensions", {})
    for name in ("EXT_texture_webp", "KHR_texture_basisu"):
        if name in extensions and "source" not in entry:
            return int(extensions[name]["source"])
    return int(entry["source"]) if "source" in entry else None


def _image(entry: Json, name: str, path: Path, root: Root, view: Callable[[Any], bytes]) -> Texture | str:
    uri = entry.get("uri")
    if uri is None:
        return texture(name, view(entry["bufferView"]))
    if uri.startswith("data:"):
        return texture(name, data_uri(uri, path))
    file = root.resolve(uri, path.parent)
    if not file.is_file() and root.skip_missing:
        return "missing"
    return texture(file.name, read_bytes(file))


def _is_unlit(entry: Json) -> bool:
    return "KHR_materials_unlit" in entry.get("extensions", {})


def _material(
    entry: Json, index: int, image_of: Callable[[Json | None], int | None], textures: tuple[Texture, ...]
) -> tuple[Material, tuple[int, Float64 | None]]:
    extensions = entry.get("extensions", {})
    surface = entry.get("pbrMetallicRoughness", {})
    gloss = extensions.get("KHR_materials_pbrSpecularGlossiness")
    reference = gloss.get("diffuseTexture") if gloss else surface.get("baseColorTexture")
    factor = _color4(gloss.get("diffuseFactor") if gloss else surface.get("baseColorFactor"))
    emission = np.asarray(entry.get("emissiveFactor", [0, 0, 0]), dtype=np.float64).reshape(3)
    glow = image_of(entry.get("emissiveTexture"))
    if reference is None and glow is not None:
        # A scan exported as a glowing picture: its texture is all there is to see.
        reference, factor, emission = entry["emissiveTexture"], np.ones(4), np.zeros(3)
    elif glow is not None:
        emission = emission * linear_from_srgb(_mean(textures[glow]))
    emission = emission * float(extensions.get("KHR_materials_emissive_strength", {}).get("emissiveStrength", 1))
    mean = np.ones(3)
    if (packed := image_of(surface.get("metallicRoughnessTexture"))) is not None:
        mean = _mean(textures[packed])
    see_through = float(extensions.get("KHR_materials_transmission", {}).get("transmissionFactor", 0))
    if entry.get("alphaMode") == "BLEND":
        see_through = max(see_through, 1 - float(factor[3]))
    material = Material(
        name=str(entry.get("name") or f"material {index}")[:200],
        base_color=_triple(np.clip(factor[:3], 0, 1)),
        texture=image_of(reference),
        roughness=_unit(1 - gloss.get("glossinessFactor", 1) if gloss else surface.get("roughnessFactor", 1) * mean[1]),
        metallic=_unit(0 if gloss else surface.get("metallicFactor", 1) * mean[2]),
        transmission=_unit(see_through),
        emission=_triple(np.clip(emission, 0, 1e6)),
    )
    return material, _coordinates(reference)


def _color4(value: Any) -> Float64:
    return np.ones(4) if value is None else np.asarray(value, dtype=np.float64).reshape(4)


def _unit(value: Any) -> float:
    return min(max(round(float(value), 6), 0.0), 1.0)


def _triple(values: Float64) -> tuple[float, float, float]:
    if not np.isfinite(values).all():
        raise ValueError("a colour is not finite")
    return float(values[0]), float(values[1]), float(values[2])


def _mean(image: Texture) -> Float64:
    """Mean RGB (3,) of an image in 0..1 as stored; white where it cannot be decoded."""
    pixels = cv2.imdecode(np.frombuffer(image.encoded, dtype=np.uint8), cv2.IMREAD_REDUCED_COLOR_8)
    return np.ones(3) if pixels is None else np.asarray(pixels.reshape(-1, 3).mean(axis=0)[::-1] / 255)


def _coordinates(reference: Json | None) -> tuple[int, Float64 | None]:
    if not reference:
        return 0, None
    transform = reference.get("extensions", {}).get("KHR_texture_transform")
    if transform is None:
        return int(reference.get("texCoord", 0)), None
    (dx, dy), (sx, sy) = transform.get("offset", [0, 0]), transform.get("scale", [1, 1])
    c, s = math.cos(transform.get("rotation", 0)), math.sin(transform.get("rotation", 0))
    channel = transform.get("texCoord", reference.get("texCoord", 0))
    return int(channel), np.array([[c * sx, s * sy, dx], [-s * sx, c * sy, dy], [0, 0, 1]], dtype=np.float64)


def punctual_light(document: Json, node: Json, matrix: Float64) -> list[Light]:
    """The lamp on a `node` (KHR_lights_punctual), [] where there is none; a spot shines all around."""
    reference = node.get("extensions", {}).get("KHR_lights_punctual")
    if reference is None:
        return []
    lamp = document["extensions"]["KHR_lights_punctual"]["lights"][reference["light"]]
    color = np.asarray(lamp.get("color", [1, 1, 1]), dtype=np.float64).reshape(3)
    power = float(lamp.get("intensity", 1)) * float(color.max()) / _LUMEN_PER_WATT
    if not (color.max() > 0 and math.isfinite(power) and power > 0):
        return []
    sun = lamp["type"] == "directional"
    along = matrix[:3, :3] @ np.array([0.0, 0.0, -1.0])
    return [
        Light(
            kind=LightKind.SUN if sun else LightKind.POINT,
            position=_triple(matrix[:3, 3]),
            direction=_triple(along / np.linalg.norm(along)),
            size=(0.1, 0.1),
            color=_triple(np.clip(color / color.max(), 0, 1)),
            power=power if sun else power * 4 * math.pi,
        )
    ]
