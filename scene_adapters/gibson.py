"""Gibson: 572 scanned buildings, as Habitat's GLBs, the database's OBJs or iGibson's, with 3DSceneGraph's labels.

Labels come as 3DSceneGraph_<Scene>.npz (a value a face of the database's mesh.obj) or, in Habitat's
gibson_semantic, as <Scene>_semantic.ply with <Scene>.scn. They name 30 to 45 objects a building; walls and
floors are unlabelled.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from scene_adapters.adapter import Adapter, Refs, chosen, options
from scene_adapters.columns import FLOOR, structure
from scene_adapters.gltf import read_gltf
from scene_adapters.habitat import read_json
from scene_adapters.inert_pickle import read_inert_pickle
from scene_adapters.instances import Described
from scene_adapters.labels import Labels, read_labels
from scene_adapters.meshes import FileMesh, checked
from scene_adapters.obj import read_obj
from scene_adapters.paths import Root, check_file, dataset_root, parsing, read_bytes
from scene_adapters.ply import read_ply
from scene_adapters.scans import clean_scan, outlined_regions, scan_scene
from scene_adapters.transfer import carried, findable, nearest_triangles
from schemas.arrays import Int32
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Scene, SceneRef, Storey

LICENCE = "Gibson Database License Agreement"
_OPTIONS: dict[str, tuple[str, ...] | str] = {
    "up": ("z", "y"),
    "outdoors": ("drop", "keep"),
    "missing_assets": ("error", "skip"),
    "scene_graphs": "",
    "category_table": "",
}
_MESHES = ("mesh_z_up.obj", "mesh.obj")
_MAX_GRAPH_BYTES = 2 * 2**30
_MAX_FLOORS_BYTES = 2**16
_REACH = 0.05
_OPEN_STOREY = 3.0
_ROOM = "room of the scene graph"


def list_scenes(scenes: Scenes) -> Refs:
    """Every building under the root: <Scene>.glb, or a folder with mesh_z_up.obj or mesh.obj."""
    options(scenes, _OPTIONS)
    root = dataset_root(scenes.root, scenes.dataset)
    sources: dict[str, Path] = {}
    for mesh in _MESHES:
        for path in sorted(root.rglob(mesh)):
            sources.setdefault(path.parent.resolve().name, path)
    # gibson_semantic has the same buildings again, with labels: those are taken.
    for path in sorted(root.rglob("*.glb"), key=lambda path: (not path.with_name(f"{path.stem}.scn").is_file(), path)):
        sources.setdefault(path.stem, path)
    if not sources:
        raise SceneError(f"{root}: holds no <Scene>.glb and no <Scene>/mesh_z_up.obj; give the folder of the buildings")
    return chosen(
        (SceneRef("gibson", name, path.relative_to(root).as_posix(), LICENCE) for name, path in sources.items()), scenes
    )


def load_scene(ref: SceneRef, scenes: Scenes) -> Scene:
    """One building, unlit, with what labels, rooms and storeys there are beside it. Raises SceneError."""
    given = options(scenes, _OPTIONS)
    labels = read_labels(given["category_table"])
    root = Root(dataset_root(scenes.root, scenes.dataset), given["missing_assets"] == "skip")
    path = root.resolve(ref.source, root.folder)
    mesh = read_gltf(path, root) if path.suffix == ".glb" else read_obj(path, root)
    graphs = Path(given["scene_graphs"]).expanduser() if given["scene_graphs"] else path.parent
    graph = _find_graph(mesh, ref.name, path, graphs, root)
    mesh = replace(mesh, face_fields={_ROOM: graph.rooms})
    scan = clean_scan(mesh, graph.objects, given["up"], given["outdoors"] == "drop", path)
    rooms, floor = scan.mesh.face_fields[_ROOM], np.zeros(len(scan.objects), np.bool_)
    if (rooms > 0).any():
        floor = structure(scan.mesh.vertices, scan.mesh.triangles) == FLOOR
    room_of, found = outlined_regions(scan, np.where(rooms > 0, rooms, -1).astype(np.int32), floor, graph.room_names)
    return scan_scene(
        ref,
        scan,
        lambda number: graph.describe(number, labels, room_of),
        rooms=found,
        storeys=_read_floors(path.parent / "floors.txt", float(scan.mesh.bounds[1, 2])),
        notes=graph.notes,
        path=path,
    )


@dataclass(frozen=True)
class _Graph:
    """Objects and rooms a triangle (m,), 0 for none; the class and room of an object; the kind of a room."""

    objects: Int32
    rooms: Int32
    names: Mapping[int, tuple[str, int]]
    room_names: Mapping[int, str]
    notes: tuple[str, ...]

    def describe(self, number: int, labels: Labels, room_of: Mapping[int, int]) -> Described | None:
        """Label, category and room of an object; None for 0."""
        if number <= 0:
            return None
        label, room = self.names.get(number, ("unknown", 0))
        return label, labels.category(label), room_of.get(room)


def _find_graph(mesh: FileMesh, name: str, path: Path, graphs: Path, root: Root) -> _Graph:
    """The labels that lie beside a building, or in `graphs`; none, with a note, where there are none."""
    nothing = np.zeros(len(mesh.triangles), np.int32)
    archive = graphs / f"3DSceneGraph_{name}.npz"
    if archive.is_file():
        return _from_archive(mesh, path, archive, root)
    painted, described = path.with_name(f"{name}_semantic.ply"), path.with_name(f"{name}.scn")
    if painted.is_file() and described.is_file():
        objects = _carried(mesh, painted, checked(read_ply(painted, root), painted)[0])
        names, rooms = _read_scn(described)
        return _Graph(objects, nothing, names, rooms, (f"objects by {painted.name}",))
    return _Graph(nothing, nothing, {}, {}, (f"no labels: neither {archive.name} nor {painted.name} is there",))


def _carried(mesh: FileMesh, path: Path, labelled: FileMesh) -> Int32:
    if "object_id" not in labelled.face_fields:
        raise SceneError(f"{path}: its faces have no object_id; fetch gibson_semantic again")
    surface = findable(labelled.vertices, labelled.triangles)
    source = nearest_triangles(surface, mesh.vertices, mesh.triangles, _REACH)
    return np.asarray(carried(labelled.face_fields["object_id"], source, 0))


def _read_scn(path: Path) -> tuple[dict[int, tuple[str, int]], dict[int, str]]:
    content = read_json(path)
    with parsing(path, ".scn"):
        return _named({int(entry["id"]): entry for entry in content["objects"]}), _room_names(
            {int(entry["id"]): entry for entry in content.get("rooms", [])}
        )


def _named(objects: Mapping[int, Mapping[str, Any]]) -> dict[int, tuple[str, int]]:
    return {number: (str(entry["class_"]), int(entry.get("parent_room") or 0)) for number, entry in objects.items()}


def _room_names(rooms: Mapping[int, Mapping[str, Any]]) -> dict[int, str]:
    return {number: str(entry.get("scene_category") or f"region {number}") for number, entry in rooms.items()}


def _from_archive(mesh: FileMesh, path: Path, archive: Path, root: Root) -> _Graph:
    """3DSceneGraph's labels: a value a face of mesh.obj, carried over where another mesh is shown."""
    content = _read_archive(archive)
    with parsing(archive, "3DSceneGraph"):
        building = content["building"]
        objects = np.asarray(building["object_inst_segmentation"]).reshape(-1).astype(np.int32)
        rooms = np.asarray(building["room_inst_segmentation"]).reshape(-1).astype(np.int32)
        names, room_names = _named(content["object"]), _room_names(content["room"])
    if len(objects) != len(rooms):
        raise SceneError(f"{archive}: labels of {len(objects)} and {len(rooms)} faces; fetch it again")
    face = mesh.face_fields.get("face")
    if face is not None and int(face.max()) + 1 == len(objects):
        return _Graph(objects[face], rooms[face], names, room_names, (f"objects by {archive.name}",))
    raw = path.parent / "mesh.obj"
    if not raw.is_file():
        raise SceneError(
            f"{archive}: labels {len(objects)} faces of the database's mesh.obj; put that beside {path.name}, "
            "or take the labels away"
        )
    source, _ = checked(read_obj(raw, Root(root.folder, skip_missing=True)), raw)
    if int(source.face_fields["face"].max()) + 1 != len(objects):
        raise SceneError(f"{archive}: labels {len(objects)} faces, {raw} has others; fetch the two again")
    surface = findable(source.vertices, source.triangles)
    nearest = nearest_triangles(surface, mesh.vertices, mesh.triangles, _REACH)
    of_face = carried(source.face_fields["face"], nearest, -1)
    return _Graph(
        carried(objects, of_face, 0),
        carried(rooms, of_face, 0),
        names,
        room_names,
        (f"objects by {archive.name} over {raw.name}",),
    )


def _read_archive(path: Path) -> Any:
    """The dictionary in a 3DSceneGraph archive, whose pickle is read without running it. Raises SceneError."""
    check_file(path)
    with parsing(path, "3DSceneGraph"):
        try:
            with zipfile.ZipFile(path) as archive, archive.open("output.npy") as member:
                # What is really there counts, not what the archive's directory says.
                content = member.read(_MAX_GRAPH_BYTES + 1)
        except (zipfile.BadZipFile, OSError, RuntimeError, EOFError, NotImplementedError, zlib.error) as error:
            raise SceneError(f"{path}: is no readable archive ({error}); fetch it again") from error
        if len(content) > _MAX_GRAPH_BYTES:
            raise SceneError(f"{path}: unpacks to more than {_MAX_GRAPH_BYTES / 2**30:.0f} GiB; it is damaged")
        stream = io.BytesIO(content)
        np.lib.format.read_magic(stream)
        np.lib.format.read_array_header_1_0(stream)
        value = read_inert_pickle(stream)
        return value[0] if isinstance(value, list) else value


def _read_floors(path: Path, top: float) -> tuple[Storey, ...]:
    """The floors.txt of iGibson: a height a line, in any order. () where there is none."""
    if not path.is_file():
        return ()
    text = read_bytes(path, _MAX_FLOORS_BYTES).decode("utf-8", "replace")
    with parsing(path, "floors.txt"):
        heights = sorted(float(line) for line in text.split())
        if not np.isfinite(heights).all():
            raise ValueError("a height is not finite")
    ceilings = [*heights[1:], max(top, heights[-1] + _OPEN_STOREY)] if heights else []
    return tuple(Storey(i, z, above) for i, (z, above) in enumerate(zip(heights, ceilings, strict=True)))


ADAPTER = Adapter(
    name="gibson",
    licence=LICENCE,
    how_to_obtain="fill in the form in gibson/data/README.md of StanfordVL/GibsonEnv; a download address comes back",
    list=list_scenes,
    load=load_scene,
)
