"""Adapters against a bare `trimesh.load` of the same main file: seconds of processor time, and peak memory.

A building of 20 × 20 m is laid out as each dataset has it, with its labels in as many other files as there
are; trimesh reads the mesh alone and knows no labels. Memory is what Python and NumPy allocate at the peak,
over the arrays of the scene that comes out.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import trimesh

from benchmarks.report import Row, compare, median_seconds, report
from scene_adapters.registry import adapter
from schemas.arrays import AnyArray
from schemas.recipe import Scenes
from schemas.scenes import Instance, Material, Mesh, Scene, SceneRef, Texture, make_scene, with_boxes
from tests.scene_adapters.layouts.gibson import write_gibson
from tests.scene_adapters.layouts.glb import write_glb
from tests.scene_adapters.layouts.hm3d import write_hm3d
from tests.scene_adapters.layouts.matterport3d import write_matterport3d
from tests.scene_adapters.layouts.ply import write_ply

RUNS = 3
OBJECTS = 200
MILLIONS = (0.1, 1.0, 4.0)
# Above, as PLY only: the writers of the others take minutes.
MOST_OF_ALL = 1.0


def main() -> None:
    sizes = [float(word) for word in sys.argv[1:]] or MILLIONS
    report("adapters", [row for millions in sizes for row in _size(millions)])


def _size(millions: float) -> Iterator[Row]:
    scene = building(int(millions * 1e6))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for dataset, mesh in _written(folder, scene, millions):
            yield from _measured(f"{dataset} {millions:g} M", dataset, folder / dataset, mesh)


def building(triangles: int) -> Scene:
    """A floor and a ceiling that undulate by 2 cm, in strips that are the objects; textured."""
    side = round((triangles / 4) ** 0.5)
    x, y = np.meshgrid(np.linspace(0, 20, side + 1), np.linspace(0, 20, side + 1))
    ground = np.stack([x, y, 0.02 * np.sin(3 * x) * np.cos(2 * y)], axis=-1).reshape(-1, 3)
    first = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).reshape(-1)
    quads = np.stack([first, first + 1, first + side + 2, first + side + 1], axis=1)
    level = np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
    faces = np.concatenate([level, level + len(ground)])
    vertices = np.concatenate([ground, ground + np.array([0, 0, 2.6])]).astype(np.float32)
    instance = np.arange(len(faces)) * OBJECTS // len(faces) + 1
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
    half = OBJECTS // 2
    names = ["floor" if number <= half else "ceiling" for number in range(1, OBJECTS + 1)]
    corner = (0.0, 0.0, 0.0)
    instances = tuple(Instance(i + 1, label, label, corner, corner, None) for i, label in enumerate(names))
    return make_scene(SceneRef("benchmark", "building", "", "CC0-1.0"), mesh, with_boxes(instances, mesh))


def _written(folder: Path, scene: Scene, millions: float) -> Iterator[tuple[str, Path]]:
    """Each layout and the main file in it."""
    _write_replica(folder / "replica/room_0/habitat", scene)
    yield "replica", folder / "replica/room_0/habitat/mesh_semantic.ply"
    if millions > MOST_OF_ALL:
        return
    write_glb(folder / "files/home.glb", scene)
    yield "files", folder / "files/home.glb"
    write_hm3d(folder / "hm3d", scene)
    yield "hm3d", next((folder / "hm3d").rglob("*F.glb"))
    write_matterport3d(folder / "matterport3d", scene)
    yield "matterport3d", next((folder / "matterport3d").rglob("*.glb"))
    write_gibson(folder / "gibson", scene)
    yield "gibson", next((folder / "gibson").rglob("mesh_z_up.obj"))


def _write_replica(folder: Path, scene: Scene) -> None:
    """As the tests' writer does, without its loop over the faces: every two triangles here are a quad."""
    mesh = scene.mesh
    quads = np.concatenate([mesh.triangles[0::2], mesh.triangles[1::2, 2:]], axis=1)
    color = np.full((len(mesh.vertices), 3), 128)
    fields = {"object_id": mesh.instance[0::2].astype(np.int64) - 1}
    write_ply(folder / "mesh_semantic.ply", mesh.vertices, quads, color, fields, normals=True)
    labels = ", ".join("1" if instance.label == "floor" else "2" for instance in scene.instances)
    classes = '[{"id": 1, "name": "floor"}, {"id": 2, "name": "ceiling"}]'
    (folder / "info_semantic.json").write_text(f'{{"classes": {classes}, "id_to_label": [{labels}], "objects": []}}')


def _measured(row: str, dataset: str, root: Path, mesh: Path) -> Iterator[Row]:
    scenes = Scenes(dataset=dataset, root=str(root))
    reader = adapter(dataset)
    (ref,) = reader.list(scenes)
    loads: dict[str, Callable[[], object]] = {
        "ours": lambda: reader.load(ref, scenes),
        "trimesh.load": lambda: trimesh.load(str(mesh)),
        "trimesh.load, process=False": lambda: trimesh.load(str(mesh), process=False),
    }
    reader.load(ref, scenes)
    seconds = median_seconds(loads, RUNS, time.process_time)
    triangles = len(reader.load(ref, scenes).mesh.triangles) / 1e6
    rate = {name: triangles / value for name, value in seconds.items()}
    for peer in list(loads)[1:]:
        yield compare(f"{row}: load with labels", rate["ours"], "M triangles/CPU s", peer, rate[peer])
    tracemalloc.start()
    scene = reader.load(ref, scenes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield Row(f"{row}: peak memory over the scene's arrays", peak / _array_bytes(scene), "×")


def _array_bytes(scene: Scene) -> int:
    mesh = scene.mesh
    arrays: list[AnyArray | None] = [mesh.vertices, mesh.triangles, mesh.instance, mesh.material, mesh.uv, mesh.color]
    return sum(array.nbytes for array in arrays if array is not None)


if __name__ == "__main__":
    main()
