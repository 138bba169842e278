# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of its own that renders one job with BlenderProc: `python -P blender_child.py JOB_FOLDER`.

It is the one file that imports bpy and blenderproc, and it imports nothing else of ours: what it
knows of a scene it reads from the job folder (`job.json`, `scene.npz`, `textures/`). Its standard
output carries one line an event, each flushed: `engine JSON`, `loaded`, `frame N` once all files of
frame N are complete, `fault TEXT`, `done`. Blender's own noise goes to standard error.

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

# The modules behind its public names: the public package first wants to install packages into a Blender.
from blenderproc.python.camera import CameraUtility
from blenderproc.python.renderer import RendererUtility
from blenderproc.python.utility import Initializer
from blenderproc.python.utility.SetupUtility import SetupUtility
from blenderproc.version import __version__ as blenderproc_version

Array = np.ndarray[Any, Any]

SUN_ANGLE = 0.0093  # of the sun's disc, radians
SMOOTH_ANGLE = 0.6  # edges flatter than this are shaded smooth, radians
NEAR, FAR = 0.01, 1000.0  # clipping planes, metres
GLASS_IOR = 1.45
SHEEN = 0.5  # brightness of what a gloss mirrors, relative to the light that falls on it
LIGHT_LAYERS = ("light_front", "light_back")
LIGHT_MAPS = ("map_front", "map_back")
COLOR_LAYER = "paint"  # under a name of Cycles' own, as "color" or "vertex_color", it comes out black


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
    if job["gpu"]:
        RendererUtility.set_render_devices(desired_gpu_device_type=["OPTIX", "CUDA"])
    else:
        RendererUtility.set_render_devices(use_only_cpu=True)
    RendererUtility.set_cpu_threads(job["threads"])
    RendererUtility.set_max_amount_of_samples(job["samples"])
    RendererUtility.set_noise_threshold(0)
    # A home has dozens of lamps: without it most samples go to lamps behind walls (31 against 37 dB at 4 samples).
    RendererUtility.toggle_light_tree(True)
    bounces = {"unlit": 0, "baked": 1, "path-traced": job["max_bounces"]}[job["lighting"]]
    RendererUtility.set_light_bounces(bounces, bounces, 0, bounces, bounces, 8, 0)
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
    baked = partial(_baked_material, light=light)
    kinds: dict[str, Callable[..., Any]] = {"unlit": _unlit_material, "baked": baked, "path-traced": _lit_material}
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


def _color_source(nodes: Any, links: Any, material: dict[str, Any], images: list[Any], has_color: bool) -> Any:
    """The socket of base colour × texture × vertex colour, or None where it is the base colour alone."""
    sources = []
    if material["texture"] is not None:
        texture = nodes.new("ShaderNodeTexImage")
        texture.image = images[material["texture"]]
        sources.append(texture.outputs["Color"])
    if has_color:
        attribute = nodes.new("ShaderNodeVertexColor")
        attribute.layer_name = COLOR_LAYER
        sources.append(attribute.outputs["Color"])
    if not sources:
        return None
    if any(value != 1.0 for value in material["base_color"]):
        sources.append(_constant(nodes, material["base_color"]))
    return _product(nodes, links, sources)


def _constant(nodes: Any, color: list[float]) -> Any:
    constant = nodes.new("ShaderNodeRGB")
    constant.outputs[0].default_value = (*color, 1.0)
    return constant.outputs[0]


def _product(nodes: Any, links: Any, factors: list[Any]) -> Any:
    product = factors[0]
    for factor in factors[1:]:
        multiply = nodes.new("ShaderNodeVectorMath")
        multiply.operation = "MULTIPLY"
        links.new(product, multiply.inputs[0])
        links.new(factor, multiply.inputs[1])
        product = multiply.outputs[0]
    return product


def _new_material(material: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    made = bpy.data.materials.new(material["name"])
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    return made, nodes, links, nodes.new("ShaderNodeOutputMaterial")


def _unlit_material(material: dict[str, Any], images: list[Any], has_color: bool) -> Any:
    made, nodes, links, output = _new_material(material)
    made.cycles.emission_sampling = "NONE"
    emission = nodes.new("ShaderNodeEmission")
    emission.inputs["Color"].default_value = (*material["base_color"], 1.0)
    source = _color_source(nodes, links, material, images, has_color)
    if source is not None:
        links.new(source, emission.inputs["Color"])
    links.new(emission.outputs[0], output.inputs["Surface"])
    return made


def _lit_material(material: dict[str, Any], images: list[Any], has_color: bool) -> Any:
    made, nodes, links, output = _new_material(material)
    shader = nodes.new("ShaderNodeBsdfPrincipled")
    inputs = shader.inputs
    inputs["Base Color"].default_value = (*material["base_color"], 1.0)
    inputs["Roughness"].default_value = material["roughness"]
    inputs["Metallic"].default_value = material["metallic"]
    inputs["Emission Color"].default_value = (*material["emission"], 1.0)
    inputs["Emission Strength"].default_value = 1.0 if any(material["emission"]) else 0.0
    source = _color_source(nodes, links, material, images, has_color)
    if source is not None:
        links.new(source, inputs["Base Color"])
    surface = shader.outputs[0]
    if material["transmission"] > 0:
        surface = _thin_glass(nodes, links, material, surface)
    links.new(surface, output.inputs["Surface"])
    return made


def _baked_material(material: dict[str, Any], images: list[Any], has_color: bool, light: Any) -> Any:
    """Matt light is known and only looked up; metal still mirrors what is around it, glass what is behind."""
    made, nodes, links, output = _new_material(material)
    made.cycles.emission_sampling = "NONE"
    source = _color_source(nodes, links, material, images, has_color)
    if source is None:
        source = _constant(nodes, material["base_color"])
    matt = nodes.new("ShaderNodeEmission")
    sent = _with_sheen(nodes, links, source, material["roughness"])
    links.new(_product(nodes, links, [sent, _light_of_the_side(nodes, links, light)]), matt.inputs["Color"])
    surface = matt.outputs[0]
    if material["metallic"] > 0:
        gloss = nodes.new("ShaderNodeBsdfAnisotropic")
        gloss.inputs["Roughness"].default_value = material["roughness"]
        links.new(source, gloss.inputs["Color"])
        surface = _mix(nodes, links, float(material["metallic"]), surface, gloss.outputs[0])
    if any(material["emission"]):
        glow, both = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeAddShader")
        glow.inputs["Color"].default_value = (*material["emission"], 1.0)
        links.new(surface, both.inputs[0])
        links.new(glow.outputs[0], both.inputs[1])
        surface = both.outputs[0]
    if material["transmission"] > 0:
        # Without its faint mirror image, which four samples without a denoiser would show as speckle.
        surface = _mix(nodes, links, material["transmission"], surface, _clear(nodes, material))
    links.new(surface, output.inputs["Surface"])
    return made


def _with_sheen(nodes: Any, links: Any, color: Any, roughness: float) -> Any:
    """The share of light that a dielectric of that colour sends back towards the viewer.

    Its gloss takes from the colour and adds a white of its own: as much as the surroundings, taken to be as bright
    as what falls on it, would send (B. Karis, "Physically based shading on mobile", 2014, for a reflectance of 4 %).
    """
    straight, base = 1 - roughness, 0.0425 - 0.0275 * roughness  # his r.x and r.y
    slope = 1.04 - 0.04 * 1.04
    level = 0.04 * (1.04 - 0.572 * roughness) + 0.022 * roughness - 0.04
    geometry = nodes.new("ShaderNodeNewGeometry")
    facing = nodes.new("ShaderNodeVectorMath")
    facing.operation = "DOT_PRODUCT"
    links.new(geometry.outputs["Normal"], facing.inputs[0])
    links.new(geometry.outputs["Incoming"], facing.inputs[1])
    grazing = _math(nodes, links, "POWER", 2**-9.28, facing.outputs["Value"])
    capped = _math(nodes, links, "MINIMUM", straight**2, grazing)
    gloss = _math(nodes, links, "MULTIPLY_ADD", straight * slope, capped)
    gloss.node.inputs[2].default_value = base * slope + level
    mix = nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    links.new(gloss, mix.inputs["Factor"])
    links.new(color, mix.inputs[6])
    mix.inputs[7].default_value = (SHEEN, SHEEN, SHEEN, 1.0)
    return mix.outputs[2]


def _math(nodes: Any, links: Any, operation: str, constant: float, value: Any) -> Any:
    """`constant` and a socket's value, in this order, under an operation."""
    node = nodes.new("ShaderNodeMath")
    node.operation = operation
    node.inputs[0].default_value = constant
    links.new(value, node.inputs[1])
    return node.outputs[0]


def _light_of_the_side(nodes: Any, links: Any, light: Any) -> Any:
    """The baked light of the side that the ray has met: of the atlas `light`, and of the corners."""
    back = nodes.new("ShaderNodeNewGeometry").outputs["Backfacing"]
    atlas = nodes.new("ShaderNodeTexImage")
    atlas.image = light
    atlas.extension = "EXTEND"
    links.new(_of_the_side(nodes, links, back, "ShaderNodeUVMap", "uv_map", LIGHT_MAPS), atlas.inputs["Vector"])
    corners = _of_the_side(nodes, links, back, "ShaderNodeVertexColor", "layer_name", LIGHT_LAYERS)
    both = nodes.new("ShaderNodeVectorMath")
    links.new(atlas.outputs["Color"], both.inputs[0])
    links.new(corners, both.inputs[1])
    return both.outputs[0]


def _of_the_side(nodes: Any, links: Any, back: Any, kind: str, attribute: str, names: tuple[str, str]) -> Any:
    choice = nodes.new("ShaderNodeMix")
    choice.data_type = "VECTOR"
    links.new(back, choice.inputs["Factor"])
    for name, socket in zip(names, choice.inputs[4:6], strict=True):
        source = nodes.new(kind)
        setattr(source, attribute, name)
        links.new(source.outputs[0], socket)
    return choice.outputs[1]


def _thin_glass(nodes: Any, links: Any, material: dict[str, Any], opaque: Any) -> Any:
    """`opaque` mixed with a pane that does not bend light: shadow rays pass, so light comes through without noise."""
    gloss = nodes.new("ShaderNodeBsdfAnisotropic")
    gloss.inputs["Roughness"].default_value = material["roughness"]
    fresnel = nodes.new("ShaderNodeFresnel")
    fresnel.inputs["IOR"].default_value = GLASS_IOR
    pane = _mix(nodes, links, fresnel.outputs[0], _clear(nodes, material), gloss.outputs[0])
    return _mix(nodes, links, material["transmission"], opaque, pane)


def _clear(nodes: Any, material: dict[str, Any]) -> Any:
    clear = nodes.new("ShaderNodeBsdfTransparent")
    clear.inputs["Color"].default_value = (*material["base_color"], 1.0)
    return clear.outputs[0]


def _mix(nodes: Any, links: Any, share: Any, first: Any, second: Any) -> Any:
    mix = nodes.new("ShaderNodeMixShader")
    if isinstance(share, float):
        mix.inputs[0].default_value = share
    else:
        links.new(share, mix.inputs[0])
    links.new(first, mix.inputs[1])
    links.new(second, mix.inputs[2])
    return mix.outputs[0]


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
