"""A model for tests: it answers from the measurements in its prompt, deterministically, and can be made to fail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from captioning.chat import Answer, Fault, ModelIdentity, Request, in_order

MOVE = re.compile(r"^\d+\. (?:turns (left|right) by (\d+) degrees|goes straight)", re.MULTILINE)


def say(text: str) -> str:
    """An instruction for the measurements of a prompt: its turns in order, one thing that is passed, the stop."""
    clauses = []
    for side, degrees in MOVE.findall(text):
        clauses.append(_turn(side, int(degrees)) if side else "go straight")
    things = re.findall(r"([a-z ]+) \(passed on the (left|right)\)", text)
    if things and not any(side for side, _ in MOVE.findall(text)):
        clauses.append(f"pass the {things[0][0].strip()} on your {things[0][1]}")
    if "The way ends here" in text:
        clauses.append("stop")
    return (", then ".join(clauses) or "go on").capitalize() + "."


def _turn(side: str, degrees: int) -> str:
    if degrees >= 145:
        return "turn around"
    return f"turn slightly {side}" if degrees < 28 else f"turn sharply {side}" if degrees > 130 else f"take a {side}"


def faithful(request: Request) -> str:
    """What a good model says: a description where it sees frames, JSON where JSON is wanted."""
    if request.images:
        return f"The robot sees {len(request.images)} views of a home."
    return json.dumps({"instruction": say(request.text)})


@dataclass
class Speaker:
    """A `Chat`. speak : the answer to a request, or the fault; asked : every request so far."""

    speak: Callable[[Request], str | Answer | Fault] = faithful
    name: str = "speaker"
    asked: list[Request] = field(default_factory=list)
    batches: int = 0
    closed: bool = False

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("openai", self.name, "r1", "0.32.0", '{"temperature":0.7,"top_k":20}')

    def budget(self, request: Request) -> int:
        self.asked.append(request)
        return len(request.text.split())

    def answer(self, requests: Sequence[Request]) -> list[Answer | Fault]:
        return in_order(len(requests), self.arrivals(requests))

    def arrivals(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Fault]]]:
        self.batches += 1
        for i, request in enumerate(requests):
            self.asked.append(request)
            said = self.speak(request)
            yield [
                (i, Answer(said, True, len(request.text.split()), len(said.split())) if isinstance(said, str) else said)
            ]

    def close(self) -> None:
        self.closed = True
