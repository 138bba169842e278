# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of its own that renders one job with BlenderProc: `python -P blender_child.py JOB_FOLDER`.

It imports nothing of ours but `blender_materials.py`: what it knows of a scene it reads from the job
folder (`job.json`, `scene.npz`, `textures/`). Its standard output carries one line an event, each
flushed: `engine JSON`, `loaded`, `frame N` once all files of frame N are complete, `fault TEXT`,
`done`. Blender's own noise goes to standard error.

All poses are rendered in one call with persistent data, depth and object index in the same pass.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

# Without it blenderproc refuses to be imported by anything but its own command, which downloads a Blender.
os.environ["OUTSIDE_OF_THE_INTERNAL_BLENDER_PYTHON_ENVIRONMENT_BUT_IN_RUN_SCRIPT"] = "1"

import bpy
import mathutils

# Our own programs lie beside this one, and Python was told (-P) not to look there by itself.
sys.path.append(str(Path(__file__).parent))
from blender_materials import COLOR_LAYER, LIGHT_LAYERS, LIGHT_MAPS, baked_material, lit_material, unlit_material

# The modules behind its public names: the public package first wants to install packages into a Blender.
from blenderproc.python.camera import CameraUtility
from blenderproc.python.renderer import RendererUtility
from blenderproc.python.utility import Initializer
from blenderproc.python.utility.SetupUtility import SetupUtility
from blenderproc.version import __version__ as blenderproc_version

Array = np.ndarray[Any, Any]

SUN_ANGLE = 0.0093  # of the sun's disc, radians
SMOOTH_ANGLE = 0.6  # edges flatter than this are shaded smooth, radians
PANES = 16  # surfaces of glass that a ray goes through; what is behind more is black
NEAR, FAR = 0.01, 1000.0  # clipping planes, metres


class FaultyJobError(Exception):
    """The job itself cannot be rendered; a retry would not help."""


def main(folder: Path, work: Callable[[Path, int], None]) -> None:
    """Do the job in `folder`; `work` gets the folder and where to tell of events."""
    report = _separate_report_from_noise()
    # Never outlive who started us: PR_SET_PDEATHSIG, and the pipe for one who died before that.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    code = 0
    try:
        work(folder, report)
    except FaultyJobError as fault:
        tell(report, "fault", str(fault))
        code = 1
    except Exception:
        traceback.print_exc()
        code = 2
    sys.stdout.flush()
    sys.stderr.flush()
    # The interpreter's own exit crashes once bpy and blenderproc are loaded.
    os._exit(code)


def render(folder: Path, report: int) -> None:
    """Render all frames of the job into `folder/frames`."""
    prepare(folder, report)
    render_frames(folder, report)


def prepare(folder: Path, report: int) -> None:
    """Load the job: scene, camera, poses and what is written of a frame."""
    job = json.loads((folder / "job.json").read_text())
    with np.load(folder / "scene.npz", allow_pickle=False) as arrays:
        scene = dict(arrays)
    frames = folder / "frames"
    start(job, frames)
    tell(report, "engine", json.dumps(provenance(job)))
    build_scene(job, scene, folder / "textures")
    _set_camera(job, scene["poses"])
    _set_outputs(job, frames)
    tell(report, "loaded")


def render_frames(folder: Path, report: int) -> None:
    """Render all frames of what is loaded in one call."""
    _silence()
    bpy.app.handlers.render_write.append(lambda made, _=None: tell(report, "frame", made.frame_current))
    RendererUtility.render(
        str(folder / "frames"), "rgb_", output_key=None, load_keys=set(), return_data=False, verbose=True
    )
    tell(report, "done")


def _separate_report_from_noise() -> int:
    report = os.dup(1)
    os.dup2(2, 1)
    return report


def _silence() -> None:
    """Drop Blender's standard output: from here on it is some fifty lines a frame. Its errors come on the other."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def tell(report: int, event: str, detail: object = "") -> None:
    """One line of the report."""
    os.write(report, f"{event} {detail}\n".encode())


def start(job: dict[str, Any], frames: Path) -> None:
    """An empty scene and Cycles as the job wants it."""
    SetupUtility.setup_utility_paths(str(frames))
    Initializer.clean_up(clean_up_camera=True)
    RendererUtility.render_init()
    if job["device"] == "CPU":
        RendererUtility.set_render_devices(use_only_cpu=True)
    else:
        RendererUtility.set_render_devices(desired_gpu_device_type=job["device"])
        if bpy.context.scene.cycles.device == "CPU":  # what BlenderProc turns to without a word
            raise RuntimeError(f"no device that Blender can use by {job['device']}")
    RendererUtility.set_cpu_threads(job["threads"])
    RendererUtility.set_max_amount_of_samples(job["samples"])
    RendererUtility.set_noise_threshold(0)
    # A home has dozens of lamps: without it most samples go to lamps behind walls (31 against 37 dB at 4 samples).
    RendererUtility.toggle_light_tree(True)
    bounces = {"unlit": 0, "baked": 1, "path-traced": job["max_bounces"]}[job["lighting"]]
    RendererUtility.set_light_bounces(bounces, bounces, 0, bounces, bounces, PANES, 0)
    # Else a ray is dropped by chance at each pane after the first: black specks, and no denoiser over baked light.
    bpy.context.scene.cycles.min_transparent_bounces = PANES
    bpy.context.scene.cycles.seed = 0


def provenance(job: dict[str, Any]) -> dict[str, str]:
    """What makes the pictures."""
    device = bpy.context.scene.cycles.device
    kind = bpy.context.preferences.addons["cycles"].preferences.compute_device_type
    return {
        "engine": "cycles",
        "bpy": bpy.app.version_string,
        "blenderproc": blenderproc_version,
        "device": "CPU" if device == "CPU" else kind,
        "samples": str(job["samples"]),
        "denoiser": "OpenImageDenoise" if job["denoise"] else "none",
        "lighting": job["lighting"],
        "view_transform": "Standard",
    }


def build_scene(job: dict[str, Any], scene: dict[str, Array], textures: Path) -> None:
    """One object an instance, its id as `pass_index`; materials, lights and sky as the job says."""
    images = [_load_image(textures / name) for name in job["textures"]]
    has_color = "color" in scene
    light = _light_image(scene["light_texels"]) if job["lighting"] == "baked" else None
    baked = partial(baked_material, light=light)
    kinds: dict[str, Callable[..., Any]] = {"unlit": unlit_material, "baked": baked, "path-traced": lit_material}
    make = kinds[job["lighting"]]
    materials = [make(material, images, has_color) for material in job["materials"]]
    borders = np.flatnonzero(np.diff(scene["instance"])) + 1
    for rows in np.split(np.arange(len(scene["instance"])), borders):
        _add_object(slice(int(rows[0]), int(rows[-1]) + 1), scene, materials, smooth=job["lighting"] != "unlit")
    if job["lighting"] == "path-traced":
        for light in job["lights"]:
            _add_light(light)
    RendererUtility.set_world_background(job["sky"])
    # Windows show the sky; the daylight that comes in through them is among the lights, with less noise.
    bpy.context.scene.world.cycles_visibility.diffuse = not job["lights"]


def _load_image(path: Path) -> Any:
    image = bpy.data.images.load(str(path), check_existing=True)
    if image.size[0] == 0:
        raise FaultyJobError(f"texture {path.name}: Blender cannot read it")
    image.colorspace_settings.name = "sRGB"
    image.alpha_mode = "NONE"
    return image


def _light_image(texels: Array) -> Any:
    height, width = texels.shape[:2]
    image = bpy.data.images.new("light", width, height, alpha=False, float_buffer=True, is_data=True)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = texels
    image.pixels.foreach_set(pixels.reshape(-1))
    return image


def _add_object(rows: slice, scene: dict[str, Array], materials: list[Any], smooth: bool) -> None:
    instance = int(scene["instance"][rows.start])
    used, corners = np.unique(scene["triangles"][rows].reshape(-1), return_inverse=True)
    count = rows.stop - rows.start
    mesh = bpy.data.meshes.new(f"instance_{instance:05d}")
    mesh.vertices.add(len(used))
    mesh.vertices.foreach_set("co", scene["vertices"][used].reshape(-1))
    mesh.loops.add(3 * count)
    mesh.loops.foreach_set("vertex_index", corners.reshape(-1).astype(np.int32))
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    slots, index = np.unique(scene["material"][rows], return_inverse=True)
    for slot in slots:
        mesh.materials.append(materials[slot])
    mesh.polygons.foreach_set("material_index", index.reshape(-1).astype(np.int32))
    if "uv" in scene:
        mesh.uv_layers.new(name="uv").uv.foreach_set("vector", scene["uv"][rows].reshape(-1))
    if "color" in scene:
        colors = mesh.color_attributes.new(COLOR_LAYER, "BYTE_COLOR", "POINT").data
        colors.foreach_set("color_srgb", (scene["color"][used] / np.float32(255)).reshape(-1))
    if "light_texel" in scene:
        for side, layer in enumerate(LIGHT_MAPS):
            mesh.uv_layers.new(name=layer).uv.foreach_set("vector", scene["light_texel"][rows, :, side].reshape(-1))
        for side, layer in enumerate(LIGHT_LAYERS):
            colors = np.ones((3 * count, 4), np.float32)
            colors[:, :3] = scene["light_spot"][rows, :, side].reshape(-1, 3)
            mesh.color_attributes.new(layer, "FLOAT_COLOR", "CORNER").data.foreach_set("color", colors.reshape(-1))
    mesh.update(calc_edges=True)
    if smooth:
        mesh.shade_smooth()
        mesh.set_sharp_from_angle(angle=SMOOTH_ANGLE)
    thing = bpy.data.objects.new(mesh.name, mesh)
    thing["instance"] = instance
    bpy.context.scene.collection.objects.link(thing)


def _add_light(light: dict[str, Any]) -> None:
    lamp = bpy.data.lights.new(light["kind"], light["kind"].upper())
    lamp.color = light["color"]
    lamp.energy = light["power"]
    if light["kind"] == "area":
        lamp.shape = "RECTANGLE"
        lamp.size, lamp.size_y = light["size"]
    elif light["kind"] == "point":
        lamp.shadow_soft_size = light["size"][0] / 2
    else:
        lamp.angle = SUN_ANGLE
    holder = bpy.data.objects.new(light["kind"], lamp)
    holder.location = light["position"]
    holder.rotation_euler = mathutils.Vector(light["direction"]).to_track_quat("-Z", "Y").to_euler()
    # It has no instance id and no depth: the fixture around it is what one sees.
    holder.visible_camera = False
    # Nor do mirrors and panes show the sheet of daylight that hangs inside a window, least of all its dark back.
    holder.visible_glossy = light["kind"] != "area"
    bpy.context.scene.collection.objects.link(holder)


def _set_camera(job: dict[str, Any], poses: Array) -> None:
    CameraUtility.set_intrinsics_from_K_matrix(job["K"], job["width"], job["height"], NEAR, FAR)
    opengl_from_opencv = np.diag([1.0, -1.0, -1.0, 1.0])
    bpy.context.scene.frame_start = bpy.context.scene.frame_end = 0
    for pose in poses:
        CameraUtility.add_camera_pose(pose @ opengl_from_opencv)


def _set_outputs(job: dict[str, Any], frames: Path) -> None:
    scene = bpy.context.scene
    # BMP costs nothing to write and read; it lives until the parent has made a JPEG of it.
    RendererUtility.set_output_format("BMP", 8, enable_transparency=False, view_transform="Standard")
    scene.render.dither_intensity = 0.0
    RendererUtility.set_denoiser("INTEL" if job["denoise"] else None)
    RendererUtility.enable_depth_output(activate_antialiasing=False, output_dir=str(frames), file_prefix="depth_")
    RendererUtility.enable_segmentation_output(
        "instance", pass_alpha_threshold=0.0, output_dir=str(frames), file_prefix="instance_"
    )
    for node in scene.node_tree.nodes:
        if node.bl_idname == "CompositorNodeDenoise":
            # Prefiltering its guides as well costs as much as another sample and is worth less.
            node.prefilter = "FAST"
        if node.bl_idname == "CompositorNodeOutputFile":
            node.format.color_mode = "RGB"
            node.format.color_depth = "32"
            node.format.exr_codec = "NONE"
    # BlenderProc numbers the objects by their order in the scene; ours keep their instance ids.
    for thing in scene.objects:
        thing.pass_index = thing.get("instance", 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), render)
