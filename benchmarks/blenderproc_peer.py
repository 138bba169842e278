# SPDX-License-Identifier: GPL-3.0-or-later
"""BlenderProc as somebody would drive it by hand: `python -P blenderproc_peer.py JOB_FOLDER KIND`.

The scene, camera and poses are those of our own child's job; all poses are rendered in one call.
stock : BlenderProc's own defaults. by-hand : the job's samples and BlenderProc's denoiser
fast : the same with the denoiser's fast prefilter and the light tree; seed-N : another seed, for references
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
    if kind == "stock":
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
    if kind.startswith("seed-"):
        bpy.context.scene.cycles.seed = int(kind.removeprefix("seed-"))
    elif kind != "fast":
        RendererUtility.toggle_light_tree(False)
        for node in bpy.context.scene.node_tree.nodes:
            if node.bl_idname == "CompositorNodeDenoise":
                node.prefilter = "ACCURATE"
    blender_child.render_frames(folder, report)


if __name__ == "__main__":
    blender_child.main(Path(sys.argv[1]), partial(render, sys.argv[2]))
