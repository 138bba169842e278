# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of its own that takes the noise out of light: `python -P blender_denoise.py FOLDER`.

It reads `noisy.npy`, (H, W, 3) float32 linear, and writes `clean.npy` with Blender's OpenImageDenoise node.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

Array = np.ndarray[Any, Any]


def main(folder: Path) -> None:
    """Denoise the image in `folder`."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: never outlive who started us
    noisy = np.load(folder / "noisy.npy", allow_pickle=False)
    height, width = noisy.shape[:2]
    _set_nodes(noisy, folder)
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    bpy.ops.render.render()
    clean = bpy.data.images.load(str(folder / "clean_0001.exr"))
    clean.colorspace_settings.is_data = True
    pixels = np.empty(4 * width * height, np.float32)
    clean.pixels.foreach_get(pixels)
    np.save(folder / "clean.npy", pixels.reshape(height, width, 4)[..., :3])


def _set_nodes(noisy: Array, folder: Path) -> None:
    height, width = noisy.shape[:2]
    image = bpy.data.images.new("light", width, height, alpha=False, float_buffer=True, is_data=True)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = noisy
    image.pixels.foreach_set(pixels.reshape(-1))
    bpy.context.scene.use_nodes = True
    tree = bpy.context.scene.node_tree
    tree.nodes.clear()
    source, denoise, target = (tree.nodes.new(f"CompositorNode{kind}") for kind in ("Image", "Denoise", "OutputFile"))
    source.image = image
    denoise.use_hdr = True
    target.base_path = str(folder)
    target.file_slots[0].path = "clean_"
    target.format.file_format = "OPEN_EXR"
    target.format.color_mode, target.format.color_depth, target.format.exr_codec = "RGB", "32", "NONE"
    tree.links.new(source.outputs["Image"], denoise.inputs["Image"])
    tree.links.new(denoise.outputs["Image"], target.inputs[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)
