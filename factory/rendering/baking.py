"""Diffuse light, found once for a home and looked up in every frame after.

Light that a matt surface sends out is the same from wherever one looks, so it need not be traced again for each frame.
The lamps' own light is found at points all over the surface (`direct.py`); then surfaces light each other, a bounce a
round, until the last round looks closely (`gather.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import open3d as o3d
from scipy.sparse import csr_array

from factory.rendering.direct import direct_light
from factory.rendering.gather import Sender, gather, gather_near, look
from factory.rendering.lamps import lamps_of
from factory.rendering.light import BakedLight
from factory.rendering.lightmap import GUTTER, Layout, Nodes, lay_out, lit_sides, place_nodes, texture_coordinates
from factory.rendering.points import Points, join_points
from factory.rendering.smoothing import fill, neighbour_means, resample
from factory.rendering.textures import SRGB_TO_LINEAR, mean_colors
from factory.rendering.visibility import is_open, tree_without_glass
from schemas.arrays import Bool, Float16, Float32, Int32
from schemas.identity import generator
from schemas.scenes import Scene

FINE, COARSE = 0.036, 0.14  # metres between points where light is found closely, and where only from afar
BOUNCES = 4
RAYS, LAST_RAYS = 64, 32  # at a coarse point, and at a fine one in the last round
WIDE = 0.2  # metres over which light from afar is smoothed
FILLED = 2  # texels deep that what is inside something takes the light beside it


def bake_light(scene: Scene, threads: int) -> BakedLight:
    """The diffuse light of a lit scene. Equal scenes get equal light, however many threads find it.

    Raises SceneError for a texture that cannot be decoded.
    """
    layout = lay_out(scene, threads, generator(0, scene.digest, 0, 0, "light"))
    fine = place_nodes(layout, FINE)
    sharp = join_points([fine.points, layout.spots])
    sender = _sender(scene, layout, fine, threads)
    alone = np.full((len(layout.spots), 8), -1, np.int32)  # spots have no neighbours to be compared with
    beside = np.concatenate([fine.beside(), alone])
    direct: Float32 = direct_light(lamps_of(scene), sharp, beside, sender.tree, threads)
    known = np.asarray(direct.any(axis=1))
    known[~known] = is_open(sender.tree, sharp.take(np.flatnonzero(~known)), threads)
    atlas = _atlas(fine, known[: len(fine.texel)])
    coarse = _coarse(layout, fine, sender.tree, threads)
    met = look(sender, coarse.points, RAYS, threads)
    light = direct
    for _ in range(BOUNCES - 1):
        seen = gather(sender, *atlas.keep(light), met)
        light = np.add(direct, coarse.everywhere(seen.near + seen.far), dtype=np.float32)
    kept = atlas.keep(light)
    seen = gather(sender, *kept, met)
    near, unhidden = gather_near(sender, *kept, sharp, LAST_RAYS, threads)
    afar = coarse.everywhere(seen.far) / np.maximum(coarse.everywhere(seen.open[:, None]), 0.05)
    light = np.add(direct + near, unhidden[:, None] * afar, dtype=np.float32)
    texels, spots = atlas.keep(light)
    return BakedLight(
        mesh=layout.mesh,
        parent=layout.parent,
        texels=_half(texels),
        texel=sender.texel,
        spots=_half(spots),
        spot=sender.spot,
    )


@dataclass(frozen=True)
class _Atlas:
    """How light is kept. known, frames : (H, W) bool, int32, texels with light of their own, and the grid of each."""

    fine: Nodes
    known: Bool
    frames: Int32

    def keep(self, light: Float32) -> tuple[Float32, Float32]:
        """`light` (n, 3) of fine nodes and spots as an atlas (H, W, 3), its gaps filled, and as spots (s + 1, 3)."""
        count = len(self.fine.texel)
        texels = fill(self.fine.image(light[:count]), self.known, self.frames, GUTTER + FILLED)
        return texels, np.concatenate([light[count:], np.zeros((1, 3), np.float32)])


def _atlas(fine: Nodes, known: Bool) -> _Atlas:
    """`known` : (fine nodes,) bool, which have light of their own."""
    return _Atlas(fine, fine.image(known[:, None].astype(np.float32))[..., 0] > 0, fine.frames())


@dataclass(frozen=True)
class _Coarse:
    """Points where light from afar is found, k of them, and how to have it at all n fine nodes and spots.

    means : (nodes of the coarse grids and spots, k); fine, grids : the nodes of the fine and of the coarse grids
    """

    points: Points
    means: csr_array
    fine: Nodes
    grids: Nodes

    def everywhere(self, light: Float32) -> Float32:
        """`light` (k, c) of the points at all fine nodes and spots, (n, c), without its noise."""
        settled, count = self.means @ light, len(self.grids.texel)
        return np.concatenate([_upsampled(self.fine, self.grids, self.grids.image(settled[:count])), settled[count:]])


def _coarse(layout: Layout, fine: Nodes, tree: o3d.t.geometry.RaycastingScene, threads: int) -> _Coarse:
    grids = place_nodes(layout, COARSE)
    points = join_points([grids.points, _few(layout.spots)])
    points = points.take(np.flatnonzero(is_open(tree, points, threads)))
    means = neighbour_means(points, join_points([grids.points, layout.spots]), WIDE, threads)
    return _Coarse(points, means, fine, grids)


def _sender(scene: Scene, layout: Layout, fine: Nodes, threads: int) -> Sender:
    mesh = layout.mesh
    reflected = mean_colors(scene)[mesh.material]
    if mesh.color is not None:
        reflected = reflected * SRGB_TO_LINEAR[mesh.color[mesh.triangles][:, :, :3]].mean(axis=1)
    # Daylight is among the lights where there are any; else the sky itself shines in.
    sky = np.array((0.0, 0.0, 0.0) if scene.lights else scene.sky, np.float32)
    return Sender(
        *tree_without_glass(mesh, threads),
        reflected=reflected.astype(np.float32),
        lit=lit_sides(layout),
        texel=texture_coordinates(layout, fine),
        # The last is for what has none.
        spot=np.where(layout.spot < 0, len(layout.spots), layout.spot).astype(np.int32),
        sky=sky,
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
