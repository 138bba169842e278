"""Habitat's scene datasets: a scene instance places assets that configs describe. HSSD and ReplicaCAD are such.

Everything here is in Habitat's frame, Y up, looking along −Z. A rotation is (w, x, y, z). A template's
name is a bare handle, found by its config's file name wherever that lies under the root.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from scene_adapters.gltf import GltfScene, bounds
from scene_adapters.paths import Root, parsing, read_bytes
from schemas.arrays import Float64
from schemas.errors import SceneError
from schemas.frames import quaternion_matrix

MAX_JSON_BYTES = 256 * 2**20
_MAX_FILES = 2_000_000
_CONFIGS = (".object_config.json", ".stage_config.json")
_IDENTITY = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Placement:
    """One asset put somewhere. by_centre : the translation is of the centre of mass, not of the asset's origin."""

    handle: str
    translation: Float64
    rotation: Float64
    scale: Float64
    by_centre: bool


@dataclass(frozen=True)
class SceneInstance:
    """What a scene consists of; `articulated` are the handles of its articulated objects."""

    stage: Placement | None
    objects: tuple[Placement, ...]
    articulated: tuple[str, ...]
    regions: str


@dataclass(frozen=True)
class Asset:
    """How a handle is rendered. frame : (3, 3) from the file's axes to Y up, front −Z. centre : of mass, or None."""

    file: Path
    frame: Float64
    scale: Float64
    centre: Float64 | None
    semantic_id: int | None


@dataclass(frozen=True)
class Catalogue:
    """Every config and mesh under the root by file name, and the defaults of the dataset's own config."""

    root: Root
    files: Mapping[str, tuple[Path, ...]]
    defaults: Mapping[str, Mapping[str, Any]]


def read_json(path: Path) -> Any:
    """The JSON value in a file. Raises SceneError."""
    content = read_bytes(path, MAX_JSON_BYTES)
    with parsing(path, "JSON"):
        return json.loads(content)


def read_catalogue(root: Root) -> Catalogue:
    """Walk the root once. Raises SceneError for a damaged dataset config."""
    files: dict[str, list[Path]] = {}
    count = 0
    for folder, folders, names in os.walk(root.folder):
        folders.sort()
        for name in sorted(names):
            if name.endswith((*_CONFIGS, ".glb", "_config.json", ".csv", "lexicon.json")):
                files.setdefault(name, []).append(Path(folder) / name)
        count += len(names)
        if count > _MAX_FILES:
            raise SceneError(f"{root.folder}: more than {_MAX_FILES} files; give the dataset's own folder as root")
    defaults: dict[str, Mapping[str, Any]] = {"objects": {}, "stages": {}}
    for path in sorted(root.folder.glob("*.scene_dataset_config.json"), key=lambda path: (len(path.name), path.name))[
        :1
    ]:
        config = read_json(path)
        with parsing(path, "scene dataset config"):
            defaults = {kind: dict(config.get(kind, {}).get("default_attributes", {})) for kind in defaults}
    return Catalogue(root, {name: tuple(paths) for name, paths in files.items()}, defaults)


def read_scene_instance(path: Path) -> SceneInstance:
    """A .scene_instance.json file. Raises SceneError."""
    content = read_json(path)
    with parsing(path, "scene instance"):
        default = content.get("translation_origin", "com")
        stage = content.get("stage_instance")
        return SceneInstance(
            stage=None if stage is None else _placement(stage, "asset_local"),
            objects=tuple(_placement(entry, default) for entry in content.get("object_instances", [])),
            articulated=tuple(str(e["template_name"]) for e in content.get("articulated_object_instances", [])),
            regions=str(content.get("semantic_scene_instance", "")),
        )


def _placement(entry: Mapping[str, Any], default_origin: str) -> Placement:
    origin = str(entry.get("translation_origin", default_origin)).lower()
    scale = _vector(entry.get("non_uniform_scale", [1, 1, 1]), 3) * float(entry.get("uniform_scale", 1.0))
    return Placement(
        handle=str(entry["template_name"]),
        translation=_vector(entry.get("translation", [0, 0, 0]), 3),
        rotation=_vector(entry.get("rotation", _IDENTITY), 4),
        scale=scale,
        by_centre=origin == "com",
    )


def _vector(value: Any, length: int) -> Float64:
    found = np.asarray(value, dtype=np.float64).reshape(length)
    if not np.isfinite(found).all():
        raise ValueError(f"{value} is not finite")
    return found


def find_asset(catalogue: Catalogue, handle: str, kind: str) -> Asset | None:
    """What is rendered for a handle; `kind` is "objects" or "stages". None where it or its mesh is absent.

    Raises SceneError for a config that is damaged, or refers out of the root.
    """
    suffix = ".object_config.json" if kind == "objects" else ".stage_config.json"
    path = _find(catalogue, handle, suffix)
    config = dict(catalogue.defaults[kind])
    if path is not None:
        config |= read_json(path)
    elif (path := _find(catalogue, handle, ".glb")) is None:
        return None
    else:
        config["render_asset"] = path.name
    with parsing(path, "asset config"):
        file = catalogue.root.resolve(str(config["render_asset"]), path.parent)
        centre = config.get("COM")
        semantic = config.get("semantic_id")
        return Asset(
            file=file,
            frame=_frame(tuple(config.get("up", [0, 1, 0])), tuple(config.get("front", [0, 0, -1]))),
            scale=_vector(config.get("scale", [1, 1, 1]), 3) * float(config.get("units_to_meters", 1.0)),
            centre=None if centre is None else _vector(centre, 3),
            semantic_id=None if semantic is None else int(semantic),
        )


def _find(catalogue: Catalogue, handle: str, suffix: str) -> Path | None:
    """The file of a handle, which may carry a folder; of several, the one in that folder, else the first."""
    folder, _, name = handle.removesuffix(suffix).rpartition("/")
    paths = catalogue.files.get(name + suffix, ())
    fitting = [path for path in paths if folder and path.parent.as_posix().endswith(folder)]
    return next(iter(fitting or paths), None)


@lru_cache(maxsize=64)
def _frame(up: tuple[float, ...], front: tuple[float, ...]) -> Float64:
    """Rotation (3, 3) that brings an asset's up to +Y and its front to −Z."""
    y, z = _vector(up, 3), -_vector(front, 3)
    y, z = y / np.linalg.norm(y), z / np.linalg.norm(z)
    if abs(float(y @ z)) > 1e-3:
        raise ValueError(f"up {up} and front {front} are not at right angles")
    return np.stack([np.cross(y, z), y, z])


def placing(model: GltfScene, asset: Asset, placement: Placement) -> Float64:
    """Affine matrix (4, 4), an asset's file → the scene: T · R · S, measured from the origin that is meant."""
    w, x, y, z = placement.rotation
    local, world = np.eye(4), np.eye(4)
    with np.errstate(all="ignore"):  # `checked` refuses what is not finite, by name
        local[:3, :3] = asset.scale[:, None] * asset.frame
        if placement.by_centre:
            middle = bounds(model, local).mean(axis=0) if asset.centre is None else asset.centre * asset.scale
            local[:3, 3] = -middle
        world[:3, :3] = quaternion_matrix(np.array([x, y, z, w])) * placement.scale
        world[:3, 3] = placement.translation
        return np.asarray(world @ local)


def read_regions(catalogue: Catalogue, scene: str, handle: str) -> list[tuple[str, Float64, float, float]]:
    """Label, polygon (k, 3), floor and ceiling height of each region of a scene; [] where none are described.

    The file is semantics/…/<scene>.semantic_config.json, or what the scene calls its semantic instance.
    """
    names = [f"{name.rpartition('/')[2]}.semantic_config.json" for name in (handle, scene) if name]
    path = next((paths[0] for name in names if (paths := catalogue.files.get(name, ()))), None)
    if path is None:
        return []
    content = read_json(path)
    with parsing(path, "semantic config"):
        described: list[tuple[str, Float64, float, float]] = []
        for entry in content.get("region_annotations", []):
            loop: Any = entry["poly_loop"]
            points: Sequence[Any] = [loop[key] for key in sorted(loop, key=int)] if isinstance(loop, dict) else loop
            polygon = np.asarray(points, dtype=np.float64).reshape(-1, 3)
            floor = float(entry.get("floor_height", polygon[:, 1].min()))
            label = str(entry.get("label") or entry.get("name") or "region")
            described.append((label, polygon, floor, floor + float(entry.get("extrusion_height", 3.0))))
        return described
