from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from scene_adapters.check import check_adapter
from scene_adapters.gibson import ADAPTER
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Lighting, Scene
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.gibson import write_gibson, write_gibson_habitat, write_scene_graph
from tests.scene_adapters.same import assert_same_categories, assert_same_surface
from tests.scene_adapters.test_inert_pickle import Hostile

HOME = two_rooms()


def section(root: Path, **options: str) -> Scenes:
    return Scenes(dataset="gibson", root=str(root), options=dict(options))


def load(root: Path, **options: str) -> Scene:
    scenes = section(root, **options)
    return ADAPTER.load(ADAPTER.list(scenes)[0], scenes)


@pytest.mark.parametrize("write", [write_gibson, write_gibson_habitat])
def test_a_home_laid_out_as_gibson_comes_back_the_same(write: object, tmp_path: Path) -> None:
    assert callable(write)
    write(tmp_path, HOME)
    found = load(tmp_path)
    assert_same_surface(found, HOME)
    assert_same_categories(found, HOME)
    assert found.lighting is Lighting.UNLIT
    assert [texture.encoded for texture in found.mesh.textures] == [HOME.mesh.textures[0].encoded]


def test_rooms_and_storeys_are_those_of_the_graph_and_of_floors_txt(tmp_path: Path) -> None:
    write_gibson(tmp_path, HOME)
    (tmp_path / "Allensville/floors.txt").write_text("2.4\n0.0\n")
    found = load(tmp_path)
    assert {room.label for room in found.rooms} == {"living room", "bedroom"}
    bedroom = next(room for room in found.rooms if room.label == "bedroom")
    assert next(i for i in found.instances if i.label == "bed").room == bedroom.id
    assert [(s.floor_z, s.ceiling_z) for s in found.storeys] == [(0.0, 2.4), (2.4, 5.4)]


def test_labels_of_the_raw_mesh_are_carried_to_the_glb_that_is_shown(tmp_path: Path) -> None:
    write_gibson_habitat(tmp_path, HOME)
    (tmp_path / "Allensville_semantic.ply").unlink()
    write_gibson(tmp_path / "database", HOME)
    (tmp_path / "database/Allensville/mesh_z_up.obj").rename(tmp_path / "mesh.obj")
    for path in (tmp_path / "database/Allensville").glob("*.obj"):
        path.unlink()
    graphs = tmp_path / "database/Allensville"
    scenes = section(tmp_path, scene_graphs=str(graphs))
    ref = next(ref for ref in ADAPTER.list(scenes) if ref.name == "Allensville")
    assert_same_categories(ADAPTER.load(ref, scenes), HOME)
    (tmp_path / "mesh.obj").unlink()
    with pytest.raises(SceneError, match=r"mesh\.obj; put that beside"):
        ADAPTER.load(ref, scenes)


def test_labels_of_another_mesh_are_refused(tmp_path: Path) -> None:
    write_gibson(tmp_path, HOME)
    path = tmp_path / "Allensville/mesh_z_up.obj"
    path.write_text("\n".join(path.read_text().splitlines()[:-3]))
    raw = tmp_path / "Allensville/mesh.obj"
    raw.write_text("\n".join(raw.read_text().splitlines()[:-3]))
    with pytest.raises(SceneError, match="labels 192 faces"):
        load(tmp_path)


def test_a_graph_that_would_run_code_is_refused_and_does_not_run(tmp_path: Path) -> None:
    write_gibson(tmp_path, HOME)
    archive = tmp_path / "Allensville/3DSceneGraph_Allensville.npz"
    np.savez(archive, output=np.array({"building": Hostile()}, dtype=object))
    with pytest.raises(SceneError, match="could run code"):
        load(tmp_path)
    assert not Path("/tmp/navfoundry-was-here").exists()


def test_an_archive_that_unpacks_beyond_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scene_adapters.gibson._MAX_GRAPH_BYTES", 2**20)
    write_gibson(tmp_path, HOME)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("output.npy", bytes(2**23))
    (tmp_path / "Allensville/3DSceneGraph_Allensville.npz").write_bytes(content.getvalue())
    with pytest.raises(SceneError, match="unpacks to more than"):
        load(tmp_path)


def test_without_labels_a_building_loads_and_says_so(tmp_path: Path) -> None:
    write_gibson_habitat(tmp_path, HOME)
    (tmp_path / "Allensville.scn").unlink()
    found = load(tmp_path)
    assert found.instances == () and any("no labels" in note for note in found.notes)


def test_buildings_are_listed_from_either_layout(tmp_path: Path) -> None:
    write_gibson(tmp_path / "database", HOME, name="Benevolence")
    write_gibson_habitat(tmp_path / "habitat", HOME, name="Adrian")
    assert [(ref.name, ref.source) for ref in ADAPTER.list(section(tmp_path))] == [
        ("Adrian", "habitat/Adrian.glb"),
        ("Benevolence", "database/Benevolence/mesh_z_up.obj"),
    ]


def test_of_two_copies_of_a_building_the_labelled_one_is_taken(tmp_path: Path) -> None:
    write_gibson_habitat(tmp_path / "gibson", HOME, name="Adrian")
    (tmp_path / "gibson/Adrian.scn").unlink()
    write_gibson_habitat(tmp_path / "gibson_semantic", HOME, name="Adrian")
    assert [ref.source for ref in ADAPTER.list(section(tmp_path))] == ["gibson_semantic/Adrian.glb"]


def test_a_mesh_with_y_up_can_be_said(tmp_path: Path) -> None:
    write_gibson(tmp_path, HOME)
    (tmp_path / "Allensville/mesh_z_up.obj").unlink()
    assert any("the shape disagrees" in note for note in load(tmp_path).notes)
    assert_same_surface(load(tmp_path, up="y"), HOME)


def test_a_folder_without_buildings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"mesh_z_up\.obj"):
        ADAPTER.list(section(tmp_path))


def test_the_adapter_passes_the_public_check(tmp_path: Path) -> None:
    write_gibson(tmp_path, HOME)
    assert check_adapter(ADAPTER, section(tmp_path)) == []


def test_a_graph_s_archive_is_the_size_of_its_arrays(tmp_path: Path) -> None:
    write_scene_graph(tmp_path / "a.npz", HOME)
    assert (tmp_path / "a.npz").stat().st_size < 16384
