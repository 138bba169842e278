"""What Blender renders on: the CPU, or of a GPU's two ways, OPTIX and CUDA, the one that renders a trial room faster.

Not every GPU has what OPTIX is fast with, so both are tried once a kind of machine; the answer is kept in the user's
cache. Nothing here has been run on a GPU yet: on a machine without one both ways fail, and that much is tested.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import trimesh

from factory.observe.machine import gpus, versions
from factory.rendering.blender import start_child
from factory.rendering.child import ChildLimits
from factory.rendering.job import write_views
from schemas.cameras import preset
from schemas.errors import TransientError
from schemas.frames import camera_pose
from schemas.identity import digest
from schemas.recipe import Rendering
from schemas.scenes import Instance, Light, LightKind, Material, Mesh, Scene, SceneRef, make_scene

WAYS = ("OPTIX", "CUDA")
GAIN = 1.1  # by which CUDA must be faster than OPTIX, so that all machines of a kind choose alike
SAMPLES = 64
COMPILING, FRAMES = 2, 6  # the first frames also wait for kernels


def device_for(limits: ChildLimits, scratch: Path, log: Path) -> str:
    """The CPU where no GPU is to be used; else the faster way, tried at first use.

    Raises TransientError where a GPU is to be used and Blender can use none.
    """
    if limits.gpu is None:
        return "CPU"
    kept = kept_at()
    with contextlib.suppress(OSError, ValueError):  # not there yet, or broken: tried again
        return faster(json.loads(kept.read_text()))
    seconds = {way: taken for way in WAYS if (taken := _tried(way, limits, scratch, log)) is not None}
    chosen = faster(seconds)
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_name(f"{kept.name}.{os.getpid()}")
    partial.write_text(json.dumps(seconds))
    partial.replace(kept)
    return chosen


def faster(seconds: Mapping[str, float]) -> str:
    """The way to take by the seconds a frame of those that work. Raises TransientError where none does."""
    if not seconds:
        raise TransientError(
            f"the recipe gives each unit a GPU, but Blender can use none here, neither by {' nor by '.join(WAYS)} (see "
            "`nvidia-smi` and the log); set [engine] gpus_per_unit = 0 to render on the CPU"
        )
    return min(seconds, key=lambda way: seconds[way] * (GAIN if way == "CUDA" else 1.0))


def kept_at() -> Path:
    """Where the seconds are kept of this kind of machine."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kind = digest("device", sorted(set(gpus())), versions(("bpy",)), SAMPLES, FRAMES)
    return cache / "navfoundry" / f"device-{kind}.json"


def _tried(way: str, limits: ChildLimits, scratch: Path, log: Path) -> float | None:
    try:
        return seconds_a_frame(way, limits, scratch, log)
    except TransientError:
        return None


def seconds_a_frame(device: str, limits: ChildLimits, scratch: Path, log: Path) -> float:
    """Of the trial room on that device, start and compiling not counted. Raises TransientError if it does not work."""
    poses = camera_pose(np.tile([0.5, 0.5, 1.5], (FRAMES, 1)), np.linspace(0.3, 1.2, FRAMES), 0.2)
    with tempfile.TemporaryDirectory(prefix="device-", dir=scratch) as name:
        folder = Path(name)
        write_views(folder, trial_room(), preset("d435i"), poses, Rendering(samples=SAMPLES), limits.threads, device)
        done = [time.perf_counter() for line in start_child(folder, limits, log) if line.startswith("frame")]
    return (done[-1] - done[COMPILING - 1]) / (len(done) - COMPILING)


def trial_room() -> Scene:
    """A room of 6 × 6 m with 25 balls and a lamp, 32,000 triangles."""
    room = trimesh.creation.box(bounds=[[0, 0, 0], [6, 6, 2.6]])
    balls = [trimesh.creation.icosphere(3, 0.3) for _ in range(25)]
    for i, ball in enumerate(balls):
        ball.apply_translation([1 + i % 5, 1 + i // 5, 0.3 + 0.05 * i])
    whole = trimesh.util.concatenate([room, *balls])
    instance = np.where(np.arange(len(whole.faces)) < len(room.faces), 1, 2)
    mesh = Mesh(
        vertices=np.asarray(whole.vertices, np.float32),
        triangles=np.asarray(whole.faces, np.int32),
        instance=instance.astype(np.uint16),
        material=(instance - 1).astype(np.uint16),
        materials=(Material("room"), Material("balls", (0.6, 0.3, 0.2), roughness=0.3)),
        textures=(),
        uv=None,
        color=None,
    )
    nowhere = (0.0, 0.0, 0.0)
    things = tuple(Instance(i + 1, name, "misc", nowhere, nowhere, None) for i, name in enumerate(("room", "balls")))
    lamp = Light(LightKind.POINT, (3.0, 3.0, 2.4), (0.0, 0.0, -1.0), (0.2, 0.2), (1.0, 1.0, 1.0), 80.0)
    return make_scene(SceneRef("trial", "room", "navfoundry", "CC0-1.0"), mesh, things, lights=(lamp,))
