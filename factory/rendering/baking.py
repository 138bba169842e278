"""Diffuse light, found once for a home and looked up in every frame after.

Light that a matt surface sends out is the same from wherever one looks, so it need not be traced again for
each frame. Cycles traces a few paths at points all over the surface; the noise they leave is taken out on the
surface itself, once, by OpenImageDenoise where there is an image to speak of, by means over neighbours elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from factory.rendering.blender import bake_with_blender, denoise_with_blender
from factory.rendering.child import ChildLimits
from factory.rendering.job import LightPass
from factory.rendering.light import BakedLight
from factory.rendering.lightmap import GUTTER, Nodes, lay_out, place_nodes, texture_coordinates
from factory.rendering.points import Points, join_points
from factory.rendering.smoothing import fill, resample, smooth_points
from factory.rendering.visibility import is_open
from schemas.arrays import Bool, Float16, Float32
from schemas.identity import generator
from schemas.scenes import Scene

FINE, COARSE = 0.036, 0.14  # metres between points for direct and for indirect light
DIRECT_SAMPLES, INDIRECT_SAMPLES = 8, 32
BOUNCES = 4
NEAR, WIDE = 0.12, 0.2  # metres over which the one and the other are smoothed
LEAST_DENOISED = 20  # nodes across: a smaller grid looks like noise itself
FILLED = 2  # texels deep that what is inside something takes the light beside it


def bake_light(scene: Scene, limits: ChildLimits, scratch: Path, log: Path) -> BakedLight:
    """The diffuse light of a lit scene. Equal scenes get equal light.

    scratch : an existing folder for what is written on the way and removed; log : Blender's output
    Raises SceneError and TransientError as `render_with_blender` does.
    """
    layout = lay_out(scene, limits.threads, generator(0, scene.digest, 0, 0, "light"))
    fine, coarse = place_nodes(layout, FINE), place_nodes(layout, COARSE)
    sharp, soft = join_points([fine.points, layout.spots]), join_points([coarse.points, _few(layout.spots)])
    passes = (
        LightPass("DIRECT", sharp, DIRECT_SAMPLES, 0),
        LightPass("INDIRECT", soft, INDIRECT_SAMPLES, BOUNCES),
    )
    direct, indirect = bake_with_blender(scene, passes, limits, scratch, log)
    lit = np.flatnonzero(indirect.any(axis=1))  # the rest is inside something
    soft, indirect = soft.take(lit), indirect[lit]
    count = len(fine.texel)
    known = np.asarray(direct.any(axis=1))
    known[~known] = is_open(layout.mesh, sharp.take(np.flatnonzero(~known)), limits.threads)
    apart = _is_apart(fine, len(known))
    near = np.flatnonzero(known & apart)
    direct[apart] = smooth_points(
        sharp.take(near), direct[near], sharp.take(np.flatnonzero(apart)), NEAR, limits.threads
    )
    texels = _clean_texels(fine, direct[:count], known[:count], limits, scratch, log)
    settled = smooth_points(soft, indirect, coarse.points, WIDE, limits.threads)
    texels.reshape(-1, 3)[fine.texel] += _upsampled(fine, coarse, coarse.image(settled))
    spots = direct[count:] + smooth_points(soft, indirect, layout.spots, WIDE, limits.threads)
    return BakedLight(
        mesh=layout.mesh,
        parent=layout.parent,
        texels=_half(texels),
        texel=texture_coordinates(layout, fine),
        spots=_half(np.concatenate([spots, np.zeros((1, 3), np.float32)])),  # the last is for what has none
        spot=np.where(layout.spot < 0, len(spots), layout.spot).astype(np.int32),
    )


def _half(light: Float32) -> Float16:
    return np.minimum(light, 6e4).astype(np.float16)


def _few(spots: Points) -> Points:
    """One of all spots that are near each other and face alike."""
    place = np.floor(spots.position / COARSE).astype(np.int64)
    facing = np.rint(1.5 * spots.normal).astype(np.int64)
    return spots.take(np.unique(np.concatenate([place, facing], axis=1), axis=0, return_index=True)[1])


def _upsampled(fine: Nodes, coarse: Nodes, atlas: Float32) -> Float32:
    """The coarse atlas at the nodes of the fine grids, (n, 3)."""
    grid = fine.owner.reshape(-1)[fine.texel].astype(np.int64)
    node = np.stack(np.divmod(fine.texel, fine.owner.shape[1])[::-1], axis=1) - fine.grids.corner[grid]
    return np.asarray(resample(atlas, grid, node, fine.grids.nodes, coarse.grids.nodes, coarse.grids.corner))


def _is_apart(nodes: Nodes, count: int) -> Bool:
    """Which of all `count` points are not part of a grid that can be denoised as an image."""
    apart = np.ones(count, np.bool_)
    narrow = nodes.grids.nodes.min(axis=1) < LEAST_DENOISED
    apart[: len(nodes.texel)] = narrow[nodes.owner.reshape(-1)[nodes.texel]]
    return apart


def _clean_texels(nodes: Nodes, light: Float32, known: Bool, limits: ChildLimits, scratch: Path, log: Path) -> Float32:
    """The atlas (H, W, 3) of `light` (n, 3): gaps filled, and noise taken out of all but the small grids."""
    frames = nodes.frames()
    filled = fill(
        nodes.image(light), nodes.image(known[:, None].astype(np.float32))[..., 0] > 0, frames, GUTTER + FILLED
    )
    clean = denoise_with_blender(filled, limits, scratch, log)
    narrow = (nodes.grids.nodes.min(axis=1) < LEAST_DENOISED)[frames]
    return np.where(narrow[..., None], filled, clean)
