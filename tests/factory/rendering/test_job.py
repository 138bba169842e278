from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from factory.rendering.job import MOST_INSTANCES, write_job
from factory.rendering.light import BakedLight
from schemas.arrays import AnyArray
from schemas.errors import SceneError
from schemas.recipe import Rendering
from schemas.scenes import Mesh, Scene
from tests.factory.rendering.views import TALL, TWO_EYED, WIDE, plan, walls
from tests.rooms import two_rooms

VIEWS = [(2.0, 2.0, 0.0), (2.5, 2.0, 0.5)]
GREY = np.full((8, 8, 3), 120, np.uint8)
WHITE = np.full((8, 8, 3), 255, np.uint8)


def job(folder: Path, scene: Scene, settings: Rendering | None = None) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    write_job(folder, scene, [plan(scene, WIDE, VIEWS)], settings or Rendering(), 2, "CPU")
    with np.load(folder / "scene.npz", allow_pickle=False) as arrays:
        return json.loads((folder / "job.json").read_text()), dict(arrays)


def test_triangles_come_grouped_by_instance_with_all_that_belongs_to_them(tmp_path: Path) -> None:
    scene = two_rooms()
    order = np.random.default_rng(3).permutation(len(scene.mesh.triangles))
    mesh = scene.mesh
    assert mesh.uv is not None
    shuffled = replace(
        mesh,
        triangles=mesh.triangles[order],
        instance=mesh.instance[order],
        material=mesh.material[order],
        uv=mesh.uv[order],
    )
    _, arrays = job(tmp_path, replace(scene, mesh=shuffled))
    assert (np.diff(arrays["instance"].astype(int)) >= 0).all()
    rows = {name: arrays[name].reshape(len(order), -1) for name in ("triangles", "instance", "material", "uv")}
    before = np.concatenate(
        [mesh.triangles, mesh.instance[:, None], mesh.material[:, None], mesh.uv.reshape(len(order), -1)], axis=1
    )
    after = np.concatenate(list(rows.values()), axis=1)
    assert sorted(map(tuple, before)) == sorted(map(tuple, after))


def test_triangles_that_repeat_a_vertex_are_left_out(tmp_path: Path) -> None:
    scene = two_rooms()
    triangles = scene.mesh.triangles.copy()
    triangles[5] = [7, 7, 8]
    triangles[9] = [1, 2, 1]
    _, arrays = job(tmp_path, replace(scene, mesh=replace(scene.mesh, triangles=triangles)))
    assert len(arrays["triangles"]) == len(triangles) - 2


def test_an_image_that_repeats_is_written_once(tmp_path: Path) -> None:
    made, _ = job(tmp_path, walls([GREY, WHITE, GREY]))
    names = made["textures"]
    assert names[0] == names[2] != names[1]
    assert sorted(path.name for path in (tmp_path / "textures").iterdir()) == sorted(set(names))


def test_the_poses_of_all_plans_come_one_after_another(tmp_path: Path) -> None:
    scene = two_rooms()
    first, second = plan(scene, WIDE, VIEWS), plan(scene, WIDE, VIEWS[::-1], index=1)
    write_job(tmp_path, scene, [first, second], Rendering(), 1, "CPU")
    with np.load(tmp_path / "scene.npz") as arrays:
        assert np.array_equal(arrays["poses"], np.concatenate([first.camera_to_world, second.camera_to_world]))


def test_all_frames_of_a_camera_come_before_those_of_the_next(tmp_path: Path) -> None:
    scene = two_rooms()
    seen = plan(scene, WIDE, VIEWS, robot=TWO_EYED)
    write_job(tmp_path, scene, [seen, plan(scene, WIDE, VIEWS[:1], index=1)], Rendering(), 1, "CPU")
    with np.load(tmp_path / "scene.npz") as arrays:
        assert arrays["poses"][:, 2, 3].tolist() == pytest.approx([1.2, 1.2, 0.4, 0.4, 1.2])
        assert np.array_equal(arrays["poses"][2:4], seen.mount_to_world[:, 0])


def test_only_path_traced_frames_are_denoised(tmp_path: Path) -> None:
    lit, unlit = two_rooms(), walls([GREY])
    for name, scene, known, denoise in (
        ("path-traced", lit, None, True),
        ("baked", lit, light_of(lit.mesh), False),
        ("unlit", unlit, None, False),
    ):
        folder = tmp_path / name
        folder.mkdir()
        write_job(folder, scene, [plan(scene, WIDE, VIEWS)], Rendering(), 1, "CPU", known)
        made = json.loads((folder / "job.json").read_text())
        assert (made["lighting"], made["denoise"]) == (name, denoise)


def test_baked_light_stays_with_its_triangle(tmp_path: Path) -> None:
    scene = two_rooms()
    order = np.random.default_rng(3).permutation(len(scene.mesh.triangles))
    mesh = replace(
        scene.mesh,
        triangles=scene.mesh.triangles[order],
        instance=scene.mesh.instance[order],
        material=scene.mesh.material[order],
        uv=None,
    )
    write_job(tmp_path, scene, [plan(scene, WIDE, VIEWS)], Rendering(), 1, "CPU", light_of(mesh))
    made = json.loads((tmp_path / "job.json").read_text())
    assert (made["samples"], made["denoise"]) == (4, False)
    with np.load(tmp_path / "scene.npz") as arrays:
        assert np.array_equal(arrays["light_spot"][:, 2, 1, 0], arrays["triangles"][:, 0])
        assert np.array_equal(arrays["light_texel"][:, 1, 0, 1], arrays["triangles"][:, 0])


def light_of(mesh: Mesh) -> BakedLight:
    """Light that tells the first vertex of each triangle."""
    mark = mesh.triangles[:, 0]
    count = len(mark)
    spots = np.repeat(np.arange(mark.max() + 1, dtype=np.float16)[:, None], 3, axis=1)
    spot = np.ascontiguousarray(np.broadcast_to(mark[:, None, None], (count, 3, 2)))
    texel = np.ascontiguousarray(np.broadcast_to(mark[:, None, None, None], (count, 3, 2, 2))).astype(np.float32)
    return BakedLight(mesh, np.arange(count, dtype=np.int32), np.ones((2, 2, 3), np.float16), texel, spots, spot)


def test_plans_with_different_cameras_do_not_fit_one_unit(tmp_path: Path) -> None:
    scene = two_rooms()
    with pytest.raises(SceneError, match="use 2 cameras"):
        write_job(tmp_path, scene, [plan(scene, WIDE, VIEWS), plan(scene, TALL, VIEWS)], Rendering(), 1, "CPU")


def test_more_instances_than_blender_tells_apart_are_refused(tmp_path: Path) -> None:
    scene = two_rooms()
    crowd = replace(scene, instances=scene.instances[:1] * (MOST_INSTANCES + 1))
    with pytest.raises(SceneError, match="32768 instances, but Blender tells 32767 apart"):
        write_job(tmp_path, crowd, [plan(scene, WIDE, VIEWS)], Rendering(), 1, "CPU")
