from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scene_adapters.check import check_adapter
from scene_adapters.instances import with_boxes
from scene_adapters.labels import Labels
from scene_adapters.replica import ADAPTER
from schemas.errors import RecipeError, SceneError
from schemas.recipe import Scenes
from schemas.scenes import Lighting, Scene, make_scene
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.replica import write_replica
from tests.scene_adapters.same import assert_same_categories, assert_same_surface, shared_labels


def sunk(scene: Scene) -> Scene:
    """With the floor below zero, as in all of Replica."""
    mesh = replace(scene.mesh, vertices=scene.mesh.vertices - np.array([0, 0, 1.49], np.float32))
    return make_scene(scene.ref, mesh, with_boxes(scene.instances, mesh))


HOME = sunk(two_rooms())
CLASSES = [
    "backpack", "base-cabinet", "basket", "bathtub", "beam", "beanbag", "bed", "bench", "bike", "bin", "blanket",
    "blinds", "book", "bottle", "box", "bowl", "camera", "cabinet", "candle", "chair", "chopping-board", "clock",
    "cloth", "clothing", "coaster", "comforter", "computer-keyboard", "cup", "cushion", "curtain", "ceiling",
    "cooktop", "countertop", "desk", "desk-organizer", "desktop-computer", "door", "exercise-ball", "faucet",
    "floor", "handbag", "hair-dryer", "handrail", "indoor-plant", "knife-block", "kitchen-utensil", "lamp",
    "laptop", "major-appliance", "mat", "microwave", "monitor", "mouse", "nightstand", "pan", "panel",
    "paper-towel", "phone", "picture", "pillar", "pillow", "pipe", "plant-stand", "plate", "pot", "rack",
    "refrigerator", "remote-control", "scarf", "sculpture", "shelf", "shoe", "shower-stall", "sink",
    "small-appliance", "sofa", "stair", "stool", "switch", "table", "table-runner", "tablet", "tissue-paper",
    "toilet", "toothbrush", "towel", "tv-screen", "tv-stand", "umbrella", "utensil-holder", "vase", "vent", "wall",
    "wall-cabinet", "wall-plug", "wardrobe", "window", "rug", "logo", "bag", "set-of-clothing",
]  # fmt: skip


def section(root: Path, **options: str) -> Scenes:
    return Scenes(dataset="replica", root=str(root), options=dict(options))


def load(root: Path, name: str = "room_0", **options: str) -> Scene:
    scenes = section(root, **options)
    (ref,) = [ref for ref in ADAPTER.list(scenes) if ref.name == name]
    return ADAPTER.load(ref, scenes)


def test_a_home_laid_out_as_replica_comes_back_the_same(tmp_path: Path) -> None:
    color = np.arange(len(HOME.mesh.vertices) * 3).reshape(-1, 3) % 256
    write_replica(tmp_path, HOME, "room_0", color=color)
    found = load(tmp_path)
    assert_same_surface(found, HOME)
    assert_same_categories(found, HOME)
    labels = [i.label.replace("-", " ") for i in found.instances]
    assert shared_labels(found, HOME, labels, [i.label for i in HOME.instances]) == 1
    assert found.mesh.color is not None
    np.testing.assert_array_equal(found.mesh.color[:, :3], color)
    assert found.lighting is Lighting.UNLIT
    assert not any("boxes" in note for note in found.notes)


def test_objects_that_nobody_labelled_stay_objects_without_a_category(tmp_path: Path) -> None:
    write_replica(tmp_path, HOME, "room_0", unlabelled=(12, 13))
    found = load(tmp_path)
    assert len(found.instances) == len(HOME.instances)
    assert [i.category for i in found.instances[11:13]] == ["unlabeled", "unlabeled"]
    assert found.instances[11].label == "undefined"


@pytest.mark.parametrize("label", CLASSES)
def test_every_class_of_the_dataset_has_a_category(label: str) -> None:
    assert Labels().category(label) != "unlabeled"


def test_boxes_in_another_frame_are_noticed(tmp_path: Path) -> None:
    write_replica(tmp_path, HOME, "room_0")
    path = tmp_path / "room_0/habitat/info_semantic.json"
    info = json.loads(path.read_text())
    for entry in info["objects"]:
        entry["oriented_bbox"]["orientation"]["translation"] = [40, 0, 0]
    path.write_text(json.dumps(info))
    assert any("15 of 15 listed boxes" in note for note in load(tmp_path).notes)


def test_a_gravity_along_y_turns_the_scene(tmp_path: Path) -> None:
    write_replica(tmp_path, HOME, "room_0")
    path = tmp_path / "room_0/habitat/info_semantic.json"
    path.write_text(path.read_text().replace("[0, 0, -1]", "[0, -1, 0]"))
    found = load(tmp_path)
    assert np.ptp(found.mesh.vertices[:, 2]) == pytest.approx(4.2, abs=1e-3)
    assert any("the shape disagrees" in note for note in found.notes)


def test_both_layouts_are_listed_under_the_names_of_the_dataset(tmp_path: Path) -> None:
    write_replica(tmp_path, HOME, "frl_apartment_3")
    write_replica(tmp_path, HOME, "room_1")
    shutil.rmtree(tmp_path / "room_1/habitat")
    shutil.copy(tmp_path / "room_1/mesh.ply", tmp_path / "office0_mesh.ply")
    (tmp_path / "room2").mkdir()
    shutil.copy(tmp_path / "room_1/mesh.ply", tmp_path / "room2/room2_mesh.ply")
    found = {ref.name: ref.source for ref in ADAPTER.list(section(tmp_path))}
    assert found == {
        "frl_apartment_3": "frl_apartment_3/habitat/mesh_semantic.ply",
        "office_0": "office0_mesh.ply",
        "room_1": "room_1/mesh.ply",
        "room_2": "room2/room2_mesh.ply",
    }
    without = load(tmp_path, "office_0")
    assert without.instances == () and any("no labels in this layout" in note for note in without.notes)
    assert_same_surface(without, HOME)


def test_the_folder_of_one_scene_is_a_root_too(tmp_path: Path) -> None:
    write_replica(tmp_path, HOME, "room_0")
    assert [ref.name for ref in ADAPTER.list(section(tmp_path / "room_0"))] == ["room_0"]
    assert load(tmp_path / "room_0").digest
    # Nor need the root be the very folder of the scenes.
    write_replica(tmp_path / "deep/replica_v1", HOME, "office_1")
    assert [ref.name for ref in ADAPTER.list(section(tmp_path))] == ["office_1", "room_0"]


def test_a_folder_without_replica_is_refused_with_what_it_should_have(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"room_0/habitat/mesh_semantic\.ply"):
        ADAPTER.list(section(tmp_path))


def test_a_table_of_the_user_s_own_goes_before_our_synonyms(tmp_path: Path) -> None:
    write_replica(tmp_path, HOME, "room_0")
    (tmp_path / "mine.tsv").write_text("raw_category\tmpcat40\nsofa\tseating\n")
    found = load(tmp_path, category_table=str(tmp_path / "mine.tsv"))
    assert found.instances[10].category == "seating" and found.instances[13].category == "bed"
    (tmp_path / "mine.tsv").write_text("raw_category\tmpcat40\nsofa\tSofa\n")
    with pytest.raises(SceneError, match="Sofa"):
        load(tmp_path, category_table=str(tmp_path / "mine.tsv"))
    with pytest.raises(RecipeError, match="category_table"):
        load(tmp_path, category_tabel="x")


def test_a_scene_without_its_labels_file_is_refused_by_name(tmp_path: Path) -> None:
    write_replica(tmp_path, HOME, "room_0")
    (tmp_path / "room_0/habitat/info_semantic.json").unlink()
    with pytest.raises(SceneError, match=r"info_semantic\.json: there is no such file"):
        load(tmp_path)


def test_the_adapter_passes_the_public_check(tmp_path: Path) -> None:
    write_replica(tmp_path, HOME, "room_0")
    assert check_adapter(ADAPTER, section(tmp_path)) == []
