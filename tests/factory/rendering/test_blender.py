"""Blender as it is, on tiny images. What it shows is held against the ray caster and against plain arithmetic."""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from factory.rendering import ChildLimits, render_unit
from factory.rendering.baking import bake_light
from factory.rendering.blender import take_frame
from factory.rendering.encode import decode_rgb
from factory.rendering.light import decode_light, encode_light
from factory.rendering.looks import vary
from factory.rendering.raycast import RayCaster
from schemas.episodes import RenderedEpisode
from schemas.errors import MissingExtraError, SceneError, TransientError
from schemas.recipe import Rendering, Sensor, Variation
from schemas.scenes import Scene, Texture
from tests.factory.rendering.views import LIMITS, TALL, TWO_EYED, WIDE, pixels_of, plan, walls
from tests.rooms import two_rooms

INSTALLED = all(importlib.util.find_spec(name) for name in ("bpy", "blenderproc"))
needs_blender = pytest.mark.skipif(not INSTALLED, reason="the extra `render` is not installed")
blender = pytest.mark.blender

SCENE = two_rooms()
VIEWS = [(1.0, 1.0, 0.3), (3.0, 2.0, 2.0), (6.5, 2.5, -1.2)]
ROUGH = Rendering(samples=1, denoise=False, max_bounces=1, jpeg_quality=100)


def render(
    scene: Scene, views: list[list[tuple[float, float, float]]], folder: Path, settings: Rendering = ROUGH
) -> list[RenderedEpisode]:
    plans = [plan(scene, WIDE, some, index) for index, some in enumerate(views)]
    return list(render_unit(scene, plans, settings, LIMITS, folder, folder / "log"))


@pytest.fixture(scope="module", params=[WIDE, TALL], ids=["fx > fy, wide", "fx < fy, tall"])
def episode(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RenderedEpisode:
    """Three frames of the flat through a camera with fx ≠ fy and its principal point off the middle."""
    folder = tmp_path_factory.mktemp("blender")
    (rendered,) = render_unit(SCENE, [plan(SCENE, request.param, VIEWS)], ROUGH, LIMITS, folder, folder / "log")
    assert [path.name for path in folder.iterdir()] == ["log"], "nothing but the log is left in the scratch folder"
    return rendered


@needs_blender
@blender
class TestFramesOfTheFlat:
    def test_depth_is_planar_at_pixel_centres_as_the_ray_caster_has_it(self, episode: RenderedEpisode) -> None:
        caster = RayCaster(SCENE, 1)
        for frame, pose in enumerate(episode.plan.camera_to_world):
            cast = caster.cast(episode.plan.camera, pose).depth.reshape(episode.depth[frame].shape)
            difference = np.abs(episode.depth[frame] - 1000.0 * cast)
            # Half a millimetre is what writing whole ones costs.
            assert np.median(difference) <= 0.5
            assert np.quantile(difference, 0.99) <= 0.6

    def test_ids_are_those_of_the_ray_caster(self, episode: RenderedEpisode) -> None:
        caster = RayCaster(SCENE, 1)
        for frame, pose in enumerate(episode.plan.camera_to_world):
            cast = caster.instance(caster.cast(episode.plan.camera, pose)).reshape(episode.depth[frame].shape)
            assert (episode.instance[frame] == cast).mean() > 0.998
            assert len(np.unique(cast)) >= 3

    def test_corners_of_furniture_appear_within_a_pixel_and_a_centimetre(self, episode: RenderedEpisode) -> None:
        found = 0
        for frame in range(3):
            for thing in SCENE.instances:
                if thing.category not in {"sofa", "table", "bed", "cabinet", "plant"}:
                    continue
                seen = episode.instance[frame] == thing.id
                corners = np.array(list(itertools.product(*zip(thing.low, thing.high, strict=True))))
                pixels, depths = pixels_of(corners, episode.plan, frame)
                if seen.sum() < 20 or not _fully_in_view(pixels, depths, seen.shape):
                    continue
                v, u = np.nonzero(seen)
                # A pixel belongs to what covers its centre: the mask ends within a pixel of the outermost corners.
                assert u.min() >= pixels[:, 0].min() - 1e-3
                assert u.max() <= pixels[:, 0].max() + 1e-3
                assert v.min() >= pixels[:, 1].min() - 1e-3
                assert v.max() <= pixels[:, 1].max() + 1e-3
                assert episode.depth[frame][seen].min() >= 1000 * depths.min() - 10
                assert episode.depth[frame][seen].max() <= 1000 * depths.max() + 10
                found += 1
        assert found >= 1

    def test_the_record_says_what_made_the_frames(self, episode: RenderedEpisode) -> None:
        assert episode.renderer == {
            "engine": "cycles",
            "bpy": "4.2.23 LTS",
            "blenderproc": "2.8.0",
            "device": "CPU",
            "samples": "1",
            "denoiser": "none",
            "lighting": "path-traced",
            "view_transform": "Standard",
        }


@needs_blender
@blender
def test_further_cameras_and_the_sensor_see_what_the_ray_caster_sees(tmp_path: Path) -> None:
    plans = [plan(SCENE, WIDE, VIEWS[:2], robot=TWO_EYED)]
    # A loss on dark surfaces would depend on colours, which differ.
    sensor = Sensor(dark_loss=0)
    settings = [ROUGH, ROUGH.model_copy(update={"renderer": "raycast"})]
    traced, cast = (
        next(iter(render_unit(SCENE, plans, each, LIMITS, tmp_path, tmp_path / "log", sensor))) for each in settings
    )
    for one, other in zip(traced.views, cast.views, strict=True):
        assert np.abs(one.depth.astype(int) - other.depth).max() <= 1
        assert (one.instance == other.instance).mean() > 0.998
        assert one.sensor_depth is not None
        assert other.sensor_depth is not None
        assert ((one.sensor_depth > 0) == (other.sensor_depth > 0)).mean() > 0.99
        apart = one.sensor_depth.astype(int) - other.sensor_depth
        assert (np.abs(apart) <= 0.002 * other.sensor_depth + 2).mean() > 0.95


@needs_blender
@blender
def test_rooms_are_lit_at_noon_and_at_night_and_windows_show_the_hour(tmp_path: Path) -> None:
    """The flat without its east wall, so that the sky is seen."""
    kept = SCENE.mesh.instance != 5
    mesh = replace(
        SCENE.mesh,
        triangles=SCENE.mesh.triangles[kept],
        instance=SCENE.mesh.instance[kept],
        material=SCENE.mesh.material[kept],
        uv=SCENE.mesh.uv[kept],  # type: ignore[index]
    )
    dimmed = tuple(replace(light, power=25.0) for light in SCENE.lights)
    opened = replace(SCENE, mesh=mesh, lights=dimmed)
    skies, rooms = [], []
    for hour in (12.0, 21.0):
        settings = Variation(hours=(hour, hour), paint=0, exposure=(0, 0))
        seen, _ = vary(opened, settings, 0, np.random.default_rng(0))
        (episode,) = render(seen, [[(5.6, 2.0, 0.0)]], tmp_path, ROUGH.model_copy(update={"samples": 4}))
        image = decode_rgb(episode.rgb[0]).astype(float)
        skies.append(np.median(image[episode.instance[0] == 0], axis=0))
        rooms.append(image[episode.instance[0] > 0].mean())
    assert all(40 < room < 200 for room in rooms)
    assert skies[0].min() > 150
    assert skies[1].max() < 40
    assert skies[1][2] == skies[1].max(), "a night is blue"


@needs_blender
@blender
def test_an_unlit_scan_shows_its_textures_own_colours(tmp_path: Path) -> None:
    quarters = np.zeros((64, 64, 3), np.uint8)
    quarters[:32, :32] = (200, 30, 60)
    quarters[:32, 32:] = (17, 130, 90)
    quarters[32:, :32] = (240, 240, 9)
    quarters[32:, 32:] = (128, 128, 128)
    scene = walls([quarters, np.full((8, 8, 3), (90, 60, 30), np.uint8)])
    ((episode,)) = render(scene, [[(0.5, 0.0, 0.0)]], tmp_path, replace_samples(4))
    image = decode_rgb(episode.rgb[0]).astype(int)
    middle = np.array([[y, z] for y in (0.5, -0.5) for z in (1.5, 0.5)])
    pixels, _ = pixels_of(np.c_[np.full(4, 3.0), middle], episode.plan, 0)
    expected = [(200, 30, 60), (240, 240, 9), (17, 130, 90), (128, 128, 128)]
    for (u, v), color in zip(np.rint(pixels).astype(int), expected, strict=True):
        assert image[v, u] == pytest.approx(color, abs=3)  # JPEG at 100 is off by so much
    assert episode.renderer["lighting"] == "unlit"
    assert episode.renderer["denoiser"] == "none"
    second = episode.instance[0] == 2
    inside = second & np.roll(second, 2, 0) & np.roll(second, -2, 0) & np.roll(second, 2, 1) & np.roll(second, -2, 1)
    assert inside.sum() > 50
    assert np.abs(image[inside] - (90, 60, 30)).max() <= 6, "the picture lies on the mask"
    nothing = episode.instance[0] == 0
    assert np.median(image[nothing]) == 0, "beyond the walls is the sky, black here"


@needs_blender
@blender
def test_vertex_colours_are_srgb_and_multiply_with_the_base_colour(tmp_path: Path) -> None:
    scene = walls([], [(200, 100, 50), (188, 188, 188)])
    mesh = scene.mesh
    halved = (mesh.materials[0], replace(mesh.materials[1], base_color=(0.5, 0.5, 0.5)))
    scene = replace(scene, mesh=replace(mesh, materials=halved))
    (episode,) = render(scene, [[(0.0, 0.0, -0.2)]], tmp_path)
    image = decode_rgb(episode.rgb[0]).astype(int)
    assert np.median(image[episode.instance[0] == 1], axis=0) == pytest.approx([200, 100, 50], abs=3)
    assert np.median(image[episode.instance[0] == 2], axis=0) == pytest.approx([137, 137, 137], abs=3)


@needs_blender
@blender
def test_light_colours_do_not_depend_on_threads_company_or_process(tmp_path: Path) -> None:
    settings = Rendering(samples=2, denoise=True, max_bounces=2)
    together = render(SCENE, [VIEWS[:1], VIEWS[1:]], tmp_path, settings)
    plans = [plan(SCENE, WIDE, VIEWS[1:], 1)]
    limits = replace(LIMITS, threads=2)
    (alone,) = render_unit(SCENE, plans, settings, limits, tmp_path, tmp_path / "log")
    assert alone.rgb == together[1].rgb
    assert np.array_equal(alone.depth, together[1].depth)
    assert np.array_equal(alone.instance, together[1].instance)
    image = decode_rgb(alone.rgb[0])
    assert 40 < image.mean() < 250


@needs_blender
@blender
def test_baked_light_is_the_light_that_is_traced(tmp_path: Path) -> None:
    dimmed = replace(SCENE, lights=tuple(replace(light, power=25.0) for light in SCENE.lights))
    (traced,) = render(dimmed, [VIEWS], tmp_path, Rendering(samples=24, denoise=False))
    light = decode_light(encode_light(bake_light(dimmed, 1)), dimmed)
    plans = [plan(dimmed, WIDE, VIEWS)]
    (baked,) = render_unit(dimmed, plans, ROUGH, LIMITS, tmp_path, tmp_path / "log", light=light)
    assert baked.renderer["lighting"] == "baked"
    assert np.array_equal(baked.instance, traced.instance)
    assert np.abs(baked.depth.astype(int) - traced.depth).max() <= 1
    cast = RayCaster(dimmed, 1, light)
    for frame in range(3):
        first, second = (decode_rgb(episode.rgb[frame]).astype(float) for episode in (traced, baked))
        kept = (first.max(axis=2) < 250) & (second.max(axis=2) < 250)
        assert second[kept].mean() == pytest.approx(first[kept].mean(), rel=0.04)
        assert np.abs(second[kept] - first[kept]).mean() < 6
        third = cast.picture(WIDE, plans[0].camera_to_world[frame], 20.0).color.astype(float)
        assert np.abs(third[kept] - second[kept]).mean() < 4, "the ray caster shows the same light"


@needs_blender
@blender
def test_what_stands_behind_glass_shows_without_specks(tmp_path: Path) -> None:
    """Two boxes of smoked glass, one behind the other: under baked light a ray meets four panes, then the wall."""
    mesh, box = SCENE.mesh, SCENE.mesh.instance == 16
    clear = replace(mesh.materials[5], base_color=(0.7, 0.7, 0.7), roughness=0.0, transmission=1.0)
    twice = replace(
        mesh,
        vertices=np.concatenate([mesh.vertices, mesh.vertices[-24:] + np.array([0.5, -0.25, 0.0], np.float32)]),
        triangles=np.concatenate([mesh.triangles, mesh.triangles[box] + 24]),
        instance=np.concatenate([mesh.instance, mesh.instance[box]]),
        material=np.concatenate([mesh.material, mesh.material[box]]),
        uv=np.concatenate([mesh.uv, mesh.uv[box]]),  # type: ignore[index]
        materials=(*mesh.materials[:5], clear),
    )
    dimmed = tuple(replace(light, power=25.0) for light in SCENE.lights)
    glazed = replace(SCENE, mesh=twice, lights=dimmed)
    plans = [plan(glazed, WIDE, [(6.8, 3.0, 2.7)])]
    light = bake_light(glazed, 1)
    (seen,) = render_unit(glazed, plans, replace_samples(4), LIMITS, tmp_path, tmp_path / "log", light=light)
    image = decode_rgb(seen.rgb[0])
    behind = cv2.erode((seen.instance[0] == 16).astype(np.uint8), np.ones((7, 7))) > 0
    behind[36:] = False  # there lie the boxes' bottoms, in the floor itself
    assert behind.sum() > 100
    specks = cv2.absdiff(image, cv2.medianBlur(image, 5))[behind]
    assert (specks > 12).mean() < 0.01
    assert 20 < image[behind].mean() < 150, "four panes leave a quarter of the light"


@needs_blender
@blender
def test_a_pane_seen_aslant_is_clear(tmp_path: Path) -> None:
    """The plant's box as glass, seen at 45°: more than what is totally reflected inside glass."""
    clear = replace(SCENE.mesh.materials[5], base_color=(1.0, 1.0, 1.0), roughness=0.0, transmission=1.0)
    materials = (*SCENE.mesh.materials[:5], clear)
    dimmed = tuple(replace(light, power=25.0) for light in SCENE.lights)
    glazed = replace(SCENE, mesh=replace(SCENE.mesh, materials=materials), lights=dimmed)
    (seen,) = render(glazed, [[(6.6, 2.5, 2.356)]], tmp_path, Rendering(samples=16))
    image = decode_rgb(seen.rgb[0]).astype(float)
    upper = np.arange(len(image))[:, None] < 40
    through = (cv2.erode((seen.instance[0] == 16).astype(np.uint8), np.ones((5, 5))) > 0) & upper
    beside = (seen.instance[0] == 7) & upper
    assert through.sum() > 100
    assert image[through].mean() > 0.7 * image[beside].mean()


@needs_blender
@blender
def test_a_texture_that_is_no_image_names_the_scene(tmp_path: Path) -> None:
    scene = walls([np.full((8, 8, 3), 90, np.uint8)])
    broken = replace(scene, mesh=replace(scene.mesh, textures=(Texture("kitchen.jpg", b"\xff\xd8broken"),)))
    with pytest.raises(SceneError, match=r"scene walls: texture kitchen\.jpg"):
        render(broken, [[(0.0, 0.0, 0.0)]], tmp_path)


@needs_blender
@blender
@pytest.mark.parametrize(
    ("harm", "limits", "told"),
    [
        (signal.SIGKILL, LIMITS, "killed by SIGKILL"),
        (signal.SIGSTOP, replace(LIMITS, deadline=4.0), "no progress for 4 s"),
        (None, replace(LIMITS, memory_bytes=200 * 2**20), "above its limit of 0.20 GiB"),
    ],
)
def test_a_child_that_dies_hangs_or_grows_is_transient_and_leaves_nothing(
    tmp_path: Path, harm: signal.Signals | None, limits: ChildLimits, told: str
) -> None:
    plans = [plan(SCENE, WIDE, VIEWS[:1]), plan(SCENE, WIDE, VIEWS * 200, 1)]
    frames = render_unit(SCENE, plans, ROUGH, limits, tmp_path, tmp_path / "log")
    with pytest.raises(TransientError, match=re.escape(told)):
        for episode in frames:
            assert episode.plan.index == 0
            (child,) = _render_children(os.getpid())
            if harm is not None:
                child.send_signal(harm)
    assert _render_children(os.getpid()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


@needs_blender
@blender
def test_a_reader_that_stops_early_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    plans = [plan(SCENE, WIDE, VIEWS[:1]), plan(SCENE, WIDE, VIEWS * 200, 1)]
    frames = render_unit(SCENE, plans, ROUGH, LIMITS, tmp_path, tmp_path / "log")
    assert next(frames).plan.index == 0
    assert isinstance(frames, Iterator)
    frames.close()  # type: ignore[attr-defined]
    assert _render_children(os.getpid()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


@needs_blender
@blender
def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.factory.rendering.test_blender import *\n"
        "folder = Path(sys.argv[1])\n"
        "plans = [plan(SCENE, WIDE, VIEWS[:1]), plan(SCENE, WIDE, VIEWS * 200, 1)]\n"
        "for episode in render_unit(SCENE, plans, ROUGH, LIMITS, folder, folder / 'log'): print('one', flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"one\n"
        (child,) = _render_children(parent.pid)
        parent.kill()
        psutil.wait_procs([child], timeout=10)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()  # type: ignore[union-attr]


def test_without_blender_the_command_that_installs_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bpy", None)
    with pytest.raises(MissingExtraError, match=r"needs bpy.*pip install 'navfoundry\[render\]'"):
        render(SCENE, [VIEWS], tmp_path)


@pytest.mark.parametrize("short", ["rgb_0000.bmp", "depth_0000.exr", "instance_0000.exr"])
def test_a_frame_cut_short_by_a_full_disk_is_transient(tmp_path: Path, short: str) -> None:
    camera = WIDE
    cv2.imwrite(str(tmp_path / "rgb_0000.bmp"), np.zeros((camera.height, camera.width, 3), np.uint8))
    for name in ("depth_0000.exr", "instance_0000.exr"):
        (tmp_path / name).write_bytes(bytes(500 + camera.height * (8 + 12 * camera.width)))
    whole = (tmp_path / short).read_bytes()
    (tmp_path / short).write_bytes(whole[: len(whole) // 3])
    with pytest.raises(TransientError, match=f"{short} was not written whole"):
        take_frame(tmp_path, 0, camera, 20.0)


def _exr(row: float) -> bytes:
    """Scan lines as Blender leaves them, all of one value."""
    line = bytes(8) + np.full(3 * WIDE.width, row, np.float32).tobytes()
    return line * WIDE.height


@pytest.mark.parametrize(("scale", "units"), [(0.001, 1235), (0.0001, 12346)])
def test_what_the_child_wrote_is_taken_in_the_unit_that_is_asked_for(tmp_path: Path, scale: float, units: int) -> None:
    cv2.imwrite(str(tmp_path / "rgb_0007.bmp"), np.zeros((WIDE.height, WIDE.width, 3), np.uint8))
    (tmp_path / "depth_0007.exr").write_bytes(_exr(1.23456))
    (tmp_path / "instance_0007.exr").write_bytes(_exr(5.0))
    picture = take_frame(tmp_path, 7, WIDE, 20.0, scale)
    assert (picture.depth == units).all()
    assert (picture.instance == 5).all()
    assert list(tmp_path.iterdir()) == []


def test_only_the_programs_of_their_own_import_blender() -> None:
    root = Path(__file__).parents[3]
    rooms = ("schemas", "factory", "scene_adapters", "captioning", "trainer", "pipelines")
    pattern = re.compile(r"^\s*(import|from) (bpy|blenderproc|mathutils)\b", re.MULTILINE)
    files = [path for room in rooms for path in (root / room).rglob("*.py") if pattern.search(path.read_text())]
    assert sorted(path.name for path in files) == [
        "blender_child.py",
        "blender_materials.py",
    ]
    for path in files:
        text = path.read_text()
        assert text.startswith("# SPDX-License-Identifier: GPL-3.0-or-later\n")
        assert not re.search(rf"^\s*(import|from) ({'|'.join(rooms)})\b", text, re.MULTILINE)


def replace_samples(samples: int) -> Rendering:
    return ROUGH.model_copy(update={"samples": samples})


def _fully_in_view(pixels: np.ndarray, depths: np.ndarray, shape: tuple[int, ...]) -> bool:
    v, u = pixels[:, 1], pixels[:, 0]
    return bool(
        (depths > 0.1).all() and (u >= 0).all() and (u < shape[1]).all() and (v >= 0).all() and (v < shape[0]).all()
    )


def _render_children(pid: int) -> list[psutil.Process]:
    def command(process: psutil.Process) -> str:
        try:
            return " ".join(process.cmdline())
        except psutil.Error:
            return ""

    return [child for child in psutil.Process(pid).children() if "blender_child" in command(child)]
