"""Matterport3D: 90 scanned buildings, a textured mesh and a second, labelled one, with a .house file.

Layouts: Habitat's (<id>/<id>.glb, <id>_semantic.ply, <id>.house) and the original (matterport_mesh/…/*.obj,
house_segmentations/<id>.ply and .house). All of it is Z up, in metres, the GLB too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from scene_adapters.adapter import Adapter, Refs, chosen, options
from scene_adapters.columns import level
from scene_adapters.gltf import assembled, open_gltf
from scene_adapters.house import OUTDOORS, REGION_NAMES, House, read_house
from scene_adapters.instances import Described, of_objects
from scene_adapters.labels import Labels, read_labels
from scene_adapters.meshes import FileMesh, centred_within, checked, with_triangles
from scene_adapters.obj import read_obj
from scene_adapters.paths import Root, dataset_root
from scene_adapters.ply import read_ply
from scene_adapters.rooms import Region, inside, regions
from scene_adapters.scans import Scan, clean_scan, scan_scene
from scene_adapters.transfer import Surface, carried, findable, nearest_triangles
from schemas.arrays import Bool, Float64, Int32
from schemas.categories import MPCAT40
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Room, Scene, SceneRef, Storey

LICENCE = "Matterport3D Terms of Use"
_OPTIONS: dict[str, tuple[str, ...] | str] = {
    "outdoors": ("drop", "keep"),
    "missing_assets": ("error", "skip"),
    "category_table": "",
}
# A face's object under any of its names; the last two number categories only.
_OBJECT_FIELDS = ("object_id", "segment_id", "face_segment")
_CATEGORY_FIELDS = ("category_id", "face_category")
# How far a textured triangle may lie from the labelled surface, and geometry from the rooms, metres.
_REACH, _MARGIN = 0.05, 1.0
# How far a room's floor may lie from what the .house file says, metres.
_FLOOR_SEARCH = 0.5


def list_scenes(scenes: Scenes) -> Refs:
    """Every building under the root, in either layout, by its id."""
    options(scenes, _OPTIONS)
    root = dataset_root(scenes.root, scenes.dataset).resolve()
    folders: dict[str, Path] = {}
    for pattern, depth in (("*.glb", 0), ("matterport_mesh/*/*.obj", 2), ("house_segmentations/*.ply", 1)):
        for path in sorted(root.rglob(pattern)):
            folder = path.parents[depth]
            if pattern != "*.glb" or path.stem == folder.name:
                folders.setdefault(folder.name, folder)
    if not folders:
        raise SceneError(f"{root}: holds no <id>/<id>.glb and no <id>/matterport_mesh; give the folder of the scans")
    sources = {name: folder.relative_to(root).as_posix() for name, folder in folders.items()}
    return chosen((SceneRef("matterport3d", name, source, LICENCE) for name, source in sources.items()), scenes)


def load_scene(ref: SceneRef, scenes: Scenes) -> Scene:
    """One building, unlit, with the rooms and storeys of its .house file where that is there.

    With `outdoors = "drop"` porches, balconies, gardens and mirrored junk are left out. Raises SceneError.
    """
    given = options(scenes, _OPTIONS)
    root = Root(dataset_root(scenes.root, scenes.dataset).resolve(), given["missing_assets"] == "skip")
    files = _find_files(root.resolve(ref.source, root.folder), ref.name)
    textured = _opened(files.textured, root)
    with ThreadPoolExecutor(1) as beside:  # neither holds a lock for long
        labelled = beside.submit(_read_labelled, files.semantic, root)
        mesh = textured()
        objects, field = _objects(mesh, labelled.result())
    house = None if files.house is None else read_house(files.house)
    drop = given["outdoors"] == "drop"
    if house is not None:
        keep = _indoors(mesh, objects, field, house, drop)
        mesh, objects = with_triangles(mesh, keep), objects[keep]
    scan = clean_scan(mesh, objects, "z", drop, files.textured)
    room_of, found = _rooms(house, drop)
    names = _Names(house, field, read_labels(given["category_table"]), room_of)
    notes = (
        f"objects by {field} of {files.semantic.name}" if files.semantic and field else "no labelled mesh",
        "" if house else "no .house file: no rooms, storeys or categories",
    )
    storeys = _storeys(scan, names, found)
    return scan_scene(ref, scan, names.describe, rooms=found, storeys=storeys, notes=notes, path=files.textured)


@dataclass(frozen=True)
class _Files:
    textured: Path
    semantic: Path | None
    house: Path | None


def _find_files(folder: Path, name: str) -> _Files:
    """The textured mesh (or the labelled one, if it is all there is), the labelled mesh, the .house file."""
    segmentations = folder / "house_segmentations"
    semantic = _first([folder / f"{name}_semantic.ply", segmentations / f"{name}.ply"])
    textured = _first([folder / f"{name}.glb", *sorted(folder.glob("matterport_mesh/*/*.obj"))]) or semantic
    if textured is None:
        raise SceneError(f"{folder}: holds no mesh of {name}; download matterport_mesh, or Habitat's {name}.glb")
    return _Files(textured, semantic, _first([folder / f"{name}.house", segmentations / f"{name}.house"]))


def _first(paths: list[Path]) -> Path | None:
    return next((path for path in paths if path.is_file()), None)


def _opened(path: Path, root: Root) -> Callable[[], FileMesh]:
    """What reads the mesh of a file. A GLB is opened first: that keeps the interpreter busy, and all else waiting."""
    if path.suffix != ".glb":
        return partial(read_obj if path.suffix == ".obj" else read_ply, path, root)
    return partial(assembled, [open_gltf(path, root)])


@dataclass(frozen=True)
class _Labelled:
    """The labelled surface. objects : (m,) as the field of that name has them."""

    surface: Surface
    objects: Int32
    field: str


def _read_labelled(path: Path | None, root: Root) -> _Labelled | None:
    if path is None:
        return None
    mesh, _ = checked(read_ply(path, root), path)
    field = next((name for name in (*_OBJECT_FIELDS, *_CATEGORY_FIELDS) if name in mesh.face_fields), "")
    return _Labelled(findable(mesh.vertices, mesh.triangles), mesh.face_fields[field], field) if field else None


def _objects(mesh: FileMesh, labelled: _Labelled | None) -> tuple[Int32, str]:
    """Number of the object (m,) of each textured triangle, −1 for none, and the field that gave it, "" for none.

    The labelled mesh is another reconstruction, centimetres away in places: labels go by nearest surface.
    """
    if labelled is None:
        return np.full(len(mesh.triangles), -1, np.int32), ""
    source = nearest_triangles(labelled.surface, mesh.vertices, mesh.triangles, _REACH)
    return carried(labelled.objects, source, -1), labelled.field


def _indoors(mesh: FileMesh, objects: Int32, field: str, house: House, drop: bool) -> Bool:
    """(m,) what lies within 1 m of the house's box and, if `drop`, is of no outdoor or junk region.

    A face is of the region of its object; one without an object, of the regions whose outline and height hold it.
    """
    keep: Bool = centred_within(mesh.vertices, mesh.triangles, house.bounds[0] - _MARGIN, house.bounds[1] + _MARGIN)
    outside = {number for number, region in house.regions.items() if region.letter in OUTDOORS}
    if not drop or not outside:
        return keep
    known = house.objects if field in _OBJECT_FIELDS else {}
    region_of = of_objects(objects, lambda number: known[number].region if number in known else -1)
    loose = np.flatnonzero(~np.isin(region_of, list(house.regions)))
    middle = mesh.vertices[mesh.triangles[loose]].mean(axis=1, dtype=np.float64)
    outdoors, indoors = np.zeros(len(loose), np.bool_), np.zeros(len(loose), np.bool_)
    for number, found in house.regions.items():
        here = inside(found.outline, middle)
        here &= (middle[:, 2] > found.floor_z - _FLOOR_SEARCH) & (middle[:, 2] < found.floor_z + found.height + _MARGIN)
        if number in outside:
            outdoors |= here
        else:
            indoors |= here
    keep &= ~np.isin(region_of, list(outside))
    keep[loose] &= indoors | ~outdoors
    return keep


def _rooms(house: House | None, drop: bool) -> tuple[dict[int, int], tuple[Region, ...]]:
    """The rooms, and which of them a region of the .house file became."""
    all_regions = {} if house is None else house.regions
    kept = {number: entry for number, entry in all_regions.items() if not (drop and entry.letter in OUTDOORS)}
    levels = sorted({entry.level for entry in kept.values()})
    found: list[Region] = []
    room_of: dict[int, int] = {}
    for number, entry in kept.items():
        label = REGION_NAMES.get(entry.letter, entry.letter)
        # The file knows the storeys better than heights do, so each region is made alone and put on its level.
        for made in regions([(label, entry.outline, entry.floor_z, entry.floor_z + entry.height)]):
            room_of[number] = len(found) + 1
            room = Room(len(found) + 1, label, levels.index(entry.level), made.room.polygon)
            found.append(Region(room, made.floor_z, made.ceiling_z))
    return room_of, tuple(found)


@dataclass(frozen=True)
class _Names:
    """What an object's number means. field : as which the labelled mesh has it."""

    house: House | None
    field: str
    labels: Labels
    room_of: Mapping[int, int]

    def describe(self, number: int) -> Described | None:
        """Label, category and room of an object; None for −1, or for category 0, which is void."""
        if number < 0 or (self.field in _CATEGORY_FIELDS and number == 0):
            return None
        if self.house is None:
            return "object", "unlabeled", None
        if self.field in _CATEGORY_FIELDS:
            by_index = {index: (raw, mapped) for raw, mapped, index in self.house.categories.values()}
            raw, mapped = by_index.get(number, ("unknown", ""))
            return raw, self._category(raw, mapped), None
        entry = self.house.objects.get(number)
        if entry is None:
            return "unknown", "unlabeled", None
        raw, mapped, _ = self.house.categories.get(entry.category, ("unknown", "", -1))
        return raw, self._category(raw, mapped), self.room_of.get(entry.region)

    def _category(self, raw: str, mapped: str) -> str:
        given = self.labels.table and self.labels.category(raw)
        return given or (mapped if mapped in MPCAT40 else self.labels.category(raw))


def _storeys(scan: Scan, names: _Names, found: tuple[Region, ...]) -> tuple[Storey, ...]:
    """The levels that have rooms. A level's floor is where most of its labelled floor is, else as the file says."""
    if not found:
        return ()
    floors = of_objects(scan.objects, lambda number: (names.describe(number) or ("", "", None))[1] == "floor") == 1
    ground = floors & level(scan.mesh.vertices, scan.mesh.triangles)
    corners = scan.mesh.vertices[scan.mesh.triangles[ground]].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    middle = corners.mean(axis=1)
    storeys: list[Storey] = []
    for index in sorted({region.room.storey for region in found}):
        rooms = [region for region in found if region.room.storey == index]
        said = float(np.median([region.floor_z for region in rooms]))
        here = np.abs(middle[:, 2] - said) < _FLOOR_SEARCH
        here &= np.any([inside(np.array(region.room.polygon), middle) for region in rooms], axis=0)
        floor_z = _upper_height(middle[here, 2], area[here]) if here.any() else said
        storeys.append(Storey(index, floor_z, max(region.ceiling_z for region in rooms)))
    above = [storey.floor_z for storey in storeys[1:]] + [np.inf]
    return tuple(
        replace(storey, ceiling_z=min(storey.ceiling_z, next_floor)) if next_floor > storey.floor_z else storey
        for storey, next_floor in zip(storeys, above, strict=True)
    )


def _upper_height(heights: Float64, area: Float64) -> float:
    """The median height of the upper half by area: floors may have an underside of the same label."""
    order = np.argsort(heights)
    total = np.cumsum(area[order])
    return float(heights[order][min(int(np.searchsorted(total, 0.75 * total[-1])), len(heights) - 1)])


ADAPTER = Adapter(
    name="matterport3d",
    licence=LICENCE,
    how_to_obtain="sign the Terms of Use on niessner.github.io/Matterport and mail them; download_mp.py then works",
    list=list_scenes,
    load=load_scene,
)
