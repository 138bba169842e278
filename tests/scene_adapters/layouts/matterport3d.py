"""A home laid out as Matterport3D: a textured mesh, a labelled one cut differently, a .house file with its traps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from schemas.arrays import AnyArray
from schemas.categories import MPCAT40
from schemas.scenes import Scene
from tests.scene_adapters.layouts.glb import write_glb
from tests.scene_adapters.layouts.hm3d import z_up
from tests.scene_adapters.layouts.obj import write_obj
from tests.scene_adapters.layouts.ply import write_ply

LETTERS = {
    "living room": "l", "bedroom": "b", "kitchen": "k", "bathroom": "a", "dining room": "d", "study": "o",
    "corridor": "h", "garden": "x",
}  # fmt: skip

_BOX = "0 0 0  1 0 0  0 1 0  1 1 1  0 0 0 0 0 0 0 0"


def write_matterport3d(
    root: Path,
    scene: Scene,
    name: str = "17DRP5sb8fy",
    original: bool = False,
    field: str = "object_id",
    subdivided: bool = False,
) -> None:
    """Habitat's layout, or the original one; `field` is what the object's number is called.

    subdivided : the labelled mesh has four triangles for each, so that none is the same.
    """
    folder = root / name
    labelled = folder / "house_segmentations" if original else folder
    if original:
        write_obj(folder / "matterport_mesh/0123abcd/0123abcd.obj", scene, z_up, name_of=lambda _: "chunk")
    else:
        write_glb(folder / f"{name}.glb", scene, z_up, unlit=True, name_of=lambda number: f"chunk{number}")
    vertices, triangles, instance = scene.mesh.vertices, scene.mesh.triangles, scene.mesh.instance.astype(np.int64)
    order = np.random.default_rng(3).permutation(len(triangles))
    triangles, instance = triangles[order], instance[order]
    if subdivided:
        vertices, triangles = quartered(vertices, triangles)
        instance = np.repeat(instance, 4)
    fields = {field: _category_index(scene)[instance] if field == "category_id" else instance - 1}
    color = np.full((len(vertices), 3), 128)
    write_ply(labelled / (f"{name}.ply" if original else f"{name}_semantic.ply"), vertices, triangles, color, fields)
    (labelled / f"{name}.house").write_text(house_text(scene, name))


def quartered(vertices: AnyArray, triangles: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Each triangle as four, by the middles of its edges."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    parts = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)
    return parts, np.arange(len(parts)).reshape(-1, 3)


def _raw_names(scene: Scene) -> list[str]:
    return sorted({instance.label for instance in scene.instances})


def _category_index(scene: Scene) -> AnyArray:
    """By instance id: the number of its label in category_mapping.tsv, from 1; 0 is void."""
    names = _raw_names(scene)
    return np.array([0] + [names.index(instance.label) + 1 for instance in scene.instances])


def house_text(scene: Scene, name: str) -> str:
    """Two blanks between fields, "#" for a blank, an object without a category, portals and panoramas both P."""
    low, high = scene.bounds
    box = f"{low[0]:.4f} {low[1]:.4f} {low[2]:.4f} {high[0]:.4f} {high[1]:.4f} {high[2]:.4f}"
    raw = _raw_names(scene)
    mapped = {instance.label: instance.category for instance in scene.instances}
    counts = f"0 1 0 0 0 {len(scene.instances)} {len(raw)} {len(scene.rooms)} 1 {len(scene.storeys)}"
    lines = ["ASCII 1.1", f"H {name} -  {counts}  0 0 0 0 0  {box}"]
    lines += [f"L {s.index} 0  -  0 0 {s.floor_z}  {box}" for s in scene.storeys]
    corner = 0
    for room in scene.rooms:
        storey = scene.storeys[room.storey]
        x, y = np.array(room.polygon).T
        extent = f"{x.min()} {y.min()} {storey.floor_z} {x.max()} {y.max()} {storey.ceiling_z}"
        letter, height = LETTERS.get(room.label, "z"), storey.ceiling_z - storey.floor_z
        region = room.id - 1
        place = f"{x.mean()} {y.mean()} {storey.floor_z}"
        lines.append(f"R {region} {room.storey}  0 0  {letter}  {place}  {extent}  {height}  0 0 0 0")
        lines.append(f"S {region} {region}  0  -  0 0 0  0 0 1  {extent}  0 0 0 0 0")
        for px, py in room.polygon:
            # Annotators drew the outline 3 cm above the floor.
            lines.append(f"V {corner} {region}  -  {px} {py} {storey.floor_z + 0.03}  0 0 1  0 0 0")
            corner += 1
    lines.append("P 0  0 1  -  0 0 0  1 1 1  0 0 0 0")
    lines.append("P 3e7f1a  0  0  0  1.0 2.0 1.5  0 0 0 0 0")
    for number, label in enumerate(raw):
        category = mapped[label]
        lines.append(
            f"C {number}  {number + 1} {label.replace(' ', '#')}  {MPCAT40.index(category)} {category}  0 0 0 0 0"
        )
    for instance in scene.instances:
        region = -1 if instance.room is None else instance.room - 1
        lines.append(
            f"O {instance.id - 1}  {region} {raw.index(instance.label)}  0 0 0  1 0 0  0 1 0  1 1 1  0 0 0 0 0 0 0 0"
        )
    lines.append(f"O {len(scene.instances)}  -1 -1  {_BOX}")
    lines.append("E 1000004 0 7 1.5  0 0 0  0 0 0 0 0 0  0 0 0 0 0")
    return "\n".join(lines) + "\n"
