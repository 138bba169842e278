"""Adapters against `trimesh.load` of the files they read: processor time of a load, all threads, wall time and memory.

A building of 20 × 20 m is laid out as each dataset has it, with its labels in as many other files as there are.
`trimesh.load` as a user calls it reads the mesh alone and knows no labels; where labels are in a second mesh, it
is measured on both too. It leaves images undecoded, and merges vertices in PLY and OBJ, but not in GLB. Every load
is the first of a process that is warm otherwise, as scenes are loaded in earnest: a loop would reuse freed memory.

Arguments: sizes in millions of triangles, and datasets; all of them without. What is not measured keeps its rows.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import RESULTS, Row, compare, report
from scene_adapters.instances import with_boxes
from schemas.arrays import AnyArray
from schemas.scenes import Instance, Material, Mesh, Scene, SceneRef, Texture, make_scene
from tests.scene_adapters.layouts.front3d import write_front3d
from tests.scene_adapters.layouts.gibson import write_gibson
from tests.scene_adapters.layouts.glb import write_glb
from tests.scene_adapters.layouts.hm3d import write_hm3d
from tests.scene_adapters.layouts.hssd import write_hssd
from tests.scene_adapters.layouts.matterport3d import write_matterport3d
from tests.scene_adapters.layouts.ply import write_ply

# By millions of triangles: what is soon done is upset most by other work.
RUNS = {0.1: 9, 1.0: 5, 4.0: 3}
MILLIONS = tuple(RUNS)
# Things of 2 × 2 m in a row across the building.
ACROSS = 10
# Houses of 3D-FRONT have up to 0.3 M triangles.
LARGEST_FRONT3D = 1.0
TINY = 0.005

Files = Sequence[Path]


def main() -> None:
    words = sys.argv[1:]
    sizes = [float(word) for word in words if word[0].isdigit()] or MILLIONS
    datasets = [word for word in words if not word[0].isdigit()] or list(LAYOUTS)
    measured = {_title(dataset, millions): list(_rows(dataset, millions)) for millions in sizes for dataset in datasets}
    titles = [_title(dataset, millions) for millions in MILLIONS for dataset in LAYOUTS]
    found = _kept() | measured
    report("adapters", [row for title in sorted(found, key=titles.index) for row in found[title]])


def _title(dataset: str, millions: float) -> str:
    return f"{dataset} {millions:g} M"


def _kept() -> dict[str, list[Row]]:
    """The rows of earlier runs, by what they are of."""
    path = RESULTS / "adapters.json"
    rows = [Row(**row) for row in json.loads(path.read_text())["rows"]] if path.is_file() else []
    titles = dict.fromkeys(row.row.partition(":")[0] for row in rows)
    return {title: [row for row in rows if row.row.partition(":")[0] == title] for title in titles}


def _rows(dataset: str, millions: float) -> Iterator[Row]:
    if dataset == "front3d" and millions > LARGEST_FRONT3D:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = LAYOUTS[dataset](folder / "whole", millions)
        small = LAYOUTS[dataset](folder / "tiny", TINY)
        commands = {"ours": [dataset, str(folder / "tiny"), str(folder / "whole")]}
        for kind, paths in files.items():
            words = [str(path) for path in (small[kind][0], *paths)]
            commands[f"trimesh.load of {kind}"] = ["trimesh", *words]
            if paths[0].suffix != ".glb":
                commands[f"trimesh.load of {kind}, process=False"] = ["trimesh, process=False", *words]
        found = _measured(commands, RUNS[millions])
    for time, unit in (("processor", "M triangles/CPU s"), ("wall", "M triangles/s")):
        rate = {name: millions / statistics.median(run[time] for run in runs) for name, runs in found.items()}
        for peer in list(commands)[1:]:
            row = f"{_title(dataset, millions)}: load with labels, {time} time"
            yield compare(row, rate["ours"], unit, peer, rate[peer])
    peak = statistics.median(run["peak"] for run in found["ours"])
    yield Row(f"{_title(dataset, millions)}: peak resident memory over the scene's arrays", peak, "×")


def _measured(commands: dict[str, list[str]], runs: int) -> dict[str, list[dict[str, float]]]:
    """What each of the loads prints, all in turns, so that a busy machine slows all alike."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, words in commands.items():
            command = [sys.executable, "-m", "benchmarks.adapters_load", *words]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout))
    return found


def building(*sheets: tuple[str, int, float]) -> Scene:
    """Textured sheets of 20 × 20 m that undulate by 2 cm. (label, triangles, z): each a row of things of 2 × 2 m."""
    made = [_sheet(triangles, z) for _, triangles, z in sheets]
    starts = np.cumsum([0, *(len(vertices) for vertices, _, _ in made)])
    vertices = np.concatenate([vertices for vertices, _, _ in made])
    faces = np.concatenate([faces + start for (_, faces, _), start in zip(made, starts[:-1], strict=True)])
    instance = np.concatenate([thing + ACROSS**2 * number for number, (_, _, thing) in enumerate(made)]) + 1
    image = np.random.default_rng(0).integers(0, 255, (512, 512, 3)).astype(np.uint8)
    mesh = Mesh(
        vertices=vertices,
        triangles=faces.astype(np.int32),
        instance=instance.astype(np.uint16),
        material=np.zeros(len(faces), np.uint16),
        materials=(Material("image", (1.0, 1.0, 1.0), texture=0),),
        textures=(Texture("image", cv2.imencode(".png", image)[1].tobytes()),),
        uv=vertices[faces][..., :2] / 20,
        color=None,
    )
    names = [label for label, _, _ in sheets for _ in range(ACROSS**2)]
    corner = (0.0, 0.0, 0.0)
    instances = tuple(Instance(i + 1, label, label, corner, corner, None) for i, label in enumerate(names))
    return make_scene(SceneRef("benchmark", "building", "", "CC0-1.0"), mesh, with_boxes(instances, mesh))


def _sheet(triangles: int, z: float) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Vertices, triangles and, for each of these, which of the 100 things it is of; every two are a quad."""
    side = max(round((triangles / 2) ** 0.5), ACROSS)
    x, y = np.meshgrid(np.linspace(0, 20, side + 1), np.linspace(0, 20, side + 1))
    vertices = np.stack([x, y, z + 0.02 * np.sin(3 * x) * np.cos(2 * y)], axis=-1).reshape(-1, 3).astype(np.float32)
    row, column = np.divmod(np.arange(side**2), side)
    first = row * (side + 1) + column
    corners = np.stack([first, first + 1, first + side + 2, first, first + side + 2, first + side + 1], axis=1)
    thing = row * ACROSS // side * ACROSS + column * ACROSS // side
    return vertices, corners.reshape(-1, 3), np.repeat(thing, 2)


def _scan(millions: float) -> Scene:
    return building(("floor", int(millions * 5e5), 0.0), ("ceiling", int(millions * 5e5), 2.6))


def _home(millions: float) -> Scene:
    """Nearly all of it is furniture, as in synthetic homes."""
    return building(("floor", 1000, 0.0), ("table", int(millions * 1e6) - 2000, 0.7), ("ceiling", 1000, 2.6))


def _replica(root: Path, millions: float) -> dict[str, Files]:
    """As the tests' writer does, without its loop over the faces: every two triangles here are a quad."""
    scene, path = _scan(millions), root / "room_0/habitat/mesh_semantic.ply"
    mesh = scene.mesh
    quads = np.concatenate([mesh.triangles[0::2], mesh.triangles[1::2, 2:]], axis=1)
    color = np.full((len(mesh.vertices), 3), 128)
    fields = {"object_id": mesh.instance[0::2].astype(np.int64) - 1}
    write_ply(path, mesh.vertices, quads, color, fields, normals=True)
    labels = ", ".join("1" if instance.label == "floor" else "2" for instance in scene.instances)
    classes = '[{"id": 1, "name": "floor"}, {"id": 2, "name": "ceiling"}]'
    path.with_name("info_semantic.json").write_text(
        f'{{"classes": {classes}, "id_to_label": [{labels}], "objects": []}}'
    )
    return {"the same PLY": [path]}


def _files(root: Path, millions: float) -> dict[str, Files]:
    write_glb(root / "home.glb", _scan(millions))
    return {"the same GLB": [root / "home.glb"]}


def _hm3d(root: Path, millions: float) -> dict[str, Files]:
    write_hm3d(root, _scan(millions))
    textured, painted = next(root.rglob("*F.glb")), next(root.rglob("*.semantic.glb"))
    return {"the textured GLB": [textured], "both GLBs": [textured, painted]}


def _matterport3d(root: Path, millions: float) -> dict[str, Files]:
    write_matterport3d(root, _scan(millions))
    textured, labelled = next(root.rglob("*.glb")), next(root.rglob("*_semantic.ply"))
    return {"the textured GLB": [textured], "both meshes": [textured, labelled]}


def _gibson(root: Path, millions: float) -> dict[str, Files]:
    write_gibson(root, _scan(millions))
    return {"the same OBJ": [next(root.rglob("mesh_z_up.obj"))]}


def _hssd(root: Path, millions: float) -> dict[str, Files]:
    write_hssd(root, _home(millions))
    return {"the same GLBs": sorted(root.rglob("*.glb"))}


def _front3d(root: Path, millions: float) -> dict[str, Files]:
    write_front3d(root, _home(millions))
    return {"the same OBJs": sorted(root.rglob("*.obj"))}


LAYOUTS: dict[str, Callable[[Path, float], dict[str, Files]]] = {
    "replica": _replica,
    "matterport3d": _matterport3d,
    "gibson": _gibson,
    "front3d": _front3d,
    "hssd": _hssd,
    "hm3d": _hm3d,
    "files": _files,
}

if __name__ == "__main__":
    main()
