from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scene_adapters.check import check_adapter
from scene_adapters.hssd import ADAPTER, REPLICACAD
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Lighting, Scene
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.hssd import write_hssd
from tests.scene_adapters.same import assert_same_categories, assert_same_surface

HOME = two_rooms()
SHARED = Path(__file__).parents[3] / "shared/data/replicacad"


def section(root: Path, **options: str) -> Scenes:
    return Scenes(dataset="hssd", root=str(root), options=dict(options))


def load(root: Path, **options: str) -> Scene:
    scenes = section(root, **options)
    return ADAPTER.load(ADAPTER.list(scenes)[0], scenes)


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_hssd(tmp_path, HOME)
    return tmp_path


def test_a_home_laid_out_as_hssd_comes_back_the_same(root: Path) -> None:
    found = load(root)
    assert_same_surface(found, HOME)
    assert_same_categories(found, HOME)
    assert found.lighting is Lighting.LIT and len(found.lights) >= 2
    assert [texture.encoded for texture in found.mesh.textures] == [texture.encoded for texture in HOME.mesh.textures]


def test_regions_become_rooms_and_things_stand_in_them(root: Path) -> None:
    found = load(root)
    assert [(room.label, room.storey) for room in found.rooms] == [("living room", 0), ("bedroom", 0)]
    np.testing.assert_allclose(sorted(found.rooms[0].polygon), sorted(HOME.rooms[0].polygon), atol=1e-6)
    rooms = {instance.category: instance.room for instance in found.instances}
    assert rooms["sofa"] == 1 and rooms["bed"] == 2


def test_a_stage_without_names_is_split_by_shape(tmp_path: Path) -> None:
    write_hssd(tmp_path, HOME)
    stage = tmp_path / "stages/102344022.glb"
    content = stage.read_bytes()
    for name in (b'"wall"', b'"floor"', b'"ceiling"'):
        content = content.replace(name, b'"' + b"x" * (len(name) - 2) + b'"')
    stage.write_bytes(content)
    found = load(tmp_path)
    assert_same_surface(found, HOME)
    area: dict[str, float] = {}
    corners = found.mesh.vertices[found.mesh.triangles]
    flat = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    for instance in found.instances[:3]:
        area[instance.label] = float(flat[found.mesh.instance == instance.id].sum())
    # 36 m² of floor and the undersides of the walls; 36 m² of ceiling and the tops of the walls.
    assert area["floor"] == pytest.approx(36, rel=0.1)
    assert area["ceiling"] == pytest.approx(36, rel=0.1)


def test_what_is_missing_is_refused_by_name_or_left_out_with_a_note(root: Path) -> None:
    (root / "stages/102344022.glb").unlink()
    with pytest.raises(SceneError, match=r"102344022\.glb.*missing_assets"):
        load(root)
    found = load(root, missing_assets="skip")
    assert not any(instance.category == "wall" for instance in found.instances)
    assert any("left out stages/102344022" in note for note in found.notes)


def test_a_config_that_is_missing_falls_back_on_the_mesh_of_that_name(root: Path) -> None:
    whole = load(root)
    (root / "stages/102344022.stage_config.json").unlink()
    assert load(root).digest == whole.digest


def test_an_lfs_pointer_is_named(root: Path) -> None:
    (root / "stages/102344022.glb").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n")
    with pytest.raises(SceneError, match="git lfs pull"):
        load(root)
    assert any("git lfs pull" in note for note in load(root, missing_assets="skip").notes)


def test_nothing_at_all_to_load_is_refused_even_when_missing_assets_may_be(root: Path) -> None:
    for path in root.rglob("*.glb"):
        path.unlink()
    with pytest.raises(SceneError, match="none of its"):
        load(root, missing_assets="skip")


def test_compressed_textures_are_explained_and_raw_models_can_stand_in(root: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    stage = root / "stages/102344022.glb"
    (raw / stage.name).write_bytes(stage.read_bytes())
    stage.write_bytes(stage.read_bytes().replace(b"\x89PNG\r\n\x1a\n", b"\xabKTX 20\xbb"))
    assert any("KTX2" in note or "not an image" in note for note in load(root).notes)
    assert (
        load(root, models=str(raw)).mesh.textures == HOME.mesh.textures
        or len(load(root, models=str(raw)).mesh.textures) == 1
    )
    with pytest.raises(SceneError, match="no folder"):
        load(root, models=str(tmp_path / "nowhere"))


@pytest.mark.parametrize("asset", ["../../../etc/passwd", "/etc/passwd.glb"])
def test_a_config_that_points_out_of_the_root_is_refused(asset: str, root: Path) -> None:
    change(root / "stages/102344022.stage_config.json", render_asset=asset)
    with pytest.raises(SceneError, match="leads out|absolute"):
        load(root)


def test_a_frame_that_is_none_is_refused(root: Path) -> None:
    change(root / "stages/102344022.stage_config.json", up=[0, 1, 0], front=[0, 1, 0])
    with pytest.raises(SceneError, match="not at right angles"):
        load(root)


@pytest.mark.parametrize("scale", [1e200, 1e308])
@pytest.mark.parametrize("origin", ["com", "asset_local"])
def test_a_placement_beyond_all_numbers_is_refused(scale: float, origin: str, root: Path) -> None:
    path = root / "scenes/102344022.scene_instance.json"
    objects = json.loads(path.read_text())["object_instances"]
    huge = {"uniform_scale": scale, "translation": [scale] * 3, "translation_origin": origin}
    change(path, object_instances=[entry | huge for entry in objects])
    with pytest.raises(SceneError, match="NaN or infinity"):
        load(root)


def test_models_may_be_more_than_files_that_may_be_open(root: Path) -> None:
    load(root)
    taken = {int(name) for name in os.listdir("/proc/self/fd")}
    free = [number for number in range(max(taken) + 10) if number not in taken]
    assert len(list(root.rglob("*.glb"))) > 5
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (free[4], before[1]))  # four more
        assert len(load(root).instances) == len(HOME.instances)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_scenes_of_other_folders_carry_the_folder_s_name(root: Path) -> None:
    other = root / "scenes-uncluttered"
    other.mkdir()
    (other / "1.scene_instance.json").write_bytes((root / "scenes/102344022.scene_instance.json").read_bytes())
    assert [ref.name for ref in ADAPTER.list(section(root))] == ["102344022", "scenes-uncluttered/1"]


def test_articulated_objects_are_left_out_and_counted(root: Path) -> None:
    change(root / "scenes/102344022.scene_instance.json", articulated_object_instances=[{"template_name": "fridge"}])
    assert any("1 articulated objects left out" in note for note in load(root).notes)


def test_a_root_without_scene_instances_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"holds no \*\.scene_instance\.json"):
        ADAPTER.list(section(tmp_path))


def test_the_adapter_passes_the_public_check(root: Path) -> None:
    assert check_adapter(ADAPTER, section(root)) == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real ReplicaCAD scenes beside the checkout")
class TestRealReplicaCAD:
    """Real scenes and furniture; their stage is absent, which is a case of its own."""

    scenes = Scenes(dataset="replicacad", root=str(SHARED), options={"missing_assets": "skip"})

    def test_without_its_stage_a_scene_is_refused_unless_that_may_be(self) -> None:
        strict = Scenes(dataset="replicacad", root=str(SHARED))
        with pytest.raises(SceneError, match=r"frl_apartment_stage\.glb.*missing_assets"):
            REPLICACAD.load(REPLICACAD.list(strict)[0], strict)

    @pytest.mark.parametrize("name", ["apt_0", "apt_1"])
    def test_furniture_stands_on_the_floor_and_is_named(self, name: str) -> None:
        (ref,) = [ref for ref in REPLICACAD.list(self.scenes) if ref.name == name]
        scene = REPLICACAD.load(ref, self.scenes)
        assert len(scene.instances) >= 110
        assert not [instance.label for instance in scene.instances if instance.category == "unlabeled"]
        standing = [i for i in scene.instances if i.label in ("chair", "sofa", "stool", "rug", "tvstand", "tv_stand")]
        assert len(standing) >= 10
        assert np.median([abs(instance.low[2]) for instance in standing]) < 0.03
        assert min(instance.low[2] for instance in scene.instances) > -0.03
        sofas = [np.array(i.high) - np.array(i.low) for i in scene.instances if i.category == "sofa"]
        assert all(0.5 < size[2] < 1.2 and 1.2 < max(size[:2]) < 3.5 for size in sofas)
        assert len(scene.mesh.textures) >= 60

    def test_the_adapter_passes_the_public_check_on_it(self) -> None:
        assert check_adapter(REPLICACAD, self.scenes) == []
