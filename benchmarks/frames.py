"""docs/frames.jpg: frames of whole runs with their depth and masks, and what numbers tell of them.

`python -m benchmarks.frames` generates what out/frames lacks of the runs, tiles frames of each and writes the table.
Homes of the datasets are procedural ones in the datasets' formats: pictures of the data may not be passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.report import Row, report
from factory.rendering.textures import mean_colors, to_srgb
from factory.shards import Sample, read_shard
from factory.storage import open_storage
from pipelines.pictures import depth_colors, mask_colors
from pipelines.runs import written_shards
from pipelines.vln_n1 import generate
from scene_adapters.procedural.home import home
from schemas.arrays import AnyArray, Float32, UInt8, UInt16
from schemas.recipe import Recipe, parse_recipe_json
from schemas.scenes import Scene
from tests.scene_adapters.layouts.front3d import write_front3d
from tests.scene_adapters.layouts.hm3d import write_hm3d
from tests.scene_adapters.layouts.hssd import write_hssd
from tests.scene_adapters.layouts.matterport3d import write_matterport3d
from tests.scene_adapters.layouts.replica import write_replica

KEPT = Path("out/frames")
SHEET = Path("docs/frames.jpg")
COLUMNS, WIDTH, HEIGHT, QUALITY = 6, 288, 162, 82
NEARBY = [(x, y) for x in range(-2, 3) for y in range(-2, 3)]  # pixels
FEW = 200  # pixels of edge
LAID_OUT: dict[str, tuple[Callable[[Path, Scene], object], int, str]] = {
    "front3d": (write_front3d, 4, "flat"),
    "hssd": (write_hssd, 7, "cluttered"),
    "hm3d": (write_hm3d, 11, "flat"),
    "matterport3d": (write_matterport3d, 13, "small"),
    "replica": (lambda root, scene: write_replica(root, scene, "room_0", color=paint(scene)), 12, "small"),
}
SKEWED = {"name": "skewed", "width": 480, "height": 270, "fx": 300.0, "fy": 380.0, "cx": 285.0, "cy": 110.0}
SEATS = ((125, 0), (125, 30), (125, 45), (60, 15), (60, 30), (90, 60))  # height, cm, and pitch, degrees
MOUNTS = [{"name": f"{z}cm_{down}deg", "height": z / 100, "pitch_down_deg": down} for z, down in SEATS]
ALL_ALIKE: dict[str, Any] = {
    "seed": 3,
    "navigation": {"distance": [2.5, 5.0], "spacing": 0.5},
    "engine": {"executor": "inline", "cpus_per_unit": 2},
}


@dataclass(frozen=True)
class Run:
    """frames : on the sheet. sections : of its recipe beside ALL_ALIKE; walks : of a storey."""

    name: str
    frames: int
    walks: int
    sections: dict[str, Any]

    @property
    def recipe(self) -> Recipe:
        """Of the run whole."""
        episodes = {"per_storey": self.walks, "per_unit": self.walks}
        return parse_recipe_json(ALL_ALIKE | {"name": self.name, "episodes": episodes} | self.sections, self.name)


def homes(kind: str, first_seed: int, count: int = 1) -> dict[str, Any]:
    """Procedural ones."""
    options = {"kind": kind, "first_seed": first_seed, "count": count}
    return {"scenes": [{"dataset": "procedural", "options": options}]}


def laid_out(dataset: str) -> dict[str, Any]:
    return {"scenes": [{"dataset": dataset, "root": str(KEPT / "data" / dataset)}]}


def rendered(renderer: str, lighting: str = "path-traced") -> dict[str, Any]:
    return {"rendering": {"renderer": renderer, "lighting": lighting}}


VARIED: dict[str, Any] = {"variation": {"per_look": 1}}
# A few frames see too little to be told of.
SPARSE: dict[str, Any] = {
    "navigation": {"distance": [2.5, 4.0], "spacing": 1.0},
    "quality": {"min_references": 0, "min_entropy": 0},
}
RUNS = (
    Run("path-traced", 6, 1, homes("any", 21, 3) | rendered("blender") | SPARSE),
    Run("path-traced-varied", 6, 3, homes("flat", 31) | rendered("blender") | VARIED | SPARSE),
    Run("baked-blender", 6, 3, homes("cluttered", 42) | rendered("blender", "baked")),
    Run("baked-rays", 6, 3, homes("large", 51) | rendered("raycast", "baked")),
    Run("baked-varied-rays", 6, 3, homes("small", 61) | rendered("raycast", "baked") | VARIED),
    Run("front3d-baked", 6, 2, laid_out("front3d") | rendered("blender", "baked") | {"camera": SKEWED}),
    Run("hssd-mounts", 6, 1, laid_out("hssd") | rendered("raycast", "baked") | {"robot": {"mounts": MOUNTS}}),
    Run("hm3d", 4, 2, laid_out("hm3d") | rendered("blender")),
    Run("matterport3d", 4, 2, laid_out("matterport3d") | rendered("raycast") | {"camera": SKEWED}),
    Run("replica", 4, 2, laid_out("replica") | rendered("blender") | {"camera": {"preset": "habitat"}}),
)


@dataclass(frozen=True)
class Frame:
    """One on the sheet: (H, W, 3) sRGB, (H, W) metres, (H, W) ids, and what its ids are."""

    color: UInt8
    depth: Float32
    instance: UInt16
    category: dict[int, str]


def main() -> None:
    """Make the runs, the sheet and the table."""
    tiles: list[UInt8] = []
    rows: list[Row] = []
    for run in RUNS:
        frames = frames_of(run)
        tiles += [tile(frame, run.name) for frame in frames]
        rows += measured(run.name, frames)
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
    sheet = np.vstack([np.hstack(tiles[first : first + COLUMNS]) for first in range(0, len(tiles), COLUMNS)])
    cv2.imwrite(str(SHEET), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    report("frames", rows)


def frames_of(run: Run) -> list[Frame]:
    """Spread over the run's episodes, cameras and frames; the run is made where it is not whole."""
    out = str(KEPT / run.name)
    lay_out(run.recipe.scenes[0].dataset)
    generate(run.recipe, out, lambda event: None)
    storage = open_storage(out)
    samples = [sample for made in written_shards(storage) for sample in read_shard(storage, made.unit.id)]
    return [frame_of(samples[i % len(samples)], i, run.frames) for i in range(run.frames)]


def lay_out(dataset: str) -> None:
    folder = KEPT / "data" / dataset
    if dataset in LAID_OUT and not folder.exists():
        write, seed, kind = LAID_OUT[dataset]
        write(folder, home(seed, kind))


def paint(scene: Scene) -> UInt8:
    """Colours (V, 3) at the vertices, where Replica has them, for want of textures: the mean ones of the materials."""
    mesh = scene.mesh
    color = np.zeros((len(mesh.vertices), 3), np.uint8)
    color[mesh.triangles] = to_srgb(mean_colors(scene))[mesh.material][:, None]
    return color


def frame_of(sample: Sample, number: int, count: int) -> Frame:
    """The `number`th of `count`: further along the walk than the one before, through the next camera."""
    mounts = sample.record.robot.mounts
    mount = mounts[number % len(mounts)].name if mounts else ""
    at = (2 * number + 1) * sample.record.frames // (2 * count)
    category = {instance.id: instance.category for instance in sample.record.instances}
    return Frame(sample.rgb(at, mount), sample.depth(at, mount), sample.instance(at, mount), category)


def measured(name: str, frames: list[Frame]) -> Iterator[Row]:
    """The worst of a run's frames: black and white ones, and edges that lie beside those of the picture."""
    grey = [frame.color.max(axis=2) for frame in frames]
    yield Row(f"{name}: frames", len(frames), "")
    yield Row(f"{name}: darkest frame, mean", float(min(image.mean() for image in grey)), "of 255")
    yield Row(f"{name}: black, worst frame", 100 * float(max((image < 8).mean() for image in grey)), "%")
    white = max((frame.color.min(axis=2) > 250).mean() for frame in frames)
    yield Row(f"{name}: white, worst frame", 100 * float(white), "%")
    masks = [shift(frame.color, frame.instance, 0.5) for frame in frames]
    depths = [shift(frame.color, np.log(np.maximum(frame.depth, 0.1)), 0.1) for frame in frames]
    yield Row(f"{name}: masks beside the picture, farthest", max(masks), "pixels")
    yield Row(f"{name}: depth beside the picture, farthest", max(depths), "pixels")


def shift(color: UInt8, image: AnyArray, step: float) -> float:
    """How far the edges of an image, steps above `step`, must be moved to lie on the strongest of the colours, pixels.

    0 where there are too few to tell.
    """
    grey = cv2.cvtColor(color, cv2.COLOR_RGB2GRAY).astype(np.float32)
    strength, edge = steps(grey), [changes > step for changes in steps(image.astype(np.float32))]
    if sum(int(found.sum()) for found in edge) < FEW:
        return 0.0

    def met(x: int, y: int) -> float:
        moved = [np.roll(found, (y, x), (0, 1))[2:-2, 2:-2] for found in edge]
        return sum(float(of[2:-2, 2:-2][found].sum()) for of, found in zip(strength, moved, strict=True))

    x, y = max(NEARBY, key=lambda place: met(*place))
    return float(np.hypot(x, y))


def steps(image: Float32) -> tuple[Float32, Float32]:
    """(H − 1, W − 1) each: changes from a pixel to the next in its row, and to the next in its column."""
    across, along = np.abs(np.diff(image, axis=1))[:-1], np.abs(np.diff(image, axis=0))[:, :-1]
    return across, along


def tile(frame: Frame, name: str) -> UInt8:
    """The frame over its depth and its mask, which is mixed with the frame."""
    mask = mask_colors(frame.instance, frame.category)[..., ::-1]
    mixed = cv2.addWeighted(frame.color, 0.4, np.ascontiguousarray(mask), 0.6, 0)
    below = [fitted(image, WIDTH // 2, HEIGHT // 2) for image in (depth_colors(frame.depth)[..., ::-1], mixed)]
    whole = np.vstack([fitted(frame.color, WIDTH, HEIGHT), np.hstack(below)])
    cv2.putText(whole, name, (5, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(whole, name, (5, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(cv2.copyMakeBorder(whole, 0, 3, 0, 3, cv2.BORDER_CONSTANT))


def fitted(image: UInt8, width: int, height: int) -> UInt8:
    """The image in the middle of so many pixels, whole."""
    scale = min(width / image.shape[1], height / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((height, width, 3), np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


if __name__ == "__main__":
    main()
