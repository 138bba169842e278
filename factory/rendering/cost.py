"""What a frame and a bake cost, so that light is baked where a scene's frames pay for it.

The constants are processor seconds on an AMD EPYC core (docs/baked-light.md); only their ratios matter.
Neither the machine nor the unit takes part: all units of a scene decide alike, wherever they run.
"""

from __future__ import annotations

import numpy as np

from schemas.cameras import Camera
from schemas.recipe import Rendering
from schemas.scenes import Mesh, Scene

START = 14.0  # of two more Blender processes and of laying out the surface, seconds
PER_AREA, PER_TRIANGLE = 0.027, 1.5e-4  # of a bake: seconds a square metre of surface, and a triangle
PER_RAY = {"baked": 0.6e-6, "path-traced": 7.0e-6}  # seconds a pixel and sample
PER_DENOISED_PIXEL = 1.0e-5


def pays_to_bake(scene: Scene, settings: Rendering, camera: Camera, frames: float) -> bool:
    """Whether baking the scene's light and looking it up is cheaper than tracing it in each of `frames` frames."""
    saved = frame_seconds(settings, camera, "path-traced") - frame_seconds(settings, camera, "baked")
    return bake_seconds(scene) < frames * saved


def bake_seconds(scene: Scene) -> float:
    """Expected cost of baking the light of a scene, from its area and its triangles."""
    return START + PER_AREA * area(scene.mesh) + PER_TRIANGLE * len(scene.mesh.triangles)


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
