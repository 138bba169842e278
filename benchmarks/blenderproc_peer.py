# SPDX-License-Identifier: GPL-3.0-or-later
"""BlenderProc as somebody would drive it by hand: `python -P blenderproc_peer.py JOB_FOLDER KIND`.

Scene, camera, poses and samples are those of our own child's job; RGB, depth and masks are written as BlenderProc
writes them, and not read back. KIND is
stock : BlenderProc's own defaults of quality: 1024 samples, its noise threshold, bounces and denoiser
by-hand : its denoiser as it is, with the accurate prefilter, and no light tree, as it comes
tuned : the light tree and the denoiser's fast prefilter, which its documentation does not speak of
a-call-a-frame : as by-hand, but rendered pose after pose
reference : the light tree, the accurate prefilter and another seed than the frames that are held against it

All poses are rendered in one call but for the last but one.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "factory/rendering"))

import blender_child
import bpy
from blenderproc.python.renderer import RendererUtility
from blenderproc.python.utility.DefaultConfig import DefaultConfig


def render(kind: str, folder: Path, report: int) -> None:
    """Render all frames of the job and tell of each."""
    blender_child.prepare(folder, report)
    scene = bpy.context.scene
    RendererUtility.toggle_light_tree(kind in ("tuned", "reference"))
    if kind == "stock":
        set_defaults()
    if kind == "reference":
        scene.cycles.seed = 1
    RendererUtility.set_output_format(DefaultConfig.file_format, DefaultConfig.color_depth)
    for node in scene.node_tree.nodes:
        if node.bl_idname == "CompositorNodeDenoise":
            node.prefilter = "FAST" if kind == "tuned" else "ACCURATE"
        if node.bl_idname == "CompositorNodeOutputFile":
            node.format.exr_codec = "ZIP"
    if kind != "a-call-a-frame":
        blender_child.render_frames(folder, report)
        return
    for frame in range(scene.frame_end):
        scene.frame_start, scene.frame_end = frame, frame + 1
        bpy.app.handlers.render_write.clear()  # of the call before
        blender_child.render_frames(folder, report)


def set_defaults() -> None:
    """What BlenderProc sets when nothing is asked of it."""
    RendererUtility.set_max_amount_of_samples(DefaultConfig.samples)
    RendererUtility.set_noise_threshold(DefaultConfig.sampling_noise_threshold)
    RendererUtility.set_light_bounces(
        DefaultConfig.diffuse_bounces,
        DefaultConfig.glossy_bounces,
        DefaultConfig.ao_bounces_render,
        DefaultConfig.max_bounces,
        DefaultConfig.transmission_bounces,
        DefaultConfig.transparency_bounces,
        DefaultConfig.volume_bounces,
    )


if __name__ == "__main__":
    blender_child.main(Path(sys.argv[1]), partial(render, sys.argv[2]))
