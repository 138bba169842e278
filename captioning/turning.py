"""What each "left", "right" and "around" of a text is: a turn, a side of the follower, or nothing.

A small grammar of clauses, by words alone. In this order, a "left" is

    nothing   where it is no direction: "right past", "you left", "keep left", "do not turn left", "the left door"
    a side    "to the left of", "on your left", and "to the left" behind words of looking or of passing a thing
    a turn    else: "a left", "hang left", "to the left" behind any verb; whatever people call turning
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from captioning.lexicon import DETERMINERS
from captioning.wording import (
    AROUND_ENDS,
    ARTICLES,
    BREAKS,
    ENTERS,
    FARNESS,
    KEEPS,
    LEFT_BEHIND,
    LOOKS,
    MANNER,
    NO_VERBS,
    NOT,
    OF_THINGS,
    PASSAGES,
    PAST,
    RIGHTLY,
    ROAMS,
    SHARP,
    SIDEWAYS,
    SIZES,
    SLIGHT,
    SURE,
    TAKES,
    TURN_NOUNS,
    VERBS,
    WHICH_ONE,
)

_SIDES = ("left", "right")


@dataclass(frozen=True)
class Turn:
    """A change of heading. side : "left", "right" or None; low, high : of its size, degrees; words : as written.

    hinted : only implied, as by "enter the room on your left": the heading may have changed before
    """

    at: int
    side: str | None
    low: float
    high: float
    words: str
    hinted: bool = False


@dataclass(frozen=True)
class Side:
    """What "on your left" says at words[at]; of : "to the left of", which puts the follower there."""

    at: int
    side: str
    of: bool


def directions(words: Sequence[str], taken: set[int]) -> tuple[list[Turn], list[Side]]:
    """Turns and sides in order. taken : where names of things and rooms are."""
    found = [_sideways(words, i, taken) if word in _SIDES else _back(words, i) for i, word in enumerate(words)]
    return [one for one in found if isinstance(one, Turn)], [one for one in found if isinstance(one, Side)]


def negated(before: Sequence[str]) -> bool:
    """Whether what these words lead up to is denied."""
    return bool(NOT & set(before[-4:]))


def _sideways(words: Sequence[str], i: int, taken: set[int]) -> Turn | Side | None:
    """What the "left" or "right" at words[i] is."""
    begin = next((k + 1 for k in range(i - 1, -1, -1) if words[k] in BREAKS), 0)
    after = list(itertools.takewhile(lambda word: word not in BREAKS, words[i + 1 : i + 4]))
    lead = range(begin, i - _phrase(words[begin:i]))
    if _is_nothing(words[i], words[max(0, i - 7) : i], words[begin:i], after):
        return None
    of_side = after[:2] == ["side", "of"] and any(k in taken for k in range(i + 3, i + 7))
    if after[:1] == ["of"] or (of_side and lead.stop < i):
        return Side(i, words[i], of=True)
    if i + 1 in taken or (after and after[0] in (OF_THINGS | PASSAGES) - TURN_NOUNS - {"hand", "side"}):
        return None  # "to the left corner"
    if lead.stop == i:
        return _turn(words, i, lead) if _is_bare_turn(words, i, lead, after, taken) else None
    if words[lead.stop] in ("to", "toward", "towards") and _goes(words, lead, taken):
        return _turn(words, i, lead)
    by = _entered_by(words, lead)
    return _turn(words, i, lead, hinted=by not in VERBS | SURE) if by else Side(i, words[i], of=False)


def _phrase(before: Sequence[str]) -> int:
    """How many words make "to the", "on your far", "toward" … before a side, where they are there."""
    k = len(before)
    while k and before[k - 1] in FARNESS:
        k -= 1
    k -= bool(k and before[k - 1] in ("the", "your"))
    return len(before) - k + 1 if k and before[k - 1] in SIDEWAYS else 0


def _is_nothing(side: str, before: Sequence[str], clause: Sequence[str], after: Sequence[str]) -> bool:
    """Whether it is denied, kept to ("stay left"), a verb ("you left") or an adverb ("right past")."""
    kept = itertools.dropwhile(lambda word: word in ("to", "the", "your", "on", "further"), reversed(before))
    told = next((word for word in reversed(clause) if word in _SIDES or word not in MANNER), "")
    both = before[-1:] in (["and"], ["or"]) and before[-2:-1] and before[-2] in _SIDES  # "on your left and right"
    last = clause[-1] if clause else ""
    following = after[0] if after else ""
    if negated(before) or next(kept, "") in KEEPS or told in _SIDES or (both and before[-2] != side):
        return True
    if side == "left":
        return last in LEFT_BEHIND or (following in ARTICLES and last not in VERBS | MANNER | TAKES)
    if following in ("around", "round"):  # "turn right around"
        return after[1:2] != ["the"]
    if following not in RIGHTLY or (following == "at" and not clause):
        return False
    if last in TAKES:  # "go right up to it", but "go right at the door"
        return following not in ("at", "by", "after", "before")
    return last not in (VERBS | MANNER) - {"around", "back"} or clause[-2:-1] in (["left"], ["right"])


def _is_bare_turn(words: Sequence[str], i: int, lead: range, after: Sequence[str], taken: set[int]) -> bool:
    """Whether a side that no "to" or "on" leads to is a turn: "a left", "veer left"; not "left door", "look left"."""
    noun = [word for word in after if word != "hand"][:1]
    if noun and noun[0] in TURN_NOUNS:
        return True
    if after[:1] in (["hand"], ["side"]):
        return False
    chain = list(itertools.takewhile(lambda k: words[k] in MANNER or words[k].isdigit(), reversed(lead)))
    manner = {words[k] for k in chain}
    at = i - 1 - len(chain)
    if at < lead.start or words[at] in VERBS | TAKES or WHICH_ONE & manner:
        return True
    return at not in taken and not {"the", "your"} & manner and words[at] not in LOOKS | NO_VERBS


def _goes(words: Sequence[str], lead: range, taken: set[int]) -> bool:
    """Whether a clause up to its "to the left" is about going there: not looking, nor passing a thing on that side."""
    passed = False
    for k in reversed(lead):
        if words[k] in VERBS and k not in taken:
            return True
        if words[k] in LOOKS | PAST:
            return False
        passed = passed or k in taken or words[k] in DETERMINERS
    return len(lead) > 0 and not passed


def _entered_by(words: Sequence[str], lead: range) -> str:
    """The word by which a door, a room or a turning "on the left" is taken, or ""."""
    place = next((k for k in reversed(lead) if words[k] not in LOOKS), lead.start - 1)
    if place < lead.start or words[place] not in PASSAGES:
        return ""
    told = (words[k] for k in range(place, lead.start - 1, -1) if words[k] in VERBS | TAKES | ENTERS | PAST)
    verb = next(itertools.islice(told, int(words[place] in VERBS), None), "")
    return "" if verb in PAST else verb


def _turn(words: Sequence[str], i: int, lead: range, *, hinted: bool = False) -> Turn:
    verb = next((k for k in reversed(lead[-7:]) if words[k] in VERBS | TAKES), None)
    begin = max(lead.start, i - 4) if verb is None else verb
    low, high = _size(words[begin:i], words[i + 1 : i + 5], known=verb is not None or not lead)
    if hinted:
        low, high = SIZES["any"]
    return Turn(i, words[i], low, high, " ".join(words[begin : i + 1]), hinted)


def _size(manner: Sequence[str], after: Sequence[str], *, known: bool) -> tuple[float, float]:
    """Range of |Δyaw|, degrees, by the words before and behind a side; known : the verb is one of turning."""
    numbers = [float(word) for word in (*manner, *after[:3]) if word.isdigit() and int(word) in range(10, 361)]
    if numbers and {"degree", "degrees"} & {*manner, *after}:
        return numbers[0] - 35, numbers[0] + 35
    near = {*manner, *after[:1]}
    if any(word in ("around", "round") and manner[k + 1 : k + 2] != ["the"] for k, word in enumerate(manner)):
        return SIZES["swung"]
    if near & SHARP:
        return SIZES["sharp"]
    if near & SLIGHT:
        return SIZES["slight"]
    return SIZES["plain" if known or WHICH_ONE & near or TURN_NOUNS & {*after[:2]} else "any"]


def _back(words: Sequence[str], i: int) -> Turn | None:
    """A turn back: "turn around", but neither "turn around the corner" nor "swing around to the left"."""
    word, following = words[i], "".join(words[i + 1 : i + 2])
    before = words[max(0, i - 4) : i]
    if negated(before):
        return None
    half_circle = word == "180" and before[-1:] and before[-1] in VERBS and not {*_SIDES} & {*words[i : i + 5]}
    if word == "uturn" or half_circle:
        return Turn(i, None, *SIZES["around"], "u-turn")
    verb = next((word for word in reversed(before) if word not in MANNER), "")
    ways = [k for k in range(i + 1, min(i + 4, len(words))) if words[k] in ("to", "towards", "toward")]
    sideways = any({*_SIDES} & {*words[k : k + 3]} for k in ways)
    if word == "back":
        turns = verb in VERBS and following != "around" and not sideways
    else:
        ended = not following or following in BREAKS | AROUND_ENDS
        free = not sideways and following not in ARTICLES | {"it", "corner"} and before[-1:] != ["the"]
        turns = word in ("around", "round") and free and (verb in VERBS or (ended and _is_verb(verb)))
    return Turn(i, None, *SIZES["around"], f"{verb} {word}") if turns else None


def _is_verb(word: str) -> bool:
    return word.isalpha() and word not in ROAMS | LOOKS | NO_VERBS | BREAKS
