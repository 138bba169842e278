"""All that decides the colours of a scene, laid out for the kernels that look it up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from factory.rendering.light import BakedLight
from factory.rendering.textures import SRGB_TO_LINEAR, Texels, decode_textures
from schemas.arrays import Float32, Float64, Int32, UInt16
from schemas.scenes import Lighting, Mesh, Scene

UNLIT, HEMISPHERIC, BAKED = 0, 1, 2
# Columns of `Surface.looks` and of `Surface.corner`.
BASE, GLOW, CLEAR, IMAGE, METAL, GLOSS, ROUGH = 0, 3, 6, 7, 10, 11, 14
UV, PAINT, LIGHT = 0, 2, 5
SHEEN = 0.6  # brightness of what a gloss mirrors, relative to the light that falls on it, where no ray tells it


class Surface(NamedTuple):
    """All that decides a colour, in few arrays: numba counts references to each, which soon costs more than arithmetic.

    vertices : (n, 3) float32; triangles : (m, 3) int32; material : (m,) uint16
    looks : (k, 15) float64, of each material its colour, what it shines, which share of it is clear, where its texture
    begins in `texels`, its columns and rows (0, 0, 0 = none), which share is metal, its gloss as of `gloss_of`, and its
    roughness
    corner : (m, 3, 5) float32, of each triangle's corners uv and vertex colour; where light is baked (m, 3, 15): for
    the front, then for the back, the place in the atlas and what is added to its light
    texels : (t, 3) float32, linear, of all textures and of the atlas, which begins at atlas[0] and has atlas[1] columns
    and atlas[2] rows
    sky, around : linear RGB, the second of what metal mirrors where no ray tells it
    lighting : UNLIT, HEMISPHERIC or BAKED
    """

    vertices: Float32
    triangles: Int32
    material: UInt16
    looks: Float64
    corner: Float32
    texels: Float32
    atlas: tuple[int, int, int]
    sky: tuple[float, float, float]
    around: tuple[float, float, float]
    lighting: int


def surface_of(scene: Scene, mesh: Mesh, light: BakedLight | None) -> Surface:
    """What decides the colours of `scene`, whose surface is `mesh`. Raises SceneError as `decode_textures` does."""
    texels = decode_textures(scene)
    atlas = np.zeros((0, 0, 3), np.float32) if light is None else light.texels.astype(np.float32)
    lit = HEMISPHERIC if light is None else BAKED
    return Surface(
        vertices=mesh.vertices,
        triangles=mesh.triangles,
        material=mesh.material,
        looks=_looks(mesh, texels),
        corner=_corners(mesh, light),
        texels=np.concatenate([texels.linear, atlas.reshape(-1, 3)]),
        atlas=(len(texels.linear), atlas.shape[1], atlas.shape[0]),
        sky=(float(scene.sky[0]), float(scene.sky[1]), float(scene.sky[2])),
        around=_mean_light(light),
        lighting=lit if scene.lighting is Lighting.LIT else UNLIT,
    )


def gloss_of(roughness: float) -> tuple[float, float, float]:
    """Slope, cap and level of what a dielectric mirrors: slope · min(cap, 2 ** (−9.28 cosine)) + level.

    B. Karis, "Physically based shading on mobile", 2014, for a reflectance of 4 %, as in Blender's baked frames.
    """
    straight, base = 1 - roughness, 0.0425 - 0.0275 * roughness
    slope = 1.04 - 0.04 * 1.04
    return straight * slope, straight**2, base * slope + 0.04 * (1.04 - 0.572 * roughness) + 0.022 * roughness - 0.04


def _mean_light(light: BakedLight | None) -> tuple[float, float, float]:
    """Of all that is lit, as a grey of one half sends it out: what metal mirrors, for want of better."""
    if light is None or not light.texels.any():
        return 0.0, 0.0, 0.0
    lit = light.texels[light.texels.any(axis=2)].astype(np.float64)
    red, green, blue = (SHEEN * lit.mean(axis=0)).tolist()
    return red, green, blue


def _looks(mesh: Mesh, texels: Texels) -> Float64:
    looks = np.zeros((len(mesh.materials), ROUGH + 1))
    for row, material in zip(looks, mesh.materials, strict=True):
        row[BASE : BASE + 3], row[GLOW : GLOW + 3], row[CLEAR] = (
            material.base_color, material.emission, material.transmission,
        )  # fmt: skip
        row[METAL], row[GLOSS:ROUGH], row[ROUGH] = material.metallic, gloss_of(material.roughness), material.roughness
        if material.texture is not None and mesh.uv is not None:
            t = material.texture
            row[IMAGE : IMAGE + 3] = texels.first[t], texels.width[t], texels.height[t]
    return looks


def _corners(mesh: Mesh, light: BakedLight | None) -> Float32:
    corner = np.zeros((len(mesh.triangles), 3, LIGHT if light is None else LIGHT + 10), np.float32)
    if mesh.uv is not None:
        corner[:, :, UV : UV + 2] = mesh.uv
    corner[:, :, PAINT : PAINT + 3] = 1.0 if mesh.color is None else SRGB_TO_LINEAR[mesh.color[mesh.triangles][..., :3]]
    if light is not None:
        both = np.concatenate([light.texel, light.at_corners()], axis=3)
        corner[:, :, LIGHT:] = both.reshape(len(corner), 3, -1)
    return corner
