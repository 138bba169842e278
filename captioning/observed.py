"""All that a text about a walk may speak of, measured once: what was seen, where it stood, which rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from captioning.lexicon import kinds_of
from captioning.nouns import Noun, noun_of, room_name
from captioning.passages import Passage, Stay, crossings, passages, stays
from factory.clips import path_length
from factory.quality import Sightings, find_sightings
from factory.shards import Sample
from schemas.arrays import Bool, Float32, Float64, Int32, Int64
from schemas.episodes import EpisodePlan, RenderedEpisode
from schemas.frames import wrap_angle
from schemas.records import VisitedRoom
from schemas.scenes import Instance, Room, Scene

# A landmark is at least so much of a frame, somewhere in its frames, for so many frames or a quarter of them.
SHARE = 0.004
LARGEST_SHARE = 0.012
FRAMES = 8
# What hangs higher above the floor than this, metres, is walked under, not past.
OVERHEAD = 1.7
# More of the same kind are in view from so little on.
RIVAL_SHARE = 0.002
# Passing a landmark: it comes to this angle from the heading, radians, within this distance, metres.
ABEAM = float(np.radians(75))
PASSING = 2.2


@dataclass(frozen=True)
class Observed:
    """One walk of T frames among N instances; columns of arrays are instance ids, 0 included and meaningless.

    nouns : N + 1 names, None for what is no landmark
    kinds : N + 1 sets of what each may be called, however high it hangs; see `captioning.lexicon`
    room : (N + 1,) int32, the room each stands in, 0 = none known
    distance : (T, N + 1) float32, from the robot's centre to the instance's box in the plane, metres
    bearing : (T, N + 1) float32, of the box's centre from the heading, left positive, radians
    travelled : (T,) float64, metres
    room_names : of all rooms that are known of the scene; stays, passages : those of the walk
    """

    plan: EpisodePlan
    seen: Sightings
    nouns: tuple[Noun | None, ...]
    kinds: tuple[frozenset[str], ...]
    room: Int32
    distance: Float32
    bearing: Float32
    travelled: Float64
    room_names: tuple[str, ...]
    stays: tuple[Stay, ...]
    passages: tuple[Passage, ...]

    def landmarks(self, first: int, last: int) -> Int64:
        """Ids of the instances that frames first..last really show: large enough, long enough, with a name."""
        share = self.seen.share[first : last + 1]
        frames = max(2, min(FRAMES, len(share) // 4))
        shown = ((share >= SHARE).sum(axis=0) >= frames) & (share.max(axis=0) >= LARGEST_SHARE)
        return np.flatnonzero(shown & self._named())

    def rivals(self, instance: int, first: int, last: int) -> tuple[int, ...]:
        """Others of the same name that frames first..last show, however little of them."""
        shown = (self.seen.share[first : last + 1] >= RIVAL_SHARE).any(axis=0)
        name = self.nouns[instance]
        return tuple(int(i) for i in np.flatnonzero(shown) if i != instance and self.nouns[i] == name)

    def _named(self) -> Bool:
        return np.array([noun is not None for noun in self.nouns])

    def beyond_a_wall(self, instance: int, frame: int) -> bool:
        """Whether robot and instance are known to be in different rooms: seen through a door, but not stood beside."""
        here, there = int(self.plan.room[frame]), int(self.room[instance])
        return 0 not in (here, there) and here != there

    def passed(self, first: int, last: int) -> tuple[tuple[int, int, str], ...]:
        """(frame, id, "left" or "right") of the landmarks that come abeam within `PASSING` metres, in that order.

        Geometry and masks must agree on the side: the box's bearing when abeam, and the mean column of
        its pixels in the frames before.
        """
        found = []
        for instance in self.landmarks(first, last).tolist():
            frame = self._abeam(instance, first, last)
            side = None if frame is None else self.side(instance, first, frame)
            if frame is not None and side is not None:
                found.append((frame, instance, side))
        return tuple(sorted(found))

    def _abeam(self, instance: int, first: int, last: int) -> int | None:
        """The first frame in which a landmark seen before stands at right angles to the heading."""
        bearing = np.abs(self.bearing[first : last + 1, instance])
        before = np.flatnonzero(self.seen.share[first : last + 1, instance] >= SHARE)
        if len(before) == 0 or bearing[before[0]] > ABEAM:
            return None
        abeam = np.flatnonzero(bearing[before[0] :] >= ABEAM)
        if len(abeam) == 0:
            return None
        frame = first + int(before[0] + abeam[0])
        distance = float(self.distance[frame, instance])
        seen = first + int(before[before <= before[0] + abeam[0]][-1])
        recently = self.travelled[frame] - self.travelled[seen] <= 1.6 * distance + 0.6
        beside = 0.05 < distance <= PASSING and not self.beyond_a_wall(instance, frame)
        return frame if beside and recently else None

    def side(self, instance: int, first: int, frame: int) -> str | None:
        """On which side an instance is at `frame`, where bearing and the masks of first..frame agree; else None."""
        visible = first + np.flatnonzero(self.seen.share[first : frame + 1, instance] >= SHARE)[-15:]
        bearing = float(self.bearing[frame, instance])
        if len(visible) == 0 or not np.radians(25) < abs(bearing) < np.radians(155):
            return None
        column = float(np.average(self.seen.u[visible, instance], weights=self.seen.share[visible, instance]))
        if abs(column) < 0.1 or (column < 0) != (bearing > 0):
            return None
        return "left" if bearing > 0 else "right"


def observe(scene: Scene, rendered: RenderedEpisode) -> Observed:
    """Measure a rendered walk."""
    return _observe(rendered, scene.instances, scene.rooms, passages(scene, rendered.plan))


def observe_again(sample: Sample) -> Observed:
    """Measure a walk that was read back from a shard. Raises ShardError for a damaged image.

    Only rooms and instances that it visits or shows are known then, and of no passage whether it is a doorway.
    """
    record, rendered = sample.record, sample.rendered()
    seen = {instance.id: instance for instance in record.instances}
    blank = (0.0, 0.0, 0.0)
    every = [seen.get(i, Instance(i, "", "void", blank, blank, None)) for i in range(1, max(seen, default=0) + 1)]
    return _observe(rendered, every, record.rooms, crossings(stays(record.rooms, rendered.plan)))


def _observe(
    rendered: RenderedEpisode,
    instances: Sequence[Instance],
    rooms: Sequence[Room | VisitedRoom],
    crossed: tuple[Passage, ...],
) -> Observed:
    plan = rendered.plan
    low = np.array([[0.0, 0.0, 0.0], *(instance.low for instance in instances)])[:, :2]
    high = np.array([[0.0, 0.0, 0.0], *(instance.high for instance in instances)])[:, :2]
    centre = plan.positions[:, None, :2]
    outside = np.maximum(np.maximum(low - centre, centre - high), 0)
    towards = (low + high) / 2 - centre
    bearing = wrap_angle(np.arctan2(towards[..., 1], towards[..., 0]) - plan.yaw[:, None])
    return Observed(
        plan=plan,
        seen=find_sightings(rendered, len(instances)),
        nouns=(None, *(noun_of(i) if i.low[2] < plan.floor_z + OVERHEAD else None for i in instances)),
        kinds=(frozenset(), *(kinds_of(instance) for instance in instances)),
        distance=np.linalg.norm(outside, axis=2).astype(np.float32),
        bearing=bearing.astype(np.float32),
        travelled=path_length(plan.positions),
        room=np.array([0, *(instance.room or 0 for instance in instances)], dtype=np.int32),
        room_names=tuple(room_name(room) for room in rooms),
        stays=stays(rooms, plan),
        passages=crossed,
    )
