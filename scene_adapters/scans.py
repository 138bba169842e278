"""What scans have in common: light in the texture, debris outside the windows, an object number a face."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numba import njit

from scene_adapters.axes import detect_up, in_world, refuse_absurd_size
from scene_adapters.columns import indoor_bounds
from scene_adapters.instances import Described, distinct, numbered, with_boxes
from scene_adapters.labels import unmapped_note
from scene_adapters.meshes import FileMesh, centred_within, checked, scene_mesh, with_triangles
from scene_adapters.rooms import Region, ground_hull, regions, signed_area, with_rooms
from schemas.arrays import AnyArray, Bool, Float32, Float64, Int32
from schemas.scenes import Lighting, Scene, SceneRef, Storey, make_scene

_OBJECT = "object of the scan"
_LEAST_ROOM = 0.01  # m²
# As many triangles tell how high a floor lies.
_ENOUGH = 5_000


@dataclass(frozen=True)
class Scan:
    """A scan in the world frame. objects : (m,) the dataset's number of the object each triangle is of."""

    mesh: FileMesh
    objects: Int32
    notes: tuple[str, ...]


def clean_scan(mesh: FileMesh, objects: Int32, up: str, crop: bool, path: Path) -> Scan:
    """`mesh` turned to Z up, without degenerate triangles and, if `crop`, without what lies outdoors.

    Raises SceneError for NaN, no triangles or an absurd extent.
    """
    mesh, notes = checked(replace(mesh, face_fields={**mesh.face_fields, _OBJECT: objects}), path)
    mesh = in_world(mesh, up, 1.0)
    indoors = indoor_bounds(mesh.vertices, mesh.triangles, mesh.bounds) if crop else None
    if indoors is not None and ((mesh.bounds[0, :2] < indoors[0]) | (mesh.bounds[1, :2] > indoors[1])).any():
        low, high = np.append(indoors[0], -np.inf), np.append(indoors[1], np.inf)
        keep = centred_within(mesh.vertices, mesh.triangles, low, high)
        if not keep.all():
            notes = (*notes, f"dropped {np.count_nonzero(~keep)} triangles more than 1 m outside the rooms")
            mesh, _ = checked(with_triangles(mesh, keep), path)
    refuse_absurd_size(mesh.bounds, str(path))
    found, why = detect_up(mesh.vertices, mesh.triangles, mesh.bounds, "z")
    disagrees = "" if found == "z" else f", though the shape disagrees: {why}"
    return Scan(mesh, mesh.face_fields[_OBJECT], (f"up axis {up} by the format{disagrees}", *notes))


def outlined_regions(
    scan: Scan, region: Int32, floor: Bool, names: Mapping[int, str]
) -> tuple[dict[int, int], tuple[Region, ...]]:
    """Rooms of which only the faces are known: the hull of their floor, or of all there is.

    region : (m,) number of the region of each triangle, < 0 for none. floor : (m,) which triangles are floor.
    Returns the room's id by region number, and the regions.
    """
    outlines: list[tuple[str, Float64, float, float]] = []
    numbers: list[int] = []
    present, place = distinct(region)
    tops = _tops(scan.mesh.vertices, scan.mesh.triangles, place, len(present))
    with_floor = np.zeros(len(present), np.bool_)
    with_floor[place[floor]] = True
    ground, ends = _by_place(place, floor, with_floor)
    for row, number in enumerate(present.tolist()):
        if number < 0:
            continue
        triangles = scan.mesh.triangles[ground[ends[row] : ends[row + 1]]]
        outline = ground_hull(scan.mesh.vertices, triangles)
        if len(outline) >= 3 and abs(signed_area(outline)) > _LEAST_ROOM:
            height = float(np.median(scan.mesh.vertices[triangles[:: max(1, len(triangles) // _ENOUGH)], 2]))
            outlines.append((names.get(number, f"region {number}"), outline, height, float(tops[row])))
            numbers.append(number)
    found = regions(outlines)
    return {number: entry.room.id for number, entry in zip(numbers, found, strict=True)}, found


@njit(cache=True, nogil=True)
def _tops(vertices: Float32, triangles: Int32, place: AnyArray, count: int) -> Float64:
    """The highest z (count,) of the triangles of each place."""
    tops = np.full(count, -np.inf)
    for face in range(len(triangles)):
        a, b, c = triangles[face, 0], triangles[face, 1], triangles[face, 2]
        top = max(vertices[a, 2], vertices[b, 2], vertices[c, 2])
        if top > tops[place[face]]:
            tops[place[face]] = top
    return tops


@njit(cache=True, nogil=True)
def _by_place(place: AnyArray, floor: Bool, with_floor: Bool) -> tuple[Int32, Int32]:
    """The triangles of each place, in order: its floor, or all of them where it is not `with_floor`.

    Those of place k are what the first of the arrays has from the k-th value of the second to the next.
    """
    ends = np.zeros(len(with_floor) + 2, np.int32)
    for face in range(len(place)):
        if floor[face] or not with_floor[place[face]]:
            ends[place[face] + 2] += 1
    ends = np.cumsum(ends).astype(np.int32)
    found = np.empty(ends[-1], np.int32)
    for face in range(len(place)):
        if floor[face] or not with_floor[place[face]]:
            found[ends[place[face] + 1]] = face
            ends[place[face] + 1] += 1
    return found, ends[:-1]


def scan_scene(
    ref: SceneRef,
    scan: Scan,
    describe: Callable[[int], Described | None],
    *,
    rooms: Sequence[Region] = (),
    storeys: tuple[Storey, ...] = (),
    notes: tuple[str, ...] = (),
    path: Path,
) -> Scene:
    """The unlit scene of a scan; `describe` tells what an object is, None that it is nothing."""
    instances, instance = numbered(scan.objects, describe, str(path))
    built = scene_mesh(scan.mesh, instance)
    instances = with_rooms(with_boxes(instances, built), rooms)
    coverage = f"{np.count_nonzero(instance) / len(instance):.1%} of the triangles have an instance"
    all_notes = (*scan.notes, coverage, unmapped_note(instances), *notes, *scan.mesh.notes)
    return make_scene(
        ref,
        built,
        instances,
        rooms=tuple(region.room for region in rooms),
        storeys=storeys,
        lighting=Lighting.UNLIT,
        notes=tuple(note for note in all_notes if note),
    )
