"""Frames from Blender: a child process renders a unit's poses in one call, this side collects them.

The child is `blender_child.py`, a program of its own under GPL-3.0-or-later; it is started by path and
never imported. One scene a process: a second textured scene in the same Blender gives wrong textures.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from factory.rendering.child import ChildLimits, lines_of_child
from factory.rendering.encode import quantize_depth
from factory.rendering.job import write_job
from factory.rendering.light import BakedLight
from factory.rendering.pictures import Picture, Sensing, assemble
from schemas.arrays import Float32
from schemas.cameras import MILLIMETRE, Camera
from schemas.episodes import EpisodePlan, RenderedEpisode
from schemas.errors import MissingExtraError, SceneError, TransientError
from schemas.recipe import Rendering
from schemas.scenes import Scene

_CHILD = Path(__file__).with_name("blender_child.py")


def render_with_blender(
    scene: Scene,
    plans: Sequence[EpisodePlan],
    settings: Rendering,
    limits: ChildLimits,
    device: str,
    scratch: Path,
    log: Path,
    light: BakedLight | None = None,
    sensing: Sensing | None = None,
) -> Iterator[RenderedEpisode]:
    """Each plan's frames as soon as its last one is there, in plan order.

    device : as of `write_job`. Frames pass through a folder in `scratch` that is removed at the end; Blender's output
    goes to `log`. The child renders on while the caller works.

    Raises SceneError where Blender cannot hold the scene, TransientError when the child is killed, hangs, grows
    beyond its limits or does not write its frames whole.
    """
    with tempfile.TemporaryDirectory(prefix="render-", dir=scratch) as name:
        folder = Path(name)
        write_job(folder, scene, plans, settings, limits.threads, device, light)
        events = start_child(folder, limits, log)
        try:
            yield from _collect(events, scene, plans, settings, folder / "frames", sensing)
        finally:
            events.close()


def start_child(folder: Path, limits: ChildLimits, log: Path) -> Generator[str]:
    """What a child says that does the job in `folder`, line by line, as of `lines_of_child`."""
    command = [sys.executable, "-P", str(_CHILD), str(folder)]
    return lines_of_child(command, _environment(folder, limits), limits, log)


def require_blender() -> None:
    """Raises MissingExtraError where bpy or blenderproc is absent."""
    missing = [package for package in ("bpy", "blenderproc") if importlib.util.find_spec(package) is None]
    if missing:
        raise MissingExtraError(
            f"rendering with Blender needs {' and '.join(missing)}: pip install 'navfoundry[render]' (Python 3.11), "
            'or set renderer = "raycast" in the recipe'
        )


def _environment(folder: Path, limits: ChildLimits) -> dict[str, str]:
    # A person's own Blender preferences and start-up file must not change the data.
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder)}
    if limits.gpu not in (None, "auto"):
        environment["CUDA_VISIBLE_DEVICES"] = limits.gpu
    return environment


def _collect(
    events: Iterator[str],
    scene: Scene,
    plans: Sequence[EpisodePlan],
    settings: Rendering,
    frames: Path,
    sensing: Sensing | None,
) -> Iterator[RenderedEpisode]:
    renderer: dict[str, str] = {}
    done = _frames_done(events, scene, renderer)
    pictures = _pictures(done, scene, plans, settings, frames)
    for plan in plans:
        yield assemble(plan, pictures, settings, renderer, sensing)
    if next(done, None) is not None:
        raise TransientError(f"scene {scene.ref.name}: the render child made more frames than were planned")


def _pictures(
    done: Iterator[int], scene: Scene, plans: Sequence[EpisodePlan], settings: Rendering, frames: Path
) -> Iterator[Picture]:
    """The pictures in the order of the job's poses."""
    cameras = (plan.camera for plan in plans for poses in plan.views for _ in poses)
    for i, camera in enumerate(cameras):
        if next(done, None) != i:
            raise TransientError(f"scene {scene.ref.name}: the render child ended before frame {i}")
        yield take_frame(frames, i, camera, settings.depth_limit, settings.depth_scale)


def _frames_done(events: Iterator[str], scene: Scene, renderer: dict[str, str]) -> Iterator[int]:
    """Numbers of the finished frames; fills `renderer` from what the child says of itself."""
    for line in events:
        event, _, detail = line.partition(" ")
        if event == "frame":
            yield int(detail)
        elif event == "engine":
            renderer.update(json.loads(detail))
        elif event == "fault":
            raise SceneError(f"scene {scene.ref.name}: {detail}")


def take_frame(
    frames: Path, index: int, camera: Camera, depth_limit: float, depth_scale: float = MILLIMETRE
) -> Picture:
    """What the child wrote of one frame; its files go."""
    color, depth, instance = (
        frames / f"{kind}_{index:04d}.{suffix}"
        for kind, suffix in (("rgb", "bmp"), ("depth", "exr"), ("instance", "exr"))
    )
    image = cv2.imread(str(color), cv2.IMREAD_COLOR_RGB)
    if image is None or image.shape != (camera.height, camera.width, 3):
        raise TransientError(f"frame {index}: {color} was not written whole; is the disk full?")
    planar = quantize_depth(_read_exr(depth, camera), depth_limit, depth_scale)
    ids = np.rint(_read_exr(instance, camera)).astype(np.uint16)
    for path in (color, depth, instance):
        path.unlink()
    return Picture(np.asarray(image), planar, ids)


def _read_exr(path: Path, camera: Camera) -> Float32:
    """The first channel (H, W) of an uncompressed OpenEXR file of three float32 channels.

    Such a file ends with a block a scanline: its number and size (8 bytes), then W floats a channel
    (OpenEXR File Layout, "Scan line blocks").
    """
    row = 8 + 3 * 4 * camera.width
    data = path.read_bytes()[-row * camera.height :]
    if len(data) != row * camera.height:
        raise TransientError(f"{path} was not written whole; is the disk full?")
    blocks = np.frombuffer(data, np.uint8).reshape(camera.height, row)
    return np.ascontiguousarray(blocks[:, 8 : 8 + 4 * camera.width]).view(np.float32)
