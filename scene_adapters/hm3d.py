"""HM3D and HM3D-Semantics: 1000 scanned buildings as GLB, labels painted on a second GLB.

The GLBs are Z up inside, against glTF's rule. The folder's number is no part of the files' names:
00800-TEEsavR23oF/TEEsavR23oF.glb.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path

import numpy as np

from scene_adapters.adapter import Adapter, Refs, chosen, options
from scene_adapters.gltf import GltfScene, assembled, open_gltf, read_gltf, same_surface
from scene_adapters.instances import Described, distinct
from scene_adapters.labels import Labels, read_labels
from scene_adapters.meshes import FileMesh, checked
from scene_adapters.painted import face_colors, matched
from scene_adapters.paths import Root, dataset_root, read_bytes
from scene_adapters.rooms import Region
from scene_adapters.scans import Scan, clean_scan, outlined_regions, scan_scene
from scene_adapters.transfer import carried, findable, nearest_triangles
from schemas.arrays import Int32
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Scene, SceneRef

LICENCE = "Matterport End User License Agreement for Academic Use"
_OPTIONS: dict[str, tuple[str, ...] | str] = {
    "up": ("z", "y"),
    "outdoors": ("drop", "keep"),
    "category_table": "",
}
_FIRST_LINE = "HM3D Semantic Annotations"
_LINE = re.compile(r'\s*(\d{1,9})\s*,\s*([0-9A-Fa-f]{6})\s*,\s*"(.*)"\s*,\s*(-?\d{1,9})\s*$')
_MAX_TEXT_BYTES = 64 * 2**20
# How far a textured triangle may lie from the labelled surface, metres.
_REACH = 0.05


def list_scenes(scenes: Scenes) -> Refs:
    """Every building under the root, named as its folder; "<split>/<folder>" where two splits have it."""
    options(scenes, _OPTIONS)
    root = dataset_root(scenes.root, scenes.dataset)
    sources: dict[Path, Path] = {}
    for path in sorted(root.rglob("*.glb")):
        stem = path.name.removesuffix(".glb").removesuffix(".basis")
        if stem.endswith((".semantic", ".collider")):
            continue
        key = path.parent / stem
        # Standard images before Basis ones, which nothing here decodes.
        if key not in sources or not path.name.endswith(".basis.glb"):
            sources[key] = path
    if not sources:
        raise SceneError(f"{root}: holds no *.glb; give the folder with train/, val/ or minival/ of the glb packs")
    names = {key: _name(key) for key in sources}
    often = Counter(names.values())
    refs = []
    for key, path in sources.items():
        name = names[key] if often[names[key]] == 1 else key.parent.relative_to(root).as_posix()
        refs.append(SceneRef("hm3d", name, path.relative_to(root).as_posix(), LICENCE))
    return chosen(refs, scenes)


def _name(key: Path) -> str:
    """The folder's name where it is that of the building, else the file's: both are in use."""
    return key.parent.name if key.parent.name.endswith(key.name) else key.name


def load_scene(ref: SceneRef, scenes: Scenes) -> Scene:
    """One building, unlit, with its instances where it is annotated. Raises SceneError."""
    given = options(scenes, _OPTIONS)
    labels = read_labels(given["category_table"])
    root = Root(dataset_root(scenes.root, scenes.dataset))
    path = root.resolve(ref.source, root.folder)
    painted, text = _annotation_files(path, root)
    if painted.is_file() and text.is_file():
        annotations = _read_annotations(text)
        textured, labelled = open_gltf(path, root), open_gltf(painted, root)
        with ThreadPoolExecutor(1) as beside:  # the two files are alike in size, and reading holds no lock
            painting = beside.submit(_painted_objects, labelled, annotations)
            mesh = assembled([textured])
            same = same_surface(textured, labelled)
            objects, notes = painting.result()
        if not same:
            objects, far = _carried(labelled, objects, mesh)
            notes = (*notes, far)
    else:
        mesh = read_gltf(path, root)
        annotations, objects = {}, np.zeros(len(mesh.triangles), np.int32)
        notes = (
            f"not annotated: {painted.name} and {text.name} are not both there; the semantic pack has 216 buildings",
        )
    scan = clean_scan(mesh, objects, given["up"], given["outdoors"] == "drop", path)
    room_of, found = _rooms(scan, annotations, labels)
    return scan_scene(
        ref,
        scan,
        lambda number: _described(number, annotations, labels, room_of),
        rooms=found,
        notes=notes,
        path=path,
    )


def _annotation_files(path: Path, root: Root) -> tuple[Path, Path]:
    """The painted mesh of a building and what its colours mean, or where they should be.

    They lie beside it, or, where packs were unpacked apart, in a folder of the same name elsewhere under the root.
    """
    stem = path.name.removesuffix(".glb").removesuffix(".basis")
    names = (f"{stem}.semantic.glb", f"{stem}.semantic.txt")
    folder = path.parent
    if not (folder / names[0]).is_file():
        elsewhere = sorted(root.folder.rglob(f"{escape(folder.name)}/{escape(names[0])}"))
        folder = next((found.parent for found in elsewhere), folder)
    return root.resolve(names[0], folder), root.resolve(names[1], folder)


@dataclass(frozen=True)
class _Annotation:
    """color : packed red · 65536 + green · 256 + blue; region : −1 for none."""

    color: int
    label: str
    region: int


def _read_annotations(path: Path) -> dict[int, _Annotation]:
    """By instance number. Raises SceneError for another kind of file, or one without any annotation."""
    lines = read_bytes(path, _MAX_TEXT_BYTES).decode("utf-8", "replace").splitlines()
    if not lines or lines[0].strip() != _FIRST_LINE:
        raise SceneError(f"{path}: does not begin with {_FIRST_LINE!r}; fetch the semantic pack again")
    matches = [match for line in lines[1:] if (match := _LINE.match(line))]
    found = {int(m[1]): _Annotation(int(m[2], 16), " ".join(m[3].split()), int(m[4])) for m in matches}
    found.pop(0, None)
    if not found:
        raise SceneError(f"{path}: has no annotation in its {len(lines)} lines; fetch the semantic pack again")
    return found


def _painted_objects(labelled: GltfScene, annotations: Mapping[int, _Annotation]) -> tuple[Int32, tuple[str, ...]]:
    """The instance number (m,) of each painted triangle, 0 for none, and notes."""
    colors = face_colors(labelled)
    known = np.array([annotation.color for annotation in annotations.values()], np.int32)
    objects = matched(colors, known, np.array(list(annotations), np.int32))
    strange = int(np.count_nonzero((colors != 0) & (objects == 0)))
    return objects, (f"{strange} labelled triangles have a colour that is not listed" if strange else "",)


def _carried(labelled: GltfScene, painted: Int32, mesh: FileMesh) -> tuple[Int32, str]:
    """The same of each triangle of a `mesh` that is cut differently: by the nearest painted one; and a note."""
    other, _ = checked(replace(assembled([labelled]), face_fields={"object": painted}), labelled.path)
    source = nearest_triangles(findable(other.vertices, other.triangles), mesh.vertices, mesh.triangles, _REACH)
    objects = carried(other.face_fields["object"], source, 0)
    far = int(np.count_nonzero(source < 0))
    return objects, f"{far} triangles lie more than {_REACH} m from the labelled surface" if far else ""


def _described(
    number: int, annotations: Mapping[int, _Annotation], labels: Labels, room_of: Mapping[int, int]
) -> Described | None:
    annotation = annotations.get(number)
    if annotation is None:
        return None
    return annotation.label, labels.category(annotation.label), room_of.get(annotation.region)


def _rooms(
    scan: Scan, annotations: Mapping[int, _Annotation], labels: Labels
) -> tuple[dict[int, int], tuple[Region, ...]]:
    """The room of each region: regions have a number and no name."""
    present, place = distinct(scan.objects)
    known = [annotations.get(int(number)) for number in present]
    region = np.array([-1 if entry is None else entry.region for entry in known], np.int32)
    floor = np.array([entry is not None and labels.category(entry.label) == "floor" for entry in known])
    return outlined_regions(scan, region[place], floor[place], {})


ADAPTER = Adapter(
    name="hm3d",
    licence=LICENCE,
    how_to_obtain="agree to Matterport's academic EULA for an API token, then use habitat_sim's datasets_download",
    list=list_scenes,
    load=load_scene,
)
