"""What a text claims: turns, straights, things with their sides, rooms, doorways and the stop, in the text's order.

English of many hands is read by words alone; `captioning.turning` tells turns from sides. What is not understood is no
claim. It knows the names that a scene uses beside its own lexicon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from captioning.lexicon import DETERMINERS, DOUBTFUL, ROOMS, THINGS
from captioning.nouns import Noun
from captioning.script import ORDINALS
from captioning.turning import Side, Turn, directions, negated
from captioning.wording import (
    AFTER_NAMES,
    AT,
    COLOURS,
    COME_TO,
    COMING,
    DOORWAY,
    ENDS,
    FREE,
    GO_TO,
    IDIOMS,
    LONGEST,
    NO_THINGS,
    PAST,
    STOPS,
    VERBS_AFTER_ALL,
)


@dataclass(frozen=True)
class Straight:
    """A stretch without a turn."""

    at: int


@dataclass(frozen=True)
class Thing:
    """A thing named by words[at:end].

    name : as written; noun : the scene's own, where the name is exactly that; kinds : what else it may mean
    article : "the", "a", an ordinal, or ""; plural : more than one are meant; side : of the follower
    role : "past" what is passed, "at" what is come to (at, near, up to), "seen" what is looked at or headed for
    stop : whether the walk is said to end at it
    """

    at: int
    end: int
    name: str
    noun: Noun | None
    kinds: frozenset[str]
    article: str
    plural: bool
    side: str | None
    role: str
    stop: bool


@dataclass(frozen=True)
class Place:
    """A room the follower is said to be in or to enter. coming : it is only headed for, or seen."""

    at: int
    name: str
    kinds: frozenset[str]
    coming: bool


@dataclass(frozen=True)
class Reading:
    """A text's claims in its order; doorways, stops : how often it goes through one, and how often it ends."""

    turns: tuple[Turn, ...]
    straights: tuple[Straight, ...]
    things: tuple[Thing, ...]
    places: tuple[Place, ...]
    doorways: int
    stops: int


def read(text: str, names: Mapping[str, Noun], rooms: Sequence[str] = ()) -> Reading:
    """The claims of a text. names : the scene's nouns by every form; rooms : its rooms' names."""
    plain = _plain(text)
    words = re.findall(r"[a-z]+|\d+(?:\.\d+)?|[.,;:!?]", plain)
    table = {tuple(name.split()): noun for name, noun in names.items()}
    named = {tuple(name.split()) for name in rooms}
    spans = sorted([*(known := _spans(words, table, named)), *_unknown(words, known)])
    things, places = _nouns(words, spans, table, named)
    turns, sides = directions(words, {i for at, end in spans for i in range(at, end)})
    straights = [Straight(i) for i, word in enumerate(words) if _is_straight(words, i, word)]
    stops = [match for match in STOPS.finditer(plain) if not negated(plain[: match.start()].split())]
    return Reading(
        tuple(turns),
        tuple(straights),
        tuple(_with_sides(things, sides, words)),
        tuple(places),
        len(DOORWAY.findall(plain)),
        len(stops),
    )


def _plain(text: str) -> str:
    """Lower case, without apostrophes and hyphens, idioms as plain words."""
    lower = re.sub(r"['’]", "", text[:LONGEST].lower())
    for idiom, word in IDIOMS.items():
        lower = re.sub(rf"\b(?:{idiom})\b", word, lower)
    return re.sub(r"[-–—/]", " ", lower)


def _nouns(
    words: Sequence[str],
    spans: Sequence[tuple[int, int]],
    table: Mapping[tuple[str, ...], Noun],
    rooms: set[tuple[str, ...]],
) -> tuple[list[Thing], list[Place]]:
    """Things and rooms; where one name runs into the next, as in "bathroom sink", the last counts."""
    things: list[Thing] = []
    places: list[Place] = []
    stops = [i for i in range(len(words)) if STOPS.match(" ".join(words[i : i + 4]))]
    beginnings = {at for at, _ in spans}
    for at, end in spans:
        if end in beginnings:
            continue
        key = tuple(words[at:end])
        if key in rooms or (key in ROOMS and key not in table and not (key in THINGS and _has_article(words, at))):
            coming = bool(COMING & set(words[max(0, at - 4) : at]))
            places.append(Place(at, " ".join(key), ROOMS.get(key, frozenset({" ".join(key)})), coming))
        else:
            stop = any(i < at and not ENDS & set(words[i:at]) for i in stops)
            things.append(_thing(words, at, end, table.get(key), stop=stop))
    return things, places


def _spans(
    words: Sequence[str], table: Mapping[tuple[str, ...], Noun], rooms: set[tuple[str, ...]]
) -> list[tuple[int, int]]:
    """Where names are, the longest first, none within another."""
    found = []
    i = 0
    while i < len(words):
        for end in range(min(i + 4, len(words)), i, -1):
            key = tuple(words[i:end])
            colour = key == ("light",) and words[end : end + 1] and words[end] in COLOURS  # "the light blue sofa"
            known = key in table or key in rooms or key in THINGS or key in ROOMS
            a_measure = words[i - 1 : i] == ["few"]  # "a few steps"
            a_verb = words[i] in VERBS_AFTER_ALL and end == i + 1
            if (
                known
                and not (a_measure or a_verb or colour)
                and (_has_article(words, i) or not _is_doubtful(key, table))
            ):
                found.append((i, end))
                i = end
                break
        else:
            i += 1
    return found


def _unknown(words: Sequence[str], known: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where a follower is to come to, pass or face something that no list of ours has: "past the mannequin"."""
    taken = {i for at, end in known for i in range(at, end)}
    found = []
    for i, word in enumerate(words[:-1]):
        if word not in ("the", "a", "an") or not (words[i - 1 : i] and words[i - 1] in COME_TO):
            continue
        end = i + 1
        while end < min(i + 5, len(words)) and words[end].isalpha() and words[end] not in AFTER_NAMES | COME_TO:
            end += 1
        if end > i + 1 and words[end - 1] not in NO_THINGS and not taken & set(range(i, end + 1)):
            found.append((end - 1, end))
    return found


def _is_doubtful(key: tuple[str, ...], table: Mapping[tuple[str, ...], Noun]) -> bool:
    return len(key) == 1 and (key[0] in DOUBTFUL or key[0].removesuffix("s") in DOUBTFUL) and key not in table


def _has_article(words: Sequence[str], at: int) -> bool:
    """Whether a determiner stands before words[at], with two adjectives between at most."""
    for word in reversed(words[max(0, at - 3) : at]):
        if word in DETERMINERS:
            return True
        if word in PAST or word in AT or word in FREE or word in GO_TO or not word.isalpha():
            return False
    return False


def _thing(words: Sequence[str], at: int, end: int, noun: Noun | None, *, stop: bool) -> Thing:
    key = tuple(words[at:end])
    name = " ".join(key)
    article = words[at - 1] if at and words[at - 1] in {"the", "a", "an", "some", *ORDINALS} else ""
    many = name == noun.plural if noun and not noun.plural_only else noun is None and key[-1].endswith("s")
    return Thing(at, end, name, noun, THINGS.get(key, frozenset()), article, many, None, _role(words, at), stop)


def _role(words: Sequence[str], at: int) -> str:
    """What the nearest word before that tells says of a thing."""
    for i in range(at - 1, max(-1, at - 14), -1):
        word = words[i]
        if not word.isalnum() or word == "then":
            break
        if word == "to" and i:
            return "at" if words[i - 1] in GO_TO or words[i - 1] in AT else "seen"
        if word in PAST:
            return "past"
        if word in AT or (word == "of" and i and words[i - 1] == "front"):
            return "at"
        if word in FREE:
            break
    return "seen"


def _is_straight(words: Sequence[str], i: int, word: str) -> bool:
    return word == "straight" and words[i + 1 : i + 2] != ["away"] and not negated(words[max(0, i - 3) : i])


def _with_sides(things: Sequence[Thing], sides: Sequence[Side], words: Sequence[str]) -> list[Thing]:
    """Things with the sides that the words about them give."""
    told: dict[int, str] = {}
    for side in sides:
        after = next((k for k, thing in enumerate(things) if thing.at > side.at), None)
        if side.of:
            if after is not None and things[after].at - side.at <= 5:
                told[after] = "right" if side.side == "left" else "left"
            continue
        before = max((k for k, thing in enumerate(things) if thing.at < side.at), default=None)
        again = words[max(0, side.at - 3) : side.at - 2] in (["it"], ["them"])  # "keeping it on your left"
        if before is not None and (again or _belongs(words[things[before].end : side.at])):
            told.setdefault(before, side.side)
            if before and "and" in words[things[before - 1].end : things[before].at] and before - 1 not in told:
                between = words[things[before - 1].end : things[before].at]
                if len(between) <= 4 and between[0] == "and" and not (PAST | AT | FREE) & set(between):
                    told[before - 1] = side.side
        elif after is not None and _introduces(words[side.at - 2], words[side.at + 1 : things[after].at]):
            told.setdefault(after, side.side)
    return [_on_side(thing, told[k]) if k in told else thing for k, thing in enumerate(things)]


def _on_side(thing: Thing, side: str) -> Thing:
    """A thing with its side; "with the sofa on your left" passes it, unless the walk ends there."""
    passed = thing.role == "seen" and not thing.stop
    return replace(thing, side=side, role="past" if passed else thing.role)


def _introduces(preposition: str, between: Sequence[str]) -> bool:
    """Whether a side before these words is that of the thing after them: "on your left you pass", "to the left is"."""
    said = preposition == "on" or bool({"is", "are", "there", "you", "youll", "will", "stands", "sits"} & set(between))
    return said and not ENDS & set(between)


def _belongs(between: Sequence[str]) -> bool:
    """Whether a side after these words is still that of the thing before them."""
    relative = 2 if tuple(between[:2]) in ((",", "which"), (",", "that")) else 0  # "the sofa, which is on your left"
    return len(between) <= 6 and not set(between[relative:]) & (ENDS | {",", "then", "and", "until"})
