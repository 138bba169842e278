"""The folder that tells a render child what to do: one scene, one set of intrinsics, the poses of all frames."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from factory.rendering.light import BakedLight
from schemas.arrays import AnyArray, Float64
from schemas.cameras import Camera
from schemas.episodes import EpisodePlan
from schemas.errors import SceneError
from schemas.identity import digest
from schemas.jsonable import to_json
from schemas.recipe import Rendering
from schemas.scenes import Lighting, Mesh, Scene

MOST_INSTANCES = 32767  # Blender keeps the object index in 16 bits with a sign.


def shared_camera(scene: Scene, plans: Sequence[EpisodePlan]) -> Camera:
    """The camera of all plans. Raises SceneError where they differ: one render call has one image size."""
    cameras = {plan.camera for plan in plans}
    if len(cameras) != 1:
        raise SceneError(
            f"scene {scene.ref.name}: the plans of one unit use {len(cameras)} cameras; plan one unit for each camera"
        )
    return cameras.pop()


def write_job(
    folder: Path,
    scene: Scene,
    plans: Sequence[EpisodePlan],
    settings: Rendering,
    threads: int,
    device: str,
    light: BakedLight | None = None,
) -> None:
    """Write `job.json`, `scene.npz` and `textures/` into `folder`, which exists and is empty: all views of the plans.

    device : "CPU", "OPTIX" or "CUDA". Raises SceneError where Blender cannot hold the scene.
    """
    write_views(folder, scene, shared_camera(scene, plans), _poses(plans), settings, threads, device, light)


def write_views(
    folder: Path,
    scene: Scene,
    camera: Camera,
    poses: Float64,
    settings: Rendering,
    threads: int,
    device: str,
    light: BakedLight | None = None,
) -> None:
    """As `write_job`, of views (n, 4, 4), camera to world."""
    if len(scene.instances) > MOST_INSTANCES:
        raise SceneError(
            f"scene {scene.ref.name}: {len(scene.instances)} instances, but Blender tells {MOST_INSTANCES} apart"
        )
    lighting = "unlit" if scene.lighting is Lighting.UNLIT else "path-traced" if light is None else "baked"
    job = {
        "width": camera.width,
        "height": camera.height,
        "K": camera.matrix.tolist(),
        "lighting": lighting,
        "samples": settings.samples,
        # Light that is known already has no noise: samples only smooth edges.
        "denoise": settings.denoise and lighting == "path-traced",
        "max_bounces": settings.max_bounces,
        "threads": threads,
        "device": device,
        "sky": list(scene.sky),
        "lights": to_json(scene.lights),
        "materials": to_json(scene.mesh.materials),
        "textures": _write_textures(folder / "textures", scene.mesh),
    }
    (folder / "frames").mkdir()
    (folder / "job.json").write_text(json.dumps(job))
    arrays = _arrays_by_instance(scene.mesh if light is None else light.mesh, light)
    np.savez(folder / "scene.npz", allow_pickle=False, poses=poses, **arrays)


def _poses(plans: Sequence[EpisodePlan]) -> Float64:
    """All frames of a plan's first camera, then of its next, and so on; one plan after the other."""
    return np.concatenate([poses for plan in plans for poses in plan.views])


def _write_textures(folder: Path, mesh: Mesh) -> list[str]:
    """One file for each distinct image, so that Blender holds it once however many textures repeat it."""
    folder.mkdir()
    names = []
    for texture in mesh.textures:
        name = digest(texture.encoded)
        if not (folder / name).exists():
            (folder / name).write_bytes(texture.encoded)
        names.append(name)
    return names


def _arrays_by_instance(mesh: Mesh, light: BakedLight | None) -> dict[str, AnyArray]:
    """The mesh with its triangles grouped by instance, without those that repeat a vertex."""
    a, b, c = mesh.triangles.T
    order = np.argsort(mesh.instance, kind="stable")
    order = order[((a != b) & (b != c) & (c != a))[order]]
    arrays: dict[str, AnyArray] = {
        "vertices": mesh.vertices,
        "triangles": mesh.triangles[order],
        "instance": mesh.instance[order],
        "material": mesh.material[order],
    }
    if light is not None:
        arrays["light_texels"] = light.texels
        arrays["light_texel"] = light.texel[order]
        arrays["light_spot"] = light.at_corners()[order]
    if mesh.uv is not None:
        arrays["uv"] = mesh.uv[order]
    if mesh.color is not None:
        arrays["color"] = mesh.color
    return arrays
