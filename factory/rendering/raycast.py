"""Frames from Open3D's ray caster: previews, checks of Blender's frames, machines without bpy.

The same conventions as Blender's frames: depth is planar z at the pixel's centre, ids are exact, colours are smoothed
by the same filter. The colour of an unlit scene is that of its texture; a lit one has its baked light, or else a
hemispheric shade and no shadows. Glass shows what is behind it; under baked light what is smooth mirrors what is
around it, once.
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
from factory.rendering.film import RAYS, develop, ray_offsets, tap_weights
from factory.rendering.glints import find_glints, point_lamps
from factory.rendering.light import BakedLight
from factory.rendering.mirrors import GLARE, SHARP, SMOOTH, around, blur, look_further
from factory.rendering.pictures import Picture, Sensing, assemble
from factory.rendering.rays import aim, find_plain, meet
from factory.rendering.shading import shade
from factory.rendering.surface import surface_of
from schemas.arrays import Bool, Float32, Float64, Int32, Int64, UInt16
from schemas.cameras import MILLIMETRE, Camera
from schemas.episodes import EpisodePlan, RenderedEpisode
from schemas.recipe import Rendering
from schemas.scenes import Lighting, Scene

BEFORE = 0.99  # share of its way after which a ray has reached the lamp


@dataclass(frozen=True)
class Hits:
    """Where P rays end; those of a frame are its pixels in row order.

    depth : (P,) float32, in lengths of the rays: of a frame planar z in metres; infinite where there is nothing
    triangle : (P,) int64, index into the mesh, −1 where there is nothing
    barycentric : (P, 2) float32, weights of the triangle's second and third corner
    """

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
        self._surface = surface_of(scene, mesh, light)
        self._lamps = point_lamps(scene.lights)
        self._offsets, self._weights = ray_offsets(), tap_weights()

    def cast(self, camera: Camera, camera_to_world: Float64) -> Hits:
        """One ray a pixel, through its centre."""
        return self._cast(self._aim(camera, camera_to_world, 0))

    def picture(
        self, camera: Camera, camera_to_world: Float64, depth_limit: float, depth_scale: float = MILLIMETRE
    ) -> Picture:
        """One frame, its colours smoothed as Blender's are.

        Depth is in units of `depth_scale` metres, and none beyond `depth_limit` metres.
        """
        shape = (camera.height, camera.width)
        rays = self._aim(camera, camera_to_world, 0)
        centre = hits = self._cast(rays)
        plain = find_plain(centre.triangle.reshape(shape)).reshape(-1)
        blurred = self._blurred(camera, rays, centre)
        layers = np.empty((RAYS, *shape, 3), np.float32)
        for k in range(RAYS):
            if k > 0:
                rays = self._aim(camera, camera_to_world, k)
                hits = self._beside(centre, rays, plain)
            mirrored = self._with_sharp(blurred, camera, rays, hits)
            layers[k] = shade(self._surface, rays, hits.triangle, hits.barycentric, *mirrored).reshape(*shape, 3)
        return Picture(develop(layers, self._weights), *self._geometry(camera, centre, depth_limit, depth_scale))

    def geometry(
        self, camera: Camera, camera_to_world: Float64, depth_limit: float, depth_scale: float = MILLIMETRE
    ) -> tuple[UInt16, UInt16]:
        """Depth and ids of `picture` without its colours, which cost most."""
        return self._geometry(camera, self.cast(camera, camera_to_world), depth_limit, depth_scale)

    def instance(self, hits: Hits) -> UInt16:
        """Ids (P,) uint16, 0 = none."""
        return np.where(hits.triangle >= 0, self._mesh.instance[hits.triangle], 0).astype(np.uint16)

    def _aim(self, camera: Camera, camera_to_world: Float64, k: int) -> Float32:
        """Of each pixel the ray `k`."""
        rotation, origin = camera_to_world[:3, :3], camera_to_world[:3, 3]
        lens = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
        turned = np.ascontiguousarray(rotation, np.float64)
        origin = np.ascontiguousarray(origin, np.float64)
        return np.asarray(aim(camera.width, camera.height, turned, origin, lens, self._offsets[k]))

    def _cast(self, rays: Float32) -> Hits:
        answer = self._tree.cast_rays(o3d.core.Tensor.from_numpy(rays), nthreads=self._threads)
        depth, triangle = answer["t_hit"].numpy(), answer["primitive_ids"].numpy().astype(np.int64)
        triangle[np.isinf(depth)] = -1
        return Hits(depth, triangle, answer["primitive_uvs"].numpy())

    def _beside(self, centre: Hits, rays: Float32, plain: Bool) -> Hits:
        """Where rays beside those of `centre` end."""
        surface, triangle = self._surface, centre.triangle.copy()
        depth, between = meet(surface.vertices, surface.triangles, rays, triangle, plain)
        others = np.flatnonzero(~plain)
        met = self._cast(rays[others])
        depth[others], triangle[others], between[others] = met.depth, met.triangle, met.barycentric
        return Hits(depth, triangle, between)

    def _geometry(self, camera: Camera, hits: Hits, depth_limit: float, depth_scale: float) -> tuple[UInt16, UInt16]:
        shape = (camera.height, camera.width)
        return quantize_depth(hits.depth, depth_limit, depth_scale).reshape(shape), self.instance(hits).reshape(shape)

    def _blurred(self, camera: Camera, rays: Float32, hits: Hits) -> tuple[Float32, Int32]:
        """What the rougher surfaces of each pixel mirror, as of `blur`."""
        surface = self._surface
        rows, met, colors = self._further(camera, rays, hits, SHARP, SMOOTH)
        which, toward, light = find_glints(surface, self._lamps, rays, hits.depth, hits.triangle, rows, camera.width)
        shown = ~self._tree.test_occlusions(o3d.core.Tensor.from_numpy(toward), 0.0, BEFORE, self._threads).numpy()
        lit, far = which[shown], met.depth.copy()
        colors[lit] += light[shown]
        far[lit] = np.maximum(far[lit], np.linalg.norm(toward[shown, 3:], axis=1))
        colors *= GLARE / np.maximum(colors.max(axis=1, keepdims=True), GLARE)
        mirrored, of = blur(surface, hits.triangle, hits.depth, rows, colors, far, camera.fx, camera.width)
        return mirrored, of

    def _with_sharp(
        self, blurred: tuple[Float32, Int32], camera: Camera, rays: Float32, hits: Hits
    ) -> tuple[Float32, Int32]:
        """`blurred` with what is seen in and through the smoothest."""
        rows, _, colors = self._further(camera, rays, hits, -np.inf, SHARP)
        mirrored, of = around(self._surface, hits.triangle, *blurred, camera.width)
        mirrored[rows], of[rows] = colors, self._surface.material[hits.triangle[rows]]
        return mirrored, of

    def _further(
        self, camera: Camera, rays: Float32, hits: Hits, above: float, rough: float
    ) -> tuple[Int64, Hits, Float32]:
        """Which `rays` go on from surfaces of that roughness, where they end then, and the colours there."""
        rows, onward = look_further(self._surface, rays, hits.depth, hits.triangle, camera.width, above, rough)
        met = self._cast(onward)
        unknown = np.zeros((len(rows), 3), np.float32), np.full(len(rows), -1, np.int32)
        return rows, met, shade(self._surface, onward, met.triangle, met.barycentric, *unknown)


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
    depths = settings.depth_limit, settings.depth_scale
    views = ((plan.camera, pose, *depths) for plan in plans for poses in plan.views for pose in poses)
    with closing(_ahead(caster.picture, views, threads)) as pictures:
        for plan in plans:
            yield assemble(plan, pictures, settings, renderer, sensing)


def _ahead(
    picture: Callable[[Camera, Float64, float, float], Picture],
    views: Iterable[tuple[Camera, Float64, float, float]],
    threads: int,
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
