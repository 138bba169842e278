"""Is a text true of its frames? Its claims are read back from the words and held against masks and motion.

It knows nothing of how the text was written. Read are: turns, landmarks with article and side, rooms,
doorways, distances and the stop; and it is an omission not to tell a turn of `MUST_BE_TOLD`.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from captioning.motion import Move, moves
from captioning.nouns import Noun
from captioning.observed import Observed
from captioning.phrases import NUMBERS
from captioning.script import ORDINALS

MUST_BE_TOLD = math.radians(60)
# How far from the robot's last place what it stops at may be, metres.
STOP_REACH = 2.5
# Characters that are read of a text.
_LONGEST = 4000
# Ranges of |Δyaw| that each wording allows, with the slack of a listener.
_SIZES = {"slight": (15, 60), "plain": (30, 130), "sharp": (95, 165), "around": (135, 720)}
_TURN = re.compile(
    r"\b(turn|turning|bear|veer|angle|make|take|swing|curve|rotate)"
    r"((?: (?:a|an|the|to|your|slight|slightly|sharp|sharply|hard|gentle|gently|little|bit|all|way|right back))*)"
    r" (left|right|around|u-turn)\b"
)
_SIDE = re.compile(r" (?:on|to) (?:your|the) (left|right)\b")
_DISTANCE = re.compile(r"\b(half a|one and a half|[a-z]+|\d+) metres?\b(?: from)?")
_STOP = re.compile(r"\b(?:stop|halt|wait)\b")
_DOORWAY = re.compile(r"\bdoorway\b")


@dataclass(frozen=True)
class Agreement:
    """claims : how many were read; problems : what is not so, one sentence each, omissions included."""

    claims: int
    problems: tuple[str, ...]

    @property
    def score(self) -> float:
        """Share of the claims that hold, 0..1; an omission counts as a claim that does not."""
        return max(0.0, 1 - len(self.problems) / max(self.claims, 1))


@dataclass(frozen=True)
class _Mention:
    """A landmark's name at text[start:end]. article : "the", "a" … or with an ordinal; side : "left", "right", None."""

    noun: Noun
    article: str
    side: str | None
    start: int
    end: int


def check(text: str, observed: Observed, first: int, last: int) -> Agreement:
    """Hold the claims of `text` against frames first..last of a walk."""
    lower = text[:_LONGEST].lower()
    found = moves(observed.plan, first, last)
    mentions = _mentions(lower, observed)
    rooms = _rooms(lower, mentions, observed)
    problems = [
        *_check_turns(lower, found),
        *itertools.chain.from_iterable(_check_mention(mention, observed, first, last) for mention in mentions),
        *_check_rooms(rooms, observed, first, last),
        *_check_distances(lower, observed, found, first, last),
        *_check_stop(lower, mentions, observed, first, last),
    ]
    readings = (_TURN, _DISTANCE, _STOP, _DOORWAY)
    claims = len(mentions) + len(rooms) + sum(len(reading.findall(lower)) for reading in readings)
    return Agreement(claims, tuple(problems))


def _check_turns(text: str, found: Iterable[Move]) -> tuple[str, ...]:
    """Claimed turns must be a subsequence of the measured ones; of all ways to match them, the kindest counts."""
    claimed = _TURN.findall(text)
    measured = [move.turn for move in found if move.is_turn]

    @cache
    def problems(claim: int, turn: int) -> tuple[str, ...]:
        """The fewest problems of matching the claims from `claim` on with the turns from `turn` on."""
        ways = []
        if claim < len(claimed):
            verb, manner, side = claimed[claim]
            ways.append((f"no such turn at this point: '{verb}{manner} {side}'", *problems(claim + 1, turn)))
            if turn < len(measured) and _fits(measured[turn], verb, manner, side):
                ways.append(problems(claim + 1, turn + 1))
        if turn < len(measured):
            large = abs(measured[turn]) >= MUST_BE_TOLD
            omission = (f"a turn of {math.degrees(measured[turn]):.0f}° is not told",) if large else ()
            ways.append((*omission, *problems(claim, turn + 1)))
        return min(ways, key=len, default=())

    return problems(0, 0)


def _fits(turn: float, verb: str, manner: str, side: str) -> bool:
    words = manner.split()
    around = side in ("around", "u-turn")
    slight = verb in ("bear", "veer", "angle") or any(
        word.startswith(("slight", "gent", "little", "bit")) for word in words
    )
    sharp = any(word.startswith(("sharp", "hard")) for word in words)
    low, high = _SIZES["around" if around else "slight" if slight else "sharp" if sharp else "plain"]
    return low <= math.degrees(abs(turn)) <= high and (around or (turn > 0) == (side == "left"))


def _mentions(text: str, observed: Observed) -> list[_Mention]:
    """Names of the scene's landmarks in the text, the longest first where one holds another."""
    nouns = {name: noun for noun in observed.nouns if noun for name in (noun.singular, noun.plural)}
    if not nouns:
        return []
    names = "|".join(re.escape(name) for name in sorted(nouns, key=lambda name: (-len(name), name)))
    article = "|".join(["the", "a", "an", "some", *(f"the {ordinal}" for ordinal in ORDINALS)][::-1])
    found = []
    for match in re.finditer(rf"\b({article}) ({names})\b", text):
        side = _SIDE.match(text, match.end()) or _shared_side(text, match.end())
        found.append(_Mention(nouns[match[2]], match[1], side[1] if side else None, *match.span()))
    return found


def _shared_side(text: str, end: int) -> re.Match[str] | None:
    """The side of "the table and the picture on your left" for the first of the two."""
    return re.compile(r" and (?:the|a|an|some) [a-z ]{2,30}? (?:on|to) (?:your|the) (left|right)\b").match(text, end)


def _check_mention(mention: _Mention, observed: Observed, first: int, last: int) -> Iterable[str]:
    visible = [i for i in observed.landmarks(first, last).tolist() if observed.nouns[i] == mention.noun]
    name = f"{mention.article} {mention.noun.singular}"
    if not visible:
        yield f"'{name}' is not visible"
        return
    alike = set(visible) | set(observed.rivals(visible[0], first, last))
    if mention.article == "the" and len(alike) > 1:
        yield f"'{name}' could be any of {len(alike)}"
    passed = [(i, side) for _, i, side in observed.passed(first, last) if observed.nouns[i] == mention.noun]
    ordinal = mention.article.removeprefix("the ")
    if ordinal in ORDINALS:
        order = ORDINALS.index(ordinal)
        passed = passed[order : order + 1]
        if not passed:
            yield f"'{name}': so many are not passed"
    if mention.side is not None:
        sides = {side for _, side in passed} | {observed.side(i, first, last) for i in visible}
        if mention.side not in sides:
            yield f"'{name}' is not on the {mention.side}"


def _rooms(text: str, mentions: list[_Mention], observed: Observed) -> list[str]:
    """Names of the scene's rooms in the text, in order; "room" alone is no claim, nor is that of a "bathroom sink"."""
    names = sorted({name for name in observed.room_names if name != "room"}, key=lambda name: (-len(name), name))
    if not names:
        return []
    found = re.finditer(rf"\b({'|'.join(re.escape(name) for name in names)})\b", text)
    return [match[0] for match in found if not any(m.start <= match.start() < m.end for m in mentions)]


def _check_rooms(rooms: list[str], observed: Observed, first: int, last: int) -> Iterable[str]:
    """Named rooms must be rooms of the range, or the one it comes from, in the order in which it goes through them."""
    left = {passage.leaves for passage in observed.passages if first < passage.frame <= last}
    visited = [stay.name for stay in observed.stays if stay in left or (stay.first <= last and stay.last >= first)]
    at = 0
    for room in rooms:
        later = [i for i in range(at, len(visited)) if visited[i] == room]
        if not later:
            yield f"'{room}' is not gone through at this point"
            continue
        at = later[0]


def _check_distances(text: str, observed: Observed, found: Iterable[Move], first: int, last: int) -> Iterable[str]:
    """A distance must be that between two marked places of the walk, or, with "from", to what stands near its end."""
    marks = {first, last} | {frame for move in found for frame in (move.first, move.last)}
    marks |= {passage.frame for passage in observed.passages if first < passage.frame <= last}
    lengths = [observed.travelled[b] - observed.travelled[a] for a, b in itertools.combinations(sorted(marks), 2)]
    near = [observed.distance[last, i] for i in observed.landmarks(first, last)]
    for match in _DISTANCE.finditer(text):
        claimed = _number(match[1])
        if claimed is None:
            continue
        actual = near if match[0].endswith("from") else lengths
        if not any(abs(claimed - length) <= max(0.55, 0.2 * length) for length in actual):
            yield f"no distance of '{match[0]}'"


def _number(words: str) -> float | None:
    if words in ("half a", "one and a half"):
        return 0.5 if words == "half a" else 1.5
    if words.isdigit():
        return float(words)
    return float(NUMBERS.index(words)) if words in NUMBERS else None


def _check_stop(text: str, mentions: list[_Mention], observed: Observed, first: int, last: int) -> Iterable[str]:
    ends = last == observed.plan.frames - 1
    stop = _STOP.search(text)
    if stop and not ends:
        yield "the walk does not end here"
    if ends and not stop:
        yield "the end of the walk is not told"
    doorways = sum(passage.doorway for passage in observed.passages if first < passage.frame <= last)
    if len(_DOORWAY.findall(text)) > doorways:
        yield f"only {doorways} doorways are gone through"
    if not (stop and ends):
        return
    for mention in (mention for mention in mentions if mention.start > stop.start()):
        alike = [i for i in observed.landmarks(first, last).tolist() if observed.nouns[i] == mention.noun]
        if alike and min(observed.distance[last, i] for i in alike) > STOP_REACH:
            yield f"the walk does not end near '{mention.article} {mention.noun.singular}'"
