"""Steps into English. Every slot has several wordings; the generator picks, so one walk has very many texts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from captioning.script import Entry, Go, Mention, Step, Stop, Turn

SLIGHT, SHARP, AROUND = math.radians(50), math.radians(115), math.radians(150)
NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_GO = ("walk", "go", "head", "move", "proceed")
_GO_ON = (*_GO, "continue", "carry on", "keep going")
_UNTIL = ("walk", "walk straight ahead", "go forward", "go straight", "head straight on")
_AHEAD = ("straight ahead", "forward", "ahead", "straight", "straight on")
# Together these mean something else, or sound as if they did.
_CLUMSY = frozenset({"go ahead", "head ahead", "carry on straight on", "carry on forward", "proceed ahead"})
_SIDE = ("on your {side}", "on the {side}", "to your {side}", "on your {side}-hand side")
_ABOUT = ("about", "roughly", "around", "approximately")
_TURNS = {
    "slight": ("turn slightly {side}", "bear {side}", "veer {side}", "make a slight {side} turn",
               "turn a little to the {side}", "angle slightly to the {side}", "turn gently to the {side}"),
    "plain": ("turn {side}", "turn {side}", "make a {side} turn", "take a {side} turn", "turn to the {side}",
              "turn to your {side}", "take a {side}"),
    "sharp": ("make a sharp {side} turn", "turn sharply {side}", "turn sharply to the {side}", "turn hard {side}"),
    "around": ("turn around", "make a U-turn", "turn all the way around"),
}  # fmt: skip
# A turn around that is a way through a door, not one on the spot.
_SWINGS = ("swing around to the {side}", "curve around to the {side}", "turn around to the {side}")
_AT = ("at", "by", "next to", "beside")
_TOWARDS = ("towards", "toward", "in the direction of")
_THROUGH = (
    "{go} through the doorway into {room}", "go through the doorway and into {room}",
    "leave {old} through the doorway and enter {room}", "exit {old} through the doorway into {room}",
    "pass through the doorway into {room}", "step through the doorway into {room}",
    "{go} through the doorway and enter {room}", "{go} out of {old} through the doorway into {room}",
)  # fmt: skip
_INTO = (
    "{go} into {room}", "enter {room}", "leave {old} and enter {room}", "leave {old} for {room}",
    "cross from {old} into {room}", "make your way into {room}", "{go} from {old} into {room}",
)  # fmt: skip
_STOP = ("stop", "come to a stop", "halt", "stop and wait", "stop")
_JOIN = (" and ", ", then ", " and then ", ", and then ")
_THIRD = (", and ", ", then ", " and then ")
_NEXT = ("", "", "", "Then ", "Next, ", "After that, ", "From there, ", "Now ")
_LAST = ("", "", "Finally, ", "Then ", "At the end, ")


def realise(script: Sequence[Step], generator: np.random.Generator, start_room: str | None = None) -> str:
    """The text of a script: sentences with capitals and full stops. `start_room` may open the first one."""
    words = _Words(generator)
    clauses = [clause for i, step in enumerate(script) for clause in words.clauses(script, i)]
    sentences = words.sentences(clauses)
    opening = ""
    if start_room is not None and f"the {start_room}" not in sentences[0] and words.chance(0.3):
        opening = words.pick((f"Starting in the {start_room}, ", f"From the {start_room}, ", f"In the {start_room}, "))
    texts = [opening + sentences[0]] + [words.opener(sentence) + sentence for sentence in sentences[1:]]
    return " ".join(text[0].upper() + text[1:] + "." for text in texts)


def metres(length: float) -> str:
    """A length in words: half metres below two, whole ones above."""
    if length < 1.75:
        return {1: "half a metre", 2: "one metre", 3: "one and a half metres"}[max(1, min(3, round(2 * length)))]
    whole = round(length)
    return f"{NUMBERS[whole] if whole < len(NUMBERS) else whole} metres"


def size_of_turn(angle: float) -> str:
    """Which word a turn of so many radians takes."""
    size = abs(angle)
    return "slight" if size < SLIGHT else "plain" if size < SHARP else "sharp" if size < AROUND else "around"


class _Words:
    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator
        self.started = False
        self.opened = ""
        self.inside = ""

    def pick(self, options: Sequence[str]) -> str:
        return options[int(self.generator.integers(len(options)))]

    def chance(self, probability: float) -> bool:
        return bool(self.generator.random() < probability)

    def clauses(self, script: Sequence[Step], i: int) -> list[str]:
        """Imperative clauses of a step, without capital and full stop."""
        step = script[i]
        if isinstance(step, Turn):
            found = [self.turn(step)]
        elif isinstance(step, Go):
            found = self.go(step)
        else:
            found = [self.stop(step, script[i - 1] if i else None)]
        self.started = True
        return found

    def turn(self, turn: Turn) -> str:
        size = size_of_turn(turn.angle)
        wordings = _SWINGS if turn.entry is not None and size == "around" else _TURNS[size]
        clause = self.pick(wordings).format(side="left" if turn.angle > 0 else "right")
        if turn.entry is not None:
            self.inside = turn.entry.enters
            way = "through the doorway into" if turn.entry.doorway else "into"
            return f"{clause} {way} {_new_room(turn.entry)}"
        if turn.at is not None and self.chance(0.25):
            return f"when you reach {turn.at.text}, {clause}"
        if turn.at is not None:
            return f"{clause} {self.pick(_AT)} {turn.at.text}"
        if turn.towards is not None:
            return f"{clause} {self.pick(('towards', 'to face', 'toward'))} {turn.towards.text}"
        return clause

    def go(self, go: Go) -> list[str]:
        clauses = []
        if go.past:
            clauses.append(self.past(go.past))
        elif go.towards is not None:
            clauses.append(self.towards(go.towards, reaches=go.reaches))
        if go.entry is not None:
            clauses.append(self.enter(go.entry))
        return clauses or [f"{self.onward()}{self.distance(go.length)}"]

    def past(self, past: tuple[tuple[Mention, str], ...]) -> str:
        sides = [side for _, side in past]
        if len(past) == 2 and sides[0] == sides[1]:
            things = f"{past[0][0].text} and {past[1][0].text} {self.side(sides[0])}"
        else:
            things = " and ".join(f"{mention.text} {self.side(side)}" for mention, side in past)
        onward = self.onward()
        options = (f"{self.verb()} past {things}", f"{onward} past {things}", f"pass {things}",
                   f"{onward}, passing {things}", f"{onward} with {things}")  # fmt: skip
        return self.pick(options)

    def side(self, side: str) -> str:
        return self.pick(_SIDE).format(side=side)

    def towards(self, mention: Mention, *, reaches: bool) -> str:
        if reaches and self.chance(0.6):
            until = f"{self.pick(_UNTIL)} until you reach {mention.text}"
            return self.pick((until, f"{self.verb()} up to {mention.text}", f"{self.onward()} to {mention.text}"))
        way = self.pick(("", "", " straight", " straight ahead", " forward"))
        return self.pick((f"{self.verb()}{way} {self.pick(_TOWARDS)} {mention.text}", f"approach {mention.text}"))

    def enter(self, entry: Entry) -> str:
        templates: tuple[str, ...] = _THROUGH if entry.doorway else _INTO
        if entry.leaves == self.inside:
            # The text has just brought the follower there.
            templates = tuple(template for template in templates if "{old}" not in template)
        self.inside = entry.enters
        template = self.pick(templates)
        old = "the room" if entry.leaves == "room" or entry.another else f"the {entry.leaves}"
        return template.format(go=self.verb(), old=old, room=_new_room(entry))

    def stop(self, stop: Stop, before: Step | None) -> str:
        verb = self.pick(_STOP)
        if stop.at is None:
            entered = isinstance(before, (Go, Turn)) and before.entry is not None
            said = stop.room is not None and not entered and self.chance(0.6)
            return f"{verb} in the {stop.room}" if said else verb
        approached = isinstance(before, Go) and before.towards == stop.at and not before.entry
        return f"{verb} {self.where(stop, 'it' if approached else stop.at.text)}"

    def where(self, stop: Stop, name: str) -> str:
        apart = f"{self.pick(_ABOUT)} {metres(stop.distance)} from {name}"
        options = [f"near {name}", f"close to {name}"] + [apart] * (stop.distance >= 0.6)
        if stop.side == "ahead":
            options = [f"in front of {name}", f"facing {name}", f"in front of {name}", apart if stop.distance > 0.6
                       else f"right in front of {name}"]  # fmt: skip
        elif stop.distance <= 1.2:
            options = [f"beside {name}", f"next to {name}", f"by {name}"]
        if stop.side in ("left", "right"):
            options += [f"with {name} {self.side(stop.side)}"] * 2
        return self.pick(options)

    def verb(self) -> str:
        return self.pick(_GO_ON if self.started else _GO)

    def onward(self) -> str:
        ways = [f"{verb} {ahead}" for verb in (_GO_ON if self.started else _GO) for ahead in _AHEAD]
        return self.pick([way for way in ways if way not in _CLUMSY])

    def distance(self, length: float) -> str:
        if length < 1.3:
            return self.pick((" for a few steps", " a few steps", " a short distance"))
        if self.chance(0.25):
            return ""
        return f"{self.pick((' for ', ' '))}{self.pick(_ABOUT)} {metres(length)}"

    def sentences(self, clauses: list[str]) -> list[str]:
        """Clauses joined by twos and threes; one that begins with a condition begins a sentence."""
        sentences: list[list[str]] = []
        room = 0
        for clause in clauses:
            if room == 0 or clause.startswith("when ") or len(" ".join(sentences[-1])) > 90:
                sentences.append([])
                room = int(self.generator.integers(1, 4))
            sentences[-1].append(clause)
            room -= 1
        return [self.joined(parts) for parts in sentences]

    def joined(self, parts: list[str]) -> str:
        """Clauses as one sentence; after an "and" of their own, or a participle, another "and" would mislead."""
        composite = any(" and " in part or ", passing " in part for part in parts)
        if len(parts) == 3:
            return f"{parts[0]}, {parts[1]}{self.pick((', then ', ', and then ') if composite else _THIRD)}{parts[2]}"
        return self.pick((", then ", ", and then ") if composite else _JOIN).join(parts)

    def opener(self, sentence: str) -> str:
        if sentence.startswith("when "):
            return ""
        options = _LAST if sentence.startswith(("stop", "come to a stop", "halt")) else _NEXT
        used = ("Then ",) if " then " in sentence else ()
        self.opened = self.pick([option for option in options if option not in (*used, self.opened or None)])
        return self.opened


def _new_room(entry: Entry) -> str:
    return f"the next {entry.enters}" if entry.another or entry.enters == "room" else f"the {entry.enters}"
