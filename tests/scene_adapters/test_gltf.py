from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from scene_adapters.gltf import GltfScene, assembled, bounds, open_gltf, placed, read_gltf, same_surface
from scene_adapters.meshes import FileMesh
from scene_adapters.paths import Root
from schemas.errors import SceneError
from schemas.scenes import LightKind
from tests.rooms import two_rooms
from tests.scene_adapters.layouts.glb import Buffer, gltf_document, instance_names, pack_glb

HOME = two_rooms()
SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], "<f4")
Document = dict[str, Any]


def square(change: Callable[[Document, Buffer], None] | None = None, **primitive: Any) -> tuple[Document, bytes]:
    """A unit square of two triangles, as one node."""
    buffer = Buffer()
    position = buffer.add(SQUARE, "VEC3")
    indices = buffer.add(np.array([[0], [1], [2], [0], [2], [3]], "<u2"), "SCALAR")
    document: Document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "square", "mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": position}, "indices": indices, **primitive}]}],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
    }
    if change:
        change(document, buffer)
    document["buffers"] = [{"byteLength": len(buffer.content)}]
    return document, bytes(buffer.content)


def read(folder: Path, document: Document, chunk: bytes, **root: Any) -> FileMesh:
    path = folder / "a.glb"
    path.write_bytes(pack_glb(document, chunk))
    return read_gltf(path, Root(folder, **root))


def test_transforms_multiply_along_the_hierarchy(tmp_path: Path) -> None:
    def nest(document: Document, _: Buffer) -> None:
        half = np.sqrt(0.5)
        document["nodes"] = [
            {"name": "house", "translation": [10, 0, 0], "children": [1]},
            {"name": "room", "rotation": [0, half, 0, half], "scale": [2, 2, 2], "children": [2]},
            {"name": "sofa", "mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1]},
        ]

    mesh = read(tmp_path, *square(nest))
    # By hand: +5 along z, twice as large, a quarter turn about y (x → −z, z → x), +10 along x.
    expected = [[10 + 2 * (z + 5), 2 * y, -2 * x] for x, y, z in SQUARE.tolist()]
    np.testing.assert_allclose(mesh.vertices, expected, atol=1e-5)
    assert mesh.groups == ("house/room/sofa",)


def test_a_mesh_used_twice_is_two_groups(tmp_path: Path) -> None:
    def twice(document: Document, _: Buffer) -> None:
        document["nodes"] = [{"name": "chair", "mesh": 0}, {"name": "chair", "mesh": 0, "translation": [3, 0, 0]}]
        document["scenes"] = [{"nodes": [0, 1]}]

    mesh = read(tmp_path, *square(twice))
    assert mesh.groups == ("chair", "chair#1")
    assert len(mesh.triangles) == 4
    assert mesh.vertices[:, 0].max() == 4


@pytest.mark.parametrize(("mode", "expected"), [(5, [[0, 1, 3], [1, 3, 2]]), (6, [[0, 1, 3], [0, 3, 2]])])
def test_strips_and_fans_become_triangles(mode: int, expected: list[list[int]], tmp_path: Path) -> None:
    def order(document: Document, buffer: Buffer) -> None:
        indices = buffer.add(np.array([[0], [1], [3], [2]], "<u2"), "SCALAR")
        document["meshes"][0]["primitives"][0] |= {"indices": indices, "mode": mode}

    mesh = read(tmp_path, *square(order))
    assert mesh.triangles.tolist() == expected


def test_points_and_lines_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="no triangles"):
        read(tmp_path, *square(mode=1))


def test_interleaved_quantised_and_sparse_values_are_read(tmp_path: Path) -> None:
    def store(document: Document, buffer: Buffer) -> None:
        table = np.zeros(4, [("p", "<i2", 3), ("pad", "<i2")])
        table["p"] = (SQUARE * 32767).astype("<i2")
        view = buffer.add_bytes(table.tobytes())
        buffer.views[view]["byteStride"] = 8
        where = buffer.add_bytes(np.array([2], "<u2").tobytes())
        new = buffer.add_bytes(np.array([[32767, 32767, 16384]], "<i2").tobytes())
        buffer.accessors.append(
            {
                "bufferView": view,
                "componentType": 5122,
                "count": 4,
                "type": "VEC3",
                "normalized": True,
                "sparse": {
                    "count": 1,
                    "indices": {"bufferView": where, "componentType": 5123},
                    "values": {"bufferView": new},
                },
            }
        )
        document["extensionsRequired"] = ["KHR_mesh_quantization"]
        document["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = len(buffer.accessors) - 1

    mesh = read(tmp_path, *square(store))
    expected = SQUARE.copy()
    expected[2, 2] = 0.5
    np.testing.assert_allclose(mesh.vertices, expected, atol=1e-4)


def test_texture_coordinates_are_turned_over_and_transformed(tmp_path: Path) -> None:
    def look(document: Document, buffer: Buffer) -> None:
        uv = buffer.add(SQUARE[:, :2].copy(), "VEC2")
        document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_1"] = uv
        document["meshes"][0]["primitives"][0]["material"] = 0
        image = cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes()
        document["images"] = [{"bufferView": buffer.add_bytes(image), "mimeType": "image/png"}]
        document["textures"] = [{"source": 0}]
        transform = {"offset": [0.25, 0], "scale": [2, 1]}
        reference = {"index": 0, "texCoord": 1, "extensions": {"KHR_texture_transform": transform}}
        document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": reference}}]

    mesh = read(tmp_path, *square(look))
    assert mesh.uv is not None
    np.testing.assert_allclose(mesh.uv[0], [[0.25, 1], [2.25, 1], [2.25, 0]], atol=1e-6)


@pytest.mark.parametrize(("stored", "expected"), [("u1", 128), ("f4", 188), ("u2", 188)])
def test_bytes_of_colour_are_srgb_and_finer_ones_linear(stored: str, expected: int, tmp_path: Path) -> None:
    def paint(document: Document, buffer: Buffer) -> None:
        grey: Any = {"u1": np.full((4, 4), 128, "u1"), "u2": np.full((4, 4), 32896, "<u2")}.get(stored)
        grey = np.full((4, 4), 128 / 255, "<f4") if grey is None else grey
        color = buffer.add(grey, "VEC4", normalized=stored != "f4")
        document["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = color

    mesh = read(tmp_path, *square(paint))
    assert mesh.color is not None
    assert mesh.color[:, :3].tolist() == [[expected] * 3] * 4


def test_materials_keep_their_factors(tmp_path: Path) -> None:
    def look(document: Document, _: Buffer) -> None:
        document["meshes"][0]["primitives"][0]["material"] = 0
        document["materials"] = [
            {
                "name": "glass",
                "pbrMetallicRoughness": {"baseColorFactor": [0.1, 0.2, 0.3, 0.4], "metallicFactor": 0.5},
                "alphaMode": "BLEND",
                "emissiveFactor": [1, 0, 0],
                "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 3}},
            }
        ]

    material = read(tmp_path, *square(look)).materials[0]
    assert material.base_color == (0.1, 0.2, 0.3)
    assert (material.metallic, material.roughness, material.transmission) == (0.5, 1.0, 0.6)
    assert material.emission == (3, 0, 0)


def test_a_glowing_picture_is_a_texture(tmp_path: Path) -> None:
    document, chunk = gltf_document(HOME.mesh, instance_names(HOME))
    for entry in document["materials"]:
        entry["emissiveTexture"] = entry["pbrMetallicRoughness"].pop("baseColorTexture", None)
        entry["emissiveTexture"] or entry.pop("emissiveTexture")
    mesh = read(tmp_path, document, chunk)
    assert len(mesh.textures) == 1 and any(material.texture == 0 for material in mesh.materials)


def test_lamps_come_with_their_place_and_power(tmp_path: Path) -> None:
    def light(document: Document, _: Buffer) -> None:
        lamps = [
            {"type": "point", "color": [1, 0.5, 0.5], "intensity": 683},
            {"type": "directional", "intensity": 1366},
            {"type": "point", "intensity": 0},
        ]
        document["extensions"] = {"KHR_lights_punctual": {"lights": lamps}}
        document["nodes"] += [
            {"translation": [1, 2, 3], "extensions": {"KHR_lights_punctual": {"light": number}}} for number in range(3)
        ]
        document["scenes"] = [{"nodes": [0, 1, 2, 3]}]

    point, sun = read(tmp_path, *square(light)).lights
    assert point.kind is LightKind.POINT and point.position == (1, 2, 3) and point.color == (1, 0.5, 0.5)
    assert point.power == pytest.approx(4 * np.pi)
    assert sun.kind is LightKind.SUN and sun.direction == (0, 0, -1) and sun.power == pytest.approx(2)


def test_a_gltf_with_its_files_beside_it_and_one_with_all_inside_agree(tmp_path: Path) -> None:
    document, chunk = gltf_document(HOME.mesh, instance_names(HOME))
    beside, inside = json.loads(json.dumps(document)), json.loads(json.dumps(document))
    (tmp_path / "home data.bin").write_bytes(chunk)
    (tmp_path / "floor.png").write_bytes(HOME.mesh.textures[0].encoded)
    beside["buffers"][0]["uri"] = "home%20data.bin"
    beside["images"] = [{"uri": "floor.png"}]
    inside["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(chunk).decode()
    for name, content in (("beside", beside), ("inside", inside)):
        (tmp_path / f"{name}.gltf").write_text(json.dumps(content))
    one, two = (read_gltf(tmp_path / f"{name}.gltf", Root(tmp_path)) for name in ("beside", "inside"))
    np.testing.assert_array_equal(one.vertices, two.vertices)
    assert [t.encoded for t in one.textures] == [t.encoded for t in two.textures] == [HOME.mesh.textures[0].encoded]


def test_a_missing_texture_is_refused_by_name_or_skipped_with_a_note(tmp_path: Path) -> None:
    document, chunk = gltf_document(HOME.mesh, instance_names(HOME))
    document["images"] = [{"uri": "textures/floor.png"}]
    with pytest.raises(SceneError, match=r"floor\.png: there is no such file"):
        read(tmp_path, document, chunk)
    mesh = read(tmp_path, document, chunk, skip_missing=True)
    assert mesh.textures == () and any("floor.png" in note and "missing" in note for note in mesh.notes)


def test_a_texture_that_cannot_be_decoded_is_explained_in_the_notes(tmp_path: Path) -> None:
    document, chunk = gltf_document(HOME.mesh, instance_names(HOME))
    (tmp_path / "floor.ktx2").write_bytes(b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(64))
    document["images"] = [{"uri": "floor.ktx2"}]
    document["textures"] = [{"extensions": {"KHR_texture_basisu": {"source": 0}}}]
    document["extensionsRequired"] = ["KHR_texture_basisu"]
    mesh = read(tmp_path, document, chunk)
    assert mesh.textures == () and any("KTX2" in note for note in mesh.notes)


@pytest.mark.parametrize("name", ["KHR_draco_mesh_compression", "EXT_meshopt_compression", "NAVI_something"])
def test_a_required_extension_that_is_not_read_is_refused_by_name(name: str, tmp_path: Path) -> None:
    document, chunk = square()
    with pytest.raises(SceneError, match=name):
        read(tmp_path, document | {"extensionsRequired": [name]}, chunk)


@pytest.mark.parametrize("keep", [3, 11, 19, 100, -1])
def test_a_truncated_glb_is_refused(keep: int, tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    path.write_bytes(pack_glb(*square())[:keep])
    with pytest.raises(SceneError, match=r"a\.glb"):
        read_gltf(path, Root(tmp_path))


def _cycle(document: Document, _: Buffer) -> None:
    document["nodes"][0]["children"] = [0]


def _deep(document: Document, _: Buffer) -> None:
    document["nodes"] = [{"children": [i + 1]} for i in range(400)] + [{"mesh": 0}]


def _out_of_view(document: Document, buffer: Buffer) -> None:
    buffer.accessors[0]["count"] = 5_000_000


def _empty_giant(document: Document, buffer: Buffer) -> None:
    buffer.accessors[0] = {"componentType": 5126, "type": "VEC3", "count": 2**60}


def _negative(document: Document, buffer: Buffer) -> None:
    buffer.accessors[0]["byteOffset"] = -8


def _index_too_high(document: Document, buffer: Buffer) -> None:
    buffer.accessors[0]["count"] = 3


def _no_material(document: Document, buffer: Buffer) -> None:
    document["meshes"][0]["primitives"][0]["material"] = 7


def _outside(document: Document, buffer: Buffer) -> None:
    document["images"] = [{"uri": "../../etc/passwd"}]


def _signed_indices(document: Document, buffer: Buffer) -> None:
    indices = buffer.add(np.array([[128], [1], [2]], "u1"), "SCALAR")
    buffer.accessors[indices]["componentType"] = 5120
    document["meshes"][0]["primitives"][0]["indices"] = indices


def _too_few_coordinates(document: Document, buffer: Buffer) -> None:
    uv = buffer.add(np.zeros((2, 2), "<f4"), "VEC2")
    document["meshes"][0]["primitives"][0] |= {"material": 0}
    document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv
    picture = cv2.imencode(".png", np.zeros((2, 2, 3), np.uint8))[1].tobytes()
    document["images"] = [{"bufferView": buffer.add_bytes(picture)}]
    document["textures"] = [{"source": 0}]
    document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]


@pytest.mark.parametrize(
    "change",
    [
        _cycle,
        _deep,
        _out_of_view,
        _empty_giant,
        _negative,
        _index_too_high,
        _no_material,
        _outside,
        _signed_indices,
        _too_few_coordinates,
    ],
)
def test_hostile_documents_are_refused(change: Callable[[Document, Buffer], None], tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="a.glb|leads out"):
        read(tmp_path, *square(change))


def test_a_mesh_instanced_beyond_all_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def many(document: Document, _: Buffer) -> None:
        document["nodes"] = [{"mesh": 0} for _ in range(100)]
        document["scenes"] = [{"nodes": list(range(100))}]

    monkeypatch.setattr("scene_adapters.gltf.MAX_TRIANGLES", 100)
    with pytest.raises(SceneError, match="more than 100 triangles"):
        read(tmp_path, *square(many))


def test_so_are_vertices_that_no_triangle_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def points(document: Document, buffer: Buffer) -> None:
        document["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = buffer.add(np.zeros((99, 3), "<f4"), "VEC3")

    monkeypatch.setattr("scene_adapters.gltf.MAX_TRIANGLES", 32)
    with pytest.raises(SceneError, match="more vertices than they can have"):
        read(tmp_path, *square(points))


def _open(folder: Path, name: str, document: Document, chunk: bytes) -> GltfScene:
    (folder / name).write_bytes(pack_glb(document, chunk))
    return open_gltf(folder / name, Root(folder))


def test_models_are_assembled_in_their_places_and_equal_looks_become_one(tmp_path: Path) -> None:
    def look(document: Document, buffer: Buffer) -> None:
        image = cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes()
        document["images"] = [{"bufferView": buffer.add_bytes(image), "mimeType": "image/png"}]
        document["textures"] = [{"source": 0}]
        document["materials"] = [{"name": "wood", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
        uv = buffer.add(SQUARE[:, :2].copy(), "VEC2")
        document["meshes"][0]["primitives"][0] |= {"material": 0}
        document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv

    one, two = _open(tmp_path, "a.glb", *square(look)), _open(tmp_path, "b.glb", *square(look))
    away = np.eye(4)
    away[:3, 3] = (0, 0, 7)
    mesh = assembled([one, placed(two, away)])
    assert mesh.vertices[:, 2].tolist() == [0] * 4 + [7] * 4
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]]
    assert mesh.group.tolist() == [0, 0, 1, 1]
    assert len(mesh.textures) == 1 and len(set(mesh.material.tolist())) == 1
    assert mesh.uv is not None and np.array_equal(mesh.uv[:2], mesh.uv[2:])
    assert bounds(placed(two, away), np.diag([1.0, 2.0, 3.0, 1.0])).tolist() == [[0, 0, 21], [1, 2, 21]]


@pytest.mark.parametrize("change", [None, "place", "vertex", "corner"])
def test_only_the_same_triangles_in_the_same_place_and_order_are_the_same_surface(
    change: str | None, tmp_path: Path
) -> None:
    def alter(document: Document, buffer: Buffer) -> None:
        if change == "place":
            document["nodes"][0]["translation"] = [0, 0, 1]
        if change == "vertex":
            buffer.content[0:4] = np.float32(0.5).tobytes()
        if change == "corner":
            buffer.content[48:50] = b"\1\0"  # the first of the indices, after four positions

    one, other = _open(tmp_path, "a.glb", *square()), _open(tmp_path, "b.glb", *square(alter))
    assert same_surface(one, other) == (change is None)
