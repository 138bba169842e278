"""HSSD and ReplicaCAD: synthetic homes as Habitat scene instances, furnished with separate models."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scene_adapters.adapter import Adapter, Refs, chosen, options
from scene_adapters.axes import refuse_absurd_size
from scene_adapters.columns import CEILING, FLOOR, WALL, structure
from scene_adapters.gltf import GltfScene, assembled, open_gltf, placed, unmapped
from scene_adapters.habitat import (
    Asset,
    Catalogue,
    Placement,
    find_asset,
    placing,
    read_catalogue,
    read_json,
    read_regions,
    read_scene_instance,
)
from scene_adapters.instances import numbered, with_boxes
from scene_adapters.labels import Labels, category_of, read_labels, unmapped_note
from scene_adapters.lamps import ceiling_lamps
from scene_adapters.meshes import FileMesh, Images, checked, scene_mesh
from scene_adapters.paths import Root, dataset_root, parsing, read_bytes
from scene_adapters.rooms import Region, regions, with_rooms
from schemas.arrays import Int32
from schemas.errors import SceneError
from schemas.frames import habitat_to_world
from schemas.recipe import Scenes
from schemas.scenes import Lighting, Scene, SceneRef, make_scene

LICENCE = "CC-BY-NC-4.0"
_OPTIONS: dict[str, tuple[str, ...] | str] = {
    "missing_assets": ("error", "skip"),
    "models": "",
    "category_table": "",
}
_TABLES = ("objects.csv", "fpmodels.csv", "fpmodels-with-decomposed.csv")
_SUFFIX = ".scene_instance.json"
_PART = re.compile(r"_part_\d+$")
_SAYS_NOTHING = {"", "undefined", "unknown", "void", "none"}
_SURFACES = {WALL: "wall", FLOOR: "floor", CEILING: "ceiling"}
# From Habitat's frame.
_WORLD = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


def list_scenes(scenes: Scenes) -> Refs:
    """Every *.scene_instance.json under the root; those outside a folder "scenes" carry their folder's name."""
    options(scenes, _OPTIONS)
    root = dataset_root(scenes.root, scenes.dataset)
    paths = sorted(root.rglob(f"*{_SUFFIX}"))
    if not paths:
        raise SceneError(f"{root}: holds no *{_SUFFIX}; give the folder that has scenes/ or configs/scenes/")
    refs = []
    for path in paths:
        stem = path.name.removesuffix(_SUFFIX)
        name = stem if path.parent.name == "scenes" else f"{path.parent.name}/{stem}"
        refs.append(SceneRef(scenes.dataset, name, path.relative_to(root).as_posix(), LICENCE))
    return chosen(refs, scenes)


def load_scene(ref: SceneRef, scenes: Scenes) -> Scene:
    """One home, with lamps of ours, since the data has none in physical units.

    Raises SceneError, also for an asset that is absent or unreadable; with `missing_assets = "skip"` the
    scene loads without it. `models` names a folder with uncompressed models of the same names.
    """
    given = options(scenes, _OPTIONS)
    root = Root(dataset_root(scenes.root, scenes.dataset), given["missing_assets"] == "skip")
    path = root.resolve(ref.source, root.folder)
    described = read_scene_instance(path)
    catalogue = read_catalogue(root)
    shelf = _Shelf(catalogue, _models(given["models"]), {}, Images())
    naming = _read_naming(catalogue, read_labels(given["category_table"]))
    placements = [("objects", placement) for placement in described.objects]
    if described.stage is not None:
        placements.insert(0, ("stages", described.stage))
    pieces, missing = _furnish(shelf, naming, placements)
    if not pieces:
        raise SceneError(f"{path}: none of its {len(placements)} assets is there; download objects and stages")
    with parsing(path, "scene instance"):
        surface, dropped = checked(assembled([piece.model for piece in pieces]), path)
    refuse_absurd_size(surface.bounds, str(path))
    names, objects = _objects(pieces, surface)
    instances, instance = numbered(
        objects, lambda number: (names[number], naming.labels.category(names[number]), None), str(path)
    )
    built = scene_mesh(surface, instance)
    rooms = _rooms(catalogue, path.name.removesuffix(_SUFFIX), described.regions)
    instances = with_rooms(with_boxes(instances, built), rooms)
    left_out = [f"{len(described.articulated)} articulated objects left out"] if described.articulated else []
    notes = (*missing, *left_out, unmapped_note(instances), *dropped, *surface.notes)
    return make_scene(
        ref,
        built,
        instances,
        rooms=tuple(region.room for region in rooms),
        lights=ceiling_lamps(surface.vertices, surface.triangles),
        lighting=Lighting.LIT,
        notes=tuple(note for note in notes if note),
    )


@dataclass(frozen=True)
class _Piece:
    """A model in its place in the world. name : what it is; None for the stage, whose surfaces have names each."""

    model: GltfScene
    name: str | None


@dataclass(frozen=True)
class _Shelf:
    """Assets by handle, each read once, and each image. models : uncompressed files that stand in by their names."""

    catalogue: Catalogue
    models: Mapping[str, Path]
    read: dict[tuple[str, str], tuple[Asset, GltfScene] | SceneError]
    images: Images

    def take(self, kind: str, handle: str) -> tuple[Asset, GltfScene]:
        """The asset and its model in the file's frame. Raises SceneError."""
        key = (kind, handle)
        if key not in self.read:
            try:
                self.read[key] = self._open(kind, handle)
            except SceneError as error:
                self.read[key] = error
        found = self.read[key]
        if isinstance(found, SceneError):
            raise found
        return found

    def _open(self, kind: str, handle: str) -> tuple[Asset, GltfScene]:
        asset = find_asset(self.catalogue, handle, kind)
        if asset is None:
            raise SceneError(
                f"{self.catalogue.root.folder}: no config and no mesh of {kind[:-1]} {handle!r}; download it"
            )
        raw = self.models.get(asset.file.stem)
        file, root = (asset.file, self.catalogue.root) if raw is None else (raw, Root(raw.parent))
        model = unmapped(open_gltf(file, root))
        # Models share images: the copies go before the next is read.
        textures = tuple(self.images.known[self.images.number(texture)] for texture in model.looks.textures)
        return asset, replace(model, looks=replace(model.looks, textures=textures))


def _models(folder: str) -> dict[str, Path]:
    if not folder:
        return {}
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise SceneError(f"models = {folder!r} is no folder; give the clone of hssd-models")
    return {file.stem: file for file in sorted(path.rglob("*.glb"))}


def _furnish(shelf: _Shelf, naming: _Naming, placements: list[tuple[str, Placement]]) -> tuple[list[_Piece], list[str]]:
    """Every asset in its place, and a note on each that is missing and may be."""
    pieces: list[_Piece] = []
    missing: list[str] = []
    for kind, placement in placements:
        try:
            asset, model = shelf.take(kind, placement.handle)
        except SceneError as error:
            if not shelf.catalogue.root.skip_missing:
                raise SceneError(f'{error} (or set missing_assets = "skip" in options)') from error
            missing.append(f"left out {placement.handle}: {error}")
            continue
        name = None if kind == "stages" else naming.name(placement.handle, asset)
        pieces.append(_Piece(placed(placed(model, placing(model, asset, placement)), _WORLD), name))
    return pieces, list(dict.fromkeys(missing))


def _objects(pieces: list[_Piece], surface: FileMesh) -> tuple[list[str], Int32]:
    """The name of every object, and which of them each triangle (m,) of the pieces' `surface` is of.

    Walls, floors and ceilings: by the names of the stage's nodes where they say, else by shape.
    """
    names = list(_SURFACES.values())
    of_part: list[int] = []
    for piece in pieces:
        if piece.name is not None:
            names.append(piece.name)
            of_part += [len(names) - 1] * len(piece.model.parts)
            continue
        for part in piece.model.parts:
            said = _said(part.name)
            names += [] if said is None else [said]
            of_part.append(-1 if said is None else len(names) - 1)
    objects = np.array(of_part, np.int32)[surface.group]
    if -1 in of_part:  # the stage comes first
        stage = int(np.searchsorted(surface.group, len(pieces[0].model.parts)))
        triangles = surface.triangles[:stage]
        by_shape = structure(surface.vertices[: int(triangles.max(initial=0)) + 1], triangles)
        objects[:stage] = np.where(objects[:stage] < 0, by_shape, objects[:stage])
    return names, objects


def _said(group: str) -> str | None:
    """The innermost name along a group's path that means a surface or a thing."""
    said = [part for part in group.split("/") if category_of(part) not in (None, "furniture", "unlabeled")]
    return said[-1] if said else None


@dataclass(frozen=True)
class _Naming:
    """Raw labels: main_category of a table by model, else the lexicon's class, else the model's own name."""

    labels: Labels
    by_model: Mapping[str, str]
    lexicon: Mapping[int, str]

    def name(self, handle: str, asset: Asset) -> str:
        model = _PART.sub("", handle.rpartition("/")[2])
        name = self.by_model.get(model, "")
        if name.lower() in _SAYS_NOTHING and asset.semantic_id is not None:
            name = self.lexicon.get(asset.semantic_id, "")
        if name.lower() in _SAYS_NOTHING:
            name = "door" if "openings" in asset.file.parts else model
        return name


def _read_naming(catalogue: Catalogue, labels: Labels) -> _Naming:
    by_model: dict[str, str] = {}
    for path in (path for name in _TABLES for path in catalogue.files.get(name, ())):
        text = read_bytes(path).decode("utf-8-sig", "replace")
        with parsing(path, "CSV"):
            for row in csv.DictReader(io.StringIO(text, newline="")):
                name = row.get("main_category") or row.get("name") or ""
                by_model.setdefault(str(row.get("id", "")), name.strip())
    lexicon: dict[int, str] = {}
    for name in sorted(name for name in catalogue.files if name.endswith("lexicon.json")):
        path = catalogue.files[name][0]
        content = read_json(path)
        with parsing(path, "lexicon"):
            lexicon |= {int(entry["id"]): str(entry["name"]) for entry in content["classes"]}
    return _Naming(labels, by_model, lexicon)


def _rooms(catalogue: Catalogue, scene: str, handle: str) -> tuple[Region, ...]:
    found = read_regions(catalogue, scene, handle)
    return regions([(label, habitat_to_world(loop)[:, :2], floor, top) for label, loop, floor, top in found])


ADAPTER = Adapter(
    name="hssd",
    licence=LICENCE,
    how_to_obtain="accept the licence of hssd/hssd-hab on Hugging Face with an account, then clone it with Git LFS",
    list=list_scenes,
    load=load_scene,
)
REPLICACAD = Adapter(
    name="replicacad",
    licence=LICENCE,
    how_to_obtain="clone ai-habitat/ReplicaCAD_dataset from Hugging Face with Git LFS",
    list=list_scenes,
    load=load_scene,
)
