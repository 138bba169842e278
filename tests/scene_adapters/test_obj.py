from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scene_adapters.meshes import FileMesh
from scene_adapters.obj import _number, read_obj
from scene_adapters.paths import Root
from schemas.errors import SceneError

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"


def read(folder: Path, text: str | bytes, **root: Any) -> FileMesh:
    path = folder / "a.obj"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_obj(path, Root(folder, **root))


def textured(folder: Path, mtl: str, name: str = "a picture.png") -> None:
    (folder / "a.mtl").write_text(mtl)
    (folder / name).write_bytes(cv2.imencode(".png", np.full((4, 4, 3), 128, np.uint8))[1].tobytes())


@pytest.mark.parametrize(
    "face", ["f 1 2 3 4", "f 1/1 2/2 3/3 4/4", "f 1//1 2//1 3//1 4//1", "f 1/1/1 2/2/1 3/3/1 4/4/1", "f -4 -3 -2 -1",
             "f 1 2 3\nf 1 3 4", "f 1 2 \\\n 3 4", "\tf  1   2 3\t4  \r", "f -4/-4 -3/-3 -2/-2 -1/-1"]
)  # fmt: skip
def test_faces_are_read_however_they_are_written(face: str, tmp_path: Path) -> None:
    mesh = read(tmp_path, SQUARE + face)
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
    np.testing.assert_array_equal(mesh.vertices, [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])


def test_the_order_of_faces_is_kept_and_each_triangle_knows_its_face(tmp_path: Path) -> None:
    mesh = read(tmp_path, SQUARE + "f 1 2 3\nf 1 2 3 4\nf 4 3 2\n")
    assert mesh.face_fields["face"].tolist() == [0, 1, 1, 2]
    assert mesh.triangles[3].tolist() == [3, 2, 1]


def test_objects_and_groups_name_the_faces_that_follow(tmp_path: Path) -> None:
    text = SQUARE + "f 1 2 3\no sofa\nf 1 2 4\ng legs\nf 2 3 4\ng\nf 1 3 4\no bed / big\nf 1 2 3\n"
    mesh = read(tmp_path, text)
    assert [mesh.groups[group] for group in mesh.group] == ["", "sofa", "sofa/legs", "sofa", "bed _ big"]


def test_materials_and_texture_coordinates_are_read(tmp_path: Path) -> None:
    textured(tmp_path, "newmtl wood\nKd 1 1 1\nmap_Kd -s 1 1 1 a picture.png\nNs 0\nnewmtl red\nKd 1 0 0\nd 0.25\n")
    text = "mtllib a.mtl\n" + SQUARE + "usemtl wood\nf 1/1 2/2 3/3\nusemtl red\nf 1 3 4\nusemtl absent\nf 1 2 4\n"
    mesh = read(tmp_path, text)
    assert [mesh.materials[number].name for number in mesh.material] == ["wood", "red", "default"]
    assert mesh.materials[0].texture == 0 and mesh.materials[0].roughness == 1
    assert mesh.materials[1].base_color == (1, 0, 0) and mesh.materials[1].transmission == 0.75
    assert mesh.uv is not None
    assert mesh.uv.tolist() == [[[0, 0], [1, 0], [1, 1]], [[0, 0]] * 3, [[0, 0]] * 3]


def test_one_picture_of_several_materials_is_kept_once(tmp_path: Path) -> None:
    textured(tmp_path, "newmtl a\nmap_Kd a picture.png\nnewmtl b\nmap_Kd a picture.png\n")
    mesh = read(tmp_path, "mtllib a.mtl\n" + SQUARE + "usemtl b\nf 1 2 3\n")
    assert len(mesh.textures) == 1 and [m.texture for m in mesh.materials] == [0, 0, None]


def test_a_black_diffuse_colour_does_not_hide_a_picture(tmp_path: Path) -> None:
    textured(tmp_path, "newmtl a\nKd 0 0 0\nmap_Kd a picture.png\n")
    assert read(tmp_path, "mtllib a.mtl\n" + SQUARE + "usemtl a\nf 1 2 3\n").materials[0].base_color == (1, 1, 1)


@pytest.mark.parametrize("missing", ["a.mtl", "a picture.png"])
def test_what_is_missing_is_refused_by_name_or_skipped_with_a_note(missing: str, tmp_path: Path) -> None:
    textured(tmp_path, "newmtl a\nmap_Kd a picture.png\n")
    (tmp_path / missing).unlink()
    text = "mtllib a.mtl\n" + SQUARE + "usemtl a\nf 1 2 3\n"
    with pytest.raises(SceneError, match=missing):
        read(tmp_path, text)
    mesh = read(tmp_path, text, skip_missing=True)
    assert mesh.textures == () and any(missing in note and "missing" in note for note in mesh.notes)


@pytest.mark.parametrize("name", ["../a.mtl", "/etc/passwd", "C:\\a.mtl"])
def test_a_library_or_picture_outside_the_root_is_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "a.mtl").write_text("newmtl a\n")
    with pytest.raises(SceneError, match="leads out|absolute"):
        read(folder, f"mtllib {name}\n" + SQUARE + "f 1 2 3\n")
    (folder / "b.mtl").write_text(f"newmtl a\nmap_Kd {name}\n")
    with pytest.raises(SceneError, match="leads out|absolute"):
        read(folder, "mtllib b.mtl\n" + SQUARE + "f 1 2 3\n")


@pytest.mark.parametrize("scale", [1, 255])
def test_vertex_colours_follow_the_coordinates(scale: int, tmp_path: Path) -> None:
    rows = [f"v {x} {y} 0 {scale} {0.2 * scale} 0" for x, y in ((0, 0), (1, 0), (0, 1))]
    mesh = read(tmp_path, "\n".join(rows) + "\nf 1 2 3\n")
    assert mesh.color is not None and mesh.color.tolist() == [[255, 51, 0, 255]] * 3


def test_without_colours_there_are_none(tmp_path: Path) -> None:
    assert read(tmp_path, SQUARE + "f 1 2 3\n").color is None


@pytest.mark.parametrize(
    "face", ["f 1 2 9", "f 0 1 2", "f 1 2 -9", "f 1/9 2/9 3/9", "f a b c", "f 99999999999999999999 1 2"]
)
def test_a_face_of_vertices_that_are_not_there_is_refused(face: str, tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"a\.obj"):
        read(tmp_path, SQUARE + face)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_are_read_as_python_reads_them(value: float) -> None:
    for text in (f"{value}", f"{value:.6f}", f"{value:+.3e}"):
        found, end = _number(np.frombuffer(text.encode(), np.uint8), 0)
        assert end == len(text)
        assert found == pytest.approx(float(text), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_where_blocks_of_the_file_end_changes_nothing(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "o one\n" + SQUARE + "f 1/1 2/2 \\\n 3/3 4/4\r\no two\\\r\n halves\nf -4 -3 -2\nv 2 0 0 1 0 0\nf 1 2 5"
    whole = read(tmp_path, text)
    monkeypatch.setattr("scene_adapters.obj._BLOCK_BYTES", size)
    found = read(tmp_path, text)
    assert found.groups == whole.groups == ("", "one", "two    halves")
    for one, other in zip(astuple(found), astuple(whole), strict=True):
        np.testing.assert_equal(one, other)


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scene_adapters.obj._LONGEST_LINE", 100)
    monkeypatch.setattr("scene_adapters.obj._BLOCK_BYTES", 50)
    with pytest.raises(SceneError, match="a line of more than 100 bytes"):
        read(tmp_path, SQUARE + "f 1 2 3\n" + "f" * 400)
