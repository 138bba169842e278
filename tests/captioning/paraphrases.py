"""Other people's English for the steps of a walk, and ways to make a true text false.

Five manners of speaking, none of them that of `captioning.phrases`; `manners.toml` has their words, and says how
independent each is. Steps are true by construction, so a text of them is; a corruption changes one step so that the
text is not.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from captioning.lexicon import THINGS
from captioning.observed import Observed
from captioning.phrases import realise
from captioning.script import Go, Mention, Step, Stop, Turn

Script = Sequence[Step]
_TEMPLATES = Path(__file__).parent / "manners.toml"
Wording = Callable[[Script, np.random.Generator], str]


@dataclass(frozen=True)
class Manner:
    """Templates by slot, and what things and rooms are called instead. Joined by `joints`."""

    turns: dict[str, Sequence[str]]
    at: Sequence[str]
    towards: Sequence[str]
    into: Sequence[str]
    onward: Sequence[str]
    past: Sequence[str]
    approach: Sequence[str]
    enter: Sequence[str]
    stop: Sequence[str]
    stop_at: Sequence[str]
    things: dict[str, Sequence[str]]
    adjectives: Sequence[str]
    joints: Sequence[str]

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
    **{name: Manner(**slots) for name, slots in tomllib.loads(_TEMPLATES.read_text()).items()},
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
