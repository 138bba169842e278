"""Any GLB, glTF, OBJ, PLY or STL of the user's own: one file, or a folder of them, a scene each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scene_adapters.adapter import Adapter, Refs, chosen, options
from scene_adapters.axes import UNITS, detect_unit, detect_up, in_world, light_to_world, refuse_absurd_size
from scene_adapters.gltf import read_gltf
from scene_adapters.instances import with_boxes
from scene_adapters.labels import category_of
from scene_adapters.lamps import ceiling_lamps
from scene_adapters.meshes import MAX_UINT16, FileMesh, checked, scene_mesh
from scene_adapters.obj import read_obj
from scene_adapters.paths import Root, dataset_root
from scene_adapters.ply import read_ply
from scene_adapters.stl import read_stl
from schemas.arrays import UInt16
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Instance, Lighting, Scene, SceneRef, make_scene

SUFFIXES = (".glb", ".gltf", ".obj", ".ply", ".stl")
_MAX_FILES = 100_000
_OPTIONS: dict[str, tuple[str, ...] | str] = {
    "up": ("auto", "y", "z"),
    "unit": ("auto", *UNITS),
    "lighting": ("auto", "unlit", "lit"),
    "missing_assets": ("error", "skip"),
    "licence": "unknown",
}


def read_mesh(path: Path, root: Root) -> FileMesh:
    """The mesh in a file, by its suffix, in the file's own frame and unit. Raises SceneError."""
    suffix = path.suffix.lower()
    if suffix in (".glb", ".gltf"):
        return read_gltf(path, root)
    if suffix == ".obj":
        return read_obj(path, root)
    if suffix == ".ply":
        return read_ply(path, root)
    if suffix == ".stl":
        return read_stl(path)
    raise SceneError(f"{path}: {suffix or 'no'} suffix; give one of {', '.join(SUFFIXES)}")


def list_files(scenes: Scenes) -> Refs:
    """Every mesh file under the root, named by its relative path without suffix (with it where two would agree)."""
    chosen_options = options(scenes, _OPTIONS)
    root = dataset_root(scenes.root, scenes.dataset)
    folder = root if root.is_dir() else root.parent
    paths = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise SceneError(f"{root}: holds no {', '.join(SUFFIXES)} file; give the folder with your meshes as root")
    if len(paths) > _MAX_FILES:
        raise SceneError(f"{root}: holds {len(paths)} mesh files; give a folder whose every file is a scene")
    stems = [path.relative_to(folder).with_suffix("").as_posix() for path in paths]
    refs = []
    for path, stem in zip(paths, stems, strict=True):
        source = path.relative_to(folder).as_posix()
        name = stem if stems.count(stem) == 1 else source
        refs.append(SceneRef("files", name, source, chosen_options["licence"]))
    return chosen(refs, scenes)


def load_file(ref: SceneRef, scenes: Scenes) -> Scene:
    """The scene of one file. Up axis, unit and lighting are detected where the options do not say.

    A group of the file (a glTF node, an OBJ object) is an instance, labelled by its name.
    """
    given = options(scenes, _OPTIONS)
    root_path = dataset_root(scenes.root, scenes.dataset)
    root = Root(root_path if root_path.is_dir() else root_path.parent, given["missing_assets"] == "skip")
    path = root.resolve(ref.source, root.folder)
    mesh = read_mesh(path, root)
    mesh, dropped = checked(mesh, path)
    up, up_note = _up(mesh, path, given["up"])
    unit, unit_note = _unit(float(np.ptp(mesh.bounds[:, "xyz".index(up)])), given["unit"])
    mesh = in_world(mesh, up, UNITS[unit])
    refuse_absurd_size(mesh.bounds, str(path))
    instances, instance, label_note = _instances(mesh, path)
    lighting = Lighting(given["lighting"]) if given["lighting"] != "auto" else _lighting(mesh, instances)
    lights = tuple(light_to_world(light, up, UNITS[unit]) for light in mesh.lights)
    lamp_note = ""
    if lighting is Lighting.LIT and not lights:
        lights = ceiling_lamps(mesh.vertices, mesh.triangles)
        lamp_note = f"no lights in the file: {len(lights)} ceiling lamps added"
    built = scene_mesh(mesh, instance)
    notes = (up_note, unit_note, label_note, f"lighting {lighting.value}", lamp_note, *dropped, *mesh.notes)
    return make_scene(
        ref,
        built,
        with_boxes(instances, built),
        lights=lights if lighting is Lighting.LIT else (),
        lighting=lighting,
        notes=tuple(note for note in notes if note),
    )


def _up(mesh: FileMesh, path: Path, given: str) -> tuple[str, str]:
    expected = "z" if path.suffix.lower() in (".ply", ".stl") else "y"
    found, note = detect_up(mesh.vertices, mesh.triangles, mesh.bounds, expected)
    if given == "auto":
        return found, note
    return given, f"up axis {given} as given" + ("" if found == given else f", though the shape says {found}: {note}")


def _unit(height: float, given: str) -> tuple[str, str]:
    return detect_unit(height) if given == "auto" else (given, f"unit {given} as given")


def _instances(mesh: FileMesh, path: Path) -> tuple[tuple[Instance, ...], UInt16, str]:
    """One instance a named thing: the innermost part of a group's path that means a category decides.

    Parts below it ("sofa/legs") belong to it; a group that means nothing is an instance of its own.
    """
    numbers: dict[str, int] = {}
    labels: list[tuple[str, str]] = []
    of_group = np.zeros(len(mesh.groups), np.uint16)
    used = np.zeros(len(mesh.groups), np.bool_)
    used[mesh.group] = True
    for group in np.flatnonzero(used):
        key, label, category = _meaning(mesh.groups[group])
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            labels.append((label, category))
        if len(numbers) > MAX_UINT16:
            raise SceneError(f"{path}: more than {MAX_UINT16} named objects; join some before export")
        of_group[group] = numbers[key]
    origin = (0.0, 0.0, 0.0)
    instances = tuple(
        Instance(i + 1, label, category, origin, origin, None) for i, (label, category) in enumerate(labels)
    )
    unknown = sorted({label for label, category in labels if category == "unlabeled"})
    shown = f": {', '.join(unknown[:12])}{' …' if len(unknown) > 12 else ''}" if unknown else ""
    return (
        instances,
        of_group[mesh.group],
        f"{len(instances)} instances; {len(unknown)} names without a category{shown}",
    )


def _meaning(group: str) -> tuple[str, str, str]:
    """The path of the named thing that a group is part of, its label and its category."""
    parts = group.split("/")
    for end in range(len(parts), 0, -1):
        category = category_of(parts[end - 1])
        if category is not None:
            return "/".join(parts[:end]), parts[end - 1], category
    return group, parts[-1] or "unnamed", "unlabeled"


def _lighting(mesh: FileMesh, instances: tuple[Instance, ...]) -> Lighting:
    """Lit when it has lamps, or plain colours only, or many named things; else a scan with its light in the texture."""
    if mesh.unlit:
        return Lighting.UNLIT
    plain = not mesh.textures and mesh.color is None
    named = sum(instance.category != "unlabeled" for instance in instances)
    return Lighting.LIT if mesh.lights or plain or named >= 5 else Lighting.UNLIT


ADAPTER = Adapter(
    name="files",
    licence="the user's own",
    how_to_obtain="any GLB, glTF, OBJ, PLY or STL that you have: give its folder as root",
    list=list_files,
    load=load_file,
)
