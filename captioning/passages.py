"""From room to room: where a walk crosses, and whether it goes through a doorway."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from captioning.nouns import room_name
from factory.clips import path_length
from schemas.arrays import Float64
from schemas.episodes import EpisodePlan
from schemas.records import VisitedRoom
from schemas.scenes import Room, Scene

# A room crossed for less than this, metres, is a corner that was cut.
SHORTEST_STAY = 0.4
_JAMB_CATEGORIES = frozenset({"wall", "door", "column"})
_JAMB_HEIGHT = 1.5
_WIDEST_DOORWAY = 1.8
_NARROWING = 0.2
_BEFORE_AND_AFTER = (-0.8, 0.8)


@dataclass(frozen=True)
class Stay:
    """Frames first..last in one room."""

    room: int
    name: str
    first: int
    last: int


@dataclass(frozen=True)
class Passage:
    """From one stay to the next. frame : the first in the new room; doorway : whether it is through one, or None."""

    frame: int
    leaves: Stay
    enters: Stay
    doorway: bool | None


def stays(rooms: Iterable[Room | VisitedRoom], plan: EpisodePlan) -> tuple[Stay, ...]:
    """The rooms of a walk in order; frames in no known room, and short stays, belong to none."""
    names = {room.id: room_name(room) for room in rooms}
    travelled = path_length(plan.positions)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(plan.room)) + 1, [plan.frames]])
    found: list[Stay] = []
    for first, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        room = int(plan.room[first])
        if room not in names or (travelled[end - 1] - travelled[first] < SHORTEST_STAY and end - first < plan.frames):
            continue
        if found and found[-1].room == room:
            found[-1] = Stay(room, names[room], found[-1].first, end - 1)
        else:
            found.append(Stay(room, names[room], first, end - 1))
    return tuple(found)


def crossings(rooms: Iterable[Stay]) -> tuple[Passage, ...]:
    """From each stay of a walk to the next; whether through doorways is not known without the scene's walls."""
    return tuple(Passage(after.first, before, after, None) for before, after in itertools.pairwise(rooms))


def passages(scene: Scene, plan: EpisodePlan) -> tuple[Passage, ...]:
    """The crossings of a walk, with the doorways among them."""
    return tuple(
        replace(found, doorway=_is_doorway(scene, plan, (found.leaves.last + found.enters.first) // 2))
        for found in crossings(stays(scene.rooms, plan))
    )


def _is_doorway(scene: Scene, plan: EpisodePlan, frame: int) -> bool:
    """Whether walls or a door stand close on both sides here, and less close a step before or after.

    A walk may go through a doorway at an angle: of the ways through, the narrowest counts.
    """
    point, yaw = plan.positions[frame], float(plan.yaw[frame])
    segments = _wall_segments(scene, point, float(point[2]) + _JAMB_HEIGHT)
    ways = [np.array([np.cos(yaw + turn), np.sin(yaw + turn)]) for turn in np.radians(np.arange(-60, 61, 15))]
    widths = [_width(segments, point[:2], way) for way in ways]
    width, way = min(widths), ways[int(np.argmin(widths))]
    around = max(_width(segments, point[:2] + step * way, way) for step in _BEFORE_AND_AFTER)
    return width <= _WIDEST_DOORWAY and around >= width + _NARROWING


def _width(segments: Float64, point: Float64, way: Float64) -> float:
    """Of the opening at `point`; each side by itself, as a thin jamb met at an angle is not at one step on both."""
    sides = [_clear_sideways(segments, point + step * way, way) for step in np.linspace(-0.3, 0.3, 7)]
    return min(left for left, _ in sides) + min(right for _, right in sides)


def _wall_segments(scene: Scene, point: Float64, height: float) -> Float64:
    """Where walls and doors near `point` cut the horizontal plane at `height`: (n, 2, 2) float64."""
    ids = [
        instance.id
        for instance in scene.instances
        if instance.category in _JAMB_CATEGORIES and instance.low[2] < height < instance.high[2]
    ]
    corners = scene.mesh.vertices[scene.mesh.triangles[np.isin(scene.mesh.instance, ids)]].astype(np.float64)
    z = corners[:, :, 2] - height
    reach = (corners[:, :, :2].min(axis=1) < point[:2] + 3).all(axis=1)
    reach &= (corners[:, :, :2].max(axis=1) > point[:2] - 3).all(axis=1)
    cut = reach & (z.min(axis=1) < 0) & (z.max(axis=1) > 0)
    corners, z = corners[cut], z[cut]
    # Of three corners one stands alone on its side of the plane; its two edges cross it.
    alone = np.argmax((z > 0) == (np.sum(z > 0, axis=1) == 1)[:, None], axis=1)
    rows = np.arange(len(z))
    ends = []
    for other in ((alone + 1) % 3, (alone + 2) % 3):
        share = z[rows, alone] / (z[rows, alone] - z[rows, other])
        ends.append(corners[rows, alone, :2] + share[:, None] * (corners[rows, other, :2] - corners[rows, alone, :2]))
    return np.stack(ends, axis=1)


def _clear_sideways(segments: Float64, point: Float64, along: Float64) -> tuple[float, float]:
    """Metres from `point` to the nearest segment on the left and on the right; inf where there is none."""
    left = np.array([-along[1], along[0]])
    start, end = segments[:, 0] - point, segments[:, 1] - point
    forward = np.stack([start @ along, end @ along], axis=1)
    sideways = np.stack([start @ left, end @ left], axis=1)
    crosses = (forward.min(axis=1) <= 0) & (forward.max(axis=1) > 0)
    forward, sideways = forward[crosses], sideways[crosses]
    share = forward[:, 0] / (forward[:, 0] - forward[:, 1])
    at = sideways[:, 0] + share * (sideways[:, 1] - sideways[:, 0])
    return float(at[at > 0].min(initial=np.inf)), float(-at[at <= 0].max(initial=-np.inf))
