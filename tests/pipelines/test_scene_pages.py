"""What `navfoundry scenes` says: options as typed, facts of a known flat, problems by name."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh

from pipelines.scene_pages import check_text, describe, list_text, section, show_text
from schemas.errors import RecipeError, SceneError
from tests.walks import scene


def test_options_are_read_as_the_types_they_look_like() -> None:
    read = section("files", "/data", ["a=true", "b=false", "c=3", "d=2.5", "e=1e3", "f=-4", "g=True", "h=two"], ["x*"])
    assert read.options == {"a": True, "b": False, "c": 3, "d": 2.5, "e": 1000.0, "f": -4, "g": "True", "h": "two"}
    # 1 == True, so equality is not enough: a count must not become a flag.
    assert [type(value) for value in read.options.values()] == [bool, bool, int, float, float, int, str, str]
    assert (read.dataset, read.root, read.select) == ("files", "/data", ("x*",))


def test_only_the_first_equals_sign_of_an_option_parts_it() -> None:
    assert section("files", None, ["pattern=a=b"], []).options == {"pattern": "a=b"}
    assert section("files", None, ["empty="], []).options == {"empty": ""}


@pytest.mark.parametrize("option", ["count", "=3", "", "="])
def test_an_option_without_a_key_or_a_value_is_told(option: str) -> None:
    with pytest.raises(RecipeError, match=r"write KEY=VALUE, e\.g\. --option count=3"):
        section("procedural", None, [option], [])


def test_a_list_has_a_line_a_scene_and_their_number() -> None:
    lines = list_text(
        "procedural", None, ["first_seed=4", "count=3", "kind=small"], ["*4_small", "*6_small"]
    ).splitlines()
    assert [line.split() for line in lines] == [
        ["home_000004_small", "CC0-1.0", "small:4"],
        ["home_000006_small", "CC0-1.0", "small:6"],
        ["2", "scenes", "in", "procedural"],
    ]


@cache
def facts() -> dict[str, str]:
    """What `describe` says of the two rooms, by its first word."""
    lines = describe(scene()).splitlines()
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if not line.startswith(("storey", "room"))}


def test_the_size_of_a_flat_is_told_in_metres() -> None:
    # 9 × 4 m between walls of 0.1 m; from the underside of the floor to the top of the ceiling.
    assert facts()["bounds"] == "9.20 × 4.20 × 2.80 m, z -0.10 … 2.70"


def test_the_mesh_and_its_looks_are_counted() -> None:
    # 16 boxes of twelve triangles.
    assert facts()["triangles"] == "192 (100.0% with an instance)"
    assert facts()["looks"] == "6 materials, 1 textures, lit, 2 lights"


def test_instances_without_a_known_category_are_not_counted_as_labelled() -> None:
    assert facts()["instances"] == "16, 16 labelled, 9 of the mpcat40 categories"
    assert facts()["categories"].startswith("wall 7, floor 2, ")
    instances = (
        replace(scene().instances[0], category="unlabeled"),
        replace(scene().instances[1], category="void"),
        *scene().instances[2:],
    )
    text = describe(replace(scene(), instances=instances))
    assert "instances    16, 14 labelled, 8 of the mpcat40 categories" in text
    assert "unlabeled" not in text
    assert "floor" not in text.split("categories   ")[1].splitlines()[0]


def test_triangles_without_an_instance_lower_the_share() -> None:
    made = scene()
    instance = made.mesh.instance.copy()
    instance[:48] = 0
    text = describe(replace(made, mesh=replace(made.mesh, instance=instance)))
    assert "192 (75.0% with an instance)" in text


def test_storeys_rooms_and_notes_have_a_line_each() -> None:
    lines = describe(replace(scene(), notes=("two walls overlap", "no windows"))).splitlines()
    assert "storey 0     floor 0.00 m, ceiling 2.60 m" in lines
    assert "room 1       living room (storey 0)" in lines
    assert lines[-2:] == ["note         two walls overlap", "note         no windows"]
    assert f"digest       {scene().digest}" in lines
    assert lines[0] == "scene        handmade/two_rooms (CC0-1.0)"


@pytest.mark.parametrize(
    ("name", "said"),
    [("home_000001", "did you mean 'home_000001_small'"), ("zzz", "see `navfoundry scenes list procedural`")],
)
def test_a_scene_that_is_not_there_is_told_with_the_closest_or_the_list(name: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        show_text("procedural", name, None, ["count=2", "kind=small"], None)


@pytest.fixture
def meshes(tmp_path: Path) -> Path:
    """A folder with a box of 4 × 3 × 2.5 m as good.glb."""
    folder = tmp_path / "meshes"
    folder.mkdir()
    trimesh.creation.box(bounds=[[0, 0, 0], [4, 3, 2.5]]).export(folder / "good.glb")
    return folder


OPTIONS = ["up=z", "unit=m"]


def test_a_scene_is_shown_with_its_picture(meshes: Path, tmp_path: Path) -> None:
    picture = tmp_path / "top.png"
    text = show_text("files", "good", str(meshes), OPTIONS, picture)
    assert "bounds       4.00 × 3.00 × 2.50 m" in text
    assert text.endswith(f"picture      {picture}")
    drawn = np.asarray(cv2.imread(str(picture)))
    assert drawn.shape == (900, 1200, 3)


def test_a_picture_that_cannot_be_written_is_told(meshes: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"--picture .*cannot be written"):
        show_text("files", "good", str(meshes), OPTIONS, tmp_path / "nowhere" / "top.png")


def test_a_picture_of_no_known_kind_is_told(meshes: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"--picture .*give a \.png"):
        show_text("files", "good", str(meshes), OPTIONS, tmp_path / "top.picture")


def test_a_mesh_without_a_floor_is_described_but_cannot_be_drawn(meshes: Path, tmp_path: Path) -> None:
    corners = [[0, 0, 0], [4, 0, 0], [4, 0, 2.5], [0, 0, 2.5]]
    trimesh.Trimesh(corners, [[0, 1, 2], [0, 2, 3]]).export(meshes / "wall.glb")
    assert "storey" not in show_text("files", "wall", str(meshes), OPTIONS, None)
    with pytest.raises(SceneError, match="files/wall: no storey found.*check its up axis"):
        show_text("files", "wall", str(meshes), OPTIONS, tmp_path / "top.png")


def test_a_check_goes_on_after_a_broken_scene_and_fails_at_the_end(meshes: Path) -> None:
    (meshes / "broken.glb").write_bytes(b"<!DOCTYPE html><html>please log in</html>")
    text, sound = check_text("files", str(meshes), OPTIONS, [])
    broken, good = text.splitlines()
    assert not sound
    assert broken.startswith("broken: ") and "broken.glb" in broken
    assert good == "good: sound"


def test_a_check_of_sound_scenes_is_sound(meshes: Path) -> None:
    assert check_text("files", str(meshes), OPTIONS, []) == ("good: sound", True)
