"""What scans have in common: light in the texture, debris outside the windows, an object number a face."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scene_adapters.axes import detect_up, refuse_absurd_size, to_world
from scene_adapters.columns import indoor_bounds
from scene_adapters.instances import Described, numbered
from scene_adapters.labels import unmapped_note
from scene_adapters.meshes import FileMesh, checked, scene_mesh, with_triangles
from scene_adapters.rooms import Region, with_rooms
from schemas.arrays import Bool, Float32, Int32
from schemas.scenes import Lighting, Scene, SceneRef, Storey, make_scene, with_boxes

_OBJECT = "object of the scan"


@dataclass(frozen=True)
class Scan:
    """A scan in the world frame. objects : (m,) the dataset's number of the object each triangle is of."""

    mesh: FileMesh
    vertices: Float32
    objects: Int32
    notes: tuple[str, ...]


def clean_scan(mesh: FileMesh, objects: Int32, up: str, crop: bool, path: Path) -> Scan:
    """`mesh` turned to Z up, without degenerate triangles and, if `crop`, without what lies outdoors.

    Raises SceneError for NaN, no triangles or an absurd extent.
    """
    mesh, notes = checked(replace(mesh, face_fields={_OBJECT: objects}), path)
    vertices = to_world(mesh.vertices, up, 1.0)
    bounds = indoor_bounds(vertices, mesh.triangles) if crop else None
    if bounds is not None:
        middle = vertices[mesh.triangles, :2].mean(axis=1)
        keep: Bool = ((middle > bounds[0]) & (middle < bounds[1])).all(axis=1)
        if not keep.all():
            notes = (*notes, f"dropped {np.count_nonzero(~keep)} triangles more than 1 m outside the rooms")
            mesh, _ = checked(with_triangles(mesh, keep), path)
            vertices = to_world(mesh.vertices, up, 1.0)
    refuse_absurd_size(vertices, str(path))
    found, why = detect_up(vertices, mesh.triangles, "z")
    disagrees = "" if found == "z" else f", though the shape disagrees: {why}"
    return Scan(mesh, vertices, mesh.face_fields[_OBJECT], (f"up axis {up} by the format{disagrees}", *notes))


def scan_scene(
    ref: SceneRef,
    scan: Scan,
    describe: Callable[[int], Described | None],
    *,
    regions: Sequence[Region] = (),
    storeys: tuple[Storey, ...] = (),
    notes: tuple[str, ...] = (),
    path: Path,
) -> Scene:
    """The unlit scene of a scan; `describe` tells what an object is, None that it is nothing."""
    instances, instance = numbered(scan.objects, describe, str(path))
    built = scene_mesh(scan.mesh, scan.vertices, instance)
    instances = with_rooms(with_boxes(instances, built), regions)
    coverage = f"{np.count_nonzero(instance) / len(instance):.1%} of the triangles have an instance"
    all_notes = (*scan.notes, coverage, unmapped_note(instances), *notes, *scan.mesh.notes)
    return make_scene(
        ref,
        built,
        instances,
        rooms=tuple(region.room for region in regions),
        storeys=storeys,
        lighting=Lighting.UNLIT,
        notes=tuple(note for note in all_notes if note),
    )
