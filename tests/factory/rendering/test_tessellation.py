from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.rendering.tessellation import tessellate
from schemas.arrays import Float64
from schemas.scenes import Mesh
from tests.rooms import two_rooms

MESH = two_rooms().mesh


def cut(mesh: Mesh, longest: float) -> Mesh:
    return tessellate(mesh, np.full(len(mesh.triangles), longest))[0]


def edges(mesh: Mesh) -> Float64:
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    return np.asarray(np.linalg.norm(corners[:, [1, 2, 0]] - corners, axis=2))


def normals(mesh: Mesh) -> Float64:
    """Area-weighted normals, twice as long as the area."""
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


@settings(max_examples=15)
@given(st.floats(0.15, 3.0))
def test_no_edge_is_longer_than_asked_and_the_surface_of_each_instance_stays(longest: float) -> None:
    fine = cut(MESH, longest)
    assert edges(fine).max() <= longest * 1.0001
    for axis in range(3):
        before = np.bincount(MESH.instance, np.abs(normals(MESH))[:, axis])
        after = np.bincount(fine.instance, np.abs(normals(fine))[:, axis])
        assert after == pytest.approx(before, rel=1e-4, abs=1e-5)


def test_sides_do_not_turn_over() -> None:
    fine = cut(MESH, 0.5)
    for instance in range(1, 17):
        before = normals(MESH)[MESH.instance == instance].sum(axis=0)
        after = normals(fine)[fine.instance == instance].sum(axis=0)
        assert after == pytest.approx(before, abs=1e-4)


def test_textures_stay_where_they_were() -> None:
    """In the flat uv are metres along two axes, so they can be read off the vertices again."""
    fine = cut(MESH, 0.4)
    assert fine.uv is not None
    flat = np.abs(normals(fine)).argmax(axis=1)
    corners = fine.vertices[fine.triangles]
    for axis, kept in ((0, [1, 2]), (1, [0, 2]), (2, [0, 1])):
        assert fine.uv[flat == axis] == pytest.approx(corners[flat == axis][:, :, kept], abs=1e-5)


def test_a_mesh_that_is_fine_already_is_left_alone() -> None:
    same = cut(MESH, 100.0)
    assert np.array_equal(same.vertices, MESH.vertices)
    assert np.array_equal(same.triangles, MESH.triangles)


def test_neighbours_share_the_vertices_between_them() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    halves = np.array([[0, 1, 2], [2, 3, 0]], np.int32)
    ones = np.zeros(2, np.uint16)
    mesh = replace(MESH, vertices=square, triangles=halves, instance=ones, material=ones, uv=None)
    fine = cut(mesh, 1.2)
    # The diagonal of √2 m is cut once, at the centre, for both triangles.
    assert len(fine.vertices) == 5
    assert fine.vertices[4].tolist() == [0.5, 0.5, 0.0]
    assert len(fine.triangles) == 4


def test_vertex_colours_are_halved_with_their_edges() -> None:
    color = np.zeros((len(MESH.vertices), 4), np.uint8)
    color[::2] = 200
    fine = cut(replace(MESH, color=color), 1.0)
    assert fine.color is not None
    assert len(fine.color) == len(fine.vertices)
    assert set(np.unique(fine.color[: len(color)])) == {0, 200}


def test_only_triangles_with_a_limit_are_cut_and_each_piece_knows_what_it_was_cut_from() -> None:
    longest = np.where(MESH.instance == 1, 0.5, np.inf)
    fine, parent = tessellate(MESH, longest)
    assert edges(fine)[fine.instance == 1].max() <= 0.5
    assert np.array_equal(fine.instance, MESH.instance[parent])
    whole = np.bincount(parent)[MESH.instance != 1]
    assert whole.min() == whole.max() == 1
