from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scene_adapters.check import check_adapter
from scene_adapters.front3d import ADAPTER
from scene_adapters.labels import Labels
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Lighting, Scene
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.front3d import write_front3d
from tests.scene_adapters.same import assert_same_categories, assert_same_surface

HOME = two_rooms()
NAME = "3D-FRONT/00004f89-9aa5-43c2-ae3c-129586be8aaa.json"
CATEGORIES = [
    "Armchair", "Barstool", "Bed Frame", "Bookcase / jewelry Armoire", "Bunk Bed", "Ceiling Lamp", "Chaise Longue Sofa",
    "Children Cabinet", "Classic Chinese Chair", "Coffee Table", "Corner/Side Table", "Couch Bed", "Desk",
    "Dining Chair", "Dining Table", "Drawer Chest / Corner cabinet", "Dressing Chair", "Dressing Table", "Floor Lamp",
    "Footstool / Sofastool / Bed End Stool / Stool", "Hanging Chair", "King-size Bed", "L-shaped Sofa",
    "Lazy Sofa", "Lounge Chair / Cafe Chair / Office Chair", "Loveseat Sofa", "Nightstand", "Pendant Lamp",
    "Round End Table", "Shelf", "Sideboard / Side Cabinet / Console Table", "Single bed", "TV Stand",
    "Three-Seat / Multi-seat Sofa", "Wall Lamp", "Wardrobe", "Wine Cabinet",
]  # fmt: skip


def section(root: Path, **options: str) -> Scenes:
    return Scenes(dataset="front3d", root=str(root), options=dict(options))


def load(root: Path, **options: str) -> Scene:
    scenes = section(root, **options)
    return ADAPTER.load(ADAPTER.list(scenes)[0], scenes)


def edit(root: Path, change: Any) -> None:
    house = json.loads((root / NAME).read_text())
    change(house)
    (root / NAME).write_text(json.dumps(house))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_front3d(tmp_path, HOME)
    return tmp_path


def test_a_home_laid_out_as_3d_front_comes_back_the_same(root: Path) -> None:
    found = load(root)
    assert_same_surface(found, HOME)
    assert_same_categories(found, HOME)
    assert found.lighting is Lighting.LIT and len(found.lights) >= 2
    assert all(material.transmission == 0 and max(material.emission) == 0 for material in found.mesh.materials)


def test_images_of_the_building_keep_their_bytes_and_their_scale(root: Path) -> None:
    found = load(root)
    assert [texture.encoded for texture in found.mesh.textures] == [HOME.mesh.textures[0].encoded]
    assert found.mesh.uv is not None and HOME.mesh.uv is not None
    floor = np.isin(found.mesh.instance, [i.id for i in found.instances if i.category == "floor"])
    there, here = found.mesh.uv[floor].reshape(-1, 2), HOME.mesh.uv[HOME.mesh.instance <= 2].reshape(-1, 2)
    np.testing.assert_allclose([there.min(0), there.max(0)], [here.min(0), here.max(0)], atol=1e-5)


def test_rooms_are_the_outlines_of_their_floors_and_there_is_one_storey(root: Path) -> None:
    found = load(root)
    assert [room.label for room in found.rooms] == ["living room", "bedroom"]
    corners = np.array(found.rooms[0].polygon)
    np.testing.assert_allclose([corners.min(axis=0), corners.max(axis=0)], [[0, 0], [5, 4]], atol=0.03)
    assert next(i for i in found.instances if i.label == "bed").room == found.rooms[1].id


def test_what_is_wrong_with_nearly_every_house_is_counted(root: Path) -> None:
    notes = load(root).notes
    assert "2 references to nothing in the file" in notes
    assert "2 pieces of furniture without a published model" in notes


def test_a_missing_model_is_refused_by_name_or_left_out(tmp_path: Path) -> None:
    jids = write_front3d(tmp_path, HOME)
    shutil.rmtree(tmp_path / "3D-FUTURE-model" / jids[11])
    with pytest.raises(SceneError, match=f"{jids[11]}.*missing_assets"):
        load(tmp_path)
    found = load(tmp_path, missing_assets="skip")
    assert not any(instance.category == "sofa" for instance in found.instances)
    assert any("1 pieces of furniture left out" in note for note in found.notes)


def test_a_model_of_absurd_size_is_left_out(tmp_path: Path) -> None:
    jids = write_front3d(tmp_path, HOME)
    path = tmp_path / "3D-FUTURE-model" / jids[11] / "raw_model.obj"
    path.write_text("v 0 0 0\nv 80 0 0\nv 0 80 0\nf 1 2 3\n")
    assert any("more than 10 m large" in note for note in load(tmp_path).notes)


def test_images_that_were_not_downloaded_leave_plain_colours_and_a_note(root: Path) -> None:
    shutil.rmtree(root / "3D-FRONT-texture")
    found = load(root)
    assert found.mesh.textures == () and any("not in 3D-FRONT-texture" in note for note in found.notes)


def test_a_mesh_that_no_room_has_is_part_of_the_house(root: Path) -> None:
    edit(root, lambda house: house["scene"]["room"][0]["children"].pop(0))
    assert_same_surface(load(root), HOME)


def test_rooms_are_moved_with_what_is_in_them(root: Path) -> None:
    def move(house: dict[str, Any]) -> None:
        for room in house["scene"]["room"]:
            room["pos"] = [1, 0, -2]

    edit(root, move)
    np.testing.assert_allclose(load(root).bounds, HOME.bounds + np.array([1, 2, 0]), atol=1e-4)


def test_names_that_lead_out_of_the_root_are_no_names(root: Path) -> None:
    def escape(house: dict[str, Any]) -> None:
        for entry in house["furniture"]:
            entry["jid"] = "../../../etc"
        for entry in house["material"]:
            entry["texture"], entry["jid"] = "x/../texture.png", "../.."

    edit(root, escape)
    found = load(root)
    assert {i.category for i in found.instances} <= {"wall", "floor", "ceiling"} and found.mesh.textures == ()


def test_houses_are_listed_from_any_of_the_folders(root: Path) -> None:
    assert len(ADAPTER.list(section(root))) == 1
    assert len(ADAPTER.list(section(root / "3D-FRONT"))) == 1
    with pytest.raises(SceneError, match="holds no 3D-FRONT"):
        ADAPTER.list(section(root / "3D-FRONT-texture"))


def test_another_json_is_refused(root: Path) -> None:
    (root / NAME).write_text('{"models": []}')
    with pytest.raises(SceneError, match="no house of 3D-FRONT"):
        load(root)


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_of_3d_future_has_an_mpcat40_category(category: str) -> None:
    assert Labels().category(category) not in ("unlabeled", "misc", "objects")


@pytest.mark.parametrize(
    "kind",
    ["WallOuter", "WallTop", "Floor", "Ceiling", "CustomizedCeiling", "Baseboard", "SlabSide", "SlabBottom",
     "Door", "Window", "Hole", "Pocket", "BayWindow", "Cornice", "Cabinet", "LightBand", "CustomizedFeatureWall",
     "ExtrusionCustomizedCeilingModel", "Customized_wainscot", "CustomizedFurniture", "Column", "Beam", "Flue"],
)  # fmt: skip
def test_every_part_of_a_building_has_a_category(kind: str) -> None:
    assert Labels().category(kind) != "unlabeled"


def test_the_adapter_passes_the_public_check(root: Path) -> None:
    assert check_adapter(ADAPTER, section(root)) == []
