from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scene_adapters.check import check_adapter
from scene_adapters.files import ADAPTER
from schemas.arrays import Float64
from schemas.errors import RecipeError, SceneError
from schemas.frames import world_to_habitat
from schemas.recipe import Scenes
from schemas.scenes import Lighting, LightKind, Scene
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.glb import write_glb
from tests.scene_adapters.layouts.obj import write_obj
from tests.scene_adapters.layouts.ply import write_ply
from tests.scene_adapters.same import assert_same_categories, assert_same_surface

HOME = two_rooms()


def z_up(vertices: Float64) -> Float64:
    return vertices


def section(root: Path, **options: str) -> Scenes:
    return Scenes(dataset="files", root=str(root), options=dict(options))


def load_only(root: Path, **options: str) -> Scene:
    scenes = section(root, **options)
    (ref,) = ADAPTER.list(scenes)
    return ADAPTER.load(ref, scenes)


@pytest.mark.parametrize("write", [write_glb, write_obj])
@pytest.mark.parametrize("to_file", [world_to_habitat, z_up])
def test_a_home_written_as_a_file_comes_back_the_same(
    write: Callable[..., None], to_file: Callable[[Float64], Float64], tmp_path: Path
) -> None:
    write(tmp_path / ("home.glb" if write is write_glb else "home.obj"), HOME, to_file)
    found = load_only(tmp_path)
    assert_same_surface(found, HOME)
    assert_same_categories(found, HOME)
    assert found.lighting is Lighting.LIT
    assert len(found.instances) == len(HOME.instances)


@pytest.mark.parametrize("write", [write_glb, write_obj])
def test_textures_keep_their_bytes_and_their_place(write: Callable[..., None], tmp_path: Path) -> None:
    write(tmp_path / ("home.glb" if write is write_glb else "home.obj"), HOME)
    found = load_only(tmp_path)
    assert [texture.encoded for texture in found.mesh.textures] == [HOME.mesh.textures[0].encoded]
    assert found.mesh.uv is not None and HOME.mesh.uv is not None
    where = {
        tuple(np.round(corner, 3)): uv
        for triangle, uvs in zip(HOME.mesh.triangles[:24], HOME.mesh.uv[:24], strict=True)
        for corner, uv in zip(HOME.mesh.vertices[triangle], uvs, strict=True)
        if corner[2] == 0
    }
    textured = np.array([material.texture is not None for material in found.mesh.materials])[found.mesh.material]
    checked = 0
    for triangle, uvs in zip(found.mesh.triangles[textured], found.mesh.uv[textured], strict=True):
        corners = found.mesh.vertices[triangle]
        if np.abs(corners[:, 2]).max() < 1e-4:
            for corner, uv in zip(corners, uvs, strict=True):
                np.testing.assert_allclose(uv, where[tuple(np.round(corner, 3) + 0.0)], atol=1e-5)
                checked += 1
    assert checked == 12


@pytest.mark.parametrize(("unit", "scale"), [("cm", 100.0), ("mm", 1000.0)])
def test_the_unit_is_found_from_the_height(unit: str, scale: float, tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME, lambda vertices: world_to_habitat(vertices) * scale)
    found = load_only(tmp_path)
    assert_same_surface(found, HOME)
    assert any(f"unit {unit}" in note for note in found.notes)


def test_what_the_options_say_is_not_second_guessed_but_noted(tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME, z_up)
    found = load_only(tmp_path, up="y", unit="m")
    assert found.bounds[1, 2] - found.bounds[0, 2] == pytest.approx(4.2, abs=1e-3)
    assert any("the shape says z" in note for note in found.notes)


def test_inches_can_be_given(tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME, lambda vertices: world_to_habitat(vertices) / 0.0254)
    assert_same_surface(load_only(tmp_path, unit="in"), HOME)


def test_a_coloured_scan_is_unlit_and_keeps_its_colours(tmp_path: Path) -> None:
    color = np.arange(len(HOME.mesh.vertices) * 3, dtype=np.int64).reshape(-1, 3) % 251
    write_ply(tmp_path / "scan.ply", HOME.mesh.vertices, HOME.mesh.triangles, color)
    found = load_only(tmp_path)
    assert found.lighting is Lighting.UNLIT and found.lights == ()
    assert found.mesh.color is not None
    np.testing.assert_array_equal(found.mesh.color[:, :3], color)
    assert found.instances[0].category == "unlabeled"


def test_a_lit_file_without_lamps_gets_one_for_about_16_m2_under_each_ceiling(tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME)
    lights = load_only(tmp_path).lights
    assert 2 <= len(lights) <= 6
    assert all(light.kind is LightKind.AREA and light.direction == (0, 0, -1) for light in lights)
    assert all(2.3 < light.position[2] < 2.6 for light in lights)
    assert sum(light.power for light in lights) == pytest.approx(36 * 6, rel=0.25)


def test_lighting_can_be_given(tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME)
    found = load_only(tmp_path, lighting="unlit")
    assert found.lighting is Lighting.UNLIT and found.lights == ()


def test_a_file_that_says_unlit_is_unlit(tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME, unlit=True)
    assert load_only(tmp_path).lighting is Lighting.UNLIT


def test_parts_below_a_named_thing_belong_to_it(tmp_path: Path) -> None:
    names = {number: f"sofa/leg {number}" if number in (11, 14) else f"part {number}" for number in range(1, 17)}
    write_obj(tmp_path / "home.obj", HOME, name_of=names.__getitem__)
    found = load_only(tmp_path)
    # "/" cannot be in an OBJ name, so it comes as sofa_leg: a leg of a sofa is still no category of its own.
    assert {instance.category for instance in found.instances} == {"sofa", "unlabeled"}
    assert any("without a category" in note and "part 1" in note for note in found.notes)


def test_every_file_of_a_folder_is_a_scene_by_its_relative_path(tmp_path: Path) -> None:
    for name in ("b.glb", "flats/a.glb", "flats/a.obj", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [ref.name for ref in ADAPTER.list(section(tmp_path))] == ["b", "flats/a.glb", "flats/a.obj"]
    one = ADAPTER.list(section(tmp_path / "b.glb", licence="CC-BY-4.0"))
    assert [(ref.name, ref.source, ref.licence) for ref in one] == [("b", "b.glb", "CC-BY-4.0")]


def test_a_folder_without_meshes_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"holds no \.glb"):
        ADAPTER.list(section(tmp_path))
    with pytest.raises(SceneError, match="does not exist"):
        ADAPTER.list(section(tmp_path / "nowhere"))
    with pytest.raises(SceneError, match="give the dataset's folder as root"):
        ADAPTER.list(Scenes(dataset="files"))


def test_a_wrong_option_is_answered_with_the_closest_right_one(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="did you mean 'up'"):
        ADAPTER.list(section(tmp_path, upp="z"))
    with pytest.raises(RecipeError, match="did you mean 'cm'"):
        ADAPTER.list(section(tmp_path, unit="cms"))


@pytest.mark.parametrize(("scale", "what"), [(0.1, "less than 1.5 m"), (100.0, "more than 500 m")])
def test_absurd_sizes_are_refused(scale: float, what: str, tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME, lambda vertices: world_to_habitat(vertices) * scale)
    with pytest.raises(SceneError, match=what):
        load_only(tmp_path, unit="m")


def test_a_tower_is_refused(tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME, lambda vertices: world_to_habitat(vertices * np.array([1, 1, 20])))
    with pytest.raises(SceneError, match="40 m high"):
        load_only(tmp_path, up="y", unit="m")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.glb", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        ("a.ply", b"<!DOCTYPE html><html><title>Sign in</title></html>", "web page"),
        ("a.obj", b"", "is empty"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "has no triangles"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 1 2\n", "has no triangles"),
        ("a.obj", b"v 0 0 0\nv 9 0 0\nv 0 nan 3\nf 1 2 3\n", "NaN or infinity"),
        ("a.obj", b"v 0 0 0\nv 9 0 0\nv 0 9 3\nf 1 2 7\n", "not well-formed OBJ"),
        ("a.glb", b"PK\x03\x04 a zip by mistake", "does not begin with 'glTF'"),
        ("a.ply", b"solid not a ply", "does not begin with 'ply'"),
        ("a.stl", b"\0" * 90, "truncated"),
    ],
)
def test_what_is_no_scene_is_refused_by_name_with_what_to_do(
    name: str, content: bytes, what: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SceneError, match=what) as caught:
        load_only(tmp_path)
    assert name in str(caught.value)


def test_the_adapter_passes_its_own_check(tmp_path: Path) -> None:
    write_glb(tmp_path / "home.glb", HOME)
    write_obj(tmp_path / "flat/home.obj", HOME)
    assert check_adapter(ADAPTER, section(tmp_path)) == []


def test_the_same_content_has_the_same_digest_wherever_it_lies(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_obj(tmp_path / folder / "home.obj", HOME)
    assert load_only(tmp_path / "one").digest == load_only(tmp_path / "two").digest
