"""Whatever happens to the bytes of a small valid file: a scene or a SceneError, never another exception."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scene_adapters.files import ADAPTER
from scene_adapters.registry import adapter
from schemas.errors import SceneError
from schemas.recipe import Scenes
from schemas.scenes import Scene
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.all import LAYOUTS
from tests.scene_adapters.layouts.glb import gltf_document, instance_names, pack_glb
from tests.scene_adapters.layouts.obj import write_obj
from tests.scene_adapters.layouts.ply import write_ply
from tests.scene_adapters.mutation import damaged

HOME = two_rooms()
PARTS = ["meshes", "nodes", "accessors", "bufferViews", "materials", "images", "textures"]
NAMED = {
    "replica": ["mesh_semantic.ply", "info_semantic.json"],
    "matterport3d": [".house", "_semantic.ply"],
    "gibson": [".npz", "floors.txt", "mesh_z_up.obj"],
    "front3d": ["aaa.json", "model_info.json", "raw_model.obj"],
    "hssd": [".scene_instance.json", ".stage_config.json", ".semantic_config.json", "objects.csv", "lexicon.json"],
    "hm3d": [".semantic.txt", ".semantic.glb", "F.glb"],
}
EASY = settings(max_examples=150, suppress_health_check=list(HealthCheck))


def load(path: Path) -> None:
    section = Scenes(dataset="files", root=str(path))
    (ref,) = ADAPTER.list(section)
    try:
        assert isinstance(ADAPTER.load(ref, section), Scene)
    except SceneError as error:
        assert path.parent.name in str(error) or path.name in str(error)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small valid file of each kind."""
    folder = tmp_path_factory.mktemp("files")
    document, chunk = gltf_document(HOME.mesh, instance_names(HOME))
    (folder / "a.glb").write_bytes(pack_glb(document, chunk))
    document["buffers"][0]["uri"] = "a.bin"
    (folder / "a.gltf").write_text(json.dumps(document))
    (folder / "a.bin").write_bytes(chunk)
    write_obj(folder / "a.obj", HOME)
    color = HOME.mesh.vertices[:, :3] * 20
    write_ply(folder / "a.ply", HOME.mesh.vertices, HOME.mesh.triangles, color, {"id": HOME.mesh.instance})
    lines = ["ply", "format ascii 1.0", "element vertex 4", "property float x", "property float y", "property float z"]
    lines += ["element face 2", "property list uchar int vertex_index", "end_header"]
    (folder / "text.ply").write_text("\n".join([*lines, "0 0 0", "4 0 0", "4 3 0", "0 3 3", "3 0 1 2", "4 0 1 2 3"]))
    facet = "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 5 0 0\nvertex 0 5 2.5\nendloop\nendfacet\n"
    (folder / "a.stl").write_text("solid a\n" + facet + "endsolid\n")
    return folder


@pytest.mark.parametrize("name", ["a.glb", "a.gltf", "a.obj", "a.mtl", "a.ply", "text.ply", "a.stl"])
@given(data=st.data())
@EASY
def test_a_damaged_file_is_a_scene_or_a_scene_error(name: str, folder: Path, data: st.DataObject) -> None:
    whole = (folder / name).read_bytes()
    target = folder / name
    try:
        target.write_bytes(data.draw(damaged(whole)))
        load(folder / "a.obj" if name == "a.mtl" else target)
    finally:
        target.write_bytes(whole)


@pytest.mark.parametrize("name", ["a.glb", "a.gltf", "a.obj", "a.ply", "text.ply", "a.stl"])
def test_the_whole_files_load(name: str, folder: Path) -> None:
    section = Scenes(dataset="files", root=str(folder / name))
    assert len(ADAPTER.load(ADAPTER.list(section)[0], section).mesh.triangles) > 0


@given(
    path=st.lists(st.sampled_from(PARTS), min_size=1, max_size=3),
    key=st.sampled_from(["mesh", "byteOffset", "byteStride", "count", "type", "children", "matrix", "buffer", "index",
                         "primitives", "attributes", "source", "bufferView", "componentType", "name", "uri", "scale"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
        max_leaves=6,
    ),
)  # fmt: skip
@EASY
def test_a_field_of_any_value_is_a_scene_or_a_scene_error(
    path: list[str], key: str, value: object, folder: Path
) -> None:
    whole = (folder / "a.gltf").read_text()
    document = json.loads(whole)
    for kind in path:
        for entry in document[kind][:2]:
            entry[key] = value
    try:
        (folder / "a.gltf").write_text(json.dumps(document))
        load(folder / "a.gltf")
    finally:
        (folder / "a.gltf").write_text(whole)


@pytest.mark.parametrize(("dataset", "ending"), [(name, end) for name, ends in NAMED.items() for end in ends])
@given(data=st.data())
@settings(EASY, max_examples=80)
def test_a_damaged_file_of_a_dataset_is_a_scene_or_a_scene_error(
    dataset: str, ending: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.getbasetemp() / dataset
    if not root.exists():
        next(layout for layout in LAYOUTS if layout.dataset == dataset).write(root, HOME)
    path = next(path for path in sorted(root.rglob("*")) if path.name.endswith(ending))
    whole = path.read_bytes()
    section = Scenes(dataset=dataset, root=str(root))
    reader = adapter(dataset)
    try:
        path.write_bytes(data.draw(damaged(whole)))
        (ref,) = reader.list(section)
        assert isinstance(reader.load(ref, section), Scene)
    except SceneError as error:
        assert dataset in str(error)
    finally:
        path.write_bytes(whole)
