from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from scene_adapters.meshes import FileMesh
from scene_adapters.paths import Root
from scene_adapters.ply import read_ply
from schemas.errors import SceneError
from tests.scene_adapters.layouts.ply import write_ply

POINTS = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0], [5, 5, 5]], np.float32)
HEADER = "ply\nformat ascii 1.0\nelement vertex 5\nproperty float x\nproperty float y\nproperty float z\n"
ROWS = "\n".join(" ".join(str(value) for value in row) for row in POINTS) + "\n"


def read(path: Path, **root: Any) -> FileMesh:
    return read_ply(path, Root(path.parent, **root))


@pytest.mark.parametrize("order", ["<", ">"])
def test_triangles_come_with_colours_and_fields_in_either_byte_order(order: str, tmp_path: Path) -> None:
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    color = np.arange(15).reshape(5, 3)
    fields = {"object_id": np.array([7, -1])}
    write_ply(tmp_path / "a.ply", POINTS, triangles, color, fields, normals=True, order=order)
    mesh = read(tmp_path / "a.ply")
    np.testing.assert_array_equal(mesh.vertices, POINTS)
    np.testing.assert_array_equal(mesh.triangles, triangles)
    assert mesh.color is not None
    np.testing.assert_array_equal(mesh.color[:, :3], color)
    assert mesh.face_fields["object_id"].tolist() == [7, -1]


def test_a_quad_is_cut_along_its_shorter_diagonal_and_its_fields_repeat(tmp_path: Path) -> None:
    kite = np.array([[0, 0, 0], [3, -1, 0], [9, 0, 0], [3, 1, 0]], np.float32)
    write_ply(
        tmp_path / "a.ply", kite, np.array([[0, 1, 2, 3], [1, 2, 3, 0]]), face_fields={"object_id": np.array([4, 5])}
    )
    mesh = read(tmp_path / "a.ply")
    # 1–3 is 2 m long, 0–2 is 9 m: both quads are cut from 1 to 3.
    assert [sorted(t) for t in mesh.triangles.tolist()] == [[1, 2, 3], [0, 1, 3], [1, 2, 3], [0, 1, 3]]
    assert mesh.face_fields["object_id"].tolist() == [4, 4, 5, 5]
    assert mesh.face_fields["face"].tolist() == [0, 0, 1, 1]


def test_text_with_polygons_of_any_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_text(
        HEADER + "element face 3\nproperty list uchar int vertex_index\nproperty int segment_id\nend_header\n"
        + ROWS + "3 0 1 2 8\n5 0 1 2 3 4 9\n4 0 1 2 3 -1\n"
    )  # fmt: skip
    mesh = read(tmp_path / "a.ply")
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 1, 2], [0, 2, 3]]
    assert mesh.face_fields["segment_id"].tolist() == [8, 9, 9, 9, -1, -1]


@pytest.mark.parametrize("order", ["<", ">"])
def test_binary_polygons_of_any_size_are_read(order: str, tmp_path: Path) -> None:
    faces = [(0, 1, 2), (0, 1, 2, 3, 4), (2, 3, 4)]
    header = HEADER.replace("ascii", "binary_little_endian" if order == "<" else "binary_big_endian")
    header += "element face 3\nproperty short part\nproperty list ushort uint vertex_indices\nend_header\n"
    body = POINTS.astype(f"{order}f4").tobytes()
    for number, face in enumerate(faces):
        body += np.array([number - 1, len(face)], f"{order}i2").tobytes() + np.array(face, f"{order}u4").tobytes()
    (tmp_path / "a.ply").write_bytes(header.encode() + body)
    mesh = read(tmp_path / "a.ply")
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 1, 2], [0, 2, 3], [0, 3, 4], [2, 3, 4]]
    assert mesh.face_fields["part"].tolist() == [-1, 0, 0, 0, 1]


def test_pictures_named_in_comments_are_used_with_coordinates_a_face(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes())
    text = HEADER.replace("element vertex", "comment TextureFile a.png\nelement vertex")
    text += "element face 1\nproperty list uchar int vertex_index\nproperty list uchar float texcoord\nend_header\n"
    (tmp_path / "a.ply").write_text(text + ROWS + "3 0 1 2 6 0 0 1 0 1 1\n")
    mesh = read(tmp_path / "a.ply")
    assert mesh.uv is not None and mesh.uv.tolist() == [[[0, 0], [1, 0], [1, 1]]]
    assert mesh.materials[0].texture == 0
    (tmp_path / "a.png").unlink()
    with pytest.raises(SceneError, match=r"a\.png"):
        read(tmp_path / "a.ply")
    assert read(tmp_path / "a.ply", skip_missing=True).textures == ()


def test_a_point_cloud_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_text(HEADER + "end_header\n" + ROWS)
    with pytest.raises(SceneError, match="only points"):
        read(tmp_path / "a.ply")


@pytest.mark.parametrize("cut", [1, 20, 60, 150])
def test_a_truncated_file_is_refused(cut: int, tmp_path: Path) -> None:
    write_ply(tmp_path / "a.ply", POINTS, np.array([[0, 1, 2], [0, 2, 3]]))
    content = (tmp_path / "a.ply").read_bytes()
    (tmp_path / "a.ply").write_bytes(content[:-cut])
    with pytest.raises(SceneError, match=r"a\.ply"):
        read(tmp_path / "a.ply")


@pytest.mark.parametrize("faces", [[[0, 1, 9]], [[0, 1, -1]]])
def test_a_face_of_vertices_that_are_not_there_is_refused(faces: list[list[int]], tmp_path: Path) -> None:
    write_ply(tmp_path / "a.ply", POINTS, np.array(faces))
    with pytest.raises(SceneError, match="not well-formed PLY"):
        read(tmp_path / "a.ply")


def test_a_header_that_promises_more_than_there_is_asks_for_no_memory(tmp_path: Path) -> None:
    write_ply(tmp_path / "a.ply", POINTS, np.array([[0, 1, 2]]))
    content = (tmp_path / "a.ply").read_bytes()
    for old, new in ((b"vertex 5", b"vertex 5000000000"), (b"face 1", b"face 9000000000"), (b"vertex 5", b"vertex -5")):
        (tmp_path / "a.ply").write_bytes(content.replace(old, new))
        with pytest.raises(SceneError, match=r"a\.ply"):
            read(tmp_path / "a.ply")
