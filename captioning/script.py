"""What a text will say, before it has words: the steps of a walk or of a clip, each of them true."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np

from captioning.motion import Move, moves
from captioning.observed import SHARE, Observed
from captioning.passages import Passage

ORDINALS = ("first", "second", "third", "fourth")
# A walk's text leaves out the small turns that a clip's text still tells.
SMALLEST_TURN_TOLD = {"clip": math.radians(20), "walk": math.radians(40)}
_WEAVE = math.radians(60)
_SHORT = 0.8
_BEHIND = math.radians(115)


@dataclass(frozen=True)
class Mention:
    """A landmark as a text names it: "the sofa", "a chair", "the second chair"."""

    instance: int
    text: str


@dataclass(frozen=True)
class Entry:
    """A step from room to room. leaves, enters : their names; another : both have the same one."""

    leaves: str
    enters: str
    doorway: bool

    @property
    def another(self) -> bool:
        """Whether the name alone would not say that it is a different room."""
        return self.leaves == self.enters


@dataclass(frozen=True)
class Turn:
    """Change heading by `angle` radians, left positive; where, or into which room, or what then lies ahead."""

    angle: float
    at: Mention | None
    entry: Entry | None
    towards: Mention | None


@dataclass(frozen=True)
class Go:
    """Walk `length` metres; past what on which side, towards what (and right up to it), into which room at the end."""

    length: float
    past: tuple[tuple[Mention, str], ...]
    towards: Mention | None
    reaches: bool
    entry: Entry | None


@dataclass(frozen=True)
class Stop:
    """The end of the walk, `distance` metres from a landmark that is "ahead", "left", "right" or None; in `room`."""

    at: Mention | None
    distance: float
    side: str | None
    room: str | None


Step = Turn | Go | Stop


def write_script(observed: Observed, scope: str, first: int, last: int) -> tuple[Step, ...]:
    """The steps of frames first..last in order. `scope` decides how small a turn is told."""
    writer = _Writer(observed, first, last)
    steps: list[Step] = []
    for move in _told(observed, scope, first, last):
        steps.extend([writer.turn(move)] if move.is_turn else writer.straight(move))
    ends = last == observed.plan.frames - 1
    steps = [step for i, step in enumerate(steps) if not _says_nothing(step, alone=len(steps) == 1)] or steps[:1]
    return (*steps, writer.stop()) if ends else tuple(steps)


def _says_nothing(step: Step, *, alone: bool) -> bool:
    return isinstance(step, Go) and not alone and step.length < _SHORT and not (step.past or step.towards or step.entry)


def _told(observed: Observed, scope: str, first: int, last: int) -> tuple[Move, ...]:
    """The moves of a range without the turns too small to tell and without weaving around things."""
    found = list(moves(observed.plan, first, last))
    turns = [i for i, move in enumerate(found) if move.is_turn]
    quiet = {i for i in turns if abs(found[i].turn) < SMALLEST_TURN_TOLD[scope]}
    for i, j in itertools.pairwise(turns):
        gap = sum(move.length for move in found[i + 1 : j])
        opposite = found[i].turn * found[j].turn < 0 and abs(found[i].turn + found[j].turn) < math.radians(25)
        if gap < 1.2 and opposite and max(abs(found[i].turn), abs(found[j].turn)) < _WEAVE and i not in quiet:
            quiet |= {i, j}
    told: list[Move] = []
    for i, move in enumerate(found):
        straight = not move.is_turn or i in quiet
        if straight and told and not told[-1].is_turn:
            last_told = told[-1]
            told[-1] = replace(
                last_told, last=move.last, turn=last_told.turn + move.turn, length=last_told.length + move.length
            )
        else:
            told.append(replace(move, is_turn=not straight))
    return tuple(told)


class _Writer:
    """Fills the steps of one text, naming each landmark once."""

    def __init__(self, observed: Observed, first: int, last: int) -> None:
        self.observed = observed
        self.first, self.last = first, last
        self.landmarks = observed.landmarks(first, last).tolist()
        self.passed = observed.passed(first, last)
        self.named: set[int] = set()
        self.end = self._end_landmark() if last == observed.plan.frames - 1 else None

    def turn(self, move: Move) -> Turn:
        passage = self._passage(move.first, move.last)
        at = None if passage else self._beside(move)
        towards = None if passage or at else self._ahead(move.last, move.last + 40)
        return Turn(move.turn, at, _entry(passage), towards)

    def straight(self, move: Move) -> list[Go]:
        """One step up to each passage, and one to the end."""
        crossed = [p for p in self.observed.passages if move.first < p.frame <= move.last]
        steps, begin = [], move.first
        for passage in [*crossed, None]:
            end = move.last if passage is None else passage.frame
            past = self._past(begin, end)
            towards = None if passage or past else self._ahead(begin, end)
            length = float(self.observed.travelled[end] - self.observed.travelled[begin])
            reaches = towards is not None and bool(self.observed.distance[end, towards.instance] <= 0.9)
            steps.append(Go(length, past, towards, reaches, _entry(passage)))
            begin = end
        return steps

    def stop(self) -> Stop:
        """Where the walk ends."""
        observed, end = self.observed, self.last
        room = observed.stays[-1].name if observed.stays and observed.stays[-1].last == end else None
        if self.end is None:
            return Stop(None, 0.0, None, room)
        ahead = abs(observed.bearing[end, self.end]) < math.radians(30)
        side = "ahead" if ahead else observed.side(self.end, self._recent(), end)
        return Stop(self._mention(self.end), float(observed.distance[end, self.end]), side, room)

    def _end_landmark(self) -> int | None:
        """Of the landmarks that the last three metres show, the nearest; ahead counts as nearer, alike as farther."""
        distance, bearing = self.observed.distance[self.last], np.abs(self.observed.bearing[self.last])
        near = [
            i
            for i in self.observed.landmarks(self._recent(), self.last).tolist()
            if distance[i] <= 2.0 and bearing[i] <= _BEHIND and not self.observed.beyond_a_wall(i, self.last)
        ]
        cost = {i: float(distance[i] + 0.5 * bearing[i]) + bool(self._rivals(i)) for i in near}
        return min(near, key=lambda i: (cost[i], i), default=None)

    def _recent(self) -> int:
        travelled = self.observed.travelled
        return max(self.first, int(np.searchsorted(travelled, travelled[self.last] - 3.0)))

    def _passage(self, first: int, last: int) -> Passage | None:
        return next((p for p in self.observed.passages if first < p.frame <= last), None)

    def _past(self, begin: int, end: int) -> tuple[tuple[Mention, str], ...]:
        """At most two of the landmarks passed in begin..end, the largest in view, in passing order; not two alike."""
        here = [(f, i, side) for f, i, side in self.passed if begin < f <= end and i not in (*self.named, self.end)]
        by_size = sorted(here, key=lambda event: self._size(event[1]))
        largest = list({self.observed.nouns[event[1]]: event for event in by_size}.values())
        largest = sorted(largest, key=lambda event: -self._size(event[1]))[:2]
        return tuple((self._mention(i), side) for _, i, side in sorted(largest))

    def _beside(self, move: Move) -> Mention | None:
        middle = (move.first + move.last) // 2
        near = [
            i
            for i in self._unnamed_unique()
            if i != self.end
            and 0.05 < self.observed.distance[middle, i] <= 1.2
            and not self.observed.beyond_a_wall(i, middle)
            and (self.observed.seen.share[self.first : middle + 1, i] >= SHARE).any()
        ]
        return self._mention(min(near, key=lambda i: self.observed.distance[middle, i])) if near else None

    def _ahead(self, begin: int, end: int) -> Mention | None:
        """A landmark in the middle of the view from `begin` on that the walk then comes closer to."""
        end = min(end, self.last)
        look = slice(begin, min(begin + 12, end + 1))
        length = self.observed.travelled[end] - self.observed.travelled[begin]
        nearer = self.observed.distance[begin] - self.observed.distance[end]
        central = [
            i
            for i in self._unnamed_unique()
            if (self.observed.seen.share[look, i] >= SHARE).all()
            and np.abs(self.observed.seen.u[look, i]).max() <= 0.4
            and length >= _SHORT
            and nearer[i] >= 0.7 * length
        ]
        return self._mention(max(central, key=self._size)) if central else None

    def _unnamed_unique(self) -> list[int]:
        return [i for i in self.landmarks if i not in self.named and not self._rivals(i)]

    def _rivals(self, instance: int) -> tuple[int, ...]:
        return self.observed.rivals(instance, self.first, self.last)

    def _size(self, instance: int) -> float:
        return float(self.observed.seen.share[self.first : self.last + 1, instance].max())

    def _mention(self, instance: int) -> Mention:
        """The name with an article; an ordinal where it is the second, third … of its kind that is passed."""
        self.named.add(instance)
        noun = self.observed.nouns[instance]
        assert noun is not None
        if not self._rivals(instance):
            return Mention(instance, noun.definite)
        alike = [i for _, i, _ in self.passed if self.observed.nouns[i] == noun]
        order = alike.index(instance) if instance in alike else 0
        if order == 0 or order >= len(ORDINALS) or noun.plural_only:
            return Mention(instance, noun.indefinite)
        return Mention(instance, f"the {ORDINALS[order]} {noun.singular}")


def _entry(passage: Passage | None) -> Entry | None:
    return None if passage is None else Entry(passage.leaves.name, passage.enters.name, passage.doorway is True)
