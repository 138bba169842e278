"""Other people's English for the steps of a walk, and ways to make a true text false.

Four manners of speaking, none of them that of `captioning.phrases`. The reader of texts was mended by what it got wrong
in `SPOKEN`, `WRITTEN` and `BOOKISH`. `UNSEEN` was set down afterwards, and nothing was changed for what it showed.
Steps are true by construction, so a text of them is; a corruption changes one step so that the text is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from captioning.lexicon import THINGS
from captioning.observed import Observed
from captioning.phrases import realise
from captioning.script import Go, Mention, Step, Stop, Turn

Script = Sequence[Step]
Wording = Callable[[Script, np.random.Generator], str]


@dataclass(frozen=True)
class Manner:
    """Templates by slot, and what things and rooms are called instead. Joined by `joints`."""

    turns: dict[str, tuple[str, ...]]
    at: tuple[str, ...]
    towards: tuple[str, ...]
    into: tuple[str, ...]
    onward: tuple[str, ...]
    past: tuple[str, ...]
    approach: tuple[str, ...]
    enter: tuple[str, ...]
    stop: tuple[str, ...]
    stop_at: tuple[str, ...]
    things: dict[str, tuple[str, ...]]
    adjectives: tuple[str, ...]
    joints: tuple[str, ...]

    def __call__(self, script: Sequence[Step], draws: np.random.Generator) -> str:
        """The text of a script in this manner."""
        clauses = [clause for step in script for clause in self._clauses(step, draws)]
        text = clauses[0]
        for clause in clauses[1:]:
            joint = str(draws.choice(self.joints))
            text += joint + (clause[0].upper() + clause[1:] if joint.endswith(". ") else clause)
        return text[0].upper() + text[1:] + "."

    def _clauses(self, step: Step, draws: np.random.Generator) -> list[str]:
        if isinstance(step, Turn):
            return [self._turn(step, draws)]
        if isinstance(step, Stop):
            return [self._stop(step, draws)]
        said = []
        for mention, side in step.past:
            said.append(_pick(self.past, draws).format(thing=self._name(mention, draws), side=side))
        if step.towards is not None and not step.past:
            said.append(_pick(self.approach, draws).format(thing=self._name(step.towards, draws)))
        if step.entry is not None:
            said.append(_pick(self.enter, draws).format(room=step.entry.enters))
        return said or [_pick(self.onward, draws)]

    def _turn(self, turn: Turn, draws: np.random.Generator) -> str:
        degrees = math.degrees(abs(turn.angle))
        size = "slight" if degrees < 50 else "plain" if degrees < 115 else "sharp" if degrees < 145 else "around"
        said = _pick(self.turns[size], draws).format(side="left" if turn.angle > 0 else "right")
        if turn.entry is not None:
            return said + _pick(self.into, draws).format(room=turn.entry.enters)
        if turn.at is not None:
            return said + _pick(self.at, draws).format(thing=self._name(turn.at, draws))
        if turn.towards is not None:
            return said + _pick(self.towards, draws).format(thing=self._name(turn.towards, draws))
        return said

    def _stop(self, stop: Stop, draws: np.random.Generator) -> str:
        if stop.at is None:
            return _pick(self.stop, draws)
        return _pick(self.stop_at, draws).format(thing=self._name(stop.at, draws))

    def _name(self, mention: Mention, draws: np.random.Generator) -> str:
        """The thing by this manner's word for it, sometimes with an adjective."""
        article, _, noun = mention.text.partition(" ")
        if noun.startswith(("second", "third", "fourth")):
            return mention.text
        noun = _pick(self.things.get(noun, (noun,)), draws)
        if draws.random() < 0.3:
            noun = f"{_pick(self.adjectives, draws)} {noun}"
        if article in ("a", "an"):
            article = "an" if noun[0] in "aeiou" else "a"
        return f"{article} {noun}"


def _pick(options: Sequence[str], draws: np.random.Generator) -> str:
    return options[int(draws.integers(len(options)))]


SPOKEN = Manner(
    turns={
        "slight": ("veer {side} a little", "ease to the {side}", "drift slightly to your {side}", "bear {side}"),
        "plain": ("hang a {side}", "make a {side}", "go {side}", "take the {side} turn", "swing {side}",
                  "head to the {side}"),
        "sharp": ("make a hard {side}", "take a sharp {side}"),
        "around": ("turn yourself around", "do a U-turn", "spin around", "turn back around"),
    },
    at=(" at {thing}", " when you get to {thing}", " right by {thing}", " once you reach {thing}"),
    towards=(" so that {thing} is ahead of you", " and face {thing}", " toward {thing}"),
    into=(" into the {room}", " and go into the {room}"),
    onward=("keep going", "keep straight", "go on straight", "walk forward a bit"),
    past=("you'll pass {thing} on your {side}", "walk by {thing} on the {side}",
          "keep {thing} to your {side} as you go by", "on your {side} you pass {thing}"),
    approach=("walk up to {thing}", "make for {thing}", "head for {thing}", "walk towards {thing}"),
    enter=("walk into the {room}", "go in the {room}", "step into the {room}"),
    stop=("stop there", "and stop", "that's where you stop", "wait here"),
    stop_at=("stop at {thing}", "stop right next to {thing}", "wait by {thing}", "stop when you reach {thing}"),
    things={"sofa": ("couch", "sofa"), "television": ("tv", "television"), "fridge": ("refrigerator", "fridge"),
            "nightstand": ("bedside table", "night stand"), "picture": ("painting", "picture"),
            "bookshelf": ("bookcase", "bookshelf"), "potted plant": ("plant", "houseplant"),
            "chest of drawers": ("dresser",), "wardrobe": ("armoire", "wardrobe"), "bathtub": ("tub",),
            "kitchen counter": ("counter", "kitchen counter"), "exercise bike": ("exercise bike",)},
    adjectives=("big", "wooden", "white", "small", "brown"),
    joints=(", then ", " and ", ". ", ". Then ", ", and then "),
)  # fmt: skip

WRITTEN = Manner(
    turns={
        "slight": ("angle yourself gently toward the {side}", "adjust your course slightly {side}",
                   "make a slight {side}", "curve a touch to the {side}"),
        "plain": ("execute a {side} turn", "rotate {side}", "round the corner to the {side}", "make a {side}-hand turn",
                  "change direction to the {side}", "pivot to your {side}", "take a turn to the {side}",
                  "the path bends {side} here"),
        "sharp": ("double back sharply to the {side}", "make a tight turn to the {side}"),
        "around": ("turn completely around", "make an about-face", "reverse your direction", "turn 180 degrees"),
    },
    at=(" upon reaching {thing}", " alongside {thing}", " just at {thing}", " as soon as you are level with {thing}"),
    towards=(", with {thing} now before you", " until you see {thing} in front of you", " in the direction of {thing}"),
    into=(", entering the {room}", ", which brings you into the {room}"),
    onward=("proceed without turning", "advance in a straight line", "continue on your path", "move along for a while"),
    past=("{thing} will be on your {side} as you walk by", "leave {thing} behind on your {side}",
          "proceed beyond {thing}, which is to your {side}", "you should see {thing} go by on the {side}-hand side"),
    approach=("aim for {thing}", "advance on {thing}", "draw nearer to {thing}", "close the distance to {thing}"),
    enter=("cross over into the {room}", "find yourself in the {room}", "make your entrance to the {room}"),
    stop=("this is your destination", "come to rest here", "you have arrived", "remain here"),
    stop_at=("your destination is {thing}", "you have arrived once you are beside {thing}", "come to rest by {thing}",
             "end your journey near {thing}", "{thing} marks the end of your route"),
    things={"sofa": ("settee", "couch"), "television": ("flat-screen", "TV set"), "fridge": ("refrigerator",),
            "nightstand": ("bedside cabinet", "side table"), "picture": ("framed artwork", "wall art"),
            "bookshelf": ("shelving unit", "book case"), "potted plant": ("pot plant", "greenery"),
            "chest of drawers": ("set of drawers", "drawers"), "wardrobe": ("clothes cupboard", "armoire"),
            "bathtub": ("bath",), "armchair": ("easy chair",), "desk": ("writing desk",), "bench": ("long seat",),
            "kitchen counter": ("countertop", "worktop"), "radiator": ("heating unit",), "mirror": ("looking glass",)},
    adjectives=("tall", "dark", "light-coloured", "modern", "large", "rectangular"),
    joints=(". ", "; ", ". After this, ", ", whereupon you "),
)  # fmt: skip

BOOKISH = Manner(
    turns={
        "slight": ("adjust slightly to the {side}", "take a gentle {side} turn", "shift a bit to the {side}",
                   "turn a few degrees {side}", "make a mild {side} bend"),
        "plain": ("make a {side} turn", "turn {side}", "turn to face {side}", "take the turn on the {side}",
                  "then {side}", "make your way around the corner to the {side}", "perform a {side} turn"),
        "sharp": ("turn sharply {side}", "make a very sharp {side} turn"),
        "around": ("turn around completely", "make a full U-turn", "turn back the way you came"),
    },
    at=(" next to {thing}", " at the location of {thing}", " immediately after reaching {thing}",
        " as you approach {thing}"),
    towards=(" facing {thing}", " heading in the direction of {thing}", " so you are looking at {thing}"),
    into=(" and enter the {room}", " to step into the {room}", ", moving into the {room}"),
    onward=("continue straight", "keep moving forward", "proceed straight ahead", "follow the path ahead"),
    past=("walk past {thing} on your {side}", "continue past {thing} located on the {side} side",
          "pass {thing}, keeping it on your {side}", "move forward with {thing} to your {side}",
          "with {thing} on your {side}-hand side, continue onwards"),
    approach=("move toward {thing}", "proceed until you are close to {thing}", "walk in the direction of {thing}"),
    enter=("proceed through to the {room}", "enter the {room}", "exit into the {room}"),
    stop=("stop", "come to a halt", "end your movement here"),
    stop_at=("stop in front of {thing}", "halt close to {thing}", "finish next to {thing}",
             "stop once {thing} is beside you"),
    things={"sofa": ("couch",), "television": ("TV",), "fridge": ("refrigerator",), "picture": ("framed picture",),
            "potted plant": ("potted plant", "plant in a pot"), "bookshelf": ("bookshelf", "shelves"),
            "chest of drawers": ("dresser", "chest of drawers"), "nightstand": ("bedside table",),
            "wardrobe": ("tall wardrobe", "closet"), "box": ("cardboard box",), "bench": ("wooden bench",)},
    adjectives=("beige", "round", "gray", "long", "simple", "neat"),
    joints=(", then ", ". Next, ", ", and ", ". Finally, "),
)  # fmt: skip

UNSEEN = Manner(
    turns={
        "slight": ("nudge {side}", "turn marginally {side}", "go slightly {side}", "make a shallow {side} turn"),
        "plain": ("make your {side} turn", "turn off to the {side}",
                  "turn in to the {side}", "break {side}", "do a {side} turn", "your next move is a {side} turn"),
        "sharp": ("turn steeply to the {side}", "whip round to the {side}"),
        "around": ("flip around", "turn to face the opposite way", "turn right around"),
    },
    at=(" where {thing} stands", " as you come to {thing}", " with {thing} next to you", " beside {thing}"),
    towards=(" and look at {thing}", " to see {thing} ahead", " for {thing}"),
    into=(" through to the {room}", " and you are in the {room}", " to get to the {room}"),
    onward=("just carry on", "keep walking straight", "stay on course", "no turns for now, keep on"),
    past=("there is {thing} on your {side}, walk past it", "go along with {thing} on the {side}",
          "{thing} comes up on your {side}, pass it", "get past {thing} on your {side}",
          "skirt {thing} on your {side}"),
    approach=("come up to {thing}", "keep your eyes on {thing} and walk to it", "set off towards {thing}"),
    enter=("come into the {room}", "the {room} is next, go in", "walk through to the {room}"),
    stop=("you can stop now", "that is it, stop", "job done, wait there"),
    stop_at=("you can stop by {thing}", "that is it when you are at {thing}", "park yourself next to {thing}",
             "stop short of {thing}"),
    things={"sofa": ("sofa",), "television": ("telly", "TV screen"), "fridge": ("fridge freezer",),
            "picture": ("print",),
            "potted plant": ("pot plant",), "bookshelf": ("book shelves",), "chest of drawers": ("drawers",),
            "nightstand": ("night table",), "bathtub": ("bath tub",), "washing machine": ("washer",)},
    adjectives=("old", "nice", "black", "little", "huge"),
    joints=(", ", ". ", " and then ", ". OK, "),
)  # fmt: skip

# Things that a home may lack; some are in no word list of ours.
FOREIGN = (
    "grand piano", "pool table", "fish tank", "treadmill", "bunk bed", "hammock", "grandfather clock", "drum kit",
    "fireplace", "spiral staircase", "statue", "rocking horse", "vending machine", "water cooler", "dartboard",
    "mannequin", "trampoline", "barrel", "surfboard", "birdcage", "sewing machine", "microwave", "aquarium",
    "telescope", "globe", "ladder", "ironing board", "bicycle", "crib", "piano", "harp", "chandelier", "bidet",
    "motorcycle", "kayak", "typewriter", "coat stand", "wine rack", "lectern", "loom",
)  # fmt: skip

MANNERS: dict[str, Wording] = {
    "ours": realise,
    "spoken": SPOKEN,
    "written": WRITTEN,
    "bookish": BOOKISH,
    "unseen": UNSEEN,
}


def swapped_turn(
    script: Script, observed: Observed, span: tuple[int, int], draws: np.random.Generator
) -> list[Step] | None:
    """One of the turns that anybody would notice goes the other way."""
    turns = [i for i, s in enumerate(script) if isinstance(s, Turn) and 40 <= math.degrees(abs(s.angle)) < 140]
    if not turns:
        return None
    changed = list(script)
    i = int(draws.choice(turns))
    turn = changed[i]
    assert isinstance(turn, Turn)
    changed[i] = replace(turn, angle=-turn.angle)
    return changed


def foreign_thing(
    script: Script, observed: Observed, span: tuple[int, int], draws: np.random.Generator
) -> list[Step] | None:
    """One of the things is another, of which there is none in the scene."""
    here = frozenset().union(*observed.kinds)
    foreign = [name for name in FOREIGN if not THINGS.get(tuple(name.split()), frozenset()) & here]
    named = [mention for step in script for mention in _mentions(step)]
    if not named:
        return None
    victim = named[int(draws.integers(len(named)))]
    article = "the" if victim.text.startswith("the") else "a"
    return _renamed(script, {victim: Mention(victim.instance, f"{article} {_pick(foreign, draws)}")})


def wrong_order(
    script: Script, observed: Observed, span: tuple[int, int], draws: np.random.Generator
) -> list[Step] | None:
    """Two things that the walk passes a metre apart or more are told the other way round."""
    told = [(mention, side) for step in script if isinstance(step, Go) for mention, side in step.past]
    pairs = [
        (a, b) for i, a in enumerate(told) for b in told[i + 1 :]
        if a[0].text != b[0].text and {a[0].text[:4], b[0].text[:4]} == {"the "}
        and _apart(observed, span, a[0].instance, b[0].instance) >= 1.0
    ]  # fmt: skip
    if not pairs:
        return None
    a, b = pairs[int(draws.integers(len(pairs)))]
    swap = {a: b, b: a}
    return [replace(s, past=tuple(swap.get(pair, pair) for pair in s.past)) if isinstance(s, Go) else s for s in script]


def wrong_side(
    script: Script, observed: Observed, span: tuple[int, int], draws: np.random.Generator
) -> list[Step] | None:
    """One of the things is passed on the other side."""
    told = [pair for step in script if isinstance(step, Go) for pair in step.past]
    if not told:
        return None
    victim = told[int(draws.integers(len(told)))]
    other = (victim[0], "left" if victim[1] == "right" else "right")
    return [
        replace(s, past=tuple(other if pair == victim else pair for pair in s.past)) if isinstance(s, Go) else s
        for s in script
    ]


CORRUPTIONS = {
    "swapped turn": swapped_turn, "foreign thing": foreign_thing, "wrong order": wrong_order, "wrong side": wrong_side,
}  # fmt: skip


def _apart(observed: Observed, span: tuple[int, int], a: int, b: int) -> float:
    """Metres of the walk between where two things are passed."""
    at = [min(frame for frame, i, _ in observed.passed(*span) if i == thing) for thing in (a, b)]
    return abs(float(observed.travelled[at[0]] - observed.travelled[at[1]]))


def _mentions(step: Step) -> list[Mention]:
    if isinstance(step, Turn):
        return [mention for mention in (step.at, step.towards) if mention is not None]
    if isinstance(step, Stop):
        return [step.at] if step.at is not None else []
    return [mention for mention, _ in step.past] + ([step.towards] if step.towards and not step.past else [])


def _renamed(script: Sequence[Step], names: dict[Mention, Mention]) -> list[Step]:
    def new(mention: Mention | None) -> Mention | None:
        return None if mention is None else names.get(mention, mention)

    changed: list[Step] = []
    for step in script:
        if isinstance(step, Turn):
            changed.append(replace(step, at=new(step.at), towards=new(step.towards)))
        elif isinstance(step, Stop):
            changed.append(replace(step, at=new(step.at)))
        else:
            past = tuple((names.get(mention, mention), side) for mention, side in step.past)
            changed.append(replace(step, past=past, towards=new(step.towards)))
    return changed
