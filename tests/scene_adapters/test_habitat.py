from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scene_adapters.gltf import GltfScene, Part, assembled
from scene_adapters.gltf import placed as moved
from scene_adapters.gltf_buffers import frozen
from scene_adapters.gltf_look import Looks
from scene_adapters.habitat import Placement, find_asset, placing, read_catalogue, read_regions, read_scene_instance
from scene_adapters.paths import Root
from schemas.errors import SceneError
from schemas.scenes import Material

BOX = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]], np.float32)
HALF = float(np.sqrt(0.5))
SHARED = Path(__file__).parents[3] / "shared/data/habitat_test_assets/dataset_tests"


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def placement(**changes: Any) -> Placement:
    values: dict[str, Any] = {
        "handle": "box",
        "translation": np.zeros(3),
        "rotation": np.array([1.0, 0, 0, 0]),
        "scale": np.ones(3),
        "by_centre": False,
    }
    return Placement(**(values | changes))


def placed(folder: Path, config: dict[str, Any], **changes: Any) -> Any:
    write(folder / "objects/box.object_config.json", {"render_asset": "box.glb"} | config)
    asset = find_asset(read_catalogue(Root(folder)), "box", "objects")
    assert asset is not None
    corners = frozen(np.array([[0, 1, 2]], np.uint32))
    half = np.diag([0.5, 0.5, 0.5, 1.0])  # as a node of the file may scale its mesh
    part = Part("box", half, frozen(BOX * np.float32(2)), corners, 0, None, None)
    looks = Looks((Material("bare"),), (), (), unlit=False, notes=())
    model = GltfScene(folder / "box.glb", (part,), looks, ())
    matrix = placing(model, asset, placement(**changes))
    return assembled([moved(model, matrix)]).vertices.tolist()


def test_scale_comes_before_rotation_and_rotation_before_translation(tmp_path: Path) -> None:
    # (w, x, y, z): a quarter turn about Y brings +x to −z.
    found = placed(
        tmp_path,
        {},
        translation=np.array([10.0, 0, 0]),
        rotation=np.array([HALF, 0, HALF, 0]),
        scale=np.array([3.0, 1, 1]),
    )
    np.testing.assert_allclose(found, [[10, 0, 0], [10, 0, -6], [10, 2, 0], [12, 0, 0]], atol=1e-6)


def test_a_centre_of_mass_is_the_box_s_middle_unless_the_config_says_otherwise(tmp_path: Path) -> None:
    np.testing.assert_allclose(placed(tmp_path, {}, by_centre=True)[0], [-1, -1, -1])
    np.testing.assert_allclose(placed(tmp_path, {"COM": [0, 0.5, 0]}, by_centre=True)[0], [0, -0.5, 0])
    np.testing.assert_allclose(placed(tmp_path, {"COM": [0, 0.5, 0]})[0], [0, 0, 0])


def test_an_asset_s_up_and_front_are_turned_to_y_and_minus_z(tmp_path: Path) -> None:
    # Z up, looking along Y: its up (0, 0, 2) becomes (0, 2, 0), its front (0, 2, 0) becomes (0, 0, −2).
    found = placed(tmp_path, {"up": [0, 0, 1], "front": [0, 1, 0]})
    np.testing.assert_allclose(found, [[0, 0, 0], [2, 0, 0], [0, 0, -2], [0, 2, 0]], atol=1e-6)
    about = placed(tmp_path, {"front": [0, 0, 1]})
    np.testing.assert_allclose(about[1], [-2, 0, 0], atol=1e-6)


def test_units_and_scales_of_the_config_multiply(tmp_path: Path) -> None:
    np.testing.assert_allclose(placed(tmp_path, {"scale": [1, 2, 3], "units_to_meters": 0.5})[2], [0, 2, 0])


def test_defaults_of_the_dataset_hold_where_a_config_is_silent(tmp_path: Path) -> None:
    write(tmp_path / "a.scene_dataset_config.json", {"objects": {"default_attributes": {"scale": [2, 2, 2]}}})
    np.testing.assert_allclose(placed(tmp_path, {})[1], [4, 0, 0])
    np.testing.assert_allclose(placed(tmp_path, {"scale": [1, 1, 1]})[1], [2, 0, 0])


def test_a_handle_with_a_folder_prefers_the_file_in_that_folder(tmp_path: Path) -> None:
    for folder in ("a", "b/objects"):
        write(tmp_path / folder / "box.object_config.json", {"render_asset": "box.glb"})
    catalogue = read_catalogue(Root(tmp_path))
    for handle, folder in (("objects/box", "b/objects"), ("box", "a"), ("box.object_config.json", "a")):
        asset = find_asset(catalogue, handle, "objects")
        assert asset is not None and asset.file.parent == (tmp_path / folder).resolve()
    assert find_asset(catalogue, "chair", "objects") is None


def test_a_scene_instance_is_read_with_its_origins(tmp_path: Path) -> None:
    objects = [
        {"template_name": "a"},
        {"template_name": "b", "translation_origin": "COM", "uniform_scale": 2, "non_uniform_scale": [1, 1, 3]},
    ]
    content = {
        "translation_origin": "asset_local",
        "stage_instance": {"template_name": "s"},
        "object_instances": objects,
    }
    write(tmp_path / "a.scene_instance.json", content)
    scene = read_scene_instance(tmp_path / "a.scene_instance.json")
    assert scene.stage is not None and not scene.stage.by_centre
    assert [entry.by_centre for entry in scene.objects] == [False, True]
    assert scene.objects[1].scale.tolist() == [2, 2, 6]


@pytest.mark.parametrize(
    "content", ["[]", '{"object_instances": [{}]}', '{"object_instances": [{"template_name": 1, "rotation": [1]}]}']
)
def test_a_damaged_scene_instance_is_refused_by_name(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.scene_instance.json").write_text(content)
    with pytest.raises(SceneError, match=r"a\.scene_instance\.json"):
        read_scene_instance(tmp_path / "a.scene_instance.json")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs Habitat's test assets beside the checkout")
def test_habitat_s_own_test_files_are_read() -> None:
    catalogue = read_catalogue(Root(SHARED / "dataset_0"))
    regions = read_regions(catalogue, "dataset_test_scene", "")
    assert [(label, len(polygon), floor, top) for label, polygon, floor, top in regions] == [
        ("bedroom", 6, -2.0, 2.0),
        ("bathroom", 6, -2.0, 2.0),
    ]
    scene = read_scene_instance(SHARED / "dataset_1/scenes/scene_0/dataset_test_scene_0.scene_instance.json")
    assert [entry.handle for entry in scene.objects] == ["dataset_test_object1", "dataset_test_object2"]
    stage = find_asset(read_catalogue(Root(SHARED / "dataset_1")), "dataset_test_stage_1", "stages")
    assert stage is not None and stage.scale.tolist() == [2, 2, 2] and stage.file.is_file()
