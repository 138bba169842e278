from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scene_adapters.check import check_adapter
from scene_adapters.hm3d import ADAPTER
from schemas.errors import SceneError
from schemas.frames import world_to_habitat
from schemas.recipe import Scenes
from schemas.scenes import Lighting, Mesh, Scene, make_scene
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.glb import write_glb
from tests.scene_adapters.layouts.hm3d import write_hm3d
from tests.scene_adapters.same import assert_same_categories, assert_same_surface

HOME = two_rooms()


def section(root: Path, **options: str) -> Scenes:
    return Scenes(dataset="hm3d", root=str(root), options=dict(options))


def load(root: Path, **options: str) -> Scene:
    scenes = section(root, **options)
    return ADAPTER.load(ADAPTER.list(scenes)[0], scenes)


@pytest.mark.parametrize(
    "quirks",
    [{}, {"vertex_colors": True}, {"shuffled": True}, {"basis": True}, {"shuffled": True, "vertex_colors": True}],
)
def test_a_home_laid_out_as_hm3d_comes_back_the_same(quirks: dict[str, Any], tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME, **quirks)
    found = load(tmp_path)
    assert_same_surface(found, HOME)
    assert_same_categories(found, HOME, share=1.0)
    assert found.lighting is Lighting.UNLIT
    assert len(found.instances) == len(HOME.instances)


def test_textures_are_kept_and_basis_ones_are_explained_once(tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME)
    assert [texture.encoded for texture in load(tmp_path).mesh.textures] == [HOME.mesh.textures[0].encoded]
    write_hm3d(tmp_path / "basis", HOME, basis=True)
    found = load(tmp_path / "basis")
    assert found.mesh.textures == ()
    assert sum("basisu -unpack" in note for note in found.notes) == 1


def test_packs_may_be_unpacked_apart(tmp_path: Path) -> None:
    write_hm3d(tmp_path / "hm3d-val-glb-v0.2", HOME)
    (folder,) = tmp_path.glob("hm3d-val-glb-v0.2/val/*")
    annotations = tmp_path / "hm3d-val-semantic-annots-v0.2" / folder.name
    annotations.mkdir(parents=True)
    for path in folder.glob("*.semantic.*"):
        path.rename(annotations / path.name)
    assert_same_categories(load(tmp_path), HOME, share=1.0)


def test_annotations_of_another_building_are_not_taken(tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME)
    (folder,) = tmp_path.glob("val/*")
    (tmp_path / "val/00801-Other").mkdir()
    for path in folder.glob("*.semantic.*"):
        path.rename(tmp_path / "val/00801-Other" / path.name)
    assert load(tmp_path).instances == ()


def test_the_standard_glb_goes_before_the_basis_one(tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME, basis=True)
    write_hm3d(tmp_path, HOME)
    (ref,) = ADAPTER.list(section(tmp_path))
    assert ref.source == "val/00800-TEEsavR23oF/TEEsavR23oF.glb"


def test_labels_are_trimmed_and_regions_become_rooms(tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME)
    found = load(tmp_path)
    assert found.instances[11].label == "table top" and found.instances[10].category == "sofa"
    assert {room.label for room in found.rooms} == {"region 1", "region 2"}
    by_label = {room.label: room for room in found.rooms}
    # The hull of the floor: the living room's is x 0..5, y 0..4.
    corners = np.array(by_label["region 1"].polygon)
    np.testing.assert_allclose([corners.min(axis=0), corners.max(axis=0)], [[0, 0], [5, 4]], atol=1e-3)
    bed = next(instance for instance in found.instances if instance.category == "bed")
    assert bed.room == by_label["region 2"].id


def test_what_is_painted_black_has_no_instance(tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME, unannotated=(11,))
    found = load(tmp_path)
    assert np.count_nonzero(found.mesh.instance == 0) == 12
    assert not any(instance.category == "sofa" for instance in found.instances)
    assert any("93.8% of the triangles" in note for note in found.notes)


def test_a_building_without_annotations_loads_and_says_so(tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME)
    (tmp_path / "val/00800-TEEsavR23oF/TEEsavR23oF.semantic.txt").unlink()
    found = load(tmp_path)
    assert found.instances == () and any("not annotated" in note for note in found.notes)


def test_what_a_window_shows_of_the_street_is_dropped_unless_kept(tmp_path: Path) -> None:
    street = np.array([[40, 0, 0], [60, 0, 0], [60, 9, 3]], np.float32)
    mesh = HOME.mesh
    wide = Mesh(
        vertices=np.concatenate([mesh.vertices, street]),
        triangles=np.concatenate([mesh.triangles, [[len(mesh.vertices) + i for i in range(3)]]]).astype(np.int32),
        instance=np.append(mesh.instance, 0).astype(np.uint16),
        material=np.append(mesh.material, 0).astype(np.uint16),
        materials=mesh.materials,
        textures=mesh.textures,
        uv=None if mesh.uv is None else np.concatenate([mesh.uv, mesh.uv[:1]]),
        color=None,
    )
    write_hm3d(tmp_path, make_scene(HOME.ref, wide, HOME.instances))
    found = load(tmp_path)
    assert_same_surface(found, HOME)
    assert any("dropped 1 triangles" in note for note in found.notes)
    assert load(tmp_path, outdoors="keep").bounds[1, 0] == 60


def test_a_y_up_export_is_noticed_and_can_be_said(tmp_path: Path) -> None:
    write_glb(tmp_path / "TEEsavR23oF.glb", HOME, world_to_habitat)
    assert any("the shape disagrees" in note for note in load(tmp_path).notes)
    assert_same_surface(load(tmp_path, up="y"), HOME)


def test_scenes_are_listed_from_every_split_under_names_of_their_own(tmp_path: Path) -> None:
    for folder in ("minival/00800-TEEsavR23oF", "val/00800-TEEsavR23oF", "val/00802-wcojb4TFT35"):
        write_hm3d(tmp_path, HOME, folder=folder)
    names = [ref.name for ref in ADAPTER.list(section(tmp_path))]
    assert names == ["00802-wcojb4TFT35", "minival/00800-TEEsavR23oF", "val/00800-TEEsavR23oF"]


@pytest.mark.parametrize(
    ("content", "what"),
    [("HM3D semantics\n", "does not begin with"), ("HM3D Semantic Annotations\n1,ZZ\n", "no annotation")],
)
def test_a_text_that_is_no_annotation_is_refused(content: str, what: str, tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME)
    (tmp_path / "val/00800-TEEsavR23oF/TEEsavR23oF.semantic.txt").write_text(content)
    with pytest.raises(SceneError, match=what):
        load(tmp_path)


def test_a_painted_mesh_that_lies_elsewhere_gives_no_labels(tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME)
    away = replace(HOME, mesh=replace(HOME.mesh, vertices=HOME.mesh.vertices + np.float32(30)))
    write_hm3d(tmp_path / "away", away)
    name = "val/00800-TEEsavR23oF/TEEsavR23oF.semantic.glb"
    (tmp_path / name).write_bytes((tmp_path / "away" / name).read_bytes())
    scenes = section(tmp_path / "val")
    found = ADAPTER.load(ADAPTER.list(scenes)[0], scenes)
    assert found.instances == () and any("192 triangles lie more than 0.05 m" in note for note in found.notes)


def test_a_folder_without_buildings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"holds no \*\.glb"):
        ADAPTER.list(section(tmp_path))


def test_the_adapter_passes_the_public_check(tmp_path: Path) -> None:
    write_hm3d(tmp_path, HOME)
    assert check_adapter(ADAPTER, section(tmp_path)) == []
