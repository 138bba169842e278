"""Frames from Open3D's ray caster: previews, checks of Blender's frames, machines without bpy.

The same conventions as Blender's frames: depth is planar z at the pixel's centre, ids are exact, colours are smoothed
by the same filter. The colour of an unlit scene is that of its texture; a lit one has its baked light, or else a
hemispheric shade and no shadows. Nothing mirrors: metal shows the mean of the light.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import open3d as o3d

from factory.rendering.encode import quantize_depth
from factory.rendering.light import BakedLight
from factory.rendering.pictures import Picture, Sensing, assemble
from factory.rendering.shading import (
    BAKED,
    BASE,
    CLEAR,
    GLOSS,
    GLOW,
    HEMISPHERIC,
    IMAGE,
    LIGHT,
    METAL,
    PAINT,
    SAMPLES,
    SHEEN,
    UNLIT,
    UV,
    Surface,
    aim,
    filter_offsets,
    gloss_of,
    shade,
)
from factory.rendering.textures import SRGB_TO_LINEAR, Texels, decode_textures
from schemas.arrays import Float32, Float64, Int64, UInt8, UInt16
from schemas.cameras import Camera
from schemas.episodes import EpisodePlan, RenderedEpisode
from schemas.recipe import Rendering
from schemas.scenes import Lighting, Mesh, Scene


@dataclass(frozen=True)
class Hits:
    """Where the rays of one frame end. P = H·W pixels in row order.

    camera, camera_to_world : of the frame
    depth : (P,) float32, planar z in metres, infinite where there is nothing
    triangle : (P,) int64, index into the mesh, −1 where there is nothing
    barycentric : (P, 2) float32, weights of the triangle's second and third corner
    """

    camera: Camera
    camera_to_world: Float64
    depth: Float32
    triangle: Int64
    barycentric: Float32


class RayCaster:
    """One scene ready to be looked at; building it costs as much as some ten frames."""

    def __init__(self, scene: Scene, threads: int = 0, light: BakedLight | None = None) -> None:
        """`threads` : of the ray caster, 0 for all. Raises SceneError for a texture that cannot be decoded."""
        self._threads = threads
        self._tree = o3d.t.geometry.RaycastingScene(nthreads=threads)
        mesh = self._mesh = scene.mesh if light is None else light.mesh
        self._tree.add_triangles(
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(mesh.vertices)),
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(mesh.triangles).astype(np.uint32)),
        )
        self._surface = _surface(scene, mesh, light)
        self._offsets = filter_offsets(SAMPLES)

    def cast(self, camera: Camera, camera_to_world: Float64) -> Hits:
        """One ray a pixel, through its centre."""
        rays = aim(camera.width, camera.height, *_aimed(camera, camera_to_world))
        answer = self._tree.cast_rays(o3d.core.Tensor.from_numpy(rays), nthreads=self._threads)
        depth, triangle = answer["t_hit"].numpy(), answer["primitive_ids"].numpy().astype(np.int64)
        triangle[np.isinf(depth)] = -1
        return Hits(camera, camera_to_world, depth, triangle, answer["primitive_uvs"].numpy())

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
        """Colours (P, 3) uint8 sRGB, smoothed as Blender's are."""
        triangle = hits.triangle.reshape(hits.camera.height, hits.camera.width)
        seen = shade(self._surface, triangle, *_aimed(hits.camera, hits.camera_to_world), self._offsets)
        return np.asarray(seen).reshape(-1, 3)


def _surface(scene: Scene, mesh: Mesh, light: BakedLight | None) -> Surface:
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


def _mean_light(light: BakedLight | None) -> tuple[float, float, float]:
    """Of all that is lit, as a grey of one half sends it out: what metal mirrors, for want of better."""
    if light is None or not light.texels.any():
        return 0.0, 0.0, 0.0
    lit = light.texels[light.texels.any(axis=2)].astype(np.float64)
    red, green, blue = (SHEEN * lit.mean(axis=0)).tolist()
    return red, green, blue


def _looks(mesh: Mesh, texels: Texels) -> Float64:
    looks = np.zeros((len(mesh.materials), GLOSS + 3))
    for row, material in zip(looks, mesh.materials, strict=True):
        row[BASE : BASE + 3], row[GLOW : GLOW + 3], row[CLEAR] = (
            material.base_color, material.emission, material.transmission,
        )  # fmt: skip
        row[METAL], row[GLOSS:] = material.metallic, gloss_of(material.roughness)
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


def render_with_rays(
    scene: Scene,
    plans: Sequence[EpisodePlan],
    settings: Rendering,
    threads: int,
    light: BakedLight | None = None,
    sensing: Sensing | None = None,
) -> Iterator[RenderedEpisode]:
    """Each plan's frames, in plan order, `threads` at a time.

    Raises SceneError for a texture that cannot be decoded.
    """
    caster = RayCaster(scene, 1, light)
    lit = "hemispheric" if light is None else "baked"
    lighting = lit if scene.lighting is Lighting.LIT else "unlit"
    renderer = {"engine": "raycast", "open3d": o3d.__version__, "lighting": lighting}
    views = ((plan.camera, pose, settings.depth_limit) for plan in plans for poses in plan.views for pose in poses)
    with closing(_ahead(caster.picture, views, threads)) as pictures:
        for plan in plans:
            yield assemble(plan, pictures, settings, renderer, sensing)


def _ahead(
    picture: Callable[[Camera, Float64, float], Picture], views: Iterable[tuple[Camera, Float64, float]], threads: int
) -> Generator[Picture]:
    """The pictures of `views` in their order; a few are made before they are asked for."""
    with ThreadPoolExecutor(threads) as pool:
        begun: deque[Future[Picture]] = deque()
        for view in views:
            begun.append(pool.submit(picture, *view))
            if len(begun) > 2 * threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _aimed(camera: Camera, camera_to_world: Float64) -> tuple[Float64, Float64, Float64]:
    """Rotation, origin and lens as the kernels take them."""
    rotation, origin = camera_to_world[:3, :3], camera_to_world[:3, 3]
    lens = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
    return np.ascontiguousarray(rotation, np.float64), np.ascontiguousarray(origin, np.float64), lens
