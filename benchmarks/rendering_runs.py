"""Frames of a home with what they cost: ours, and BlenderProc's as somebody would drive it by hand.

Both start cold. Ours ends with frames in a shard; of a peer only rendering counts. A run is kept in out/rendering as
soon as it is made.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import cv2
import numpy as np
import psutil

import factory.rendering
from benchmarks.rendering_homes import VIEWS, frames_of
from factory.pixel_goals import find_pixel_goals
from factory.quality import score
from factory.rendering import ChildLimits, render_unit
from factory.rendering.baking import bake_light
from factory.rendering.blender import take_frame
from factory.rendering.child import lines_of_child
from factory.rendering.job import write_job
from factory.rendering.light import BakedLight, decode_light, encode_light
from factory.rendering.raycast import RayCaster
from factory.shards import ShardWriter
from factory.storage import open_storage
from schemas.arrays import UInt8
from schemas.episodes import CaptionedEpisode, EpisodePlan
from schemas.manifests import make_unit
from schemas.recipe import Rendering
from schemas.scenes import Scene

KEPT = Path("out/rendering")
PEER = Path(__file__).with_name("blenderproc_peer.py")
CHILD = Path(factory.rendering.__file__).with_name("blender_child.py")
LIMITS = ChildLimits(deadline=3600.0, memory_bytes=8 * 2**30, threads=2, gpu=None)


@dataclass(frozen=True)
class Run:
    """Seconds before the first frame, light included, and for each; of how many frames, and by which clock."""

    start: float
    frame: float
    frames: int
    clock: str = "wall"

    def seconds(self, frames: int) -> float:
        """Of so many frames, from a cold start."""
        return self.start + frames * self.frame


def keep(name: str, run: Run, images: Sequence[UInt8]) -> None:
    """Under `name`: the run, and its images of the views."""
    for i, image in enumerate(images):
        keep_image(f"{name}_{i}", image)
    (KEPT / f"{name}.json").write_text(json.dumps(asdict(run)))


def keep_image(name: str, image: UInt8) -> None:
    """A PNG, there whole or not at all."""
    target = KEPT / f"{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".part.png")
    cv2.imwrite(str(partial), image[:, :, ::-1])
    partial.replace(target)


def read_image(path: Path) -> UInt8:
    """(H, W, 3) uint8 sRGB."""
    return np.asarray(cv2.imread(str(path)), np.uint8)[:, :, ::-1]


def shared_seconds() -> float:
    """Processor time of this process and all its children over the threads they may use: of a machine with others."""
    ended = sum(used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))
    alive = [child.cpu_times() for child in psutil.Process().children()]
    return float(ended + sum(used.user + used.system for used in alive)) / LIMITS.threads


CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "processor": shared_seconds}


def bake(home: str, scene: Scene) -> None:
    """The light of a home, kept beside the seconds that it took by both clocks."""
    (KEPT / home).mkdir(parents=True, exist_ok=True)
    began = {clock: now() for clock, now in CLOCKS.items()}
    light = bake_light(scene, LIMITS.threads)
    seconds = {clock: now() - began[clock] for clock, now in CLOCKS.items()}
    (KEPT / f"{home}/light.npz").write_bytes(encode_light(light))
    (KEPT / f"{home}/bake.json").write_text(json.dumps(seconds))


def kept_light(home: str, scene: Scene) -> tuple[BakedLight, dict[str, float]]:
    """A home's light, and the seconds that baking it took."""
    light = decode_light((KEPT / f"{home}/light.npz").read_bytes(), scene)
    return light, json.loads((KEPT / f"{home}/bake.json").read_text())


def ours(
    home: str, scene: Scene, plans: Sequence[EpisodePlan], clock: str, settings: Rendering
) -> tuple[Run, list[UInt8]]:
    """Frames rendered and checked; RGB, depth and masks put into a shard. The light has been baked before."""
    light, baked = kept_light(home, scene) if settings.lighting == "baked" else (None, {clock: 0.0})
    now = CLOCKS[clock]
    unit = make_unit(scene.ref, scene.digest, 0, 0, len(plans), "benchmark", 0)
    done: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        began = now()
        with ShardWriter(unit, scratch) as writer:
            for made in render_unit(scene, plans, settings, LIMITS, scratch, scratch / "log", light=light):
                writer.write(CaptionedEpisode(made, (), find_pixel_goals(made), score(made, scene), ()), scene)
                done.append(now())
            writer.commit(open_storage(str(scratch / "out")), {})
        ended = now()
    frames = sum(plan.frames for plan in plans)
    frame = (ended - done[0]) / (frames - plans[0].frames)
    run = Run(baked[clock] + ended - began - frames * frame, frame, frames, clock)
    return run, pictures(scene, frames_of(scene, VIEWS), settings, light)


def pictures(scene: Scene, plans: list[EpisodePlan], settings: Rendering, light: BakedLight | None) -> list[UInt8]:
    """Our views before they are JPEG, which costs a plain wall more likeness than anything else."""
    camera, poses = plans[0].camera, plans[0].camera_to_world
    if settings.renderer == "raycast":
        caster = RayCaster(scene, LIMITS.threads, light)
        return [caster.picture(camera, pose, settings.depth_limit).color for pose in poses]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_job(folder, scene, plans, settings, LIMITS.threads, "CPU", light)
        command = [sys.executable, "-P", str(CHILD), str(folder)]
        list(lines_of_child(command, {**os.environ, "BLENDER_USER_RESOURCES": name}, LIMITS, folder / "log"))
        return [take_frame(folder / "frames", i, camera, settings.depth_limit).color for i in range(len(poses))]


def peer(
    _: str,
    scene: Scene,
    plans: Sequence[EpisodePlan],
    clock: str,
    kind: str,
    samples: int = 4,
    patience: float = 40.0,
) -> tuple[Run, list[UInt8]]:
    """BlenderProc in the manner `kind` of `blenderproc_peer.py`: two frames, and more until `patience` seconds are up.

    Where the views are done sooner their images are there, too; the first frame's share of the start is all that it
    took longer than the others.
    """
    now = CLOCKS[clock]
    done: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_job(folder, scene, plans, Rendering(samples=samples, denoise=True), LIMITS.threads, "CPU")
        began, patient_until = now(), time.perf_counter() + patience
        command = [sys.executable, "-P", str(PEER), str(folder), kind]
        environment = {**os.environ, "BLENDER_USER_RESOURCES": name}
        with closing(lines_of_child(command, environment, LIMITS, folder / "log")) as events:
            for line in events:
                if line.startswith("frame"):
                    done.append(now())
                if len(done) > 1 and time.perf_counter() > patient_until:
                    break
        views = range(min(VIEWS, len(done)))
        images = [read_image(folder / f"frames/rgb_{i:04d}.png") for i in views]
    frame = (done[-1] - done[0]) / max(1, len(done) - 1)
    return Run(done[0] - began - frame, frame, len(done), clock), images
