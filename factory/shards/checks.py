"""Whether a sample agrees with itself. Known points are projected again, by pose, intrinsics and depth.

Each check yields problems as (member, what is wrong); the member is named by what follows the sample's key.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import numpy as np

from factory.shards.codec import Sample
from schemas.arrays import AnyArray
from schemas.cameras import project, unproject
from schemas.errors import ShardError
from schemas.frames import camera_pose
from schemas.records import frame_files, image_file

Problem = tuple[str, str]

_CENTIMETRE = 0.01
_PIXEL = 0.5 + 1e-6  # a goal's pixel is its projection, rounded
_STRIDE = 7  # every 7th pixel of every 7th row is projected back
_SENSOR_ERROR = 0.1  # a D435i's is 3 % at 6 m
_OUTSIDE = 0.01  # at silhouettes, depth and mask may be of different surfaces


def check_sample(sample: Sample) -> Iterator[Problem]:
    """All problems of one sample; none where it is sound."""
    yield from _check_record(sample)
    broken = [name for name, array in sample.arrays.items() if not np.isfinite(array).all()]
    if broken:
        yield "npz", f"NaN or infinity in {', '.join(broken)}"
        return
    yield from _check_walk(sample)
    yield from _check_poses(sample)
    yield from _check_goals(sample)
    yield from _check_frames(sample)


def _check_record(sample: Sample) -> Iterator[Problem]:
    record, last = sample.record, sample.record.frames - 1
    ids = [instance.id for instance in record.instances]
    if ids != sorted(set(ids)) or ids[:1] == [0]:
        yield "json", "instances: ids are not positive, rising and distinct"
    firsts = [0, *(clip.last + 1 for clip in record.clips)]
    if [*(clip.first for clip in record.clips), last + 1] != firsts or any(c.first > c.last for c in record.clips):
        yield "json", f"clips: not contiguous over frames 0..{last}"
    spans = {"walk": {(0, last)}, "clip": {(clip.first, clip.last) for clip in record.clips}}
    for i, instruction in enumerate(record.instructions):
        if (instruction.first, instruction.last) not in spans.get(instruction.scope, ()):
            yield (
                "json",
                f"instructions[{i}]: frames {instruction.first}..{instruction.last} are no {instruction.scope}",
            )
        if not instruction.text.strip():
            yield "json", f"instructions[{i}]: the text is empty"
        if unseen := sorted(set(instruction.landmarks) - set(ids)):
            yield "json", f"instructions[{i}]: landmarks {unseen} are in no mask"
    if not record.depth_scale > 0:
        yield "json", f"depth_scale: {record.depth_scale} is not positive"


def _check_walk(sample: Sample) -> Iterator[Problem]:
    record, arrays = sample.record, sample.arrays
    times, positions = arrays["times"], arrays["positions"]
    if record.frames < 1:
        yield "json", "frames: none"
        return
    if times[0] != 0 or (np.diff(times) <= 0).any():
        yield "npz", "times: do not rise from 0"
    for name, point, frame in (("start", record.start, 0), ("goal", record.goal, -1)):
        if (off := float(np.linalg.norm(positions[frame] - point))) > _CENTIMETRE:
            yield "json", f"{name}: {off:.3f} m from where the walk is then"
    length = float(np.linalg.norm(np.diff(positions, axis=0), axis=1).sum())
    if abs(length - record.path_length) > _CENTIMETRE + 0.02 * record.path_length:
        yield "json", f"path_length: {record.path_length:.3f} m, but the positions make {length:.3f} m"
    if arrays["clearance"].min() < record.certified_clearance - 1e-3:
        yield "npz", f"clearance: falls below the certified {record.certified_clearance:.3f} m"
    if record.certified_clearance < record.robot.body.radius - 1e-6:
        yield "json", f"certified_clearance: below the robot's radius, {record.robot.body.radius} m"
    if unnamed := sorted(set(arrays["room"].tolist()) - {room.id for room in record.rooms} - {0}):
        yield "npz", f"room: ids {unnamed} are not among the record's rooms"


def _check_poses(sample: Sample) -> Iterator[Problem]:
    robot = sample.record.robot
    yield from _check_mounted(sample, "camera_to_world", "", robot.camera_height, robot.camera_pitch_down)
    for mount in robot.further_mounts:
        yield from _check_mounted(sample, "mount_to_world", mount.name, mount.height, mount.pitch_down)


def _check_mounted(sample: Sample, array: str, mount: str, height: float, pitch_down: float) -> Iterator[Problem]:
    poses = sample.poses(mount)
    R = poses[:, :3, :3]
    rigid = np.abs(R @ R.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2)) < 1e-6
    rigid &= (np.linalg.det(R) > 0) & (poses[:, 3] == (0, 0, 0, 1)).all(axis=1)
    if not rigid.all():
        yield "npz", f"{array}: frame {int(np.argmin(rigid))} is not a rigid motion"
    centre = sample.arrays["positions"] + np.array([0.0, 0.0, height])
    mounted = camera_pose(centre, sample.arrays["yaw"], pitch_down)
    if (off := np.abs(poses - mounted).max(axis=(1, 2))).size and off.max() > 1e-4:
        yield "npz", f"{array}: frame {int(np.argmax(off))} does not follow from position, yaw and mount"


def _check_goals(sample: Sample) -> Iterator[Problem]:
    """Each goal's floor point falls on its pixel, ahead of the camera and inside the image."""
    arrays, camera = sample.arrays, sample.record.camera
    pixels, frames, visible = arrays["goal_pixel"], arrays["goal_frame"], arrays["goal_visible"]
    if (pixels[~visible] != -1).any() or (frames[~visible] != -1).any():
        yield "npz", "goal_pixel: set in a frame without a visible goal"
    for i in np.flatnonzero(visible).tolist():
        if not i < frames[i] < len(frames):
            yield "npz", f"goal_frame: frame {i} has its goal in frame {frames[i]}, which is not a later one"
            continue
        uv, depth = project(camera, arrays["camera_to_world"][i], arrays["positions"][frames[i]][None])
        on_image = (pixels[i] >= 0).all() and pixels[i, 0] < camera.width and pixels[i, 1] < camera.height
        if depth[0] <= 0 or not on_image or np.abs(uv[0] - pixels[i]).max() > _PIXEL:
            yield (
                "npz",
                f"goal_pixel: frame {i} says {pixels[i].tolist()}, its point projects to {uv[0].round(2).tolist()}",
            )


def _check_frames(sample: Sample) -> Iterator[Problem]:
    mounts = ["", *(mount.name for mount in sample.record.robot.further_mounts)]
    seen: set[int] = set()
    readable = True
    for i in range(sample.record.frames):
        yield from _check_bytes(sample, i)
        for mount in mounts:
            images, problems = _read_view(sample, i, mount)
            yield from problems
            depth, instance = images.get("depth.png"), images.get("instance.png")
            if depth is None or instance is None:
                readable = False
                continue
            seen.update(np.flatnonzero(np.bincount(instance.ravel())).tolist())
            if not mount:
                yield from _check_goal_depth(sample, i, depth)
            yield from _check_boxes(sample, i, mount, depth, instance)
            if (measured := images.get("sensor_depth.png")) is not None:
                yield from _check_measured(image_file(i, mount, "sensor_depth.png"), depth, measured)
    table = {instance.id for instance in sample.record.instances}
    if readable and seen - {0} != table:
        yield "json", f"instances: the table and the masks differ in {sorted((seen - {0}) ^ table)[:10]}"


def _check_measured(name: str, depth: AnyArray, measured: AnyArray) -> Iterator[Problem]:
    """Where a sensor measures, it mostly measures what is there."""
    both = (depth > 0) & (measured > 0) & np.isfinite(depth) & np.isfinite(measured)
    if both.any() and (off := float(np.median(np.abs(1 - measured[both] / depth[both])))) > _SENSOR_ERROR:
        yield name, f"half of its depths are off by more than {off:.0%}; it is not of this view"


def _check_bytes(sample: Sample, i: int) -> Iterator[Problem]:
    for name, crc in zip(frame_files(sample.record), sample.arrays["crc32"][i], strict=True):
        if zlib.crc32(sample.files[f"{i:04d}.{name}"]) != crc:
            yield f"{i:04d}.{name}", "bytes differ from those written (CRC-32)"


def _read_view(sample: Sample, i: int, mount: str) -> tuple[dict[str, AnyArray], list[Problem]]:
    """What of a camera's frame can be read, by kind, and what is wrong with the rest."""
    images: dict[str, AnyArray] = {}
    problems = []
    readers: dict[str, Callable[[int, str], AnyArray]]
    readers = {"rgb.jpg": sample.rgb, "depth.png": sample.depth, "instance.png": sample.instance}
    if sample.record.sensor is not None:
        readers["sensor_depth.png"] = sample.sensor_depth
    for kind, read in readers.items():
        name = image_file(i, mount, kind)
        try:
            images[kind] = read(i, mount)
        except ShardError as error:
            problems.append((name, str(error).removeprefix(f"{sample.key}.{name}: ")))
    return images, problems


def _check_goal_depth(sample: Sample, i: int, depth: AnyArray) -> Iterator[Problem]:
    """A visible goal is not behind what the frame's depth shows there; unknown depth hides nothing."""
    arrays = sample.arrays
    goal, (u, v) = arrays["goal_frame"][i], arrays["goal_pixel"][i]
    if not (arrays["goal_visible"][i] and i < goal < sample.record.frames):
        return
    if not (0 <= v < depth.shape[0] and 0 <= u < depth.shape[1]):
        return
    _, distance = project(sample.record.camera, arrays["camera_to_world"][i], arrays["positions"][goal][None])
    if 0 < depth[v, u] < distance[0] - max(0.1, 0.05 * distance[0]) - 1e-3:
        yield f"{i:04d}.depth.png", f"the goal at {distance[0]:.2f} m is hidden by a surface at {depth[v, u]:.2f} m"


def _check_boxes(sample: Sample, i: int, mount: str, depth: AnyArray, instance: AnyArray) -> Iterator[Problem]:
    """Pixels of an instance, projected back by their depth, lie in its box."""
    rows, columns = (grid.ravel() for grid in np.mgrid[0 : depth.shape[0] : _STRIDE, 0 : depth.shape[1] : _STRIDE])
    z, ids = depth[rows, columns].astype(np.float64), instance[rows, columns]
    ordered = np.array([entry.id for entry in sample.record.instances], dtype=np.int64)
    known = (z > 0) & np.isfinite(z) & np.isin(ids, ordered)
    if not known.any():
        return
    uv = np.stack([columns[known], rows[known]], axis=1).astype(np.float64)
    points = unproject(sample.record.camera, sample.poses(mount)[i], uv, z[known])
    boxes = np.array([(entry.low, entry.high) for entry in sample.record.instances])
    low, high = boxes[np.searchsorted(ordered, ids[known])].transpose(1, 0, 2)
    slack = (0.01 + 0.005 * z[known])[:, None]
    outside = ((points < low - slack) | (points > high + slack)).any(axis=1)
    if outside.mean() > _OUTSIDE:
        share = outside.mean()
        yield image_file(i, mount, "instance.png"), f"{share:.0%} of the pixels lie outside the box of their instance"
