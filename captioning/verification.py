"""Is a text true of its frames? Its claims are read back from the words and held against masks and motion.

It knows nothing of how the text was written, by our own writer or by a language model. Checked are: turns and
straights, things (in view, on which side, in which order), rooms, doorways, distances and the stop; and it is an
omission not to tell a turn of `MUST_BE_TOLD`. What a text calls by a word that `captioning.lexicon` lacks, colours,
and how things lie to one another are not checked.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from captioning.alignment import Claim, Way, align
from captioning.lexicon import room_kinds
from captioning.motion import moves
from captioning.nouns import Noun
from captioning.observed import RIVAL_SHARE, SHARE, Observed
from captioning.phrases import NUMBERS
from captioning.reading import Place, Reading, Thing, read
from captioning.script import ORDINALS
from captioning.turning import Turn
from captioning.wording import MOVES

MUST_BE_TOLD = math.radians(60)
# How far from the robot's last place what it stops at may be, metres.
STOP_REACH = 2.5
# How far off, metres along the walk, turns and things may be told in the order of a text.
_SLACK_OF_TURNS = 1.0
_SLACK_OF_THINGS = 0.4
# Turns of one sense so close, metres, may be told as one.
_ONE_TURN = 2.5
# A stretch with smaller turns than this, radians, may be called straight, if it is so long, metres.
_WEAVING = math.radians(40)
_SHORTEST_STRAIGHT = 0.25
# How much farther away than it comes to a thing, metres, a robot is still passing it, or still at it.
_CLOSEST, _CLOSE = 0.3, 1.2
# Frames that must show a thing before a text may speak of it.
_GLIMPSE = 5
_METRES = {"metre": 1.0, "meter": 1.0, "foot": 0.3048, "feet": 0.3048}
_DISTANCE = re.compile(r"\b(half a|one and a half|[a-z]+|\d+(?:\.\d+)?) (metre|meter|foot|feet)s?\b(?: from)?")


@dataclass(frozen=True)
class Agreement:
    """claims : how many were read; problems : what is not so, one sentence each, omissions included.

    landmarks : ids of the instances that the text may mean, in its order
    """

    claims: int
    problems: tuple[str, ...]
    landmarks: tuple[int, ...] = ()

    @property
    def score(self) -> float:
        """Share of the claims that hold, 0..1; an omission counts as a claim that does not."""
        return max(0.0, 1 - len(self.problems) / max(self.claims, 1))


def check(text: str, observed: Observed, first: int, last: int) -> Agreement:
    """Hold the claims of `text` against frames first..last of a walk."""
    frames = _Frames(observed, first, last)
    reading = read(text, frames.names, [name for name in observed.room_names if name != "room"])
    meant = {thing: frames.meant(thing) for thing in reading.things}
    distances = list(_DISTANCE.finditer(text[:4000].lower()))
    problems = [
        *align(_timeline(reading, frames, meant), _omissions(frames)),
        *itertools.chain.from_iterable(_check_thing(thing, meant[thing], frames) for thing in reading.things),
        *_check_distances(distances, frames),
        *_check_end(reading, meant, frames),
    ]
    told = (reading.turns, reading.straights, reading.things, reading.places, distances)
    claims = sum(map(len, told)) + reading.doorways + reading.stops
    if claims == 0 and not MOVES & set(re.findall("[a-z]+", text.lower())):
        problems.append("it says neither where to go nor what to look for")
    landmarks = tuple(dict.fromkeys(ids[0] for ids in meant.values() if ids))
    return Agreement(claims, tuple(problems), landmarks)


class _Frames:
    """What frames first..last of a walk show, found once for all claims about them."""

    def __init__(self, observed: Observed, first: int, last: int) -> None:
        self.observed, self.first, self.last = observed, first, last
        self.moves = moves(observed.plan, first, last)
        self.landmarks: list[int] = observed.landmarks(first, last).tolist()
        shown = (observed.seen.share[first : last + 1] >= SHARE).sum(axis=0) >= _GLIMPSE
        self.shown: list[int] = np.flatnonzero(shown).tolist()
        self.passed = observed.passed(first, last)
        # Imported walks may have no masks: then nothing can be said of things.
        self.labelled = any(observed.kinds)
        self.names: dict[str, Noun] = {
            name: noun for noun in observed.nouns if noun for name in (noun.singular, noun.plural)
        }

    def meant(self, thing: Thing) -> list[int]:
        """Ids of the things in view that a name may mean: those of just that name, else those it may be said of."""
        named = [i for i in self.landmarks if thing.noun and self.observed.nouns[i] == thing.noun]
        return named or [i for i in self.shown if thing.kinds & self.observed.kinds[i]]

    def around(self, begin: int, end: int, slack: float) -> tuple[int, int]:
        """Frames begin..end and `slack` metres of the walk before and after."""
        travelled = self.observed.travelled
        low, high = np.searchsorted(travelled, (travelled[begin] - slack, travelled[end] + slack))
        return max(self.first, int(low)), min(self.last, int(high))

    def passing(self, instance: int) -> tuple[int, int]:
        """The frames, with slack, in which the robot has an instance beside it, or is closest to it."""
        abeam = [frame for frame, i, _ in self.passed if i == instance]
        first, last = (abeam[0], abeam[-1]) if abeam else self._within(instance, _CLOSEST)
        return self.around(first, last, _SLACK_OF_THINGS)

    def near(self, instance: int) -> tuple[int, int]:
        """The frames, with slack, in which the robot is about as close to an instance as it comes."""
        return self.around(*self._within(instance, _CLOSE), _SLACK_OF_THINGS)

    def _within(self, instance: int, more: float) -> tuple[int, int]:
        distance = self.observed.distance[self.first : self.last + 1, instance]
        close = self.first + np.flatnonzero(distance <= max(float(distance.min()) + more, more))
        return int(close[0]), int(close[-1])

    def straights(self) -> list[tuple[int, int]]:
        """Frames between the turns that are worth telling."""
        runs = itertools.groupby(self.moves, lambda move: abs(move.turn) < _WEAVING)
        spans = [(moves[0].first, moves[-1].last) for straight, run in runs if straight and (moves := list(run))]
        travelled = self.observed.travelled
        return [(first, last) for first, last in spans if travelled[last] - travelled[first] >= _SHORTEST_STRAIGHT]

    def crossed(self) -> int:
        """Passages that are doorways, or may be."""
        return sum(p.doorway is not False for p in self.observed.passages if self.first < p.frame <= self.last)


def _timeline(reading: Reading, frames: _Frames, meant: dict[Thing, list[int]]) -> list[Claim]:
    """All claims that have a place in time, in the text's order."""
    straights = frames.straights()
    claims = [(turn.at, _turn_claim(turn, frames)) for turn in reading.turns]
    claims += [
        (straight.at, Claim("it does not go straight on at this point", tuple(Way(*span) for span in straights)))
        for straight in reading.straights
    ]
    for thing in reading.things:
        if thing.role != "seen" and meant[thing] and "door" not in thing.kinds:
            close = frames.passing if thing.role == "past" else frames.near
            ways = tuple(Way(*close(i)) for i in meant[thing])
            claims.append((thing.at, Claim(f"'{thing.name}' does not come at this point", ways)))
    if frames.observed.stays:
        claims += [(place.at, _place_claim(place, frames)) for place in reading.places]
    return [claim for _, claim in sorted(claims, key=lambda entry: entry[0])]


def _turn_claim(turn: Turn, frames: _Frames) -> Claim:
    turns = [move for move in frames.moves if move.is_turn]
    ways = []
    for j, move in enumerate(turns):
        if _fits(move.turn, turn):
            ways.append(Way(*frames.around(move.first, move.last, _SLACK_OF_TURNS), (j,)))
        if j and move.turn * turns[j - 1].turn > 0 and _fits(move.turn + turns[j - 1].turn, turn):
            before = turns[j - 1]
            if frames.observed.travelled[move.first] - frames.observed.travelled[before.last] <= _ONE_TURN:
                ways.append(Way(*frames.around(before.first, move.last, _SLACK_OF_TURNS), (j - 1, j)))
    if turn.hinted:
        ways.append(Way(frames.first, frames.last))
    return Claim(f"no such turn at this point: '{turn.words}'", tuple(ways))


def _fits(measured: float, turn: Turn) -> bool:
    right_way = turn.side is None or (measured > 0) == (turn.side == "left")
    return right_way and turn.low <= math.degrees(abs(measured)) <= turn.high


def _omissions(frames: _Frames) -> list[str | None]:
    """For each measured turn, what is to say where no claim tells it."""
    turns = [move for move in frames.moves if move.is_turn]
    return [
        f"the {'left' if move.turn > 0 else 'right'} turn of {math.degrees(abs(move.turn)):.0f}° is not told"
        if abs(move.turn) >= MUST_BE_TOLD
        else None
        for move in turns
    ]


def _place_claim(place: Place, frames: _Frames) -> Claim:
    """A named room must be one of the range, or the one that it comes from; one that is headed for may come later."""
    observed, first, last = frames.observed, frames.first, frames.last
    left = {passage.leaves for passage in observed.passages if first < passage.frame <= last}
    ways = []
    for stay in observed.stays:
        fits = place.name == stay.name or bool(place.kinds & room_kinds(stay.name))
        if fits and stay in left and stay.last < first:
            ways.append(Way(first, first))
        elif fits and stay.first <= last and stay.last >= first:
            ways.append(Way(max(first, stay.first), min(last, stay.last)))
        elif fits and place.coming:
            ways.append(Way(first, last))
    return Claim(f"'{place.name}' is not gone through at this point", tuple(ways))


def _check_thing(thing: Thing, meant: Sequence[int], frames: _Frames) -> Iterator[str]:
    name = f"{thing.article} {thing.name}".strip()
    if not frames.labelled:
        return
    if not meant:
        if "door" not in thing.kinds or not frames.observed.passages:
            yield f"'{name}' is not visible"
        return
    observed, first, last = frames.observed, frames.first, frames.last
    if thing.noun and thing.article == "the" and not thing.plural:
        alike = set(meant) | set(observed.rivals(meant[0], first, last))
        if len(alike) > 1 and observed.nouns[meant[0]] == thing.noun:
            yield f"'{name}' could be any of {len(alike)}"
    passed = [(i, side) for _, i, side in frames.passed if i in meant]
    if thing.article in ORDINALS and "door" not in thing.kinds:
        order = ORDINALS.index(thing.article)
        passed = passed[order : order + 1]
        if not passed:
            yield f"'the {name}': so many are not passed"
    if thing.side is not None and thing.side not in _sides(passed, meant, frames):
        yield f"'{name}' is not on the {thing.side}"


def _sides(passed: Sequence[tuple[int, str]], meant: Sequence[int], frames: _Frames) -> set[str]:
    """On which sides things are, in passing or at the end; where that cannot be told, where the view shows them."""
    observed, first, last = frames.observed, frames.first, frames.last
    sides = {side for _, side in passed} | {side for i in meant if (side := observed.side(i, first, last)) is not None}
    if sides:
        return sides
    share, column = (array[first : last + 1, list(meant)] for array in (observed.seen.share, observed.seen.u))
    columns = column[share >= RIVAL_SHARE]
    return {side for side, there in (("left", columns < -0.1), ("right", columns > 0.1)) if there.mean() >= 0.2}


def _check_distances(told: Iterable[re.Match[str]], frames: _Frames) -> Iterator[str]:
    """A distance must be that between two marked places of the walk, or, with "from", to what stands near its end."""
    observed, first, last = frames.observed, frames.first, frames.last
    marks = {first, last} | {frame for move in frames.moves for frame in (move.first, move.last)}
    marks |= {passage.frame for passage in observed.passages if first < passage.frame <= last}
    lengths = [observed.travelled[b] - observed.travelled[a] for a, b in itertools.combinations(sorted(marks), 2)]
    near = [observed.distance[last, i] for i in frames.landmarks]
    for match in told:
        number = _number(match[1])
        if number is None:
            continue
        claimed = number * _METRES[match[2]]
        actual = near if match[0].endswith("from") else lengths
        if not any(abs(claimed - length) <= max(0.55, 0.2 * length) for length in actual):
            yield f"no distance of '{match[0]}'"


def _number(words: str) -> float | None:
    if words in ("half a", "one and a half"):
        return 0.5 if words == "half a" else 1.5
    if words[0].isdigit():
        return float(words)
    return float(NUMBERS.index(words)) if words in NUMBERS else None


def _check_end(reading: Reading, meant: dict[Thing, list[int]], frames: _Frames) -> Iterator[str]:
    observed, last = frames.observed, frames.last
    ends = last == observed.plan.frames - 1
    if reading.stops and not ends:
        yield "the walk does not end here"
    if ends and not reading.stops and not _ends_at_thing(reading, meant, frames):
        yield "the end of the walk is not told"
    if reading.doorways > frames.crossed():
        yield f"only {frames.crossed()} doorways are gone through"
    if not ends:
        return
    for thing in reading.things:
        near = thing.stop and thing.role == "at" and meant[thing]
        if near and min(observed.distance[last, i] for i in meant[thing]) > STOP_REACH:
            yield f"the walk does not end near '{f'{thing.article} {thing.name}'.strip()}'"


def _ends_at_thing(reading: Reading, meant: dict[Thing, list[int]], frames: _Frames) -> bool:
    """Whether the last words bring the follower to a thing that the walk does end at."""
    if not reading.things or (reading.turns and reading.turns[-1].at > reading.things[-1].at):
        return False
    thing = reading.things[-1]
    return thing.role == "at" and any(frames.observed.distance[frames.last, i] <= STOP_REACH for i in meant[thing])
