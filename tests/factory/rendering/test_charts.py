from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.charts import find_charts, weld
from scene_adapters.procedural.shapes import Part, box, cylinder
from schemas.scenes import Mesh
from tests.rooms import two_rooms


def mesh_of(*parts: Part) -> Mesh:
    """Each part an instance of its own."""
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    counts = [len(part.triangles) for part in parts]
    return replace(
        two_rooms().mesh,
        vertices=np.concatenate([part.vertices for part in parts]),
        triangles=np.concatenate([p.triangles + np.int32(s) for p, s in zip(parts, starts[:-1], strict=True)]),
        instance=np.repeat(np.arange(1, len(parts) + 1), counts).astype(np.uint16),
        material=np.zeros(sum(counts), np.uint16),
        uv=None,
        color=None,
    )


PLAIN = box("paint", (0, 0, 0), (3, 2, 1), 0.0)


def test_a_box_has_six_faces_as_large_as_they_are() -> None:
    charts = find_charts(mesh_of(PLAIN))
    sizes = sorted(tuple(sorted(np.round(extent, 5))) for extent in charts.extent[charts.extent.min(axis=1) > 1e-6])
    assert sizes == [(1, 2), (1, 2), (1, 3), (1, 3), (2, 3), (2, 3)]
    assert charts.flat.all()


def test_local_corners_lead_back_to_where_they_are() -> None:
    mesh = mesh_of(PLAIN, cylinder("paint", (5, 5, 0), (5, 6, 1), 0.3))
    charts = find_charts(mesh)
    c = charts.chart
    x, y = charts.local.transpose(2, 0, 1)[..., None]
    place = charts.origin[c][:, None] + x * charts.across[c][:, None] + y * charts.along[c][:, None]
    assert place == pytest.approx(mesh.vertices[mesh.triangles], abs=1e-5)
    assert charts.local.min() >= -1e-9
    assert (charts.local.max(axis=1) <= charts.extent[c] + 1e-9).all()


def test_axes_are_at_right_angles_and_of_unit_length() -> None:
    charts = find_charts(two_rooms().mesh)
    axes = np.stack([charts.across, charts.along, charts.normal], axis=1)
    assert axes @ axes.transpose(0, 2, 1) == pytest.approx(np.broadcast_to(np.eye(3), axes.shape), abs=1e-6)


def test_faces_in_one_plane_stay_apart_where_they_are_of_different_things() -> None:
    beside = box("paint", (3, 0, 0), (6, 2, 1), 0.0)
    alone, both = find_charts(mesh_of(PLAIN)), find_charts(mesh_of(PLAIN, beside))
    assert len(both.extent) == 2 * len(alone.extent)


def test_a_triangle_wound_the_other_way_lies_in_the_same_face_and_is_known_as_turned() -> None:
    mesh = mesh_of(PLAIN)
    charts = find_charts(mesh)
    top = np.flatnonzero(np.abs(charts.normal[charts.chart, 2]) > 0.9)
    chosen = top[charts.extent[charts.chart[top]].min(axis=1) > 1][0]
    triangles = mesh.triangles.copy()
    triangles[chosen] = triangles[chosen][::-1]
    turned = find_charts(replace(mesh, triangles=triangles))
    mates = np.flatnonzero(turned.chart == turned.chart[chosen])
    assert len(mates) >= 2
    assert turned.turned[mates].sum() in (1, len(mates) - 1)


def test_the_rim_of_a_square_is_its_four_edges_and_not_its_diagonal() -> None:
    charts = find_charts(mesh_of(PLAIN))
    big = np.flatnonzero(charts.extent.min(axis=1) > 1.5)
    for chart in big:
        rim = charts.rim[charts.chart[charts.rim[:, 0]] == chart]
        ends = np.stack([charts.local[rim[:, 0], (rim[:, 1] + k) % 3] for k in (0, 1)])
        assert np.linalg.norm(ends[0] - ends[1], axis=1).sum() == pytest.approx(2 * charts.extent[chart].sum())


def test_facets_of_a_tube_are_bent_and_faces_of_a_box_are_not() -> None:
    tube = find_charts(mesh_of(cylinder("paint", (0, 0, 0), (0, 0, 1), 0.3, segments=24)))
    sides = np.abs(tube.normal[:, 2]) < 0.1
    assert tube.bent[sides].all()
    assert not find_charts(mesh_of(PLAIN)).bent.any()


def test_vertices_at_the_same_place_get_the_same_number() -> None:
    mesh = mesh_of(PLAIN, PLAIN)
    count = len(PLAIN.vertices)
    numbers = weld(mesh)
    assert np.array_equal(numbers[:count], numbers[count:])
    assert len(np.unique(numbers)) == len(np.unique(PLAIN.vertices.round(4), axis=0))
