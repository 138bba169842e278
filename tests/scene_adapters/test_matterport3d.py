from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scene_adapters.check import check_adapter
from scene_adapters.house import read_house
from scene_adapters.matterport3d import ADAPTER
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Instance, Lighting, Mesh, Room, Scene, make_scene
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.matterport3d import write_matterport3d
from tests.scene_adapters.same import assert_same_categories, assert_same_surface

HOME = two_rooms()


def section(root: Path, **options: str) -> Scenes:
    return Scenes(dataset="matterport3d", root=str(root), options=dict(options))


def load(root: Path, **options: str) -> Scene:
    scenes = section(root, **options)
    return ADAPTER.load(ADAPTER.list(scenes)[0], scenes)


@pytest.mark.parametrize(
    "quirks",
    [
        {},
        {"original": True},
        {"original": True, "field": "segment_id"},
        {"field": "face_segment"},
        {"field": "category_id"},
    ],
)
def test_a_home_laid_out_as_matterport3d_comes_back_the_same(quirks: dict[str, Any], tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME, **quirks)
    found = load(tmp_path)
    assert_same_surface(found, HOME)
    assert_same_categories(found, HOME)
    assert found.lighting is Lighting.UNLIT
    assert any(quirks.get("field", "object_id") in note for note in found.notes)
    assert [texture.encoded for texture in found.mesh.textures] == [HOME.mesh.textures[0].encoded]


def test_labels_of_another_mesh_go_by_the_nearest_surface(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME, subdivided=True)
    # In this home of boxes many faces touch; where they do, either label is right.
    assert_same_categories(load(tmp_path), HOME, share=0.85)


def test_rooms_and_storeys_are_those_of_the_house_file(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME)
    found = load(tmp_path)
    assert [(room.label, room.storey) for room in found.rooms] == [("living room", 0), ("bedroom", 0)]
    assert found.rooms[0].polygon == HOME.rooms[0].polygon
    assert {i.label: i.room for i in found.instances}["wardrobe"] == 2
    # The outline lies 3 cm above the floor; the storey is where the labelled floor is.
    assert len(found.storeys) == 1 and found.storeys[0].floor_z == pytest.approx(0, abs=0.011)
    assert found.storeys[0].ceiling_z == pytest.approx(2.63, abs=0.01)


def with_garden() -> Scene:
    """The home with a lawn and a tree outside, in a region of its own, and a shred 60 m away."""
    lawn = np.array([[9.2, 0, 0], [14, 0, 0], [14, 4, 0], [9.2, 4, 0], [13, 3, 0], [13.5, 3, 0], [13, 3.5, 2],
                     [60, 0, 0], [61, 0, 0], [61, 1, 2]], np.float32)  # fmt: skip
    n = len(HOME.mesh.vertices)
    extra = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [7, 8, 9]]) + n
    mesh = HOME.mesh
    wide = Mesh(
        vertices=np.concatenate([mesh.vertices, lawn]),
        triangles=np.concatenate([mesh.triangles, extra]).astype(np.int32),
        instance=np.append(mesh.instance, [17, 17, 18, 0]).astype(np.uint16),
        material=np.append(mesh.material, [0, 0, 0, 0]).astype(np.uint16),
        materials=mesh.materials,
        textures=mesh.textures,
        uv=None if mesh.uv is None else np.concatenate([mesh.uv, mesh.uv[:4]]),
        color=None,
    )
    lawn_box, tree_box = ((9.2, 0, 0), (14, 4, 0)), ((13, 3, 0), (13.5, 3.5, 2))
    instances = (
        *HOME.instances,
        Instance(17, "grass", "plant", *lawn_box, 3),
        Instance(18, "tree", "plant", *tree_box, 3),
    )
    rooms = (*HOME.rooms, Room(3, "garden", 0, ((9.2, 0), (14, 0), (14, 4), (9.2, 4))))
    return make_scene(HOME.ref, wide, instances, rooms=rooms, storeys=HOME.storeys)


def test_gardens_and_shreds_outside_are_dropped_unless_kept(tmp_path: Path) -> None:
    garden = with_garden()
    write_matterport3d(tmp_path, garden)
    # The shred is outside the box of the house as annotated.
    house = tmp_path / "17DRP5sb8fy/17DRP5sb8fy.house"
    house.write_text(house.read_text().replace("61.0000", "14.0000"))
    found = load(tmp_path)
    assert_same_surface(found, HOME)
    assert [room.label for room in found.rooms] == ["living room", "bedroom"]
    kept = load(tmp_path, outdoors="keep")
    assert len(kept.mesh.triangles) == len(HOME.mesh.triangles) + 3
    assert [room.label for room in kept.rooms][-1] == "outdoor"


def test_without_a_house_file_there_are_objects_without_names(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME)
    (tmp_path / "17DRP5sb8fy/17DRP5sb8fy.house").unlink()
    found = load(tmp_path)
    assert len(found.instances) == 16 and {i.category for i in found.instances} == {"unlabeled"}
    assert any("no .house file" in note for note in found.notes)


def test_the_labelled_mesh_alone_is_a_scene_too(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME, original=True)
    for path in (tmp_path / "17DRP5sb8fy/matterport_mesh/0123abcd").iterdir():
        path.unlink()
    found = load(tmp_path)
    assert_same_surface(found, HOME)
    assert_same_categories(found, HOME)
    assert found.mesh.color is not None


def test_the_dataset_s_own_table_goes_first(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME)
    (tmp_path / "category_mapping.tsv").write_text(
        "index\traw_category\tmpcat40index\tmpcat40\n1\ttable top\t26\tcounter\n"
    )
    found = load(tmp_path, category_table=str(tmp_path / "category_mapping.tsv"))
    assert {i.label: i.category for i in found.instances}["table top"] == "counter"


def test_both_layouts_are_listed_by_id(tmp_path: Path) -> None:
    write_matterport3d(tmp_path / "mp3d", HOME)
    write_matterport3d(tmp_path / "v1/scans", HOME, name="1LXtFkjw3qL", original=True)
    assert [(ref.name, ref.source) for ref in ADAPTER.list(section(tmp_path))] == [
        ("17DRP5sb8fy", "mp3d/17DRP5sb8fy"),
        ("1LXtFkjw3qL", "v1/scans/1LXtFkjw3qL"),
    ]


def test_a_house_file_is_read_with_its_traps(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME)
    house = read_house(tmp_path / "17DRP5sb8fy/17DRP5sb8fy.house")
    np.testing.assert_allclose(house.bounds, HOME.bounds, atol=1e-3)
    assert house.objects[16].category == -1 and house.objects[13].region == 1
    assert ("table top", "table") in {(raw, mapped) for raw, mapped, _ in house.categories.values()}
    assert house.regions[0].letter == "l" and house.regions[0].height == pytest.approx(2.6)


@pytest.mark.parametrize(
    ("content", "what"), [("ASCII 1.0\nH\n", "ASCII 1.1"), ("ASCII 1.1\nH a b\n", "not well-formed")]
)
def test_what_is_no_house_file_is_refused(content: str, what: str, tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME)
    (tmp_path / "17DRP5sb8fy/17DRP5sb8fy.house").write_text(content)
    with pytest.raises(SceneError, match=what):
        load(tmp_path)


def test_a_region_without_an_outline_has_its_box(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME)
    path = tmp_path / "17DRP5sb8fy/17DRP5sb8fy.house"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if line[0] not in "VS"))
    assert sorted(load(tmp_path).rooms[0].polygon) == [(0, 0), (0, 4), (5, 0), (5, 4)]


def test_a_number_beyond_all_measure_is_refused_by_name(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME)
    path = tmp_path / "17DRP5sb8fy/17DRP5sb8fy.house"
    path.write_text(path.read_text().replace("O 0  ", "O 0  99999999999"))
    with pytest.raises(SceneError, match=r"17DRP5sb8fy\.house"):
        load(tmp_path)


def test_a_folder_without_buildings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="matterport_mesh"):
        ADAPTER.list(section(tmp_path))


def test_the_adapter_passes_the_public_check(tmp_path: Path) -> None:
    write_matterport3d(tmp_path, HOME)
    assert check_adapter(ADAPTER, section(tmp_path)) == []
