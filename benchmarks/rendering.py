"""Frames of homes at 480×270: ours against BlenderProc by hand, and how like a reference they are.

`python -m benchmarks.rendering` measures what is not in out/rendering yet and writes the table of all that is;
`python -m benchmarks.rendering flat/baked processes …` measures these pieces anew. A piece is HOME/WAY, or one of
OTHERS. References are 512 samples a pixel in one call, denoised with the accurate prefilter on the image of all
samples: the noise that 512 samples still have would itself cost likeness. For the scan, which has no noise, it is 64.
Seconds are with two threads, cold start and bake counted, ours with frames in a shard: of wall time, on a quiet
machine; with `--shared`, on one that others use, of processor time over the threads. Runs of one clock are compared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from functools import partial

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from benchmarks.rendering_homes import LIT, SCAN, VIEWS, frames_of, scene_of
from benchmarks.rendering_processes import memory, side_by_side
from benchmarks.rendering_raycast import differences
from benchmarks.rendering_runs import KEPT, LIMITS, Run, bake, keep, keep_image, ours, peer, read_image
from benchmarks.report import Row, report
from factory.rendering.cost import area, bake_seconds, frame_seconds
from schemas.arrays import UInt8
from schemas.cameras import Camera, preset
from schemas.episodes import EpisodePlan
from schemas.recipe import Rendering
from schemas.scenes import Scene

Way = Callable[[str, Scene, list[EpisodePlan], str], tuple[Run, list[UInt8]]]


def stock(home: str, scene: Scene, plans: list[EpisodePlan], clock: str) -> tuple[Run, list[UInt8]]:
    """BlenderProc's defaults on a quarter of the pixels, counted four times: a whole frame takes minutes. No images."""
    whole = plans[0].camera
    size, lens = (whole.width // 2, whole.height // 2), (whole.fx / 2, whole.fy / 2)
    camera = Camera("quarter", *size, *lens, (whole.cx + 0.5) / 2 - 0.5, (whole.cy + 0.5) / 2 - 0.5)
    run, _ = peer(home, scene, [replace(plan, camera=camera) for plan in plans], clock, "stock", patience=60.0)
    return replace(run, frame=4 * run.frame), []


MANY, FEW = 100, 12  # frames of what is cheap, and of what is not
OURS = {
    "baked": Rendering(lighting="baked"),
    "baked, 8 samples": Rendering(lighting="baked", samples=8),
    "baked, raycast": Rendering(lighting="baked", renderer="raycast"),
    "unlit": Rendering(),
    "raycast": Rendering(renderer="raycast"),
}
LIT_WAYS: dict[str, Way] = {
    **{way: partial(ours, settings=OURS[way]) for way in ("baked", "baked, 8 samples", "baked, raycast")},
    "path-traced": partial(ours, settings=Rendering()),
    "stock": stock,
    "by-hand": partial(peer, kind="by-hand"),
    **{f"tuned-{samples}": partial(peer, kind="tuned", samples=samples) for samples in (1, 2, 4)},
}
SCAN_WAYS: dict[str, Way] = {
    "unlit": partial(ours, settings=OURS["unlit"]),
    "raycast": partial(ours, settings=OURS["raycast"]),
    "by-hand": partial(peer, kind="by-hand"),
    "a-call-a-frame": partial(peer, kind="a-call-a-frame"),
}
SHARED = "--shared"
ALIKE = 0.95  # SSIM that the cheapest peer must reach


OTHERS: dict[str, Callable[[], Iterable[Row]]] = {
    "differences": differences,
    "processes": side_by_side,
    "memory": memory,
}


def main(arguments: list[str]) -> None:
    """Measure the pieces, or those that are missing, and write the table."""
    clock = "processor" if SHARED in arguments else "wall"
    chosen = [name for name in arguments if name != SHARED]
    for name in chosen or [name for name in pieces() if not (KEPT / f"{name}.json").exists()]:
        measure(name, clock)
    report("rendering", table())


def table() -> list[Row]:
    """Of all that is kept."""
    made = [row for home in (*LIT, SCAN) for row in (*rows(home), *cost(home))]
    for path in (KEPT / f"{name}.json" for name in OTHERS):
        if path.exists():
            made += [Row(**row) for row in json.loads(path.read_text())]
    return made


def pieces() -> Iterator[str]:
    """All there are, references first."""
    for home in (*LIT, SCAN):
        yield f"{home}/reference"
        if home != SCAN:
            yield f"{home}/bake"
        yield from (f"{home}/{way}" for way in ways(home))
    yield from OTHERS


def ways(home: str) -> dict[str, Way]:
    """How that home's frames are made."""
    return SCAN_WAYS if home == SCAN else LIT_WAYS


def measure(name: str, clock: str) -> None:
    """One piece, kept."""
    if name in OTHERS:
        (KEPT / f"{name}.json").write_text(json.dumps([asdict(row) for row in OTHERS[name]()]))
        return
    home, _, way = name.partition("/")
    scene = scene_of(home)
    if way == "reference":
        refer(home, scene)
    elif way == "bake":
        bake(home, scene)
    else:
        plans = frames_of(scene, MANY) if way in OURS else frames_of(scene, FEW, each=VIEWS)
        keep(name, *ways(home)[way](home, scene, plans, clock))


def refer(home: str, scene: Scene) -> None:
    """Each view in a call of its own, so that a run that is cut goes on with the next."""
    samples = 64 if home == SCAN else 512
    for view, one in enumerate(frames_of(scene, VIEWS, each=1)):
        if not (KEPT / f"{home}/reference_{view}.png").exists():
            _, (image,) = peer(home, scene, [one], "wall", "reference", samples)
            keep_image(f"{home}/reference_{view}", image)
    (KEPT / f"{home}/reference.json").write_text(json.dumps({"samples": samples}))


def cost(home: str) -> Iterator[Row]:
    """What baking a home's light costs and from how many frames on it pays, measured beside what is expected."""
    path = KEPT / f"{home}/bake.json"
    if not path.exists():
        return
    scene, camera = scene_of(home), preset("d435i")
    predicted, taken = bake_seconds(scene), json.loads(path.read_text())
    size = f"{area(scene.mesh):,.0f} m² of surface, {len(scene.mesh.triangles):,} triangles"
    spent = LIMITS.threads * taken["processor"]
    yield Row(f"{home}, {size}: bake, processor time", spent, "s", "expected", predicted)
    if all((KEPT / f"{home}/{way}.json").exists() for way in ("path-traced", "baked")):
        traced, baked = read(f"{home}/path-traced"), read(f"{home}/baked")
        frames = (baked.start - traced.start) / (traced.frame - baked.frame)
        each = [frame_seconds(Rendering(), camera, lighting) for lighting in ("path-traced", "baked")]
        yield Row(f"{home}: frames from which baking pays", frames, "", "expected", predicted / (each[0] - each[1]))


def read(name: str) -> Run:
    return Run(**json.loads((KEPT / f"{name}.json").read_text()))


def views(home: str, way: str) -> list[int]:
    """Those of which there is an image and a reference."""
    both = (f"{home}/{way}", f"{home}/reference")
    return [view for view in range(VIEWS) if all((KEPT / f"{name}_{view}.png").exists() for name in both)]


def compared(home: str, way: str, view: int) -> tuple[float, float]:
    """SSIM and PSNR of a view."""
    shown, truth = (read_image(KEPT / f"{home}/{which}_{view}.png") for which in (way, "reference"))
    similar = structural_similarity(truth, shown, channel_axis=2)
    return float(similar), float(peak_signal_noise_ratio(truth, shown))


def rows(home: str) -> Iterator[Row]:
    """Of a home: what each way costs and how like the reference it is; then ours against each peer."""
    runs = {way: read(f"{home}/{way}") for way in ways(home) if (KEPT / f"{home}/{way}.json").exists()}
    alike = {way: np.array([compared(home, way, view) for view in views(home, way)]) for way in runs}
    for way, run in runs.items():
        yield Row(f"{home}, {way}: start, bake counted", run.start, f"s ({run.clock})")
        yield Row(f"{home}, {way}: frame, of {run.frames}", run.frame, f"s ({run.clock})")
        if len(alike[way]):
            similar, noise = alike[way].T
            yield Row(f"{home}, {way}: SSIM, mean of {len(similar)} views", float(similar.mean()), "")
            yield Row(f"{home}, {way}: SSIM, worst view", float(similar.min()), "")
            yield Row(f"{home}, {way}: PSNR, mean", float(noise.mean()), "dB")
            yield Row(f"{home}, {way}: PSNR, worst view", float(noise.min()), "dB")
    for best in (way for way in OURS if way in runs):
        good = [way for way in runs if way.startswith("tuned") and len(alike[way]) and alike[way][:, 0].mean() >= ALIKE]
        cheapest = sorted(good, key=lambda way: runs[way].frame)[:1]
        peers = [*(way for way in ("stock", "by-hand", "a-call-a-frame") if way in runs), *cheapest]
        for way in (way for way in peers if runs[way].clock == runs[best].clock or way == "stock"):
            for frames in (200, 500):
                mine, theirs = runs[best].seconds(frames), runs[way].seconds(frames)
                unit = f"s ({runs[best].clock})"
                yield Row(f"{home}: {frames} frames, {best}", mine, unit, f"BlenderProc, {way}", theirs, theirs / mine)


if __name__ == "__main__":
    main(sys.argv[1:])
