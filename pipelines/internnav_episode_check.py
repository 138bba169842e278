"""Rules for one episode: its table, its images, and whether poses, depth and cloud agree."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from factory.rendering.encode import decode_depth, decode_rgb
from factory.shards.images import jpeg_size, png_size
from factory.storage.parquet import read_parquet
from pipelines import internnav_dialect as dialect
from pipelines.internnav_cloud import OBSTACLE, Cloud
from schemas.arrays import Float64, UInt16
from schemas.cameras import FARTHEST
from schemas.errors import ShardError
from trainer.windows import MIN_FRAMES, NEAR, Obstacles, critic, waypoints

Problem = tuple[str, str]  # rule, what is wrong

_FULL_WINDOW = 100  # frames below which a prediction can reach no full horizon
_LOOKS = 8  # frames of an episode whose depth is projected back
_ON_FLOOR = 0.05
_BELOW = 0.15
_BESIDE = 0.2
_FAR = 10.0  # metres to the nearest obstacle that no path indoors has
_TOUCHING = 0.02  # share of frames that a coarse map may put onto an obstacle
_MOST_PIXELS = 1 << 25


@dataclass(frozen=True)
class Table:
    """An episode's table: intrinsics (T, 3, 3), mounts and poses (T, 4, 4), OpenGL axes."""

    intrinsic: Float64
    extrinsic: Float64
    action: Float64


@dataclass(frozen=True)
class Surroundings:
    """A scene's cloud, ready to be asked."""

    obstacles: Obstacles
    all: Obstacles


def surroundings(cloud: Cloud) -> Surroundings:
    """The scene's cloud for `check_geometry`."""
    return Surroundings(Obstacles(cloud.of(OBSTACLE)[:, :2]), Obstacles(cloud.points[:, :2]))


def read_episode(content: bytes) -> Table:
    """The columns of an episode's table; lists may be flat or nested. Raises ShardError saying what is wrong."""
    try:
        rows = read_parquet(content).to_pydict()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ShardError(f"not a readable Parquet table ({error})") from error
    if missing := [name for name in dialect.SCHEMA.names[1:] if name not in rows]:
        raise ShardError(f"has no column {missing[0]}")
    return Table(
        _matrices(rows[dialect.INTRINSIC], 3), _matrices(rows[dialect.EXTRINSIC], 4), _matrices(rows[dialect.ACTION], 4)
    )


def check_table(table: Table) -> Iterator[Problem]:
    """Rules for the columns alone."""
    poses = table.action
    if len(poses) < MIN_FRAMES:
        yield "length", f"{len(poses)} frames"
        return
    if len(poses) < _FULL_WINDOW:
        yield "short-walk", f"{len(poses)} frames"
    for name, column in (("intrinsic", table.intrinsic), ("extrinsic", table.extrinsic)):
        if np.abs(column - column[0]).max() > 1e-6:
            yield "constant-camera", f"camera_{name} changes within the episode"
    steps = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    if steps.max() > dialect.MAX_SPACING + 1e-4:
        yield "spacing", f"frames {int(np.argmax(steps))} and the next are {steps.max():.3f} m apart"
    turns = poses[:, :3, :3]
    skew = np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2))
    if skew.max() > 1e-3 or np.linalg.det(turns).min() < 0 or np.abs(poses[:, 3] - (0, 0, 0, 1)).max() > 1e-6:
        yield "rigid-poses", f"frame {int(np.argmax(skew))} is not a rotation and a place"
        return
    yield from _check_axes(table)


def check_images(rgb: list[Path], depth: list[Path], table: Table) -> Iterator[tuple[Path, Problem]]:
    """Rules for an episode's images, each decoded: what is wrong with which file."""
    with ThreadPoolExecutor() as pool:
        sizes = list(pool.map(_color_size, rgb))
        depths = list(pool.map(_depth_size, depth))
    for path, size in zip(rgb, sizes, strict=True):
        if isinstance(size, str):
            yield path, ("color-images", size)
    good = [size for size in sizes if not isinstance(size, str)]
    for path, size in zip(depth, depths, strict=True):
        if isinstance(size, str):
            yield path, ("depth-images", size)
        elif good and size != good[0]:
            yield path, ("depth-images", f"{size[0]}×{size[1]} pixels, the colour has {good[0][0]}×{good[0][1]}")
    if good:
        (width, height), K = good[0], table.intrinsic[0]
        if not (0 < K[0, 2] < width and 0 < K[1, 2] < height and K[0, 0] > 0 and K[1, 1] > 0):
            yield rgb[0], ("intrinsics", f"K is not that of {width}×{height} pixels: {K.round(1).tolist()}")


def check_geometry(table: Table, depth: list[Path], around: Surroundings) -> Iterator[Problem]:
    """Whether depth lies on the floor and the floor in the cloud, and what the critic makes of the path."""
    yield from _check_depth(table, depth, around)
    if not len(around.obstacles.points):
        return
    distance = around.obstacles.distance(table.action[:, :2, 3])
    if distance.min() > _FAR:
        yield "critic", f"the nearest obstacle is {distance.min():.1f} m from the path"
    if (touching := float(np.mean(distance < NEAR))) > _TOUCHING:
        yield "critic", f"{touching:.0%} of the frames are within {NEAR} m of an obstacle"
    windows = [distance[start:] for start in range(0, len(distance) - MIN_FRAMES + 1, 8)]
    if len(windows) > 1 and np.ptp([critic(part[waypoints(len(part))]) for part in windows]) < 1e-9:
        yield "critic", "it is the same for every window"


def _matrices(rows: list[object], side: int) -> Float64:
    try:
        found = np.array(rows, dtype=np.float64).reshape(len(rows), side, side)
    except (ValueError, TypeError) as error:
        raise ShardError(f"a column does not hold {side} × {side} numbers a row ({error})") from error
    if not len(found) or not np.isfinite(found).all():
        raise ShardError("no rows" if not len(found) else "NaN or infinity in a column")
    return found


def _check_axes(table: Table) -> Iterator[Problem]:
    poses, extrinsic = table.action, table.extrinsic[0]
    forward, travel = -poses[:-1, :2, 2], np.diff(poses[:, :2, 3], axis=0)
    if np.median(poses[:, 2, 1]) < 0:
        yield "opengl-axes", "the camera's y axis points down: OpenCV axes?"
    elif np.median((forward * travel).sum(axis=1)) <= 0:
        yield "opengl-axes", "the camera looks away from where the robot goes"
    elif np.abs(extrinsic[:3, :3] @ extrinsic[:3, :3].T - np.eye(3)).max() > 1e-3:
        yield "mount", "camera_extrinsic is not a rotation and a place"
    else:
        base = dialect.rotation_base(poses, extrinsic)
        lean = np.abs(base[:, :3, 2] - (0, 0, 1)).max(axis=1)
        if lean.max() > 0.01:
            yield "mount", f"less its mount, frame {int(np.argmax(lean))} does not stand upright"
        if np.ptp(poses[:, 2, 3]) > _ON_FLOOR:
            yield "mount", f"the camera's height changes by {np.ptp(poses[:, 2, 3]):.2f} m"


def _check_depth(table: Table, depth: list[Path], around: Surroundings) -> Iterator[Problem]:
    points = [found for i in _looks(table, depth) if (found := _points(table, depth[i], i)) is not None]
    if not points or not sum(map(len, points)):
        return
    seen, height = np.concatenate(points), table.extrinsic[0, 2, 3]
    floor = float(table.action[0, 2, 3]) - height
    if (below := float(np.mean(seen[:, 2] < floor - _BELOW))) > 0.05:
        yield "depth-units", f"{below:.0%} of the depth lies below the floor at z = {floor:.2f} m"
        return
    on_floor = seen[np.abs(seen[:, 2] - floor) < _ON_FLOOR]
    if len(on_floor) < 20:
        if _floor_in_view(table, depth[0]):
            yield "depth-units", f"no depth of {len(points)} frames lies on the floor at z = {floor:.2f} m"
        return
    beside = float(np.mean(around.all.distance(on_floor[:, :2]) < _BESIDE))
    if beside < 0.5:
        yield "depth-on-cloud", f"{beside:.0%} of the floor that the depth shows has a point of the cloud by it"


def _looks(table: Table, depth: list[Path]) -> list[int]:
    last = min(len(table.action), len(depth)) - 1
    return sorted(set(np.linspace(0, last, _LOOKS).round().astype(int).tolist()))


def _points(table: Table, path: Path, frame: int) -> Float64 | None:
    """Every fifth pixel's point in the world, (n, 3), where its depth is one that the loader keeps."""
    units = _depth(path)
    if isinstance(units, str):
        return None
    rows, columns = (grid.ravel() for grid in np.mgrid[0 : units.shape[0] : 5, 0 : units.shape[1] : 5])
    z = units[rows, columns] / dialect.DEPTH_UNITS
    kept = (z > 0.02) & (z < 5)
    K, pose = table.intrinsic[0], table.action[frame]
    x, y = (columns - K[0, 2]) / K[0, 0] * z, (rows - K[1, 2]) / K[1, 1] * z
    return np.asarray(np.column_stack([x, -y, -z])[kept] @ pose[:3, :3].T + pose[:3, 3])


def _floor_in_view(table: Table, path: Path) -> bool:
    """Whether the lowest row of pixels would show the floor within 4 m, if nothing stood on it."""
    units = _depth(path)
    if isinstance(units, str):
        return False
    K, rotation = table.intrinsic[0], table.extrinsic[0, :3, :3]
    down = (rotation @ [0.0, -(units.shape[0] - 1 - K[1, 2]) / K[1, 1], -1.0])[2]
    return bool(down < 0 and table.extrinsic[0, 2, 3] / -down < 4.0)


def _color_size(path: Path) -> tuple[int, int] | str:
    """Width and height of a colour image, or what is wrong with it."""
    try:
        content = path.read_bytes()
        if content.startswith(b"\xff\xd8"):
            size = _require_sane(jpeg_size(content))
            decode_rgb(content)
            return size
        _require_sane(png_size(content))
    except OSError as error:
        return str(error.strerror)
    except ShardError as error:
        return str(error)
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        return f"{len(content)} bytes that are no image"
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        return f"{image.dtype}{image.shape}, not 8 bits and three channels"
    return image.shape[1], image.shape[0]


def _require_sane(size: tuple[int, int]) -> tuple[int, int]:
    if size[0] * size[1] > _MOST_PIXELS:
        raise ShardError(f"claims {size[0]}×{size[1]} pixels")
    return size


def _depth_size(path: Path) -> tuple[int, int] | str:
    units = _depth(path)
    if isinstance(units, str):
        return units
    if not ((units > 0) & (units < FARTHEST)).any():
        return "no pixel has depth"
    return units.shape[1], units.shape[0]


def _depth(path: Path) -> UInt16 | str:
    """A depth image, or what is wrong with it."""
    try:
        content = path.read_bytes()
        _require_sane(png_size(content))
        return decode_depth(content)
    except OSError as error:
        return str(error.strerror)
    except ShardError as error:
        return str(error)
