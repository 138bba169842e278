"""Frames of a home: ours against BlenderProc as somebody would drive it by hand, and how like a reference they are.

`python -m benchmarks.rendering small|flat|large [PART…]`: one home at 480×270, the same poses for all. PART is one of
`reference` (512 samples without a denoiser, made once and kept in out/rendering), `baked`, `path-traced`, `by-hand`,
`fast-1`, `fast-2`, `fast-4` (samples of the cheapest settings) and `stock`. Seconds are of wall time with two threads,
cold start and bake counted; more frames than are rendered are extrapolated. Peers encode nothing, we do.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from benchmarks.report import Row, report
from factory.navigation import NavigationMap, build_map, plan_episodes, storeys_of
from factory.rendering import ChildLimits
from factory.rendering.baking import bake_light
from factory.rendering.blender import render_with_blender, take_frame
from factory.rendering.child import lines_of_child
from factory.rendering.encode import decode_rgb, encode_depth, encode_instance
from factory.rendering.job import write_job
from scene_adapters.procedural.home import home
from schemas.arrays import UInt8
from schemas.cameras import preset
from schemas.episodes import EpisodePlan
from schemas.outcomes import Rejected
from schemas.recipe import Navigation, Rendering, RobotSpec
from schemas.robots import Body
from schemas.scenes import Scene

HOMES = {"small": (1, "small"), "flat": (3, "flat"), "large": (5, "large")}
VIEWS = 6
CHUNKS, CHUNK = 4, 128  # of the reference's samples
LIMITS = ChildLimits(deadline=3600.0, memory_bytes=8 * 2**30, threads=2, gpu=None)
PEER = Path(__file__).with_name("blenderproc_peer.py")
KEPT = Path("out/rendering")
FIELDS = ("times", "positions", "yaw", "camera_to_world", "linear_speed", "angular_speed", "clearance", "room")
PARTS = ("reference", "baked", "path-traced", "by-hand", "fast-1", "fast-2", "fast-4")


@dataclass(frozen=True)
class Run:
    """Frames of all views with what they cost: seconds before the first, and seconds for each."""

    images: list[UInt8]
    start: float
    frame: float

    def seconds(self, frames: int) -> float:
        """Of so many frames, from a cold start."""
        return self.start + frames * self.frame


def main() -> None:
    name, *parts = sys.argv[1:] or ["small"]
    scene = home(*HOMES[name])
    plan = views_of(scene)
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    runs = {part: measured(part, scene, plan, folder) for part in parts or PARTS}
    report(f"rendering-{name}", list(rows(runs, folder)))


def views_of(scene: Scene) -> EpisodePlan:
    """One plan of VIEWS frames, spread over six walks."""
    settings = Navigation()

    def maps(body: Body) -> NavigationMap | Rejected:
        return build_map(scene, storey, body, settings.resolution, settings.max_cells)

    storey = storeys_of(scene)[0]
    walks = plan_episodes(scene, storey, RobotSpec(), preset("d435i"), settings, 0, range(6), maps)
    plans = [walk for _, walk in walks if not isinstance(walk, Rejected)]
    whole: dict[str, Any] = {field: np.concatenate([getattr(plan, field) for plan in plans]) for field in FIELDS}
    chosen = np.linspace(0, len(whole["yaw"]) - 1, VIEWS + 2).round().astype(int)[1:-1]
    return replace(plans[0], **{field: values[chosen] for field, values in whole.items()})


def measured(part: str, scene: Scene, plan: EpisodePlan, folder: Path) -> Run:
    if part == "reference":
        return reference(scene, plan, folder)
    if part in ("baked", "path-traced"):
        run = ours(part, scene, plan)
    else:
        kind, _, samples = part.partition("-")
        kind = kind if kind in ("fast", "stock") else part
        run = peer(kind, int(samples) if kind == "fast" else 4, scene, plan)
    for i, image in enumerate(run.images):
        cv2.imwrite(str(folder / f"{part}_{i}.png"), image[:, :, ::-1])
    return run


def reference(scene: Scene, plan: EpisodePlan, folder: Path) -> Run:
    """The mean of CHUNKS renderings of other seeds, each kept as soon as it is made."""
    for chunk in range(CHUNKS):
        if not (folder / f"chunk{chunk}_{VIEWS - 1}.png").exists():
            run = peer(f"seed-{chunk}", CHUNK, scene, plan)
            for i, image in enumerate(run.images):
                cv2.imwrite(str(folder / f"chunk{chunk}_{i}.png"), image[:, :, ::-1])
    return Run([reference_image(folder, i) for i in range(VIEWS)], 0.0, 0.0)


def reference_image(folder: Path, view: int) -> UInt8:
    chunks = [cv2.imread(str(folder / f"chunk{chunk}_{view}.png")) for chunk in range(CHUNKS)]
    mean: UInt8 = np.rint(np.mean(np.stack(chunks), axis=0)).astype(np.uint8)[:, :, ::-1]  # type: ignore[arg-type]
    return mean


def ours(lighting: str, scene: Scene, plan: EpisodePlan) -> Run:
    settings = Rendering(jpeg_quality=100)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        began = time.perf_counter()
        light = bake_light(scene, LIMITS, scratch, scratch / "log") if lighting == "baked" else None
        baked = time.perf_counter()
        seconds = []
        for poses in (plan, twice(plan)):
            started = time.perf_counter()
            (made,) = render_with_blender(scene, [poses], settings, LIMITS, scratch, scratch / "log", light)
            for view in made.views:
                for depth, instance in zip(view.depth, view.instance, strict=True):
                    encode_depth(depth)
                    encode_instance(instance)
            seconds.append(time.perf_counter() - started)
    frame = (seconds[1] - seconds[0]) / VIEWS
    images = [decode_rgb(data) for data in made.rgb[:VIEWS]]
    return Run(images, baked - began + seconds[0] - VIEWS * frame, frame)


def twice(plan: EpisodePlan) -> EpisodePlan:
    doubled: dict[str, Any] = {field: np.concatenate([getattr(plan, field)] * 2) for field in FIELDS}
    return replace(plan, **doubled)


def peer(kind: str, samples: int, scene: Scene, plan: EpisodePlan) -> Run:
    denoise = not kind.startswith("seed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Rendering(samples=samples, denoise=denoise)
        write_job(folder, scene, [plan], settings, LIMITS.threads, False)
        began = time.perf_counter()
        command = [sys.executable, "-P", str(PEER), str(folder), kind]
        events = lines_of_child(command, {**os.environ, "BLENDER_USER_RESOURCES": name}, LIMITS, folder / "log")
        done = [time.perf_counter() for line in events if line.startswith("frame")]
        made = folder / "frames"
        images = [take_frame(made, i, plan.camera, settings.depth_limit).color for i in range(VIEWS)]
    frame = (done[-1] - done[0]) / (VIEWS - 1)
    return Run(images, done[0] - began - frame, frame)


def rows(runs: dict[str, Run], folder: Path) -> Iterator[Row]:
    for part, run in runs.items():
        if part != "reference":
            yield Row(f"{part}: start, bake counted", run.start, "s")
            yield Row(f"{part}: frame", run.frame, "s")
            yield from likeness(part, run, folder)
    if "baked" not in runs:
        return
    for part in runs.keys() - {"baked", "reference"}:
        for frames in (200, 500):
            ratio = runs[part].seconds(frames) / runs["baked"].seconds(frames)
            row = f"{frames} frames"
            yield Row(row, runs["baked"].seconds(frames), "s", part, runs[part].seconds(frames), ratio)


def likeness(part: str, run: Run, folder: Path) -> Iterator[Row]:
    pairs = [(image, reference_image(folder, i)) for i, image in enumerate(run.images)]
    similar = [structural_similarity(truth, image, channel_axis=2) for image, truth in pairs]
    yield Row(f"{part}: SSIM, mean", float(np.mean(similar)), "")
    yield Row(f"{part}: SSIM, worst view", float(np.min(similar)), "")
    noise = [peak_signal_noise_ratio(truth, image) for image, truth in pairs]
    yield Row(f"{part}: PSNR, mean", float(np.mean(noise)), "dB")


if __name__ == "__main__":
    main()
