from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scene_adapters.meshes import FileMesh, centred_within, checked, extent, merged, scene_mesh, transformed
from schemas.errors import SceneError
from schemas.scenes import Material, Texture

HERE = Path("a.glb")


def triangle(texture: bytes | None = None, **changes: object) -> FileMesh:
    """One triangle in a group, with or without a texture."""
    mesh = FileMesh(
        vertices=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32),
        triangles=np.array([[0, 1, 2]], np.int32),
        group=np.zeros(1, np.int32),
        groups=("thing",),
        material=np.zeros(1, np.uint16),
        materials=(Material("look", texture=None if texture is None else 0),),
        textures=() if texture is None else (Texture("image", texture),),
        uv=None if texture is None else np.ones((1, 3, 2), np.float32),
    )
    return replace(mesh, **changes)  # type: ignore[arg-type]


def test_merging_keeps_groups_apart_and_makes_equal_looks_one() -> None:
    color = np.full((3, 4), 9, np.uint8)
    mesh = merged([triangle(b"1"), triangle(b"2"), triangle(b"1"), triangle(color=color)])
    assert mesh.groups == ("thing",) * 4 and mesh.group.tolist() == [0, 1, 2, 3]
    assert [texture.encoded for texture in mesh.textures] == [b"1", b"2"]
    assert [mesh.materials[m].texture for m in mesh.material] == [0, 1, 0, None]
    assert len(mesh.materials) == 3
    assert mesh.triangles.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert mesh.uv is not None and mesh.uv[:, 0, 0].tolist() == [1, 1, 1, 0]
    assert mesh.color is not None and mesh.color[:, 0].tolist() == [255] * 9 + [9] * 3


def test_merging_one_changes_nothing() -> None:
    mesh = triangle()
    assert merged([mesh]) is mesh


def test_a_matrix_moves_the_vertices() -> None:
    matrix = np.array([[0, -2, 0, 5], [2, 0, 0, 0], [0, 0, 2, 1], [0, 0, 0, 1]], np.float64)
    np.testing.assert_allclose(transformed(triangle(), matrix).vertices, [[5, 0, 1], [5, 2, 1], [3, 0, 1]])


def test_degenerate_triangles_and_stray_vertices_are_dropped_and_counted() -> None:
    mesh = triangle(
        b"1",
        vertices=np.array([[np.nan] * 3, [0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32),
        triangles=np.array([[1, 1, 2], [1, 2, 3]], np.int32),
        group=np.array([0, 0], np.int32),
        material=np.zeros(2, np.uint16),
        uv=np.arange(12, dtype=np.float32).reshape(2, 3, 2),
        face_fields={"object_id": np.array([3, 4], np.int32)},
        color=np.array([[9] * 4, [1] * 4, [2] * 4, [3] * 4], np.uint8),
    )
    found, notes = checked(mesh, HERE)
    assert found.triangles.tolist() == [[0, 1, 2]]
    assert found.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert found.face_fields["object_id"].tolist() == [4]
    assert found.uv is not None and found.uv[0, 0].tolist() == [6, 7]
    assert found.color is not None and found.color[:, 0].tolist() == [1, 2, 3]
    assert notes == ("a.glb: dropped 1 degenerate triangles",)


def test_coordinates_beyond_all_measure_are_refused() -> None:
    with pytest.raises(SceneError, match=r"a\.glb: coordinates beyond 1e\+07"):
        checked(triangle(vertices=np.array([[0, 0, 1e20], [1, 0, 0], [0, 1, 0]], np.float32)), HERE)


def test_texture_coordinates_that_are_no_numbers_become_some() -> None:
    uv = np.array([[[np.nan, 0.5], [np.inf, 1], [0, -1e30]]], np.float32)
    mesh = triangle(b"1", uv=uv)
    found = scene_mesh(mesh, np.array([1], np.uint16)).uv
    assert found is not None and found.tolist() == [[[0, 0.5], [1e4, 1], [0, -1e4]]]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_nan_on_any_axis_is_refused(axis: int) -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    vertices[1, axis] = np.nan
    with pytest.raises(SceneError, match="NaN"):
        checked(triangle(vertices=vertices), HERE)


def test_nan_in_use_and_no_triangles_are_refused() -> None:
    broken = np.array([[0, 0, np.inf], [1, 0, 0], [0, 1, 0]], np.float32)
    with pytest.raises(SceneError, match=r"a\.glb: vertices with NaN"):
        checked(triangle(vertices=broken), HERE)
    with pytest.raises(SceneError, match=r"a\.glb: has no triangles"):
        checked(triangle(triangles=np.array([[0, 0, 1]], np.int32)), HERE)


def test_a_scene_s_mesh_has_the_dtypes_of_the_schema() -> None:
    mesh = triangle(b"1")
    found = scene_mesh(mesh, np.array([1], np.uint16))
    assert [str(values.dtype) for values in (found.vertices, found.triangles, found.instance, found.material)] == [
        "float32", "int32", "uint16", "uint16"
    ]  # fmt: skip


def test_the_extent_of_what_is_not_finite_is_none() -> None:
    vertices = np.array([[1, -2, 3], [-4, 5, 0.5]], np.float32)
    assert extent(vertices).tolist() == [[-4, -2, 0.5], [1, 5, 3]]
    for bad in (np.nan, np.inf, -np.inf):
        assert np.isnan(extent(np.array([[0, 0, 0], [0, bad, 0], [1, 1, 1]], np.float32))).all()


def test_images_of_one_length_and_ending_stay_apart_unless_they_are_equal() -> None:
    ending = bytes(100)
    mesh = merged([triangle(b"1" + ending), triangle(b"2" + ending), triangle(b"1" + ending)])
    assert [texture.encoded[:1] for texture in mesh.textures] == [b"1", b"2"]
    assert mesh.material.tolist() == [0, 1, 0]


def test_triangles_are_centred_within_an_open_box() -> None:
    vertices = np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0], [9, 9, 0]], np.float32)
    triangles = np.array([[0, 1, 2], [1, 2, 3]], np.int32)
    low, high = np.zeros(3) - np.array([0, 0, 1]), np.full(3, 2.0)
    assert centred_within(vertices, triangles, low, high).tolist() == [True, False]
    assert centred_within(vertices, triangles, low, np.array([1.0, 2.0, 2.0])).tolist() == [False, False]
