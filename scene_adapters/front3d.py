"""3D-FRONT: synthetic homes as JSON, furnished with models of 3D-FUTURE. Y up, metres, the floor at 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scene_adapters.adapter import Adapter, Refs, chosen, options
from scene_adapters.axes import in_world, refuse_absurd_size
from scene_adapters.front3d_house import Child, Furniture, House, HouseMaterial, HouseMesh, read_house
from scene_adapters.habitat import read_json
from scene_adapters.images import linear_from_srgb, texture
from scene_adapters.instances import Described, numbered, with_boxes
from scene_adapters.labels import Labels, read_labels, unmapped_note
from scene_adapters.lamps import ceiling_lamps
from scene_adapters.meshes import FileMesh, checked, merged, scene_mesh, transformed, with_triangles
from scene_adapters.obj import read_obj
from scene_adapters.paths import Root, dataset_root, parsing, read_bytes
from scene_adapters.rooms import Region, outline, regions, signed_area
from schemas.arrays import Float32, Float64
from schemas.errors import SceneError
from schemas.frames import habitat_to_world
from schemas.recipe import Scenes
from schemas.scenes import Lighting, Material, Scene, SceneRef, Storey, Texture, make_scene

LICENCE = "3D-FRONT Terms of Use"
_OPTIONS: dict[str, tuple[str, ...] | str] = {"missing_assets": ("error", "skip"), "category_table": ""}
_MODEL_FOLDERS = ("3D-FUTURE-model*", "3D-FUTURE-model*/3D-FUTURE-model*")
_TEXTURE_FOLDERS = ("3D-FRONT-texture", "3D-FRONT-texture/3D-FRONT-texture")
_LARGEST_MODEL = 10.0
_LEVEL_FLOOR = 0.05
_PLASTER = Material("plain", (0.8, 0.8, 0.8))


def list_scenes(scenes: Scenes) -> Refs:
    """Every house: the *.json of a folder 3D-FRONT under the root, or of the root itself."""
    options(scenes, _OPTIONS)
    root = dataset_root(scenes.root, scenes.dataset)
    paths = sorted(root.glob("3D-FRONT/*.json")) or sorted(root.glob("3D-FRONT/3D-FRONT/*.json"))
    paths = paths or sorted(path for path in root.glob("*.json") if path.name != "model_info.json")
    if not paths:
        raise SceneError(
            f"{root}: holds no 3D-FRONT/<house>.json; give the folder that has 3D-FRONT and 3D-FUTURE-model"
        )
    return chosen((SceneRef("front3d", p.stem, p.relative_to(root).as_posix(), LICENCE) for p in paths), scenes)


def load_scene(ref: SceneRef, scenes: Scenes) -> Scene:
    """One house with its furniture, with lamps of ours. Raises SceneError, also for a missing model or image.

    With `missing_assets = "skip"` it loads without them. What the file refers to but does not have, and
    models that were never published, are left out and counted in any case: nearly every house has some.
    """
    given = options(scenes, _OPTIONS)
    labels = read_labels(given["category_table"])
    root = Root(dataset_root(scenes.root, scenes.dataset), given["missing_assets"] == "skip")
    path = root.resolve(ref.source, root.folder)
    house = read_house(path)
    shop = _Shop(root, house, _read_categories(root), {}, {}, Counter())
    pieces = [piece for number, child in enumerate(house.children) if (piece := shop.piece(number, child)) is not None]
    if not pieces:
        raise SceneError(f"{path}: has nothing to show: no mesh, and no model that is there")
    mesh, dropped = checked(merged([piece.mesh for piece in pieces]), path)
    mesh = in_world(mesh, "y", 1.0)
    refuse_absurd_size(mesh.bounds, str(path))
    rooms, room_of = _rooms(house, pieces)
    keys = {key: number for number, key in enumerate(dict.fromkeys(piece.key for piece in pieces))}
    meaning = {keys[piece.key]: piece for piece in pieces}
    of_group = np.array([keys[piece.key] for piece in pieces for _ in piece.mesh.groups], np.int32)
    instances, instance = numbered(
        of_group[mesh.group], lambda number: _described(meaning[number], labels, room_of), str(path)
    )
    built = scene_mesh(mesh, instance)
    instances = with_boxes(instances, built)
    left_out = [f"{count} {what}" for what, count in sorted(shop.left_out.items())]
    notes = (*left_out, unmapped_note(instances), *dropped, *mesh.notes)
    return make_scene(
        ref,
        built,
        instances,
        rooms=tuple(region.room for region in rooms),
        storeys=_storeys(rooms, float(mesh.bounds[1, 2])),
        lights=ceiling_lamps(mesh.vertices, mesh.triangles),
        lighting=Lighting.LIT,
        notes=tuple(note for note in notes if note),
    )


@dataclass(frozen=True)
class _Piece:
    """A placed mesh in the house's frame. key : pieces of one key are one instance; label : raw."""

    mesh: FileMesh
    key: tuple[int, str]
    label: str
    room: int
    is_floor: bool


@dataclass(frozen=True)
class _Shop:
    """Gets meshes for what a house names, each model and image read once; counts what it had to leave out."""

    root: Root
    house: House
    categories: Mapping[str, str]
    models: dict[str, FileMesh | None]
    images: dict[tuple[str, ...], Texture | None]
    left_out: Counter[str]

    def piece(self, number: int, child: Child) -> _Piece | None:
        """The child in its place; None, and counted, where it is left out."""
        if child.reference in self.house.meshes:
            return self._building(child, self.house.meshes[child.reference])
        if child.reference not in self.house.furniture:
            self.left_out["references to nothing in the file"] += 1
            return None
        furniture = self.house.furniture[child.reference]
        if not furniture.published:
            self.left_out["pieces of furniture without a published model"] += 1
            return None
        if furniture.jid not in self.models:
            self.models[furniture.jid] = self._model(furniture)
        model = self.models[furniture.jid]
        if model is None:
            self.left_out["pieces of furniture left out: their model is missing, empty or more than 10 m large"] += 1
            return None
        label = self.categories.get(furniture.jid) or furniture.title or "furniture"
        return _Piece(transformed(model, child.matrix), (number, label), label, child.room, is_floor=False)

    def _building(self, child: Child, part: HouseMesh) -> _Piece | None:
        if not len(part.triangles):
            return None
        material = self.house.materials.get(part.material)
        image = None if material is None or part.uv is None else self._image(material)
        look = _PLASTER if material is None else _look(material, image is not None)
        mesh = FileMesh(
            vertices=part.vertices,
            triangles=part.triangles,
            group=np.zeros(len(part.triangles), np.int32),
            groups=(part.kind,),
            material=np.zeros(len(part.triangles), np.uint16),
            materials=(look,),
            textures=() if image is None else (image,),
            uv=None if image is None or part.uv is None or material is None else _uv(part.uv, material)[part.triangles],
        )
        label = part.kind or "unnamed part"
        is_floor = part.kind.lower() == "floor"
        return _Piece(transformed(mesh, child.matrix), (-1 - child.room, label), label, child.room, is_floor)

    def _image(self, material: HouseMaterial) -> Texture | None:
        """The image of a material; None where it has none, or it is missing and may be."""
        if not material.textures:
            return None
        if material.textures not in self.images:
            self.images[material.textures] = self._open_image(material.textures)
        return self.images[material.textures]

    def _open_image(self, names: tuple[str, ...]) -> Texture | None:
        for folder in _TEXTURE_FOLDERS:
            for name in names:
                path = self.root.resolve(f"{folder}/{name}/texture.png", self.root.folder)
                if path.is_file():
                    found = texture(name, read_bytes(path))
                    if isinstance(found, Texture):
                        return found
                    self.left_out[f"images left out: {found}"] += 1
                    return None
        self.left_out["images not in 3D-FRONT-texture: their surfaces show a plain colour"] += 1
        return None

    def _model(self, furniture: Furniture) -> FileMesh | None:
        found = [
            folder / furniture.jid / "raw_model.obj"
            for p in _MODEL_FOLDERS
            for folder in sorted(self.root.folder.glob(p))
        ]
        path = next((path for path in found if path.is_file()), None)
        if path is None:
            if self.root.skip_missing:
                return None
            raise SceneError(
                f"{self.root.folder}/3D-FUTURE-model/{furniture.jid}/raw_model.obj: there is no such file; "
                'download 3D-FUTURE-model, or set missing_assets = "skip" in options'
            )
        model = read_obj(self.root.resolve(path.relative_to(self.root.folder).as_posix(), self.root.folder), self.root)
        shadows = np.array(["shadow" in name.lower() for name in model.groups], np.bool_)
        keep = ~shadows[model.group]
        if (
            not keep.any()
            or float(np.ptp(model.vertices[model.triangles[keep]].reshape(-1, 3), axis=0).max()) > _LARGEST_MODEL
        ):
            return None
        # The .mtl files set emission and transmission wrongly.
        plain = tuple(replace(m, emission=(0.0, 0.0, 0.0), transmission=0.0) for m in model.materials)
        return replace(with_triangles(model, keep), materials=plain, face_fields={})


def _look(material: HouseMaterial, textured: bool) -> Material:
    red, green, blue = (float(value) for value in linear_from_srgb(np.array(material.color)))
    return Material("surface", (1.0, 1.0, 1.0) if textured else (red, green, blue), 0 if textured else None)


def _uv(uv: Float32, material: HouseMaterial) -> Float32:
    if material.transform is None:
        return uv
    with np.errstate(all="ignore"):  # `scene_mesh` sees to what is not finite
        return np.asarray(uv @ material.transform[:2, :2].T + material.transform[:2, 2], dtype=np.float32)


def _described(piece: _Piece, labels: Labels, room_of: Mapping[int, int]) -> Described:
    return piece.label, labels.category(piece.label), room_of.get(piece.room)


def _read_categories(root: Root) -> dict[str, str]:
    """Category by jid, from model_info.json, else the super-category; {} where that is absent."""
    for pattern in _MODEL_FOLDERS:
        for path in sorted(root.folder.glob(f"{pattern}/model_info.json")):
            content = read_json(root.resolve(path.relative_to(root.folder).as_posix(), root.folder))
            with parsing(path, "model_info"):
                return {
                    str(entry["model_id"]): str(entry.get("category") or entry.get("super-category") or "")
                    for entry in content
                }
    return {}


def _rooms(house: House, pieces: list[_Piece]) -> tuple[tuple[Region, ...], dict[int, int]]:
    """The rooms that have a floor, by its outline, and the id of each by its place in the file."""
    found: list[tuple[str, Float64, float, float]] = []
    numbers: list[int] = []
    for number, kind in enumerate(house.rooms):
        here = [piece for piece in pieces if piece.room == number]
        floors = [habitat_to_world(p.mesh.vertices[p.mesh.triangles].astype(np.float64)) for p in here if p.is_floor]
        if not floors:
            continue
        polygon = outline(np.concatenate(floors)[..., :2])
        if len(polygon) >= 3 and abs(signed_area(polygon)) > _LEVEL_FLOOR:
            top = max(float(piece.mesh.vertices[:, 1].max()) for piece in here)
            found.append((kind, polygon, float(np.median(np.concatenate(floors)[..., 2])), top))
            numbers.append(number)
    made = regions(found)
    return made, {number: region.room.id for number, region in zip(numbers, made, strict=True)}


def _storeys(rooms: tuple[Region, ...], top: float) -> tuple[Storey, ...]:
    """One storey at 0, which the dataset promises, where the rooms' floors are there indeed."""
    if not rooms or any(abs(region.floor_z) > _LEVEL_FLOOR for region in rooms):
        return ()
    return (Storey(0, 0.0, max(top, 1.0)),)


ADAPTER = Adapter(
    name="front3d",
    licence=LICENCE,
    how_to_obtain="apply for 3D-FRONT and 3D-FUTURE with the form on Alibaba's Tianchi, and agree to their terms",
    list=list_scenes,
    load=load_scene,
)
