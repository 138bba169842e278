"""What a frame and a bake cost, so that light is baked where a scene's frames pay for it.

The constants are processor seconds on an AMD EPYC core (docs/baked-light.md); only their ratios matter.
Neither the machine nor the unit takes part: all units of a scene decide alike, wherever they run.
"""

from __future__ import annotations

import numpy as np

from schemas.cameras import Camera
from schemas.recipe import Rendering
from schemas.scenes import Mesh, Scene

START = 1.0  # of a bake, seconds
PER_AREA, PER_TRIANGLE = 0.0095, 4e-5  # of a bake: seconds a square metre of surface, and a triangle
PER_AREA_AND_LIGHT = 9e-5  # of a bake: seconds a square metre of surface and a light
PER_RAY = {"baked": 0.6e-6, "path-traced": 7.0e-6}  # seconds a pixel and sample
PER_DENOISED_PIXEL = 1.0e-5


def pays_to_bake(scene: Scene, settings: Rendering, camera: Camera, frames: float) -> bool:
    """Whether baking the scene's light and looking it up is cheaper than tracing it in each of `frames` frames."""
    saved = frame_seconds(settings, camera, "path-traced") - frame_seconds(settings, camera, "baked")
    return bake_seconds(scene) < frames * saved


def bake_seconds(scene: Scene) -> float:
    """Expected cost of baking the light of a scene, from its area, its triangles and its lights."""
    per_area = PER_AREA + PER_AREA_AND_LIGHT * len(scene.lights)
    return START + per_area * area(scene.mesh) + PER_TRIANGLE * len(scene.mesh.triangles)


def area(mesh: Mesh) -> float:
    """Of all its surface, one side, m²."""
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(doubled, axis=1).sum()) / 2


def frame_seconds(settings: Rendering, camera: Camera, lighting: str) -> float:
    """Expected cost of one frame under a lighting, "baked" or "path-traced"."""
    denoised = settings.denoise and lighting == "path-traced"
    per_pixel = PER_RAY[lighting] * settings.samples + PER_DENOISED_PIXEL * denoised
    return camera.width * camera.height * per_pixel
