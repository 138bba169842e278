"""Words and phrases by what they do in a text about a way: turn, keep, pass, come to, end. Lower case, no hyphens."""

from __future__ import annotations

import re

from captioning.lexicon import DETERMINERS, ROOMS

# Characters that are read of a text.
LONGEST = 4000
# Ranges of |Δyaw|, degrees, that each wording allows, with the slack of a listener.
SIZES = {"slight": (15, 60), "plain": (25, 135), "sharp": (70, 180), "swung": (60, 720), "around": (135, 720),
         "any": (15, 165)}  # fmt: skip
# What other words say is one of those that the rest of this page knows.
IDIOMS = {
    r"u[- ]?turn|about[- ](?:face|turn)|one[- ]eighty|revers(?:e|ing) (?:your |the )?(?:direction|course|path)|"
    r"(?:turn|face|facing|go|head)(?: to face| around| in)? the (?:opposite|other|reverse) (?:direction|way)": "uturn",
    r"counter[- ]?clockwise|anti[- ]?clockwise|leftwards?|(?:nine|ten|eight|9|10|8) o ?clock": "left",
    r"clockwise|rightwards?|(?:two|three|four|2|3|4) o ?clock": "right",
}
ENDS = frozenset(".;!?")
ARTICLES = frozenset({"the", "a", "an", "this", "that", "these", "those", "your"})
# What ends the clause that a word belongs to.
BREAKS = ENDS | frozenset({
    ",", ":", "then", "and", "or", "but", "until", "once", "when", "as", "while", "so", "which", "that", "where",
})  # fmt: skip
VERBS = frozenset(
    form
    for verb in (
        "turn", "bear", "veer", "angle", "swing", "curve", "rotate", "pivot", "bend", "hook", "swerve", "steer",
        "peel", "branch", "swivel", "wheel", "spin", "bank", "cut", "arc", "shift", "ease", "drift", "slant",
        "corner", "change", "adjust", "double", "deviate", "circle",
    )
    for form in (verb, verb + "s", verb + "ing", verb + "ed", verb.removesuffix("e") + "ing", verb + verb[-1] + "ing")
)  # fmt: skip
# With these, only "a left" or "left" right behind them is a turn.
TAKES = frozenset({
    "take", "make", "hang", "taking", "making", "hanging", "do", "go", "head", "going", "heading",
})  # fmt: skip
SLIGHT = frozenset({
    "somewhat", "marginally", "lightly", "subtle", "subtly", "shallow", "diagonal", "diagonally", "small", "minor",
    "touch", "tad", "mild", "few", "slight", "slightly", "gentle", "gently", "little", "bit", "softly", "soft",
    "bear", "veer", "angle", "bearing", "ease", "easing", "drift", "drifting", "veering", "angling", "shift", "half",
})  # fmt: skip
SHARP = frozenset({
    "sharp", "sharply", "hard", "tight", "tightly", "abrupt", "abruptly", "steep", "steeply", "hairpin",
})  # fmt: skip
MANNER = SLIGHT | SHARP | frozenset({
    "face", "a", "an", "the", "to", "your", "toward", "towards", "all", "way", "right", "back", "quick", "quickly",
    "next", "first", "second", "immediate", "immediately", "then", "full", "wide", "degree", "degrees", "around",
    "about", "roughly", "approximately", "direction", "touch", "tad", "few", "very", "quite", "course", "into",
    "yourself", "own", "smoothly", "slowly", "once", "again", "over", "hand", "nearly", "almost", "of",
    "completely", "fully", "entirely", "straight", "directly", "body", "heading", "round", "far", "another", "last",
    "third", "simply", "gradually", "off", "in", "out", "by", "just", "now",
})  # fmt: skip
# These make a side a turn of its own: "the next left".
WHICH_ONE = frozenset({"a", "an", "another", "next", "first", "second", "third", "last", "immediate"})
TURN_NOUNS = frozenset({"turn", "turns", "turning", "bend", "curve", "fork", "angle"})
# Before "the left" they make a side or a way.
SIDEWAYS = frozenset({"on", "to", "from", "toward", "towards", "at", "onto"})
FARNESS = frozenset({"far", "near", "immediate", "very", "extreme", "own"})
# Behind them "left" is a verb.
LEFT_BEHIND = frozenset({"you", "youve", "have", "having", "just", "has", "had"})
# Before them "right" is an adverb.
RIGHTLY = frozenset({
    "past", "next", "by", "before", "behind", "beside", "inside", "near", "outside", "on", "up", "there", "here",
    "away", "now", "ahead", "across", "above", "below", "under", "where", "when", "against", "between", "along",
    "alongside", "off", "back", "down", "after", "through", "around", "at", "beyond", "over", "out", "in", "until",
})  # fmt: skip
# What a clause is about that only says where something is.
LOOKS = frozenset({
    "is", "are", "be", "was", "look", "looking", "see", "seeing", "notice", "find", "stands", "stand", "sits",
    "located", "situated", "visible", "with", "keep", "keeps", "keeping", "leave", "leaves", "leaving", "have", "has",
    "there", "watch", "glance", "comes", "appears", "spot", "that",
})  # fmt: skip
# Verbs with which "around" is no turn back.
ROAMS = frozenset({
    "walk", "go", "move", "look", "head", "continue", "come", "path", "way", "hallway", "proceed", "follow", "get",
    "walking", "going", "moving", "looking", "heading", "step", "work", "stop", "halt", "wait", "finish",
})  # fmt: skip
# What comes after an "around" that stands alone.
AROUND_ENDS = frozenset({
    "to", "through", "with", "at", "by", "in", "into", "here", "there", "completely", "fully", "before", "now", "again",
})  # fmt: skip
# What may stand before a side and is neither verb nor thing.
NO_VERBS = DETERMINERS | frozenset({
    "from", "with", "at", "on", "for", "through", "past", "near", "under", "behind", "end", "top", "bottom", "corner",
    "upper", "lower", "there", "also", "both",
})  # fmt: skip
# By these a follower comes into a place, which has a side of its own: "enter the room on your left".
ENTERS = frozenset({"enter", "entering", "into", "through", "inside", "in", "exit", "exiting"})
# What is taken is turned into.
SURE = frozenset({"take", "taking"})
PASSAGES = frozenset({
    "door", "doors", "doorway", "opening", "archway", "arch", "entrance", "entryway", "exit", "turn", "turning",
    "passage", "passageway", *(name[-1] for name in ROOMS),
})  # fmt: skip
NOT = frozenset({
    "not", "dont", "never", "without", "avoid", "no",
})  # fmt: skip
OF_THINGS = frozenset({
    "wall", "hand", "side", "edge", "corner", "part", "end", "half", "opening", "exit", "entrance", "path", "aisle",
    "most",
})  # fmt: skip
GO_TO = frozenset({
    "up", "close", "walk", "go", "head", "get", "come", "over", "way", "back", "continue", "proceed", "move",
    "right", "adjacent", "forward", "straight", "on", "it", "through",
})  # fmt: skip
PAST = frozenset({
    "past", "passing", "pass", "passes", "after", "beyond", "bypass", "bypassing", "clear", "clearing",
})  # fmt: skip
AT = frozenset({
    "by", "at", "near", "beside", "reach", "reaching", "reached", "alongside", "around", "next", "front", "round",
    "skirt", "cross", "before", "approaching",
})  # fmt: skip
FREE = frozenset({
    "toward", "towards", "facing", "face", "ahead", "see", "spot", "notice", "with", "direction", "opposite", "from",
    "leave", "leaving", "behind", "visible", "view", "sight", "keeping", "keep", "for", "between", "of", "using",
    "find", "is", "are", "has", "where",
})  # fmt: skip
COLOURS = frozenset({
    "coloured", "colored", "blue", "brown", "green", "grey", "gray", "pink", "wood", "wooden", "red", "yellow",
    "purple", "beige", "orange", "tan",
})  # fmt: skip
COME_TO = PAST | AT | frozenset({
    "with", "keep", "keeping",
    "toward", "towards", "facing", "face", "see", "spot",
})  # fmt: skip
# Names of things that are verbs more often: "where the sofa stands".
VERBS_AFTER_ALL = frozenset({"stands"})
# What ends the name of a thing.
AFTER_NAMES = frozenset({
    "on", "to", "and", "then", "which", "that", "as", "is", "are", "until", "you", "in", "into", "with", "at", "of",
    "by", "before", "after", "where", "so", "while", "when", "from", "through", "for", "ahead", "turn", "stop",
    "your", "once", "the", "a", "walk", "go", "continue", "without", "towards", "toward", "near", "beside", "next",
    "or", "but", "just", "left", "right", "upon", "reaching", "alongside", "beyond",
})  # fmt: skip
# What a follower may come to or face without its being a thing.
NO_THINGS = frozenset({
    "location", "end", "ends", "corner", "corners", "wall", "walls", "room", "rooms", "way", "path", "opening",
    "turn", "left", "side", "right", "middle", "centre", "center", "start", "point", "place", "spot", "area",
    "space", "floor", "ceiling", "exit", "edge", "front", "back", "top", "bottom", "distance", "bit", "moment",
    "line", "direction", "route", "destination", "view", "goal", "house", "home", "building", "furniture", "object",
    "objects", "thing", "things", "item", "items", "intersection", "junction", "threshold", "rest", "whole", "same",
    "one", "ones", "other", "stretch", "bend", "curve", "angle", "position", "surface", "obstacle", "few", "first",
    "second", "third", "last", "next", "steps", "far", "apartment", "flat", "entryway", "partition", "beam",
    "crossing", "beginning", "section", "zone", "gap", "passages",
})  # fmt: skip
COMING = frozenset({
    "toward", "towards", "facing", "see", "notice", "visible", "ahead", "direction", "view",
})  # fmt: skip
KEEPS = frozenset({
    "keep", "keeping", "stay", "staying", "hug", "hugging",
})  # fmt: skip
# An instruction that claims nothing else has one of these.
MOVES = frozenset({
    "go", "walk", "move", "keep", "continue", "proceed", "head", "carry", "advance", "follow", "step", "march",
    "stroll", "travel", "forward", "forwards", "onward", "onwards", "ahead", "pass", "cross", "enter", "leave", "exit",
    "stay", "make",
})  # fmt: skip
STOPS = re.compile(
    r"\b(?:stop|stops|stopping|halt|halting|wait|waiting|come to rest|finish|finishing|arrive|arriving|arrived|remain|"
    r"destination|end up|end your (?:walk|route|path|journey|movement)|end of (?:your|the) (?:walk|route|path|journey)|"
    r"ends? (?:here|there|beside|by|at|near|in front)|stand still|pause there|your goal)\b"
)
DOORWAY = re.compile(r"\b(?:through|via|out of) (?:the|a|an|this|that|your|its)(?: [a-z]+){0,2}? "
                      r"(?:doorway|archway|door|doorframe|open door)\b")  # fmt: skip
