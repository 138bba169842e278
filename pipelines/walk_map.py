"""A walk from above, as an SVG: the distance field, the path in its clips' colours, things and rooms by name."""

from __future__ import annotations

import math
from html import escape

import numpy as np

from captioning.nouns import room_name
from factory.navigation import NavigationMap
from factory.shards import Sample
from pipelines.pictures import category_color, esdf_picture
from schemas.arrays import Float64
from schemas.categories import STRUCTURE
from schemas.scenes import Instance, Room

CLIP_COLORS = ("#d1495b", "#e9a13b", "#6a4fb3", "#2f9e6e", "#2f6fd1", "#c9589a", "#7a8b2a", "#d9662b")
_MARGIN = 1.7  # metres around the walk
_SMALLEST = 5.0  # metres that the picture spans at least


def clip_color(index: int) -> str:
    """The colour of the clip of that number, "#rrggbb"."""
    return CLIP_COLORS[index % len(CLIP_COLORS)]


def walk_map(sample: Sample, navigation: NavigationMap | None) -> str:
    """The SVG element. `navigation` is the map that the walk was planned on, where it is at hand."""
    low, high = _extent(sample.arrays["positions"][:, :2])
    parts = [_field(navigation, low, high)] if navigation else []
    parts += [_grid(low, high), _things(sample, low, high), _path(sample), _rooms(sample), _goal(sample)]
    parts.append(_scale(low, high))
    # World y points up, SVG's down: positions are written with y negated.
    width, height = high - low
    return (
        f'<svg class="map" viewBox="{low[0]:.3f} {-high[1]:.3f} {width:.3f} {height:.3f}" role="img" '
        f'aria-label="The walk from above">{"".join(parts)}</svg>'
    )


def _extent(points: Float64) -> tuple[Float64, Float64]:
    low, high = points.min(axis=0) - _MARGIN, points.max(axis=0) + _MARGIN
    short = np.maximum(_SMALLEST - (high - low), 0) / 2
    return low - short, high + short


def _field(navigation: NavigationMap, low: Float64, high: Float64) -> str:
    origin, resolution = np.array(navigation.origin), navigation.resolution
    shape = np.array(navigation.esdf.shape[::-1])
    first = np.clip(np.floor((low - origin) / resolution).astype(int), 0, shape)
    end = np.clip(np.ceil((high - origin) / resolution).astype(int), 0, shape)
    if (end <= first).any():
        return ""
    picture = esdf_picture(navigation, (first[1], end[1], first[0], end[0]))
    corner, size = origin + first * resolution, (end - first) * resolution
    return (
        f'<image href="{picture}" x="{corner[0]:.3f}" y="{-(corner[1] + size[1]):.3f}" '
        f'width="{size[0]:.3f}" height="{size[1]:.3f}" preserveAspectRatio="none"/>'
    )


def _grid(low: Float64, high: Float64) -> str:
    """A line a metre."""
    lines = [f"M{x} {-high[1]:.2f}V{-low[1]:.2f}" for x in range(math.ceil(low[0]), math.floor(high[0]) + 1)]
    lines += [f"M{low[0]:.2f} {-y}H{high[0]:.2f}" for y in range(math.ceil(low[1]), math.floor(high[1]) + 1)]
    return f'<path class="grid" d="{"".join(lines)}"/>'


def _things(sample: Sample, low: Float64, high: Float64) -> str:
    """Boxes of what the masks show of the furniture; names where the instructions speak of them."""
    named = {i for instruction in sample.record.instructions for i in instruction.landmarks}
    standing = [instance for instance in sample.record.instances if _stands(instance, low, high)]
    boxes = [_box(instance, instance.id in named) for instance in standing]
    names = [_name(instance, low, high) for instance in standing if instance.id in named]
    return f'<g class="things">{"".join(boxes)}{"".join(names)}</g>'


def _stands(instance: Instance, low: Float64, high: Float64) -> bool:
    """Whether it is a thing, no part of the building or of its neighbour's size, inside the picture."""
    near, far = np.array(instance.low[:2]), np.array(instance.high[:2])
    return instance.category not in STRUCTURE and bool(((far - near < 6) & (near < high) & (far > low)).all())


def _box(instance: Instance, named: bool) -> str:
    (x, y, _), (right, top, _) = instance.low, instance.high
    marked = ' class="named"' if named else ""
    return (
        f'<rect x="{x:.3f}" y="{-top:.3f}" width="{right - x:.3f}" height="{top - y:.3f}" rx=".04" '
        f'fill="{category_color(instance.category)}"{marked}>'
        f"<title>{escape(instance.label)}</title></rect>"
    )


def _name(instance: Instance, low: Float64, high: Float64) -> str:
    """Its label in the middle of what the picture shows of its box, and not over the edge."""
    near, far = np.maximum(instance.low[:2], low), np.minimum(instance.high[:2], high)
    label = instance.label[:24]
    reach = np.array([0.06 * len(label) + 0.1, 0.2])
    x, y = np.clip((near + far) / 2, low + reach, high - reach)
    return f'<text class="thing" x="{x:.3f}" y="{-y:.3f}">{escape(label)}</text>'


def _rooms(sample: Sample) -> str:
    """Each room's name, beside the walk where it has most space in it."""
    labels = []
    for room in sample.record.rooms:
        frames = np.flatnonzero(sample.arrays["room"] == room.id)
        if len(frames):
            frame = frames[np.argmax(sample.arrays["clearance"][frames])]
            (x, y), yaw = sample.arrays["positions"][frame, :2], sample.arrays["yaw"][frame]
            upright = abs(math.sin(yaw)) > abs(math.cos(yaw))
            at = (
                f'x="{x + 0.28:.3f}" y="{-y:.3f}" style="text-anchor:start"'
                if upright
                else f'x="{x:.3f}" y="{0.4 - y:.3f}"'
            )
            name = room_name(Room(room.id, room.label, 0, ()))
            labels.append(f'<text class="room" {at}>{escape(name)}</text>')
    return "".join(labels)


def _path(sample: Sample) -> str:
    points = sample.arrays["positions"][:, :2]
    clips = sample.record.clips
    lines = [f'<path class="casing" d="{_line(points)}"/>']
    lines += [
        f'<path class="clip" stroke="{clip_color(i)}" d="{_line(points[clip.first : clip.last + 2])}"/>'
        for i, clip in enumerate(clips)
    ]
    return "".join(lines) + "".join(_keyframe(sample, clip.first, i) for i, clip in enumerate(clips))


def _line(points: Float64) -> str:
    return "M" + "L".join(f"{x:.3f} {-y:.3f}" for x, y in points[:, :2])


def _keyframe(sample: Sample, frame: int, index: int) -> str:
    """A numbered dot with the camera's view cone."""
    x, y = sample.arrays["positions"][frame, :2]
    yaw, camera = float(sample.arrays["yaw"][frame]), sample.record.camera
    half = math.atan(camera.width / 2 / camera.fx)
    cone = [(x + 0.75 * math.cos(yaw + side * half), y + 0.75 * math.sin(yaw + side * half)) for side in (-1, 1)]
    corners = f"{x:.3f},{-y:.3f} " + " ".join(f"{a:.3f},{-b:.3f}" for a, b in cone)
    color = clip_color(index)
    return (
        f'<polygon class="cone" fill="{color}" points="{corners}"/>'
        f'<circle class="key" fill="{color}" cx="{x:.3f}" cy="{-y:.3f}" r=".17"/>'
        f'<text class="number" x="{x:.3f}" y="{-y:.3f}">{index + 1}</text>'
    )


def _goal(sample: Sample) -> str:
    x, y, _ = sample.record.goal
    return (
        f'<g class="goal" transform="translate({x:.3f} {-y:.3f})"><circle r=".2"/><circle r=".09"/>'
        "<title>goal</title></g>"
    )


def _scale(low: Float64, high: Float64) -> str:
    x, y = high[0] - 1.25, -low[1] - 0.22
    return (
        f'<g class="scale"><path d="M{x:.3f} {y - 0.08:.3f}v.08h1v-.08"/>'
        f'<text x="{x + 0.5:.3f}" y="{y - 0.1:.3f}">1 m</text></g>'
    )
