"""Frames from Open3D's ray caster: previews, checks of Blender's frames, machines without bpy.

The same conventions as Blender's frames: depth is planar z at the pixel's centre, ids are exact. The
colour of an unlit scene is that of its texture; a lit one has its baked light, or else a hemispheric
shade and no shadows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import open3d as o3d

from factory.rendering.encode import quantize_depth
from factory.rendering.light import BakedLight
from factory.rendering.pictures import Picture, Sensing, assemble
from factory.rendering.textures import SRGB_TO_LINEAR, Texels, decode_textures, sample, to_srgb
from schemas.arrays import Bool, Float32, Float64, Int64, UInt8, UInt16
from schemas.cameras import Camera
from schemas.episodes import EpisodePlan, RenderedEpisode
from schemas.recipe import Rendering
from schemas.scenes import Lighting, Mesh, Scene


@dataclass(frozen=True)
class Hits:
    """Where the rays of one frame end. P = H·W pixels in row order.

    depth : (P,) float32, planar z in metres, infinite where there is nothing
    triangle : (P,) int64, index into the mesh, −1 where there is nothing
    barycentric : (P, 2) float32, weights of the triangle's second and third corner
    cosine : (P,) float32, between the surface's normal and the way back to the camera
    upward : (P,) float32, z of the unit normal that points towards the camera
    front : (P,) bool, whether it is the side from which the corners run counter-clockwise
    """

    depth: Float32
    triangle: Int64
    barycentric: Float32
    cosine: Float32
    upward: Float32
    front: Bool


class RayCaster:
    """One scene ready to be looked at; building it costs as much as some ten frames."""

    def __init__(self, scene: Scene, threads: int = 0, light: BakedLight | None = None) -> None:
        """`threads` : of the ray caster, 0 for all. Raises SceneError for a texture that cannot be decoded."""
        self._scene = scene
        self._light = light
        if light is not None:
            rows, columns = light.texels.shape[:2]
            size = (np.array([number], np.int64) for number in (0, columns, rows))
            self._atlas = Texels(light.texels.reshape(-1, 3).astype(np.float32), *size)
            self._spots = light.at_corners()
        self._threads = threads
        self._tree = o3d.t.geometry.RaycastingScene(nthreads=threads)
        mesh = self._mesh = scene.mesh if light is None else light.mesh
        self._tree.add_triangles(
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(mesh.vertices)),
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(mesh.triangles).astype(np.uint32)),
        )
        self._texels = decode_textures(scene)
        self._base = np.array([material.base_color for material in mesh.materials], np.float32)
        self._emission = np.array([material.emission for material in mesh.materials], np.float32)
        self._clear = np.array([material.transmission for material in mesh.materials], np.float32)
        self._texture = np.array([-1 if m.texture is None else m.texture for m in mesh.materials])

    def cast(self, camera: Camera, camera_to_world: Float64) -> Hits:
        """One ray a pixel, through its centre."""
        rays = _rays(camera, camera_to_world)
        answer = self._tree.cast_rays(o3d.core.Tensor.from_numpy(rays), nthreads=self._threads)
        depth, normal = answer["t_hit"].numpy(), answer["primitive_normals"].numpy()
        triangle = np.where(np.isfinite(depth), answer["primitive_ids"].numpy().astype(np.int64), -1)
        back = -np.einsum("ij,ij->i", normal, rays[:, 3:])
        cosine = np.abs(back) / np.linalg.norm(rays[:, 3:], axis=1)
        return Hits(depth, triangle, answer["primitive_uvs"].numpy(), cosine, normal[:, 2] * np.sign(back), back > 0)

    def picture(self, camera: Camera, camera_to_world: Float64, depth_limit: float) -> Picture:
        """One frame; depth beyond `depth_limit` metres is none."""
        hits = self.cast(camera, camera_to_world)
        depth, instance = self._geometry(camera, hits, depth_limit)
        return Picture(self.color(hits).reshape(*depth.shape, 3), depth, instance)

    def geometry(self, camera: Camera, camera_to_world: Float64, depth_limit: float) -> tuple[UInt16, UInt16]:
        """Depth and ids of `picture` without its colours, which cost most."""
        return self._geometry(camera, self.cast(camera, camera_to_world), depth_limit)

    def _geometry(self, camera: Camera, hits: Hits, depth_limit: float) -> tuple[UInt16, UInt16]:
        shape = (camera.height, camera.width)
        return quantize_depth(hits.depth, depth_limit).reshape(shape), self.instance(hits).reshape(shape)

    def instance(self, hits: Hits) -> UInt16:
        """Ids (P,) uint16, 0 = none."""
        return np.where(hits.triangle >= 0, self._mesh.instance[hits.triangle], 0).astype(np.uint16)

    def color(self, hits: Hits) -> UInt8:
        """Colours (P, 3) uint8 sRGB."""
        mesh, hit = self._mesh, hits.triangle
        material = mesh.material[hit].astype(np.int64)
        linear = self._base[material] * _vertex_colors(mesh, hits) * self._texture_colors(hits, material)
        if self._scene.lighting is Lighting.LIT:
            linear = linear * self._arriving(hits) + self._emission[material]
        sky = np.array(self._scene.sky, np.float32)
        clear = np.where(hit >= 0, self._clear[material], 1.0)[:, None].astype(np.float32)
        if self._scene.lighting is Lighting.UNLIT:
            clear = (hit < 0)[:, None].astype(np.float32)
        return to_srgb(linear * (1 - clear) + sky * clear)

    def _arriving(self, hits: Hits) -> Float32:
        """What a white surface would send out, linear (P, 3) or (P, 1)."""
        if self._light is None:
            # Light from above and a little from the camera, so that walls that meet differ.
            return np.asarray(0.45 + 0.25 * hits.upward + 0.3 * hits.cosine)[:, None]
        side = np.where(hits.front, 0, 1)
        at = _interpolated(self._light.texel[hits.triangle, :, side], hits.barycentric)
        at[:, 1] = 1 - at[:, 1]
        spots = _interpolated(self._spots[hits.triangle, :, side], hits.barycentric)
        return sample(self._atlas, np.zeros(len(at), np.int64), at) + spots

    def _texture_colors(self, hits: Hits, material: Int64) -> Float32:
        """Linear (P, 3); 1 where the material has no texture. Bilinear, repeated beyond 0..1."""
        colors = np.ones((len(material), 3), np.float32)
        uv = self._mesh.uv
        textured = np.flatnonzero((hits.triangle >= 0) & (self._texture[material] >= 0))
        if uv is None or not len(textured):
            return colors
        at = _interpolated(uv[hits.triangle[textured]], hits.barycentric[textured])
        colors[textured] = sample(self._texels, self._texture[material[textured]], at)
        return colors


def render_with_rays(
    scene: Scene,
    plans: Sequence[EpisodePlan],
    settings: Rendering,
    threads: int,
    light: BakedLight | None = None,
    sensing: Sensing | None = None,
) -> Iterator[RenderedEpisode]:
    """Each plan's frames, in plan order. Raises SceneError for a texture that cannot be decoded."""
    caster = RayCaster(scene, threads, light)
    lit = "hemispheric" if light is None else "baked"
    lighting = lit if scene.lighting is Lighting.LIT else "unlit"
    renderer = {"engine": "raycast", "open3d": o3d.__version__, "lighting": lighting}
    for plan in plans:
        pictures = (caster.picture(plan.camera, pose, settings.depth_limit) for poses in plan.views for pose in poses)
        yield assemble(plan, pictures, settings, renderer, sensing)


def _rays(camera: Camera, camera_to_world: Float64) -> Float32:
    """(P, 6) origins and directions; a direction has length 1 along the optical axis, so hits are planar z."""
    local = _local_rays(camera)
    rays = np.empty((len(local), 6), np.float32)
    rays[:, :3] = camera_to_world[:3, 3]
    np.matmul(local, camera_to_world[:3, :3].T.astype(np.float32), out=rays[:, 3:])
    return rays


@lru_cache(maxsize=8)
def _local_rays(camera: Camera) -> Float32:
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    local = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], axis=-1)
    return local.reshape(-1, 3).astype(np.float32)


def _vertex_colors(mesh: Mesh, hits: Hits) -> Float32 | float:
    if mesh.color is None:
        return 1.0
    return _interpolated(SRGB_TO_LINEAR[mesh.color[mesh.triangles[hits.triangle]][:, :, :3]], hits.barycentric)


def _interpolated(corners: Float32, barycentric: Float32) -> Float32:
    """Values (n, k) between those of three corners (n, 3, k)."""
    second, third = barycentric.T[:, :, None]
    return np.asarray(corners[:, 0] * (1 - second - third) + corners[:, 1] * second + corners[:, 2] * third)
