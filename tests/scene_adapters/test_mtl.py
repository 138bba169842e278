from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from scene_adapters.mtl import Library, read_library
from scene_adapters.paths import Root
from schemas.errors import SceneError

PICTURE = cv2.imencode(".png", np.full((4, 4, 3), 9, np.uint8))[1].tobytes()


def read(folder: Path, text: str, skip: bool = False) -> Library:
    (folder / "a.mtl").write_text(text)
    return read_library(folder / "a.obj", Root(folder, skip), ["a.mtl", "a.mtl"])


def test_numbers_become_a_physical_material(tmp_path: Path) -> None:
    text = "newmtl chrome\nKd 0.5 0.5 0.5\nPr 0.1\nPm 1\nKe 0 2 0\nnewmtl glass\nTr 0.9\nNs 998\n"
    chrome, glass, default = read(tmp_path, text).materials
    assert chrome.base_color[0] == pytest.approx(0.214, abs=1e-3)
    assert (chrome.roughness, chrome.metallic, chrome.emission) == (0.1, 1.0, (0, 2, 0))
    assert glass.transmission == pytest.approx(0.9) and glass.roughness == pytest.approx(0.05, abs=0.01)
    assert default.name == "default"


@pytest.mark.parametrize(
    "statement", ["map_Kd wood grain.png", "map_Kd -s 2 2 1 -clamp on wood grain.png", "map_Ka wood grain.png"]
)
def test_a_picture_is_found_behind_its_options(statement: str, tmp_path: Path) -> None:
    (tmp_path / "wood grain.png").write_bytes(PICTURE)
    library = read(tmp_path, f"newmtl a\n{statement}\n")
    assert library.materials[0].texture == 0 and library.textures[0].encoded == PICTURE


def test_a_picture_that_cannot_be_decoded_leaves_the_colour_and_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (tmp_path / "b.png").write_bytes(PICTURE)
    library = read(tmp_path, "newmtl a\nKd 1 0 0\nmap_Kd a.png\nnewmtl b\nmap_Kd b.png\n")
    assert [m.texture for m in library.materials] == [None, 0, None] and library.materials[0].base_color == (1, 0, 0)
    assert any("truncated" in note for note in library.notes)


@pytest.mark.parametrize("line", ["Kd a b c", "Kd 1", "Kd nan 0 0", "Ns inf", "d x", "map_Kd", "map_Kd -s 1 1 1"])
def test_statements_that_say_nothing_leave_the_defaults(line: str, tmp_path: Path) -> None:
    material = read(tmp_path, f"newmtl a\n{line}\n").materials[0]
    assert material.texture is None and material.transmission == 0
    assert all(0 <= value <= 1 for value in (*material.base_color, material.roughness))


def test_statements_before_any_material_are_left_out(tmp_path: Path) -> None:
    assert len(read(tmp_path, "Kd 1 1 1\n# newmtl b\n").materials) == 1


def test_a_missing_library_is_refused_or_skipped(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"b\.mtl"):
        read_library(tmp_path / "a.obj", Root(tmp_path), ["b.mtl"])
    assert read_library(tmp_path / "a.obj", Root(tmp_path, True), ["b.mtl"]).notes == (
        "a.obj: material library b.mtl is missing",
    )
